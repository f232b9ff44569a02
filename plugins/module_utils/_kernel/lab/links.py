# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links as the kernel has them: a dump turned into attributes, and which end of a cable belongs to which."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional

from ..netlink import messages as rtnl
from ..netlink.socket import Socket, attr_u32, attrs, u32
from . import vxlan

_GEN_MODES = {number: name for name, number in rtnl.GEN_MODES.items()}
_HEAD = struct.Struct("=BxHiII")
_NETNSA_NSID, _NETNSA_FD = 1, 3
_LOOKED_AT = frozenset(
    {rtnl.IFLA_ADDRESS, rtnl.IFLA_IFNAME, rtnl.IFLA_MTU, rtnl.IFLA_LINK, rtnl.IFLA_MASTER, rtnl.IFLA_LINKINFO}
    | {rtnl.IFLA_AF_SPEC, rtnl.IFLA_GROUP, rtnl.IFLA_LINK_NETNSID, rtnl.IFLA_PROP_LIST}
)
_SIX, _MODE = frozenset({socket.AF_INET6}), frozenset({rtnl.IFLA_INET6_ADDR_GEN_MODE})
_VLAN_PROTOCOL = 8


@dataclass
class Link:
    """One link of one namespace; ``attrs`` are those of the engine's state, ``bridge`` and ``peer`` filled in later."""

    netns: str
    name: str
    index: int
    master: int
    peer_index: int
    peer_nsid: Optional[int]
    attrs: dict[str, Any]
    altnames: tuple[str, ...] = ()


def dump(route: Socket, netns: str) -> list[Link]:
    """Every link of the namespace that a socket belongs to."""
    return [_link(netns, body) for body in route.dump(rtnl.GETLINK, rtnl.get_links())]


def has_vlan_filtering(route: Socket) -> bool:
    """Whether the bridge of a namespace tells of its VLAN protocol, as it does where the kernel can filter."""
    for body in route.dump(rtnl.GETLINK, rtnl.get_links()):
        info = attrs(attrs(body, 16).get(rtnl.IFLA_LINKINFO, b""), 0)
        if info.get(rtnl.IFLA_INFO_KIND, b"").startswith(b"bridge"):
            return _VLAN_PROTOCOL in attrs(info[rtnl.IFLA_INFO_DATA], 0)
    return False


def _link(netns: str, body: bytes) -> Link:
    _family, _type, index, flags, _change = _HEAD.unpack_from(body)
    found = attrs(body, 16, _LOOKED_AT)
    kind, data, port = "", None, None
    if rtnl.IFLA_LINKINFO in found:
        info = attrs(found[rtnl.IFLA_LINKINFO], 0)
        if rtnl.IFLA_INFO_KIND in info:
            kind = info[rtnl.IFLA_INFO_KIND].rstrip(b"\0").decode()
        data = info.get(rtnl.IFLA_INFO_DATA)
        if rtnl.IFLA_INFO_SLAVE_KIND in info and info[rtnl.IFLA_INFO_SLAVE_KIND].startswith(b"bridge"):
            port = info.get(rtnl.IFLA_INFO_SLAVE_DATA)
    group = u32(found[rtnl.IFLA_GROUP])
    state: dict[str, Any] = {"kind": kind, "up": bool(flags & rtnl.IFF_UP), "mtu": u32(found[rtnl.IFLA_MTU])}
    hardware = found.get(rtnl.IFLA_ADDRESS)
    state["mac"] = hardware.hex(":") if hardware is not None else ""
    state.update(bridge="", addrgenmode=_gen_mode(found), group=group)
    if kind == "bridge" and data is not None:
        state.update(_bridge(data))
    elif kind == "vxlan" and data is not None:
        state.update(vxlan.read(data))
    if port is not None:
        state.update(_port(port))
    nsid = found.get(rtnl.IFLA_LINK_NETNSID)
    return Link(
        netns,
        found[rtnl.IFLA_IFNAME].rstrip(b"\0").decode(errors="surrogateescape"),
        index,
        u32(found[rtnl.IFLA_MASTER]) if rtnl.IFLA_MASTER in found else 0,
        u32(found[rtnl.IFLA_LINK]) if kind == "veth" and rtnl.IFLA_LINK in found else 0,
        struct.unpack_from("=i", nsid)[0] if nsid is not None else None,
        state,
        tuple(_altnames(found[rtnl.IFLA_PROP_LIST])) if rtnl.IFLA_PROP_LIST in found else (),
    )


def _altnames(data: bytes) -> Iterator[str]:
    offset = 0
    while offset + 4 <= len(data):
        size, kind = struct.unpack_from("=HH", data, offset)
        if size < 4:
            return
        if kind & 0x3FFF == rtnl.IFLA_ALT_IFNAME:
            yield data[offset + 4 : offset + size].rstrip(b"\0").decode(errors="surrogateescape")
        offset += (size + 3) & ~3


def _gen_mode(found: dict[int, bytes]) -> Optional[str]:
    spec = found.get(rtnl.IFLA_AF_SPEC)
    six = attrs(spec, 0, _SIX).get(socket.AF_INET6) if spec is not None else None
    mode = attrs(six, 0, _MODE).get(rtnl.IFLA_INET6_ADDR_GEN_MODE) if six is not None else None
    return None if mode is None else _GEN_MODES.get(mode[0], str(mode[0]))


def _bridge(data: bytes) -> dict[str, Any]:
    found = _options(rtnl.BRIDGE_OPTIONS, attrs(data, 0))
    return {
        "forward_delay": found["forward_delay"] // rtnl.USER_HZ,
        "stp": found["stp"] != 0,
        "vlan_filtering": found.get("vlan_filtering", 0) != 0,
    }


def _port(data: bytes) -> dict[str, Any]:
    found = _options(rtnl.PORT_OPTIONS, attrs(data, 0))
    return {name: value if name in ("cost", "priority") else bool(value) for name, value in found.items()}


def _options(known: dict[str, tuple[int, struct.Struct]], found: dict[int, bytes]) -> dict[str, int]:
    return {name: form.unpack_from(found[number])[0] for name, (number, form) in known.items() if number in found}


class Peers:
    """Finds the other end of each cable among the namespaces that were read.

    :param sockets: a route socket for each namespace read.
    :param descriptors: a descriptor of each namespace read; that of the host's own under ``""``.
    """

    def __init__(self, sockets: dict[str, Socket], descriptors: dict[str, int]) -> None:
        self._sockets, self._descriptors = sockets, descriptors
        self._nsids: dict[tuple[str, str], Optional[int]] = {}

    def resolve(self, links: list[Link]) -> None:
        """Fill in ``peer`` of every cable's end: [netns, name], or None where it lies outside what was read."""
        by_indices: dict[tuple[int, int], list[Link]] = defaultdict(list)
        ends = [link for link in links if link.attrs["kind"] == "veth"]
        for link in ends:
            by_indices[link.index, link.peer_index].append(link)
        for link in ends:
            candidates = by_indices[link.peer_index, link.index]
            peer = next((other for other in candidates if self._beyond(link, other)), None)
            link.attrs["peer"] = None if peer is None else [peer.netns, peer.name]

    def _beyond(self, link: Link, other: Link) -> bool:
        if link.peer_nsid is None:
            return other.netns == link.netns and other is not link
        if other.netns == link.netns:
            return False
        known = other.attrs.get("peer")
        if known is not None:
            return bool(known == [link.netns, link.name])
        return self._nsid(link.netns, other.netns) == link.peer_nsid

    def _nsid(self, observer: str, netns: str) -> Optional[int]:
        """The number by which one namespace knows another."""
        key = (observer, netns)
        if key not in self._nsids:
            self._nsids[key] = nsid(self._sockets[observer], self._descriptors[netns])
        return self._nsids[key]


def nsid(route: Socket, descriptor: int) -> Optional[int]:
    """The number by which a socket's namespace knows another one; None if it does not.

    :raises NetlinkError: if the kernel does not tell.
    """
    body = route.ask(rtnl.GETNSID, b"\0\0\0\0" + attr_u32(_NETNSA_FD, descriptor))
    found = struct.unpack_from("=i", attrs(body, 4)[_NETNSA_NSID])[0]
    return None if found < 0 else found
