# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until links that were just made are ready, so that a new lab can be probed at once."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress

from .namespaces import Namespaces

_GROUPS = 0x1 | 0x100  # RTMGRP_LINK, RTMGRP_IPV6_IFADDR
#: seconds to wait at most. Duplicate address detection takes 1 s to 2 s, and the kernel takes up at least 100 links a
#: second of those that got a carrier.
_MOST = 10.0


def settle(namespaces: Namespaces, six: bool, most: float = _MOST) -> None:
    """Wait until every open namespace is settled, and read the addresses of those that were not anew.

    :param namespaces: the open namespaces.
    :param six: whether IPv6 is to work, too (bool).
    :param most: the time to wait at most (float, s).
    """
    waiting = [each.name for each in namespaces if not each.settled(six)]
    if not waiting:
        return
    end = time.monotonic() + most
    with ExitStack() as stack:
        poll, heard = select.poll(), {}
        for name in waiting:
            events = stack.enter_context(_events(namespaces, name))
            heard[events.fileno()] = (name, events)
            poll.register(events, select.POLLIN)
        left = _unsettled(namespaces, waiting, six)
        while left:
            told = poll.poll(max(0.0, end - time.monotonic()) * 1000)
            if not told:
                return
            names = {heard[descriptor][0] for descriptor, _event in told}
            for descriptor, _event in told:
                _drain(heard[descriptor][1])
            left -= names - _unsettled(namespaces, names, six)


def _events(namespaces: Namespaces, name: str) -> socket.socket:
    """A socket that hears of changes to the links and addresses of a namespace."""
    with namespaces.entered(name):
        events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, 0)
    events.bind((0, _GROUPS))
    return events


def _drain(events: socket.socket) -> None:
    """Take all messages; that there were some is all that counts, also where the buffer could not hold them all."""
    with suppress(OSError):
        while events.recv(1 << 16):
            pass


def _unsettled(namespaces: Namespaces, names: Iterable[str], six: bool) -> set[str]:
    found = set()
    for name in names:
        namespaces[name].read()
        if not namespaces[name].settled(six):
            found.add(name)
    return found
