# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record is lost, damaged or newer; a network was made by hand: a clear word, and ``adopt`` as the way on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same, comparable
from ..support.labs import absent, bridge_nat, change, star
from ..support.network import ping
from ..support.sandbox import Sandbox

RECORD = "/run/netns-lab/star.json"
LAB = bridge_nat(rules=[{"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "100"}])
ADOPT = {**LAB, "adopt": True}
#: the tutorials' way to the lab
BY_HAND = """
ip netns add red; ip netns add blue
ip link add v-net-0 type bridge; ip link set v-net-0 up; ip address add 192.168.15.5/24 dev v-net-0
n=1
for name in red blue; do
    ip link add veth-$name type veth peer name veth-$name-br
    ip link set veth-$name netns $name; ip link set veth-$name-br master v-net-0 up
    ip -n $name address add 192.168.15.$n/24 dev veth-$name
    ip -n $name link set veth-$name up; ip -n $name link set lo up
    ip -n $name route add default via 192.168.15.5
    n=$((n + 1))
done
"""


def test_a_lost_record(sandbox: Sandbox) -> None:
    """What is left after teardown is what cannot be known any more."""
    sandbox.apply("topology", LAB)
    built = comparable(sandbox.dump())
    sandbox.sh(f"rm {RECORD}")
    refused(sandbox, "topology", LAB, "Conflict", "netns.lab did not create")
    gone = sandbox.apply("topology", absent(LAB))
    assert not gone["changed"] and "v-net-0" in str(gone["warnings"]) and "adopt" in str(gone["warnings"]), gone
    assert sandbox.apply("topology", ADOPT, check=True)["plan"] == sandbox.apply("topology", ADOPT)["plan"] != []
    assert_same(built, comparable(sandbox.dump()))
    assert_nothing_to_do(sandbox, "topology", LAB)
    (lab,) = sandbox.apply("topology_info", {})["labs"]
    assert {each["name"] for each in lab["namespaces"]} == {"red", "blue"}
    sandbox.apply("topology", absent(LAB))
    assert [link["ifname"] for link in sandbox.ip("link")] == ["lo"]
    assert sandbox.namespaces() == set() and sandbox.nft() == []
    assert sandbox.sysctl("net.ipv4.ip_forward") == "1"


@pytest.mark.parametrize("text", ["", '{"version": 1, "lab', "{}", json.dumps({"version": 99, "lab": "star"})])
def test_a_record_that_cannot_be_read(sandbox: Sandbox, text: str) -> None:
    sandbox.apply("topology", LAB)
    (sandbox.scratch / "record").write_text(text, encoding="utf-8")
    sandbox.sh(f"cat {sandbox.scratch}/record >{RECORD}")
    refused(sandbox, "topology", LAB, "Conflict", "record", "adopt: true")
    refused(sandbox, "topology", ADOPT, "Conflict", "record")
    sandbox.sh(f"rm {RECORD}")
    sandbox.apply("topology", ADOPT)
    assert_nothing_to_do(sandbox, "topology", LAB)


def test_what_was_made_by_hand(sandbox: Sandbox) -> None:
    empty = comparable(sandbox.dump())
    lab = star(adopt=True)
    sandbox.sh(BY_HAND)
    before = comparable(sandbox.dump())
    error = refused(sandbox, "topology", star(), "Conflict", "red")
    assert "adopt: true" in error["msg"] and "omit it from namespaces" in error["msg"]
    # what a description says without being asked is brought about
    sandbox.sh("ip -n red link set lo down; ip link set veth-blue-br down")
    converge(sandbox, "topology", lab)
    assert ping(sandbox, "red", "192.168.15.2").answered and ping(sandbox, "red", "127.0.0.1").answered
    marked = {link["ifname"] for link in sandbox.ip("link show group 28268")}
    assert marked == {"v-net-0", "veth-red-br", "veth-blue-br"}
    assert len(sandbox.ip("route show default proto 110", "red")) == 1
    assert_nothing_to_do(sandbox, "topology", star())
    sandbox.apply("topology", absent(lab))
    sandbox.sh("umount /run/netns; rmdir /run/netns")
    assert_same(empty, comparable(sandbox.dump()))
    assert before != empty


SHAPES: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "mtu": ("", {"veths.0.mtu": 1400}, ("mtu is 1500, expected 1400", "veth-red")),
    "gateway": ("ip -n red route replace default via 192.168.15.9", {}, ("192.168.15.9", "default")),
    "bridge": ("ip link set veth-red-br nomaster", {}, ("veth-red-br", "v-net-0")),
    "kind": ("ip link del v-net-0; ip link add v-net-0 type ifb", {}, ("v-net-0", "ifb")),
    "peer": ("", {"veths.0.peer.name": "other"}, ("veth-red",)),
    "prefix length": ("ip -n red address flush dev veth-red; ip -n red address add 192.168.15.1/16 dev veth-red",
                      {}, ("it is 192.168.15.1/16, expected 192.168.15.1/24", "veths[0].addresses[0]")),
    "many things": ("ip link set veth-blue-br nomaster; ip -n red route replace default via 192.168.15.9",
                    {"veths.0.mtu": 1400, "bridges.0.stp": True},
                    ("4 entries", "stp is off, expected on", "mtu is 1500, expected 1400", "192.168.15.9",
                     "veth-blue-br")),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_of_another_shape_is_not_adopted(spared: Sandbox, name: str) -> None:
    drift, changes, words = SHAPES[name]
    spared.sh(BY_HAND + drift)
    refused(spared, "topology", change(star(adopt=True), changes), "Conflict", *words)
    spared.sh(
        "ip link del veth-red-br; ip link del veth-blue-br; ip link del v-net-0; ip netns del red; ip netns del blue"
    )


def test_what_another_lab_has_on_record_stays_with_that(sandbox: Sandbox) -> None:
    sandbox.apply("topology", star())
    told = refused(sandbox, "topology", star(name="other", adopt=True), "Conflict", "lab star")
    assert "adopt" not in told["msg"]
    sandbox.apply("topology", absent(star()))
    sandbox.apply("netns", {"name": "red"})
    refused(
        sandbox, "topology", {"name": "other", "namespaces": [{"name": "red"}], "adopt": True}, "Conflict", "single"
    )
