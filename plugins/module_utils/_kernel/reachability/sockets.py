# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP connections and UDP datagrams: a socket for each attempt, made in its namespace. tcp(7), udp(7)."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time
from typing import Optional, Union

from ..._engine.reachability import reasons
from ..._engine.reachability.schedule import Decide, Flight, Watch
from ..._model.reachability.expectations import Outcome
from ..netlink.namespaces import Namespaces
from . import clock

_IP_RECVERR, _IPV6_RECVERR = 11, 25
_MSG_ERRQUEUE = 0x2000
#: an error of a socket's error queue (struct sock_extended_err): errno, origin, type, code, pad, info, data
_EXTENDED = struct.Struct("=IBBBBII")
_ORIGIN_ICMP, _ORIGIN_ICMP6 = 2, 3
#: bytes of control messages: one such error with the address that sent it
_CONTROL = 512
#: what a datagram carries; whatever a server answers to it proves that it was reached
_PAYLOAD = b"netns.lab\n"
_ABORT = struct.pack("=ii", 1, 0)
_HANDSHAKE_DONE = (0, errno.ECONNRESET, errno.EPIPE)

Peer = Union[tuple[str, int], tuple[str, int, int, int]]


class Attempt:
    """One socket on its way to a target.

    :param opened: the socket.
    :param flight: the flight.
    :param decide: called with its outcome.
    """

    TYPE = 0

    def __init__(self, opened: socket.socket, flight: Flight, decide: Decide) -> None:
        self.socket, self.flight, self._decide = opened, flight, decide
        self._sent = 0
        self._connected = False

    def launch(self, peer: Peer) -> None:
        """Send what the target is to answer.

        :param peer: the target's address as the socket takes it.
        :raises OSError: if the kernel refuses at once.
        """
        raise NotImplementedError

    def ready(self) -> None:
        """Something happened.

        :raises NotImplementedError: here; each protocol says what it does.
        """
        raise NotImplementedError

    def reachable(self, rtt: float) -> None:
        """The target answered, after some milliseconds.

        :param rtt: the time (float), in ms.
        """
        self._decide(self.flight, Outcome(reachable=True, reason="", rtt_ms=rtt))

    def failed(self, refusal: OSError) -> None:
        """The target, a router or the own kernel said no.

        :param refusal: the error of the socket.
        """
        reason = _icmp_error(self.socket) or reasons.of_error(refusal)
        self._decide(self.flight, Outcome(reachable=False, reason=reason, rtt_ms=None))


def _icmp_error(failed: socket.socket) -> Optional[str]:
    """What the ICMP error says that a socket was sent (IP_RECVERR); None if it was not sent one."""
    try:
        _data, control, _flags, _address = failed.recvmsg(0, _CONTROL, _MSG_ERRQUEUE)
    except OSError:
        return None
    for level, _kind, data in control:
        if level in (socket.IPPROTO_IP, socket.IPPROTO_IPV6) and len(data) >= _EXTENDED.size:
            _errno, origin, kind, code, _pad, _info, _more = _EXTENDED.unpack_from(data)
            if origin in (_ORIGIN_ICMP, _ORIGIN_ICMP6):
                return reasons.of_icmp(origin == _ORIGIN_ICMP6, kind, code) or None
    return None


class Connection(Attempt):
    """A TCP connection that is being made; closing it aborts it, so that none lingers in a namespace."""

    TYPE = socket.SOCK_STREAM

    def launch(self, peer: Peer) -> None:
        """Begin the handshake.

        :param peer: the target's address as the socket takes it.
        :raises OSError: if the kernel refuses at once.
        """
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._sent = time.time_ns()
        code = self.socket.connect_ex(peer)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))

    def ready(self) -> None:
        """The handshake is over, or was refused. A peer that resets an established connection was reached."""
        if self.flight.outcome is not None:
            return
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code in _HANDSHAKE_DONE:
            self.reachable(clock.handshake(self.socket, self._sent))
        else:
            self.failed(OSError(code, os.strerror(code)))


class Datagram(Attempt):
    """A UDP datagram that waits for any answer."""

    TYPE = socket.SOCK_DGRAM

    def launch(self, peer: Peer) -> None:
        """Send it, or send it again. A connected socket hears the ICMP errors about it.

        :param peer: the target's address as the socket takes it.
        """
        if not self._connected:
            self.socket.connect(peer)
            self._connected = True
            clock.stamp(self.socket)
            self._sent = time.time_ns()
        self.socket.send(_PAYLOAD)

    def ready(self) -> None:
        """An answer, or an ICMP error."""
        if self.flight.outcome is not None:
            return
        try:
            _data, control, _flags, _peer = self.socket.recvmsg(1, clock.CONTROL)
        except BlockingIOError:
            return
        except OSError as exc:
            self.failed(exc)
        else:
            self.reachable(clock.since(self._sent, control))


class Sockets:
    """The transport for tcp and udp.

    :param namespaces: the open namespaces.
    :param watch: told of each socket that is to be watched.
    :param decide: told of each flight that is decided.
    """

    def __init__(self, namespaces: Namespaces, watch: Watch, decide: Decide) -> None:
        self._namespaces, self._watch, self._decide = namespaces, watch, decide

    def close(self) -> None:
        """Nothing: each flight's sockets are closed as it is forgotten."""

    def prepare(self, flight: Flight) -> None:
        """Nothing: each attempt has a socket of its own.

        :param flight: the flight.
        """

    def send(self, flight: Flight, zone: int) -> None:
        """Connect or send, or do so once more; a datagram goes out again on its own socket.

        :param flight: the flight.
        :param zone: the index of the link that a link-local target is on (int), 0 for other targets.
        :raises OSError: if the kernel has no room, or refuses before there is a socket.
        """
        if flight.probe.protocol == "tcp":
            attempt = self._open(flight, Connection)
        else:
            attempt = flight.tickets[0] if flight.tickets else self._open(flight, Datagram)
        try:
            attempt.launch(self._peer(flight, zone))
        except OSError as exc:
            if exc.errno in reasons.BUSY or exc.errno == errno.EADDRNOTAVAIL:
                raise
            attempt.failed(exc)

    def withdraw(self, flight: Flight) -> None:
        """What was sent for a flight will be dropped by the prober itself: its errors are not to be heard.

        :param flight: the flight.
        """
        self.forget(flight)

    def forget(self, flight: Flight) -> None:
        """Wait for a flight no longer.

        :param flight: the flight.
        """
        for attempt in flight.tickets:
            attempt.socket.close()
        flight.tickets.clear()

    def _open(self, flight: Flight, kind: type[Attempt]) -> Attempt:
        six = ":" in flight.probe.address
        with self._namespaces.entered(flight.probe.source):
            opened = socket.socket(
                socket.AF_INET6 if six else socket.AF_INET, kind.TYPE | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )
        attempt = kind(opened, flight, self._decide)
        flight.tickets.append(attempt)
        if six:
            opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
        else:
            opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        self._watch(opened.fileno(), attempt.ready, kind is Connection)
        return attempt

    @staticmethod
    def _peer(flight: Flight, zone: int) -> Peer:
        probe = flight.probe
        return (probe.address, probe.port, 0, zone) if ":" in probe.address else (probe.address, probe.port)
