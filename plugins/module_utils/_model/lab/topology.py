# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole description: all its entries, read and held against each other. Pure; no list is known by name here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Callable

from ..errors import InvalidArgument
from ..reading import fill
from .end import End
from .kind import Address, Kind, Link, Once, nothing
from .kinds import KINDS

Entries = tuple[Any, ...]


class Topology:
    """What is wanted, list by list: ``topology["veths"]`` has the entries of that list as frozen values.

    :param lists: the entries of some lists by the option's name; the others are empty.
    """

    __slots__ = ("_lists",)

    def __init__(self, lists: Mapping[str, Iterable[Any]] | None = None) -> None:
        given = lists or {}
        self._lists: dict[str, Entries] = {option: tuple(given.get(option, ())) for option in KINDS}

    def __getitem__(self, option: str) -> Entries:
        return self._lists[option]

    def __iter__(self) -> Iterator[tuple[Kind, Any]]:
        for option, entries in self._lists.items():
            kind = KINDS[option]
            for entry in entries:
                yield kind, entry

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topology) and self._lists == other._lists

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Topology({self._lists!r})"

    def changed(self, change: Callable[[Kind, Any], Any]) -> Topology:
        """A description whose entries were gone through, and held against each other again.

        :param change: gives an entry in the place of one of a kind.
        :raises InvalidArgument: as :func:`check`.
        """
        found = Topology(
            {option: [change(KINDS[option], entry) for entry in entries] for option, entries in self._lists.items()}
        )
        check(found)
        return found


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
    """Read each entry of a description for itself; see :func:`parse`.

    :param options: the lists by name (dict).
    :raises InvalidArgument: for the first entry that is wrong.
    """
    lists = {}
    if not isinstance(options, dict):
        raise InvalidArgument("the definition", "lists of entries by name", repr(options), "Write it as key: value.")
    for option, kind in KINDS.items():
        given = options.get(option)
        given = () if given is None else given
        if not isinstance(given, (list, tuple)):
            raise InvalidArgument(option, "a list of entries", repr(given), "Write it as a list.")
        good = []
        for index, entry in enumerate(given):
            where = f"{option}[{index}]"
            good.append(kind.read(where, fill(where, _unplaced(where, entry), kind.spec, kind.required)))
        lists[option] = good
    return Topology(lists)


def _unplaced(where: str, entry: Any) -> Any:
    """An entry without its ``host``, which the controller has heeded before a host sees it."""
    if not isinstance(entry, dict) or "host" not in entry:
        return entry
    if entry["host"] is not None:
        remedy = "Call netns.lab.topology by its name: its action plugin on the controller gives each host its part."
        raise InvalidArgument(f"{where}.host", "the part of one host", repr(entry["host"]), remedy)
    return {name: value for name, value in entry.items() if name != "host"}


def parse_entry(resource: str, options: dict[str, Any], present: bool) -> Topology:
    """Read the options of a single module as a description with one entry.

    :param resource: the list option that the entry would stand in, e.g. ``veths`` (str).
    :param options: the entry's options (dict); others are not looked at.
    :param present: whether the entry is to be made, so that it must be complete (bool).
    :raises InvalidArgument: as :func:`parse`; the entry is named after its module, e.g. ``veth.peer.name``.
    """
    kind = KINDS[resource]
    given = {key: options.get(key) for key in kind.spec}
    entry = fill(kind.module, given, kind.spec, kind.required if present else ())
    topology = Topology({resource: [kind.read(kind.module, entry)]})
    check(topology)
    return topology


def namespaces_of(topology: Topology) -> set[str]:
    """Every namespace that an entry speaks of, the host's (``""``) included where one does.

    :param topology: the description as read.
    """
    return {netns for kind, entry in topology for netns in kind.namespaces(entry)}


def check(topology: Topology) -> None:
    """What no entry shows alone: things given twice, a port taken twice.

    :param topology: one whose entries are each good for itself.
    :raises InvalidArgument: naming the later of the two entries.
    """
    ends = [end for kind, entry in topology for end in kind.ends(entry)]
    _once(_said_once(topology, ends))
    for option, kind in KINDS.items():
        kind.check(topology[option])
    _addresses_once(topology, ends)


def _said_once(topology: Topology, ends: list[End]) -> Iterator[Once]:
    for end in ends:
        yield Once("a link name that is unique in its namespace", f"{end.where}.name", (end.netns, end.name))
    for option, kind in KINDS.items():
        for entry in topology[option] if kind.once is not nothing else ():
            yield from kind.once(entry)


def _once(said: Iterator[Once]) -> None:
    seen: dict[tuple[str, tuple[Any, ...]], str] = {}
    for wanted, where, key in said:
        before = seen.get((wanted, key))
        if before is not None:
            given = " ".join(str(part) for part in key if part not in ("", None, False))
            remedy = "Remove or change one of the two."
            raise InvalidArgument(where, wanted, f"{given}, which is already used by {before}", remedy)
        seen[wanted, key] = where


def _addresses_once(topology: Topology, ends: list[End]) -> None:
    """No address twice on one wire: two hosts that answer for it is what nobody wants."""
    wires = _Wires(topology, ends)
    seen: dict[tuple[Link, str], str] = {}
    for where, netns, dev, text in _addresses(topology, ends):
        key = (wires.of((netns, dev)), text.partition("/")[0])
        if key in seen:
            found = f"{text}, which is already used by {seen[key]}"
            raise InvalidArgument(where, "an address given once", found, "Give each link an address of its own.")
        seen[key] = where


def _addresses(topology: Topology, ends: list[End]) -> Iterator[Address]:
    for end in ends:
        for index, text in enumerate(end.addresses or ()):
            yield Address(f"{end.where}.addresses[{index}]", end.netns, end.name, text)
    for option, kind in KINDS.items():
        for entry in topology[option] if kind.addresses is not nothing else ():
            yield from kind.addresses(entry)


class _Wires:
    """Which links lie on one wire: those that an entry joins, and the ports of a bridge."""

    def __init__(self, topology: Topology, ends: list[End]) -> None:
        self._parent: dict[Link, Link] = {}
        for option, kind in KINDS.items():
            for entry in topology[option] if kind.joins is not nothing else ():
                for one, other in kind.joins(entry):
                    self._join(one, other)
        for end in ends:
            if end.bridge:
                self._join((end.netns, end.name), (end.netns, end.bridge))

    def of(self, link: Link) -> Link:
        """The link that stands for the whole wire."""
        root = link
        while self._parent.get(root, root) != root:
            root = self._parent[root]
        while self._parent.get(link, link) != root:
            self._parent[link], link = root, self._parent[link]
        return root

    def _join(self, one: Link, other: Link) -> None:
        self._parent.setdefault(one, one)
        self._parent.setdefault(other, other)
        self._parent[self.of(one)] = self.of(other)
