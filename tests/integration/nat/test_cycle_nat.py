# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules nat_masquerade and port_forward: check, do, repeat, modify, delete; beside a ruleset of somebody else's."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge
from ..support.dumps import assert_same
from ..support.network import Outside, ask, serve
from ..support.sandbox import Sandbox

FOREIGN = """
nft -f - <<END
table ip nat {
    chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept;
        ip saddr 10.0.0.0/8 counter masquerade comment "not ours"; }
}
table inet filter { chain forward { type filter hook forward priority filter; policy accept; counter; }; }
END
"""


def _tables(sandbox: Sandbox) -> set[str]:
    return {item["table"]["name"] for item in sandbox.nft() if "table" in item}


@pytest.fixture
def guarded(sandbox: Sandbox) -> Sandbox:
    """A sandbox that has nftables rules of its own."""
    sandbox.sh(FOREIGN)
    return sandbox


def test_masquerade(guarded: Sandbox) -> None:
    before = guarded.dump()
    converge(guarded, "nat_masquerade", {"source": "192.168.15.0/24"})
    assert _tables(guarded) == {"nat", "filter", "netns_lab"}
    assert guarded.sysctl("net.ipv4.ip_forward") == "0"
    converge(guarded, "nat_masquerade", {"source": "192.168.15.0/24", "ip_forward": True})
    assert guarded.sysctl("net.ipv4.ip_forward") == "1"
    converge(guarded, "nat_masquerade", {"source": "192.168.15.0/24", "exclude": ["10.0.0.0/8"], "ip_forward": True})
    assert "10.0.0.0" in guarded.sh("nft list table inet netns_lab")
    assert_nothing_to_do(guarded, "nat_masquerade", {"source": "192.168.15.0/24", "exclude": ["10.0.0.0/8"]})
    converge(guarded, "nat_masquerade", {"source": "192.168.15.0/24", "state": "absent"})
    assert_same(before, guarded.dump())


def test_masquerade_by_one_link_and_by_any_are_two(guarded: Sandbox) -> None:
    before = guarded.dump()
    converge(guarded, "nat_masquerade", {"source": "fd00:15::/64", "out_interface": "eth0", "ip_forward": True})
    assert guarded.sysctl("net.ipv6.conf.all.forwarding") == "1"
    converge(guarded, "nat_masquerade", {"source": "fd00:15::/64"})
    converge(guarded, "nat_masquerade", {"source": "fd00:15::/64", "state": "absent"})
    assert "eth0" in guarded.sh("nft list table inet netns_lab")
    converge(guarded, "nat_masquerade", {"source": "fd00:15::/64", "out_interface": "eth0", "state": "absent"})
    assert_same(before, guarded.dump())


def test_port_forward(guarded: Sandbox) -> None:
    before = guarded.dump()
    converge(guarded, "port_forward", {"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"})
    assert _tables(guarded) == {"nat", "filter", "netns_lab"}
    converge(guarded, "port_forward", {"protocol": "tcp", "port": "80", "to": "192.168.15.1:8080"})
    ours = guarded.sh("nft list table inet netns_lab")
    assert "192.168.15.1" in ours and "192.168.15.2" not in ours
    converge(guarded, "port_forward", {"protocol": "udp", "port": "80", "to": "192.168.15.2"})
    converge(guarded, "port_forward", {"protocol": "tcp", "port": "80", "state": "absent"})
    assert "192.168.15.1" not in guarded.sh("nft list table inet netns_lab")
    converge(guarded, "port_forward", {"protocol": "udp", "port": "80", "state": "absent"})
    assert_same(before, guarded.dump())


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_port_forward_on_a_host_without_names_of_protocols(guarded: Sandbox, protocol: str) -> None:
    """Debian's netbase, which has the file, is not on every host."""
    guarded.sh("rm -f /etc/protocols")
    before = guarded.dump()
    converge(guarded, "port_forward", {"protocol": protocol, "port": "80", "to": "192.168.15.2:80"})
    assert f'"concat": [{ {"tcp": 6, "udp": 17}[protocol] }, 80]' in guarded.sh("nft -j list ruleset")
    converge(guarded, "port_forward", {"protocol": protocol, "port": "80", "state": "absent"})
    assert_same(before, guarded.dump())


@pytest.mark.parametrize(
    "args",
    [
        {"protocol": "udp", "port": "8000-8010", "to": "192.168.15.2:9000"},
        {"protocol": "tcp", "port": "5000-5009", "to": "192.168.15.2", "listen": ["192.0.2.1", "192.0.2.2"]},
        {"protocol": "tcp", "port": "443", "to": "[2001:db8:15::2]:8443", "hairpin": False},
        {"protocol": "tcp", "port": "443", "to": "2001:db8:15::2", "listen": ["2001:db8::1"]},
    ],
    ids=["range", "listen", "ipv6", "listen-ipv6"],
)
def test_forms_of_port_forward(guarded: Sandbox, args: dict[str, Any]) -> None:
    before = guarded.dump()
    converge(guarded, "port_forward", args)
    converge(guarded, "port_forward", {**args, "state": "absent"})
    assert_same(before, guarded.dump())


def test_masquerade_works_in_a_namespace_that_is_a_router(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh(
        """
        ip netns add router; ip netns add red
        ip link set lo up
        ip link add eth1 type veth peer name wan netns router
        ip link set eth1 up; ip address add 10.1.0.1/24 dev eth1
        ip -n router link set wan up; ip -n router address add 10.1.0.2/24 dev wan
        ip -n router link add lan type veth peer name eth0 netns red
        ip -n router link set lan up; ip -n router address add 10.2.0.1/24 dev lan
        ip -n red link set eth0 up; ip -n red address add 10.2.0.2/24 dev eth0
        ip -n red route add default via 10.2.0.1; ip -n router route add default via 10.1.0.1
        """
    )
    serve(sandbox, "", 80)
    assert ask(sandbox, "red", "10.1.0.1", 80, timeout=0.5) == "ETIMEDOUT"
    args = {"netns": "router", "source": "10.2.0.0/24", "ip_forward": True}
    converge(sandbox, "nat_masquerade", args)
    assert ask(sandbox, "red", "10.1.0.1", 80) == "10.1.0.2"
    assert sandbox.nft() == []
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"
