# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges: made down, raised when all their ports are there. bridge options of ip-link(8)."""

from __future__ import annotations

from ...._engine.state import Attrs, Change, Key
from ...netlink import messages
from ..session import Session
from .kind import Differences, Link, LinkKind, nothing

#: the MTU that a link is born with (ETH_DATA_LEN)
_ETHERNET_MTU = 1500
#: what a new bridge has
_BORN = {"stp": False, "vlan_filtering": False}


def _decode(data: dict[int, bytes]) -> Attrs:
    found = messages.options(messages.BRIDGE_OPTIONS, data)
    return {
        "forward_delay": found["forward_delay"] // messages.USER_HZ,
        "stp": found["stp"] != 0,
        "vlan_filtering": found.get("vlan_filtering", 0) != 0,
    }


def _require(changes: list[Change]) -> None:
    """See that the kernel filters by VLAN where that is asked for."""
    for change in changes:
        if (change.after or {}).get("vlan_filtering") and not (change.before or {}).get("vlan_filtering"):
            from ..features import require_vlan_filtering  # noqa: PLC0415 - few bridges have it

            require_vlan_filtering(change.key.name)
            return


def _make(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    """An MTU that is asked for is set by a change: one that a bridge was born with gives way to that of its ports."""
    from . import common  # noqa: PLC0415 - only who writes needs it

    _sort, name, link = change.key
    differs.take_all(*common.BORN_WITH)
    attrs = change.after or {}
    mtu = attrs.get("mtu")
    born = {**attrs, "mtu": _ETHERNET_MTU - 1 if mtu == _ETHERNET_MTU else None}
    session.queue(name, messages.new_bridge(link, born), change)
    if mtu is not None:
        session.queue(name, messages.set_mtu(link, mtu), change)
    session.flush(name)
    common.settle(session, change, differs)


def _raise(session: Session, change: Change) -> None:
    """Raise a new bridge, when its ports are on and have their carriers: it looks at each of them once."""
    from . import common  # noqa: PLC0415 - as above

    _sort, name, link = change.key
    common.put_in_place(session, change, session.differences(change))
    session.queue(name, messages.snoop(link), change)


def _finish(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    _sort, name, link = change.key
    attrs = change.after or {}
    had = _BORN if change.before is None else {}
    names = [each for each in messages.BRIDGE_OPTIONS if differs.take(each) and attrs[each] != had.get(each)]
    if names:
        session.queue(name, messages.set_bridge(link, {each: attrs[each] for each in names}), change)
        session.flush(name)


def _gather(session: Session, change: Change, link: Link) -> None:
    session.queue(link.netns, messages.stop_snooping(link.index), change)


KIND = LinkKind(
    reads=frozenset(number for number, _form in messages.BRIDGE_OPTIONS.values()),
    decode=_decode,
    look=nothing,
    require=_require,
    make=_make,
    change=nothing,
    finish=_finish,
    gather=_gather,
    raise_last=_raise,
)
