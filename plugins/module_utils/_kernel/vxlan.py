# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN links: how they are made and read, and their far ends, which are entries of the forwarding database.

A frame whose place is not known goes to every far end (head-end replication): each is an entry for the hardware address
of zeros. ip-link(8), bridge(8).
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from .netlink import NLM_F_CREATE, Socket, attr, attr_u32, attrs, u32
from .rtnl import IFLA_INFO_DATA, IFLA_INFO_KIND, IFLA_LINKINFO, Message, new_link, packed

_NEWNEIGH, _DELNEIGH, _GETNEIGH = 28, 29, 30
_ID, _LINK, _LOCAL, _PORT, _LOCAL6 = 1, 3, 4, 15, 17
_NDA_DST, _NDA_LLADDR = 1, 2
_NUD_NOARP, _NUD_PERMANENT, _NTF_SELF, _NLM_F_APPEND = 0x40, 0x80, 0x02, 0x800
_ANYWHERE = bytes(6)
_NEIGHBOUR = struct.Struct("=BxxxiHBB")


def new(name: str, state: dict[str, Any], dev: int) -> Message:
    """Make a tunnel, down and without far ends.

    :param dev: index of the link that carries it; 0 for whichever the routes say.
    """
    local = packed(state["local"]) if state.get("local") else b""
    data = attr_u32(_ID, state["id"]) + attr(_PORT, struct.pack("!H", state["dstport"]))
    if local:
        data += attr(_LOCAL6 if len(local) == 16 else _LOCAL, local)
    if dev:
        data += attr_u32(_LINK, dev)
    info = attr(IFLA_INFO_KIND, b"vxlan") + attr(IFLA_INFO_DATA, data)
    return new_link(name, state, attr(IFLA_LINKINFO, info))


def add_remote(index: int, remote: str) -> Message:
    """Add a far end."""
    return _NEWNEIGH, _entry(index, remote), NLM_F_CREATE | _NLM_F_APPEND


def del_remote(index: int, remote: str) -> Message:
    """Take a far end away."""
    return _DELNEIGH, _entry(index, remote), 0


def _entry(index: int, remote: str) -> bytes:
    head = _NEIGHBOUR.pack(socket.AF_BRIDGE, index, _NUD_NOARP | _NUD_PERMANENT, _NTF_SELF, 0)
    return head + attr(_NDA_LLADDR, _ANYWHERE) + attr(_NDA_DST, packed(remote))


def read(data: bytes) -> dict[str, Any]:
    """The attributes of a tunnel; ``dev`` is an index yet (0 for none)."""
    found = attrs(data, 0)
    local = found.get(_LOCAL) or found.get(_LOCAL6)
    return {
        "id": u32(found[_ID]) if _ID in found else 0,
        "local": _text(local) if local and any(local) else None,
        "dstport": struct.unpack_from("!H", found[_PORT])[0],
        "dev": u32(found[_LINK]) if _LINK in found else 0,
    }


def remotes(route: Socket, index: int) -> list[str]:
    """The far ends of a tunnel, sorted."""
    found = []
    for body in route.dump(_GETNEIGH, _NEIGHBOUR.pack(socket.AF_BRIDGE, index, 0, 0, 0)):
        entry = attrs(body, _NEIGHBOUR.size)
        if entry.get(_NDA_LLADDR) == _ANYWHERE and _NDA_DST in entry:
            found.append(_text(entry[_NDA_DST]))
    return sorted(found)


def _text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET6 if len(address) == 16 else socket.AF_INET, address)
