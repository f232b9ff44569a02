# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry builds on and is not there, where a request says that others make it first: taken as made. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..state import Attrs, Key
from .host_state import State
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.table import kind_of
from .want import Want, Wants

#: a link of which nothing is known but that it is to come
_LINK: Attrs = {"kind": "", "up": True, "mtu": 1500, "mac": "", "bridge": "", "addrgenmode": None, "group": 0}


_NEITHER = "which check mode did not run either"


def assume(state: State, wants: Wants) -> None:
    """Add to a state the namespaces, links and bridges that entries need and that are neither there nor wanted.

    They are noted in the state's ``to_come``, which says from then on that more may be.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    """
    state.to_come = {}
    for want in wants.values():
        if not kind_of(want.key).in_netns or isinstance(want.key, NetnsKey):
            continue
        for key, attrs in _needed(want):
            if key not in state.objects and key not in state.alien and not _is_made(key, wants):
                state.objects[key] = attrs
                state.to_come[key] = (
                    f"{key.describe()} does not exist yet: this assumes that an earlier task creates it, {_NEITHER}"
                )


def _is_made(key: Key, wants: Wants) -> bool:
    """Whether the description makes the object; a port of a bridge is only named by it."""
    return key in wants and (isinstance(key, NetnsKey) or "kind" in wants[key].attrs)


def _needed(want: Want) -> Iterator[tuple[Key, Attrs]]:
    key, netns = want.key, want.key.netns
    if netns:
        yield NetnsKey(netns), {"lo_up": True}
    if isinstance(key, LinkKey) and want.attrs.get("bridge"):
        yield LinkKey(netns, want.attrs["bridge"]), {**_LINK, "kind": "bridge"}
    links = {*kind_of(key).links(key, want.attrs), key.name if isinstance(key, LinkKey) else ""}
    for name in sorted(links - {"", "lo"}):
        yield LinkKey(netns, name), dict(_LINK)


def told(state: State) -> list[str]:
    """What is to come, as warnings for the user.

    :param state: what was read of the host.
    """
    return [text for _what, text in sorted((state.to_come or {}).items(), key=str)]
