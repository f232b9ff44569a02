# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing under two names: a namespace with two, a bridge that was renamed, links with altnames."""

from __future__ import annotations

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.labs import Lab, absent, bridge_nat, star
from ..support.network import ping
from ..support.sandbox import Sandbox


def test_one_namespace_under_two_names(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add red; touch /run/netns/blue; mount --bind /run/netns/red /run/netns/blue")
    sandbox.sh("touch /run/netns/home; mount --bind /proc/self/ns/net /run/netns/home")
    veth = {"name": "a", "netns": "red", "peer": {"name": "b", "netns": "blue"}}
    refused(sandbox, "veth", veth, "Conflict", "'red' beside", "same namespace", "ip netns delete red")
    refused(sandbox, "veth", {**veth, "netns": "home", "peer": {"name": "b"}}, "Conflict", "home", "the host's own")
    refused(sandbox, "topology", star(adopt=True), "Conflict", "'red' beside namespace 'blue'")
    converge(sandbox, "veth", {**veth, "peer": {"name": "b"}})
    converge(sandbox, "netns_address", {"netns": "blue", "dev": "a", "address": "10.0.0.1/24"})
    # with frames of bridges in iptables' hands all namespaces are read for a forward: each of them once
    sandbox.sh("sysctl -qw net.bridge.bridge-nf-call-iptables=1 || true")
    converge(sandbox, "port_forward", {"protocol": "tcp", "port": "80", "to": "10.0.0.1:80"})


@pytest.mark.parametrize("module", ["topology", "bridge"])
def test_a_bridge_that_was_renamed_goes_with_its_lab(sandbox: Sandbox, module: str) -> None:
    args = bridge_nat() if module == "topology" else {"name": "v-net-0", "addresses": ["10.9.0.1/24"]}
    before = sandbox.dump()
    sandbox.apply(module, args)
    sandbox.sh("ip link set v-net-0 down; ip link set v-net-0 name other; ip link set other up")
    gone = converge(sandbox, module, {**absent(args), "name": args["name"]})
    assert any("renamed" in step["reason"] and step["object"] == "other" for step in gone["plan"])
    assert_same(before, sandbox.dump())


def test_a_lab_whose_bridge_was_renamed_is_whole_again(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.sh("ip link set v-net-0 down; ip link set v-net-0 name other; ip link set other up")
    sandbox.sh("ip link add third type bridge")
    converge(sandbox, "topology", bridge_nat())
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert sandbox.link("other") is None and sandbox.link("third") is not None


def test_what_may_be_the_bridge_keeps_it_on_record(sandbox: Sandbox) -> None:
    lab = {"name": "lab", "bridges": [{"name": "br0", "mac": "auto"}]}
    sandbox.apply("topology", lab)
    sandbox.sh("ip link set br0 down; ip link set br0 name other")
    for _turn in range(2):
        done = sandbox.apply("topology", absent(lab))
        assert done["plan"] == [] and "ip link set dev other name br0" in str(done["warnings"])
    sandbox.sh("ip link set other name br0")
    converge(sandbox, "topology", absent(lab))
    assert [link["ifname"] for link in sandbox.ip("link")] == ["lo"]
    assert_nothing_to_do(sandbox, "topology", absent(lab))


ALT = """
ip netns add red
ip link add real0 type ifb; ip link property add dev real0 altname enp3s0; ip link set real0 up
ip link add br0 address 02:00:00:00:00:77 type bridge; ip link property add dev br0 altname lan
ip link add outer type veth peer name inner netns red; ip link property add dev outer altname second
ip -n red link property add dev inner altname eth0; ip -n red link set inner up; ip link set outer up
"""
#: what names a link, each by an altname, and what of it stands under the link's own name
BY_ALTNAME = [
    ("netns_address", {"dev": "enp3s0", "address": "10.9.0.1/24"}),
    ("netns_address", {"netns": "red", "dev": "eth0", "address": "10.8.0.1/24"}),
    ("netns_address", {"netns": "red", "dev": "eth0", "address": "fe80::5/64"}),
    ("bridge_port", {"dev": "second", "bridge": "lan", "hairpin": True}),
    ("netns_sysctl", {"name": "net.ipv4.conf.enp3s0.rp_filter", "value": "1"}),
    ("netns_sysctl", {"netns": "red", "name": "net.ipv6.conf.eth0.hop_limit", "value": "33"}),
    ("netns_route", {"dst": "10.7.0.0/16", "dev": "enp3s0"}),
    ("netns_route", {"netns": "red", "dst": "default", "gateway": "10.8.0.9", "dev": "eth0"}),
    ("netns_rule", {"netns": "red", "priority": 100, "iif": "eth0", "table": "9"}),
    ("nat_masquerade", {"source": "10.1.0.0/24", "out_interface": "enp3s0"}),
    ("vxlan", {"name": "vx0", "id": 7, "local": "10.9.0.1", "remotes": ["10.9.0.2"], "dev": "enp3s0", "bridge": "lan"}),
    ("veth", {"name": "new", "bridge": "lan", "peer": {"name": "end", "netns": "red"}}),
]  # fmt: skip


def test_a_link_is_known_by_its_altname(sandbox: Sandbox) -> None:
    sandbox.sh(ALT)
    before = sandbox.dump()
    for module, args in BY_ALTNAME:
        converge(sandbox, module, args)
    assert {"10.9.0.1/24"} <= set(sandbox.addresses("real0"))
    ports = {link["ifname"] for link in sandbox.ip("link") if link.get("master") == "br0"}
    assert ports == {"outer", "vx0", "new"}
    assert sandbox.sysctl("net.ipv4.conf.real0.rp_filter") == "1"
    assert "real0" in str(sandbox.nft()) and "enp3s0" not in str(sandbox.nft())
    for module, args in reversed(BY_ALTNAME):
        assert sandbox.apply(module, {**args, "state": "absent"})["changed"] is True, args
    assert_same(before, sandbox.dump())


def test_a_lab_by_altnames_comes_to_rest_is_adopted_and_goes(sandbox: Sandbox) -> None:
    sandbox.sh(ALT)
    before = sandbox.dump()
    lists = {"netns_address": "addresses", "bridge_port": "bridge_ports", "netns_sysctl": "sysctls",
             "netns_route": "routes", "netns_rule": "rules", "nat_masquerade": "masquerades", "vxlan": "vxlans",
             "veth": "veths"}  # fmt: skip
    lab: Lab = {"name": "lab"}
    for module, args in BY_ALTNAME:
        lab.setdefault(lists[module], []).append(args)
    converge(sandbox, "topology", lab)
    sandbox.apply("topology", absent(lab))
    assert_same(before, sandbox.dump())
    # a new link cannot have the altname of another, nor can an altname of another kind be taken for one
    refused(sandbox, "topology", {"name": "new", "bridges": [{"name": "enp3s0"}]}, "Conflict", "an altname of real0")
    refused(sandbox, "bridge", {"name": "enp3s0"}, "Conflict", "bridge", "link of kind ifb")
    adopted = {"name": "mine", "bridges": [{"name": "lan", "up": False}]}
    refused(sandbox, "topology", adopted, "Conflict", "an altname of br0")
    sandbox.apply("topology", {**adopted, "adopt": True})
    assert sandbox.apply("topology", {**adopted, "adopt": True})["plan"] == []
    sandbox.apply("topology", absent(adopted))
    assert sandbox.link("br0") is None
    twice = [{"dev": dev, "address": "10.9.0.1/24"} for dev in ("real0", "enp3s0")]
    refused(sandbox, "topology", {"name": "lab", "addresses": twice}, "InvalidArgument", "addresses[1]")
