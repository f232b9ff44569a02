# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neighbour tables (ARP, NDP) of namespaces. ip-neighbour(8)."""

from __future__ import annotations

import socket
from typing import Any

from ..netlink import messages, netns
from ..netlink.messages import NDA_DST, NDA_LLADDR, NDMSG
from ..netlink.socket import Socket, attrs
from .links.dump import dump

_STATES = {
    messages.NUD_INCOMPLETE: "incomplete",
    messages.NUD_REACHABLE: "reachable",
    messages.NUD_STALE: "stale",
    messages.NUD_DELAY: "delay",
    messages.NUD_PROBE: "probe",
    messages.NUD_FAILED: "failed",
    messages.NUD_PERMANENT: "permanent",
}


def read(name: str) -> list[dict[str, Any]]:
    """The entries of one namespace: netns, dev, address, mac, state.

    :param name: the namespace's name (str), ``""`` for the host's.
    """
    with netns.entered(name):
        route = Socket()
    try:
        names = {link.index: link.name for link in dump(route, name)}
        bodies = route.dump(messages.GETNEIGH, NDMSG.pack(0, 0, 0, 0, 0))
    finally:
        route.close()
    found = []
    for body in bodies:
        family, index, state, _flags, _type = NDMSG.unpack_from(body)
        data = attrs(body, NDMSG.size)
        if state == messages.NUD_NOARP or NDA_DST not in data or family not in (socket.AF_INET, socket.AF_INET6):
            continue
        found.append(
            {
                "netns": name,
                "dev": names.get(index, ""),
                "address": messages.ntop(family, data[NDA_DST]),
                "mac": data[NDA_LLADDR].hex(":") if NDA_LLADDR in data else "",
                "state": _STATES.get(state, str(state)),
            }
        )
    return found
