# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor, and the warnings with ``adopt``, say of translation by others, tunnels and namespaces' settings."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.firewalls import rules_of_others, warnings
from ..support.labs import bridge_nat
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox

DROPS = "table inet fw { chain %s { type filter hook %s priority 0; policy drop; }; }\n"


def told(sandbox: Sandbox, **options: Any) -> list[dict[str, Any]]:
    """The doctor's findings."""
    found: list[dict[str, Any]] = sandbox.apply("doctor", options)["findings"]
    return found


def test_a_host_without_a_lab_and_one_whose_lab_works(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.run(["nft", "-f", "-"], stdin=DROPS % ("forward", "forward"))
    found = told(sandbox)
    assert {(each["object"], each["severity"]) for each in found} == {("a lab to come", "warning")}
    assert sandbox.apply("doctor", {})["errors"] == 0
    assert 'add iifname "BRIDGE" accept' in found[0]["remedy"] and "a lab" not in found[0]["remedy"]
    links = ('iifname "v-net-0" accept', 'oifname "v-net-0" accept')
    sandbox.sh("\n".join(f"nft add rule inet fw forward {link}" for link in links))
    sandbox.apply("topology", bridge_nat())
    assert ping(sandbox, "red", "8.8.8.8").answered
    assert told(sandbox) == []
    sandbox.sh("nft flush chain inet fw forward")
    lost = told(sandbox)
    assert len({(each["object"], each["path"]) for each in lost}) == len(lost)
    assert {each["lab"] for each in lost} == {"star"}


def test_a_tunnel_whose_packets_the_host_drops(sandbox: Sandbox, outside: Outside) -> None:
    lab = bridge_nat(
        vxlans=[{"name": "vx", "id": 15, "local": "192.168.1.2", "remotes": ["192.168.1.3"], "bridge": "v-net-0"}]
    )
    sandbox.apply("topology", lab)
    assert told(sandbox) == []
    sandbox.run(["nft", "-f", "-"], stdin=DROPS % ("input", "input"))
    sandbox.sh(
        "nft add rule inet fw input iifname v-net-0 accept; nft add rule inet fw input ct state established accept"
    )
    (found,) = told(sandbox)
    assert (found["object"], found["path"]) == ("vx", "receive packets from other hosts (UDP 4789, from 192.168.1.3)")
    assert found["source"] == "table inet fw, chain input, policy DROP"
    assert "4789" in warnings(sandbox.apply("topology", lab))
    sandbox.sh("nft add rule inet fw input ip saddr 192.168.1.3 udp dport 4789 accept")  # as the remedy says
    assert "ip saddr 192.168.1.3 udp dport 4789 accept" in found["remedy"]
    assert told(sandbox) == []


def test_settings_inside_namespaces(sandbox: Sandbox) -> None:
    lab = bridge_nat()
    lab["veths"].append(
        {
            "name": "b",
            "netns": "red",
            "addresses": ["10.2.0.1/24"],
            "peer": {"name": "b-br", "addresses": ["10.2.0.9/24"]},
        }
    )
    sandbox.apply("topology", lab)
    assert told(sandbox) == []
    sandbox.sh("sysctl -q -w net.ipv4.icmp_echo_ignore_all=1 net.ipv6.icmp.echo_ignore_all=1", "blue")
    sandbox.sh("sysctl -q -w net.ipv4.conf.b.rp_filter=1", "red")
    assert not ping(sandbox, "red", "192.168.15.2", 0.2).answered
    found = {(each["object"], each["path"], each["severity"]) for each in told(sandbox, name="star")}
    assert found == {
        ("blue", "answer pings", "warning"),
        ("blue", "answer IPv6 pings", "warning"),
        ("red", "receive packets from other subnets on b", "warning"),
    }


@pytest.mark.parametrize("tool", ["iptables-nft", "iptables-legacy", "nft"])
def test_translation_by_others(sandbox: Sandbox, outside: Outside, tool: str) -> None:
    """As the tutorials have it, beside the same by the lab: it is named, and the command that is told removes it."""
    if tool == "nft":
        sandbox.sh(
            """
            nft add table ip mine
            nft add chain ip mine post '{ type nat hook postrouting priority 90; }'
            nft add chain ip mine pre '{ type nat hook prerouting priority -110; }'
            nft add rule ip mine post ip saddr 192.168.15.0/24 masquerade
            nft add rule ip mine post ip saddr 10.0.0.0/8 masquerade
            nft add rule ip mine pre tcp dport 80 dnat to 192.168.15.1:80
            """
        )
    else:
        sandbox.sh(
            f"""
            {tool} -t nat -A POSTROUTING -s 192.168.15.0/24 -j MASQUERADE
            {tool} -t nat -A POSTROUTING -s 10.0.0.0/8 -j MASQUERADE
            {tool} -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 192.168.15.1:80
            """
        )
    before, lab = rules_of_others(sandbox), bridge_nat()
    assert warnings(sandbox.apply("topology", lab)) == ""
    adopting = warnings(sandbox.apply("topology", {**lab, "adopt": True}))
    found = [each for each in told(sandbox, name="star") if "not the lab's" in each["cause"]]
    assert {each["object"] for each in found} == {"192.168.15.0/24", "tcp/80"} and len(found) == 2
    assert all(each["remedy"] in adopting for each in found) and "10.0.0.0/8" not in adopting
    assert rules_of_others(sandbox) == before
    serve(sandbox, "red", 80, answer="red")
    serve(sandbox, "blue", 80, answer="blue")
    if tool == "nft":
        assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "red"
        assert {each["severity"] for each in found if each["object"] == "tcp/80"} == {"error"}
    sandbox.sh("\n".join(each["remedy"].partition("to the lab: ")[2].rstrip(".") for each in found))
    assert not [each for each in told(sandbox) if "not the lab's" in each["cause"]]
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "blue"
