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
from ...netlink.shapes import Form, Shapes
from ...netlink.socket import Socket, attrs, u32
from . import table
from .kind import Link, Reading

_GEN_MODES = {number: name for name, number in messages.GEN_MODES.items()}
#: what each link has of its own
_OWN = frozenset(
    (
        messages.IFLA_ADDRESS,
        messages.IFLA_IFNAME,
        messages.IFLA_LINK,
        messages.IFLA_MASTER,
        messages.IFLA_LINK_NETNSID,
        messages.IFLA_PROP_LIST,
    )
)
_MODE = Form(same=frozenset({messages.IFLA_INET6_ADDR_GEN_MODE}))
_PORT = Form(same=frozenset(number for number, _form in messages.PORT_OPTIONS.values()))
_SIX = Form(nests={socket.AF_INET6: _MODE})
_KINDS = frozenset({messages.IFLA_INFO_KIND, messages.IFLA_INFO_SLAVE_KIND})
_SAME = frozenset({messages.IFLA_MTU, messages.IFLA_GROUP})
_LOOKED_AT = _SAME | {messages.IFLA_LINKINFO, messages.IFLA_AF_SPEC}


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
    common, own = _SHAPES.of(body)
    (index,) = _INDEX.unpack_from(body, 4)
    state: dict[str, Any] = {**common}
    if messages.IFLA_ADDRESS in own:
        state["mac"] = body[own[messages.IFLA_ADDRESS]].hex(":")
    return Link(
        netns,
        body[own[messages.IFLA_IFNAME]].rstrip(b"\0").decode(errors="surrogateescape"),
        index,
        u32(body[own[messages.IFLA_MASTER]]) if messages.IFLA_MASTER in own else 0,
        u32(body[own[messages.IFLA_LINK]]) if messages.IFLA_LINK in own else 0,
        _INDEX.unpack(body[own[messages.IFLA_LINK_NETNSID]])[0] if messages.IFLA_LINK_NETNSID in own else None,
        state,
        tuple(_altnames(body[own[messages.IFLA_PROP_LIST]])) if messages.IFLA_PROP_LIST in own else (),
    )


def _form(body: bytes) -> Form:
    """What is looked at of links like this one: of the options of its kind those that the kind knows."""
    info = attrs(attrs(body, messages.IFINFOMSG.size).get(messages.IFLA_LINKINFO, b""), 0)
    kind = info.get(messages.IFLA_INFO_KIND, b"").rstrip(b"\0").decode()
    data = Form(same=table.of(kind).reads)
    link_info = Form(same=_KINDS, nests={messages.IFLA_INFO_DATA: data, messages.IFLA_INFO_SLAVE_DATA: _PORT})
    return Form(_OWN, _SAME, {messages.IFLA_LINKINFO: link_info, messages.IFLA_AF_SPEC: _SIX})


def _common(body: bytes) -> dict[str, Any]:
    """The attributes of a link, for the engine, but for those that each link has of its own."""
    _family, _type, _index, flags, _change = messages.IFINFOMSG.unpack_from(body)
    found = attrs(body, messages.IFINFOMSG.size, _LOOKED_AT)
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
    state.update(mac="", bridge="", addrgenmode=_gen_mode(found), group=group)
    if data is not None:
        state.update(table.of(kind).decode(attrs(data, 0, table.of(kind).reads)))
    if port is not None:
        state.update(_port(port))
    return state


#: of a link's flags only that it is up is looked at
_SHAPES = Shapes(messages.IFINFOMSG.pack(0, 0, 0, messages.IFF_UP, 0), _form, _common)
_INDEX = struct.Struct("=i")


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
    six = attrs(spec, 0, {socket.AF_INET6}).get(socket.AF_INET6) if spec is not None else None
    mode = attrs(six, 0, _MODE.same).get(messages.IFLA_INET6_ADDR_GEN_MODE) if six is not None else None
    return None if mode is None else _GEN_MODES.get(mode[0], str(mode[0]))


def _port(data: bytes) -> dict[str, Any]:
    found = messages.options(messages.PORT_OPTIONS, attrs(data, 0))
    return {name: value if name in ("cost", "priority") else bool(value) for name, value in found.items()}
