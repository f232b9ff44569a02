# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drawing of a lab shows and where it goes, for the text and for the picture alike. Pure.

The drawing follows the definition. Where the kernel was asked too, what is not as defined is marked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from ansible_collections.netns.lab.plugins.module_utils._model import values
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.end import End
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.port_forward import PortForward
from ansible_collections.netns.lab.plugins.module_utils._model.lab.route import Route
from ansible_collections.netns.lab.plugins.module_utils._model.lab.rule import Rule
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import Topology, namespaces_of, parse

#: a thing in the kernel: what sort of thing, its namespace, and what tells it from others
Key = tuple[Any, ...]

#: the number of a routing table that needs no mention
MAIN_TABLE = 254


@dataclass
class Fact:
    """Something that is so, in words: an address, a route, a rule. ``fault`` says what is wrong with it."""

    text: str
    fault: str = ""

    @property
    def label(self) -> str:
        """The words, with the fault where there is one."""
        return f"{self.text} ({self.fault})" if self.fault else self.text


@dataclass
class Link:
    """A link: one end of a veth pair, a bridge, or one that is only mentioned.

    ``fault`` says in a word what is wrong with it, empty where nothing is. ``bridge`` is the bridge it is a port of.
    """

    netns: str
    name: str
    addresses: list[Fact] = field(default_factory=list)
    bridge: str = ""
    fault: str = ""
    peer: Optional[Link] = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The name, with the fault where there is one."""
        return f"{self.name} ({self.fault})" if self.fault else self.name


@dataclass
class Space:
    """A namespace, the host's own too: its bridges, its other links, and lines of text about the rest of it."""

    name: str
    bridges: list[Link] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    routes: list[Fact] = field(default_factory=list)
    notes: list[Fact] = field(default_factory=list)
    nat: list[Fact] = field(default_factory=list)
    fault: str = ""

    @property
    def title(self) -> str:
        """The name for a person."""
        title = self.name or "host"
        return f"{title} ({self.fault})" if self.fault else title

    @property
    def is_end(self) -> bool:
        """Whether it is the end of the lab: it has one veth pair and nothing is behind it."""
        if not self.name or self.bridges or self.nat or len(self.links) != 1:
            return False
        peer = self.links[0].peer
        return peer is not None and peer.netns != self.name

    def groups(self) -> list[tuple[Optional[Link], list[Link]]]:
        """The links by the bridge that they are ports of; those of none come last, under None."""
        grouped: list[tuple[Optional[Link], list[Link]]] = [
            (bridge, [link for link in self.links if link.bridge == bridge.name]) for bridge in self.bridges
        ]
        names = {bridge.name for bridge in self.bridges}
        return [*grouped, (None, [link for link in self.links if link.bridge not in names])]


@dataclass
class Scene:
    """All that is to be drawn.

    ``common`` are routes that every namespace at an end of the lab has; ``compact`` asks for one line for each end.
    """

    name: str
    spaces: dict[str, Space] = field(default_factory=dict)
    pairs: list[tuple[Link, Link]] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    compact: bool = False

    @property
    def summary(self) -> str:
        """How many objects of each kind there are."""
        bridges = sum(len(space.bridges) for space in self.spaces.values())
        names = sum(1 for name in self.spaces if name)
        counts = [(names, "namespace"), (bridges, "bridge"), (len(self.pairs), "veth pair")]
        return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count)

    @property
    def common_lines(self) -> list[str]:
        """A line with the routes that all namespaces have."""
        ends = sum(1 for _space in _ends(self))
        everyone = ends == sum(1 for name in self.spaces if name)
        who = "each namespace" if everyone else "each namespace with one veth pair"
        return [f"{who} has: {', '.join(self.common)}"] if self.common else []

    @property
    def outside(self) -> list[Fact]:
        """The NAT of the host."""
        host = self.spaces.get("")
        return host.nat if host else []


class _Builder:
    """From a topology to a scene, entry by entry."""

    def __init__(self, name: str, topology: Topology) -> None:
        self.scene = Scene(name)
        self.links: dict[tuple[str, str], Link] = {}
        self.owners: dict[str, str] = {}
        #: what has to be found in the kernel for each fact, as keys of :func:`_found`
        self.proofs: list[tuple[Fact, list[Key]]] = []
        declared = [namespace.name for namespace in topology["namespaces"]]
        rest = namespaces_of(topology).difference(declared)
        for netns in [*(() if "" not in rest else ("",)), *declared, *sorted(rest - {""})]:
            self.scene.spaces[netns] = Space(netns)
        self._wires(topology)
        self._words(topology)

    def _wires(self, topology: Topology) -> None:
        for bridge in topology["bridges"]:
            link = self._end(bridge.end)
            self.scene.spaces[link.netns].bridges.append(link)
        for veth in topology["veths"]:
            if veth.peer is None:
                continue
            here, there = self._end(veth.end), self._end(veth.peer)
            here.peer, there.peer = there, here
            self.scene.pairs.append((here, there))
            for link in (here, there):
                self.scene.spaces[link.netns].links.append(link)
        for vxlan in topology["vxlans"]:
            link = self._end(vxlan.end)
            self.scene.spaces[link.netns].links.append(link)
            text = f"vxlan {vxlan.id} to {', '.join(vxlan.remotes) or 'nobody'}"
            self._fact(link.addresses, text, ("vxlan", link.netns, link.name, vxlan.id, vxlan.remotes))
        for port in topology["bridge_ports"]:
            link = self._link(port.netns, port.dev)
            link.bridge = port.bridge or ""
        for item in topology["addresses"]:
            self._address(self._link(item.netns, item.dev), item.address)

    def _end(self, end: End) -> Link:
        link = Link(end.netns, end.name, bridge=end.bridge or "")
        self.links[link.netns, link.name] = link
        for address in end.addresses or ():
            self._address(link, address)
        if not end.up:
            link.fault = "down"
        return link

    def _link(self, netns: str, name: str) -> Link:
        """A link by its name; one that the lab does not make is drawn because the lab speaks of it."""
        if (netns, name) not in self.links:
            link = self.links[netns, name] = Link(netns, name)
            self.scene.spaces[netns].links.append(link)
        return self.links[netns, name]

    def _fact(self, facts: list[Fact], text: str, *keys: Key) -> None:
        fact = Fact(text)
        facts.append(fact)
        self.proofs.append((fact, list(keys)))

    def _address(self, link: Link, address: str) -> None:
        self._fact(link.addresses, address, ("address", link.netns, link.name, address))
        if link.netns:
            self.owners.setdefault(address.partition("/")[0], link.netns)

    def _words(self, topology: Topology) -> None:
        spaces = self.scene.spaces
        for namespace in topology["namespaces"]:
            for name, value in namespace.sysctls:
                self._sysctl(namespace.name, name, value)
        for sysctl in topology["sysctls"]:
            self._sysctl(sysctl.netns, sysctl.name, sysctl.value)
        for route in topology["routes"]:
            key = ("route", route.netns, route.table, route.dst, route.type, route.gateway, route.metric)
            self._fact(spaces[route.netns].routes, route_text(route), key)
        for rule in topology["rules"]:
            key = ("rule", rule.netns, rule.six, rule.priority)
            self._fact(spaces[rule.netns].notes, _rule_text(rule), key)
        for masquerade in topology["masquerades"]:
            netns, source, out = masquerade.netns, masquerade.source, masquerade.out_interface
            text = f"masquerade {source}{f' out {out}' if out else ''}"
            self._fact(spaces[netns].nat, text, ("masquerade", netns, source, out))
        for forward in topology["port_forwards"]:
            self._forward(forward)

    def _sysctl(self, netns: str, name: str, value: str) -> None:
        self._fact(self.scene.spaces[netns].notes, f"{name} = {value}", ("sysctl", netns, name, value))

    def _forward(self, forward: PortForward) -> None:
        first, last = forward.ports[0], forward.ports[-1]
        ports = f"{first}-{last}" if last > first else f"{first}"
        to_ports = f"{forward.to_port}-{forward.to_port + last - first}" if last > first else f"{forward.to_port}"
        owner = f" ({self.owners[forward.to]})" if forward.to in self.owners else ""
        to = f"{_endpoint(forward.to, to_ports)}{owner}"
        for listen in forward.listen or ("",):
            text = f"{forward.protocol} {_endpoint(listen, ports) if listen else f'port {ports}'} → {to}"
            key = (
                "forward",
                forward.netns,
                forward.protocol,
                listen,
                ports,
                _endpoint(forward.to, str(forward.to_port)),
            )
            self._fact(self.scene.spaces[forward.netns].nat, text, key)


def _endpoint(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def route_text(route: Route) -> str:
    """A route in the words of ip-route(8)."""
    dst = "default" if route.dst in ("0.0.0.0/0", "::/0") else route.dst
    parts = [dst if route.type == "unicast" else f"{route.type} {dst}"]
    for word, value in (("via", route.gateway), ("dev", route.dev), ("src", route.src), ("metric", route.metric)):
        parts += [f"{word} {value}"] if value is not None else []
    parts += [f"table {route.table}"] if route.table != MAIN_TABLE else []
    return " ".join(parts)


def _rule_text(rule: Rule) -> str:
    parts = [f"rule {rule.priority}:", f"from {rule.src or 'all'}"]
    for word, value in (("to", rule.dst), ("iif", rule.iif), ("fwmark", rule.fwmark), ("lookup", rule.table)):
        parts += [f"{word} {value}"] if value is not None else []
    return " ".join(parts)


def _found(lab: Mapping[str, Any]) -> set[Key]:
    """What the kernel has, as keys. A route has one with its metric and one without."""
    keys: set[Key] = set()

    def entries_of(option: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
        return ((entry.get("netns") or "", entry) for entry in lab.get(option) or ())

    for netns, entry in entries_of("addresses"):
        keys.add(("address", netns, entry["dev"], entry["address"]))
    for netns, entry in entries_of("links"):
        if entry.get("kind") == "vxlan":
            keys.add(("vxlan", netns, entry["name"], entry["id"], tuple(entry["remotes"])))
    for netns, entry in entries_of("sysctls"):
        keys.add(("sysctl", netns, entry["name"], str(entry["value"])))
    for netns, entry in entries_of("routes"):
        six = entry.get("family") == "ipv6"
        dst = values.destination("dst", entry["dst"], six)
        way = (values.table("table", str(entry["table"])), dst, entry.get("type") or "unicast", entry.get("gateway"))
        keys |= {("route", netns, *way, metric) for metric in (None, entry.get("metric"))}
    for netns, entry in entries_of("rules"):
        keys.add(("rule", netns, entry.get("family") == "ipv6", entry["priority"]))
    for netns, entry in entries_of("masquerades"):
        keys.add(("masquerade", netns, entry["source"], entry.get("out_interface") or ""))
    for netns, entry in entries_of("port_forwards"):
        listen = entry.get("listen") or ""
        if entry.get("whole", True):
            keys.add(("forward", netns, entry["protocol"], listen, str(entry["port"]), entry["to"]))
    return keys


def _mark(builder: _Builder, lab: Mapping[str, Any]) -> None:
    """Mark what the kernel has otherwise than the definition: what is gone, what is down, what came to it."""
    spaces = builder.scene.spaces
    there = {entry["name"] for entry in lab.get("namespaces") or ()}
    for space in spaces.values():
        if space.name and space.name not in there:
            space.fault = "missing"
    found = _found(lab)
    is_now = {key[:3]: key[3] for key in found if key[0] == "sysctl"}
    for fact, keys in builder.proofs:
        if not found.issuperset(keys):
            fact.fault = f"is {is_now[keys[0][:3]]}" if keys[0][:3] in is_now else "missing"
    links = {(entry["netns"] or "", entry["name"]): entry for entry in lab.get("links") or ()}
    for key, link in builder.links.items():
        if key in links:
            link.fault = "" if links[key]["up"] else "down"
        elif link.peer is not None or link in spaces[link.netns].bridges:
            link.fault = "missing"
    for _sort, netns, dev, address in sorted(key for key in found if key[0] == "address"):
        link = builder.links.get((netns, dev))
        if link and not address.lower().startswith("fe80:") and address not in [fact.text for fact in link.addresses]:
            link.addresses.append(Fact(address, "not the lab's"))


def _ends(scene: Scene) -> Iterable[Space]:
    """The namespaces at the ends of a lab."""
    return [space for space in scene.spaces.values() if space.is_end]


def scene(lab: Mapping[str, Any], name: str = "lab", many: int = 10) -> Scene:
    """What is to be drawn of a lab.

    :param lab: an entry of what ``topology_info`` returns, or a definition (the options of ``topology``).
    :param name: the lab's name where ``lab`` does not tell it.
    :param many: with more ends than this each is drawn in one line, and the routes that all have are told once.
    :raises InvalidArgument: if it is neither.
    """
    if not isinstance(lab, Mapping) or not ("definition" in lab or any(option in lab for option in KINDS)):
        remedy = "Give an entry of labs of netns.lab.topology_info, or the options of netns.lab.topology."
        found = f"a dictionary with {', '.join(map(str, lab)) or 'nothing'}" if isinstance(lab, Mapping) else repr(lab)
        raise InvalidArgument("lab", "a lab or a definition", found, remedy)
    observed = "definition" in lab
    definition = lab["definition"] if observed else lab
    if not isinstance(definition, Mapping):
        raise InvalidArgument("lab.definition", "lists of entries by name", repr(definition), "Write it as key: value.")
    builder = _Builder(str(lab.get("name") or name), parse({option: definition.get(option) for option in KINDS}))
    drawn = builder.scene
    if observed:
        _mark(builder, lab)
    ends = list(_ends(drawn))
    drawn.compact = len(ends) > many
    if drawn.compact:
        drawn.common = [fact.text for fact in ends[0].routes if all(fact in space.routes for space in ends)]
        for space in ends:
            space.routes = [fact for fact in space.routes if fact.text not in drawn.common or fact.fault]
    return drawn


@dataclass
class Place:
    """Where a namespace goes: seen from the middle of the drawing, on its left (-1), on its right (1), or it (0)."""

    space: Space
    side: int
    depth: int
    pairs: list[tuple[Link, Link]] = field(default_factory=list)


def arrange(drawn: Scene) -> list[Place]:
    """Order the namespaces from the middle outwards.

    The middle is the host, if a veth pair ends there, else the namespace with most links. Its neighbours go half to its
    left and half to its right, bridge by bridge, and their neighbours go on the same side. Namespaces without a veth
    pair to these begin a drawing of their own, below.

    :returns: a place for each namespace. Each veth pair stands in one of them, its nearer end first.
    """
    places: dict[str, Place] = {}
    ordered = sorted(drawn.spaces.values(), key=lambda space: (-_weight(space), bool(space.name)))
    done: set[int] = set()
    for start in ordered:
        if start.name in places:
            continue
        places[start.name] = Place(start, 0, 0)
        queue = deque([places[start.name]])
        while queue:
            place = queue.popleft()
            for _bridge, links in place.space.groups():
                pairs = [(link, link.peer) for link in links if link.peer is not None]
                fresh = list(dict.fromkeys(far.netns for _near, far in pairs if far.netns not in places))
                left = set(fresh[: (len(fresh) + 1) // 2]) if place.side == 0 and len(pairs) > 1 else set()
                for near, far in pairs:
                    if id(near) in done:
                        continue
                    done |= {id(near), id(far)}
                    place.pairs.append((near, far))
                    if far.netns not in places:
                        side = place.side or (-1 if far.netns in left else 1)
                        places[far.netns] = Place(drawn.spaces[far.netns], side, place.depth + 1)
                        queue.append(places[far.netns])
    return list(places.values())


def _weight(space: Space) -> int:
    """How much a namespace draws the others around itself: its links; the host's count more."""
    pairs = sum(1 for link in space.links if link.peer is not None)
    return pairs * 1000 if not space.name else pairs
