# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad descriptions: each refused with its own message, which names the entry and the value; nothing is touched."""

from __future__ import annotations

from typing import Any

import pytest

from .support.cycles import refused
from .support.dumps import assert_same
from .support.labs import DROP, bridge_nat, change
from .support.network import Outside
from .support.sandbox import Sandbox

#: id -> (changes to the bridge_nat lab, the entry that the message names, the value that it shows)
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "link name of 16 bytes": ({"veths.0.name": "veth-red-0123456"}, "veths[0].name", "veth-red-0123456"),
    "link name of 15 letters in 16 bytes": ({"veths.0.name": "véth-red-012345"}, "veths[0].name", "16 bytes"),
    "peer name of 16 bytes": ({"veths.1.peer.name": "veth-blue-bridge"}, "veths[1].peer.name", "veth-blue-bridge"),
    "bridge name of 16 bytes": ({"bridges.0.name": "v-net-0123456789"}, "bridges[0].name", "v-net-0123456789"),
    "the tutorial's name with a space": ({"veths.0.peer.name": "veth-red br"}, "veths[0].peer.name", "'veth-red br'"),
    "link name with a slash": ({"veths.0.name": "veth/red"}, "veths[0].name", "'veth/red'"),
    "empty link name": ({"veths.0.name": ""}, "veths[0].name", "empty"),
    "link name of a dot": ({"veths.0.name": "."}, "veths[0].name", "'.'"),
    "link name of two dots": ({"bridges.0.name": ".."}, "bridges[0].name", "'..'"),
    "namespace name with a space": ({"namespaces.0.name": "my red"}, "namespaces[0].name", "'my red'"),
    "namespace name with a slash": ({"namespaces.0.name": "../red"}, "namespaces[0].name", "'../red'"),
    "empty namespace name": ({"namespaces.1.name": ""}, "namespaces[1].name", "empty"),
    "namespace name of a dot": ({"namespaces.0.name": "."}, "namespaces[0].name", "'.'"),
    "namespace name of two dots": ({"namespaces.0.name": ".."}, "namespaces[0].name", "'..'"),
    "namespace name of 256 bytes": ({"namespaces.0.name": "r" * 256}, "namespaces[0].name", "256 bytes"),
    "namespace given twice": ({"namespaces.1.name": "red"}, "namespaces[1]", "red"),
    "link given twice": ({"veths.1.peer.name": "veth-red-br"}, "veths[1].peer.name", "veth-red-br"),
    "address without prefix length": (
        {"veths.0.addresses.0": "192.168.15.1"}, "veths[0].addresses[0]", "'192.168.15.1'"),
    "bridge's address without prefix length": (
        {"bridges.0.addresses.0": "192.168.15.5"}, "bridges[0].addresses[0]", "'192.168.15.5'"),
    "no address at all": ({"veths.0.addresses.0": "192.168.15.300/24"}, "veths[0].addresses[0]", "192.168.15.300"),
    "prefix length out of bounds": ({"veths.0.addresses.0": "192.168.15.1/33"}, "veths[0].addresses[0]", "/33"),
    "address given twice on one link": (
        {"veths.0.addresses.+": "192.168.15.1/24"}, "veths[0].addresses[1]", "192.168.15.1/24"),
    "address given twice on one wire": (
        {"veths.1.addresses.0": "192.168.15.1/24"}, "veths[1].addresses[0]", "192.168.15.1/24"),
    "address of the bridge given again": (
        {"veths.1.addresses.0": "192.168.15.5/24"}, "veths[1].addresses[0]", "192.168.15.5/24"),
    "gateway that no link reaches": ({"routes.0.gateway": "192.168.16.5"}, "routes[0].gateway", "192.168.16.5"),
    "gateway with a prefix length": ({"routes.0.gateway": "192.168.15.5/24"}, "routes[0].gateway", "192.168.15.5/24"),
    "gateway of the other family": ({"routes.0": {"netns": "red", "dst": "10.0.0.0/8", "gateway": "fd00::1"}},
                                    "routes[0]", "fd00::1"),
    "route without a gateway or dev": ({"routes.0.gateway": DROP}, "routes[0]", "default"),
    "route with host bits": ({"routes.0.dst": "10.0.0.1/8"}, "routes[0].dst", "10.0.0.1/8"),
    "route given twice": (
        {"routes.1": {"netns": "red", "dst": "default", "gateway": "192.168.15.5"}}, "routes[1]", "red"),
    "route in a namespace that is not there": ({"routes.0.netns": "red2"}, "routes[0].netns", "red2"),
    "NAT source with host bits": (
        {"masquerades.0.source": "192.168.15.5/24"}, "masquerades[0].source", "192.168.15.5/24"),
    "NAT source that is none": ({"masquerades.0.source": "red"}, "masquerades[0].source", "'red'"),
    "NAT exclusion with host bits": (
        {"masquerades.0.exclude": ["10.0.0.1/8"]}, "masquerades[0].exclude[0]", "10.0.0.1/8"),
    "peer equal to its other end": (
        {"veths.0.peer": {"name": "veth-red", "netns": "red"}}, "veths[0].peer.name", "'veth-red'"),
    "bridge that does not exist": ({"veths.0.peer.bridge": "v-net-1"}, "veths[0].peer", "v-net-1"),
    "bridge in another namespace than the port": ({"veths.0.bridge": "v-net-0"}, "veths[0]", "v-net-0"),
    "bridge port that is not there": (
        {"bridge_ports": [{"dev": "eth9", "bridge": "v-net-0"}]}, "bridge_ports[0].dev", "eth9"),
    "bridge as a port of itself": (
        {"bridge_ports": [{"dev": "v-net-0", "bridge": "v-net-0"}]}, "bridge_ports[0].dev", "v-net-0"),
    "port on two bridges": (
        {"bridges.+": {"name": "v-net-1"}, "bridge_ports": [{"dev": "veth-red-br", "bridge": "v-net-1"}]},
        "bridge_ports[0].bridge", "v-net-1"),
    "address on a link that is not there": (
        {"addresses": [{"netns": "red", "dev": "eth9", "address": "10.0.0.1/24"}]}, "addresses[0].dev", "eth9"),
    "veth in a namespace that is not there": ({"veths.0.netns": "pink"}, "veths[0].netns", "pink"),
    "port taken by another forward": (
        {"port_forwards.+": {"protocol": "tcp", "port": "80", "to": "192.168.15.1:80"}}, "port_forwards[1].port", "80"),
    "range that takes a port of another forward": (
        {"port_forwards.+": {"protocol": "tcp", "port": "79-81", "to": "192.168.15.1"}}, "port_forwards[1].port", "80"),
    "port 0": ({"port_forwards.0.port": "0"}, "port_forwards[0].port", "'0'"),
    "port 65536": ({"port_forwards.0.port": "65536"}, "port_forwards[0].port", "65536"),
    "range upside down": ({"port_forwards.0.port": "90-80"}, "port_forwards[0].port", "90-80"),
    "port by name": ({"port_forwards.0.port": "http"}, "port_forwards[0].port", "http"),
    "forward to no address": ({"port_forwards.0.to": "blue:80"}, "port_forwards[0].to", "blue"),
    "forward that listens at the other family": (
        {"port_forwards.0.listen": ["fd00::1"]}, "port_forwards[0]", "fd00::1"),
    "multicast MAC": ({"veths.0.mac": "01:00:00:00:00:01"}, "veths[0].mac", "01:00:00:00:00:01"),
    "MAC of five bytes": ({"veths.0.mac": "02:00:00:00:01"}, "veths[0].mac", "02:00:00:00:01"),
    "MTU too small": ({"veths.0.mtu": 67}, "veths[0].mtu", "67"),
    "MTU too large": ({"veths.0.mtu": 65536}, "veths[0].mtu", "65536"),
    "sysctl outside of net": ({"sysctls.0.name": "kernel.hostname"}, "sysctls[0].name", "kernel.hostname"),
    "sysctl at two values": (
        {"sysctls.+": {"name": "net.ipv4.ip_forward", "value": "0"}}, "sysctls[1]", "net.ipv4.ip_forward"),
    "rule with host bits": (
        {"rules": [{"priority": 9, "from": "10.0.0.1/8", "table": "100"}]}, "rules[0].from", "10.0.0.1/8"),
    "rule to a table by an unknown name": ({"rules": [{"priority": 9, "table": "mine"}]}, "rules[0].table", "mine"),
    "lab name with a slash": ({"name": "../lab"}, "name", "../lab"),
    "empty lab name": ({"name": ""}, "name", "''"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD.values(), ids=[name.replace(" ", "-") for name in BAD])
def test_a_bad_entry_is_named_and_nothing_is_touched(spared: Sandbox, case: tuple[dict[str, Any], str, str]) -> None:
    changes, entry, value = case
    result = refused(spared, "topology", change(bridge_nat(), changes), "InvalidArgument", entry, value)
    assert result["error"]["object"].startswith(entry), result["error"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"port_forwards.0.protocol": DROP}, ("protocol", "port_forwards")),
        ({"port_forwards.0.protocol": "icmp"}, ("protocol", "icmp", "tcp", "udp")),
        ({"port_forwards.0.to": DROP}, ("to", "port_forwards")),
        ({"veths.0.peer": DROP}, ("peer", "veths")),
        ({"bridges.0.colour": "red"}, ("colour", "bridges")),
        ({"veths.0.mtu": "large"}, ("mtu", "large")),
    ],
    ids=["no-protocol", "unknown-protocol", "no-target", "no-peer", "unknown-option", "no-number"],
)
def test_an_entry_that_does_not_fit_its_form(spared: Sandbox, changes: dict[str, Any], words: tuple[str, ...]) -> None:
    before = spared.dump()
    result = spared.module("topology", change(bridge_nat(), changes))
    assert result.get("failed"), result
    for word in words:
        assert word in result["msg"], result["msg"]
    assert_same(before, spared.dump())


SINGLE: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "netns": ("netns", {"name": "my red"}, "name", "'my red'"),
    "netns of two dots": ("netns", {"name": ".."}, "name", "'..'"),
    "bridge": ("bridge", {"name": "v-net-0", "addresses": ["192.168.15.5"]}, "addresses[0]", "'192.168.15.5'"),
    "veth": ("veth", {"name": "a", "peer": {"name": "veth-red br"}}, "peer.name", "'veth-red br'"),
    "veth into nowhere": ("veth", {"name": "a", "peer": {"name": "b", "netns": "pink"}}, "peer", "pink"),
    "veth to itself": ("veth", {"name": "a", "peer": {"name": "a"}}, "peer.name", "'a'"),
    "veth onto no bridge": ("veth", {"name": "a", "bridge": "br9", "peer": {"name": "b"}}, "bridge", "br9"),
    "bridge_port": ("bridge_port", {"dev": "lo", "bridge": "br9"}, "bridge", "br9"),
    "bridge_port of nothing": ("bridge_port", {"dev": "eth9", "bridge": "br9"}, "dev", "eth9"),
    "netns_address": ("netns_address", {"dev": "lo", "address": "10.0.0.1"}, "address", "'10.0.0.1'"),
    "netns_address on nothing": ("netns_address", {"dev": "eth9", "address": "10.0.0.1/8"}, "dev", "eth9"),
    "netns_address in nowhere": (
        "netns_address", {"netns": "pink", "dev": "lo", "address": "10.0.0.1/8"}, "netns", "pink"),
    "netns_sysctl": ("netns_sysctl", {"name": "vm.swappiness", "value": "1"}, "name", "vm.swappiness"),
    "netns_route": ("netns_route", {"dst": "default", "gateway": "10.0.0.1"}, "gateway", "10.0.0.1"),
    "netns_rule": ("netns_rule", {"priority": 0, "table": "9"}, "priority", "0"),
    "nat_masquerade": ("nat_masquerade", {"source": "192.168.15.1/24"}, "source", "192.168.15.1/24"),
    "port_forward": ("port_forward", {"protocol": "tcp", "port": "80-", "to": "10.0.0.1"}, "port", "80-"),
}  # fmt: skip


@pytest.mark.parametrize("case", SINGLE.values(), ids=[name.replace(" ", "-") for name in SINGLE])
def test_single_modules_name_option_and_value(spared: Sandbox, case: tuple[str, dict[str, Any], str, str]) -> None:
    module, args, option, value = case
    result = refused(spared, module, args, "InvalidArgument", option, value)
    assert option in result["error"]["object"], result["error"]


def test_the_first_message_of_a_bad_lab_needs_no_kernel(sandbox: Sandbox, outside: Outside) -> None:
    """What the description alone shows is said before any read: also where the host has no nft."""
    sandbox.sh("mount --bind /dev/null $(command -v nft)")
    lab = change(bridge_nat(), {"veths.0.name": "veth-red-0123456"})
    result = sandbox.module("topology", lab)
    assert result["error"]["kind"] == "InvalidArgument"
