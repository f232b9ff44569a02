# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Round trip times by the kernel's clock: when a packet came in, not when the prober got round to reading it."""

from __future__ import annotations

import socket
import struct
import time

_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_TCP_INFO_SIZE, _TCPI_RTT = 104, 68
#: bytes of control messages that hold a timestamp
CONTROL = 64

Control = list[tuple[int, int, bytes]]


def stamp(opened: socket.socket) -> None:
    """Let the kernel note when a packet came in.

    :param opened: the socket.
    """
    opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def since(sent: int, control: Control) -> float:
    """Milliseconds from when a packet was sent until the answer came in.

    :param sent: nanoseconds of :func:`time.time_ns` (int).
    :param control: the control messages of the answer.
    """
    for level, kind, data in control:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data)
            return _milliseconds(seconds * 1_000_000_000 + nanoseconds - sent)
    return _milliseconds(time.time_ns() - sent)


def handshake(connection: socket.socket, sent: int) -> float:
    """Milliseconds that the handshake of a TCP connection took.

    :param connection: the connected socket.
    :param sent: when the handshake began (int), in ns.
    """
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    microseconds = struct.unpack_from("=I", info, _TCPI_RTT)[0] if len(info) >= _TCPI_RTT + 4 else 0
    return _milliseconds(microseconds * 1000 if microseconds else time.time_ns() - sent)


def _milliseconds(nanoseconds: int) -> float:
    """Rounded to microseconds, and never nothing, also where the clock was set meanwhile."""
    return max(round(nanoseconds / 1e6, 3), 0.001)
