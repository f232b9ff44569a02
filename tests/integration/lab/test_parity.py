# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fine modules one by one and one topology task leave the same kernel state, and each sees the other's work as done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..support.cycles import refused
from ..support.dumps import assert_same, comparable
from ..support.labs import Lab, absent, bridge_nat, change, ipv6_star, two_veth_pairs, veth_pair
from ..support.sandbox import Sandbox

#: list option of topology -> module, in the order of creation
MODULES = {
    "namespaces": "netns",
    "bridges": "bridge",
    "veths": "veth",
    "vxlans": "vxlan",
    "bridge_ports": "bridge_port",
    "addresses": "netns_address",
    "sysctls": "netns_sysctl",
    "routes": "netns_route",
    "rules": "netns_rule",
    "masquerades": "nat_masquerade",
    "port_forwards": "port_forward",
}


def _everything() -> Lab:
    """A lab that uses every list."""
    return change(
        bridge_nat(),
        {
            "namespaces.0.sysctls": {"net.ipv4.ip_forward": "1"},
            "namespaces.1.hosts": "192.168.15.1 red\n",
            "bridge_ports": [{"dev": "veth-red-br", "bridge": "v-net-0", "isolated": True, "cost": 7}],
            "addresses": [{"netns": "red", "dev": "veth-red", "address": "fd00:15::1/64"}],
            "routes.+": {"netns": "red", "dst": "198.51.100.0/24", "type": "blackhole", "table": "100"},
            "rules": [{"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "100"}],
            "veths.1.mtu": 1400,
        },
    )


def _single(lab: Lab) -> list[tuple[str, dict[str, Any]]]:
    return [(module, entry) for option, module in MODULES.items() for entry in lab.get(option, [])]


@pytest.mark.parametrize("lab", [bridge_nat, two_veth_pairs, veth_pair, ipv6_star, _everything])
def test_single_modules_and_topology_build_the_same(sandbox: Sandbox, lab: Callable[[], Lab]) -> None:
    before = sandbox.dump()
    sandbox.apply("topology", lab())
    whole = comparable(sandbox.dump())
    sandbox.apply("topology", absent(lab()))
    assert_same(before, sandbox.dump())
    for module, entry in _single(lab()):
        assert sandbox.apply(module, entry)["changed"], (module, entry)
    assert_same(whole, comparable(sandbox.dump()))
    for module, entry in reversed(_single(lab())):
        sandbox.apply(module, {**entry, "state": "absent"})
    assert_same(before, sandbox.dump())


def test_single_modules_find_nothing_to_do_in_a_lab(sandbox: Sandbox) -> None:
    sandbox.apply("topology", _everything())
    before = sandbox.dump()
    for module, entry in _single(_everything()):
        again = sandbox.apply(module, entry)
        assert (again["changed"], again["plan"]) == (False, []), (module, entry)
    assert_same(comparable(before), comparable(sandbox.dump()))


def test_topology_does_not_take_over_what_single_modules_made(sandbox: Sandbox) -> None:
    for module, entry in _single(bridge_nat()):
        sandbox.apply(module, entry)
    refused(sandbox, "topology", bridge_nat(), "Conflict", "namespaces[0]", "red")
