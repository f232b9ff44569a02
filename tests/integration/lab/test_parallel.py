# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several runs at the same time: the lock serialises them, nobody fails, nothing is lost. And what two names share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge
from ..support.dumps import assert_same
from ..support.labs import absent, bridge_nat, change, star
from ..support.network import ping
from ..support.sandbox import Sandbox

WORKERS = 4
#: an interpreter for each run, so that they do run at the same time
OWN = ["env"]


def _one_by_one(number: int) -> list[tuple[str, dict[str, Any]]]:
    """A small lab of single modules, apart from the others but for forwarding and the nft table."""
    name, net = f"n{number}", f"10.{number}.0"
    return [
        ("netns", {"name": name}),
        ("bridge", {"name": f"br{number}", "addresses": [f"{net}.254/24"]}),
        (
            "veth",
            {"name": "eth0", "netns": name, "addresses": [f"{net}.1/24"],
             "peer": {"name": f"port{number}", "bridge": f"br{number}"}},
        ),
        ("netns_route", {"netns": name, "dst": "default", "gateway": f"{net}.254"}),
        ("nat_masquerade", {"source": f"{net}.0/24", "ip_forward": True}),
        ("port_forward", {"protocol": "tcp", "port": f"800{number}", "to": f"{net}.1:80"}),
    ]  # fmt: skip


def test_single_modules_in_four_processes(sandbox: Sandbox) -> None:
    before = sandbox.dump()

    def build(number: int) -> None:
        for module, args in _one_by_one(number):
            assert sandbox.apply(module, args, wrapper=OWN)["changed"], (module, args)

    def remove(number: int) -> None:
        for module, args in reversed(_one_by_one(number)):
            assert sandbox.apply(module, {**args, "state": "absent"}, wrapper=OWN)["changed"], (module, args)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(build, range(WORKERS)))
        assert sandbox.namespaces() == {f"n{number}" for number in range(WORKERS)}
        assert ping(sandbox, "n0", "10.3.0.1").answered
        for number in range(WORKERS):
            for module, args in _one_by_one(number):
                assert sandbox.apply(module, args)["plan"] == [], (module, args)
        list(pool.map(remove, range(WORKERS)))
    assert_same(before, sandbox.dump())


def test_four_labs_at_once(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    labs = []
    for number in range(WORKERS):
        lists: dict[str, list[dict[str, Any]]] = {}
        options = {"netns": "namespaces", "bridge": "bridges", "veth": "veths", "netns_route": "routes",
                   "nat_masquerade": "masquerades", "port_forward": "port_forwards"}  # fmt: skip
        for module, args in _one_by_one(number):
            lists.setdefault(options[module], []).append(args)
        labs.append({"name": f"lab{number}", **lists})
    with ThreadPoolExecutor(WORKERS) as pool:
        assert all(done["changed"] for done in pool.map(lambda lab: sandbox.apply("topology", lab, wrapper=OWN), labs))
        for lab in labs:
            assert_nothing_to_do(sandbox, "topology", lab)
        list(pool.map(lambda lab: sandbox.apply("topology", absent(lab), wrapper=OWN), labs))
    assert_same(before, sandbox.dump())


def test_the_same_lab_from_four_sides_is_built_once(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda _number: sandbox.apply("topology", bridge_nat(), wrapper=OWN), range(WORKERS)))
    assert sorted(result["changed"] for result in done) == [False, False, False, True]


# -- names that begin alike --------------------------------------------------------------------------------------------


def test_red_is_not_red2(sandbox: Sandbox) -> None:
    sandbox.apply("netns", {"name": "red2", "hosts": "10.0.0.1 a\n"})
    before = sandbox.dump()
    assert_nothing_to_do(sandbox, "netns", {"name": "red", "state": "absent"})
    converge(sandbox, "netns", {"name": "red"})
    assert sandbox.namespaces() == {"red", "red2"}
    converge(sandbox, "netns", {"name": "red", "state": "absent"})
    assert_same(before, sandbox.dump())


NEIGHBOURS: dict[str, tuple[str, list[dict[str, Any]], dict[str, Any]]] = {
    "bridge": ("bridge", [{"name": "br10"}, {"name": "br1x"}], {"name": "br1"}),
    "veth": ("veth", [{"name": "v10", "peer": {"name": "p10"}}], {"name": "v1"}),
    "address": (
        "netns_address",
        [{"dev": "lo", "address": "10.0.0.11/32"}, {"dev": "lo", "address": "10.0.0.1/31"}],
        {"dev": "lo", "address": "10.0.0.1/32"},
    ),
    "route": (
        "netns_route",
        [{"dst": "10.0.0.0/16", "type": "blackhole"}, {"dst": "10.0.0.0/8", "type": "blackhole", "metric": 9}],
        {"dst": "10.0.0.0/8"},
    ),
    "rule": ("netns_rule", [{"priority": 100, "table": "9"}], {"priority": 10}),
    "masquerade": ("nat_masquerade", [{"source": "10.0.0.0/16"}], {"source": "10.0.0.0/8"}),
    "port_forward": (
        "port_forward",
        [{"protocol": "tcp", "port": "8080", "to": "10.0.0.1"}, {"protocol": "udp", "port": "80", "to": "10.0.0.1"}],
        {"protocol": "tcp", "port": "80"},
    ),
}


@pytest.mark.parametrize("case", NEIGHBOURS.values(), ids=list(NEIGHBOURS))
def test_what_is_alike_is_not_removed(sandbox: Sandbox, case: tuple[str, list[dict[str, Any]], dict[str, Any]]) -> None:
    module, there, asked = case
    for args in there:
        sandbox.apply(module, args)
    assert_nothing_to_do(sandbox, module, {**asked, "state": "absent"})


def test_a_lab_star_is_not_a_lab_star2(sandbox: Sandbox) -> None:
    sandbox.apply("topology", star(name="star2"))
    before = sandbox.dump()
    assert_nothing_to_do(sandbox, "topology", {"name": "star", "state": "absent"})
    other = change(
        star(("red2", "blue2"), name="star"),
        {
            "bridges.0": {"name": "v-net-01", "addresses": ["192.168.150.5/24"]},
            "veths.0.addresses.0": "192.168.150.1/24", "veths.1.addresses.0": "192.168.150.2/24",
            "veths.0.peer.bridge": "v-net-01", "veths.1.peer.bridge": "v-net-01",
            "routes.0.gateway": "192.168.150.5", "routes.1.gateway": "192.168.150.5",
        },
    )  # fmt: skip
    sandbox.apply("topology", other)
    sandbox.apply("topology", absent(other))
    assert_same(before, sandbox.dump())


# -- the most that a bridge takes --------------------------------------------------------------------------------------


def test_a_bridge_takes_1023_ports_and_not_one_more(sandbox: Sandbox) -> None:
    veths = [{"name": f"p{number}", "peer": {"name": f"q{number}", "bridge": "v-net-0"}} for number in range(1024)]
    lab = {"name": "wide", "bridges": [{"name": "v-net-0"}], "veths": veths}
    result = sandbox.module("topology", lab)
    assert result.get("failed") and result["error"]["kind"] == "InvalidArgument", result
    assert "1024 ports" in result["msg"] and "1023" in result["msg"] and "v-net-0" in result["msg"]
    assert [link["ifname"] for link in sandbox.ip("link")] == ["lo"]
    sandbox.apply("topology", {**lab, "veths": veths[:1023]})
    assert len(sandbox.ip("link show master v-net-0")) == 1023
    sandbox.sh("ip link add late type ifb")
    result = sandbox.module("bridge_port", {"dev": "late", "bridge": "v-net-0"})
    assert result.get("failed") and result["error"]["kind"] == "InvalidArgument" and "1023" in result["msg"], result
    late = sandbox.link("late")
    assert late and "master" not in late
    sandbox.apply("topology", absent(lab))
    assert {link["ifname"] for link in sandbox.ip("link")} == {"lo", "late"}
