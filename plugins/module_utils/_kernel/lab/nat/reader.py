# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the NAT of a namespace from the kernel; the program nft is not needed for that."""

from __future__ import annotations

import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from ...._engine.lab.kinds.nat import ForwardKey, HairpinKey, MasqueradeKey, NatTableKey
from ...._engine.lab.nat import elements as nat_elements
from ...._engine.lab.nat import table as nat_table
from ...._engine.state import NFT_TABLE, Key, Objects
from ...._model.errors import Conflict
from ...netlink.messages import ntop
from ...netlink.nf_tables import Element, Rule, Shape, Tables
from .masquerade_rule import masquerade

_PROTOCOLS = {6: "tcp", 17: "udp"}


def read(netns: str, objects: Objects) -> None:
    """Read the table of the namespace that the calling thread is in; nothing where there is none.

    :param netns: the namespace's name (str), ``""`` for the host's.
    :param objects: takes what is found.
    :raises Conflict: if a map in it has another form than the collection gives it.
    :raises OSError: if it cannot be read.
    """
    with closing(Tables()) as tables:
        dormant = tables.is_dormant(NFT_TABLE)
        if dormant is None:
            return
        key = NatTableKey(netns)
        reading = _Reading(netns, objects)
        attrs: dict[str, Any] = {"flags": ["dormant"] if dormant else [], "chains": {}, "sets": [], "rules": {}}
        for name, shape in sorted(tables.shapes(NFT_TABLE).items()):
            if name in nat_table.SETS:
                _require_shape(key, name, shape)
                attrs["sets"].append(name)
                reading.elements(name, tables.elements(NFT_TABLE, name))
            elif not name.startswith("__"):
                reading.foreign.append(f"set {name}")
        for name, spec in tables.chains(NFT_TABLE).items():
            if name in nat_table.CHAINS:
                attrs["chains"][name] = spec
                attrs["rules"][name] = []
            else:
                reading.foreign.append(f"chain {name}")
        reading.ports()
        reading.rules(tables.rules(NFT_TABLE), attrs)
    if reading.foreign:
        attrs["foreign"] = reading.foreign
    objects[key] = attrs


def rules() -> list[Rule]:
    """The rules of the table, in order.

    :raises OSError: if the kernel does not tell.
    """
    with closing(Tables()) as tables:
        return tables.rules(NFT_TABLE)


def _require_shape(key: Key, name: str, shape: Shape) -> None:
    address = 16 if name.endswith("6") else 4
    key_length, data = 8, 0
    if name.startswith(nat_table.HAIRPIN):
        key_length += 2 * address
    else:
        key_length += address if "_at" in name else 0
        data = address if name.startswith(nat_table.RANGE) else address + 4
    if shape != Shape(key_length, data, not name.startswith(nat_table.FORWARD)):
        remedy = f"Somebody else added it: see nft list table inet {NFT_TABLE}, and remove it."
        raise Conflict(key.describe(), f"a map {name} as netns.lab creates it", "a different one", remedy)


class _Reading:
    """What is found in one table."""

    def __init__(self, netns: str, objects: Objects) -> None:
        self._netns, self._objects = netns, objects
        self.foreign: list[str] = []
        #: single ports by protocol, family and address listened on: where each leads
        self._single: dict[tuple[str, bool, str], dict[int, tuple[bytes, int]]] = defaultdict(dict)
        #: the elements of ranges, by the forward that has just these ports
        self._runs: dict[Key, list[nat_elements.Run]] = defaultdict(list)

    def elements(self, name: str, elements: Iterator[Element]) -> None:
        """The elements of one map or set."""
        six = name.endswith("6")
        if name.startswith(nat_table.HAIRPIN):
            for element in elements:
                self._hairpin(name, element, 16 if six else 4)
        elif name.startswith(nat_table.FORWARD):
            self._ports(elements, six, (16 if six else 4) if "_at" in name else 0)
        else:
            for element in elements:
                self._range(name, element, six, (16 if six else 4) if "_at" in name else 0)

    def _ports(self, elements: Iterator[Element], six: bool, at: int) -> None:
        places: dict[bytes, dict[int, tuple[bytes, int]]] = {}
        width = 16 if six else 4
        for key, _end, data in elements:
            place = places.get(key[: at + 1])
            if place is None:
                found = (_protocol(key[at]), six, _text(key[:at]))
                place = places[key[: at + 1]] = self._single[found]
            place[key[at + 4] << 8 | key[at + 5]] = (data[:width], data[width] << 8 | data[width + 1])

    def _range(self, name: str, element: Element, six: bool, at: int) -> None:
        key, end, data = element.key, element.end or element.key, element.data
        first, last = _port(key, at), _port(end, at)
        if key[: at + 1] != end[: at + 1]:
            self.foreign.append(f"an element of {name} at port {first}")
            return
        place = ForwardKey(self._netns, _protocol(key[at]), six, _text(key[:at]), first, last)
        width = 16 if six else 4
        shifts = name.startswith(nat_table.SHIFT)
        kind, to_port = (nat_table.SHIFT, _port(data, width - 4)) if shifts else (nat_table.RANGE, first)
        self._runs[place].append([kind, first, last, _text(data[:width]), to_port])

    def _hairpin(self, name: str, element: Element, width: int) -> None:
        key, end, at = element.key, element.end or element.key, 2 * width
        source, first, last = _prefix(key[:width], end[:width]), _port(key, at), _port(end, at)
        if not source or key[width : at + 1] != end[width : at + 1]:
            self.foreign.append(f"an element of {name}")
            return
        place = HairpinKey(self._netns, source, _text(key[width:at]), _protocol(key[at]), first, last)
        self._objects[place] = {}

    def ports(self) -> None:
        """Single ports as forwards, but for those that belong to a range that shifts."""
        for key, ranges in self._runs.items():
            protocol, six, listen, first, last = key.protocol, key.six, key.listen, key.first, key.last
            single, found = self._single[protocol, six, listen], {}
            if first == last or any(kind == nat_table.SHIFT for kind, *_run in ranges):
                found = {port: single.pop(port) for port in range(first, last + 1) if port in single}
            self._objects[key] = nat_elements.forward(key, [*ranges, *_runs(found)])
        for (protocol, six, listen), single in self._single.items():
            for port, (to, to_port) in single.items():
                key = ForwardKey(self._netns, protocol, six, listen, port, port)
                self._objects[key] = {"to": _text(to), "to_port": to_port}

    def rules(self, found: list[Rule], attrs: dict[str, Any]) -> None:
        """The rules; those of others that come before our own are told apart."""
        front: dict[str, list[str]] = defaultdict(list)
        ahead: list[str] = []
        for rule in found:
            if rule.comment in nat_table.RULES.get(rule.chain, ()):
                attrs["rules"][rule.chain].append(rule.comment)
                ahead += front.pop(rule.chain, [])
                continue
            translated = masquerade(rule)
            if translated is not None:
                ahead += front.pop(rule.chain, [])
                source, out, exclude = translated
                attrs_ = self._objects.setdefault(MasqueradeKey(self._netns, source, out), {"exclude": exclude})
                if attrs_["exclude"] is not exclude:
                    attrs_.setdefault("each", [attrs_["exclude"]]).append(exclude)
                continue
            text = f"rule {rule.handle} of {rule.chain}"
            self.foreign.append(text)
            front[rule.chain].append(text)
        if ahead:
            attrs["in_front"] = ahead


def _runs(single: dict[int, tuple[bytes, int]]) -> list[nat_elements.Run]:
    """Single ports, in order, as runs of those that lead one to one."""
    found: list[nat_elements.Run] = []
    end: tuple[int, tuple[bytes, int]] = (-1, (b"", 0))
    for port, (to, to_port) in single.items():
        if (port, (to, to_port)) == end:
            found[-1][2] = port
        else:
            found.append([nat_table.FORWARD, port, port, _text(to), to_port])
        end = (port + 1, (to, to_port + 1))
    return found


_TEXTS: dict[bytes, str] = {}


def _text(packed: bytes) -> str:
    """An address as the kernel's tools write it; none where there are no bytes."""
    if not packed:
        return ""
    text = _TEXTS.get(packed)
    if text is None:
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        text = _TEXTS[packed] = ntop(family, packed)
    return text


def _prefix(first: bytes, last: bytes) -> str:
    """The prefix that reaches from one address to another; none if no prefix does."""
    low, high = int.from_bytes(first, "big"), int.from_bytes(last, "big")
    free = (low ^ high).bit_length()
    mask = (1 << free) - 1
    return f"{_text(first)}/{8 * len(first) - free}" if not low & mask and high & mask == mask else ""


def _protocol(number: int) -> str:
    return _PROTOCOLS.get(number, str(number))


def _port(data: bytes, at: int) -> int:
    """The port in the field after the one at ``at``."""
    return data[at + 4] << 8 | data[at + 5]
