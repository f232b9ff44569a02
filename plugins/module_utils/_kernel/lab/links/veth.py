# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Veth pairs: both ends born in their namespaces by one message. veth(4)."""

from __future__ import annotations

import errno
import struct
import time
from collections import defaultdict
from typing import Optional

from ...._engine.lab.kinds.link import LinkKey
from ...._engine.state import Attrs, Change, Key
from ...netlink import messages
from ...netlink.socket import NetlinkError, Socket, attr_u32, attrs
from ..session import Session
from .kind import Differences, Link, LinkKind, Reading, nothing

#: how long a link's name may stay taken after its namespace was removed by somebody else (s)
_NAME_WAIT = 1.0
_NETNSA_NSID, _NETNSA_FD = 1, 3


def _look(links: list[Link], reading: Reading) -> None:
    """Fill in ``peer`` of every end: [netns, name], or None where it lies outside what was read."""
    by_indices: dict[tuple[int, int], list[Link]] = defaultdict(list)
    for link in links:
        by_indices[link.index, link.below].append(link)
    numbers = _Numbers(reading)
    for link in links:
        candidates = by_indices[link.below, link.index]
        peer = next((other for other in candidates if numbers.join(link, other)), None)
        link.attrs["peer"] = None if peer is None else [peer.netns, peer.name]


class _Numbers:
    """The numbers by which namespaces know each other, which tell where an end's peer is."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._nsids: dict[tuple[str, str], Optional[int]] = {}

    def join(self, link: Link, other: Link) -> bool:
        """Whether two ends that name each other's number are of one pair."""
        if link.below_nsid is None:
            return other.netns == link.netns and other is not link
        if other.netns == link.netns:
            return False
        known = other.attrs.get("peer")
        if known is not None:
            return bool(known == [link.netns, link.name])
        return self._number(link.netns, other.netns) == link.below_nsid

    def _number(self, observer: str, name: str) -> Optional[int]:
        key = (observer, name)
        if key not in self._nsids:
            descriptor = self._reading.descriptors[name]
            self._nsids[key] = _nsid(self._reading.sockets[observer], descriptor)
        return self._nsids[key]


def _nsid(route: Socket, descriptor: int) -> Optional[int]:
    """The number by which a socket's namespace knows another one; None if it does not.

    :raises NetlinkError: if the kernel does not tell.
    """
    body = route.ask(messages.GETNSID, b"\0\0\0\0" + attr_u32(_NETNSA_FD, descriptor))
    found = struct.unpack_from("=i", attrs(body, 4)[_NETNSA_NSID])[0]
    return None if found < 0 else found


def _make(session: Session, change: Change, differs: Differences, after: dict[Key, Attrs]) -> None:
    """One message makes both ends; then each end has what only a message of its own can give it."""
    from . import common  # noqa: PLC0415 - only who writes needs it

    _sort, name, link = change.key
    attrs = change.after or {}
    differs.take_all("peer", "up", "bridge", *common.BORN_WITH)
    _peer_sort, peer_name, peer_link = peer_key = LinkKey(*attrs["peer"])
    peer = after[peer_key]
    descriptor = session.descriptor(peer_name) if peer_name != name else -1
    bridge = session.index(name, attrs["bridge"]) if attrs.get("bridge") else 0
    held = session.is_held(name, link)
    born = {**attrs, "up": False} if held else attrs
    _create(session, name, messages.new_veth(link, born, peer_link, peer, descriptor, bridge), change)
    if held and attrs["up"]:
        session.raise_link(name, link, change)
    if differs.take("addrgenmode"):
        session.queue(name, messages.set_gen_mode(link, attrs["addrgenmode"]), change)
    common.without_dad(name, link, attrs)
    common.without_dad(peer_name, peer_link, peer)
    if peer.get("addrgenmode"):
        session.queue(peer_name, messages.set_gen_mode(peer_link, peer["addrgenmode"]), change)
    if peer.get("bridge"):
        session.queue(peer_name, messages.set_master(peer_link, session.index(peer_name, peer["bridge"])), change)
    if peer["up"]:
        session.raise_link(peer_name, peer_link, change)


def _create(session: Session, name: str, message: messages.Message, change: Change) -> None:
    """Make a pair; wait for a name that a dying namespace still holds."""
    from ..refusals import refusal  # noqa: PLC0415 - as above

    session.heed()
    deadline = time.monotonic() + _NAME_WAIT
    while True:
        try:
            session.socket(name).request(*message)
        except NetlinkError as exc:
            if exc.errno != errno.EEXIST or time.monotonic() > deadline:
                raise refusal(change, exc) from exc
            time.sleep(0.01)
            continue
        session.note(change)
        return


def _finish(session: Session, change: Change, _differs: Differences, after: dict[Key, Attrs]) -> None:
    """The other end of a new pair has options as a port too."""
    if change.before is None:
        from . import common  # noqa: PLC0415 - as above

        key = LinkKey(*(change.after or {})["peer"])
        other = Change(key, None, after[key])
        common.port_options(session, other, Differences(other))


KIND = LinkKind(
    decode=lambda _data: {},
    look=_look,
    require=nothing,
    make=_make,
    change=nothing,
    finish=_finish,
    gather=nothing,
    raise_last=None,
)
