# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A veth pair that is wanted elsewhere: it converges to what a fresh build is, or is a named Conflict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support.cycles import converge, refused
from ..support.dumps import assert_same, comparable
from ..support.labs import DROP, Lab, absent, bridge_nat, change, star, veth_pair
from ..support.network import ping
from ..support.sandbox import Sandbox

THREE = ("red", "blue", "green")

MOVED: dict[str, tuple[Callable[[], Lab], dict[str, Any]]] = {
    "peer renamed": (star, {"veths.0.peer.name": "new-br"}),
    "end renamed": (star, {"veths.0.name": "eth0"}),
    "both renamed": (star, {"veths.0.name": "eth0", "veths.0.peer.name": "new-br"}),
    "another bridge": (
        star,
        {"bridges.+": {"name": "v-net-1"}, "veths.0.peer.bridge": "v-net-1", "routes.0": DROP},
    ),
    "names of two pairs swapped": (star, {"veths.0.peer.name": "veth-blue-br", "veths.1.peer.name": "veth-red-br"}),
    "namespaces of two pairs swapped": (
        star,
        {
            "veths.0.netns": "blue", "veths.1.netns": "red",
            "veths.0.name": "a", "veths.1.name": "b",
        },
    ),
    "onto the host": (veth_pair, {"veths.0.peer": {"name": "veth-blue", "addresses": ["192.168.15.2/24"]}}),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVED.values(), ids=[name.replace(" ", "-") for name in MOVED])
def test_a_moved_veth_pair_equals_a_fresh_build(
    sandbox: Sandbox, case: tuple[Callable[[], Lab], dict[str, Any]]
) -> None:
    lab, changes = case
    new = change(lab(), changes)
    sandbox.apply("topology", new)
    fresh = comparable(sandbox.dump())
    sandbox.apply("topology", absent(new))
    sandbox.apply("topology", lab())
    converge(sandbox, "topology", new)
    assert_same(fresh, comparable(sandbox.dump()))


def test_a_veth_pair_described_from_its_other_end_is_the_same(sandbox: Sandbox) -> None:
    sandbox.apply("topology", veth_pair())
    before = sandbox.dump()
    (veth,) = veth_pair()["veths"]
    turned = {**veth["peer"], "peer": {key: value for key, value in veth.items() if key != "peer"}}
    done = sandbox.apply("topology", veth_pair(veths=[turned]))
    assert (done["changed"], done["plan"]) == (False, [])
    after = sandbox.dump()
    assert_same({**before, "records": []}, {**after, "records": []})


def test_an_end_moves_to_another_namespace(sandbox: Sandbox) -> None:
    sandbox.apply("topology", star(THREE, routes=[]))
    moved = change(star(THREE, routes=[]), {"veths.0.netns": "green", "veths.0.name": "second"})
    converge(sandbox, "topology", moved)
    assert sandbox.addresses("second", "green") == ["192.168.15.1/24"]
    assert sandbox.link("veth-red", "red") is None
    assert ping(sandbox, "blue", "192.168.15.1").answered


@pytest.mark.parametrize(
    ("first", "second"), [(veth_pair, bridge_nat), (bridge_nat, veth_pair)], ids=["to-bridge", "to-veth-pair"]
)
def test_a_host_switches_from_one_lab_to_another(
    sandbox: Sandbox, first: Callable[[], Lab], second: Callable[[], Lab]
) -> None:
    empty = sandbox.dump()
    sandbox.apply("topology", second())
    fresh = comparable(sandbox.dump())
    sandbox.apply("topology", absent(second()))
    sandbox.apply("topology", first())
    converge(sandbox, "topology", second())
    assert_same(fresh, comparable(sandbox.dump()))
    assert ping(sandbox, "red", "192.168.15.2").answered
    sandbox.apply("topology", absent(second()))
    assert_same(empty, sandbox.dump())


def test_a_foreign_veth_pair_is_not_removed(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add red; ip link add veth-red-br type veth peer name theirs netns red")
    args = {"name": "veth-red", "peer": {"name": "veth-red-br"}}
    refused(sandbox, "veth", args, "Conflict", "veth-red-br", "did not create")


def test_a_veth_pair_of_single_modules_is_recreated(sandbox: Sandbox) -> None:
    for name in ("red", "blue"):
        sandbox.apply("netns", {"name": name})
    before = sandbox.dump()
    veth = {"name": "eth0", "netns": "red", "addresses": ["10.0.0.1/24"]}
    sandbox.apply("veth", {**veth, "peer": {"name": "out"}})
    converge(sandbox, "veth", {**veth, "peer": {"name": "out", "netns": "blue"}})
    assert sandbox.link("out") is None
    assert sandbox.link("out", "blue")
    assert sandbox.addresses("eth0", "red") == ["10.0.0.1/24"]
    converge(sandbox, "veth", {**veth, "peer": {"name": "other", "netns": "blue"}})
    assert sandbox.link("out", "blue") is None
    sandbox.apply("veth", {"name": "eth0", "netns": "red", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_a_hand_added_address_survives_what_keeps_the_veth_pair(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.sh("ip -n red address add 10.8.0.1/24 dev veth-red; ip -n red route add 10.9.0.0/16 via 10.8.0.2")
    sandbox.apply("topology", change(bridge_nat(), {"veths.0.mtu": 1400, "veths.0.addresses.0": "192.168.15.9/24"}))
    assert "10.8.0.1/24" in sandbox.addresses("veth-red", "red")
    assert [route for route in sandbox.ip("route", "red") if route["dst"] == "10.9.0.0/16"]
