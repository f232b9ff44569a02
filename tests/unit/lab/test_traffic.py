# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packets of a lab that firewalls of its host have a say in, from its objects."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import exceptions
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.paths import findings
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.traffic import Traffic
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import State
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import MasqueradeKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.traffic import traffic_of
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Key

from ..support.rulesets import saved


def test_a_bridge_that_the_host_has_no_address_on_connects_what_its_ports_lead_to() -> None:
    objects: dict[Key, Any] = {
        LinkKey("", "br0"): {"kind": "bridge"},
        LinkKey("", "other"): {"kind": "bridge"},
        LinkKey("", "p1"): {"kind": "veth", "bridge": "br0", "peer": ["red", "eth0"]},
        LinkKey("", "p2"): {"kind": "veth", "bridge": "other", "peer": ["grey", "eth0"]},
        AddressKey("red", "eth0", "fd00:15::1/64"): {},
        AddressKey("red", "eth0", "fe80::1/64"): {},
        AddressKey("red", "eth1", "10.9.0.1/24"): {},
        AddressKey("grey", "eth0", "fd00:16::1/64"): {},
    }
    keys = {key: (key[0], attrs) for key, attrs in objects.items() if "other" not in key}
    found = traffic_of(keys, objects, State())
    assert found.bridged == (("br0", "fd00:15::/64"),)
    told = {each.path for each in findings(found, saved(family="ip6"))}
    assert told == {"pass packets between its namespaces (fd00:15::/64)"}


def test_packets_are_of_the_lab_and_of_what_it_translates() -> None:
    objects = {
        LinkKey("", "br0"): {"kind": "bridge"},
        AddressKey("", "br0", "10.1.0.1/24"): {},
        AddressKey("", "eth0", "192.0.2.1/24"): {},
        AddressKey("", "br0", "fe80::1/64"): {},
    }
    keys = {MasqueradeKey("", "10.1.0.0/16", ""): ("masquerades[0]", {"exclude": []})}
    found = traffic_of(keys, objects, State(routes=[("0.0.0.0/0", "eth0"), ("192.0.2.0/24", "eth0")]))
    assert found.subnets == [("br0", "10.1.0.0/24", "10.1.0.1")] and found.bridged == (("br0", "10.1.0.0/24"),)
    assert found.defaults == {4: "eth0"}


PAIRS = {
    AddressKey("", "veth-red", "192.0.2.1/24"): {},
    AddressKey("", "veth-blue", "198.51.100.1/24"): {},
    RouteKey("red", 254, "0.0.0.0/0", 0): {"gateway": "192.0.2.1"},
    RouteKey("blue", 254, "192.0.2.0/24", 0): {"gateway": "198.51.100.1"},
    SysctlKey("", "net.ipv4.ip_forward"): {"value": "1"},
}
BETWEEN = (
    ("veth-red", "192.0.2.0/24", "veth-blue", "198.51.100.0/24"),
    ("veth-blue", "198.51.100.0/24", "veth-red", "192.0.2.0/24"),
)


def of(objects: dict[Key, Any]) -> Traffic:
    return traffic_of({key: (key.sort, attrs) for key, attrs in objects.items()}, objects, State())


def test_ways_that_the_host_routes_between_links_of_a_lab() -> None:
    assert of(PAIRS).routed == BETWEEN
    shut = {finding.path: finding for finding in findings(of(PAIRS), saved())}
    out = shut["reach 198.51.100.0/24 on veth-blue from 192.0.2.0/24"]
    assert out.severity == "error" and out.object == "veth-red"
    assert "iptables-nft -I FORWARD -i veth-blue -o veth-red -j ACCEPT" in out.remedy
    both = ("-A FORWARD -i veth-red -j ACCEPT", "-A FORWARD -i veth-blue -j ACCEPT")
    assert findings(of(PAIRS), saved(*both)) == []
    docker = saved("-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN", chains=("DOCKER-USER",))
    assert exceptions.wanted(of(PAIRS), docker, "auto") == {}, "whether the host is a router is not the lab's to say"


@pytest.mark.parametrize(
    "change",
    [
        {SysctlKey("", "net.ipv4.ip_forward"): {"value": "0"}},
        {RouteKey("blue", 254, "192.0.2.0/24", 0): {"gateway": "198.51.100.9"}},
        {RouteKey("blue", 254, "192.0.2.0/24", 0): {"gateway": None}},
        {MasqueradeKey("", "192.0.2.0/24", ""): {"exclude": []}},
    ],
    ids=["not forwarded", "another router", "no way back", "by NAT"],
)
def test_ways_that_no_lab_asks_for(change: dict[Key, Any]) -> None:
    assert of({**PAIRS, **change}).routed == ()


def test_ways_between_links_are_as_many_as_links() -> None:
    objects: dict[Key, Any] = {SysctlKey("", "net.ipv4.ip_forward"): {"value": "1"}}
    for number in range(40):
        objects[AddressKey("", f"v{number}", f"10.0.{number}.1/24")] = {}
        objects[RouteKey(f"n{number}", 254, "0.0.0.0/0", 0)] = {"gateway": f"10.0.{number}.1"}
    found = of(objects).routed
    assert {way[0] for way in found} == {way[2] for way in found} == {f"v{number}" for number in range(40)}
    assert len(found) == 40


def test_a_masquerade_of_everything_asks_for_the_subnets_of_the_lab_alone() -> None:
    inside = AddressKey("", "v-net-0", "192.168.15.5/24")
    keys: Any = {inside: ("bridges[0]", {}), MasqueradeKey("", "0.0.0.0/0", "eth*"): ("masquerades[0]", {})}
    others = {AddressKey("", "docker0", "172.17.0.1/16"): {}, AddressKey("", "eth0", "192.0.2.2/24"): {}}
    found = traffic_of(keys, {inside: {}, **others}, State())
    assert found.masquerades == [("masquerades[0]", "192.168.15.0/24", "eth*")]
    assert [dev for dev, _subnet, _host in found.subnets] == ["v-net-0"]
