# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletes the entries of connection tracking that a change of NAT concerns, over ctnetlink.

In the network namespace that the calling thread is in. An entry is deleted by its own tuple and number, so that one
that came in its place meanwhile stays.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Optional

from ...._engine.lab.kinds.nat import NatTableKey
from ...._engine.lab.nat.conntrack import Concerned, Flow, Here
from ...._engine.state import Change, Objects
from ...netlink import messages
from ...netlink.socket import NetfilterSocket, Socket, attr, attrs, u32
from ..kinds import address as addresses
from . import reader as nat_reader

_GET, _DELETE = 0x101, 0x102
_NESTED = 0x8000
_ORIGINAL, _REPLY, _STATUS, _PROTOINFO, _ID, _ZONE, _FILTER = 1, 2, 3, 4, 12, 18, 25
#: of a tuple, of its addresses (IPv4 and IPv6), and of its protocol
_IP, _PROTOCOL = 1, 2
_ENDS = {False: (1, 2), True: (3, 4)}
_NUMBER, _SOURCE_PORT, _PORT = 1, 2, 3
_ORIGINAL_FLAGS, _BY_PROTOCOL = 1, 1 << 3
_SNAT, _DNAT = 1 << 4, 1 << 5
_TCP_INFO, _TCP_STATE = 1, 1
#: TCP's states from ESTABLISHED to LAST_ACK
_STANDS = range(3, 7)
_PROTOCOLS = {6: "tcp", 17: "udp", 33: "dccp", 132: "sctp", 136: "udplite"}
_NUMBERS = {name: number for number, name in _PROTOCOLS.items()}
_HEADER = struct.Struct("=BBH")
_FAMILIES = {False: socket.AF_INET, True: socket.AF_INET6}
_LOOPBACK = ((False, 127 << 24, 0xFF << 24), (True, 1, (1 << 128) - 1))


class Entry(NamedTuple):
    """An entry as it was read: what it is, and what tells it from all others."""

    flow: Flow
    name: bytes


class Entries(NetfilterSocket):
    """The connection tracking of the network namespace that the calling thread is in when it is made."""

    def read(self, six: bool, protocol: str = "") -> list[Entry]:
        """The entries of a family.

        :param six: whether IPv6 is asked for (bool).
        :param protocol: a name, to have the kernel leave others out if it can (str; default: all).
        :raises OSError: if the kernel does not tell.
        """
        asked = _HEADER.pack(_FAMILIES[six], 0, 0)
        if protocol in _NUMBERS:
            told = attr(_PROTOCOL | _NESTED, attr(_NUMBER, bytes([_NUMBERS[protocol]])))
            flags = attr(_ORIGINAL_FLAGS, struct.pack("=I", _BY_PROTOCOL))
            asked += attr(_ORIGINAL | _NESTED, told) + attr(_FILTER | _NESTED, flags)
        return [entry for entry in (decode(body, six) for body in self.dump(_GET, asked)) if entry is not None]

    def delete(self, entries: list[Entry], six: bool) -> None:
        """Delete entries; those that are gone already are.

        :param entries: the entries.
        :param six: whether it is of IPv6 (bool).
        :raises OSError: if the kernel refuses.
        """
        header = _HEADER.pack(_FAMILIES[six], 0, 0)
        for error in self.batch([(_DELETE, header + entry.name, 0) for entry in entries]):
            if error is not None and error[0] != errno.ENOENT:
                raise OSError(*error)


def decode(body: bytes, six: bool) -> Optional[Entry]:
    """An entry from the kernel's message; None for one without what every entry has.

    :param body: the message (bytes), without its header.
    :param six: whether it is of IPv6 (bool).
    """
    found = attrs(body, _HEADER.size)
    there, back = (_tuple(found.get(kind, b""), six) for kind in (_ORIGINAL, _REPLY))
    if there is None or back is None:
        return None
    status = _big(found.get(_STATUS, b""))
    protocol = _PROTOCOLS.get(there[0], str(there[0]))
    info = attrs(attrs(found.get(_PROTOINFO, b""), 0).get(_TCP_INFO, b""), 0) if protocol == "tcp" else {}
    stands = _big(info.get(_TCP_STATE, b"")) in _STANDS
    flow = Flow(
        six, protocol, *there[1:], back[1], back[2], bool(status & _SNAT), bool(status & _DNAT), stands
    )  # fmt: skip
    name = attr(_ORIGINAL | _NESTED, found[_ORIGINAL])
    name += b"".join(attr(kind, found[kind]) for kind in (_ZONE, _ID) if kind in found)
    return Entry(flow, name)


def _tuple(data: bytes, six: bool) -> Optional[tuple[int, int, int, int, int]]:
    """A direction as (protocol, src, sport, dst, dport)."""
    parts = attrs(data, 0)
    ends, protocol = attrs(parts.get(_IP, b""), 0), attrs(parts.get(_PROTOCOL, b""), 0)
    source, target = (ends.get(kind) for kind in _ENDS[six])
    if source is None or target is None or _NUMBER not in protocol:
        return None
    ports = (_big(protocol.get(_SOURCE_PORT, b"")), _big(protocol.get(_PORT, b"")))
    return _big(protocol[_NUMBER]), _big(source), ports[0], _big(target), ports[1]


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def forget(changes: list[Change]) -> int:
    """Delete the entries that changes of this namespace's NAT concern.

    :param changes: the changes.
    :returns: how many there were.
    :raises OSError: if the kernel does not tell of them, or refuses.
    """
    concerned, count = Concerned([*changes, *_mended(changes)]), 0
    families = concerned.families()
    if not families:
        return count
    entries, route = Entries(), Socket()
    try:
        here = Here(_addresses(route), lru_cache(None)(lambda six, number: _link_to(route, six, number)))
        for six in families:
            found = [each for each in entries.read(six, concerned.protocol(six)) if concerned(each.flow, here)]
            entries.delete(found, six)
            count += len(found)
    finally:
        entries.close()
        route.close()
    return count


def _mended(changes: list[Change]) -> Iterator[Change]:
    """All that is in a table that did not do its work and does now, as if it were new."""
    if any(isinstance(change.key, NatTableKey) and change.before and change.after for change in changes):
        named = {change.key for change in changes}
        found: Objects = {}
        nat_reader.read(changes[0].key.netns, found)
        yield from (Change(key, None, attrs) for key, attrs in found.items() if key not in named)


def _addresses(route: Socket) -> frozenset[tuple[bool, int]]:
    """The namespace's own addresses but loopback's, which is not translated."""
    found = set()
    for body in route.dump(messages.GETADDR, addresses.get()):
        parts = attrs(body, messages.IFADDRMSG.size)
        data = parts.get(messages.IFA_LOCAL) or parts.get(messages.IFA_ADDRESS) or b""
        found.add((len(data) == 16, _big(data)))
    return frozenset(
        (six, number)
        for six, number in found
        if not any(six == at and number & mask == net for at, net, mask in _LOOPBACK)
    )


def _link_to(route: Socket, six: bool, number: int) -> str:
    """The name of the link by which packets to an address leave; an empty text where there is no way."""
    size = 16 if six else 4
    header = struct.pack("=BBBBBBBBI", _FAMILIES[six], size * 8, 0, 0, 0, 0, 0, 0, 0)
    try:
        body = route.ask(messages.GETROUTE, header + attr(messages.RTA_DST, number.to_bytes(size, "big")))
        return socket.if_indextoname(u32(attrs(body, len(header))[messages.RTA_OIF]))
    except (OSError, KeyError):
        return ""
