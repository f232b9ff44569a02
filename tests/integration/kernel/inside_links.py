# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bridges and ports on a kernel with VLAN filtering, VLANs and queueing disciplines."""

from __future__ import annotations

import platform

from ..support.dumps import assert_same
from ..support.labs import absent, change, star
from ..support.network import OUTSIDE, Outside, ping
from ..support.sandbox import Sandbox


def test_the_kernel_is_debians_own() -> None:
    assert platform.release().startswith("6.1.") and "-cloud-" in platform.release()


def test_vlan_filtering_is_set_changed_and_taken_away(sandbox: Sandbox) -> None:
    for wanted in (True, False):
        args = {"name": "br0", "vlan_filtering": wanted}
        assert sandbox.apply("bridge", args)["changed"] is True
        link = sandbox.link("br0")
        assert link is not None and link["linkinfo"]["info_data"]["vlan_filtering"] == int(wanted)
        assert sandbox.apply("bridge", args)["changed"] is False
    sandbox.apply("bridge", {"name": "br0", "state": "absent"})
    assert sandbox.link("br0") is None


def test_ports_in_different_vlans_are_apart_and_that_is_no_drift(sandbox: Sandbox) -> None:
    lab = change(star(), {"bridges.0.vlan_filtering": True})
    sandbox.apply("topology", lab)
    assert ping(sandbox, "red", "192.168.15.2").answered
    sandbox.sh("bridge vlan del vid 1 dev veth-blue-br; bridge vlan add vid 7 dev veth-blue-br pvid untagged")
    assert sandbox.apply("topology", lab)["changed"] is False
    assert not ping(sandbox, "red", "192.168.15.2", wait=0.5).answered
    sandbox.sh("bridge vlan add vid 7 dev veth-red-br pvid untagged")
    assert ping(sandbox, "red", "192.168.15.2").answered


def test_a_vlan_of_the_host_is_a_port_of_the_lab(sandbox: Sandbox, outside: Outside) -> None:
    """The lab reaches what is in VLAN 5 of the LAN; the link of the VLAN outlives the lab."""
    for netns in ("", OUTSIDE):
        sandbox.sh("ip link add link eth0 name eth0.5 type vlan id 5; ip link set eth0.5 up", netns)
    sandbox.sh("ip address add 192.168.15.9/24 dev eth0.5", OUTSIDE)
    before = sandbox.dump()
    lab = star(bridge_ports=[{"dev": "eth0.5", "bridge": "v-net-0"}])
    sandbox.apply("topology", lab)
    assert ping(sandbox, "red", "192.168.15.9").answered
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.apply("topology", absent(lab))
    assert_same(before, sandbox.dump())


def test_a_lossy_link_is_no_drift_and_is_found_by_packets(sandbox: Sandbox) -> None:
    sandbox.apply("topology", star())
    assert not sandbox.module("reachability", {"mesh": "star"}).get("failed")
    sandbox.sh("tc qdisc add dev veth-red-br root netem loss 100%")
    assert sandbox.apply("topology", star())["changed"] is False
    found = sandbox.module("reachability", {"mesh": "star", "timeout": 1})
    assert found.get("failed") is True and "red" in found["msg"], found
    sandbox.sh("tc qdisc del dev veth-red-br root netem")
    assert not sandbox.module("reachability", {"mesh": "star"}).get("failed")
