# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel in memory: what it does by itself when it is told to do something, written from what Linux does.

It knows nothing of the engine. Every operation is that of a line of ip(8), nft(8) or sysctl(8), and refuses as they do.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any, Optional

Attrs = dict[str, Any]
#: table, dst, metric, then what tells a route from others of these
RouteKey = tuple[Any, ...]

PORT_DEFAULTS: Attrs = {
    "hairpin": False,
    "isolated": False,
    "learning": True,
    "flood": True,
    "cost": 2,
    "priority": 32,
}
BRIDGE_DEFAULTS: Attrs = {"stp": False, "forward_delay": 15, "vlan_filtering": False}
SYSCTLS = {
    "net.ipv4.ip_forward": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv6.conf.all.forwarding": "0",
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.core.somaxconn": "4096",
    "net.ipv4.conf.default.forwarding": "0",
    "net.ipv6.conf.default.forwarding": "0",
    "net.ipv4.conf.all.accept_redirects": "1",
}
LINK_SYSCTLS = {"net.ipv4.conf.{}.rp_filter": "0", "net.ipv6.conf.{}.accept_ra": "1", "net.ipv4.neigh.{}.delay": "5"}
#: the sysctl that writes its value to the forwarding of every link of its family
FORWARDING = {"net.ipv4.ip_forward": "ipv4", "net.ipv6.conf.all.forwarding": "ipv6"}
DEFAULT_RULES = {(six, priority): table for six in (False, True) for priority, table in ((0, 255), (32766, 254))}


class Refused(Exception):
    """The kernel says no."""


@dataclass
class Link:
    """One link; ``peer`` is (inode, name) of a veth's peer, ``port`` holds its options as a bridge's port.

    ``over`` is the name of the link that it lies over and goes with. ``advertised`` says that it has a default route
    by router advertisement.
    """

    kind: str
    mac: str
    up: bool = False
    mtu: int = 1500
    bridge: str = ""
    addrgenmode: str = "eui64"
    group: int = 0
    peer: Optional[tuple[int, str]] = None
    options: Attrs = field(default_factory=dict)
    port: Attrs = field(default_factory=dict)
    addresses: dict[str, Attrs] = field(default_factory=dict)
    advertised: bool = False
    over: str = ""


@dataclass
class Nat:
    """The table ``inet netns_lab`` of one namespace."""

    shape: Attrs
    masquerades: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    forwards: dict[tuple[str, bool, str, int, int], tuple[str, int]] = field(default_factory=dict)
    hairpins: set[tuple[str, str, str, int, int]] = field(default_factory=set)


@dataclass
class Space:
    """One network namespace."""

    inode: int
    links: dict[str, Link] = field(default_factory=dict)
    routes: dict[RouteKey, Attrs] = field(default_factory=dict)
    rules: dict[tuple[bool, int], Attrs] = field(default_factory=dict)
    sysctls: dict[str, str] = field(default_factory=dict)
    nat: Optional[Nat] = None


def six(text: str) -> bool:
    """Whether an address or a prefix is one of IPv6."""
    return ":" in text


class Kernel:
    """The namespaces by inode, their names, and the few paths that matter (a directory's content is None)."""

    def __init__(self) -> None:
        self._inode = 4026531840
        self._mac = 0
        self.spaces: dict[int, Space] = {}
        self.names: dict[str, int] = {"": self._space()}
        self.paths: dict[str, Optional[str]] = {"/etc": None, "/run": None}
        self.mounted = False
        #: names under /run/netns that lead nowhere
        self.dead: set[str] = set()
        #: rules in the chain DOCKER-USER of a firewall that drops what goes through; None where there is none
        self.firewall: Optional[list[str]] = None

    def copy(self) -> Kernel:
        return copy.deepcopy(self)

    def space(self, name: str) -> Space:
        if name not in self.names:
            raise Refused(f"no namespace {name}")
        return self.spaces[self.names[name]]

    def link(self, netns: str, name: str) -> Link:
        found = self.space(netns).links.get(name)
        if found is None:
            raise Refused(f"no link {name} in {netns or 'host'}")
        return found

    def dump(self) -> dict[str, Any]:
        """All that can be seen but the inodes, in a form that compares."""
        names = {inode: name for name, inode in self.names.items()}
        found: dict[str, Any] = {"mounted": self.mounted, "dead": self.dead, "paths": dict(sorted(self.paths.items()))}
        found["firewall"] = self.firewall and sorted(self.firewall)
        for name, inode in sorted(self.names.items()):
            space = copy.deepcopy(vars(self.spaces[inode]))
            del space["inode"]
            for dev, link in space["links"].items():
                attrs = vars(link)
                attrs["peer"] = attrs["peer"] and (names.get(attrs["peer"][0], "?"), attrs["peer"][1])
                space["links"][dev] = attrs
            space["nat"] = space["nat"] and vars(space["nat"])
            found[f"netns {name}"] = space
        return found

    def rules_of_firewall(self) -> list[str]:
        """Those that stand, to be changed."""
        if self.firewall is None:
            raise Refused("no chain DOCKER-USER")
        return self.firewall

    # -- namespaces, files, sysctls ------------------------------------------------------------------------------

    def _space(self) -> int:
        self._inode += 1
        space = Space(self._inode, sysctls=dict(SYSCTLS))
        space.rules = {
            key: {"from": None, "to": None, "iif": None, "fwmark": None, "table": table}
            for key, table in DEFAULT_RULES.items()
        }
        self.spaces[self._inode] = space
        space.links["lo"] = Link("", "00:00:00:00:00:00", mtu=65536)
        self._born(space, "lo")
        return self._inode

    def netns_add(self, name: str) -> None:
        if not self.mounted or name in self.names:
            raise Refused(f"cannot pin {name}")
        self.dead.discard(name)
        self.names[name] = self._space()

    def netns_del(self, name: str) -> None:
        """Its name goes at once, and all in it; links go with their other ends. A name that leads nowhere goes too."""
        if name in self.dead:
            self.dead.discard(name)
            return
        space = self.space(name)
        for dev in list(space.links):
            if dev in space.links:
                self._unlink(space, dev)
        del self.spaces[self.names.pop(name)]

    def mount(self) -> None:
        if "/run/netns" not in self.paths:
            raise Refused("no folder to mount")
        self.mounted = True

    def umount(self) -> None:
        if len(self.names) == 1 and not self.dead:
            self.mounted = False

    def mkdir(self, path: str) -> None:
        if path.rpartition("/")[0] not in self.paths:
            raise Refused(f"no directory for {path}")
        self.paths.setdefault(path, None)

    def rmdir(self, path: str) -> None:
        """A directory that is not empty, or that is mounted, stays."""
        if not (self.mounted and path == "/run/netns") and not any(
            other.startswith(f"{path}/") for other in self.paths
        ):
            self.paths.pop(path, None)

    def write(self, path: str, content: str) -> None:
        if self.paths.get(path.rpartition("/")[0], "none") is not None:
            raise Refused(f"no directory for {path}")
        self.paths[path] = content

    def unlink(self, path: str) -> None:
        self.paths.pop(path, None)

    def sysctl(self, netns: str, name: str, value: str) -> None:
        space = self.space(netns)
        if name not in space.sysctls:
            raise Refused(f"no sysctl {name}")
        changed, space.sysctls[name] = space.sysctls[name] != value, value
        if name in FORWARDING and changed:
            space.sysctls.update(dict.fromkeys(self.forwarding(netns, FORWARDING[name]), value))
            if FORWARDING[name] == "ipv4":
                space.sysctls["net.ipv4.conf.all.accept_redirects"] = "0" if value == "1" else "1"
        if re.fullmatch(r"net\.ipv6\.conf\.(?!default\.).*\.forwarding", name) and value != "0":
            for dev, link in space.links.items():
                link.advertised &= space.sysctls[f"net.ipv6.conf.{dev}.accept_ra"] == "2"

    def forwarding(self, netns: str, family: str) -> list[str]:
        """The sysctls that say for each link, and for those to come, whether packets pass through."""
        names = self.space(netns).sysctls
        return [name for name in names if re.fullmatch(rf"net\.{family}\.conf\.(?!all\.).*\.forwarding", name)]

    # -- links ---------------------------------------------------------------------------------------------------

    def new_mac(self) -> str:
        self._mac += 1
        return f"ee:00:00:00:{self._mac >> 8:02x}:{self._mac & 255:02x}"

    def _born(self, space: Space, name: str) -> None:
        space.sysctls.update({form.format(name): value for form, value in LINK_SYSCTLS.items()})
        for family in FORWARDING.values():
            value = space.sysctls[f"net.{family}.conf.default.forwarding"]
            space.sysctls[f"net.{family}.conf.{name}.forwarding"] = value

    def link_add(self, netns: str, name: str, link: Link) -> None:
        space = self.space(netns)
        if name in space.links:
            raise Refused(f"link {name} exists in {netns or 'host'}")
        space.links[name] = link
        self._born(space, name)

    def vxlan_add(self, netns: str, name: str, link: Link) -> None:
        """One tunnel for an identifier and port in a namespace, over a link that is there."""
        others = self.space(netns).links.values()
        mine = (link.options["id"], link.options["dstport"])
        if any((each.options["id"], each.options["dstport"]) == mine for each in others if each.kind == "vxlan"):
            raise Refused(f"a tunnel with {mine}")
        self.link(netns, link.options["dev"])
        self.link_add(netns, name, link)

    def veth_add(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        if one[1] in self.space(one[0]).links or other[1] in self.space(other[0]).links or one == other:
            raise Refused(f"link {one[1]} or {other[1]} exists")
        self.link_add(*one, Link("veth", self.new_mac(), peer=(self.names[other[0]], other[1])))
        self.link_add(*other, Link("veth", self.new_mac(), peer=(self.names[one[0]], one[1])))

    def link_del(self, netns: str, name: str) -> None:
        if name in self.space(netns).links:
            self._unlink(self.space(netns), name)

    def _unlink(self, space: Space, name: str) -> None:
        link = space.links.pop(name)
        for sysctl in [*space.sysctls]:
            if sysctl.split(".")[3:4] == [name]:
                del space.sysctls[sysctl]
        for text in link.addresses:
            self._without_source(space, text)
        self._drop_routes(space, name)
        for upper in [each for each, link in space.links.items() if link.over == name]:
            self._unlink(space, upper)
        for port in space.links.values():
            if port.bridge == name:
                port.bridge, port.port = "", {}
        if link.peer is not None and link.peer[0] in self.spaces:
            there = self.spaces[link.peer[0]]
            if link.peer[1] in there.links:
                self._unlink(there, link.peer[1])

    def link_up(self, netns: str, name: str, up: bool) -> None:
        """Down takes the routes and the IPv6 addresses along; up brings loopback's own and a link-local address."""
        space, link = self.space(netns), self.link(netns, name)
        if up and not link.up:
            if name == "lo":
                link.addresses.setdefault("127.0.0.1/8", {"broadcast": None, "secondary": False})
                link.addresses["::1/128"] = {}
            elif link.addrgenmode != "none":
                link.addresses[f"fe80::{link.mac[-5:]}/64"] = {}
        link.up = up
        if not up:
            for text in [text for text in link.addresses if six(text)]:
                self._without_source(space, text)
                del link.addresses[text]
            self._drop_routes(space, name)

    def link_master(self, netns: str, name: str, bridge: str) -> None:
        link = self.link(netns, name)
        if bridge and self.link(netns, bridge).kind != "bridge":
            raise Refused(f"{bridge} is no bridge")
        if bridge != link.bridge:
            link.bridge, link.port = bridge, dict(PORT_DEFAULTS) if bridge else {}

    # -- addresses -----------------------------------------------------------------------------------------------

    def addr_add(self, netns: str, dev: str, text: str, broadcast: Optional[str], more: Optional[Attrs] = None) -> None:
        """Never over one that is there: in IPv6 whatever its prefix length.

        :param more: what a description cannot say of it: ``raw`` with the rest.
        """
        link = self.link(netns, dev)
        if text in link.addresses:
            raise Refused(f"{text} exists on {dev}")
        if six(text) and any(other.partition("/")[0] == text.partition("/")[0] for other in link.addresses):
            raise Refused(f"{text} exists on {dev} with another prefix length")
        attrs: Attrs = dict(more or {})
        if not six(text):
            subnet = ip_interface(text).network
            attrs.update(broadcast=broadcast, secondary=any(self._primaries(link, subnet)))
        link.addresses[text] = attrs

    @staticmethod
    def _primaries(link: Link, subnet: Any) -> Iterator[str]:
        for text, attrs in link.addresses.items():
            if not six(text) and not attrs["secondary"] and ip_interface(text).network == subnet:
                yield text

    def addr_del(self, netns: str, dev: str, text: str, gone: bool = False) -> None:
        """A subnet's first IPv4 address takes the others along; the last of a link takes its IPv4 routes along.

        :param gone: whether it may be gone already.
        """
        space, link = self.space(netns), self.link(netns, dev)
        if text not in link.addresses:
            if gone:
                return
            raise Refused(f"no {text} on {dev}")
        going = [text]
        if not six(text) and not link.addresses[text]["secondary"]:
            subnet = ip_interface(text).network
            going += [
                other
                for other, attrs in link.addresses.items()
                if other != text and not six(other) and attrs["secondary"] and ip_interface(other).network == subnet
            ]
        for each in going:
            del link.addresses[each]
            self._without_source(space, each)
        if not six(text) and all(six(other) for other in link.addresses):
            self._drop_routes(space, dev, ipv6=False)

    def _without_source(self, space: Space, text: str) -> None:
        """IPv4 routes that begin at an address go with it; those of IPv6 go on without it."""
        host = text.partition("/")[0]
        for key, attrs in list(space.routes.items()):
            if attrs["src"] == host:
                if six(host):
                    attrs["src"] = None
                else:
                    del space.routes[key]

    # -- routes, rules -------------------------------------------------------------------------------------------

    def _drop_routes(self, space: Space, dev: str, ipv6: bool = True) -> None:
        for key, attrs in list(space.routes.items()):
            if dev in (attrs["dev"], *attrs.get("devs", ())) and (ipv6 or not six(key[1])):
                del space.routes[key]

    def connected(self, netns: str) -> Iterator[tuple[str, str]]:
        """The subnets that the links that are up bring along, as (prefix, link)."""
        for dev, link in self.space(netns).links.items():
            if link.up and dev != "lo":
                yield from ((str(ip_interface(text).network), dev) for text in link.addresses)

    def own_routes(self, netns: str) -> dict[RouteKey, Attrs]:
        """The kernel's own routes in table main, which come with addresses."""
        found: dict[RouteKey, Attrs] = {}
        for dev, link in self.space(netns).links.items():
            for text in link.addresses if link.up and dev != "lo" else ():
                net, src = ip_interface(text).network, None if six(text) else text.partition("/")[0]
                if six(text) or net.prefixlen < 32:
                    attrs = {"type": "unicast", "gateway": None, "dev": dev, "src": src, "onlink": False}
                    found.setdefault((254, str(net), 256 if six(text) else 0), {**attrs, "protocol": 2, "raw": None})
        return found

    def route_add(self, netns: str, key: RouteKey, attrs: Attrs) -> None:
        """Only where none stands."""
        if key in self.space(netns).routes or key in self.own_routes(netns):
            raise Refused(f"route {key} exists")
        self.route_replace(netns, key, attrs)

    def route_replace(self, netns: str, key: RouteKey, attrs: Attrs) -> None:
        space = self.space(netns)
        found = {"gateway": None, "dev": None, "src": None, "onlink": False, "protocol": 3, **attrs}
        if found["type"] == "unicast":
            dev, gateway = found["dev"], found["gateway"]
            if dev and not self.link(netns, dev).up:
                raise Refused(f"{dev} is down")
            if gateway and not found["onlink"]:
                near = [*self.connected(netns)]
                near += [(route[1], a["dev"]) for route, a in space.routes.items() if a["dev"] and not a["gateway"]]
                devs = [link for net, link in near if ip_address(gateway) in ip_network(net) and dev in (None, link)]
                if not devs:
                    raise Refused(f"nexthop {gateway} has an invalid gateway")
                found["dev"] = devs[0]
            own = [text.partition("/")[0] for link in space.links.values() for text in link.addresses]
            if gateway in own or (found["src"] and found["src"] not in own):
                raise Refused("invalid gateway or source")
        elif found["dev"] or found["gateway"]:
            raise Refused(f"a route of type {found['type']} takes no gateway and no device")
        space.routes[key] = found

    def route_del(self, netns: str, key: RouteKey, gone: bool = False) -> None:
        """Refused where there is none, unless it may be gone already."""
        if self.space(netns).routes.pop(key, None) is None and not gone:
            raise Refused(f"no route {key}")

    def rule_add(self, netns: str, key: tuple[bool, int], attrs: Attrs) -> None:
        if key in self.space(netns).rules:
            raise Refused(f"rule {key} exists")
        self.space(netns).rules[key] = dict(attrs)

    def rule_del(self, netns: str, key: tuple[bool, int]) -> None:
        if self.space(netns).rules.pop(key, None) is None:
            raise Refused(f"no rule {key}")
