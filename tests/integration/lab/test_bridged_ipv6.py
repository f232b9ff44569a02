# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv6 between namespaces of one bridge, where its frames pass a firewall that drops what it forwards."""

from __future__ import annotations

import pytest

from ..support.dumps import assert_same
from ..support.firewalls import (
    DOCKER_28,
    rules_of_others,
    settings,
    start_firewalld,
    start_ufw,
    warnings,
    without_handles,
)
from ..support.labs import absent, ipv6_star
from ..support.network import ping
from ..support.sandbox import Sandbox


def start(sandbox: Sandbox, place: str) -> None:
    """Have a firewall, and a kernel that shows it the frames of bridges."""
    if place == "ufw":
        start_ufw(sandbox)
    elif place == "firewalld":
        start_firewalld(sandbox)
    else:
        sandbox.run([f"{place}-restore"], stdin=DOCKER_28.replace("172.17.0.2/32", "fd17::2/128"))
    sandbox.sh("sysctl -q -w net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=1")


@pytest.mark.parametrize(
    "place",
    [
        "ip6tables-nft",
        "ip6tables-legacy",
        pytest.param("ufw", marks=pytest.mark.root),
        pytest.param("firewalld", marks=[pytest.mark.root, pytest.mark.soak]),
    ],
)
def test_neighbours_find_each_other(sandbox: Sandbox, place: str) -> None:
    start(sandbox, place)
    before, files, dump = rules_of_others(sandbox), settings(sandbox, "/etc"), sandbox.dump()
    # without an address of the host's on the bridge there is nothing else to forward
    lab = ipv6_star(routes=[], sysctls=[])
    host = lab["bridges"][0].pop("addresses")
    told = warnings(sandbox.apply("topology", {**lab, "firewall_exceptions": "none"}))
    assert "v-net-0 cannot pass packets between its namespaces (fd00:15::/64)" in told and "may be unable" not in told
    assert not ping(sandbox, "red", "fd00:15::2", 0.3).answered
    found = sandbox.apply("doctor", {"name": "star"})["findings"]
    assert {(each["object"], each["severity"]) for each in found} == {("blue, red (on v-net-0)", "error")}
    if place == "firewalld":
        assert "IPv6_rpfilter" in warnings(sandbox.apply("topology", lab))
        lab["bridges"][0]["addresses"] = host
    opened = sandbox.apply("topology", lab)
    assert not warnings(opened) and {step["kind"] for step in opened["plan"]} <= {"firewall_exception", "address"}
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.sh("ip -all netns exec ip -6 neighbour flush all")
    assert ping(sandbox, "red", "fd00:15::2").answered
    assert sandbox.apply("doctor", {"name": "star"})["findings"] == []
    sandbox.apply("topology", absent(lab))
    assert (rules_of_others(sandbox), settings(sandbox, "/etc")) == (before, files)
    assert_same(without_handles(dump), without_handles(sandbox.dump()))
