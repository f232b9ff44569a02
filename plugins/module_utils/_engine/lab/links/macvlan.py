# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Macvlan links: further MAC addresses on a link of the same namespace. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Optional

from ...._model.errors import Conflict, InvalidArgument
from ...state import Attrs, Key, Objects
from .kind import LinkKind, given, made_with, named, nothing

if TYPE_CHECKING:
    from ..wanted import Want

_PASSTHRU = "passthru"


def _anew(wanted: Attrs, found: Attrs) -> list[str]:
    """Its link, and its mode where that is passthru, or is to be: the kernel changes the others in place."""
    differs = made_with("link", "mode")(wanted, found)
    return [name for name in differs if name == "link" or _PASSTHRU in (wanted["mode"], found.get("mode"))]


def _check(wants: list[Want], now: Objects) -> None:
    """Hold those that are wanted against the links that they lie over, and against the others on these.

    :raises InvalidArgument: for a link that takes none, or an MTU that does not fit.
    :raises Conflict: for one beside another that takes all packets of the link.
    """
    on: dict[tuple[str, Optional[str]], list[Key]] = defaultdict(list)
    seizing: dict[tuple[str, Optional[str]], list[Key]] = defaultdict(list)
    for key, attrs in now.items():
        if key.sort == "link" and attrs["kind"] == "macvlan":
            on[key.netns, attrs.get("link")].append(key)
            if attrs.get("mode") == _PASSTHRU:
                seizing[key.netns, attrs.get("link")].append(key)
    for want in wants:
        _check_below(want, now)
        place = (want.key.netns, want.attrs["link"])
        others = on[place] if want.attrs.get("mode") == _PASSTHRU else seizing[place]
        beside = next((key for key in others if key != want.key), None)
        if beside is not None:
            found, remedy = f"macvlan {beside.name}", "Use another mode for both, or another link for one of them."
            raise Conflict(f"{want.where}.link", f"{place[1]} alone with mode passthru", found, remedy)


def _check_below(want: Want, now: Objects) -> None:
    """Hold one that is wanted against the link that it lies over.

    :raises InvalidArgument: for a link that takes none, or an MTU that does not fit.
    """
    name = want.attrs["link"]
    if name == "lo":
        remedy = "Name another link; for an address of the namespace alone, use the kind dummy."
        raise InvalidArgument(f"{want.where}.link", "an Ethernet link", "lo, the loopback link", remedy)
    below = now.get(want.key._replace(name=name), {})
    if below.get("kind") == "macvlan":
        found = f"{name}, a macvlan itself: the kernel would put it on {below.get('link') or 'the link below'}"
        raise InvalidArgument(f"{want.where}.link", "a link that is no macvlan", found, "Name the link below it.")
    if below.get("bridge"):
        found = f"{name}, a port of {below['bridge']}, which takes all its packets"
        remedy = "Use the bridge as link, or attach a veth pair to it."
        raise InvalidArgument(f"{want.where}.link", "a link that is no port of a bridge", found, remedy)
    mtu, room = want.attrs.get("mtu"), below.get("mtu")
    if mtu is not None and room is not None and mtu > room:
        remedy = f"Lower it, or raise the MTU of {name}."
        raise InvalidArgument(f"{want.where}.mtu", f"at most {room} bytes, the MTU of {name}", str(mtu), remedy)


def _restorable(attrs: Attrs) -> bool:
    return bool(attrs.get("link"))


def _seizes(attrs: Attrs) -> Optional[str]:
    return attrs.get("link") if attrs.get("mode") == _PASSTHRU else None


KIND = LinkKind(
    over="link",
    first=False,
    long=(),
    networkd="macvlan",
    fill=given,
    prepare=nothing,
    anew=_anew,
    check=_check,
    check_new=nothing,
    restorable=_restorable,
    is_same=None,
    udp=nothing,
    seizes=_seizes,
    named=named,
    told=nothing,
)
