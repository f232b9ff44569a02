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

from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.end import End
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import Topology, namespaces_of, parse

from .kinds import KINDS_DRAWN

#: a thing in the kernel: what sort of thing, its namespace, and what tells it from others
Key = tuple[Any, ...]


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


class Builder:
    """From a topology to a scene, entry by entry; :mod:`.kinds` knows what is drawn of which.

    :param name: the lab's name (str).
    :param topology: the description as read.
    """

    def __init__(self, name: str, topology: Topology) -> None:
        self.scene = Scene(name)
        #: every link that is drawn, and those of them that the lab makes
        self.links: dict[tuple[str, str], Link] = {}
        self.made: set[tuple[str, str]] = set()
        #: the namespace of each address
        self.owners: dict[str, str] = {}
        #: what has to be found in the kernel for each fact
        self.proofs: list[tuple[Fact, Key]] = []
        declared = [namespace.name for namespace in topology["namespaces"]]
        rest = namespaces_of(topology).difference(declared)
        for netns in [*(() if "" not in rest else ("",)), *declared, *sorted(rest - {""})]:
            self.scene.spaces[netns] = Space(netns)
        for kind, entry in topology:
            KINDS_DRAWN[kind.option].draw(self, entry)

    def space(self, netns: str) -> Space:
        """A namespace of the scene.

        :param netns: its name (str), ``""`` for the host's.
        """
        return self.scene.spaces[netns]

    def end(self, end: End) -> Link:
        """A link that the lab makes, with its addresses; where it is drawn is for its kind to say.

        :param end: the link as read.
        """
        link = Link(end.netns, end.name, bridge=end.bridge or "")
        self.links[link.netns, link.name] = link
        self.made.add((link.netns, link.name))
        for address in end.addresses or ():
            self.address(link, address)
        if not end.up:
            link.fault = "down"
        return link

    def link(self, netns: str, name: str) -> Link:
        """A link by its name; one that the lab does not make is drawn because the lab speaks of it.

        :param netns: the name of its namespace (str), ``""`` for the host's.
        :param name: its name (str).
        """
        if (netns, name) not in self.links:
            link = self.links[netns, name] = Link(netns, name)
            self.space(netns).links.append(link)
        return self.links[netns, name]

    def fact(self, facts: list[Fact], text: str, key: Key) -> None:
        """Something that is so.

        :param facts: where it is drawn.
        :param text: it in words (str).
        :param key: what the kernel has where it is so, as :mod:`.kinds` finds it.
        """
        fact = Fact(text)
        facts.append(fact)
        self.proofs.append((fact, key))

    def address(self, link: Link, address: str) -> None:
        """An address of a link.

        :param link: the link.
        :param address: the address with its prefix length (str).
        """
        self.fact(link.addresses, address, ("address", link.netns, link.name, address))
        if link.netns:
            self.owners.setdefault(address.partition("/")[0], link.netns)


def _found(lab: Mapping[str, Any]) -> set[Key]:
    """What the kernel has, as keys."""
    return {
        key
        for kind in KINDS_DRAWN.values()
        for entry in lab.get(kind.told) or ()
        for key in kind.found(entry.get("netns") or "", entry)
    }


def _mark(builder: Builder, lab: Mapping[str, Any]) -> None:
    """Mark what the kernel has otherwise than the definition: what is gone, what is down, what came to it."""
    spaces = builder.scene.spaces
    there = {entry["name"] for entry in lab.get("namespaces") or ()}
    for space in spaces.values():
        if space.name and space.name not in there:
            space.fault = "missing"
    found = _found(lab)
    is_now = {key[:3]: key[3] for key in found if key[0] == "sysctl"}
    for fact, key in builder.proofs:
        if key not in found:
            fact.fault = f"is {is_now[key[:3]]}" if key[:3] in is_now else "missing"
    links = {(entry["netns"] or "", entry["name"]): entry for entry in lab.get("links") or ()}
    for place, link in builder.links.items():
        if place in links:
            link.fault = "" if links[place]["up"] else "down"
        elif place in builder.made:
            link.fault = "missing"
    for _sort, netns, dev, address in sorted(key for key in found if key[0] == "address"):
        known = builder.links.get((netns, dev))
        if known and not address.lower().startswith("fe80:") and address not in [fact.text for fact in known.addresses]:
            known.addresses.append(Fact(address, "not the lab's"))


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
    builder = Builder(str(lab.get("name") or name), parse({option: definition.get(option) for option in KINDS}))
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

    :param drawn: the scene.
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
