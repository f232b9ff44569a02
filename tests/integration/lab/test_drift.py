# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody takes away or changes one thing by hand: one run repairs it to what a fresh build is, the next is empty."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ..conftest import PYTHONS
from ..support.cycles import assert_nothing_to_do, converge
from ..support.dumps import Dump, assert_same, comparable, difference
from ..support.host_groups import until
from ..support.labs import absent, bridge_nat, change
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Launcher, Sandbox

LAB = change(
    bridge_nat(),
    {
        "namespaces.1.hosts": "192.168.15.1 red\n",
        "namespaces.1.sysctls": {"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.ip_local_port_range": "40000 50000"},
        "veths.0.mtu": 1400,
        "veths.0.mac": "02:00:00:00:15:01",
        "bridge_ports": [{"dev": "veth-red-br", "bridge": "v-net-0", "isolated": False, "cost": 7}],
        "rules": [{"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "100"}],
        "routes.+": {"netns": "red", "dst": "198.51.100.0/24", "type": "blackhole", "table": "100"},
    },
)

DRIFT = {
    "namespace deleted": "ip netns del red",
    "both namespaces deleted": "ip netns del red; ip netns del blue",
    "namespace recreated by hand": "ip netns del red; ip netns add red",
    "namespace unmounted": "umount /run/netns/red",
    "mount of all namespaces private": "mount --make-private /run/netns",
    "lo down": "ip -n red link set lo down",
    "bridge deleted": "ip link del v-net-0",
    "bridge down": "ip link set v-net-0 down",
    "bridge without its address": "ip address del 192.168.15.5/24 dev v-net-0",
    "veth pair deleted": "ip link del veth-red-br",
    "veth pair deleted from inside": "ip -n red link del veth-red",
    "end inside down": "ip -n red link set veth-red down",
    "end outside down": "ip link set veth-red-br down",
    "port off its bridge": "ip link set veth-red-br nomaster",
    "port on another bridge": "ip link add br9 type bridge; ip link set veth-red-br master br9",
    "mtu": "ip -n red link set veth-red mtu 1300",
    "mac": "ip -n red link set veth-red address 02:00:00:00:99:99",
    "port's cost": "bridge link set dev veth-red-br cost 99",
    "port isolated": "bridge link set dev veth-red-br isolated on",
    "address deleted": "ip -n red address del 192.168.15.1/24 dev veth-red",
    "addresses flushed": "ip -n blue address flush dev veth-blue",
    "default route deleted": "ip -n red route del default",
    "default route turned": "ip -n red route replace default via 192.168.15.77",
    "blackhole deleted": "ip -n red route del blackhole 198.51.100.0/24 table 100",
    "rule deleted": "ip -n red rule del priority 100",
    "forwarding off": "sysctl -w net.ipv4.ip_forward=0",
    "sysctl inside": "ip netns exec blue sysctl -w net.ipv4.conf.all.rp_filter=1",
    "hosts file rewritten": "echo broken >/etc/netns/blue/hosts",
    "hosts file deleted": "rm /etc/netns/blue/hosts",
    "hosts folder deleted": "rm -r /etc/netns",
    "nft table deleted": "nft delete table inet netns_lab",
    "nft ruleset flushed": "nft flush ruleset",
    "nft table emptied": "nft flush table inet netns_lab",
    "end moved to another namespace": "ip netns add extra; ip -n red link set veth-red netns extra",
    "end renamed": "ip -n red link set veth-red down; ip -n red link set veth-red name other",
    "veth pair replaced by another": "ip link del veth-red-br; ip link add veth-red-br type veth peer name stray; "
    "ip link set veth-red-br group 28268",
}
#: the links on the host that the kernel takes away a moment after the drift, with the namespace of their other end
GONE = {
    "namespace deleted": {"veth-red-br"},
    "both namespaces deleted": {"veth-red-br", "veth-blue-br"},
    "namespace unmounted": {"veth-red-br"},
}
#: what the drift itself leaves behind and a fresh build has not
STRAY = {
    "port on another bridge": "ip link del br9",
    "end moved to another namespace": "ip netns del extra",
    "namespace recreated by hand": "",
}
REFUSED = {"namespace recreated by hand"}


class Standing(NamedTuple):
    """A host with the lab: what it was without, and what a fresh build is."""

    sandbox: Sandbox
    empty: Dump
    fresh: Dump


@pytest.fixture(scope="module")
def _kept() -> Iterator[list[Standing]]:
    """The host that the cases share, if there is one; in the end the lab goes from it without a trace."""
    kept: list[Standing] = []
    yield kept
    for host in kept:
        host.sandbox.apply("topology", absent(LAB))
        after = host.sandbox.dump()
        host.sandbox.close()
        assert_same(host.empty, after, "after all that was repaired")


@pytest.fixture
def standing(
    request: pytest.FixtureRequest,
    collections: Path,
    launchers: Callable[[str], Launcher],
    tmp_path_factory: pytest.TempPathFactory,
    _kept: list[Standing],
) -> Iterator[Standing]:
    """A host on which the lab stands as freshly built; each case leaves it so, or the next one has another."""
    if not _kept:
        sandbox = Sandbox(collections, tmp_path_factory.mktemp("standing"), launchers(PYTHONS[0]))
        empty = sandbox.dump()
        sandbox.apply("topology", LAB)
        _kept.append(Standing(sandbox, empty, comparable(sandbox.dump())))
    failed = request.session.testsfailed
    yield _kept[0]
    if request.session.testsfailed != failed:
        _kept.pop().sandbox.close()


@pytest.mark.parametrize("name", [name for name in DRIFT if name not in REFUSED])
def test_one_run_repairs_and_the_next_is_empty(standing: Standing, name: str) -> None:
    sandbox, _empty, fresh = standing
    sandbox.sh(DRIFT[name])
    gone = GONE.get(name, set())
    until(lambda: not gone & {link["ifname"] for link in sandbox.ip("link")}, f"the end of {gone}")
    assert difference(fresh, comparable(sandbox.dump())) != "", "no drift"
    converge(sandbox, "topology", LAB)
    if name in STRAY:
        sandbox.sh(STRAY[name])
    assert_same(fresh, comparable(sandbox.dump()))


def test_a_namespace_that_somebody_else_recreated_is_not_taken_over(sandbox: Sandbox) -> None:
    sandbox.apply("topology", LAB)
    sandbox.sh("ip netns del red; ip netns add red; ip -n red link add theirs type bridge")
    result = sandbox.module("topology", LAB)
    assert result.get("failed") and result["error"]["kind"] == "Conflict", result
    assert sandbox.link("theirs", "red")
    sandbox.apply("topology", absent(LAB))
    assert sandbox.namespaces() == {"red"}
    assert sandbox.link("theirs", "red")


def _nft_objects(sandbox: Sandbox) -> list[tuple[str, dict[str, object]]]:
    return [(kind, body) for item in sandbox.nft() for kind, body in item.items() if body["family"] == "inet"]


def test_any_one_part_of_the_nft_table_is_restored(sandbox: Sandbox, outside: Outside) -> None:
    """Every rule is deleted once, and every set and map emptied once; each time one run brings all of it back."""
    lab = bridge_nat()
    sandbox.apply("topology", lab)
    fresh = comparable(sandbox.dump())
    rules = [(body["chain"], body["handle"]) for kind, body in _nft_objects(sandbox) if kind == "rule"]
    maps = [(kind, body["name"]) for kind, body in _nft_objects(sandbox) if kind in {"set", "map"} and "elem" in body]
    assert rules and maps
    for index in range(len(rules)):
        now = [(body["chain"], body["handle"]) for kind, body in _nft_objects(sandbox) if kind == "rule"]
        chain, handle = now[index]
        sandbox.sh(f"nft delete rule inet netns_lab {chain} handle {handle}")
        assert sandbox.apply("topology", lab)["changed"], (chain, index)
        assert_same(fresh, comparable(sandbox.dump()), f"{chain} {index}")
    for kind, name in maps:
        sandbox.sh(f"nft flush {kind} inet netns_lab {name}")
        assert sandbox.apply("topology", lab)["changed"], name
        assert_same(fresh, comparable(sandbox.dump()), name)
    assert_nothing_to_do(sandbox, "topology", lab)
    serve(sandbox, "blue", 80)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"


def test_a_name_freed_the_moment_before_is_taken_again(sandbox: Sandbox) -> None:
    """After ``ip netns del`` the kernel keeps the names of the veth pair's ends for a while."""
    sandbox.apply("topology", bridge_nat())
    for _turn in range(3):
        sandbox.sh("ip netns del red; ip netns del blue")
        sandbox.apply("topology", bridge_nat())
        assert ping(sandbox, "red", "192.168.15.2").answered
    assert_nothing_to_do(sandbox, "topology", bridge_nat())


def test_a_process_in_a_removed_namespace_is_named(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.background(["cat"], "red")
    done = sandbox.apply("topology", absent(bridge_nat()))
    said = json.dumps(done.get("warnings"))
    assert "cat" in said and "namespace red" in said, said
    assert sandbox.namespaces() == set()
    assert sandbox.link("veth-red-br") is None
    sandbox.apply("topology", bridge_nat())
    assert ping(sandbox, "red", "192.168.15.2").answered
