# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of the hot path about links, as (type, payload, flags) for :class:`.netlink.Socket`."""

from __future__ import annotations

import os
import socket
import struct
import time
from ipaddress import ip_address
from typing import Any, Optional

from ..._model.addressing import ip_text
from .socket import NLM_F_CREATE, NLM_F_EXCL, attr, attr_str, attr_u32

NEWLINK, DELLINK, GETLINK, SETLINK = 16, 17, 18, 19
NEWADDR, DELADDR, GETADDR = 20, 21, 22
NEWROUTE, DELROUTE, GETROUTE = 24, 25, 26
NEWNEIGH, DELNEIGH, GETNEIGH, GETNEIGHTBL, GETNETCONF, GETNSID = 28, 29, 30, 66, 82, 90
REMOVALS = frozenset({DELLINK, DELADDR, DELROUTE})

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER, IFLA_LINKINFO = 1, 3, 4, 5, 10, 18
IFLA_AF_SPEC, IFLA_GROUP, IFLA_NET_NS_FD, IFLA_EXT_MASK = 26, 27, 28, 29
IFLA_NUM_TX_QUEUES, IFLA_NUM_RX_QUEUES, IFLA_LINK_NETNSID = 31, 32, 37
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
IFLA_TARGET_NETNSID, IFLA_PROP_LIST, IFLA_ALT_IFNAME = 46, 52, 53
IFLA_INET6_ADDR_GEN_MODE, VETH_INFO_PEER, IFLA_BR_MCAST_SNOOPING = 8, 1, 23
RTEXT_FILTER_SKIP_STATS = 8
IFLA_PROTINFO, NLA_F_NESTED = 12, 0x8000
#: options of a bridge's port, each with its attribute (IFLA_BRPORT_*) and its form; IFLA_BRPORT_MODE is hairpin
PORT_OPTIONS = {
    "hairpin": (4, struct.Struct("=B")),
    "isolated": (33, struct.Struct("=B")),
    "learning": (8, struct.Struct("=B")),
    "flood": (9, struct.Struct("=B")),
    "cost": (3, struct.Struct("=I")),
    "priority": (2, struct.Struct("=H")),
}
#: options of a bridge, as those of a port (IFLA_BR_*)
BRIDGE_OPTIONS = {
    "stp": (5, struct.Struct("=I")),
    "forward_delay": (1, struct.Struct("=I")),
    "vlan_filtering": (7, struct.Struct("=B")),
}
#: the kernel counts a bridge's delays in hundredths of a second (USER_HZ)
USER_HZ = os.sysconf("SC_CLK_TCK")

IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
IFA_F_NODAD = 0x02

RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC = 1, 4, 5, 7
RTNH_F_ONLINK = 4
ROUTE_TYPES = {"unicast": 1, "blackhole": 6, "unreachable": 7, "prohibit": 8}

IFF_UP = 1
#: the heads of messages, as rtnetlink(7) has them: of a link (family, type, number, flags, change) ...
IFINFOMSG = struct.Struct("=BxHiII")
#: ... of an address (family, prefix length, flags, scope, number of the link) ...
IFADDRMSG = struct.Struct("=BBBBI")
#: ... of a route (family, length of dst, length of src, tos, table, protocol, scope, type, flags) ...
RTMSG = struct.Struct("=BBBBBBBBI")
#: ... and of a neighbour entry (family, number of the link, state, flags, type)
NDMSG = struct.Struct("=BxxxiHBB")
NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_PROBES, NDA_IFINDEX, NDA_MASTER = 1, 2, 3, 4, 8, 9
NUD_INCOMPLETE, NUD_REACHABLE, NUD_STALE, NUD_DELAY, NUD_PROBE, NUD_FAILED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NUD_NOARP, NUD_PERMANENT = 0x40, 0x80
NTF_SELF, NTF_MASTER, NTF_PROXY = 0x02, 0x04, 0x08
GEN_MODES = {"eui64": 0, "none": 1, "random": 3}

Message = tuple[int, bytes, int]
Attrs = dict[str, Any]

_QUEUES = attr_u32(IFLA_NUM_TX_QUEUES, 1) + attr_u32(IFLA_NUM_RX_QUEUES, 1)


def _ifinfo(link: int | str = 0, up: Optional[bool] = None) -> bytes:
    """The head of a link's message; a link may be named instead of numbered."""
    change = 0 if up is None else IFF_UP
    if isinstance(link, str):
        return IFINFOMSG.pack(0, 0, 0, change if up else 0, change) + attr_str(IFLA_IFNAME, link)
    return IFINFOMSG.pack(0, 0, link, change if up else 0, change)


def packed(address: str) -> bytes:
    """An address's bytes.

    :param address: an IPv4 or IPv6 address (str).
    """
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _text_of(_family: int, data: bytes) -> str:
    return ip_text(ip_address(data))


#: the text of an address, by its family and its bytes; musl writes ``::1.2.3.4`` otherwise than glibc and the model
ntop = socket.inet_ntop if socket.inet_ntop(socket.AF_INET6, bytes(12) + b"\1\2\3\4") == "::1.2.3.4" else _text_of


def unpacked(data: bytes) -> str:
    """The address that bytes are.

    :param data: 4 or 16 bytes.
    """
    return ntop(socket.AF_INET6 if len(data) == 16 else socket.AF_INET, data)


def now() -> float:
    """The time since this kernel's start in seconds: lifetimes count by it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _mac(text: str) -> bytes:
    return attr(IFLA_ADDRESS, bytes.fromhex(text.replace(":", "")))


def _shape(name: str, attrs: Attrs) -> bytes:
    """The attributes of a new link, the same for both ends of a veth pair."""
    data = attr_str(IFLA_IFNAME, name)
    if "group" in attrs:
        data += attr_u32(IFLA_GROUP, attrs["group"])
    if attrs.get("mtu") is not None:
        data += attr_u32(IFLA_MTU, attrs["mtu"])
    if attrs.get("mac"):
        data += _mac(attrs["mac"])
    return data


def new_veth(name: str, attrs: Attrs, peer: str, peer_attrs: Attrs, peer_fd: int, bridge: int) -> Message:
    """Create a veth pair: one end here, up and on a bridge if asked, the other in its own namespace.

    :param name: the link's name (str).
    :param attrs: its attributes.
    :param peer: the name of its peer (str).
    :param peer_attrs: the attributes of its peer.
    :param peer_fd: descriptor of the peer's namespace; -1 for this one.
    :param bridge: index of this end's bridge; 0 for none.
    """
    there = _ifinfo() + _shape(peer, peer_attrs) + _QUEUES
    if peer_fd >= 0:
        there += attr_u32(IFLA_NET_NS_FD, peer_fd)
    info = attr(IFLA_INFO_KIND, b"veth") + attr(IFLA_INFO_DATA, attr(VETH_INFO_PEER, there))
    payload = _ifinfo(up=attrs["up"]) + _shape(name, attrs) + _QUEUES + attr(IFLA_LINKINFO, info)
    if bridge:
        payload += attr_u32(IFLA_MASTER, bridge)
    return NEWLINK, payload, NLM_F_CREATE | NLM_F_EXCL


def new_bridge(name: str, attrs: Attrs) -> Message:
    """Make a bridge, down and without snooping: it is raised once its ports are there.

    Raising a snooping bridge walks all its ports for each port; see :func:`snoop`.

    :param name: the link's name (str).
    :param attrs: its attributes.
    """
    return NEWLINK, _ifinfo() + _shape(name, attrs) + _snooping(0), NLM_F_CREATE | NLM_F_EXCL


def new_link(name: str, attrs: Attrs, info: bytes) -> Message:
    """Make a link of one end, down.

    :param name: the link's name (str).
    :param attrs: its attributes.
    :param info: its IFLA_LINKINFO.
    """
    return NEWLINK, _ifinfo() + _shape(name, attrs) + info, NLM_F_CREATE | NLM_F_EXCL


def snoop(link: int | str) -> Message:
    """Let a bridge snoop on multicast again, as the kernel's own default is.

    :param link: the bridge, by its index (int) or its name (str).
    """
    return NEWLINK, _ifinfo(link) + _snooping(1), 0


def stop_snooping(link: int | str) -> Message:
    """Keep a bridge that is on its way out from walking all its ports for each port that goes.

    :param link: the bridge, by its index (int) or its name (str).
    """
    return NEWLINK, _ifinfo(link) + _snooping(0), 0


def _snooping(value: int) -> bytes:
    return kind_info("bridge", attr(IFLA_BR_MCAST_SNOOPING, bytes([value])))


def set_up(link: int | str, up: bool) -> Message:
    """Raise a link or take it down.

    :param link: the link, by its index (int) or its name (str).
    :param up: whether it is to be up (bool).
    """
    return SETLINK, _ifinfo(link, up), 0


def set_group(link: int | str, group: int) -> Message:
    """Put a link into a group.

    :param link: the link, by its index (int) or its name (str).
    :param group: the group (int).
    """
    return SETLINK, _ifinfo(link) + attr_u32(IFLA_GROUP, group), 0


def set_mtu(link: int | str, mtu: int) -> Message:
    """Set a link's MTU in bytes.

    :param link: the link, by its index (int) or its name (str).
    :param mtu: the MTU (int), in bytes.
    """
    return SETLINK, _ifinfo(link) + attr_u32(IFLA_MTU, mtu), 0


def set_mac(link: int | str, mac: str) -> Message:
    """Set a link's MAC address.

    :param link: the link, by its index (int) or its name (str).
    :param mac: the address (str).
    """
    return SETLINK, _ifinfo(link) + _mac(mac), 0


def set_master(link: int | str, bridge: int) -> Message:
    """Put a link onto a bridge, or off (0).

    :param link: the link, by its index (int) or its name (str).
    :param bridge: the bridge's index (int).
    """
    return SETLINK, _ifinfo(link) + attr_u32(IFLA_MASTER, bridge), 0


def set_port(index: int, wanted: Attrs) -> Message:
    """Set options of a bridge's port.

    :param index: the port's number.
    :param wanted: options by their names in :data:`PORT_OPTIONS`.
    """
    data = _packed(PORT_OPTIONS, wanted)
    return SETLINK, IFINFOMSG.pack(socket.AF_BRIDGE, 0, index, 0, 0) + attr(IFLA_PROTINFO | NLA_F_NESTED, data), 0


def set_bridge(link: int | str, wanted: Attrs) -> Message:
    """Set options of a bridge.

    :param link: its number or its name.
    :param wanted: options by their names in :data:`BRIDGE_OPTIONS`; forward_delay in seconds.
    """
    if "forward_delay" in wanted:
        wanted = {**wanted, "forward_delay": wanted["forward_delay"] * USER_HZ}
    return set_info(link, kind_info("bridge", _packed(BRIDGE_OPTIONS, wanted)))


def set_info(link: int | str, info: bytes) -> Message:
    """Set options of a link that are its kind's own.

    :param link: its number or its name.
    :param info: its IFLA_LINKINFO, see :func:`kind_info`.
    """
    return NEWLINK, _ifinfo(link) + info, 0


def options(known: dict[str, tuple[int, struct.Struct]], found: dict[int, bytes]) -> dict[str, int]:
    """The options of a bridge or a port as the kernel tells them.

    :param known: :data:`BRIDGE_OPTIONS` or :data:`PORT_OPTIONS`.
    :param found: what it told, by attribute.
    """
    return {name: form.unpack_from(found[number])[0] for name, (number, form) in known.items() if number in found}


def _packed(known: dict[str, tuple[int, struct.Struct]], wanted: Attrs) -> bytes:
    return b"".join(attr(known[name][0], known[name][1].pack(int(value))) for name, value in wanted.items())


def kind_info(kind: str, data: bytes = b"") -> bytes:
    """What says of which kind a link is (IFLA_LINKINFO).

    :param kind: the name of the kind in ip-link(8) (str).
    :param data: its options, as attributes.
    """
    return attr(IFLA_LINKINFO, attr(IFLA_INFO_KIND, kind.encode()) + (attr(IFLA_INFO_DATA, data) if data else b""))


def set_gen_mode(link: int | str, mode: str) -> Message:
    """Say how a link makes its own IPv6 addresses; it takes effect when the link is raised afterwards.

    :param link: the link, by its index (int) or its name (str).
    :param mode: ``none``, ``eui64`` or ``random`` (str).
    """
    value = attr(IFLA_INET6_ADDR_GEN_MODE, bytes([GEN_MODES[mode]]))
    return SETLINK, _ifinfo(link) + attr(IFLA_AF_SPEC, attr(socket.AF_INET6, value)), 0


def del_link(index: int) -> Message:
    """Remove a link (and its peer).

    :param index: the link's index (int).
    """
    return DELLINK, _ifinfo(index), 0


def del_group(group: int) -> Message:
    """Remove every link of a group at once: one wait for all.

    :param group: the group (int).
    """
    return DELLINK, _ifinfo() + attr_u32(IFLA_GROUP, group), 0


def get_links() -> bytes:
    """The request for a dump of links without their counters."""
    return _ifinfo() + attr_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)


def get_link_elsewhere(index: int, nsid: int) -> bytes:
    """The request for one link of another namespace.

    :param index: the link's number there (int).
    :param nsid: the number by which the namespace that is asked knows the other one (int).
    """
    return _ifinfo(index) + attr_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) + attr_u32(IFLA_TARGET_NETNSID, nsid)


def get_link(name: str) -> bytes:
    """The request for one link.

    :param name: the link's name (str).
    """
    return get_links() + attr_str(IFLA_IFNAME, name)
