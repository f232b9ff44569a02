# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the links of a namespace have by router advertisement."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import suppress

from ..._engine.lab.advertisements import names
from ..netlink import messages
from ..netlink.socket import Socket, attrs, u32
from . import routes
from .kinds import address as addresses

_MAIN, _RTPROT_RA = 254, 9
_IFA_F_MANAGETEMPADDR = 0x100


def sysctls() -> list[str]:
    """The names of those that decide on each link of the namespace that the calling thread is in."""
    with suppress(FileNotFoundError):
        return [name for link in os.listdir("/proc/sys/net/ipv6/conf") for name in names(link)]
    return []


def links(route: Socket) -> Iterator[int]:
    """The numbers of the links that have a default route, or an address, from an advertisement that the kernel took.

    :param route: a socket of rtnetlink in the namespace.
    """
    for body in routes.dump(route, socket.AF_INET6, _MAIN):
        _family, length, _src, _tos, _table, protocol, *_rest = messages.RTMSG.unpack_from(body)
        found = attrs(body, messages.RTMSG.size)
        if not length and protocol == _RTPROT_RA and messages.RTA_OIF in found:
            yield u32(found[messages.RTA_OIF])
    for body in route.dump(messages.GETADDR, addresses.get()):
        family, _length, _flags, _scope, index = messages.IFADDRMSG.unpack_from(body)
        found = attrs(body, messages.IFADDRMSG.size)
        if family == socket.AF_INET6 and u32(found.get(messages.IFA_FLAGS, bytes(4))) & _IFA_F_MANAGETEMPADDR:
            yield index
