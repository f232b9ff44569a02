# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links as the kernel has them: a dump turned into attributes, those of its kind by the file of that."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Optional

from ...netlink import messages
from ...netlink.socket import Socket, attrs, u32
from . import table
from .kind import Link, Reading

_GEN_MODES = {number: name for name, number in messages.GEN_MODES.items()}
_LOOKED_AT = frozenset(
    (
        messages.IFLA_ADDRESS,
        messages.IFLA_IFNAME,
        messages.IFLA_MTU,
        messages.IFLA_LINK,
        messages.IFLA_MASTER,
        messages.IFLA_LINKINFO,
        messages.IFLA_AF_SPEC,
        messages.IFLA_GROUP,
        messages.IFLA_LINK_NETNSID,
        messages.IFLA_PROP_LIST,
    )
)
_SIX, _MODE = frozenset({socket.AF_INET6}), frozenset({messages.IFLA_INET6_ADDR_GEN_MODE})


def dump(route: Socket, netns: str) -> list[Link]:
    """Every link of the namespace that a socket belongs to.

    :param route: a socket of rtnetlink in the namespace.
    :param netns: the namespace's name (str).
    """
    return [_link(netns, body) for body in route.dump(messages.GETLINK, messages.get_links())]


def complete(links: list[Link], reading: Reading) -> None:
    """Fill in what is told of links by others, or by a second question: their bridges, peers, lower links, entries.

    :param links: those of all namespaces that were read.
    :param reading: what the namespaces have been asked.
    """
    kinds: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        kinds[link.attrs["kind"]].append(link)
        if link.master:
            link.attrs["bridge"] = reading.names[link.netns].get(link.master, "")
    for kind, ours in kinds.items():
        table.of(kind).look(ours, reading)


def _link(netns: str, body: bytes) -> Link:
    _family, _type, index, flags, _change = messages.IFINFOMSG.unpack_from(body)
    found = attrs(body, 16, _LOOKED_AT)
    kind, data, port = "", None, None
    if messages.IFLA_LINKINFO in found:
        info = attrs(found[messages.IFLA_LINKINFO], 0)
        if messages.IFLA_INFO_KIND in info:
            kind = info[messages.IFLA_INFO_KIND].rstrip(b"\0").decode()
        data = info.get(messages.IFLA_INFO_DATA)
        if messages.IFLA_INFO_SLAVE_KIND in info and info[messages.IFLA_INFO_SLAVE_KIND].startswith(b"bridge"):
            port = info.get(messages.IFLA_INFO_SLAVE_DATA)
    group = u32(found[messages.IFLA_GROUP])
    state: dict[str, Any] = {"kind": kind, "up": bool(flags & messages.IFF_UP), "mtu": u32(found[messages.IFLA_MTU])}
    hardware = found.get(messages.IFLA_ADDRESS)
    state["mac"] = hardware.hex(":") if hardware is not None else ""
    state.update(bridge="", addrgenmode=_gen_mode(found), group=group)
    if data is not None:
        state.update(table.of(kind).decode(attrs(data, 0)))
    if port is not None:
        state.update(_port(port))
    nsid = found.get(messages.IFLA_LINK_NETNSID)
    return Link(
        netns,
        found[messages.IFLA_IFNAME].rstrip(b"\0").decode(errors="surrogateescape"),
        index,
        u32(found[messages.IFLA_MASTER]) if messages.IFLA_MASTER in found else 0,
        u32(found[messages.IFLA_LINK]) if messages.IFLA_LINK in found else 0,
        struct.unpack_from("=i", nsid)[0] if nsid is not None else None,
        state,
        tuple(_altnames(found[messages.IFLA_PROP_LIST])) if messages.IFLA_PROP_LIST in found else (),
    )


def _altnames(data: bytes) -> Iterator[str]:
    offset = 0
    while offset + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, offset)
        if size < 4:
            return
        if kind & 0x3FFF == messages.IFLA_ALT_IFNAME:
            yield data[offset + 4 : offset + size].rstrip(b"\0").decode(errors="surrogateescape")
        offset += (size + 3) & ~3


def _gen_mode(found: dict[int, bytes]) -> Optional[str]:
    spec = found.get(messages.IFLA_AF_SPEC)
    six = attrs(spec, 0, _SIX).get(socket.AF_INET6) if spec is not None else None
    mode = attrs(six, 0, _MODE).get(messages.IFLA_INET6_ADDR_GEN_MODE) if six is not None else None
    return None if mode is None else _GEN_MODES.get(mode[0], str(mode[0]))


def _port(data: bytes) -> dict[str, Any]:
    found = messages.options(messages.PORT_OPTIONS, attrs(data, 0))
    return {name: value if name in ("cost", "priority") else bool(value) for name, value in found.items()}
