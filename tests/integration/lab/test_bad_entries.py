# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad descriptions: each refused with its own message, which names the entry and the value; nothing is touched."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse

from ..support.cycles import refused
from ..support.dumps import assert_same
from ..support.labs import DROP, bridge_nat, change
from ..support.network import Outside
from ..support.sandbox import Sandbox

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
    "namespace name that is true": ({"namespaces.0": {"name": True}}, "namespaces[0].name", "True"),
    "bridge name that is a number": ({"bridges.0.name": 1.5}, "bridges[0].name", "1.5"),
    "bridge name that is a list": ({"bridges.0.name": ["a"]}, "bridges[0].name", "['a']"),
    "bridge name that is a whole number": ({"bridges.0.name": 10}, "bridges[0].name", "in quotes"),
    "bridge named lo": ({"bridges.0.name": "lo"}, "bridges[0].name", "'lo'"),
    "bridge named all": ({"bridges.0.name": "all"}, "bridges[0].name", "'all'"),
    "veth named default": ({"veths.0.peer.name": "default"}, "veths[0].peer.name", "'default'"),
    "name of a megabyte": ({"bridges.0.name": "n" * 1_000_000}, "bridges[0].name", "[... 1000"),
    "address of the subnet": (
        {"veths.0.addresses.0": "192.168.15.0/24"}, "veths[0].addresses[0]", "subnet 192.168.15.0/24"),
    "broadcast address": ({"veths.0.addresses.0": "192.168.15.255/24"}, "veths[0].addresses[0]", "broadcast"),
    "limited broadcast address": ({"veths.0.addresses.0": "255.255.255.255/32"}, "veths[0].addresses[0]", "broadcast"),
    "loopback address on a veth": ({"veths.0.addresses.0": "127.0.0.2/8"}, "veths[0].addresses[0]", "loopback"),
    "IPv6 loopback address on a bridge": ({"bridges.0.addresses.0": "::1/128"}, "bridges[0].addresses[0]", "loopback"),
    "IPv4-mapped address": (
        {"veths.0.addresses.0": "::ffff:192.168.15.1/120"}, "veths[0].addresses[0]", "write 192.168.15.1"),
    "multicast address": ({"veths.0.addresses.0": "224.0.0.5/24"}, "veths[0].addresses[0]", "multicast"),
    "gateway for everybody": ({"routes.0.gateway": "255.255.255.255"}, "routes[0].gateway", "limited broadcast"),
    "broadcast outside of its subnet": (
        {"addresses": [{"dev": "v-net-0", "address": "10.9.0.1/24", "broadcast": "10.8.0.255"}]},
        "addresses[0].broadcast", "10.8.0.255"),
    "span where nobody has cut the lab": ({"span": {"hosts": ["one", "two"]}}, "span", "on the controller"),
    "VXLAN over the bridge that it is a port of": (
        {"vxlans": [{"name": "vx", "id": 5, "local": "192.168.15.5", "remotes": ["192.168.15.9"], "bridge": "v-net-0",
                     "mtu": 1450}]}, "vxlans[0].bridge", "192.168.15.5"),
    "unknown option of an entry": ({"bridges.0.colour": "red"}, "bridges[0].colour", "'colour'"),
    "missing option of an entry": ({"veths.0.peer": DROP}, "veths[0].peer", "nothing"),
    "text that is no number": ({"veths.0.mtu": "large"}, "veths[0].mtu", "'large'"),
    "text that is no switch": ({"veths.0.up": "maybe"}, "veths[0].up", "true or false"),
    "protocol that nobody forwards": ({"port_forwards.0.protocol": "icmp"}, "port_forwards[0].protocol", "tcp, udp"),
    "list that is none": ({"veths": True}, "veths", "a list"),
    "entry that is none": ({"veths.0": 5}, "veths[0]", "a dictionary"),
    "lab name with a slash": ({"name": "../lab"}, "name", "../lab"),
    "empty lab name": ({"name": ""}, "name", "''"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD.values(), ids=[name.replace(" ", "-") for name in BAD])
def test_a_bad_entry_is_named_and_nothing_is_touched(spared: Sandbox, case: tuple[dict[str, Any], str, str]) -> None:
    changes, entry, value = case
    result = refused(spared, "topology", change(bridge_nat(), changes), "InvalidArgument", entry, value)
    assert result["error"]["object"].startswith(entry), result["error"]


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
    "netns_address for everybody": ("netns_address", {"dev": "lo", "address": "10.9.0.255/24"}, "address", "broadcast"),
    "bridge that is true": ("bridge", {"name": True}, "name", "in quotes"),
    "veth whose peer is a list": ("veth", {"name": "a", "peer": ["b"]}, "peer", "['b']"),
    "netns_route": ("netns_route", {"dst": "10.99.0.0/16", "gateway": "10.0.0.1"}, "gateway", "10.0.0.1"),
    "netns_rule": ("netns_rule", {"priority": 0, "table": "9"}, "priority", "0"),
    "nat_masquerade": ("nat_masquerade", {"source": "192.168.15.1/24"}, "source", "192.168.15.1/24"),
    "port_forward": ("port_forward", {"protocol": "tcp", "port": "80-", "to": "10.0.0.1"}, "port", "80-"),
}  # fmt: skip


#: those whose fault a task before may mend: with --check it is a warning
TO_COME = ("veth into nowhere", "veth onto no bridge", "bridge_port", "bridge_port of nothing",
           "netns_address on nothing", "netns_address in nowhere", "netns_route")  # fmt: skip


@pytest.mark.parametrize("name", SINGLE, ids=[name.replace(" ", "-") for name in SINGLE])
def test_single_modules_name_option_and_value(spared: Sandbox, name: str) -> None:
    module, args, option, value = SINGLE[name]
    if name not in TO_COME:
        result = refused(spared, module, args, "InvalidArgument", option, value)
        assert option in result["error"]["object"], result["error"]
        return
    before = spared.dump()
    checked, result = spared.apply(module, args, check=True), spared.module(module, args)
    assert checked["changed"] is True and value in str(checked["warnings"])
    assert result["error"]["kind"] == "InvalidArgument" and option in result["error"]["object"], result
    assert value in result["msg"]
    assert_same(before, spared.dump())


def test_the_first_message_of_a_bad_lab_needs_no_kernel(sandbox: Sandbox, outside: Outside) -> None:
    """What the description alone shows is said before any read: also where the host has no nft."""
    sandbox.sh("mount --bind /dev/null $(command -v nft)")
    lab = change(bridge_nat(), {"veths.0.name": "veth-red-0123456"})
    result = sandbox.module("topology", lab)
    assert result["error"]["kind"] == "InvalidArgument"


def _odd(text: str, number: int, *without: str) -> dict[str, Any]:
    """A lab with a text wherever one can stand, the names made different by a number."""
    bridge, port, veth = (f"{letter}{number:02x}{text[:9]}" for letter in "bpv")
    subnet = f"10.9.{number}"
    lab = {
        "namespaces": [{"name": text, "resolv_conf": text, "hosts": text}],
        "bridges": [{"name": bridge, "addresses": [f"{subnet}.1/24"]}],
        "veths": [
            {"name": veth, "netns": text, "addresses": [f"{subnet}.2/24"], "peer": {"name": port, "bridge": bridge}}
        ],
        "routes": [{"netns": text, "dst": "default", "gateway": f"{subnet}.1"}],
        "masquerades": [{"source": f"{subnet}.0/24", "out_interface": bridge}],
        "sysctls": [{"netns": text, "name": f"net.ipv4.conf.{veth.replace('.', '/')}.forwarding", "value": "1"}],
    }
    return {option: entries for option, entries in lab.items() if option not in without}


def test_odd_texts_end_in_a_lab_or_in_our_own_words(sandbox: Sandbox, outside: Outside) -> None:
    """Whatever stands for a text: it is in a lab that is taken away whole, or refused with all four parts."""
    before = sandbox.dump()
    whole: dict[str, Any] = {}
    bad = []
    for number, text in enumerate(dict.fromkeys(_texts())):
        for without in ((), ("sysctls",), ("sysctls", "masquerades")):
            lab = _odd(text, number, *without)
            try:
                parse(lab)
            except InvalidArgument:
                continue
            for option, entries in lab.items():
                whole.setdefault(option, []).extend(entries)
            break
        else:
            bad.append((text, lab))
    assert len(whole["namespaces"]) > 40 < len(bad)

    built = sandbox.module("topology", {"name": "odd", **whole})
    assert not built.get("failed"), built
    names = {entry["name"] for entry in whole["namespaces"]}
    assert sandbox.namespaces() == names
    assert {entry["name"] for entry in whole["bridges"]} <= {link["ifname"] for link in sandbox.ip("link")}
    assert sandbox.module("topology", {"name": "odd", **whole})["plan"] == []
    standing = sandbox.dump()
    for text, lab in bad[:30]:
        result = sandbox.module("topology", {"name": "bad", **lab})
        error = result["error"]
        assert all(error[part] for part in ("kind", "object", "expected", "found", "remedy")), (text, result)
        assert "Traceback" not in str(result), (text, result)
    assert_same(standing, sandbox.dump())
    sandbox.apply("topology", {"name": "odd", "state": "absent"})
    assert_same(before, sandbox.dump())


def _texts() -> list[str]:
    """Texts that mean something to a shell, nft or a path, and some at random, the same every time."""
    meant = ["a;b", "a'b", 'a"b', "$(id)", "`id`", "a|b", "a&b", "*", "!lo", "e*", "[k]", "br+", "br#x", "br~1", "é"]
    meant += ["a\\b", "{a}", "a,b", "a=b", "<a>", "(a)", "^a$", "@a", "~", "#a", "-a", "..", "%s", "1.5", "0x1"]
    draw = random.Random(10)
    signs = string.digits + string.ascii_letters + string.punctuation
    fine = ["".join(draw.choices(signs, k=draw.randint(1, 9))) for _turn in range(60)]
    wild = ["".join(draw.choices(string.printable + "\u202e\x7f漢", k=9)) for _turn in range(60)]
    return [*meant, "", "a b", "a\nb", *fine, *wild]
