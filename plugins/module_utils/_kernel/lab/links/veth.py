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
#: ends that are asked about one by one, without asking what the other end is called
_FEW = 2


def _look(links: list[Link], reading: Reading) -> None:
    """Fill in ``peer`` of every end: [netns, name], or None where it lies outside what was read."""
    peers = _Peers(links, reading)
    for link in links:
        if "peer" in link.attrs:  # it was found from the other end
            continue
        peer = peers.of(link)
        link.attrs["peer"] = None if peer is None else [peer.netns, peer.name]
        if peer is not None:
            peer.attrs.setdefault("peer", [link.netns, link.name])


class _Peers:
    """The ends that were read, by all that an end tells of the other one: its number, and a number of its namespace.

    Each namespace has numbers of its own for others. Which namespace such a number means is asked of those with an end
    that fits. They may be many, as in many namespaces the first link has the same number: then the kernel is asked for
    the name and the MAC address of the other end first.
    """

    def __init__(self, links: list[Link], reading: Reading) -> None:
        self._reading = reading
        self._at = {(link.netns, link.index): link for link in links}
        self._fitting: dict[tuple[int, int], list[Link]] = defaultdict(list)
        self._named: Optional[dict[tuple[int, int, str, str], list[Link]]] = None
        for link in links:
            self._fitting[link.index, link.below].append(link)
        #: which namespace one knows by a number, and by which number one knows another
        self._spaces: dict[tuple[str, int], str] = {}
        self._nsids: dict[tuple[str, str], Optional[int]] = {}

    def of(self, link: Link) -> Optional[Link]:
        """The other end of a pair, None if it is not among those that were read."""
        netns = link.netns if link.below_nsid is None else self._space(link, link.below_nsid)
        peer = self._at.get((netns, link.below)) if netns is not None else None
        return peer if peer is not None and peer.below == link.index and peer is not link else None

    def _space(self, link: Link, nsid: int) -> Optional[str]:
        """The namespace of the other end."""
        known = self._spaces.get((link.netns, nsid))
        if known is not None:
            return known
        fitting = self._fitting[link.below, link.index]
        if len(fitting) > _FEW:
            fitting = self._alike(link, nsid)
        for other in fitting:
            if other.netns != link.netns and self._nsid(link.netns, other.netns) == nsid:
                self._spaces[link.netns, nsid] = other.netns
                return other.netns
        return None

    def _alike(self, link: Link, nsid: int) -> list[Link]:
        """Those among the fitting ends that are named, and have the MAC address, as the other end is and has."""
        if self._named is None:
            self._named = defaultdict(list)
            for each in self._at.values():
                self._named[each.index, each.below, each.name, each.attrs["mac"]].append(each)
        asked = messages.get_link_elsewhere(link.below, nsid)
        try:
            body = self._reading.sockets[link.netns].ask(messages.GETLINK, asked)
        except NetlinkError as exc:
            return [] if exc.errno == errno.ENODEV else self._fitting[link.below, link.index]
        found = attrs(body, messages.IFINFOMSG.size)
        name = found[messages.IFLA_IFNAME].rstrip(b"\0").decode(errors="surrogateescape")
        mac = found.get(messages.IFLA_ADDRESS, b"").hex(":")
        return self._named.get((link.below, link.index, name, mac), [])

    def _nsid(self, observer: str, name: str) -> Optional[int]:
        key = (observer, name)
        if key not in self._nsids:
            self._nsids[key] = _nsid(self._reading.sockets[observer], self._reading.descriptors[name])
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
    reads=frozenset(),
    decode=lambda _data: {},
    look=_look,
    require=nothing,
    make=_make,
    change=nothing,
    finish=_finish,
    gather=nothing,
    raise_last=None,
)
