# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why packets of a lab, or of any lab on this host, would not go where they should. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, Optional

from ..._model.addressing import parse_interface, parse_network
from ..finding import TO_COME, Finding
from ..firewalls import paths as firewall_paths
from ..firewalls import translations
from ..firewalls.paths import Way
from ..firewalls.provider import PROVIDERS
from ..firewalls.ruleset import Firewalls, Packet
from ..state import Key, place
from . import advertisements, checks, link_managers
from .host import Host
from .host_state import State
from .kinds.address import AddressKey
from .kinds.netns import NetnsKey
from .kinds.route import MAIN, RouteKey
from .kinds.sysctl import SysctlKey, forwarding
from .kinds.table import kind_of
from .nat import doctor as nat_doctor
from .nat import elements as nat_elements
from .record import Record
from .scope import Scope, scope_of
from .subnets import Subnets
from .traffic import traffic_of

_RP_FILTER = "net.ipv4.conf.{0}.rp_filter"
#: the sysctls that have a namespace ignore pings
_ECHO = ("net.ipv4.icmp_echo_ignore_all", "net.ipv6.icmp.echo_ignore_all")


def examine(host: Host, name: Optional[str] = None) -> list[tuple[str, Finding]]:
    """Examine the labs of a host, and the host itself.

    :param host: the host.
    :param name: one lab only (str; default: all of them, and the host for labs to come).
    :returns: pairs of the lab's name (empty for the host) and what was found.
    """
    host.require([])
    with host.locked(False):
        found: list[tuple[str, Finding]] = []
        records = host.records()
        for record in records:
            if name in (None, record.lab):
                found += [(record.lab, finding) for finding in _Lab(host, record).findings()]
        if name is None:
            known = {key for record in records for key in record.made}
            found += [("", finding) for finding in _host(host, known, bool(records))]
    return found


def _host(host: Host, known: set[Key], labs: bool) -> Iterator[Finding]:
    """What is left of labs that a reboot took, and what would keep the first lab's packets from being forwarded.

    :param labs: whether there are some: what drops their packets is told with them.
    """
    state = host.read(Scope(firewalls=True, host_routes=True, advertisements={""}))
    if not any(advertisements.lets_forward(key) and not key.netns for key in known):  # else it is told with the lab
        yield from _deaf(state)
    out = next((dev for dst, dev in state.routes if dst == "0.0.0.0/0"), "eth0")
    packet = Packet("forward", False, "BRIDGE", out, "192.0.2.1", "198.51.100.1", "tcp")
    for key in sorted((key for key in state.objects if kind_of(key).outlasts_record and key not in known), key=str):
        yield kind_of(key).left_over(key)
    if labs:
        return
    yield from firewall_paths.unread(state.firewalls or Firewalls())
    within = replace(packet, oif=packet.iif, bridged=True)
    asked = {provider.NAME for provider in PROVIDERS if "auto" in provider.CHOICES}
    for way in (
        Way(packet.iif, "reach the outside", packet),
        Way(packet.iif, "pass packets between namespaces of one bridge", within),
    ):
        for finding in firewall_paths.blocked(state.firewalls or Firewalls(), way):
            if finding.firewall not in asked:
                remedy = f"If {packet.iif} is its bridge: {finding.remedy}"
                yield replace(finding, object=TO_COME, severity="warning", remedy=remedy)


def _deaf(state: State) -> Iterator[Finding]:
    """Links that lived by router advertisements until their namespace became a router."""
    for netns, dev in advertisements.deaf(state):
        name = advertisements.names(dev)[0]
        yield Finding(
            place(netns, dev), "keep its default route from router advertisements",
            "IPv6 forwarding is enabled, and the link ignores them unless accept_ra is 2", f"{name} = 1",
            f"sysctl {name}=2, and wait for the next advertisement, or set the link down and up.",
        )  # fmt: skip


class _Lab:
    def __init__(self, host: Host, record: Record) -> None:
        self._record = record
        scope = scope_of(record.made)
        scope.firewalls = scope.host_routes = scope.host_links = True
        for netns in scope.namespaces - {""}:
            scope.routes[netns] |= {(False, 254), (True, 254)}
        devs = {key.dev for key in record.made if isinstance(key, AddressKey) and not key.netns}
        names = [_RP_FILTER.format(dev.replace(".", "/")) for dev in (*sorted(devs), "all")]
        asked = [*names, "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]
        asked_for = [SysctlKey("", each) for each in asked] + _inner_sysctls(record, scope.namespaces)
        scope.sysctls = list(dict.fromkeys([*scope.sysctls, *asked_for]))
        self._state: State = host.read(scope)
        objects = self._state.objects
        nat_elements.by_record(objects, record.made, ())
        keys = {key: (key.sort, objects[key]) for key in record.made if key in objects}
        self._traffic = traffic_of(keys, objects, self._state)

    def findings(self) -> Iterator[Finding]:
        """All of them, those first that lose packets for certain."""
        found = [
            *self._lost(), *self._links(), *self._forwarding(), *self._routes(), *self._firewalls(), *self._strict(),
            *nat_doctor.findings(self._record, self._state.objects), *self._neighbours(), *_deaf(self._state),
            *link_managers.findings(
                self._state.managers, link_managers.of_host(self._state.objects, sorted(self._record.made, key=str))
            ),
            *self._inside(),
        ]  # fmt: skip
        yield from sorted(found, key=lambda finding: finding.severity != "error")

    def _lost(self) -> Iterator[Finding]:
        """What the lab made and is not there any more."""
        lost = [key for key in self._record.made if key not in self._state.objects and kind_of(key).is_missed]
        gone = {NetnsKey(key.netns) for key in lost if isinstance(key, NetnsKey)}
        for key in sorted(lost, key=str)[:20]:
            if isinstance(key, NetnsKey) or NetnsKey(key.netns) not in gone:
                yield _gone(key)

    def _links(self) -> Iterator[Finding]:
        """Links that are down, and veth pairs whose other end was detached from its bridge."""
        for key, attrs in sorted(self._of("link"), key=str):
            name = key.describe().partition(" ")[2]
            if not attrs["up"]:
                netns = f"-n {key.netns} " if key.netns else ""
                remedy = f"ip {netns}link set {key.name} up, or run the lab's task again."
                yield Finding(name, "carry packets", "the link is down", f"link {name}", remedy)

    def _forwarding(self) -> Iterator[Finding]:
        through = [source for _where, source, _out in self._traffic.masquerades]
        through += [to for _where, to, _protocol, _port in self._traffic.forwards]
        for name in dict.fromkeys(forwarding(prefix) for prefix in through):
            if self._value(name) == "0":
                remedy = f"sysctl {name}=1, or ip_forward: true in the masquerade, or the entry in sysctls."
                yield Finding(
                    self._record.lab, "pass packets through this host", "forwarding is disabled", f"{name} = 0", remedy
                )

    def _routes(self) -> Iterator[Finding]:
        """Namespaces that have no way out, or whose answers find no way back."""
        sources = Subnets((parse_network(source), out) for _where, source, out in self._traffic.masquerades)
        mine: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for key, _attrs in self._of("address"):
            if key.netns and not key.address.startswith(("fe80:", "127.", "::1/")):
                mine[key.netns, key.six].append(key.host)
        for (netns, six), addresses in sorted(mine.items()):
            address = min(addresses)
            routed = (netns, six) in self._defaults
            inside = any(any(sources.having(parse_interface(each).ip)) for each in addresses)
            if inside and not routed:
                remedy = f"Add a route: {{netns: {netns}, dst: default, gateway: the host's address}}."
                yield Finding(netns, "reach the outside", "it has no default route", f"routes of {netns}", remedy)
            elif routed and not inside:
                yield Finding(
                    netns, "get replies from the outside", "no masquerade covers its address, and others have no route",
                    f"{address} in no source of masquerades",
                    f"Add a masquerade for the subnet of {address}, or routes to it on the other hosts.",
                    "warning",
                )  # fmt: skip

    def _firewalls(self) -> Iterator[Finding]:
        if self._state.firewalls is None:
            return
        behind = self._behind()
        found = firewall_paths.findings(self._traffic, self._state.firewalls)
        found += translations.findings(self._traffic, self._state.firewalls)
        for finding in found:
            names = sorted(behind.get(finding.object, ()))
            some = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
            yield replace(finding, object=f"{some} (on {finding.object})" if names else finding.object)

    def _strict(self) -> Iterator[Finding]:
        """Strict reverse path filtering drops what comes by another link than the one its answer would leave by."""
        for dev, subnet, _host_address in self._traffic.subnets:
            name = _RP_FILTER.format(dev.replace(".", "/"))
            values = [self._value(name), self._value(_RP_FILTER.format("all"))]
            others = {other for dst, other in self._state.routes if dst == subnet and other != dev}
            if ":" not in subnet and max(value or "0" for value in values) == "1" and others:
                yield Finding(
                    dev, f"receive packets from {subnet}",
                    f"the route back is by {', '.join(sorted(others))}; strict rp_filter drops what arrives on {dev}",
                    f"rp_filter = 1 on {dev}",
                    f"Give the lab another subnet, or sysctl {name}=2 (and all).", "warning",
                )  # fmt: skip

    def _inside(self) -> Iterator[Finding]:
        """Settings of namespaces that lose packets which the lab would deliver."""
        links: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for key, _attrs in self._of("address"):
            if not key.six and key.dev != "lo":
                links[key.netns][key.dev].append(key.address)
        for key in sorted((key for key in self._state.objects if isinstance(key, SysctlKey) and key.netns), key=str):
            value = self._state.objects[key]["value"]
            if key.name in _ECHO and value == "1":
                yield Finding(
                    key.netns, f"answer{' IPv6' if 'ipv6' in key.name else ''} pings", "a sysctl makes it ignore them",
                    f"{key.name} = 1", f"ip netns exec {key.netns} sysctl {key.name}=0, unless you mean it.",
                    "warning",
                )  # fmt: skip
        for netns, devs in sorted(links.items()):
            way = self._defaults.get((netns, False)) if netns else None
            for dev in sorted(devs) if way else ():
                values = [self._value(_RP_FILTER.format(each), netns) or "0" for each in ("all", _dotted(dev))]
                if dev != way and max(values) == "1":
                    name = _RP_FILTER.format(_dotted(dev))
                    yield Finding(
                        netns, f"receive packets from other subnets on {dev}",
                        f"the route back is by {way}, and strict rp_filter drops what arrives on {dev}", f"{name} = 1",
                        f"ip netns exec {netns} sysctl {name}=2 (and all), or a route back by {dev}.", "warning",
                    )  # fmt: skip

    @cached_property
    def _defaults(self) -> dict[tuple[str, bool], Optional[str]]:
        """The links that the default routes leave by, by namespace and whether it is of IPv6."""
        found: dict[tuple[str, bool], Optional[str]] = {}
        for key, attrs in self._state.objects.items():
            if isinstance(key, RouteKey) and key.table == MAIN and key.dst in ("0.0.0.0/0", "::/0"):
                found.setdefault((key.netns, key.six), attrs.get("dev"))
        return found

    def _neighbours(self) -> Iterator[Finding]:
        hosts = len({key.netns for key, _attrs in self._of("address") if key.netns})
        limit = self._state.neighbour_limit
        if limit is not None and 2 * hosts > limit:
            yield Finding(
                self._record.lab, "let all of its namespaces reach each other",
                "the kernel's neighbour table is too small", f"net.ipv4.neigh.default.gc_thresh3 = {limit}",
                checks.more_neighbours(hosts, limit), "warning",
            )  # fmt: skip

    def _behind(self) -> dict[str, set[str]]:
        """The lab's namespaces behind each link of the host: at its other end, or by a port of the bridge."""
        found: dict[str, set[str]] = defaultdict(set)
        for key, attrs in self._of("link"):
            peer = attrs.get("peer")
            if not key.netns and peer and peer[0]:
                found[key.name].add(peer[0])
                if attrs.get("bridge"):
                    found[attrs["bridge"]].add(peer[0])
        return found

    def _of(self, sort: str) -> list[tuple[Key, Any]]:
        objects = self._state.objects
        return [(key, objects[key]) for key in self._record.made if key.sort == sort and key in objects]

    def _value(self, name: str, netns: str = "") -> Optional[str]:
        value: Optional[str] = self._state.objects.get(SysctlKey(netns, name), {}).get("value")
        return value


def _dotted(dev: str) -> str:
    """A link's name within the name of a sysctl."""
    return dev.replace(".", "/")


def _inner_sysctls(record: Record, namespaces: Collection[str]) -> list[Key]:
    """The sysctls inside namespaces that may lose packets."""
    found = [SysctlKey(netns, name) for netns in sorted(namespaces) if netns for name in _ECHO]
    devs = sorted(
        {(key.netns, key.dev) for key in record.made if isinstance(key, AddressKey) and key.netns and not key.six}
    )
    ends = [*devs, *((netns, "all") for netns in sorted(namespaces) if netns)]
    return [*found, *(SysctlKey(netns, _RP_FILTER.format(_dotted(dev))) for netns, dev in ends)]


def _gone(key: Key) -> Finding:
    what = key.describe()
    remedy = "Run the lab's task again: it adds what is missing."
    return Finding(what, "work", "it does not exist any more", "created by the lab, removed since", remedy)
