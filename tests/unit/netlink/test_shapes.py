# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of dumps that are compared as bytes say what they say when each of them is taken apart."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from socket import AF_INET, AF_INET6, inet_pton
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Objects
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import routes
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.kinds import address
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links import dump
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import messages
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.shapes import Shapes
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr, attr_str
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr_u32 as u32

_NAMES = {1: "lo", 7: "eth0", 8: "eth1"}
#: what no reader looks at, and the kernel says anew each time
_COUNTERS, _TIMER = 23, 22


def _link(number: int = 7, timer: int = 1, hairpin: int = 0, mode: int = 1) -> bytes:
    """A veth end on a bridge."""
    six = attr(AF_INET6, u32(1, 9) + attr(messages.IFLA_INET6_ADDR_GEN_MODE, bytes([mode])))
    port = attr(4, bytes([hairpin])) + attr(_TIMER, struct.pack("=Q", timer)) + attr(8, b"\1") + u32(3, 2)
    info = attr_str(messages.IFLA_INFO_KIND, "veth") + attr_str(messages.IFLA_INFO_SLAVE_KIND, "bridge")
    return b"".join(
        (
            messages.IFINFOMSG.pack(0, 1, number, messages.IFF_UP | 0x10000, 0),
            attr_str(messages.IFLA_IFNAME, f"eth{number}"),
            u32(messages.IFLA_MTU, 1500),
            u32(messages.IFLA_GROUP, 28268),
            u32(messages.IFLA_MASTER, 2),
            u32(messages.IFLA_LINK, number + 1),
            attr(messages.IFLA_LINK_NETNSID, struct.pack("=i", number)),
            attr(_COUNTERS, struct.pack("=QQ", timer, timer)),
            attr(messages.IFLA_ADDRESS, bytes([2, 0, 0, 0, 0, number])),
            attr(messages.IFLA_LINKINFO, info + attr(messages.IFLA_INFO_SLAVE_DATA, port)),
            attr(messages.IFLA_AF_SPEC | messages.NLA_F_NESTED, six),
        )
    )


def _bridge(timer: int = 1, stp: int = 0) -> bytes:
    data = u32(1, 1500) + u32(5, stp) + attr(19, struct.pack("=Q", timer)) + attr(7, b"\0")
    info = attr_str(messages.IFLA_INFO_KIND, "bridge") + attr(messages.IFLA_INFO_DATA, data)
    head = messages.IFINFOMSG.pack(0, 1, 2, messages.IFF_UP, 0) + attr_str(messages.IFLA_IFNAME, "br0")
    return head + u32(messages.IFLA_MTU, 1500) + u32(messages.IFLA_GROUP, 0) + attr(messages.IFLA_LINKINFO, info)


def _address(text: str, dev: int = 7, lifetime: int = 0xFFFFFFFF, made: int = 5) -> bytes:
    family = AF_INET6 if ":" in text else AF_INET
    data = inet_pton(family, text)
    of_four = attr(2, data) + attr(4, data[:3] + b"\xff") + attr_str(3, _NAMES[dev]) if family == AF_INET else b""
    clock = attr(6, struct.pack("=IIII", lifetime, lifetime, made, made))
    return messages.IFADDRMSG.pack(family, 24, 0x80, 0, dev) + attr(1, data) + of_four + u32(8, 0x80) + clock


def _route(dst: str, gateway: str, dev: int = 7, metric: int = 5) -> bytes:
    family = AF_INET6 if ":" in dst else AF_INET
    head = messages.RTMSG.pack(family, 24, 0, 0, 254, 110, 0, 1, 0)
    ends = attr(1, inet_pton(family, dst)) + attr(5, inet_pton(family, gateway)) + u32(4, dev)
    return head + u32(15, 254) + u32(6, metric) + ends


def _links(body: bytes) -> Any:
    return dump._link("red", body)


def _addresses(body: bytes) -> Any:
    found: Objects = {}
    reader = address.Reader("red", _NAMES, (), found)
    reader.take(body)
    return found, reader.connected._addresses


def _routes(body: bytes) -> Any:
    found: Objects = {}
    reader = routes.Reader("red", _NAMES, (), (), found)
    reader.take(body)
    return found, reader.main, reader.by_next_hop


_CASES: dict[str, tuple[ModuleType, Callable[[bytes], Any], bytes, bytes]] = {
    "link": (dump, _links, _link(), _link(8, timer=99)),
    "bridge": (dump, _links, _bridge(), _bridge(timer=99)),
    "address": (address, _addresses, _address("10.0.0.1"), _address("10.0.0.2", 8, made=9)),
    "address of IPv6": (address, _addresses, _address("fd00::1"), _address("fd00::2", 8, made=9)),
    "route": (routes, _routes, _route("10.0.1.0", "10.0.0.1"), _route("10.0.2.0", "10.0.0.9", 8)),
    "route of IPv6": (routes, _routes, _route("fd01::", "fd00::1"), _route("fd02::", "fd00::9", 8)),
}


@pytest.fixture(params=_CASES)
def case(request: pytest.FixtureRequest) -> tuple[ModuleType, Callable[[bytes], Any], bytes, bytes]:
    return _CASES[request.param]


def _said(read: Callable[[bytes], Any], body: bytes) -> Any:
    """What a message says, or why it cannot be read."""
    try:
        return read(body)
    except (LookupError, struct.error, UnicodeError, ValueError) as error:
        return type(error)


def _new(module: ModuleType) -> Shapes:
    shapes = module._SHAPES
    return Shapes(shapes._head, shapes._form, shapes._common)


def _taken_apart(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Takes note of messages that are like none that is known."""
    found: list[bytes] = []
    act = Shapes._taken_apart

    def noted(shapes: Shapes, body: bytes, number: int) -> Any:
        found.append(body)
        return act(shapes, body, number)

    monkeypatch.setattr(Shapes, "_taken_apart", noted)
    return found


def _flipped(body: bytes) -> Iterator[bytes]:
    for place in range(len(body)):
        for bit in range(8):
            yield body[:place] + bytes([body[place] ^ 1 << bit]) + body[place + 1 :]


def test_one_like_another_is_not_taken_apart(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module, read, one, other = case
    monkeypatch.setattr(module, "_SHAPES", _new(module))
    found = _taken_apart(monkeypatch)
    first, second = read(one), read(other)
    assert found == [one]
    monkeypatch.setattr(module, "_SHAPES", _new(module))
    assert second == read(other) and first == read(one)


def test_whatever_bit_differs_is_seen(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with one that is known, a message says what it says alone."""
    module, read, one, other = case
    monkeypatch.setattr(module, "now", lambda: 0.0, raising=False)
    known = _new(module)
    for body in (*_flipped(one), *_flipped(other), one[:-4], one + other[-4:]):
        monkeypatch.setattr(module, "_SHAPES", _new(module))
        alone = _said(read, body)
        known._known.clear()
        monkeypatch.setattr(module, "_SHAPES", known)
        read(one)
        assert _said(read, body) == alone, body.hex()


@pytest.mark.parametrize("changed", [_link(hairpin=1), _link(mode=0), _bridge(stp=1)])
def test_an_option_deep_inside_is_no_ones_own(changed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    found = _taken_apart(monkeypatch)
    monkeypatch.setattr(dump, "_SHAPES", _new(dump))
    before = [_links(body) for body in (_link(), _bridge())]
    assert _links(changed) not in before and found[-1] == changed


def test_messages_of_which_each_is_another_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = _new(routes)
    for metric in range(1000):
        shapes.of(_route("10.0.1.0", "10.0.0.1", metric=metric))
    assert sum(map(len, shapes._known.values())) < 20
