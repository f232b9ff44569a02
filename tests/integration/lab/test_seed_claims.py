# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tutorials claim, by packets: who reaches whom, and why not where something is missing."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.labs import DROP, absent, bridge_nat, change, star, two_veth_pairs, veth_pair
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox

#: the virtual switch of the load balancer's blog post: br1 with ``brd +``, namespaces .11 and .12, gateway .10
VIRTUAL_SWITCH: dict[str, Any] = {
    "name": "switch",
    "namespaces": [{"name": "namespace1"}, {"name": "namespace2"}],
    "bridges": [{"name": "br1", "addresses": ["192.168.1.10/24"]}],
    "veths": [
        {
            "name": f"veth{number}",
            "netns": f"namespace{number}",
            "addresses": [f"192.168.1.1{number}/24"],
            "peer": {"name": f"br-veth{number}", "bridge": "br1"},
        }
        for number in (1, 2)
    ],
}
GATEWAYS = {"routes": [{"netns": f"namespace{n}", "dst": "default", "gateway": "192.168.1.10"} for n in (1, 2)]}
WAY_OUT = {"masquerades": [{"source": "192.168.1.0/24", "ip_forward": True}]}


def _neighbours(sandbox: Sandbox, netns: str = "") -> set[str]:
    return {item["dst"] for item in sandbox.ip("neigh", netns) if "lladdr" in item}


def test_everybody_in_the_bridge_lab_reaches_everybody(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    for netns, to in (
        ("red", "192.168.15.2"), ("blue", "192.168.15.1"), ("red", "192.168.15.5"), ("blue", "192.168.15.5"),
        ("", "192.168.15.1"), ("", "192.168.15.2"), ("red", "127.0.0.1"), ("red", "192.168.1.2"),
    ):  # fmt: skip
        assert ping(sandbox, netns, to).answered, (netns, to)


def test_with_nat_the_outside_answers_and_sees_the_host(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, OUTSIDE, 80)
    serve(sandbox, OUTSIDE, 53, "udp", "8.8.8.8")
    for netns in ("red", "blue"):
        assert ping(sandbox, netns, "192.168.1.3").answered
        assert ping(sandbox, netns, "8.8.8.8").answered
        assert ask(sandbox, netns, "192.168.1.3", 80) == "192.168.1.2"
        assert ask(sandbox, netns, "8.8.8.8", 53, "udp") == "192.168.1.2"


def test_traffic_inside_the_lab_is_not_translated(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, "blue", 8080)
    serve(sandbox, "", 8081)
    assert ask(sandbox, "red", "192.168.15.2", 8080) == "192.168.15.1"
    assert ask(sandbox, "red", "192.168.15.5", 8081) == "192.168.15.1"
    assert ask(sandbox, "red", "192.168.1.2", 8081) == "192.168.15.1"
    assert ask(sandbox, "", "192.168.15.2", 8080) == "192.168.15.5"


def test_without_a_default_route_the_network_is_unreachable(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(routes=[]))
    assert ping(sandbox, "red", "192.168.15.2").answered
    for to in ("192.168.1.3", "8.8.8.8"):
        said = ping(sandbox, "red", to)
        assert not said.answered and "Network is unreachable" in said.text


def test_a_route_to_the_lan_alone_reaches_the_lan_alone(sandbox: Sandbox, outside: Outside) -> None:
    routes = [{"netns": "blue", "dst": "192.168.1.0/24", "gateway": "192.168.15.5"}]
    sandbox.apply("topology", bridge_nat(routes=routes))
    assert ping(sandbox, "blue", "192.168.1.3").answered
    assert "Network is unreachable" in ping(sandbox, "blue", "8.8.8.8").text
    assert "Network is unreachable" in ping(sandbox, "red", "192.168.1.3").text


def test_with_a_route_and_no_nat_the_request_arrives_and_no_reply_does(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(masquerades=[]))
    sandbox.sh("nft add table ip count; nft add chain ip count in '{ type filter hook input priority 0; }'", OUTSIDE)
    sandbox.sh("nft add rule ip count in ip saddr 192.168.15.2 counter", OUTSIDE)
    said = ping(sandbox, "blue", "192.168.1.3", wait=0.5)
    assert not said.answered and "100% packet loss" in said.text
    (rule,) = (item["rule"]["expr"] for item in sandbox.nft(OUTSIDE) if "rule" in item)
    assert rule[-1]["counter"]["packets"] == 1
    outside.route_to("192.168.15.0/24")
    assert ping(sandbox, "blue", "192.168.1.3").answered


def test_with_forwarding_off_no_reply(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(sysctls=[]))
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"
    assert ping(sandbox, "red", "192.168.15.5").answered
    said = ping(sandbox, "red", "192.168.1.3", wait=0.5)
    assert not said.answered and "100% packet loss" in said.text
    sandbox.apply("topology", bridge_nat())
    assert ping(sandbox, "red", "192.168.1.3").answered


def test_nobody_outside_reaches_in_without_a_forward(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    serve(sandbox, "blue", 80)
    assert "Network is unreachable" in ping(sandbox, OUTSIDE, "192.168.15.2").text
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "ECONNREFUSED"


def test_arp_tables_fill_by_namespace(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", veth_pair())
    assert _neighbours(sandbox, "red") == set()
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert _neighbours(sandbox, "red") == {"192.168.15.2"}
    assert _neighbours(sandbox, "blue") == {"192.168.15.1"}
    assert not {name for name in _neighbours(sandbox) if name.startswith("192.168.15.")}
    info = sandbox.module("topology_info", {"name": "star"})
    seen = {(item["netns"], item["address"]) for item in info["labs"][0]["neighbours"]}
    assert seen == {("red", "192.168.15.2"), ("blue", "192.168.15.1")}


def test_the_host_sees_nothing_of_a_veth_pair(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    sandbox.apply("topology", veth_pair())
    after = sandbox.dump()
    for section in ("link", "route"):
        assert before[section] == after[section]
    assert "unreachable" in ping(sandbox, "", "192.168.15.1").text


@pytest.mark.parametrize(("end", "netns"), [("veth-red", "red"), ("veth-red-br", "")])
def test_deleting_one_end_deletes_the_other(sandbox: Sandbox, end: str, netns: str) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.sh(f"ip link delete {end}", netns)
    assert sandbox.link("veth-red", "red") is None
    assert sandbox.link("veth-red-br") is None


def test_the_mysql_lab_routes_between_its_subnets(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", two_veth_pairs())
    serve(sandbox, "blue", 3306)
    for netns, to in (("red", "198.51.100.2"), ("blue", "192.0.2.2"), ("", "192.0.2.2"), ("red", "198.51.100.1")):
        assert ping(sandbox, netns, to).answered
    assert ask(sandbox, "red", "198.51.100.2", 3306) == "192.0.2.2"
    assert ask(sandbox, "", "198.51.100.2", 3306) == "198.51.100.1"
    sandbox.apply("topology", two_veth_pairs(sysctls=[]))
    assert not ping(sandbox, "red", "198.51.100.2", wait=0.5).answered
    sandbox.apply("topology", two_veth_pairs(routes=[]))
    assert "Network is unreachable" in ping(sandbox, "red", "198.51.100.2").text


def test_the_bridge_step_by_step(sandbox: Sandbox) -> None:
    Outside(sandbox, "10.0.2.15", "10.0.2.2")
    sandbox.apply("topology", VIRTUAL_SWITCH)
    (bridge,) = (item for item in sandbox.ip("address") if item["ifname"] == "br1")
    assert bridge["addr_info"][0]["broadcast"] == "192.168.1.255"
    for netns, to in (("", "192.168.1.12"), ("namespace1", "192.168.1.12"), ("namespace2", "192.168.1.10")):
        assert ping(sandbox, netns, to).answered
    assert "Network is unreachable" in ping(sandbox, "namespace1", "8.8.8.8").text
    sandbox.apply("topology", {**VIRTUAL_SWITCH, **GATEWAYS})
    assert "100% packet loss" in ping(sandbox, "namespace1", "8.8.8.8", wait=0.5).text
    sandbox.apply("topology", {**VIRTUAL_SWITCH, **GATEWAYS, **WAY_OUT})
    assert ping(sandbox, "namespace1", "8.8.8.8").answered
    assert ping(sandbox, "namespace2", "8.8.8.8").answered


def test_a_namespace_without_a_route_back_hears_but_cannot_answer(sandbox: Sandbox, outside: Outside) -> None:
    lab = change(bridge_nat(port_forwards=[]), {"routes.1": DROP})
    sandbox.apply("topology", lab)
    assert ping(sandbox, "red", "8.8.8.8").answered
    assert "Network is unreachable" in ping(sandbox, "blue", "8.8.8.8").text
    sandbox.apply("topology", absent(lab))
    assert sandbox.namespaces() == set()


def test_a_port_that_is_down_carries_nothing(sandbox: Sandbox) -> None:
    """A bridge's port that nobody brought up is the tutorials' own omission; up is the default here."""
    sandbox.apply("topology", star())
    assert ping(sandbox, "red", "192.168.15.2").answered
    sandbox.apply("topology", change(star(), {"veths.1.peer.up": False}))
    assert not ping(sandbox, "red", "192.168.15.2", wait=0.5).answered
    sandbox.apply("topology", star())
    assert ping(sandbox, "red", "192.168.15.2").answered
