# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links of a namespace forward, by one dump (RTM_GETNETCONF) in place of a file of /proc/sys for each."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

from .messages import GETNETCONF
from .shapes import Form, Shapes
from .socket import Socket, attrs

#: the number that stands for links to come (NETCONFA_IFINDEX_DEFAULT)
TO_COME = -2
_IFINDEX, _FORWARDING = 1, 2
_NUMBER = struct.Struct("=i")
#: the family, padded
_HEAD = 4


def _common(body: bytes) -> str:
    return str(_NUMBER.unpack(attrs(body, _HEAD)[_FORWARDING])[0])


_FORM = Form(own=frozenset({_IFINDEX}), same=frozenset({_FORWARDING}))
_SHAPES = Shapes(bytes(_HEAD), lambda _body: _FORM, _common)


def forwarding(route: Socket, six: bool) -> Iterator[tuple[int, str]]:
    """The numbers of links, each with the value of the sysctl ``forwarding`` that it has.

    :param route: a socket of the namespace.
    :param six: whether that of IPv6 is asked for (bool).
    """
    for body in route.dump(GETNETCONF, bytes([socket.AF_INET6 if six else socket.AF_INET, 0, 0, 0])):
        value, own = _SHAPES.of(body)
        yield _NUMBER.unpack(body[own[_IFINDEX]])[0], value
