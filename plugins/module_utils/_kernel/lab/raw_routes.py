# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that say more than the model knows: carried whole, as the kernel's message.

Such a route (next hops of another family, several of them, metrics, a lifetime, …) has its message in ``raw``, as
hexadecimal text, without what only tells of the moment. Links are taken out of it, by name, into ``devs``: one that is
made anew has another number.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Mapping

from ..._engine.state import Attrs
from ..netlink.messages import ROUTE_TYPES, RTMSG, RTNH_F_ONLINK, now
from ..netlink.socket import NLA_TYPE_MASK, attr, attr_u32, u32

RTA_DST, RTA_SRC, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_METRICS, RTA_MULTIPATH = 1, 2, 4, 5, 6, 7, 8, 9
RTA_FLOW, RTA_CACHEINFO, RTA_TABLE, RTA_VIA, RTA_NEWDST, RTA_PREF, RTA_ENCAP_TYPE, RTA_ENCAP, RTA_EXPIRES, RTA_NH_ID = (
    11,
    12,
    15,
    18,
    19,
    20,
    21,
    22,
    23,
    30,
)
#: attributes that the model has a word for, and those that tell of the moment or of a default
PLAIN = frozenset({RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_CACHEINFO, RTA_TABLE, RTA_PREF})
#: what the kernel tells of a next hop object beside its number, and takes back without it only
_OF_NEXT_HOP = frozenset({RTA_OIF, RTA_GATEWAY, RTA_MULTIPATH, RTA_VIA, RTA_ENCAP, RTA_ENCAP_TYPE, RTA_FLOW})
_WORDS = {
    RTA_METRICS: "metrics",
    RTA_MULTIPATH: "several next hops",
    RTA_FLOW: "realms",
    RTA_VIA: "a next hop of another family",
    RTA_NEWDST: "a label to swap",
    RTA_ENCAP: "an encapsulation",
}
_HOP = struct.Struct("=HBBi")
_ATTR = struct.Struct("=HH")
#: the start of rta_cacheinfo: clntref, lastuse, expires
_CACHEINFO_START = struct.Struct("=IIi")
UNICAST, NOWHERE, _LINK, UNIVERSE = 1, 255, 253, 0
TYPES = {number: name for name, number in ROUTE_TYPES.items()}
OTHER_TYPES = {2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 9: "throw", 10: "nat"}
_PREFERENCES = {1: "high", 3: "low"}
#: the kernel counts lifetimes in hundredths of a second (USER_HZ)
_HZ = 100
_TOLD = frozenset({RTA_SRC, RTA_NH_ID, RTA_ENCAP_TYPE, RTA_EXPIRES})


def next_hops(data: bytes) -> list[tuple[bytes, int, bytes]]:
    """Next hops as (head, link's number, attributes).

    :param data: the payload of RTA_MULTIPATH (bytes).
    """
    found, offset = [], 0
    while offset + 8 <= len(data):
        size, _flags, _weight, index = _HOP.unpack_from(data, offset)
        if size < 8:
            break
        found.append((data[offset : offset + 8], index, data[offset + 8 : offset + size]))
        offset += (size + 3) & ~3
    return found


def attributes(data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Attributes with their heads and padding, each with its number.

    :param data: a message (bytes).
    :param offset: where its attributes begin (int).
    """
    while offset + 4 <= len(data):
        size, kind = _ATTR.unpack_from(data, offset)
        if size < 4:
            break
        end = offset + ((size + 3) & ~3)
        yield kind & NLA_TYPE_MASK, data[offset:end].ljust(end - offset, b"\0")
        offset = end


def usual_scope(kind: int, gateway: bool) -> int:
    """The scope that the kernel, or ip-route(8), gives an IPv4 route of which nobody says it.

    :param kind: the route's type (rtm_type).
    :param gateway: whether it has a gateway (bool).
    """
    return _LINK if kind == UNICAST and not gateway else UNIVERSE


def is_special(found: dict[int, bytes]) -> bool:
    """Whether an IPv6 route has a preference or a lifetime.

    :param found: its attributes by their numbers.
    """
    return found.get(RTA_PREF, b"\0")[0] != 0 or _lifetime(found) > 0


def _lifetime(found: dict[int, bytes]) -> float:
    """What is left of an IPv6 route's lifetime in seconds; 0 for one that has none."""
    info = found.get(RTA_CACHEINFO)
    return _CACHEINFO_START.unpack_from(info)[2] / _HZ if info is not None else 0.0


def whole_of(body: bytes, found: dict[int, bytes], names: Mapping[int, str], scope: int) -> Attrs:
    """What a route has that the model has no word for: ``raw``, ``devs``, ``text`` and perhaps ``until``.

    :param body: the message (bytes), without its header.
    :param found: its attributes by their numbers.
    :param names: the links of the namespace, by number.
    :param scope: the route's scope (rtm_scope).
    """
    family, *rest, flags = RTMSG.unpack_from(body)
    head = RTMSG.pack(family, *rest, flags & RTNH_F_ONLINK)
    _length, _source, tos, _near, _protocol, _scope_given, kind = rest
    skipped = {RTA_CACHEINFO, RTA_EXPIRES} | (_OF_NEXT_HOP if RTA_NH_ID in found else set())
    raw, devs = [head], []
    for number, whole in attributes(body, RTMSG.size):
        links, part = _without_links(number, whole)
        devs += [names.get(index, "") for index in links]
        if number not in skipped:
            raw.append(part)
    state: Attrs = {"raw": b"".join(raw).hex(), "devs": devs, "text": _told(found, family, tos, scope, kind)}
    left = _lifetime(found) if family == socket.AF_INET6 else 0
    if left > 0:
        state["until"] = round(now() + left, 2)
    return state


def _without_links(number: int, whole: bytes) -> tuple[list[int], bytes]:
    """An attribute without the numbers of links that it has, and these."""
    if number == RTA_OIF:
        return [u32(whole[4:])], attr_u32(RTA_OIF, 0)
    if number != RTA_MULTIPATH:
        return [], whole
    size, kind = _ATTR.unpack_from(whole)
    hops = next_hops(whole[4:size])
    data = b""
    for head, _index, rest in hops:
        length, flags, weight, _number = _HOP.unpack(head)
        data += (_HOP.pack(length, flags & RTNH_F_ONLINK, weight, 0) + rest).ljust((length + 3) & ~3, b"\0")
    return [index for _head, index, _rest in hops], attr(kind, data)


def _told(found: dict[int, bytes], family: int, tos: int, scope: int, kind: int) -> str:
    """In words what the model has none for."""
    words = [f"tos {tos:#04x}"] if tos else []
    if RTA_SRC in found:
        words.append("a source prefix")
    if RTA_NH_ID in found:
        words.append(f"next hop object {u32(found[RTA_NH_ID])}")
    words += [word for number, word in _WORDS.items() if number in found]
    if _lifetime(found) > 0 and family == socket.AF_INET6:
        words.append("a lifetime")
    if found.get(RTA_PREF, b"\0")[0] in _PREFERENCES:
        words.append(f"preference {_PREFERENCES[found[RTA_PREF][0]]}")
    if kind not in TYPES:
        words.append(f"type {OTHER_TYPES.get(kind, kind)}")
    elif family == socket.AF_INET and scope != usual_scope(kind, RTA_GATEWAY in found) and not words:
        words.append(f"scope {scope}")
    words += [f"attribute {number}" for number in sorted(found.keys() - PLAIN - _WORDS.keys()) if number not in _TOLD]
    return ", ".join(words)


def replayed(state: Attrs, index: Callable[[str], int]) -> bytes:
    """The message of a route that is carried whole, with its links as they are numbered now.

    :param state: the object's attributes.
    :param index: gives the number of a link.
    """
    body = bytes.fromhex(state["raw"])
    devs = iter(state["devs"])
    parts = [body[:12]]
    for number, whole in attributes(body, RTMSG.size):
        if number == RTA_OIF:
            parts.append(attr_u32(RTA_OIF, index(next(devs))))
        elif number == RTA_MULTIPATH:
            hops = [
                (head[:4] + struct.pack("=i", index(next(devs))) + rest).ljust((8 + len(rest) + 3) & ~3, b"\0")
                for head, _index, rest in next_hops(whole[4:])
            ]
            parts.append(attr(number, b"".join(hops)))
        else:
            parts.append(whole)
    return b"".join(parts)
