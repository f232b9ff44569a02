# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: the kernel's messages as attributes and back. What the attributes cannot say is carried whole.

A route that says more than the model knows (next hops of another family, several of them, metrics, a lifetime, …) has
its message in ``raw``, as hexadecimal text, without what only tells of the moment. Links are taken out of it, by name,
into ``devs``: one that is made anew has another number.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any, NamedTuple, Optional

from ..._engine.lab.kinds.route import KERNEL, RouteKey
from ..._engine.state import PROTOCOL, Attrs, Key, Objects
from ..netlink.messages import (
    DELROUTE,
    NEWROUTE,
    ROUTE_TYPES,
    RTMSG,
    RTNH_F_ONLINK,
    Message,
    now,
    ntop,
    packed,
)
from ..netlink.shapes import Form, Shapes
from ..netlink.socket import (
    NLA_TYPE_MASK,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    NetlinkError,
    Socket,
    attr,
    attr_u32,
    attrs,
    u32,
)

GETROUTE = 26
LOCAL_TABLE = 255

_DST, _SRC, _OIF, _GATEWAY, _PRIORITY, _PREFSRC, _METRICS, _MULTIPATH = 1, 2, 4, 5, 6, 7, 8, 9
_FLOW, _CACHEINFO, _TABLE, _VIA, _NEWDST, _PREF, _ENCAP_TYPE, _ENCAP, _EXPIRES, _NH_ID = (
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
_PLAIN = frozenset({_DST, _OIF, _GATEWAY, _PRIORITY, _PREFSRC, _CACHEINFO, _TABLE, _PREF})
#: what the kernel tells of a next hop object beside its number, and takes back without it only
_OF_NEXT_HOP = frozenset({_OIF, _GATEWAY, _MULTIPATH, _VIA, _ENCAP, _ENCAP_TYPE, _FLOW})
_WORDS = {
    _METRICS: "metrics",
    _MULTIPATH: "several next hops",
    _FLOW: "realms",
    _VIA: "a next hop of another family",
    _NEWDST: "a label to swap",
    _ENCAP: "an encapsulation",
}

_HOP = struct.Struct("=HBBi")
_ATTR = struct.Struct("=HH")
#: the start of rta_cacheinfo: clntref, lastuse, expires
_RTA_CACHEINFO = struct.Struct("=IIi")
_CLONED = 0x200
_UNICAST, _NOWHERE, _LINK, _UNIVERSE = 1, 255, 253, 0
_TYPES = {number: name for name, number in ROUTE_TYPES.items()}
_OTHER_TYPES = {2: "local", 3: "broadcast", 4: "anycast", 5: "multicast", 9: "throw", 10: "nat"}
_NUMBERS = {**ROUTE_TYPES, **{name: number for number, name in _OTHER_TYPES.items()}}
_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - the destination of a default route
_PREFERENCES = {1: "high", 3: "low"}
#: the kernel counts lifetimes in hundredths of a second (USER_HZ)
_HZ = 100


def dump(route: Socket, family: int, table: int) -> list[bytes]:
    """The messages of a dump of routes.

    :param route: a socket of the namespace.
    :param family: AF_UNSPEC for all.
    :param table: its number; 0 for all.
    """
    near = table if table < 256 else 0
    try:
        return route.dump(GETROUTE, RTMSG.pack(family, 0, 0, 0, near, 0, 0, 0, 0) + attr_u32(_TABLE, table))
    except NetlinkError as exc:
        if exc.errno != errno.ENOENT:  # no such table
            raise
        return []


class Reader:
    """Turns the routes of one namespace into objects.

    :param netns: the namespace's name.
    :param names: its links, by number.
    :param asked: keys of routes that are asked for, among which the kernel's own are told.
    :param connected: the kernel's own routes that come with addresses; see :func:`.addresses.connected`.
    :param objects: takes what is found.
    :param local: whether the kernel's own of table local are looked at.
    """

    def __init__(
        self,
        netns: str,
        names: Mapping[int, str],
        asked: Container[Key],
        connected: Container[tuple[int, str, str, int]],
        objects: Objects,
        local: bool = False,
    ) -> None:
        self._netns, self._names, self._asked, self._local = netns, names, asked, local
        self._connected, self._objects = connected, objects
        #: routes by the number of the next hop object that they lead to
        self.by_next_hop: list[tuple[int, Attrs]] = []
        #: (dst, dev) of the routes of table main
        self.main: list[tuple[str, str]] = []

    def take(self, body: bytes) -> None:
        """Take one message of a dump.

        :param body: the message (bytes), without its header.
        """
        family, _length, _src, _tos, near, protocol, _scope, _kind, flags = RTMSG.unpack_from(body)
        if flags & _CLONED or family not in _ANY or (near == LOCAL_TABLE and protocol == KERNEL and not self._local):
            return
        for part in _parts(body) if family == socket.AF_INET6 and protocol == PROTOCOL else (body,):
            self._take(part)

    def _take(self, body: bytes) -> None:
        common, own = _SHAPES.of(body)
        family, table, metric, kind, protocol, plain, attrs_ = common
        dst = f"{ntop(family, body[own[_DST]]) if _DST in own else _ANY[family]}/{body[1]}"
        dev = self._names.get(u32(body[own[_OIF]])) if _OIF in own else None
        key = RouteKey(self._netns, table, dst, metric)
        if table == 254 and dev:
            self.main.append((dst, dev))
        if protocol == KERNEL and key not in self._asked and self._by_itself(family, table, kind, dst, dev, metric):
            return
        state: Attrs = {**attrs_}
        if kind == _UNICAST:
            state["dev"] = dev
        if _GATEWAY in own:
            state["gateway"] = ntop(family, body[own[_GATEWAY]])
        if _PREFSRC in own:
            state["src"] = ntop(family, body[own[_PREFSRC]])
        if not plain:
            _family, _length, src_length, tos, *_rest, scope, _kind, _flags = RTMSG.unpack_from(body)
            found = attrs(body, RTMSG.size)
            state.update(_whole(body, found, self._names, scope))
            if _NH_ID in found:
                self.by_next_hop.append((u32(found[_NH_ID]), state))
            beside = [f"tos {tos:#04x}"] if tos else []
            beside += [f"from {_text(family, found.get(_SRC)) or _ANY[family]}/{src_length}"] if src_length else []
            key = key._replace(beside=" ".join(beside))
            if table == 254 and not dev:
                self.main += [(dst, each) for each in state["devs"]]
        self._seat(key, state)

    def _by_itself(self, family: int, table: int, kind: int, dst: str, dev: Optional[str], metric: int) -> bool:
        """Whether the kernel makes a route of its own protocol by itself: with an address, or with a link."""
        return kind != _UNICAST or table == LOCAL_TABLE or (family, dev or "", dst, metric) in self._connected

    def _seat(self, key: Key, state: Attrs) -> None:
        """Give routes that the kernel has in one place keys that tell them apart.

        Ours has the plain one, else the first. Those behind it are numbered from 2 on, those before it from -1 down.
        """
        objects = self._objects
        first = objects.get(key)
        if first is None:
            objects[key] = state
            return
        number = 2
        while key._replace(number=number) in objects:
            number += 1
        if state["protocol"] != PROTOCOL or first["protocol"] == PROTOCOL:
            objects[key._replace(number=number)] = state
            return
        before = [first, *(objects.pop(key._replace(number=other)) for other in range(2, number))]
        objects[key] = state
        objects.update({key._replace(number=-number): each for number, each in enumerate(reversed(before), 1)})


class _Common(NamedTuple):
    """What messages of routes have in common: their place, whether the model knows all of them, and attributes."""

    family: int
    table: int
    metric: int
    kind: int
    protocol: int
    plain: bool
    attrs: Attrs


def _common(body: bytes) -> _Common:
    family, _length, src_length, tos, near, protocol, scope, kind, flags = RTMSG.unpack_from(body)
    found = attrs(body, RTMSG.size)
    special = scope != _scope(kind, _GATEWAY in found) if family == socket.AF_INET else _is_special(found)
    plain = not tos and not src_length and kind in _TYPES and found.keys() <= _PLAIN and not special
    state: Attrs = {
        "type": _TYPES.get(kind) or _OTHER_TYPES.get(kind, str(kind)),
        "gateway": None,
        "dev": None,
        "src": None,
        "onlink": bool(flags & RTNH_F_ONLINK),
        "protocol": protocol,
        "raw": None,
    }
    table = u32(found[_TABLE]) if _TABLE in found else near
    metric = u32(found[_PRIORITY]) if _PRIORITY in found else 0
    return _Common(family, table, metric, kind, protocol, plain, state)


_FORM = Form(own=frozenset({_DST, _OIF, _GATEWAY, _PREFSRC}), same=frozenset({_TABLE, _PRIORITY, _CACHEINFO, _PREF}))
#: of a route's head all is looked at but the length of its destination, of its flags one
_SHAPES = Shapes(RTMSG.pack(255, 0, 255, 255, 255, 255, 255, 255, RTNH_F_ONLINK), lambda _body: _FORM, _common)


def _parts(body: bytes) -> list[bytes]:
    """A route of ours and the next hops that somebody added to it: in IPv6 the kernel tells of them as one."""
    hops = attrs(body, 12, {_MULTIPATH}).get(_MULTIPATH)
    if hops is None:
        return [body]
    (_head, index, own), *others = _hops(hops)
    rest = body[:12] + b"".join(part for number, part in _attributes(body, RTMSG.size) if number != _MULTIPATH)
    theirs = b"".join(head + data for head, _index, data in others)
    return [rest + attr_u32(_OIF, index) + own, rest + attr(_MULTIPATH, theirs)]


def _hops(data: bytes) -> list[tuple[bytes, int, bytes]]:
    """Next hops as (head, link's number, attributes)."""
    found, offset = [], 0
    while offset + 8 <= len(data):
        size, _flags, _weight, index = _HOP.unpack_from(data, offset)
        if size < 8:
            break
        found.append((data[offset : offset + 8], index, data[offset + 8 : offset + size]))
        offset += (size + 3) & ~3
    return found


def _attributes(data: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Attributes with their heads and padding, each with its number."""
    while offset + 4 <= len(data):
        size, kind = _ATTR.unpack_from(data, offset)
        if size < 4:
            break
        end = offset + ((size + 3) & ~3)
        yield kind & NLA_TYPE_MASK, data[offset:end].ljust(end - offset, b"\0")
        offset = end


def _scope(kind: int, gateway: bool) -> int:
    """The scope that the kernel, or ip-route(8), gives an IPv4 route of which nobody says it."""
    return _LINK if kind == _UNICAST and not gateway else _UNIVERSE


def _is_special(found: dict[int, bytes]) -> bool:
    """Whether an IPv6 route has a preference or a lifetime."""
    return found.get(_PREF, b"\0")[0] != 0 or _lifetime(found) > 0


def _lifetime(found: dict[int, bytes]) -> float:
    """What is left of an IPv6 route's lifetime in seconds; 0 for one that has none."""
    info = found.get(_CACHEINFO)
    return _RTA_CACHEINFO.unpack_from(info)[2] / _HZ if info is not None else 0.0


def _whole(body: bytes, found: dict[int, bytes], names: Mapping[int, str], scope: int) -> Attrs:
    """What a route has that the model has no word for."""
    family, *rest, flags = RTMSG.unpack_from(body)
    head = RTMSG.pack(family, *rest, flags & RTNH_F_ONLINK)
    _length, _source, tos, _near, _protocol, _scope_given, kind = rest
    skipped = {_CACHEINFO, _EXPIRES} | (_OF_NEXT_HOP if _NH_ID in found else set())
    raw, devs = [head], []
    for number, whole in _attributes(body, RTMSG.size):
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
    if number == _OIF:
        return [u32(whole[4:])], attr_u32(_OIF, 0)
    if number != _MULTIPATH:
        return [], whole
    size, kind = _ATTR.unpack_from(whole)
    hops = _hops(whole[4:size])
    data = b""
    for head, _index, rest in hops:
        length, flags, weight, _number = _HOP.unpack(head)
        data += (_HOP.pack(length, flags & RTNH_F_ONLINK, weight, 0) + rest).ljust((length + 3) & ~3, b"\0")
    return [index for _head, index, _rest in hops], attr(kind, data)


def _told(found: dict[int, bytes], family: int, tos: int, scope: int, kind: int) -> str:
    """In words what the model has none for."""
    words = [f"tos {tos:#04x}"] if tos else []
    if _SRC in found:
        words.append("a source prefix")
    if _NH_ID in found:
        words.append(f"next hop object {u32(found[_NH_ID])}")
    words += [word for number, word in _WORDS.items() if number in found]
    if _lifetime(found) > 0 and family == socket.AF_INET6:
        words.append("a lifetime")
    if found.get(_PREF, b"\0")[0] in _PREFERENCES:
        words.append(f"preference {_PREFERENCES[found[_PREF][0]]}")
    if kind not in _TYPES:
        words.append(f"type {_OTHER_TYPES.get(kind, kind)}")
    elif family == socket.AF_INET and scope != _scope(kind, _GATEWAY in found) and not words:
        words.append(f"scope {scope}")
    words += [f"attribute {number}" for number in sorted(found.keys() - _PLAIN - _WORDS.keys()) if number not in _TOLD]
    return ", ".join(words)


_TOLD = frozenset({_SRC, _NH_ID, _ENCAP_TYPE, _EXPIRES})


# -- messages --------------------------------------------------------------------------------------------------------


def create(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route, and none where one stands; those that stand beside others come behind, or before, the first.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: gives the number of a link.
    :returns: None for one whose lifetime is over.
    """
    number = key.number
    flags = NLM_F_CREATE | (NLM_F_EXCL if number == 1 else NLM_F_APPEND if number > 1 else 0)
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, flags)


def append(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route beside others of its place.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, NLM_F_CREATE | NLM_F_APPEND)


def replace(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[Message]:
    """Make a route in place of the one that stands there alone.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = _payload(key, state, index)
    return None if payload is None else (NEWROUTE, payload, NLM_F_CREATE | NLM_F_REPLACE)


def delete(key: Key, state: Attrs, index: Callable[[str], int]) -> Message:
    """Remove this route and no other.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the index of a link by its name.
    """
    payload = _replayed(state, index) if state.get("raw") else _described(key, state, index, remove=True)
    return DELROUTE, payload, 0


def _payload(key: Key, state: Attrs, index: Callable[[str], int]) -> Optional[bytes]:
    if not state.get("raw"):
        return _described(key, state, index)
    payload = _replayed(state, index)
    if state.get("until") is None:
        return payload
    left = round(state["until"] - now())
    return payload + attr_u32(_EXPIRES, left) if left > 0 else None


def _replayed(state: Attrs, index: Callable[[str], int]) -> bytes:
    """The message of a route that is carried whole, with its links as they are numbered now."""
    body = bytes.fromhex(state["raw"])
    devs = iter(state["devs"])
    parts = [body[:12]]
    for number, whole in _attributes(body, RTMSG.size):
        if number == _OIF:
            parts.append(attr_u32(_OIF, index(next(devs))))
        elif number == _MULTIPATH:
            hops = [
                (head[:4] + struct.pack("=i", index(next(devs))) + rest).ljust((8 + len(rest) + 3) & ~3, b"\0")
                for head, _index, rest in _hops(whole[4:])
            ]
            parts.append(attr(number, b"".join(hops)))
        else:
            parts.append(whole)
    return b"".join(parts)


def _described(key: Key, state: Attrs, index: Callable[[str], int], remove: bool = False) -> bytes:
    table, dst, metric = key.table, key.dst, key.metric
    host, _slash, length = dst.partition("/")
    data = packed(host)
    family = socket.AF_INET6 if len(data) == 16 else socket.AF_INET
    kind = _NUMBERS[state["type"]]
    scope = (
        _NOWHERE
        if remove
        else _scope(kind, state.get("gateway") is not None)
        if family == socket.AF_INET
        else _UNIVERSE
    )
    flags = RTNH_F_ONLINK if state.get("onlink") else 0
    near = table if table < 256 else 0
    payload = RTMSG.pack(family, int(length), 0, 0, near, state.get("protocol") or 0, scope, kind, flags)
    payload += attr_u32(_TABLE, table)
    if int(length):
        payload += attr(_DST, data)
    if state.get("gateway"):
        payload += attr(_GATEWAY, packed(state["gateway"]))
    if state.get("src"):
        payload += attr(_PREFSRC, packed(state["src"]))
    if state.get("dev"):
        payload += attr_u32(_OIF, index(state["dev"]))
    if metric:
        payload += attr_u32(_PRIORITY, metric)
    return payload


def _text(family: int, data: Optional[bytes]) -> Optional[str]:
    return None if data is None else ntop(family, data)


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two are the same route, whatever is left of their lifetimes.

    :param one: one of them.
    :param other: the attributes on the other side of the change, None where there are none.
    """
    names = ("type", "gateway", "dev", "src", "onlink", "protocol", "raw", "devs")
    return all((one.get(name) or None) == (other.get(name) or None) for name in names)
