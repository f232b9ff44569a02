# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Echo requests: one raw socket for each namespace and address family, whatever the number of targets. icmp(7)."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from contextlib import suppress
from typing import NamedTuple, Optional

from ..._engine.reachability import reasons
from ..._engine.reachability.schedule import Decide, Flight, Watch
from ..._model.reachability.expectations import Outcome
from ..netlink.namespaces import Namespaces
from . import clock

_ECHO = struct.Struct("!BBHHHIIQ")
_WORDS = struct.Struct("!12H")
_SOL_RAW, _ICMP_FILTER, _ICMPV6_FILTER = 255, 1, 1
#: bytes of a socket's buffers; a reply takes some 768 of them
_BUFFER = 4 << 20
_SNDBUFFORCE, _RCVBUFFORCE = 32, 33
_BUFFERS = ((_SNDBUFFORCE, socket.SO_SNDBUF), (_RCVBUFFORCE, socket.SO_RCVBUF))
#: bytes of the heads of ICMP, of IPv4 without options and of IPv6, and where the two say what follows
_ICMP, _IPV4, _IPV6, _PROTOCOL, _NEXT_HEADER = 8, 20, 40, 9, 6


def _ipv4_size(packet: bytes) -> int:
    """The bytes of a head of IPv4, which counts them in words of 32 bits."""
    return (packet[0] & 0x0F) * 4


class _Family(NamedTuple):
    """What differs between ICMP and ICMPv6."""

    family: int
    protocol: int
    request: int
    reply: int
    errors: tuple[int, ...]


_FOUR = _Family(socket.AF_INET, socket.IPPROTO_ICMP, 8, 0, (3, 11, 12))
_SIX = _Family(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129, (1, 2, 3, 4))


class Ticket(NamedTuple):
    """One echo request on its way."""

    pinger: Pinger
    sequence: int


class Pinger:
    """The echo requests of one namespace and family.

    :param raw: its raw socket.
    :param kind: IPv4 or IPv6.
    :param token: a random number of 32 bits by which replies to this process are known (int).
    :param decide: called with the outcome of a flight.
    """

    def __init__(self, raw: socket.socket, kind: _Family, token: int, decide: Decide) -> None:
        self._socket, self._kind, self._token, self._decide = raw, kind, token, decide
        self._ident = token & 0xFFFF
        self._next = 0
        self._flights: dict[int, Flight] = {}
        #: sequence numbers whose request never left: it waited for a neighbour entry that the prober removed
        self._withdrawn: set[int] = set()

    def close(self) -> None:
        """Give the descriptor back."""
        self._socket.close()

    def send(self, flight: Flight, zone: int) -> None:
        """Send one request.

        :param flight: the flight.
        :param zone: the index of the link that a link-local target is on (int), 0 for other targets.
        :raises OSError: if the kernel refuses at once.
        """
        sequence = self._next
        while sequence in self._flights:
            sequence = (sequence + 1) & 0xFFFF
        self._next = (sequence + 1) & 0xFFFF
        self._flights[sequence] = flight
        flight.tickets.append(Ticket(self, sequence))
        packet = self._packet(sequence, flight.index)
        four = self._kind is _FOUR
        self._socket.sendto(packet, (flight.probe.address, 0) if four else (flight.probe.address, 0, 0, zone))

    def _packet(self, sequence: int, index: int) -> bytes:
        fields = self._ident, sequence, self._token, index, time.time_ns()
        packet = _ECHO.pack(self._kind.request, 0, 0, *fields)
        if self._kind is _SIX:
            return packet  # the kernel fills in the checksum
        total = sum(_WORDS.unpack(packet))
        total = (total & 0xFFFF) + (total >> 16)
        return _ECHO.pack(self._kind.request, 0, ~(total + (total >> 16)) & 0xFFFF, *fields)

    def forget(self, sequence: int) -> None:
        """Wait for an answer no longer.

        :param sequence: the number of the request (int).
        """
        self._flights.pop(sequence, None)
        self._withdrawn.discard(sequence)

    def withdraw(self, sequence: int) -> None:
        """A request is about to be dropped by the prober itself: do not believe an error about it.

        :param sequence: the number of the request (int).
        """
        self._withdrawn.add(sequence)

    def readable(self) -> None:
        """Take one message from the socket."""
        try:
            data, control, _flags, _peer = self._socket.recvmsg(2048, clock.CONTROL)
        except BlockingIOError:
            return
        if self._kind is _FOUR:
            data = data[_ipv4_size(data) :]
        if len(data) < _ICMP:
            return
        if data[0] == self._kind.reply:
            self._reply(data, control)
        else:
            self._error(data)

    def _reply(self, data: bytes, control: clock.Control) -> None:
        if len(data) < _ECHO.size:
            return
        _type, _code, _sum, ident, sequence, token, index, sent = _ECHO.unpack_from(data)
        flight = self._flights.get(sequence)
        if flight is not None and (ident, token, index) == (self._ident, self._token, flight.index):
            self._decide(flight, Outcome(reachable=True, reason="", rtt_ms=clock.since(sent, control)))

    def _error(self, data: bytes) -> None:
        """An error that some router, or the own kernel, sent about a packet; its head is quoted."""
        quoted = data[_ICMP:]
        if self._kind is _FOUR:
            head, protocol = (_ipv4_size(quoted), quoted[_PROTOCOL]) if len(quoted) >= _IPV4 else (0, 0)
        else:
            head, protocol = (_IPV6, quoted[_NEXT_HEADER]) if len(quoted) >= _IPV6 else (0, 0)
        if protocol != self._kind.protocol or len(quoted) < head + _ICMP:
            return
        kind, _code, _sum, ident, sequence = struct.unpack_from("!BBHHH", quoted, head)
        flight = self._flights.get(sequence)
        if flight is None or kind != self._kind.request or ident != self._ident or sequence in self._withdrawn:
            return
        reason = reasons.of_icmp(self._kind is _SIX, data[0], data[1])
        if reason:
            self._decide(flight, Outcome(reachable=False, reason=reason, rtt_ms=None))


class Pingers:
    """The transport for icmp.

    :param namespaces: the open namespaces.
    :param watch: told of each socket that is to be watched.
    :param decide: told of each flight that is decided.
    """

    def __init__(self, namespaces: Namespaces, watch: Watch, decide: Decide) -> None:
        self._namespaces, self._watch, self._decide = namespaces, watch, decide
        self._token = int.from_bytes(os.urandom(4), "big")
        self._pingers: dict[tuple[str, bool], Optional[Pinger]] = {}

    def close(self) -> None:
        """Close all sockets."""
        for pinger in filter(None, self._pingers.values()):
            pinger.close()
        self._pingers.clear()

    def prepare(self, flight: Flight) -> None:
        """See that there is a socket for a flight.

        :param flight: the flight.
        :raises OSError: if the kernel refuses, as it does without CAP_NET_RAW.
        """
        key = flight.probe.source, flight.six
        if key not in self._pingers:
            try:
                self._pingers[key] = self._open(*key)
            except OSError as exc:
                if exc.errno != errno.EAFNOSUPPORT:
                    raise
                self._pingers[key] = None  # a kernel without IPv6: that is an answer

    def send(self, flight: Flight, zone: int) -> None:
        """Send a request, or one more; :meth:`prepare` comes first.

        :param flight: the flight.
        :param zone: the index of the link that a link-local target is on (int), 0 for other targets.
        :raises OSError: if the kernel refuses at once.
        """
        pinger = self._pingers[flight.probe.source, flight.six]
        if pinger is None:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        pinger.send(flight, zone)

    def withdraw(self, flight: Flight) -> None:
        """What was sent for a flight will be dropped by the prober itself.

        :param flight: the flight.
        """
        for pinger, sequence in flight.tickets:
            pinger.withdraw(sequence)

    def forget(self, flight: Flight) -> None:
        """Wait for a flight no longer.

        :param flight: the flight.
        """
        for pinger, sequence in flight.tickets:
            pinger.forget(sequence)
        flight.tickets.clear()

    def _open(self, name: str, six: bool) -> Pinger:
        kind = _SIX if six else _FOUR
        with self._namespaces.entered(name):
            flags = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            raw = socket.socket(kind.family, socket.SOCK_RAW | flags, kind.protocol)
        pinger = Pinger(raw, kind, self._token, self._decide)
        _filter(raw, kind)
        clock.stamp(raw)
        for force, plain in _BUFFERS:
            with suppress(PermissionError):  # without CAP_NET_ADMIN net.core.rmem_max is the limit
                raw.setsockopt(socket.SOL_SOCKET, plain, _BUFFER)
                raw.setsockopt(socket.SOL_SOCKET, force, _BUFFER)
        self._watch(raw.fileno(), pinger.readable, False)
        return pinger


def _filter(raw: socket.socket, kind: _Family) -> None:
    """Let only replies and errors through; a set bit blocks its type."""
    blocked = (1 << 256) - 1
    for passing in (kind.reply, *kind.errors):
        blocked &= ~(1 << passing)
    if kind is _FOUR:
        raw.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", blocked & 0xFFFFFFFF))
    else:
        words = [blocked >> (32 * index) & 0xFFFFFFFF for index in range(8)]
        raw.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, struct.pack("=8I", *words))
