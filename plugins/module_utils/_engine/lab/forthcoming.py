# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry builds on and is not there, where a request says that others make it first: taken as made. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..state import Attrs, Key, State, describe
from .order import link_of_sysctl
from .wanted import Want, Wants

#: a link of which nothing is known but that it is to come
_LINK: Attrs = {"kind": "", "up": True, "mtu": 1500, "mac": "", "bridge": "", "addrgenmode": None, "group": 0}
#: sorts of objects whose keys have no namespace
_PATHS = ("netns_dir", "directory", "file", "netns", "firewall_exception")


def assume(state: State, wants: Wants) -> None:
    """Add to a state the namespaces, links and bridges that entries need and that are neither there nor wanted.

    They are noted in the state's ``to_come``, which says from then on that more may be.
    """
    state.to_come = set()
    for want in wants.values():
        if want.key[0] in _PATHS:
            continue
        for key, attrs in _needed(want):
            if key not in state.objects and key not in state.alien and not _is_made(key, wants):
                state.objects[key] = attrs
                state.to_come.add(key)


def _is_made(key: Key, wants: Wants) -> bool:
    """Whether the description makes the object; a port of a bridge is only named by it."""
    return key in wants and (key[0] == "netns" or "kind" in wants[key].attrs)


def _needed(want: Want) -> Iterator[tuple[Key, Attrs]]:
    sort, netns = want.key[0], want.key[1]
    if netns:
        yield ("netns", netns), {"lo_up": True}
    links = {want.attrs.get("dev"), want.key[2] if sort in ("address", "link") else None}
    links.add(link_of_sysctl(want.key[2]) if sort == "sysctl" else None)
    for name in sorted(links - {None, "", "lo"}, key=str):
        yield ("link", netns, name), dict(_LINK)
    if sort == "link" and want.attrs.get("bridge"):
        yield ("link", netns, want.attrs["bridge"]), {**_LINK, "kind": "bridge"}


def told(state: State) -> list[str]:
    """What is to come, as warnings for the user."""
    return [_warning(key) for key in sorted(state.to_come or (), key=str)]


def _warning(key: Key) -> str:
    if key[0] == "gateway":
        return f"no link reaches the gateway {key[2]} yet: this takes it as reached once tasks before are carried out"
    if key[0] == "local":
        return f"no link has the local address {key[2]} yet: this takes it as given to one by a task before"
    return f"{describe(key)} is not there yet: this takes it as made by a task before, which was not carried out either"
