# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Macvlan links: further MAC addresses on a link. macvlan of ip-link(8)."""

from __future__ import annotations

from ...._engine.state import Attrs, Change, Key
from ...netlink import messages
from ...netlink.socket import attr_u32, u32
from ..session import Session
from . import codec
from .kind import Differences, Link, LinkKind, Reading, nothing

_MODE = 1
_MODES = {1: "private", 2: "vepa", 4: "bridge", 8: "passthru", 16: "source"}


def _decode(data: dict[int, bytes]) -> Attrs:
    mode = u32(data[_MODE]) if _MODE in data else 0
    return {"mode": _MODES.get(mode, str(mode))}


def _look(links: list[Link], reading: Reading) -> None:
    """The name of the link that each lies over, where that is in the same namespace."""
    for link in links:
        names = reading.names[link.netns] if link.below_nsid is None else {}
        link.attrs["link"] = names.get(link.below)


def _make(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    from . import common  # noqa: PLC0415 - only who writes needs it

    attrs = change.after or {}
    differs.take_all("link", "mode")
    parent = session.index(change.key.netns, attrs["link"])
    common.make_alone(session, change, differs, attr_u32(messages.IFLA_LINK, parent) + _info(attrs))


def _change(session: Session, change: Change, differs: Differences) -> None:
    _sort, name, link = change.key
    if differs.take("mode"):
        session.queue(name, messages.set_info(link, _info(change.after or {})), change)


def _info(attrs: Attrs) -> bytes:
    return codec.info("macvlan", {"IFLA_MACVLAN_MODE": attrs["mode"]} if attrs.get("mode") else {})


KIND = LinkKind(
    reads=frozenset({_MODE}),
    decode=_decode,
    look=_look,
    require=codec.required("macvlan", "mode"),
    make=_make,
    change=_change,
    finish=nothing,
    gather=nothing,
    raise_last=None,
)
