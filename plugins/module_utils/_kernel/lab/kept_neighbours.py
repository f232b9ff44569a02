# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permanent neighbour entries that somebody made on a link, and that the kernel drops along with something else.

With its last IPv4 address a link loses all of IPv4's, with another hardware address all of both families, proxies
included. What is lost so is put back in the same run.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator

from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.kinds.netns import NetnsKey
from ..._engine.state import Change, place
from ..netlink.messages import (
    GETNEIGH,
    NDA_CACHEINFO,
    NDA_DST,
    NDA_IFINDEX,
    NDA_PROBES,
    NDMSG,
    NEWNEIGH,
    NTF_PROXY,
    NUD_NOARP,
    NUD_PERMANENT,
    ntop,
)
from ..netlink.socket import NLM_F_CREATE, NLM_F_EXCL, NetlinkError, attr, attr_u32, attrs
from .session import Session

#: what needs no putting back: it is there still, or its link is down or gone
_WELL = frozenset({errno.EEXIST, errno.ENODEV, errno.ENETDOWN})


class KeptNeighbours:
    """The entries of the links that some changes may cost theirs.

    :param session: the sockets of the run.
    :param changes: all that the run is to do.
    """

    def __init__(self, session: Session, changes: list[Change]) -> None:
        self._session = session
        self._links = list(dict.fromkeys(_endangered(changes)))
        self._entries: list[tuple[str, str, bytes]] = []

    def look(self) -> None:
        """Read them.

        :raises OSError: if the kernel does not tell.
        """
        for netns, dev in self._links:
            route = self._session.socket(netns)
            try:
                index = self._session.index(netns, dev)
            except NetlinkError as exc:
                if exc.errno != errno.ENODEV:
                    raise
                continue
            for flag in (0, NTF_PROXY):
                asked = NDMSG.pack(0, 0, 0, flag, 0) + attr_u32(NDA_IFINDEX, index)
                for body in route.dump(GETNEIGH, asked):
                    _family, link, state, flags, _type = NDMSG.unpack_from(body)
                    if link == index and (state & (NUD_PERMANENT | NUD_NOARP) or flags & NTF_PROXY):
                        self._entries.append((netns, dev, _message(body)))

    def put_back(self) -> list[str]:
        """Make those anew that are gone.

        :returns: what could not be made, one text each.
        """
        lost = []
        for netns, dev, body in self._entries:
            (error,) = self._session.socket(netns).batch([(NEWNEIGH, body, NLM_F_CREATE | NLM_F_EXCL)])
            if error is not None and error[0] not in _WELL:
                address = ntop(body[0], attrs(body, NDMSG.size)[NDA_DST])
                lost.append(f"the neighbour entry {address} of {place(netns, dev)} was lost ({error[1]})")
        return lost


def _endangered(changes: list[Change]) -> Iterator[tuple[str, str]]:
    """The links that stay and lose an IPv4 address, or change what their neighbours hang on."""
    moved = {
        _place(change.key)
        for change in changes
        if isinstance(change.key, LinkKey) and None in (change.before, change.after)
    }
    spaces = {change.key.netns for change in changes if isinstance(change.key, NetnsKey)}
    for change in changes:
        if change.before is not None and change.key.netns not in spaces and _is_endangering(change):
            place_ = _place(change.key)
            if place_ not in moved:
                yield place_


def _place(key: AddressKey | LinkKey) -> tuple[str, str]:
    return key.netns, key.dev if isinstance(key, AddressKey) else key.name


def _is_endangering(change: Change) -> bool:
    if isinstance(change.key, AddressKey):
        return not change.key.six
    before, after = change.before or {}, change.after or {}
    return isinstance(change.key, LinkKey) and any(
        before.get(name) != after.get(name) for name in ("mac", "bridge", "up")
    )


def _message(body: bytes) -> bytes:
    """An entry as it is made: as it was told, without its times."""
    kept = ((kind, data) for kind, data in attrs(body, NDMSG.size).items() if kind not in (NDA_CACHEINFO, NDA_PROBES))
    return body[: NDMSG.size] + b"".join(attr(kind, data) for kind, data in kept)
