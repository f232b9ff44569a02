# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``disable_ipv6``, or an MTU too small for IPv6, takes from links that stand, and how it comes back. Pure.

Setting it drops the IPv6 addresses of a link, and the routes over it. Setting it back brings back what the kernel makes
by itself, and nothing that somebody had given.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..._model.values import IPV6_MTU
from ..state import CASCADE, Attrs, Change, Key, Objects
from .kinds import route as routes
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.route import RouteKey
from .kinds.sysctl import SysctlKey, link_of

_ALL = "net.ipv6.conf.all.disable_ipv6"
#: what was there, as (key, attributes)
Taken = list[tuple[Key, Attrs]]


def disables(change: Change) -> bool:
    """Whether a change turns IPv6 off on a link, or on all links, of a namespace: by sysctl, or by a small MTU.

    :param change: the change.
    """
    before, after = change.before or {}, change.after or {}
    if isinstance(change.key, LinkKey) and before.get("mtu") and after.get("mtu"):
        return bool(after["mtu"] < IPV6_MTU <= before["mtu"])
    name = change.key.name if isinstance(change.key, SysctlKey) else ""
    if not name.endswith(".disable_ipv6") or (name != _ALL and link_of(name) is None):
        return False
    return before.get("value") == "0" and after.get("value") not in (None, "0")


def losses(change: Change, now: Objects) -> list[Change]:
    """What goes along with a change that turns IPv6 off; what the kernel made by itself is left out.

    :param change: the change.
    :param now: the objects before the change.
    """
    if not disables(change):
        return []
    netns = change.key.netns
    link = change.key.name if isinstance(change.key, LinkKey) else change.key.link
    found = []
    for key, attrs in now.items():
        if isinstance(key, AddressKey) and key.netns == netns and ":" in key.address:
            goes = key.dev == link if link else key.dev != "lo"
        elif isinstance(key, RouteKey) and key.netns == netns and ":" in key.dst and attrs["protocol"] != routes.KERNEL:
            goes = routes.links(attrs) == [link] if link else bool(routes.links(attrs))
        else:
            continue
        if goes:
            found.append(Change(key, attrs, None, CASCADE))
    return found


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
        devs = [key.dev] if isinstance(key, AddressKey) else routes.links(attrs)
        if key not in now and key not in asked and all(LinkKey(key.netns, dev) in now for dev in devs):
            back.append(Change(key, None, attrs))
    return sorted(back, key=lambda change: (not isinstance(change.key, AddressKey), routes.turn(change)))
