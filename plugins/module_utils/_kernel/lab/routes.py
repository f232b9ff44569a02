# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: the kernel's messages as objects. What the model has no word for is carried whole, see :mod:`.raw_routes`."""

from __future__ import annotations

import errno
import socket
from collections.abc import Container, Mapping
from typing import NamedTuple, Optional

from ..._engine.lab.kinds.route import KERNEL, RouteKey
from ..._engine.state import PROTOCOL, Attrs, Key, Objects
from ..netlink.messages import RTMSG, RTNH_F_ONLINK, ntop
from ..netlink.shapes import Form, Shapes
from ..netlink.socket import NetlinkError, Socket, attr, attr_u32, attrs, u32
from .raw_routes import (
    OTHER_TYPES,
    PLAIN,
    RTA_CACHEINFO,
    RTA_DST,
    RTA_GATEWAY,
    RTA_MULTIPATH,
    RTA_NH_ID,
    RTA_OIF,
    RTA_PREF,
    RTA_PREFSRC,
    RTA_PRIORITY,
    RTA_SRC,
    RTA_TABLE,
    TYPES,
    UNICAST,
    attributes,
    is_special,
    next_hops,
    usual_scope,
    whole_of,
)

GETROUTE = 26
LOCAL_TABLE = 255
_CLONED = 0x200
_ANY = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - the destination of a default route


def dump(route: Socket, family: int, table: int) -> list[bytes]:
    """The messages of a dump of routes.

    :param route: a socket of the namespace.
    :param family: AF_UNSPEC for all.
    :param table: its number; 0 for all.
    """
    near = table if table < 256 else 0
    try:
        return route.dump(GETROUTE, RTMSG.pack(family, 0, 0, 0, near, 0, 0, 0, 0) + attr_u32(RTA_TABLE, table))
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
        dst = f"{ntop(family, body[own[RTA_DST]]) if RTA_DST in own else _ANY[family]}/{body[1]}"
        dev = self._names.get(u32(body[own[RTA_OIF]])) if RTA_OIF in own else None
        key = RouteKey(self._netns, table, dst, metric)
        if table == 254 and dev:
            self.main.append((dst, dev))
        if protocol == KERNEL and key not in self._asked and self._by_itself(family, table, kind, dst, dev, metric):
            return
        state: Attrs = {**attrs_}
        if kind == UNICAST:
            state["dev"] = dev
        if RTA_GATEWAY in own:
            state["gateway"] = ntop(family, body[own[RTA_GATEWAY]])
        if RTA_PREFSRC in own:
            state["src"] = ntop(family, body[own[RTA_PREFSRC]])
        if not plain:
            _family, _length, src_length, tos, *_rest, scope, _kind, _flags = RTMSG.unpack_from(body)
            found = attrs(body, RTMSG.size)
            state.update(whole_of(body, found, self._names, scope))
            if RTA_NH_ID in found:
                self.by_next_hop.append((u32(found[RTA_NH_ID]), state))
            beside = [f"tos {tos:#04x}"] if tos else []
            beside += [f"from {_text(family, found.get(RTA_SRC)) or _ANY[family]}/{src_length}"] if src_length else []
            key = key._replace(beside=" ".join(beside))
            if table == 254 and not dev:
                self.main += [(dst, each) for each in state["devs"]]
        self._seat(key, state)

    def _by_itself(self, family: int, table: int, kind: int, dst: str, dev: Optional[str], metric: int) -> bool:
        """Whether the kernel makes a route of its own protocol by itself: with an address, or with a link."""
        return kind != UNICAST or table == LOCAL_TABLE or (family, dev or "", dst, metric) in self._connected

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
    special = scope != usual_scope(kind, RTA_GATEWAY in found) if family == socket.AF_INET else is_special(found)
    plain = not tos and not src_length and kind in TYPES and found.keys() <= PLAIN and not special
    state: Attrs = {
        "type": TYPES.get(kind) or OTHER_TYPES.get(kind, str(kind)),
        "gateway": None,
        "dev": None,
        "src": None,
        "onlink": bool(flags & RTNH_F_ONLINK),
        "protocol": protocol,
        "raw": None,
    }
    table = u32(found[RTA_TABLE]) if RTA_TABLE in found else near
    metric = u32(found[RTA_PRIORITY]) if RTA_PRIORITY in found else 0
    return _Common(family, table, metric, kind, protocol, plain, state)


def _parts(body: bytes) -> list[bytes]:
    """A route of ours and the next hops that somebody added to it: in IPv6 the kernel tells of them as one."""
    hops = attrs(body, 12, {RTA_MULTIPATH}).get(RTA_MULTIPATH)
    if hops is None:
        return [body]
    (_head, index, own), *others = next_hops(hops)
    rest = body[:12] + b"".join(part for number, part in attributes(body, RTMSG.size) if number != RTA_MULTIPATH)
    theirs = b"".join(head + data for head, _index, data in others)
    return [rest + attr_u32(RTA_OIF, index) + own, rest + attr(RTA_MULTIPATH, theirs)]


def _text(family: int, data: Optional[bytes]) -> Optional[str]:
    return None if data is None else ntop(family, data)


_FORM = Form(
    own=frozenset({RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PREFSRC}),
    same=frozenset({RTA_TABLE, RTA_PRIORITY, RTA_CACHEINFO, RTA_PREF}),
)
#: of a route's head all is looked at but the length of its destination, of its flags one
_SHAPES = Shapes(RTMSG.pack(255, 0, 255, 255, 255, 255, 255, 255, RTNH_F_ONLINK), lambda _body: _FORM, _common)
