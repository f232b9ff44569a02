# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Good descriptions made at random, and hosts to put them on.

Two descriptions of the same ``mark`` share names, subnets and places in every way that a change of mind can have;
those of different marks share only what labs may share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Optional

from hypothesis import strategies as st

from .host import FakeHost
from .kernel import BRIDGE_DEFAULTS, Kernel, Link

Lab = dict[str, Any]

#: the host's own link to the world, a link and a bridge that no lab made
UPLINK, SPARE, FOREIGN_BRIDGE = "eth0", "spare0", "docker0"
FOREIGN_NETNS = "alien"


def host_of(forward: str, paths: Sequence[str], alien: bool, bridge_nf: bool = False) -> FakeHost:
    """A host as somebody may have left it: with a network of its own, and things that are nobody's business."""
    kernel = Kernel()
    kernel.link_up("", "lo", True)
    for name, kind in ((UPLINK, ""), (SPARE, "dummy"), (FOREIGN_BRIDGE, "bridge")):
        options = dict(BRIDGE_DEFAULTS) if kind == "bridge" else {}
        kernel.link_add("", name, Link(kind, kernel.new_mac(), options=options, addrgenmode="none"))
        kernel.link_up("", name, True)
    kernel.link("", UPLINK).advertised = True
    kernel.addr_add("", UPLINK, "10.0.2.15/24", "10.0.2.255")
    kernel.addr_add("", FOREIGN_BRIDGE, "172.17.0.1/16", "172.17.255.255")
    kernel.route_replace("", (254, "0.0.0.0/0", 0), {"type": "unicast", "gateway": "10.0.2.2"})
    kernel.route_replace("", (254, "10.250.0.0/16", 7), {"type": "unicast", "gateway": "10.0.2.3"})
    kernel.rule_add("", (False, 90), {"from": "10.250.0.0/16", "to": None, "iif": None, "fwmark": None, "table": 90})
    kernel.sysctl("", "net.ipv4.ip_forward", forward)
    kernel.sysctl("", f"net.ipv4.conf.{FOREIGN_BRIDGE}.forwarding", "1")
    kernel.sysctl("", "net.ipv4.conf.all.accept_redirects", "0")
    for path in paths:
        kernel.mkdir(path)
    if alien:
        kernel.mkdir("/run/netns")
        kernel.mount()
        kernel.netns_add(FOREIGN_NETNS)
        kernel.veth_add(("", "alien0"), (FOREIGN_NETNS, "eth0"))
        kernel.addr_add(FOREIGN_NETNS, "eth0", "10.66.0.2/24", None)
        kernel.link_up(FOREIGN_NETNS, "eth0", True)
    host = FakeHost(kernel)
    host.bridge_nf = bridge_nf
    return host


def hosts() -> st.SearchStrategy[FakeHost]:
    """Hosts that differ in what a lab may find there already."""
    etc = [(), ("/etc/netns",), ("/etc/netns", "/etc/netns/red"), ("/etc/netns", "/etc/netns/other")]
    return st.builds(host_of, st.sampled_from("01"), st.sampled_from(etc), st.booleans(), st.booleans())


@st.composite
def labs(draw: st.DrawFn, mark: str = "", size: int = 4) -> Lab:
    """Good descriptions of up to ``size`` veth pairs."""
    return lab_of(draw(st.binary(min_size=250, max_size=250)), mark, size)


def lab_of(choices: bytes, mark: str = "", size: int = 4) -> Lab:
    """The description that some bytes make; zeros make the plainest."""
    draft = _Draft(choices, mark)
    draft.namespaces()
    draft.bridges()
    for number in draft.some(range(5), size):
        draft.veth_pair(number)
    draft.ports()
    draft.addresses()
    draft.routes()
    draft.rules()
    draft.masquerades()
    draft.forwards()
    draft.sysctls()
    draft.tunnels()
    draft.others()
    return draft.lab


def _given(entry: Lab) -> Lab:
    return {name: value for name, value in entry.items() if value not in (None, "")}


class _Draft:
    """A description in the making.

    ``near`` are the subnets of links that are up, as (netns, dev, the subnet's first part, own address). Every link
    on the host has a subnet of its own, as labs there may not overlap.
    """

    def __init__(self, choices: bytes, mark: str) -> None:
        self._choices = iter(choices)
        self.mark, self.shift = mark, 100 if mark else 0
        self.lab: Lab = {}
        self.names: list[str] = []
        self.near: list[tuple[str, str, str, str]] = []
        self._switches: list[tuple[str, str, int, bool]] = []
        turn = self.number(8)
        self._subnets = iter([self.shift + 1 + (number + turn) % 8 for number in range(8)])

    # -- choices -------------------------------------------------------------------------------------------------

    def number(self, count: int) -> int:
        return next(self._choices, 0) % count

    def pick(self, values: Sequence[Any]) -> Any:
        return values[self.number(len(values))]

    def some(self, values: Sequence[Any], most: int) -> list[Any]:
        left = list(values)
        return [left.pop(self.number(len(left))) for _turn in range(self.number(most + 1))]

    def maybe(self, chance: int = 2) -> bool:
        return self.number(chance) == chance - 1

    def options(self, **values: Sequence[Any]) -> Lab:
        """Some of the options given, each with a value from its list."""
        return {name: self.pick(found) for name, found in values.items() if self.maybe(4)}

    def add(self, resource: str, **entry: Any) -> None:
        self.lab.setdefault(resource, []).append(_given(entry))

    # -- entries -------------------------------------------------------------------------------------------------

    def namespaces(self) -> None:
        self.names = [f"{name}{self.mark}" for name in self.some(["red", "red2", "blue"], 3)] or [f"red{self.mark}"]
        for name in self.names:
            sysctls = self.options(**{"net.ipv4.ip_forward": ["0", 1, True], "net.ipv4.conf.all.rp_filter": [0, 2]})
            files = self.options(resolv_conf=["nameserver 10.0.0.1\n", "\n"], hosts=["127.0.0.1 me\n"])
            self.add("namespaces", name=name, lo_up=not self.maybe(6), sysctls=sysctls or None, **files)

    def _given_addresses(self, netns: str, dev: str, subnet: int, host: int, up: bool) -> Optional[list[str]]:
        """Addresses of one end: none, one, two of a subnet, with or without IPv6."""
        four, six = f"10.{subnet}.0.", f"fd00:{subnet}::"
        found = [f"{four}{host}/24"] if self.maybe() else []
        if found and self.maybe(3):
            found.append(f"{four}{host + 1}/24")
        if found and up:
            self.near.append((netns, dev, four, f"{four}{host}"))
        if self.maybe(3):
            found.append(f"{six}{host}/64")
            self.near += [(netns, dev, six, f"{six}{host}")] if up else []
        return found or self.pick([None, []])

    def bridges(self) -> None:
        """Bridges on the host or in a namespace."""
        for word in self.some(["v-net-0", "br1", "br2"], 2):
            netns, name = self.pick(["", "", self.names[0]]), word + self.mark
            subnet, up = next(self._subnets), not self.maybe(6)
            addresses = self._given_addresses(netns, name, subnet, 252, up)
            options = self.options(stp=[True, False], forward_delay=[4, 10], mtu=[1400, 1500])
            options.update(self.options(mac=["02:00:00:00:00:aa", "auto"]))
            self.add("bridges", name=name, netns=netns, addresses=addresses, up=up, **options)
            self._switches.append((netns, name, subnet, bool(addresses)))

    def veth_pair(self, number: int) -> None:
        """One veth pair: onto a bridge, or straight to a namespace or to the host; either end may be named first."""
        places = [*self.names, ""]
        near: Lab = {"name": f"ve{number}{self.mark}", "netns": self.pick(places), "up": not self.maybe(6)}
        far: Lab = {"name": f"{near['name']}-{self.pick('pq')}", "up": not self.maybe(6)}
        switch = self.pick([None, *self._switches])
        if switch:
            far.update(netns=switch[0], bridge=switch[1])
            if near["netns"]:
                place = (near["netns"], near["name"], switch[2], number * 2 + 1, near["up"])
                near["addresses"] = self._given_addresses(*place)
        else:
            far["netns"], subnet = self.pick(places), next(self._subnets)
            near["addresses"] = self._given_addresses(near["netns"], near["name"], subnet, 1, near["up"])
            if near["netns"] or far["netns"]:
                far["addresses"] = self._given_addresses(far["netns"], far["name"], subnet, 3, far["up"])
        for place, end in enumerate((near, far)):
            end.update(self.options(mtu=[1400, 9000], mac=[f"02:00:00:00:{number:02x}:{place:02x}"]))
            end.update(self.options(addrgenmode=["none", "eui64"]))
        ends = [_given(end) for end in ((near, far) if self.maybe() else (far, near))]
        self.add("veths", **ends[0], peer=ends[1])

    def _links(self) -> Iterator[Lab]:
        """Every end and every bridge so far."""
        yield from self.lab.get("bridges", ())
        for veth in self.lab.get("veths", ()):
            yield from (veth, veth["peer"])

    def ports(self) -> None:
        for end in [end for end in self._links() if end.get("bridge") and self.maybe(3)]:
            options = self.options(hairpin=[True, False], isolated=[True], learning=[False], cost=[7], priority=[9])
            self.add("bridge_ports", dev=end["name"], netns=end.get("netns"), bridge=end["bridge"], **options)
        if not self.mark and self.maybe(3):
            bridges = [FOREIGN_BRIDGE, *(name for netns, name, *_rest in self._switches if not netns)]
            self.add("bridge_ports", dev=SPARE, bridge=self.pick(bridges), **self.options(hairpin=[True], cost=[9]))

    def addresses(self) -> None:
        for number in self.some(range(3), 2):
            end, subnet = self.pick([{"name": SPARE}, *self._links()]), f"172.3{number}.{self.shift}"
            broadcast = self.options(broadcast=[f"{subnet}.255", f"{subnet}.127"])
            self.add("addresses", dev=end["name"], netns=end.get("netns"), address=f"{subnet}.1/24", **broadcast)

    def routes(self) -> None:
        """Routes by way of links that are up, no two alike."""
        seen = set()
        for netns, dev, subnet, own in [item for item in self.near if self.maybe()]:
            six = ":" in subnet
            far = [f"fd77:{n}{self.mark}::/64" if six else f"10.20{n}.{self.shift}.0/24" for n in (1, 2)]
            dst = self.pick(["default", *far] if netns else far)
            options = self.options(dev=[dev], metric=[50, 60], table=["100", "main"], src=[own])
            options.update({"dev": dev} if self.maybe(4) else {"gateway": f"{subnet}99"})
            key = (netns, six, dst, options.get("metric"), options.get("table", "main"))
            if key not in seen:
                self.add("routes", netns=netns, dst="::/0" if six and dst == "default" else dst, **options)
            seen.add(key)
        if self.maybe(3):
            netns, dst = self.pick(["", self.names[0]]), self.pick([f"10.20{n}.{self.shift}.0/24" for n in (1, 2, 3)])
            if (netns, False, dst, None, "main") not in seen:
                kind = self.pick(["blackhole", "unreachable", "prohibit"])
                self.add("routes", netns=netns, dst=dst, type=kind)

    def rules(self) -> None:
        for number in self.some(range(100, 103), 2):
            options = self.options(**{"from": ["10.1.0.0/16"], "fwmark": ["0x1", "1/0xff"], "to": ["10.2.0.0/16"]})
            if "from" not in options and "to" not in options:
                options.update(self.options(family=["ipv6", "ipv4"], iif=["ve0", "lo"]))
            netns, table = self.pick(["", self.names[0]]), self.pick(["100", "main"])
            self.add("rules", netns=netns, priority=number + self.shift, table=table, **options)

    def masquerades(self) -> None:
        for number in self.some(range(1, 4), 2):
            source = self.pick([f"10.{number + self.shift}.0.0/24", f"fd00:{number + self.shift}::/64"])
            netns = self.pick(["", "", self.names[0]])
            options = self.options(
                out_interface=[UPLINK], exclude=[["fd99::/16" if ":" in source else "10.0.0.0/8"], []]
            )
            options.update(self.options(ip_forward=[True]) if not netns else {})
            self.add("masquerades", netns=netns, source=source, **options)

    def forwards(self) -> None:
        targets = ["10.9.0.7", *(f"{subnet}7" for _netns, _dev, subnet, _own in self.near if ":" not in subnet)]
        for number in self.some(range(80, 84), 3):
            port = number + self.shift
            options = self.options(listen=[["10.0.2.15"], ["10.0.2.15", "10.0.2.16"]], hairpin=[True, False])
            self.add(
                "port_forwards",
                netns=self.pick(["", "", self.names[0]]),
                protocol=self.pick(["tcp", "udp"]),
                port=self.pick([port, f"{port * 10}-{port * 10 + 1}"]),
                to=self.pick(targets) + self.pick(["", ":8080"]),
                **options,
            )

    def sysctls(self) -> None:
        """On the host ip_forward is 1 or not wanted, as some masquerade may want it too."""
        if self.maybe():
            self.add("sysctls", name="net.ipv4.ip_forward", value="1")
        if self.maybe(4):
            self.add("sysctls", name="net.ipv6.conf.all.forwarding", value="1")
        if not self.mark and self.maybe(3):
            self.add("sysctls", name="net.ipv4.conf.all.rp_filter", value=self.pick(["0", "2"]))
        for end in [end for end in self._links() if self.maybe(5)]:
            name = f"net.ipv4.conf.{end['name']}.rp_filter"
            self.add("sysctls", netns=end.get("netns"), name=name, value=self.pick(["0", "1"]))

    def tunnels(self) -> None:
        """Tunnels over the host's link to the world."""
        switches = [name for netns, name, *_rest in self._switches if not netns]
        for number in self.some(range(2), 2):
            options = self.options(mtu=[1400, 1450], dev=[UPLINK], remotes=[["10.0.2.21"], []])
            options.update(self.options(bridge=switches) if switches else {})
            options.update(
                self.options(learning=[True, False], fdb=[[{"mac": "02:00:00:00:00:bb", "dst": "10.0.2.21"}], []])
            )
            if self.maybe(3):
                options["remotes"] = self.some(["10.0.2.21", "10.0.2.22", "10.0.2.23"], 3)
            vni = self.pick([7, 8]) + number * 10 + self.shift
            self.add("vxlans", name=f"vx{number}{self.mark}", id=vni, local="10.0.2.15", **options)

    def others(self) -> None:
        """Links of other kinds."""
        for number in self.some(range(2), 2):
            options = self.options(mtu=[1400, 9000], mac=[f"02:00:00:00:cc:{number:02x}"], up=[False])
            netns = self.pick(["", *self.names[:1]])
            self.add("links", name=f"du{number}{self.mark}", netns=netns, kind="dummy", **options)
        if self.maybe(3):
            self.add(
                "links", name=f"mv{self.mark}", kind="macvlan", link=UPLINK, **self.options(mode=["vepa", "bridge"])
            )
