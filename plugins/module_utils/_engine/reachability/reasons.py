# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a probe failed, in words that are the same for every protocol and address family. icmp(7), ip(7)."""

from __future__ import annotations

import errno

NO_REPLY = "no reply"

_NETWORK, _HOST, _PROHIBITED = "network unreachable", "host unreachable", "prohibited"

#: the kernel has no room at the moment: not an answer, but a reason to wait
BUSY = frozenset({errno.ENOBUFS, errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})

_ERRNO = {
    errno.ENETUNREACH: _NETWORK,
    errno.EHOSTUNREACH: _HOST,
    errno.EACCES: _PROHIBITED,
    errno.EPERM: _PROHIBITED,
    errno.EINVAL: "discarded by a blackhole route",
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: NO_REPLY,
    errno.EADDRNOTAVAIL: "no source address",
    errno.ENETDOWN: "link is down",
    errno.ENODEV: "no such link",
    errno.EAFNOSUPPORT: "address family not supported",
    errno.EMSGSIZE: "packet too big",
}

_FOUR = {
    (3, 0): _NETWORK,
    (3, 1): _HOST,
    (3, 2): "protocol unreachable",
    (3, 3): "port unreachable",
    (3, 4): "packet too big",
    (3, 6): _NETWORK,
    (3, 7): _HOST,
    (3, 9): _PROHIBITED,
    (3, 10): _PROHIBITED,
    (3, 11): _NETWORK,
    (3, 12): _HOST,
    (3, 13): _PROHIBITED,
}

_SIX = {
    (1, 0): _NETWORK,
    (1, 1): _PROHIBITED,
    (1, 2): "beyond the scope of the source address",
    (1, 3): _HOST,
    (1, 4): "port unreachable",
    (1, 5): _PROHIBITED,
    (1, 6): _NETWORK,
}


def of_error(exc: OSError) -> str:
    """What an error of send or connect means.

    :param exc: the kernel's refusal, with the C library's words for those that say nothing of the network.
    """
    return _ERRNO.get(exc.errno or 0) or (exc.strerror or "").lower()


def of_icmp(six: bool, kind: int, code: int) -> str:
    """What an ICMP error says; empty for one that says nothing about reachability (a parameter problem, an echo).

    :param six: whether it is ICMPv6 (bool).
    :param kind: the message's type (int).
    :param code: its code (int).
    """
    if kind == (3 if six else 11):
        return "hop limit exceeded"
    if six and kind == 2:
        return "packet too big"
    table, unreachable = (_SIX, 1) if six else (_FOUR, 3)
    if kind != unreachable:
        return ""
    return table.get((kind, code), _HOST)
