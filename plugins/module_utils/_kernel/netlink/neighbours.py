# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neighbour tables (ARP, NDP) of namespaces. ip-neighbour(8)."""

from __future__ import annotations

import socket
import struct
from typing import Any

from ..lab.links.dump import dump
from . import messages, netns
from .socket import Socket, attrs

_HEAD = struct.Struct("=BxxxiHBB")
_NDA_DST, _NDA_LLADDR = 1, 2
_NOARP = 64
_STATES = {1: "incomplete", 2: "reachable", 4: "stale", 8: "delay", 16: "probe", 32: "failed", 128: "permanent"}


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one namespace: netns, dev, address, mac, state."""
    with netns.entered(name):
        route = Socket()
    try:
        names = {link.index: link.name for link in dump(route, name)}
        bodies = route.dump(messages.GETNEIGH, _HEAD.pack(0, 0, 0, 0, 0))
    finally:
        route.close()
    found = []
    for body in bodies:
        family, index, state, _flags, _type = _HEAD.unpack_from(body)
        data = attrs(body, 12)
        if state == _NOARP or _NDA_DST not in data or family not in (socket.AF_INET, socket.AF_INET6):
            continue
        found.append(
            {
                "netns": name,
                "dev": names.get(index, ""),
                "address": socket.inet_ntop(family, data[_NDA_DST]),
                "mac": data[_NDA_LLADDR].hex(":") if _NDA_LLADDR in data else "",
                "state": _STATES.get(state, str(state)),
            }
        )
    return found
