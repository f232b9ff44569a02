# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Announces addresses to the neighbours of a link: gratuitous ARP (RFC 5227), unsolicited neighbour advertisements."""

from __future__ import annotations

import socket
import struct
from collections import defaultdict

from ..._engine.lab.announcing import Announcement
from ..netlink.messages import ntop
from ..netlink.namespaces import Address, Namespaces
from ..netlink.settle import settle

_ETH_P_IP, _ETH_P_ARP, _BROADCAST = 0x0800, 0x0806, b"\xff" * 6
_ARPHRD_ETHER, _ARPOP_REQUEST = 1, 1
_ARP_ETHERNET = struct.Struct("!HHBBH6s4s6s4s")
#: a neighbour advertisement: its type, the override flag, then its target and the option that has the target's MAC
_ADVERTISEMENT = struct.Struct("!BBHI16sBB6s")
_ND_NEIGHBOR_ADVERT, _OVERRIDE, _TARGET_LINK_LAYER = 136, 0x20000000, 2
#: the bytes of a MAC address and of an IPv4 address; the length of the option, in units of 8 bytes; the most hops
_MAC, _IPV4, _OPTION, _HOPS = 6, 4, 1, 255
_ALL_NODES = "ff02::1"
#: seconds to wait at most for a port that was just made to forward
_MOST = 2.0
_LATER = "neighbours with old entries find them within a minute"


def announce(wanted: list[Announcement]) -> list[str]:
    """Announce addresses, as soon as the links of their namespaces are ready to send.

    :param wanted: what is to be announced.
    :returns: what could not be announced, one text each.
    """
    asked: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for netns, dev, address in wanted:
        asked[netns][dev].add(address)
    namespaces = Namespaces()
    try:
        namespaces.visit(["", *asked])
        settle(namespaces, six=False, most=_MOST)
        return [text for netns, links in asked.items() for text in _inside(namespaces, netns, links)]
    except OSError as exc:
        return [f"addresses that moved could not be announced ({exc.strerror}): {_LATER}"]
    finally:
        namespaces.close()


def _inside(namespaces: Namespaces, netns: str, links: dict[str, set[str | None]]) -> list[str]:
    with namespaces.entered(netns):
        told = [_link(dev, namespaces[netns].own, addresses) for dev, addresses in links.items()]
    return [f"{netns}/{text}" if netns else text for text in told if text]


def _link(dev: str, own: list[Address], addresses: set[str | None]) -> str:
    """Announce addresses of one link; returns why they could not be."""
    try:
        index = socket.if_nametoindex(dev)
        for each in own:
            text = ntop(each.family, each.packed)
            if each.link == index and (None in addresses or text in addresses):
                _send(dev, each)
    except OSError as exc:
        return f"{dev}: its addresses could not be announced ({exc.strerror}): {_LATER}"
    return ""


def _send(dev: str, own: Address) -> None:
    """Send one announcement from the namespace that the thread is in."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as link:
        link.bind((dev, 0))
        mac = link.getsockname()[4]
        if len(mac) != _MAC or not any(mac):
            return
        if own.family == socket.AF_INET:
            body = _ARP_ETHERNET.pack(
                _ARPHRD_ETHER, _ETH_P_IP, _MAC, _IPV4, _ARPOP_REQUEST, mac, own.packed, bytes(_MAC), own.packed
            )
            link.sendto(body, (dev, _ETH_P_ARP, 0, 0, _BROADCAST))
            return
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, _HOPS)
        raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, own.link)
        raw.bind((socket.inet_ntop(own.family, own.packed), 0, 0, own.link))
        body = _ADVERTISEMENT.pack(_ND_NEIGHBOR_ADVERT, 0, 0, _OVERRIDE, own.packed, _TARGET_LINK_LAYER, _OPTION, mac)
        raw.sendto(body, (_ALL_NODES, 0, 0, own.link))
