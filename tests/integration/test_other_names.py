# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thing under two names: a namespace with two, a bridge that was renamed."""

from __future__ import annotations

import pytest

from .support.cycles import assert_nothing_to_do, converge, refused
from .support.dumps import assert_same
from .support.labs import absent, bridge_nat, star
from .support.network import ping
from .support.sandbox import Sandbox


def test_one_namespace_under_two_names(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add red; touch /run/netns/blue; mount --bind /run/netns/red /run/netns/blue")
    sandbox.sh("touch /run/netns/home; mount --bind /proc/self/ns/net /run/netns/home")
    cable = {"name": "a", "netns": "red", "peer": {"name": "b", "netns": "blue"}}
    refused(sandbox, "veth", cable, "Conflict", "'red' beside", "same namespace", "ip netns delete red")
    refused(sandbox, "veth", {**cable, "netns": "home", "peer": {"name": "b"}}, "Conflict", "home", "the host's own")
    refused(sandbox, "topology", star(adopt=True), "Conflict", "'red' beside namespace 'blue'")
    converge(sandbox, "veth", {**cable, "peer": {"name": "b"}})
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
