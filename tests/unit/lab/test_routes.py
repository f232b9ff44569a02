# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes and addresses of others: what is in the way, what goes along and comes back, and the order by need."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds import route as engine
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback import rollback
from ansible_collections.netns.lab.plugins.module_utils._engine.state import PROTOCOL, Objects
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import route_messages, routes
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.kinds import address as addresses
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr, attr_u32
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, Kernel
from hypothesis import given
from hypothesis import strategies as st

from ..support.engine import apply, difference, remove, single
from ..support.host import FakeHost
from ..support.topologies import SPARE, host_of

RED: dict[str, Any] = {
    "namespaces": [{"name": "red"}],
    "veths": [{"name": "v0", "addresses": ["10.1.0.1/24"], "peer": {"name": "v1", "netns": "red"}}],
}
FOREIGN = {"type": "unicast", "gateway": "10.1.0.9", "protocol": 3, "raw": "00", "devs": ["v0"], "text": "metrics"}


@pytest.fixture
def host() -> FakeHost:
    return host_of("0", (), alien=False)


@pytest.mark.parametrize("metric", [None, 0])
def test_the_kernels_own_route_is_a_conflict_before_anything_is_touched(host: FakeHost, metric: int | None) -> None:
    route = {"dst": "10.0.2.0/24", "gateway": "10.0.2.2", **({} if metric is None else {"metric": metric})}
    before = host.dump()
    for check in (True, False):
        with pytest.raises(Conflict, match="protocol kernel"):
            apply(host, {**RED, "routes": [route]}, check=check)
    with pytest.raises(Conflict, match="protocol kernel"):
        single(host, "routes", route)
    with pytest.raises(Conflict, match="protocol kernel"):
        single(host, "routes", {"dst": "10.0.2.0/24"}, state="absent")
    assert host.dump() == before
    assert apply(host, {**RED, "routes": [{**route, "metric": 7}]}).changed


def test_a_route_to_a_subnet_that_comes_with_the_plan_is_a_conflict(host: FakeHost) -> None:
    with pytest.raises(Conflict, match="which comes with address 10.1.0.1/24"):
        apply(host, {**RED, "routes": [{"dst": "10.1.0.0/24", "gateway": "10.0.2.2"}]}, check=True)


def test_a_foreign_route_comes_back_where_a_removal_fails(host: FakeHost) -> None:
    apply(host, RED)
    for key in ((254, "10.9.0.0/24", 0), (100, "10.9.0.0/24", 5), (254, "10.9.0.0/24", 0, "tos 0x10")):
        host.kernel.route_replace("", key, dict(FOREIGN))
    host.kernel.addr_add("", "v0", "10.3.0.1/24", None, {"raw": "01", "until": [None, 5000.0], "text": "a lifetime"})
    before = host.dump()
    for number in range(12):
        host.acts, host.refuse = 0, frozenset({number})
        try:
            apply(host, {"namespaces": [{"name": "blue"}], "bridges": [{"name": "br9"}]})
        except Kernel as error:
            assert error.details["rolled_back"], error.text()
            assert difference(host.dump(), before) == []
        else:
            break
    assert not [key for key in host.kernel.space("").routes if key[1] == "10.9.0.0/24"]


def test_a_foreign_route_comes_back_where_nobody_confirms(host: FakeHost) -> None:
    apply(host, RED)
    host.kernel.route_replace("", (254, "10.9.0.0/24", 0, "tos 0x10"), dict(FOREIGN))
    host.kernel.addr_add("", "v0", "10.3.0.1/24", None, {"raw": "01", "until": [None, 5000.0], "text": "a lifetime"})
    before, host.acts = host.dump(), 0
    request = topology_request({"name": "lab", "namespaces": [{"name": "blue"}], "confirm_timeout": 60})
    run.run(request, host, False)
    assert host.waits is not None and host.dump() != before
    with host.locked(True):
        assert rollback.take_back(host, host.waits) == []
    assert difference(host.dump(), before) == []


def test_an_address_of_ours_is_made_anew_with_another_prefix_length(host: FakeHost) -> None:
    lab = {**RED, "addresses": [{"dev": SPARE, "address": "10.7.0.1/24"}]}
    apply(host, lab)
    apply(host, {**RED, "addresses": [{"dev": SPARE, "address": "10.7.0.1/16"}]})
    assert [text for text in host.kernel.link("", SPARE).addresses if text.startswith("10.7")] == ["10.7.0.1/16"]
    remove(host)
    host.kernel.addr_add("", SPARE, "10.7.0.1/20", None)
    before = host.dump()
    with pytest.raises(Conflict, match="10.7.0.1/20"):
        apply(host, lab)
    with pytest.raises(Conflict, match="10.7.0.1/20"):
        single(host, "addresses", {"dev": SPARE, "address": "10.7.0.1/24"})
    assert host.dump() == before


def test_what_goes_between_reading_and_removal_is_an_error(host: FakeHost) -> None:
    apply(host, {"routes": [{"dst": "10.9.0.0/24", "gateway": "10.0.2.2"}]})
    read = host.read

    def meddled(scope: Any) -> Any:
        state = read(scope)
        host.kernel.space("").routes.pop((254, "10.9.0.0/24", 0))
        return state

    host.read = meddled  # type: ignore[method-assign]
    with pytest.raises(Kernel, match="no route"):
        remove(host)


NEEDS = st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.sampled_from([1, 2, -1])), max_size=8)


@given(NEEDS)
def test_routes_on_a_link_come_before_those_through_a_gateway(drawn: list[tuple[int, bool, int]]) -> None:
    found = [
        (
            RouteKey("", 254, f"10.{number}.0.0/24", 0, "", place),
            {"type": "unicast", "gateway": near},
        )
        for number, through, place in drawn
        for near in ["10.0.0.1" if through else None]
    ]
    order = sorted(found, key=lambda item: engine.need(*item))
    gates = [attrs["gateway"] is not None for _key, attrs in order]
    assert gates == sorted(gates)


# -- the kernel's messages -------------------------------------------------------------------------------------------

NAMES = {3: "d0", 7: "d1"}
NUMBERS = {"d0": 13, "d1": 17, "lo": 1}


def _read(*bodies: bytes) -> Objects:
    objects: Objects = {}
    reader = routes.Reader("", NAMES, (), (), objects)
    for body in bodies:
        reader.take(body)
    return objects


def _body(more: bytes, tos: int = 0, family: int = socket.AF_INET, protocol: int = 3, flags: int = 0) -> bytes:
    dst = socket.inet_pton(family, "10.9.0.0" if family == socket.AF_INET else "fd09::")
    head = struct.pack("=BBBBBBBBI", family, 24, 0, tos, 254, protocol, 0, 1, flags)
    return head + attr_u32(15, 254) + attr(1, dst) + more


GATEWAY = attr(5, bytes([192, 0, 2, 1])) + attr_u32(4, 3)


@given(st.integers(1, 255), st.sampled_from([8, 11, 16, 19, 21, 22, 30, 40]), st.binary(min_size=4, max_size=24))
def test_what_has_no_word_is_replayed_bit_for_bit(tos: int, number: int, data: bytes) -> None:
    body = _body(GATEWAY + attr(number, data), tos, flags=16)
    [(key, attrs)] = [*_read(body).items()]
    assert key.beside == f"tos {tos:#04x}" and attrs["raw"]
    message = route_messages.create(key, attrs, NUMBERS.__getitem__)
    assert message is not None
    rest = b"" if number == 30 else GATEWAY.replace(attr_u32(4, 3), attr_u32(4, 13))
    assert message[1] == _body(rest + attr(number, data), tos)


def test_next_hops_are_carried_by_the_names_of_their_links() -> None:
    hops = b"".join(
        struct.pack("=HBBi", 16, 1, weight, index) + attr(5, bytes(4)) for weight, index in ((2, 3), (0, 7))
    )
    [(key, attrs)] = [*_read(_body(attr(9, hops))).items()]
    assert attrs["devs"] == ["d0", "d1"] and attrs["text"] == "several next hops"
    message = route_messages.create(key, attrs, NUMBERS.__getitem__)
    assert message is not None
    now = [(2, 13), (0, 17)]
    hops = b"".join(struct.pack("=HBBi", 16, 0, weight, index) + attr(5, bytes(4)) for weight, index in now)
    assert message[1] == _body(attr(9, hops))


def test_routes_of_one_place_have_keys_of_their_own_and_ours_the_plain_one() -> None:
    def of(number: int, protocol: int) -> bytes:
        return _body(attr(5, bytes([192, 0, 2, number])) + attr_u32(4, 3), protocol=protocol)

    found = _read(of(1, 3), of(2, 3), of(3, PROTOCOL), of(4, 3))
    place = RouteKey("", 254, "10.9.0.0/24", 0)
    gateways = {key: attrs["gateway"] for key, attrs in found.items()}
    assert gateways == {
        place: "192.0.2.3", place._replace(number=-1): "192.0.2.2", place._replace(number=-2): "192.0.2.1",
        place._replace(number=2): "192.0.2.4",
    }  # fmt: skip
    assert all(attrs["raw"] is None for attrs in found.values())


def test_a_lifetime_is_put_back_as_what_remains(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(addresses, "now", lambda: clock[0])
    head = struct.pack("=BBBBI", socket.AF_INET, 24, 0, 0, 3)
    data = bytes([10, 0, 0, 1])
    body = head + attr(1, data) + attr(2, data) + attr(3, b"d0\0") + attr_u32(8, 0)
    objects: Objects = {}
    addresses.Reader("", NAMES, (), objects).take(body + attr(6, struct.pack("=IIII", 100, 200, 5, 5)))
    [(key, attrs)] = [*objects.items()]
    assert attrs["until"] == [1100.0, 1200.0] and attrs["text"] == "a lifetime"
    clock[0] = 1150.0
    message = addresses.create(key, attrs, 13)
    assert message is not None and message[1].endswith(attr(6, struct.pack("=IIII", 0, 50, 0, 0)))
    clock[0] = 1201.0
    assert addresses.create(key, attrs, 13) is None
