# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What nf_tables itself says of a table over netlink: whether it stands, its chains, rules and elements.

Not by way of nft(8): it takes seconds to print the elements of a large map, fetches them for most of what it lists, and
the JSON of 1.0.6 is broken where a table has flags.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from .socket import NetfilterSocket, NetlinkError, attr_str, attrs

_SUBSYSTEM = 10 << 8
_GETTABLE, _GETCHAIN, _GETRULE, _GETSET, _GETSETELEM = (_SUBSYSTEM | number for number in (1, 4, 7, 10, 13))
#: struct nfgenmsg of the family inet (NFPROTO_INET)
_INET = struct.pack("=BBH", 1, 0, 0)
_TABLE_NAME, _TABLE_FLAGS = 1, 2
_CHAIN_TABLE, _CHAIN_NAME, _CHAIN_HOOK, _CHAIN_POLICY, _CHAIN_TYPE = 1, 3, 4, 5, 7
_RULE_TABLE, _RULE_CHAIN, _RULE_HANDLE, _RULE_EXPRESSIONS, _RULE_USERDATA = 1, 2, 3, 4, 7
_SET_TABLE, _SET_NAME, _SET_FLAGS, _SET_KEY_LEN, _SET_DATA_LEN = 1, 2, 3, 5, 7
_LIST_TABLE, _LIST_SET, _LIST_ELEMENTS = 1, 2, 3
_KEY, _DATA, _ELEMENT_FLAGS, _KEY_END = 1, 2, 3, 10
_VALUE = 1
_INTERVAL_END = 1
#: a flag of tables: its chains are not asked
DORMANT = 1
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_HOOKS = ("prerouting", "input", "forward", "output", "postrouting", "ingress")
_POLICIES = ("drop", "accept")
_BE32, _SIGNED, _HEADER = struct.Struct(">I"), struct.Struct(">i"), struct.Struct("=HH")
#: what a kernel without nf_tables says
_ABSENT = (errno.ENOENT, errno.EOPNOTSUPP, errno.EINVAL, errno.EPROTONOSUPPORT)


def flagged() -> dict[tuple[str, str], int]:
    """The tables that have flags, in the network namespace that the calling thread is in.

    :returns: (family as nft names it, table) -> flags, :data:`DORMANT` among them.
    :raises OSError: if the kernel does not tell.
    """
    route, found = NetfilterSocket(), {}
    try:
        for body in route.dump(_GETTABLE, struct.pack("=BBH", 0, 0, 0)):
            parts = attrs(body, 4)
            flags = _BE32.unpack(parts.get(_TABLE_FLAGS, bytes(4)))[0]
            if flags and body[0] in _FAMILIES:
                found[_FAMILIES[body[0]], _string(parts[_TABLE_NAME])] = flags
    finally:
        route.close()
    return found


class Element(NamedTuple):
    """An element as the kernel has it, each field padded to four bytes; ``end`` and ``data`` may be empty."""

    key: bytes
    end: bytes
    data: bytes


class Rule(NamedTuple):
    """A rule: its chain, handle and comment, and its expressions as (name, attributes by number)."""

    chain: str
    handle: int
    comment: str
    expressions: list[tuple[str, dict[int, bytes]]]


class Shape(NamedTuple):
    """The bytes of a set's keys and of a map's data, and whether it has intervals."""

    key: int
    data: int
    interval: bool


class Tables:
    """The tables of the family inet in the network namespace that the calling thread is in when it is made."""

    def __init__(self) -> None:
        self._socket = NetfilterSocket()

    def close(self) -> None:
        """Give the descriptor back."""
        self._socket.close()

    def is_dormant(self, table: str) -> Optional[bool]:
        """Whether a table is dormant; None where there is no such table.

        :param table: the table's name (str).
        :raises OSError: if the kernel does not tell.
        """
        try:
            body = self._socket.ask(_GETTABLE, _INET + attr_str(_TABLE_NAME, table))
        except NetlinkError as exc:
            if exc.errno in _ABSENT:
                return None
            raise
        flags = attrs(body, 4).get(_TABLE_FLAGS, bytes(4))
        return bool(_BE32.unpack(flags)[0] & DORMANT)

    def chains(self, table: str) -> dict[str, list[Any]]:
        """The chains of a table, each with its type, hook, priority and policy if it has a hook.

        :param table: the table's name (str).
        """
        found: dict[str, list[Any]] = {}
        for body in self._socket.dump(_GETCHAIN, _INET):
            parts = attrs(body, 4)
            if _string(parts[_CHAIN_TABLE]) != table:
                continue
            spec: list[Any] = []
            if _CHAIN_HOOK in parts:
                hook = attrs(parts[_CHAIN_HOOK], 0)
                number, priority = _BE32.unpack(hook[1])[0], _SIGNED.unpack(hook[2])[0]
                policy = _BE32.unpack(parts.get(_CHAIN_POLICY, b"\0\0\0\1"))[0]
                spec = [_string(parts.get(_CHAIN_TYPE, b"")), _HOOKS[number], priority, _POLICIES[policy]]
            found[_string(parts[_CHAIN_NAME])] = spec
        return found

    def rules(self, table: str) -> list[Rule]:
        """The rules of a table, in their order within each chain.

        :param table: the table's name (str).
        """
        found = []
        for body in self._socket.dump(_GETRULE, _INET + attr_str(_RULE_TABLE, table)):
            parts = attrs(body, 4)
            if _string(parts[_RULE_TABLE]) != table:
                continue
            handle = int.from_bytes(parts[_RULE_HANDLE], "big")
            expressions = []
            for whole in _each(parts.get(_RULE_EXPRESSIONS, b"")):
                expression = attrs(whole, 4)
                expressions.append((_string(expression[1]), attrs(expression.get(2, b""), 0)))
            comment = _comment(parts.get(_RULE_USERDATA, b""))
            found.append(Rule(_string(parts[_RULE_CHAIN]), handle, comment, expressions))
        return found

    def shapes(self, table: str) -> dict[str, Shape]:
        """The sets and maps of a table.

        :param table: the table's name (str).
        """
        found = {}
        for body in self._socket.dump(_GETSET, _INET + attr_str(_SET_TABLE, table)):
            parts = attrs(body, 4)
            key, data, flags = (
                _BE32.unpack(parts.get(kind, bytes(4)))[0] for kind in (_SET_KEY_LEN, _SET_DATA_LEN, _SET_FLAGS)
            )
            found[_string(parts[_SET_NAME])] = Shape(key, data, bool(flags & 4))
        return found

    def elements(self, table: str, name: str) -> Iterator[Element]:
        """The elements of a set or a map.

        :param table: the table's name (str).
        :param name: the name of the set or map (str).
        :raises OSError: if the kernel does not tell, or there is no such set.
        """
        asked = _INET + attr_str(_LIST_TABLE, table) + attr_str(_LIST_SET, name)
        for body in self._socket.dump(_GETSETELEM, asked):
            listed = attrs(body, 4).get(_LIST_ELEMENTS, b"")
            yield from _elements(listed)


def _string(data: bytes) -> str:
    return data.rstrip(b"\0").decode(errors="replace")


def _each(listed: bytes) -> Iterator[bytes]:
    """The members of a list of attributes, each with its header."""
    offset, end = 0, len(listed)
    while offset + 4 <= end:
        size = _HEADER.unpack_from(listed, offset)[0]
        if size < 4:
            return
        yield listed[offset : offset + size]
        offset += (size + 3) & ~3


def _comment(userdata: bytes) -> str:
    """The comment among what nft keeps with a rule: entries of a type, a length and so many bytes."""
    offset = 0
    while offset + 2 <= len(userdata):
        kind, size = userdata[offset], userdata[offset + 1]
        if kind == 0:
            return _string(userdata[offset + 2 : offset + 2 + size])
        offset += 2 + size
    return ""


def _elements(listed: bytes) -> Iterator[Element]:
    """A list of elements. Those of one set are mostly laid out alike: then they are cut up all at once."""
    cut = _cut(listed)
    if cut is not None:
        yield from cut
        return
    for whole in _each(listed):
        parts = attrs(whole, 4)
        if not _BE32.unpack(parts.get(_ELEMENT_FLAGS, bytes(4)))[0] & _INTERVAL_END:
            key, end, data = (attrs(parts.get(kind, b""), 0).get(_VALUE, b"") for kind in (_KEY, _KEY_END, _DATA))
            yield Element(key, end, data)


def _cut(listed: bytes) -> Optional[Iterator[Element]]:
    """Elements that differ in nothing but the bytes of key, end and data; None where they differ otherwise."""
    size = _HEADER.unpack_from(listed)[0] if len(listed) >= 4 else 0
    spans = _spans(listed[:size])
    if not spans or size % 4 or len(listed) % size:
        return None
    count, values = len(listed) // size, {at for first, last, _kind in spans for at in range(first, last)}
    if any(listed[at::size] != listed[at : at + 1] * count for at in range(size) if at not in values):
        return None
    form, end = "=", 0
    for first, last, _kind in spans:
        form += f"{first - end}x{last - first}s"
        end = last
    found = struct.iter_unpack(f"{form}{size - end}x", listed)
    kinds = [kind for _first, _last, kind in spans]
    if kinds == [_KEY, _DATA]:
        return (Element(key, b"", data) for key, data in found)
    places = [kinds.index(kind) if kind in kinds else len(kinds) for kind in (_KEY, _KEY_END, _DATA)]
    return (Element(*((*values, b"")[place] for place in places)) for values in found)


def _spans(whole: bytes) -> list[tuple[int, int, int]]:
    """Where the values of an element lie, as (first byte, byte after the last, kind); none if it has anything else."""
    found, offset = [], 4
    while offset + 8 <= len(whole):
        size, kind = _HEADER.unpack_from(whole, offset)
        inner, value = _HEADER.unpack_from(whole, offset + 4)
        if kind & 0x3FFF not in (_KEY, _KEY_END, _DATA) or value & 0x3FFF != _VALUE or inner + 4 != size:
            return []
        found.append((offset + 8, offset + size, kind & 0x3FFF))
        offset += (size + 3) & ~3
    return found if offset == len(whole) else []
