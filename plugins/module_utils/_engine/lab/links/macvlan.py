# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Macvlan links: further MAC addresses on a link of the same namespace. Pure."""

from __future__ import annotations

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


def _check(want: Want, now: Objects) -> None:
    """Hold one that is wanted against the link that it lies over, and against the others on that.

    :raises InvalidArgument: for a link that takes none, or an MTU that does not fit.
    :raises Conflict: for one beside another that takes all packets of the link.
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
    beside = [key for key, attrs in now.items() if _is_beside(want, key, attrs)]
    if beside:
        remedy = "Use another mode for both, or another link for one of them."
        raise Conflict(f"{want.where}.link", f"{name} alone with mode passthru", f"macvlan {beside[0].name}", remedy)


def _is_beside(want: Want, key: Key, attrs: Attrs) -> bool:
    """Whether a link is another one on the same link, and one of the two takes all packets of that."""
    if key == want.key or key.sort != "link" or key.netns != want.key.netns or attrs["kind"] != "macvlan":
        return False
    return attrs.get("link") == want.attrs["link"] and _PASSTHRU in (want.attrs.get("mode"), attrs.get("mode"))


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
