# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's neighbour tables (ARP, IPv6), which have one limit for all namespaces together.

A mesh of 100 namespaces needs 9,900 entries and the default limit is 1,024, so the entries that the prober causes
are removed as it goes along. Those that were there before are never touched, nor are permanent ones.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from ..._engine.reachability.known import Neighbour
from ..._engine.reachability.schedule import Key
from ..netlink.messages import (
    DELNEIGH,
    GETNEIGH,
    GETNEIGHTBL,
    NDA_DST,
    NDA_LLADDR,
    NDMSG,
    NEWNEIGH,
    NUD_FAILED,
    NUD_INCOMPLETE,
    NUD_NOARP,
    NUD_PERMANENT,
    NUD_PROBE,
    NUD_REACHABLE,
)
from ..netlink.namespaces import Namespaces
from ..netlink.socket import NLM_F_CREATE, NLM_F_EXCL, attr, attrs, u32

_NDTA_THRESH3, _NDTA_CONFIG, _NDTA_STATS = 4, 5, 7
_TABLE_FULLS = 10
_NEW = NLM_F_CREATE | NLM_F_EXCL

_ADDRESSES = frozenset({NDA_DST, NDA_LLADDR})

#: an entry of a namespace: index of its link, the neighbour's address
_Entry = tuple[int, bytes]


class Table(NamedTuple):
    """One family's table, of the whole kernel: entries there are, entries there may be, how often it was full."""

    entries: int
    most: int
    fulls: int


class Neighbours:
    """The neighbour tables of open namespaces, as they are now and as they were when this was made.

    :param namespaces: the open namespaces.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._before: dict[str, set[_Entry]] = {}
        for namespace in namespaces:
            self._before[namespace.name] = {
                (index, address) for index, address, _state, _hardware in self._entries(namespace.name)
            }

    def _entries(self, name: str) -> Iterable[tuple[int, bytes, int, bytes]]:
        """(link, address, state, link-layer address) of each entry that is not permanent."""
        for body in self._namespaces[name].route.dump(GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0)):
            _family, index, state, _flags, _type = NDMSG.unpack_from(body)
            found = attrs(body, NDMSG.size, _ADDRESSES)
            address = found.get(NDA_DST)
            if address is not None and not state & (NUD_NOARP | NUD_PERMANENT):
                yield index, bytes(address), state, bytes(found.get(NDA_LLADDR, b""))

    def tables(self) -> dict[int, Table]:
        """The tables by address family."""
        found = {}
        for body in self._namespaces[""].route.dump(GETNEIGHTBL, b"\0\0\0\0"):
            family = body[0]
            table = attrs(body, 4)
            if _NDTA_CONFIG in table and _NDTA_STATS in table and _NDTA_THRESH3 in table:
                entries = u32(table[_NDTA_CONFIG][4:8])
                fulls = struct.unpack_from("=Q", table[_NDTA_STATS], 8 * _TABLE_FULLS)[0]
                found[family] = Table(entries, u32(table[_NDTA_THRESH3]), fulls)
        return found

    def give(self, entries: Mapping[Key, bytes]) -> list[Key]:
        """Have the kernel ask neighbours by unicast, and send to them meanwhile.

        :param entries: their link-layer addresses.
        :returns: the entries that it took: it has its own opinion of the others, or none.
        """
        batches: dict[str, list[tuple[Key, bytes]]] = {}
        for key, hardware in entries.items():
            name, address = key
            own = self._namespaces[name].source_for(address)
            if own is not None:
                body = NDMSG.pack(own.family, own.link, NUD_PROBE, 0, 0)
                batches.setdefault(name, []).append((key, body + attr(NDA_DST, address) + attr(NDA_LLADDR, hardware)))
        taken = []
        for name, batch in batches.items():
            errors = self._namespaces[name].route.batch([(NEWNEIGH, body, _NEW) for _key, body in batch])
            taken += [key for (key, _body), error in zip(batch, errors) if error is None]
        return taken

    def remove(self, wanted: Mapping[str, Collection[bytes]], asked: bool) -> dict[Key, Neighbour]:
        """Remove entries that were not there before.

        :param wanted: namespace -> addresses of neighbours.
        :param asked: whether those go too that the kernel is asking by unicast (bool).
        :returns: what they said.
        """
        found = {}
        for name, addresses in wanted.items():
            before = self._before[name]
            gone = []
            for index, address, state, hardware in self._entries(name):
                if address in addresses and (index, address) not in before:
                    stays = state == NUD_PROBE and not asked
                    answered = b"" if state & (NUD_INCOMPLETE | NUD_FAILED) else hardware
                    found[name, address] = Neighbour(answered, state == NUD_REACHABLE, stays)
                    if not stays:
                        family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
                        gone.append((DELNEIGH, NDMSG.pack(family, index, 0, 0, 0) + attr(NDA_DST, address), 0))
            self._namespaces[name].route.batch(gone)
        return found

    def unresolved(self, name: str) -> set[bytes]:
        """Neighbours that were asked for since, and have not answered yet.

        :param name: the namespace's name (str).
        """
        before = self._before[name]
        return {
            address
            for index, address, state, _hardware in self._entries(name)
            if state & NUD_INCOMPLETE and (index, address) not in before
        }
