# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules netns, bridge, veth and bridge_port: check, do, repeat, modify, delete; as ip shows it, back to before."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, steps
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox


def _flags(sandbox: Sandbox, name: str, netns: str = "") -> set[str]:
    link = sandbox.link(name, netns)
    assert link, f"no link {name} in {netns!r}"
    return set(link["flags"])


def _port(sandbox: Sandbox, name: str) -> dict[str, Any]:
    link = sandbox.link(name)
    assert link
    data: dict[str, Any] = link["linkinfo"]["info_slave_data"]
    return data


def test_netns(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    red = {"name": "red", "sysctls": {"net.ipv4.ip_forward": "1"}, "resolv_conf": "nameserver 192.168.15.5\n"}
    done = converge(sandbox, "netns", {**red, "hosts": "192.168.15.2 blue\n"})
    assert ("netns", "create") in steps(done)
    assert sandbox.namespaces() == {"red"}
    assert "UP" in _flags(sandbox, "lo", "red")
    assert sandbox.sysctl("net.ipv4.ip_forward", "red") == "1"
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"
    inside = sandbox.sh("ip netns exec red cat /etc/resolv.conf /etc/hosts")
    assert inside == "nameserver 192.168.15.5\n192.168.15.2 blue\n"

    other = {"sysctls": {"net.ipv4.ip_forward": "0"}, "resolv_conf": "nameserver 10.0.0.1\n"}
    converge(sandbox, "netns", {"name": "red", "lo_up": False, **other})
    assert "UP" not in _flags(sandbox, "lo", "red")
    assert sandbox.sysctl("net.ipv4.ip_forward", "red") == "0"
    assert sandbox.sh("cat /etc/netns/red/resolv.conf") == "nameserver 10.0.0.1\n"

    done = converge(sandbox, "netns", {"name": "red", "state": "absent"})
    assert ("netns", "delete") in steps(done)
    assert_same(before, sandbox.dump())


def test_options_of_netns_that_are_not_given_are_not_managed(sandbox: Sandbox) -> None:
    sandbox.apply("netns", {"name": "red", "sysctls": {"net.ipv4.ip_forward": "1"}, "hosts": "10.0.0.1 a\n"})
    assert_nothing_to_do(sandbox, "netns", {"name": "red"})
    assert sandbox.sysctl("net.ipv4.ip_forward", "red") == "1"
    assert sandbox.sh("cat /etc/netns/red/hosts") == "10.0.0.1 a\n"


def test_bridge(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    done = converge(sandbox, "bridge", {"name": "v-net-0", "addresses": ["192.168.15.5/24"]})
    assert ("bridge", "create") in steps(done)
    (link,) = (item for item in sandbox.ip("address") if item["ifname"] == "v-net-0")
    assert "UP" in link["flags"]
    assert [(info["local"], info["prefixlen"], info.get("broadcast")) for info in link["addr_info"]] == [
        ("192.168.15.5", 24, "192.168.15.255")
    ]
    pinned = link["address"]

    changed = {"name": "v-net-0", "addresses": ["192.168.15.6/24"], "mtu": 1400, "stp": True, "forward_delay": 4}
    converge(sandbox, "bridge", changed)
    now = sandbox.link("v-net-0")
    assert now and now["mtu"] == 1400 and now["address"] == pinned
    assert now["linkinfo"]["info_data"]["stp_state"] == 1
    assert now["linkinfo"]["info_data"]["forward_delay"] == 400
    assert "192.168.15.6/24" in sandbox.addresses("v-net-0")

    converge(sandbox, "bridge", {"name": "v-net-0", "up": False, "mac": "02:00:00:00:15:05"})
    now = sandbox.link("v-net-0")
    assert now and "UP" not in now["flags"] and now["address"] == "02:00:00:00:15:05" and now["mtu"] == 1400

    converge(sandbox, "bridge", {"name": "v-net-0", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_a_bridge_keeps_its_address_when_ports_come(sandbox: Sandbox) -> None:
    sandbox.apply("bridge", {"name": "v-net-0"})
    made = sandbox.link("v-net-0")
    sandbox.apply("veth", {"name": "a", "mac": "02:00:00:00:00:01", "bridge": "v-net-0", "peer": {"name": "b"}})
    now = sandbox.link("v-net-0")
    assert made and now and made["address"] == now["address"]
    sandbox.apply("bridge", {"name": "v-net-0", "state": "absent"})
    sandbox.apply("bridge", {"name": "v-net-0"})
    again = sandbox.link("v-net-0")
    assert again and again["address"] == made["address"]


def test_a_bridge_in_a_namespace(sandbox: Sandbox) -> None:
    sandbox.apply("netns", {"name": "core"})
    before = sandbox.dump()
    bridge = {"name": "br0", "netns": "core", "addresses": ["192.168.17.1/24", "2001:db8:17::1/64"]}
    converge(sandbox, "bridge", bridge)
    assert sandbox.addresses("br0", "core") == ["192.168.17.1/24", "2001:db8:17::1/64"]
    assert sandbox.link("br0") is None
    converge(sandbox, "bridge", {"name": "br0", "netns": "core", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_veth_between_two_namespaces(sandbox: Sandbox) -> None:
    for name in ("red", "blue"):
        sandbox.apply("netns", {"name": name})
    before = sandbox.dump()
    peer = {"name": "veth-blue", "netns": "blue", "addresses": ["192.168.15.2/24"]}
    veth = {"name": "veth-red", "netns": "red", "addresses": ["192.168.15.1/24"], "peer": peer}
    done = converge(sandbox, "veth", veth)
    assert ("veth", "create") in steps(done)
    for name, netns, address in (("veth-red", "red", "192.168.15.1/24"), ("veth-blue", "blue", "192.168.15.2/24")):
        assert "UP" in _flags(sandbox, name, netns)
        assert sandbox.addresses(name, netns) == [address]
        assert sandbox.link(name) is None

    changed = {**veth, "mtu": 1400, "mac": "02:00:00:00:15:01", "peer": {**peer, "up": False, "mtu": 1300}}
    converge(sandbox, "veth", changed)
    red, blue = sandbox.link("veth-red", "red"), sandbox.link("veth-blue", "blue")
    assert red and red["mtu"] == 1400 and red["address"] == "02:00:00:00:15:01"
    assert blue and blue["mtu"] == 1300 and "UP" not in blue["flags"]

    assert_nothing_to_do(sandbox, "veth", {"name": "veth-red", "netns": "red", "peer": {**peer, "up": False}})
    converge(sandbox, "veth", {"name": "veth-blue", "netns": "blue", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_veth_from_the_host_onto_a_bridge(sandbox: Sandbox) -> None:
    sandbox.apply("netns", {"name": "green"})
    for name in ("v-net-0", "v-net-1"):
        sandbox.apply("bridge", {"name": name})
    before = sandbox.dump()
    veth = {"name": "eth0", "netns": "green", "addresses": ["192.168.16.1/24"]}
    converge(sandbox, "veth", {**veth, "peer": {"name": "green-br", "bridge": "v-net-0"}})
    port = sandbox.link("green-br")
    assert port and port["master"] == "v-net-0" and "UP" in port["flags"]
    converge(sandbox, "veth", {**veth, "peer": {"name": "green-br", "bridge": "v-net-1"}})
    port = sandbox.link("green-br")
    assert port and port["master"] == "v-net-1"
    converge(sandbox, "veth", {"name": "green-br", "state": "absent"})
    assert sandbox.link("eth0", "green") is None
    assert_same(before, sandbox.dump())


def test_veth_with_both_ends_on_the_host(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    converge(sandbox, "veth", {"name": "one", "addresses": ["10.0.0.1/30"], "peer": {"name": "two"}})
    assert sandbox.addresses("one") == ["10.0.0.1/30"]
    assert {"one", "two"} <= {link["ifname"] for link in sandbox.ip("link")}
    converge(sandbox, "veth", {"name": "two", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_bridge_port_takes_any_link_on_and_off(sandbox: Sandbox) -> None:
    sandbox.sh("ip link add ifb9 type ifb; ip link set ifb9 up")
    sandbox.apply("bridge", {"name": "v-net-0"})
    before = sandbox.dump()
    options = {"hairpin": True, "isolated": True, "learning": False, "flood": False, "cost": 7, "priority": 3}
    converge(sandbox, "bridge_port", {"dev": "ifb9", "bridge": "v-net-0", **options})
    link = sandbox.link("ifb9")
    assert link and link["master"] == "v-net-0"
    shown = {"hairpin": "hairpin", "isolated": "isolated", "learning": "learning", "flood": "flood"}
    data = _port(sandbox, "ifb9")
    assert {key: data[name] for key, name in shown.items()} == {key: options[key] for key in shown}
    assert (data["cost"], data["priority"]) == (7, 3)

    converge(sandbox, "bridge_port", {"dev": "ifb9", "bridge": "v-net-0", "hairpin": False, "cost": 9})
    data = _port(sandbox, "ifb9")
    assert (data["hairpin"], data["cost"], data["isolated"], data["priority"]) == (False, 9, True, 3)

    converge(sandbox, "bridge_port", {"dev": "ifb9", "state": "absent"})
    link = sandbox.link("ifb9")
    assert link and "master" not in link
    assert_same(before, sandbox.dump())


def test_bridge_port_moves_to_another_bridge(sandbox: Sandbox) -> None:
    sandbox.sh("ip link add ifb9 type ifb; ip link add foreign type bridge")
    sandbox.apply("bridge", {"name": "v-net-0"})
    sandbox.apply("bridge_port", {"dev": "ifb9", "bridge": "v-net-0"})
    converge(sandbox, "bridge_port", {"dev": "ifb9", "bridge": "foreign"})
    link = sandbox.link("ifb9")
    assert link and link["master"] == "foreign"
    assert_nothing_to_do(sandbox, "bridge_port", {"dev": "ifb9", "bridge": "v-net-0", "state": "absent"})


@pytest.mark.parametrize(
    ("module", "args"),
    [
        ("netns", {"name": "red"}),
        ("bridge", {"name": "v-net-0"}),
        ("veth", {"name": "veth-red"}),
        ("bridge_port", {"dev": "veth-red"}),
    ],
)
def test_what_is_not_there_is_absent_already(sandbox: Sandbox, module: str, args: dict[str, Any]) -> None:
    assert_nothing_to_do(sandbox, module, {**args, "state": "absent"})


@pytest.mark.parametrize("mtu", [1400, 1500])
@pytest.mark.parametrize("ports", [1300, 1500])
def test_a_bridge_keeps_the_mtu_that_was_asked_for(sandbox: Sandbox, mtu: int, ports: int) -> None:
    """The kernel gives a bridge the least MTU of its ports, unless somebody has set it."""
    lab = {
        "bridges": [{"name": "br0", "mtu": mtu}],
        "veths": [{"name": "eth0", "mtu": ports, "peer": {"name": "port0", "mtu": ports, "bridge": "br0"}}],
    }
    converge(sandbox, "topology", lab)
    sandbox.sh(f"ip link add late type veth; ip link set late mtu {ports} master br0")
    link = sandbox.link("br0")
    assert link is not None and link["mtu"] == mtu


@pytest.mark.parametrize("netns", ["", "red"])
def test_both_ends_of_a_veth_pair_are_ports_with_options(sandbox: Sandbox, netns: str) -> None:
    """Also where both ends are in one namespace, so that either of them comes with the other."""
    place = {"netns": netns} if netns else {}
    lab = {
        "namespaces": [{"name": "red"}],
        "bridges": [{"name": f"br{number}", **place} for number in (0, 1)],
        "veths": [
            {"name": "port0", "bridge": "br0", **place, "peer": {"name": "port1", "bridge": "br1", **place}},
        ],
        "bridge_ports": [
            {"dev": "port0", "bridge": "br0", "hairpin": True, "isolated": True, "cost": 7, **place},
            {"dev": "port1", "bridge": "br1", "hairpin": True, "learning": False, "priority": 9, **place},
        ],
    }
    converge(sandbox, "topology", lab)
    one, other = (sandbox.link(name, netns) for name in ("port0", "port1"))
    assert one is not None and other is not None
    first, second = (link["linkinfo"]["info_slave_data"] for link in (one, other))
    assert (first["hairpin"], first["isolated"], first["cost"]) == (True, True, 7)
    assert (second["hairpin"], second["learning"], second["priority"]) == (True, False, 9)


@pytest.mark.parametrize("peer", [{"mtu": 1400, "bridge": "br0"}, {"bridge": "br0"}], ids=["joins", "is changed"])
def test_a_bridge_that_stands_keeps_the_mtu_that_is_asked_for_now(sandbox: Sandbox, peer: dict[str, Any]) -> None:
    """Nobody has set it before, so that it gives way to that of a port; nothing but a message tells the kernel."""
    first = {"bridges": [{"name": "br0"}], "veths": [{"name": "eth0", "peer": {"name": "port0", **peer, "mtu": 1500}}]}
    if "mtu" in peer:
        del first["veths"][0]["peer"]["bridge"]
    second = {
        "bridges": [{"name": "br0", "mtu": 1500}],
        "veths": [{"name": "eth0", "peer": {"name": "port0", "bridge": "br0", "mtu": 1400}}],
    }
    sandbox.apply("topology", first)
    converge(sandbox, "topology", second)
    link = sandbox.link("br0")
    assert link is not None and link["mtu"] == 1500
