# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses: the kernel's messages as attributes and back. What the attributes cannot say is carried whole.

An address that says more than the model knows (a peer, a lifetime, a label, flags, …) has its message in ``raw``, as
hexadecimal text, without its link's number; ``until`` has the ends of its lifetimes.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Container, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._engine.lab.kinds.address import AddressKey
from ...._engine.state import Attrs, Change, Key, Objects
from ...netlink.messages import (
    DELADDR,
    GETADDR,
    IFA_F_NODAD,
    IFADDRMSG,
    NEWADDR,
    Message,
    now,
    ntop,
    packed,
)
from ...netlink.shapes import Form, Shapes
from ...netlink.socket import NLM_F_CREATE, NLM_F_EXCL, attr, attr_u32, attrs, u32
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader as LabReader
    from ..writer import Writer

_ADDRESS, _LOCAL, _LABEL, _BROADCAST, _CACHEINFO, _FLAGS, _PRIORITY, _PROTO = 1, 2, 3, 4, 6, 8, 9, 11
_PLAIN = frozenset({_ADDRESS, _LOCAL, _LABEL, _BROADCAST, _CACHEINFO, _FLAGS})
_INFO = struct.Struct("=IIII")
_INDEX = struct.Struct("=I")
_SECONDARY, _NODAD, _HOME, _DEPRECATED, _MANAGE, _NO_ROUTE, _JOIN = 0x01, 0x02, 0x10, 0x20, 0x100, 0x200, 0x400
#: flags that somebody gave an address, and those among them that the model has no word for
_GIVEN = _NODAD | _HOME | _MANAGE | _NO_ROUTE | _JOIN
_SPECIAL = _HOME | _MANAGE | _NO_ROUTE | _JOIN
_FLAG_WORDS = {_HOME: "home", _MANAGE: "mngtmpaddr", _NO_ROUTE: "noprefixroute", _JOIN: "autojoin"}
_LINK, _HOST = 253, 254
_FOREVER = 0xFFFFFFFF
#: how an address without a lifetime says so: preferred and valid
_NO_END = b"\xff" * 8
#: the number of loopback, whose own addresses say that they are the kernel's
_LO = 1
_PLAIN_LO = _PLAIN | {_PROTO}
_METRIC = {socket.AF_INET: 0, socket.AF_INET6: 256}


def get() -> bytes:
    """The request for a dump of addresses."""
    return IFADDRMSG.pack(0, 0, 0, 0, 0)


class Reader:
    """Turns the addresses of one namespace into objects.

    :param netns: the namespace's name.
    :param names: its links, by number.
    :param asked: keys of IPv6 link-local addresses that are asked for; others are the kernel's.
    :param objects: takes what is found.
    """

    def __init__(self, netns: str, names: Mapping[int, str], asked: Container[Key], objects: Objects) -> None:
        self._netns, self._names, self._asked, self._objects = netns, names, asked, objects
        self.connected = Connected()

    def take(self, body: bytes) -> None:
        """Take one message of a dump.

        :param body: the message (bytes), without its header.
        """
        common, own = _SHAPES.of(body)
        family, length, flags, scope, every, metric, plain, plain_lo = common
        (index,) = _INDEX.unpack_from(body, 4)
        dev = self._names.get(index)
        if _ADDRESS not in own or dev is None or family not in _METRIC:
            return
        address = body[own[_ADDRESS]]
        data = body[own[_LOCAL]] if _LOCAL in own else address
        key = AddressKey(self._netns, dev, f"{ntop(family, data)}/{length}")
        self.connected.append((family, dev, length, address, every, metric))
        state: Attrs = {"raw": None}
        says_all = plain if index != _LO else plain_lo
        if family == socket.AF_INET:
            state["broadcast"] = ntop(family, body[own[_BROADCAST]]) if _BROADCAST in own else None
            if flags & _SECONDARY:
                state["secondary"] = True
            says_all = says_all and _LABEL in own and body[own[_LABEL]][:-1] == dev.encode()
        elif key not in self._asked and (scope == _LINK or flags & _SECONDARY):
            return
        elif not flags & _NODAD and index != _LO:
            state["dad"] = True
        if not says_all or address != data or (_CACHEINFO in own and body[own[_CACHEINFO]][:8] != _NO_END):
            state.update(_whole(body, attrs(body, IFADDRMSG.size), every))
        self._seat(key, state)

    def _seat(self, key: Key, state: Attrs) -> None:
        """Give an address with a peer another key where the same one stands without it, or with another peer."""
        objects = self._objects
        first = objects.get(key)
        if first is None:
            objects[key] = state
        elif "other_end" in state:
            objects[key._replace(peer=state["other_end"])] = state
        else:
            objects[key._replace(peer=first["other_end"])] = first
            objects[key] = state


class _Common(NamedTuple):
    """What messages of addresses have in common: of their head, all their flags, and whether the model knows all."""

    family: int
    length: int
    flags: int
    scope: int
    every: int
    metric: Optional[bytes]
    plain: bool
    plain_lo: bool


def _common(body: bytes) -> _Common:
    family, length, flags, scope, _index = IFADDRMSG.unpack_from(body)
    found = attrs(body, IFADDRMSG.size)
    every = u32(found[_FLAGS]) if _FLAGS in found else flags
    known = not every & (_SPECIAL | _DEPRECATED)
    plain = known and found.keys() <= _PLAIN and not (family == socket.AF_INET and scope)
    return _Common(
        family, length, flags, scope, every, found.get(_PRIORITY), plain, known and found.keys() <= _PLAIN_LO
    )


_FORM = Form(
    own=frozenset({_ADDRESS, _LOCAL, _LABEL, _BROADCAST, _CACHEINFO}), same=frozenset({_FLAGS, _PRIORITY, _PROTO})
)
_SHAPES = Shapes(IFADDRMSG.pack(255, 255, 255, 255, 0), lambda _body: _FORM, _common)


class Connected:
    """The routes that the kernel makes with the addresses of a namespace, as (family, dev, dst, metric)."""

    def __init__(self) -> None:
        self._addresses: list[tuple[int, str, int, bytes, int, Optional[bytes]]] = []
        self._routes: Optional[set[tuple[int, str, str, int]]] = None
        self.append = self._addresses.append

    def __contains__(self, route: object) -> bool:
        if self._routes is None:
            self._routes = {
                (family, dev, _network(family, address, length), u32(metric) if metric else _METRIC[family])
                for family, dev, length, address, flags, metric in self._addresses
                if not flags & _NO_ROUTE
            }
        return route in self._routes


def _network(family: int, address: bytes, length: int) -> str:
    bits = 8 * len(address)
    number = int.from_bytes(address, "big") >> (bits - length) << (bits - length)
    return f"{ntop(family, number.to_bytes(len(address), 'big'))}/{length}"


def _whole(body: bytes, found: dict[int, bytes], flags: int) -> Attrs:
    """What an address has that the model has no word for."""
    family, length, _flags, scope, _index = IFADDRMSG.unpack_from(body)
    words = [word for flag, word in _FLAG_WORDS.items() if flags & flag]
    parts = [IFADDRMSG.pack(family, length, 0, scope, 0)]
    for number, data in found.items():
        if number not in (_CACHEINFO, _FLAGS):
            parts.append(attr(number, data))
    parts.append(attr_u32(_FLAGS, flags & _GIVEN))
    state: Attrs = {"raw": b"".join(parts).hex()}
    if found.get(_LOCAL, found[_ADDRESS]) != found[_ADDRESS]:
        state["other_end"] = ntop(family, found[_ADDRESS])
        words.insert(0, f"peer {state['other_end']}")
    lifetimes = _INFO.unpack_from(found[_CACHEINFO])[:2] if _CACHEINFO in found else (_FOREVER, _FOREVER)
    if flags & _DEPRECATED and lifetimes[0] == _FOREVER:
        lifetimes = (0, lifetimes[1])
    if lifetimes != (_FOREVER, _FOREVER):
        state["until"] = [None if each == _FOREVER else round(now() + each, 2) for each in lifetimes]
        words.insert(0, "a lifetime")
    if _PRIORITY in found:
        words.append(f"metric {u32(found[_PRIORITY])}")
    if _PROTO in found:
        words.append(f"protocol {found[_PROTO][0]}")
    label = found.get(_LABEL, b"").rstrip(b"\0").decode(errors="replace")
    if ":" in label:
        words.append(f"label {label}")
    if scope and family == socket.AF_INET:
        words.append(f"scope {({_LINK: 'link', _HOST: 'host'}).get(scope, scope)}")
    words += [f"attribute {number}" for number in sorted(found.keys() - _PLAIN - {_PRIORITY, _PROTO})]
    state["text"] = ", ".join(words) or "a label of its own"
    return state


# -- messages --------------------------------------------------------------------------------------------------------


def create(key: Key, state: Attrs, index: int) -> Optional[Message]:
    """Give a link an address that it does not have. IPv6 without waiting for duplicate detection, where not said.

    :param key: the object's key.
    :param state: its attributes.
    :param index: the link's index (int).
    :returns: None for one whose lifetime is over.
    """
    if state.get("raw"):
        payload = _replayed(state, index)
        return None if payload is None else (NEWADDR, payload, NLM_F_CREATE | NLM_F_EXCL)
    payload, family = _described(key, index)
    if family == socket.AF_INET6 and not state.get("dad"):
        payload += attr_u32(_FLAGS, IFA_F_NODAD)
    if state.get("broadcast"):
        payload += attr(_BROADCAST, packed(state["broadcast"]))
    return NEWADDR, payload, NLM_F_CREATE | NLM_F_EXCL


def delete(key: Key, state: Attrs, index: int) -> Message:
    """Remove this address and no other.

    :param key: the object's key.
    :param state: the object's attributes.
    :param index: the link's index (int).
    """
    if not state.get("raw"):
        return DELADDR, _described(key, index)[0], 0
    body = bytes.fromhex(state["raw"])
    found = attrs(body, 8, {_ADDRESS, _LOCAL})
    parts = [body[:4], struct.pack("=I", index), *(attr(number, data) for number, data in found.items())]
    return DELADDR, b"".join(parts), 0


def _replayed(state: Attrs, index: int) -> Optional[bytes]:
    body = bytes.fromhex(state["raw"])
    payload = body[:4] + struct.pack("=I", index) + body[8:]
    if state.get("until") is None:
        return payload
    left = [_FOREVER if end is None else max(0, round(end - now())) for end in state["until"]]
    return payload + attr(_CACHEINFO, _INFO.pack(left[0], left[1], 0, 0)) if left[1] else None


def _described(key: Key, index: int) -> tuple[bytes, int]:
    host, _slash, length = key.address.partition("/")
    data = packed(host)
    family = socket.AF_INET6 if len(data) == 16 else socket.AF_INET
    return IFADDRMSG.pack(family, int(length), 0, 0, index) + attr(_LOCAL, data) + attr(_ADDRESS, data), family


def alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two attributes are of the same address, whatever is left of their lifetimes.

    :param one: one of them.
    :param other: the attributes on the other side of the change, None where there are none.
    """
    return all((one.get(name) or None) == (other.get(name) or None) for name in ("raw", "broadcast", "dad"))


# -- in a run --------------------------------------------------------------------------------------------------------


def dump(reader: LabReader, name: str) -> None:
    """Read the addresses of a namespace, and which routes come with them.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    ours = Reader(name, reader.names[name], reader.scope.link_local, reader.objects)
    reader.connected[name] = ours.connected
    for body in reader.sockets[name].dump(GETADDR, get()):
        ours.take(body)


def _write(writer: Writer, changes: list[Change]) -> None:
    writer.routing.addresses(changes)


def _is_soon(writer: Writer, change: Change) -> bool:
    return change.key.netns not in writer.raised


REMOVE = (Part(Gone.ADDRESS, ("address",), _write),)
BUILD = (Part(Made.ADDRESS, ("address",), _write, _is_soon), Part(Made.LATE_ADDRESS, ("address",), _write))
