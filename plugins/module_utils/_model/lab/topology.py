# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole description: all its entries, read and held against each other. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Callable

from ..errors import InvalidArgument
from ..reading import fill
from ..spec import REQUIRED_IF_PRESENT, RESOURCES
from . import entries, nat, port_ranges
from . import vxlan as tunnels
from .port_ranges import Claim


@dataclass(frozen=True)
class Topology:
    """What is wanted, entry by entry; the fields are topology's list options."""

    namespaces: tuple[entries.Namespace, ...] = ()
    bridges: tuple[entries.Bridge, ...] = ()
    veths: tuple[entries.Veth, ...] = ()
    vxlans: tuple[tunnels.Vxlan, ...] = ()
    bridge_ports: tuple[entries.BridgePort, ...] = ()
    addresses: tuple[entries.AddressEntry, ...] = ()
    sysctls: tuple[entries.Sysctl, ...] = ()
    routes: tuple[entries.Route, ...] = ()
    rules: tuple[entries.Rule, ...] = ()
    masquerades: tuple[entries.Masquerade, ...] = ()
    port_forwards: tuple[entries.PortForward, ...] = ()


_READERS: dict[str, Callable[[str, dict[str, Any]], Any]] = {
    "namespaces": entries.namespace,
    "bridges": entries.bridge,
    "veths": entries.veth,
    "vxlans": tunnels.vxlan,
    "bridge_ports": entries.bridge_port,
    "addresses": entries.address,
    "sysctls": entries.sysctl,
    "routes": entries.route,
    "rules": entries.rule,
    "masquerades": nat.masquerade,
    "port_forwards": nat.port_forward,
}


def parse(options: dict[str, Any]) -> Topology:
    """Read a description.

    :param options: topology's list options; absent and None are the same as empty. Other options are not looked at.
    :returns: the topology, every entry good and no two at odds.
    :raises InvalidArgument: for the first thing that is wrong, named as ``veths[0].peer.name``.
    """
    topology = read(options)
    check(topology)
    return topology


def read(options: dict[str, Any]) -> Topology:
    """Read each entry of a description for itself; see :func:`parse`."""
    lists = {}
    if not isinstance(options, dict):
        raise InvalidArgument("the description", "lists of entries by name", repr(options), "Write it as key: value.")
    for option, (_module, spec) in RESOURCES.items():
        required = REQUIRED_IF_PRESENT.get(option, ())
        reader = _READERS[option]
        given = options.get(option)
        given = () if given is None else given
        if not isinstance(given, (list, tuple)):
            raise InvalidArgument(option, "a list of entries", repr(given), "Write it as a list.")
        good = []
        for index, entry in enumerate(given):
            where = f"{option}[{index}]"
            good.append(reader(where, fill(where, _unplaced(where, entry), spec, required)))
        lists[option] = tuple(good)
    return Topology(**lists)


def _unplaced(where: str, entry: Any) -> Any:
    """An entry without its ``host``, which the controller has heeded before a host sees it."""
    if not isinstance(entry, dict) or "host" not in entry:
        return entry
    if entry["host"] is not None:
        remedy = "Call netns.lab.topology by its name: its action on the controller gives each host its part."
        raise InvalidArgument(f"{where}.host", "a part of one host", repr(entry["host"]), remedy)
    return {name: value for name, value in entry.items() if name != "host"}


def parse_entry(resource: str, options: dict[str, Any], present: bool) -> Topology:
    """Read the options of a single module as a description with one entry.

    :param resource: the list option that the entry would stand in, e.g. ``veths`` (str).
    :param options: the entry's options (dict); others are not looked at.
    :param present: whether the entry is to be made, so that it must be complete (bool).
    :raises InvalidArgument: as :func:`parse`; the entry is named after its module, e.g. ``veth.peer.name``.
    """
    module, spec = RESOURCES[resource]
    required = REQUIRED_IF_PRESENT.get(resource, ()) if present else ()
    entry = fill(module, {key: options.get(key) for key in spec}, spec, required)
    topology = Topology(**{resource: (_READERS[resource](module, entry),)})
    check(topology)
    return topology


def namespaces_of(topology: Topology) -> set[str]:
    """Every namespace that an entry speaks of, the host's (``""``) included where one does."""
    found = {item.name for item in topology.namespaces}
    for veth in topology.veths:
        found.add(veth.end.netns)
        if veth.peer:
            found.add(veth.peer.netns)
    found.update(item.end.netns for item in (*topology.bridges, *topology.vxlans))
    for field in fields(topology):
        if field.name not in ("namespaces", "veths", "bridges", "vxlans"):
            found.update(item.netns for item in getattr(topology, field.name))
    return found


def check(topology: Topology) -> None:
    """What no entry shows alone: things given twice, a port taken twice.

    :raises InvalidArgument: naming the later of the two entries.
    """
    _once("a namespace given once", ((item.where, (item.name,)) for item in topology.namespaces))
    _once("a link's name given once a namespace", _links(topology))
    _once(
        "one tunnel for an id and port",
        ((f"{item.where}.id", (item.end.netns, item.id, item.dstport)) for item in topology.vxlans),
    )
    _once("a port given once", ((item.where, (item.netns, item.dev)) for item in topology.bridge_ports))
    _once("a sysctl given once", _sysctls(topology))
    _once(
        "one route for a destination, table and metric",
        ((item.where, (item.netns, item.table, item.dst, item.metric)) for item in topology.routes),
    )
    _once("one rule for a priority", ((item.where, (item.netns, item.six, item.priority)) for item in topology.rules))
    _once(
        "a source given once",
        ((item.where, (item.netns, item.source, item.out_interface)) for item in topology.masquerades),
    )
    _ports_once(topology)
    _addresses_once(topology)


def _once(wanted: str, keyed: Any) -> None:
    seen: dict[tuple[Any, ...], str] = {}
    for where, key in keyed:
        if key in seen:
            found = f"{' '.join(str(part) for part in key if part not in ('', None, False))}, which {seen[key]} has too"
            raise InvalidArgument(where, wanted, found, "Remove or change one of the two.")
        seen[key] = where


def _ends(topology: Topology) -> Any:
    for item in (*topology.bridges, *topology.vxlans):
        yield item.end
    for veth in topology.veths:
        yield veth.end
        if veth.peer:
            yield veth.peer


def _links(topology: Topology) -> Any:
    for end in _ends(topology):
        yield f"{end.where}.name", (end.netns, end.name)


def _sysctls(topology: Topology) -> Any:
    for namespace in topology.namespaces:
        for name, _value in namespace.sysctls:
            yield f"{namespace.where}.sysctls", (namespace.name, name)
    for sysctl in topology.sysctls:
        yield sysctl.where, (sysctl.netns, sysctl.name)


def _ports_once(topology: Topology) -> None:
    """No port in two forwards at one address."""
    claims = [
        Claim((item.netns, item.protocol, ":" in (listen or item.to), listen), item.ports[0], item.ports[-1], number)
        for number, item in enumerate(topology.port_forwards)
        for listen in item.listen or ("",)
    ]
    for one, other in port_ranges.overlapping(claims):
        (index, first), (later, second) = sorted([(one.name, one), (other.name, other)])
        where, listen = topology.port_forwards[later].where, one.group[3]
        protocol, at = one.group[1], f" on {listen}" if listen else ""
        found = f"{protocol}/{port_ranges.text(second.first, second.last)}{at}"
        if index == later:
            raise InvalidArgument(f"{where}.listen", "an address given once", listen, "Remove one of them.")
        found += f", where {topology.port_forwards[index].where} has {port_ranges.text(first.first, first.last)}"
        remedy = "A port leads to one place: change or remove one of the two."
        raise InvalidArgument(f"{where}.port", "ports that no other forward takes", found, remedy)


def _addresses_once(topology: Topology) -> None:
    """No address twice on one wire: two hosts that answer for it is what nobody wants."""
    wires = _Wires(topology)
    seen: dict[tuple[Any, str], str] = {}
    for where, netns, dev, text in _all_addresses(topology):
        key = (wires.of((netns, dev)), text.partition("/")[0])
        if key in seen:
            found = f"{text}, which {seen[key]} has too"
            raise InvalidArgument(where, "an address given once", found, "Give each link an address of its own.")
        seen[key] = where


def _all_addresses(topology: Topology) -> Any:
    for end in _ends(topology):
        for index, text in enumerate(end.addresses or ()):
            yield f"{end.where}.addresses[{index}]", end.netns, end.name, text
    for item in topology.addresses:
        yield f"{item.where}.address", item.netns, item.dev, item.address


class _Wires:
    """Which links lie on one wire: joined by a cable or a bridge."""

    def __init__(self, topology: Topology) -> None:
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}
        for veth in topology.veths:
            if veth.peer:
                self._join((veth.end.netns, veth.end.name), (veth.peer.netns, veth.peer.name))
                self._port(veth.peer)
            self._port(veth.end)
        for vxlan in topology.vxlans:
            self._port(vxlan.end)
        for port in topology.bridge_ports:
            if port.bridge:
                self._join((port.netns, port.dev), (port.netns, port.bridge))

    def _port(self, end: entries.End) -> None:
        if end.bridge:
            self._join((end.netns, end.name), (end.netns, end.bridge))

    def of(self, link: tuple[str, str]) -> tuple[str, str]:
        """The link that stands for the whole wire."""
        root = link
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while self._parent.get(link, link) != root:
            self._parent[link], link = root, self._parent[link]
        return root

    def _join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        self._parent.setdefault(one, one)
        self._parent.setdefault(other, other)
        self._parent[self.of(one)] = self.of(other)
