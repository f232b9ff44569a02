# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Veth pairs: two links that come and go together. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from ...._model.errors import InvalidArgument
from ...state import Attrs, Key, place
from .kind import LinkKind, made_with, nothing

if TYPE_CHECKING:
    from ..want import Want


def _fill(want: Want, entry: Any, end: Any, _seed: str) -> None:
    if entry.peer is None:
        raise InvalidArgument(f"{entry.where}.peer", "the other end of the veth pair", "nothing", "Give the peer.")
    other = entry.peer if end is entry.end else entry.end
    want.attrs["peer"] = [other.netns, other.name]


def _restorable(attrs: Attrs) -> bool:
    return bool(attrs.get("peer"))


def _named(key: Key, attrs: Attrs) -> str:
    """A pair by both ends, the one that is spoken of first."""
    peer = attrs.get("peer")
    return f"{place(key.netns, key.name)} <-> {place(*peer) if peer else 'elsewhere'}"


def _told(name: str, found: Any, wanted: Any) -> Optional[str]:
    if name != "peer":
        return None
    return f"its other end is {place(*found) if found else 'elsewhere'}, expected {place(*wanted)}"


KIND = LinkKind(
    over=None,
    first=False,
    long=(),
    networkd="ether",
    fill=_fill,
    prepare=nothing,
    anew=made_with("peer"),
    check=nothing,
    check_new=nothing,
    restorable=_restorable,
    is_same=None,
    udp=nothing,
    seizes=nothing,
    named=_named,
    told=_told,
)
