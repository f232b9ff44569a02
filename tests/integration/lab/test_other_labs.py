# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab, or a single module, takes nothing along that another lab has, unless it is told to."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, refused
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

HOST: dict[str, Any] = {
    "name": "ground",
    "namespaces": [{"name": "vpn"}],
    "bridges": [{"name": "br7", "addresses": ["10.7.0.1/24"]}],
    "veths": [{"name": "g0", "addresses": ["10.8.0.1/24"], "peer": {"name": "g1", "netns": "vpn"}}],
}
GUESTS: dict[str, dict[str, Any]] = {
    "a veth pair into its namespace": {
        "veths": [{"name": "e0", "netns": "vpn", "addresses": ["10.5.5.1/24"],
                   "peer": {"name": "e1", "addresses": ["10.5.5.2/24"]}}],
    },
    "a port of its bridge": {
        "namespaces": [{"name": "red"}],
        "veths": [{"name": "e0", "netns": "red", "peer": {"name": "e1", "bridge": "br7"}}],
    },
    "an address on its link": {"addresses": [{"dev": "g0", "address": "10.9.0.1/24"}]},
    "a route by its link": {"routes": [{"dst": "10.66.0.0/16", "gateway": "10.8.0.9"}]},
    "a route in another table": {"routes": [{"dst": "10.66.0.0/16", "gateway": "10.7.0.9", "table": "77"}]},
    "a route from its address over another link": {
        "veths": [{"name": "e1", "addresses": ["10.5.5.2/24"], "peer": {"name": "e0"}}],
        "routes": [{"dst": "10.66.0.0/16", "gateway": "10.5.5.1", "src": "10.8.0.1"}]},
    "a parameter of its link": {"sysctls": [{"name": "net.ipv6.conf.g0.hop_limit", "value": "7"}]},
    "a route in its namespace": {"routes": [{"netns": "vpn", "dst": "10.66.0.0/16", "type": "blackhole"}]},
    "a rule in its namespace": {"rules": [{"netns": "vpn", "priority": 70, "iif": "lo", "table": "77"}]},
    "a parameter in its namespace": {
        "sysctls": [{"netns": "vpn", "name": "net.ipv4.ip_forward", "value": "1"}]},
    "a translation in its namespace": {"masquerades": [{"netns": "vpn", "source": "10.1.0.0/16"}]},
}  # fmt: skip


@pytest.mark.parametrize("guest", GUESTS.values(), ids=[name.replace(" ", "-") for name in GUESTS])
def test_the_removal_of_a_lab_that_another_one_needs(sandbox: Sandbox, guest: dict[str, Any]) -> None:
    sandbox.apply("topology", HOST)
    sandbox.apply("topology", {"name": "guest", **guest})
    before = sandbox.dump()
    gone = {"name": "ground", "state": "absent"}
    refused(sandbox, "topology", gone, "Conflict", "lab guest", "allow_other_labs")
    assert_same(before, sandbox.dump())
    assert_nothing_to_do(sandbox, "topology", {"name": "guest", **guest})
    done = sandbox.apply("topology", {**gone, "allow_other_labs": True})
    assert done["changed"] and "objects of lab guest are removed" in str(done["warnings"])
    sandbox.apply("topology", {"name": "guest", "state": "absent"})
    assert sandbox.namespaces() == set() and sandbox.link("e1") is None


def test_a_change_counts_like_a_removal(sandbox: Sandbox) -> None:
    """The veth pair is recreated, to another namespace; the namespace leaves the description; the bridge goes."""
    sandbox.apply("topology", HOST)
    sandbox.apply("topology", {"name": "guest", **GUESTS["a route by its link"]})
    sandbox.apply("topology", {"name": "third", **GUESTS["a port of its bridge"]})
    before = sandbox.dump()
    moved = {**HOST["veths"][0], "peer": {"name": "g9", "netns": "vpn"}}
    refused(sandbox, "topology", {**HOST, "veths": [moved]}, "Conflict", "lab guest", "10.66.0.0/16")
    down = {**HOST["veths"][0], "up": False}
    refused(sandbox, "topology", {**HOST, "veths": [down]}, "Conflict", "lab guest", "10.66.0.0/16")
    refused(sandbox, "topology", {**HOST, "bridges": []}, "Conflict", "lab third", "e1")
    assert_same(before, sandbox.dump())


def test_single_modules(sandbox: Sandbox) -> None:
    """They may remove what a lab made where that is named, but nothing of a second lab with it."""
    sandbox.apply("topology", HOST)
    sandbox.apply("topology", {"name": "guest", **GUESTS["a veth pair into its namespace"]})
    refused(sandbox, "netns", {"name": "vpn", "state": "absent"}, "Conflict", "lab guest", "e0")
    sandbox.apply("topology", {"name": "guest", "state": "absent"})
    sandbox.apply("netns_route", {"netns": "vpn", "dst": "10.66.0.0/16", "type": "blackhole"})
    done = sandbox.apply("netns", {"name": "vpn", "state": "absent"})
    assert done["changed"]


def test_what_single_modules_have_there_goes_along_and_is_named(sandbox: Sandbox) -> None:
    sandbox.apply("topology", HOST)
    sandbox.apply("netns_route", {"netns": "vpn", "dst": "10.66.0.0/16", "type": "blackhole"})
    done = sandbox.apply("topology", {"name": "ground", "state": "absent"})
    assert "the single modules are removed" in str(done["warnings"]) and "10.66.0.0/16" in str(done["warnings"])


def test_a_lab_may_remove_the_default_route_that_it_made(sandbox: Sandbox) -> None:
    """Beside another one, before it or behind it; what is not the lab's stays as protected as it was."""
    sandbox.sh(
        """
        ip link add d0 type ifb; ip link set d0 up; ip address add 192.0.2.2/24 dev d0
        ip route add default via 192.0.2.1 metric 100
        """
    )
    before = sandbox.dump()
    for metric, first in ((None, True), (50, True), (200, False)):
        lab = _with_default({"metric": metric} if metric else {})
        done = sandbox.apply("topology", lab)
        assert ("becomes the default route" in str(done.get("warnings"))) == first
        assert_nothing_to_do(sandbox, "topology", lab)
        refused(sandbox, "netns_address", {"dev": "d0", "address": "192.0.2.9/24"}, "Conflict", "allow_management")
        changed = {**lab, "routes": [{**lab["routes"][0], "gateway": "10.1.0.3"}]}
        sandbox.apply("topology", changed)
        sandbox.apply("topology", {"name": "a", "state": "absent"})
        assert_same(before, sandbox.dump())


def test_the_only_way_out_is_made_with_leave_only(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    for lab in (_with_default({}), _with_default({"dst": "::/0", "gateway": "fe80::1", "dev": "v0"})):
        refused(sandbox, "topology", lab, "Conflict", "would depend on this one", "allow_management")
        assert_same(before, sandbox.dump())
        sandbox.apply("topology", {**lab, "allow_management": True})
        assert_nothing_to_do(sandbox, "topology", lab)
        sandbox.apply("netns", {"name": "other"})
        sandbox.apply("netns", {"name": "other", "state": "absent"})
        sandbox.apply("topology", {"name": "a", "state": "absent"})
        assert_same(before, sandbox.dump())


def test_somebody_else_s_default_route_by_a_link_of_a_lab_protects_it(sandbox: Sandbox) -> None:
    lab = {**_with_default({}), "routes": []}
    sandbox.apply("topology", lab)
    sandbox.sh("ip route add default via 10.1.0.2")
    refused(sandbox, "topology", {"name": "a", "state": "absent"}, "Conflict", "v0", "allow_management")


def _with_default(route: dict[str, Any]) -> dict[str, Any]:
    near, far = ["10.1.0.1/24"], ["10.1.0.2/24"]
    return {
        "name": "a",
        "namespaces": [{"name": "red"}],
        "veths": [{"name": "v0", "addresses": near, "peer": {"name": "v1", "netns": "red", "addresses": far}}],
        "routes": [{"dst": "default", "gateway": "10.1.0.2", **route}],
    }
