# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses have to be announced once a plan is carried out: those that neighbours may know elsewhere. Pure."""

from __future__ import annotations

from typing import NamedTuple, Optional

from ..state import Change, Key
from .kinds.address import AddressKey
from .kinds.link import LinkKey


class Announcement(NamedTuple):
    """An address of a link to announce; ``address`` is None for all that the link has."""

    netns: str
    dev: str
    address: Optional[str]


def announcements(changes: list[Change]) -> list[Announcement]:
    """What to announce after some changes.

    A link with a new hardware address, or with an address that it did not have, may have neighbours that know it
    otherwise. One that was made together with its bridge, or leads to no bridge at all, has none yet.

    :param changes: the changes that were made.
    """
    links = {change.key: change for change in changes if isinstance(change.key, LinkKey) and change.after is not None}
    found = {
        Announcement(key.netns, key.name, None): None
        for key, change in links.items()
        if change.before is not None and (change.after or {}).get("mac") not in (None, change.before.get("mac"))
    }
    for change in changes:
        if not isinstance(change.key, AddressKey) or change.before is not None or change.after is None:
            continue
        netns, dev = change.key.netns, change.key.dev
        if dev != "lo" and _has_neighbours(LinkKey(netns, dev), links):
            found[Announcement(netns, dev, change.key.host)] = None
    return list(found)


def _has_neighbours(key: Key, links: dict[Key, Change]) -> bool:
    """Whether a link stood before, or was made on a bridge that did."""
    if not _is_new(key, links):
        return True
    attrs = links[key].after or {}
    peer = LinkKey(*attrs["peer"]) if attrs.get("peer") else None
    ends = [(key, attrs)] + ([(peer, links[peer].after or {})] if peer in links else [])
    bridges = [LinkKey(end.netns, at["bridge"]) for end, at in ends if at.get("bridge")]
    return any(not _is_new(bridge, links) for bridge in bridges)


def _is_new(key: Key, links: dict[Key, Change]) -> bool:
    return key in links and links[key].before is None
