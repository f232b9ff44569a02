# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges: made before their ports and raised after them, each with a MAC address of its own. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Optional

from ...state import Attrs, Key
from .kind import LinkKind, always, made_with, named, nothing

if TYPE_CHECKING:
    from ..want import Want


def _fill(want: Want, entry: Any, end: Any, seed: str) -> None:
    for name in ("stp", "forward_delay", "vlan_filtering"):
        if getattr(entry, name) is not None:
            want.attrs[name] = getattr(entry, name)
    if end.mac is None:
        want.create["mac"] = pinned_mac(seed, end.netns, end.name)


def pinned_mac(seed: str, netns: str, name: str) -> str:
    """A MAC address of our own making (locally administered), the same at every run on this host.

    :param seed: what tells this host from others (str).
    :param netns: the bridge's namespace (str).
    :param name: its name (str).
    """
    digest = hashlib.sha256(f"{seed}/{netns}/{name}".encode()).hexdigest()
    return ":".join(["02", *(digest[index : index + 2] for index in range(0, 10, 2))])


def _is_same(key: Key, want: Optional[Want], attrs: Attrs, seed: str) -> bool:
    """It has its own MAC address, by its first name."""
    mac = pinned_mac(seed, key.netns, key.name)
    if want is not None:
        mac = want.attrs.get("mac") or want.create.get("mac") or ""
    return bool(mac) and attrs["mac"] == mac


KIND = LinkKind(
    over=None,
    first=True,
    long=(),
    networkd="bridge",
    fill=_fill,
    prepare=nothing,
    anew=made_with(),
    check=nothing,
    check_new=nothing,
    restorable=always,
    is_same=_is_same,
    udp=nothing,
    seizes=nothing,
    named=named,
    told=nothing,
)
