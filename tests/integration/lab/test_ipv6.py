# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""IPv6: addresses usable at once, routes, masquerade and port forwards, by packets."""

from __future__ import annotations

import pytest

from ..support.cycles import converge
from ..support.labs import bridge_nat, change, ipv6_star
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox

MASQUERADE = {"masquerades": [{"source": "fd00:15::/64"}]}


@pytest.fixture
def six(sandbox: Sandbox) -> Outside:
    """An outside with IPv6: the host is 2001:db8:1::2, the neighbour ::3."""
    return Outside(sandbox, ipv6=True)


def test_addresses_are_usable_at_once(sandbox: Sandbox, six: Outside) -> None:
    sandbox.apply("topology", ipv6_star(**MASQUERADE))
    found = [
        info
        for netns in ("", "red", "blue")
        for link in sandbox.ip("-6 address", netns)
        for info in link["addr_info"]
        if info["local"].startswith("fd00:")
    ]
    assert len(found) == 3
    assert not [info for info in found if info.get("tentative") or info.get("dadfailed")]
    assert ping(sandbox, "red", "fd00:15::2").answered
    assert ping(sandbox, "blue", "fd00:15::5").answered
    assert ping(sandbox, "", "fd00:15::1").answered


def test_masquerade(sandbox: Sandbox, six: Outside) -> None:
    sandbox.apply("topology", ipv6_star())
    serve(sandbox, OUTSIDE, 80, address="::")
    assert ask(sandbox, "red", "2001:db8:1::3", 80, timeout=0.5) == "ETIMEDOUT"
    converge(sandbox, "topology", ipv6_star(**MASQUERADE))
    assert ask(sandbox, "red", "2001:db8:1::3", 80) == "2001:db8:1::2"
    serve(sandbox, "blue", 8080, address="::")
    assert ask(sandbox, "red", "fd00:15::2", 8080) == "fd00:15::1"
    sandbox.apply("topology", ipv6_star(sysctls=[], **MASQUERADE))
    assert ask(sandbox, "red", "2001:db8:1::3", 80, timeout=0.5) == "ETIMEDOUT"


def test_without_a_default_route_the_network_is_unreachable(sandbox: Sandbox, six: Outside) -> None:
    sandbox.apply("topology", ipv6_star(routes=[], **MASQUERADE))
    assert "Network is unreachable" in ping(sandbox, "red", "2001:db8:1::3").text


def test_port_forward(sandbox: Sandbox, six: Outside) -> None:
    forward = {"protocol": "tcp", "port": "80", "to": "[fd00:15::2]:8080"}
    same = {"protocol": "tcp", "port": "1000-1999", "to": "fd00:15::2"}
    converge(sandbox, "topology", ipv6_star(port_forwards=[forward, same], **MASQUERADE))
    serve(sandbox, "blue", 1999, address="::")
    assert ask(sandbox, OUTSIDE, "2001:db8:1::2", 1999) == "2001:db8:1::3"
    assert ask(sandbox, "blue", "2001:db8:1::2", 1999) == "fd00:15::5"
    serve(sandbox, "blue", 8080, address="::")
    assert ask(sandbox, OUTSIDE, "2001:db8:1::2", 80) == "2001:db8:1::3"
    for netns in ("red", "blue"):
        assert ask(sandbox, netns, "2001:db8:1::2", 80) == "fd00:15::5"
    assert ask(sandbox, "", "2001:db8:1::2", 80) in {"fd00:15::5", "2001:db8:1::2"}
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "ECONNREFUSED"
    assert ask(sandbox, "red", "2001:db8:1::3", 80) == "ECONNREFUSED"


def test_both_families_in_one_lab(sandbox: Sandbox, six: Outside) -> None:
    lab = change(
        bridge_nat(masquerades=[{"source": "192.168.15.0/24"}, *MASQUERADE["masquerades"]]),
        {
            "bridges.0.addresses.+": "fd00:15::5/64",
            "veths.0.addresses.+": "fd00:15::1/64",
            "veths.1.addresses.+": "fd00:15::2/64",
            "routes.+": {"netns": "red", "dst": "default", "gateway": "fd00:15::5"},
            "port_forwards.+": {"protocol": "tcp", "port": "80", "to": "[fd00:15::2]:80"},
            "sysctls.+": {"name": "net.ipv6.conf.all.forwarding", "value": "1"},
        },
    )
    converge(sandbox, "topology", lab)
    serve(sandbox, "blue", 80)
    server = serve(sandbox, OUTSIDE, 81, address="::")
    assert ask(sandbox, "red", "2001:db8:1::3", 81) == "2001:db8:1::2"
    assert ping(sandbox, "red", "192.168.1.3").answered
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    server.stop()
    assert {route["gateway"] for route in sandbox.ip("route", "red") if route["dst"] == "default"} == {"192.168.15.5"}


def test_a_link_with_an_ipv6_address_keeps_a_link_local_one(sandbox: Sandbox) -> None:
    """Neighbours on the wire need it; only links without IPv6 are kept silent."""
    sandbox.apply("topology", ipv6_star())
    (link,) = (item for item in sandbox.ip("address", "red") if item["ifname"] == "veth-red")
    assert {info["scope"] for info in link["addr_info"]} == {"global", "link"}
    port = sandbox.link("veth-red-br")
    assert port and port["inet6_addr_gen_mode"] == "none"


def test_a_link_with_mtu_below_1280_has_no_ipv6(sandbox: Sandbox) -> None:
    """The kernel refuses the address; nothing half is left."""
    before = sandbox.dump()
    result = sandbox.module("topology", change(ipv6_star(), {"veths.0.mtu": 1000}))
    assert result.get("failed"), result
    assert result["error"]["kind"] in {"InvalidArgument", "Kernel"}
    assert sandbox.dump() == before
