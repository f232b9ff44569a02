# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages that are alike are compared as bytes, and only the first of them is taken apart.

A dump of many links, addresses or routes has messages that differ in few attributes. Those are named beforehand: each
message has its own. Where all else that anybody looks at has the same bytes, with the same heads of attributes at the
same places, it says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .socket import ATTR, NLA_TYPE_MASK

#: shapes of one length that are kept: in a dump where each message is another, none is worth keeping
_MOST = 16


class Form(NamedTuple):
    """Which attributes are looked at: ``own`` may differ, ``same`` may not, ``nests`` have attributes inside."""

    own: frozenset[int] = frozenset()
    same: frozenset[int] = frozenset()
    nests: Mapping[int, Form] = {}


class Shape(NamedTuple):
    """What messages of a shape have in common, and where each has its own attributes, by their numbers."""

    common: Any
    own: dict[int, slice]


class Shapes:
    """The shapes of messages of one type.

    :param head: the bits of a message's head that are looked at and are the same in all messages of a shape.
    :param form: the attributes that are looked at in messages like a given one; it may look at their ``same``.
    :param common: takes apart what a message has in common with others of its shape. It may look at ``same`` alone, and
        at whether ``own`` are there.
    """

    def __init__(self, head: bytes, form: Callable[[bytes], Form], common: Callable[[bytes], Any]) -> None:
        self._head, self._form, self._common = head, form, common
        self._known: dict[int, list[tuple[int, int, Shape]]] = {}

    def of(self, body: bytes) -> Shape:
        """The shape of a message.

        :param body: the message (bytes), without its header.
        """
        number = int.from_bytes(body, "little")
        for mask, same, shape in self._known.get(len(body), ()):
            if number & mask == same:
                return shape
        return self._taken_apart(body, number)

    def _taken_apart(self, body: bytes, number: int) -> Shape:
        looked_at = bytearray(len(body))
        looked_at[: len(self._head)] = self._head
        own: dict[int, slice] = {}
        _look(body, len(self._head), len(body), self._form(body), looked_at, own)
        mask = int.from_bytes(looked_at, "little")
        shape = Shape(self._common(body), own)
        known = self._known.setdefault(len(body), [])
        if len(known) < _MOST:
            known.append((mask, number & mask, shape))
        return shape


def _look(body: bytes, offset: int, end: int, form: Form, looked_at: bytearray, own: dict[int, slice]) -> None:
    """Mark the bits of attributes that are looked at, and all their heads, which say where the next one is."""
    while offset + ATTR.size <= end:
        looked_at[offset : offset + ATTR.size] = b"\xff" * ATTR.size
        size, kind = ATTR.unpack_from(body, offset)
        if size < ATTR.size:
            break
        kind &= NLA_TYPE_MASK
        start, stop = offset + ATTR.size, min(offset + size, end)
        if kind in form.own:
            own[kind] = slice(start, stop)
        elif kind in form.same:
            looked_at[start:stop] = b"\xff" * (stop - start)
        elif kind in form.nests:
            _look(body, start, stop, form.nests[kind], looked_at, own)
        offset += (size + 3) & ~3
