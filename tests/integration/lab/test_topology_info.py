# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module topology_info: what it says of a lab is what the kernel says, also after somebody changed something."""

from __future__ import annotations

from typing import Any

from ..support.dumps import assert_same
from ..support.firewalls import DOCKER
from ..support.labs import bridge_nat, change, veth_pair
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox


def _ask(sandbox: Sandbox, **args: Any) -> list[dict[str, Any]]:
    before = sandbox.dump()
    found = sandbox.module("topology_info", args)
    assert not found.get("failed") and found["changed"] is False, found
    assert sandbox.module("topology_info", args, check=True)["labs"] == found["labs"]
    assert_same(before, sandbox.dump())
    labs: list[dict[str, Any]] = found["labs"]
    return labs


def test_a_host_without_labs(sandbox: Sandbox, outside: Outside) -> None:
    assert _ask(sandbox) == []
    assert _ask(sandbox, name="star") == []


def test_one_lab_or_all(sandbox: Sandbox) -> None:
    two = change(
        veth_pair(name="two"),
        {"namespaces.0.name": "a", "namespaces.1.name": "b", "veths.0.netns": "a", "veths.0.peer.netns": "b"},
    )
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("topology", two)
    assert [lab["name"] for lab in _ask(sandbox)] == ["star", "two"]
    (lab,) = _ask(sandbox, name="two")
    assert lab["name"] == "two"
    assert {item["name"] for item in lab["namespaces"]} == {"a", "b"}
    assert {(link["netns"], link["name"]) for link in lab["links"]} == {("a", "veth-red"), ("b", "veth-blue")}


def test_every_list_agrees_with_the_kernel(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply(
        "topology", bridge_nat(rules=[{"netns": "red", "priority": 100, "from": "10.0.0.0/8", "table": "100"}])
    )
    assert ping(sandbox, "red", "192.168.15.2").answered
    (lab,) = _ask(sandbox)
    for item in lab["namespaces"]:
        assert item["inode"] == int(sandbox.sh(f"stat -L -c %i /run/netns/{item['name']}"))
        assert item["lo_up"] is True
    links = {(link["netns"], link["name"]): link for link in lab["links"]}
    assert set(links) == {
        ("", "v-net-0"), ("", "veth-red-br"), ("", "veth-blue-br"), ("red", "veth-red"), ("blue", "veth-blue")
    }  # fmt: skip
    for (netns, name), link in links.items():
        seen = sandbox.link(name, netns)
        assert seen
        assert (link["mac"], link["mtu"], link["up"]) == (seen["address"], seen["mtu"], "UP" in seen["flags"])
        assert (link["kind"], link["bridge"]) == (seen["linkinfo"]["info_kind"], seen.get("master"))
    assert links["red", "veth-red"]["peer"] == {"netns": "", "name": "veth-red-br"}
    assert links["", "veth-red-br"]["peer"] == {"netns": "red", "name": "veth-red"}
    assert {(item["netns"], item["dev"], item["address"]) for item in lab["addresses"]} == {
        ("", "v-net-0", "192.168.15.5/24"),
        ("red", "veth-red", "192.168.15.1/24"),
        ("blue", "veth-blue", "192.168.15.2/24"),
    }  # fmt: skip
    assert {(item["netns"], item["dst"], item["gateway"], item["dev"], item["table"]) for item in lab["routes"]} == {
        (name, "default", "192.168.15.5", f"veth-{name}", 254) for name in ("red", "blue")
    }
    assert [(item["netns"], item["priority"], item["from"], item["table"]) for item in lab["rules"]] == [
        ("red", 100, "10.0.0.0/8", 100)
    ]
    neighbours = {(item["netns"], item["address"]): item["mac"] for item in lab["neighbours"]}
    assert neighbours["red", "192.168.15.2"] == links["blue", "veth-blue"]["mac"]
    assert neighbours["blue", "192.168.15.1"] == links["red", "veth-red"]["mac"]
    assert [(item["source"], item["netns"], item["out_interface"]) for item in lab["masquerades"]] == [
        ("192.168.15.0/24", "", None)
    ]
    assert [(item["protocol"], item["port"], item["listen"], item["to"]) for item in lab["port_forwards"]] == [
        ("tcp", "80", None, "192.168.15.2:80")
    ]
    forwarding = [item for item in lab["sysctls"] if item["name"] == "net.ipv4.ip_forward"]
    assert [(item["netns"], item["value"], item["prior"]) for item in forwarding] == [("", "1", "0")]


def test_it_shows_what_stands_and_not_what_was_asked(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.sh(
        """
        ip -n red address add 10.8.0.1/24 dev veth-red
        ip -n red route add 10.9.0.0/16 via 10.8.0.2
        ip -n blue address flush dev veth-blue
        ip link set v-net-0 mtu 1300
        sysctl -w net.ipv4.ip_forward=0
        nft flush map inet netns_lab forward4
        """
    )
    sandbox.delete_netns("blue")
    (lab,) = _ask(sandbox)
    assert {item["name"] for item in lab["namespaces"]} == {"red"}
    addresses = {(item["netns"], item["address"]) for item in lab["addresses"]}
    assert addresses == {("", "192.168.15.5/24"), ("red", "192.168.15.1/24"), ("red", "10.8.0.1/24")}
    assert ("red", "10.9.0.0/16") in {(item["netns"], item["dst"]) for item in lab["routes"]}
    assert {link["mtu"] for link in lab["links"] if link["name"] == "v-net-0"} == {1300}
    assert [item["value"] for item in lab["sysctls"] if item["name"] == "net.ipv4.ip_forward"] == ["0"]
    assert lab["port_forwards"] == []
    assert [item["name"] for item in lab["definition"]["namespaces"]] == ["red", "blue"]


def test_it_shows_what_stands_for_a_lab_in_other_firewalls(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.run(["iptables-nft-restore"], stdin=DOCKER)
    sandbox.sh("iptables-nft -I DOCKER-USER -i eth9 -m comment --comment netns-lab-like -j ACCEPT")
    sandbox.apply("topology", bridge_nat())
    saved = sandbox.sh("iptables-nft-save -t filter").splitlines()
    ours = [line.removeprefix("-A DOCKER-USER ") for line in saved if "--comment netns-lab " in line]
    assert len(ours) >= 4
    (lab,) = _ask(sandbox)
    assert {item["place"] for item in lab["firewall_exceptions"]} == {"iptables-nft ip DOCKER-USER"}
    assert sorted(item["rule"] for item in lab["firewall_exceptions"]) == sorted(ours)
    sandbox.sh(f"iptables-nft -D DOCKER-USER {ours[0]}")
    (lab,) = _ask(sandbox)
    assert sorted(item["rule"] for item in lab["firewall_exceptions"]) == sorted(ours[1:])
    sandbox.apply("topology", {**bridge_nat(), "firewall_exceptions": "none"})
    (lab,) = _ask(sandbox)
    assert lab["firewall_exceptions"] == []
