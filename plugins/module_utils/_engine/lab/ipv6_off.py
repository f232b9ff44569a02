# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``disable_ipv6``, or an MTU too small for IPv6, takes from links that stand, and how it comes back. Pure.

Setting it drops the IPv6 addresses of a link, and the routes over it. Setting it back brings back what the kernel makes
by itself, and nothing that somebody had given.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..state import CASCADE, Attrs, Change, Key, Objects
from .kinds.link import LinkKey
from .kinds.table import kind_of

#: what was there, as (key, attributes)
Taken = list[tuple[Key, Attrs]]


def disables(change: Change) -> bool:
    """Whether a change turns IPv6 off on a link, or on all links, of a namespace: by sysctl, or by a small MTU.

    :param change: the change.
    """
    return kind_of(change.key).turns_ipv6_off(change) is not None


def losses(change: Change, now: Objects) -> list[Change]:
    """What goes along with a change that turns IPv6 off; what the kernel made by itself is left out.

    :param change: the change.
    :param now: the objects before the change.
    """
    link, netns = kind_of(change.key).turns_ipv6_off(change), change.key.netns
    if link is None:
        return []
    return [
        Change(key, attrs, None, CASCADE)
        for key, attrs in now.items()
        if key.netns == netns and kind_of(key).goes_without_ipv6(key, attrs, link)
    ]


def taken(changes: Iterable[Change]) -> Taken:
    """What a record keeps of a step that turned IPv6 off.

    :param changes: the changes.
    """
    return [(each.key, each.before) for each in changes if each.via == CASCADE and each.before and each.after is None]


def put_back(found: Taken, now: Objects, wanted: Iterable[Key]) -> list[Change]:
    """The changes that bring back what a record keeps, once IPv6 is on again.

    :param found: what the record keeps.
    :param now: the objects then; what stands again, or whose link is gone, is left alone.
    :param wanted: what the description has a say in.
    """
    asked = set(wanted)
    back = []
    for key, attrs in reversed(found):  # the kernel puts a new address before the others of its link
        devs = kind_of(key).links(key, attrs)
        if key not in now and key not in asked and all(LinkKey(key.netns, dev) in now for dev in devs):
            back.append(Change(key, None, attrs))
    return sorted(back, key=lambda change: (kind_of(change.key).stage, kind_of(change.key).turn(change)))
