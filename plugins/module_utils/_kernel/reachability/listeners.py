# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers of the prober's own, for the time of a probe: a TCP port that accepts, a UDP port that echoes."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress

from ..._engine.reachability.schedule import Watch
from ..._model.reachability.expectations import Listen
from ..netlink.namespaces import Namespaces

_IP_PKTINFO, _IPV6_RECVPKTINFO, _IPV6_PKTINFO = 8, 49, 50
_BACKLOG = 4096
_CONTROL = 256
#: IPv6 is off, in the kernel or in the namespace
_NO_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class Listeners:
    """Servers in namespaces, until :meth:`close`.

    :param namespaces: the open namespaces.
    :param watch: told of each socket that is to be watched.
    """

    def __init__(self, namespaces: Namespaces, watch: Watch) -> None:
        self._namespaces, self._watch = namespaces, watch
        self._sockets: list[socket.socket] = []

    def close(self) -> None:
        """End all servers."""
        for server in self._sockets:
            server.close()
        self._sockets.clear()

    def open(self, wanted: Iterable[Listen]) -> None:
        """Start servers on every address of their namespaces; where somebody listens already, that server is used.

        :param wanted: the servers.
        :raises OSError: if the kernel refuses for another reason.
        """
        for listen in wanted:
            with self._namespaces.entered(listen.netns):
                for family in (socket.AF_INET, socket.AF_INET6):
                    self._serve(family, listen)

    def _serve(self, family: int, listen: Listen) -> None:
        stream = listen.protocol == "tcp"
        kind = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
        try:
            server = socket.socket(family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        except OSError as exc:
            if exc.errno in _NO_FAMILY:
                return
            raise
        try:
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if stream:
                server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("", listen.port))
            if stream:
                server.listen(_BACKLOG)
        except OSError as exc:
            server.close()
            if exc.errno in _NO_FAMILY or exc.errno == errno.EADDRINUSE:
                return
            raise
        self._sockets.append(server)
        if stream:
            self._watch(server.fileno(), lambda: _accept(server), False)
            return
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
        else:
            server.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._watch(server.fileno(), lambda: _echo(server), False)


def _accept(server: socket.socket) -> None:
    """Take a connection and end it: that it was made is all that counts."""
    with suppress(OSError):
        connection, _peer = server.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
        connection.close()


def _echo(server: socket.socket) -> None:
    """Send a datagram back, from the address that it came to (the namespace may have others)."""
    with suppress(OSError):
        data, control, _flags, peer = server.recvmsg(2048, _CONTROL)
        server.sendmsg([data], [_from(*item) for item in control], 0, peer)


def _from(level: int, kind: int, data: bytes) -> tuple[int, int, bytes]:
    """Where a datagram came to, as what it is to be sent from; by whichever link, but for IPv6 link-local addresses."""
    if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
        _index, local, _destination = struct.unpack_from("=I4s4s", data)
        return level, kind, struct.pack("=I4s4s", 0, local, b"\0\0\0\0")
    if (level, kind) == (socket.IPPROTO_IPV6, _IPV6_PKTINFO) and data[:2] != b"\xfe\x80":
        return level, kind, data[:16] + b"\0\0\0\0"
    return level, kind, data
