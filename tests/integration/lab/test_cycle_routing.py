# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules netns_address, netns_sysctl, netns_route and netns_rule: check, do, repeat, modify, delete."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox


@pytest.fixture
def wired(sandbox: Sandbox) -> Sandbox:
    """A namespace and a veth pair into it, made by hand: red/eth0 has 192.168.15.1/24 and fd00:15::1/64."""
    sandbox.sh(
        """
        ip netns add red
        ip link add veth-red type veth peer name eth0 netns red
        ip link set veth-red addrgenmode none up
        ip -n red link set eth0 addrgenmode none
        ip -n red link set eth0 up
        ip -n red link set lo up
        ip -n red address add 192.168.15.1/24 brd + dev eth0
        ip -n red address add fd00:15::1/64 dev eth0 nodad
        """
    )
    return sandbox


def _routes(sandbox: Sandbox, dst: str, more: str = "", family: str = "-4") -> list[dict[str, Any]]:
    found = sandbox.ip(f"{family} route show {more}", "red")
    return [{key: value for key, value in route.items() if key != "flags"} for route in found if route["dst"] == dst]


def _broadcast(sandbox: Sandbox, address: str) -> str | None:
    (link,) = (item for item in sandbox.ip("address", "red") if item["ifname"] == "eth0")
    (info,) = (info for info in link["addr_info"] if info["local"] == address)
    broadcast: str | None = info.get("broadcast")
    return broadcast


def test_address(wired: Sandbox) -> None:
    before = wired.dump()
    converge(wired, "netns_address", {"netns": "red", "dev": "eth0", "address": "192.168.15.9/24"})
    assert "192.168.15.9/24" in wired.addresses("eth0", "red")
    assert _broadcast(wired, "192.168.15.9") == "192.168.15.255"
    args = {"netns": "red", "dev": "eth0", "address": "192.168.15.9/24", "broadcast": "192.168.15.127"}
    converge(wired, "netns_address", args)
    assert _broadcast(wired, "192.168.15.9") == "192.168.15.127"
    converge(wired, "netns_address", {**args, "state": "absent"})
    assert_same(before, wired.dump())


def test_an_ipv6_address_is_usable_at_once(wired: Sandbox) -> None:
    before = wired.dump()
    args = {"dev": "veth-red", "address": "fd00:15:0::5/64"}
    converge(wired, "netns_address", args)
    (info,) = next(item for item in wired.ip("address") if item["ifname"] == "veth-red")["addr_info"]
    assert info["local"] == "fd00:15::5" and "tentative" not in info
    assert_nothing_to_do(wired, "netns_address", {"dev": "veth-red", "address": "FD00:15::5/64"})
    converge(wired, "netns_address", {**args, "state": "absent"})
    assert_same(before, wired.dump())


def test_another_prefix_length_of_ours_is_recreated_and_one_of_others_stays(wired: Sandbox) -> None:
    before = wired.dump()
    refused = wired.module("netns_address", {"netns": "red", "dev": "eth0", "address": "192.168.15.1/25"})
    assert refused["error"]["kind"] == "Conflict" and "192.168.15.1/24" in refused["error"]["found"], refused
    assert_same(before, wired.dump())
    args = {"netns": "red", "dev": "eth0", "address": "192.168.15.9/25"}
    converge(wired, "netns_address", args)
    for length in ("26", "25"):
        args["address"] = f"192.168.15.9/{length}"
        converge(wired, "netns_address", args)
        assert [text for text in wired.addresses("eth0", "red") if ".15.9/" in text] == [args["address"]]
    converge(wired, "netns_address", {**args, "state": "absent"})
    assert_same(before, wired.dump())


@pytest.mark.parametrize(
    ("netns", "name", "values"),
    [
        ("", "net.ipv4.ip_forward", ("1", "0")),
        ("red", "net.ipv4.ip_local_port_range", ("40000 50000", "41000\t51000")),
        ("red", "net.ipv4.conf.eth0.rp_filter", ("1", "2")),
        ("", "net.ipv6.conf.all.forwarding", ("1", "0")),
    ],
)
def test_sysctl_and_its_prior_value(wired: Sandbox, netns: str, name: str, values: tuple[str, str]) -> None:
    before = wired.dump()
    where = {"netns": netns} if netns else {}
    converge(wired, "netns_sysctl", {**where, "name": name, "value": values[0]})
    assert wired.sysctl(name, netns).split() == values[0].split()
    converge(wired, "netns_sysctl", {**where, "name": name, "value": values[1]})
    assert wired.sysctl(name, netns).split() == values[1].split()
    wired.apply("netns_sysctl", {**where, "name": name, "value": values[0]})
    converge(wired, "netns_sysctl", {**where, "name": name, "value": values[0], "state": "absent"})
    assert_same(before, wired.dump())


def test_a_sysctl_that_has_its_value_already_keeps_it(sandbox: Sandbox) -> None:
    """It is held from then on, which is a matter of the record alone."""
    sandbox.sh("sysctl -w net.ipv4.ip_forward=1")
    before = sandbox.dump()
    args = {"name": "net.ipv4.ip_forward", "value": "1"}
    for state in ("present", "present", "absent", "absent"):
        done = sandbox.apply("netns_sysctl", {**args, "state": state})
        assert (done["changed"], done["plan"]) == (False, [])
    assert_same(before, sandbox.dump())


def test_default_route(wired: Sandbox) -> None:
    before = wired.dump()
    converge(wired, "netns_route", {"netns": "red", "dst": "default", "gateway": "192.168.15.5"})
    (route,) = _routes(wired, "default")
    assert (route["gateway"], route["dev"]) == ("192.168.15.5", "eth0")
    converge(wired, "netns_route", {"netns": "red", "dst": "default", "gateway": "192.168.15.6"})
    assert [route["gateway"] for route in _routes(wired, "default")] == ["192.168.15.6"]
    converge(wired, "netns_route", {"netns": "red", "dst": "default", "state": "absent"})
    assert_same(before, wired.dump())


@pytest.mark.parametrize(
    ("first", "second", "look", "seen"),
    [
        (
            {"dst": "198.51.100.0/24", "gateway": "192.168.15.5", "metric": 50, "table": "100"},
            {"gateway": "192.168.15.6", "src": "192.168.15.1"},
            ("198.51.100.0/24", "table 100", "-4"),
            {"gateway": "192.168.15.6", "prefsrc": "192.168.15.1", "metric": 50, "dev": "eth0"},
        ),
        (
            {"dst": "203.0.113.0/24", "dev": "eth0"},
            {"src": "192.168.15.1"},
            ("203.0.113.0/24", "", "-4"),
            {"dev": "eth0", "prefsrc": "192.168.15.1"},
        ),
        (
            {"dst": "203.0.113.7", "gateway": "10.99.0.1", "dev": "eth0", "onlink": True},
            {"gateway": "10.99.0.2"},
            ("203.0.113.7", "", "-4"),
            {"gateway": "10.99.0.2", "dev": "eth0"},
        ),
        (
            {"dst": "203.0.113.0/24", "type": "blackhole"},
            {"type": "prohibit"},
            ("203.0.113.0/24", "", "-4"),
            {"type": "prohibit"},
        ),
        (
            {"dst": "default", "gateway": "fd00:15::5"},
            {"gateway": "fd00:15::6"},
            ("default", "", "-6"),
            {"gateway": "fd00:15::6", "dev": "eth0", "metric": 1024},
        ),
        (
            {"dst": "2001:db8:9::/48", "type": "unreachable", "metric": 20},
            {"type": "blackhole"},
            ("2001:db8:9::/48", "", "-6"),
            {"type": "blackhole", "metric": 20},
        ),
    ],
    ids=["table", "dev", "onlink", "blackhole", "default-ipv6", "unreachable-ipv6"],
)
def test_route(
    wired: Sandbox, first: dict[str, Any], second: dict[str, Any], look: tuple[str, str, str], seen: dict[str, Any]
) -> None:
    before = wired.dump()
    converge(wired, "netns_route", {"netns": "red", **first})
    assert len(_routes(wired, *look)) == 1
    converge(wired, "netns_route", {"netns": "red", **first, **second})
    (route,) = _routes(wired, *look)
    assert {key: route[key] for key in seen} == seen
    converge(wired, "netns_route", {"netns": "red", **first, **second, "state": "absent"})
    assert_same(before, wired.dump())


def test_two_metrics_are_two_routes(wired: Sandbox) -> None:
    for metric, gateway in ((10, "192.168.15.5"), (20, "192.168.15.6")):
        converge(wired, "netns_route", {"netns": "red", "dst": "default", "gateway": gateway, "metric": metric})
    wired.apply("netns_route", {"netns": "red", "dst": "default", "metric": 10, "state": "absent"})
    assert [route["gateway"] for route in _routes(wired, "default")] == ["192.168.15.6"]


def test_rule(wired: Sandbox) -> None:
    before = wired.dump()
    wired.apply("netns_route", {"netns": "red", "dst": "default", "gateway": "192.168.15.5", "table": "100"})
    converge(wired, "netns_rule", {"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "100"})
    (rule,) = (rule for rule in wired.ip("rule", "red") if rule["priority"] == 100)
    assert (rule["src"], rule["srclen"], rule["table"]) == ("192.168.15.0", 24, "100")
    assert "via 192.168.15.5" in wired.sh("ip -n red route get 203.0.113.1 from 192.168.15.1")

    other = {"to": "203.0.113.0/24", "iif": "lo", "fwmark": "0x2/0xff", "table": "100"}
    converge(wired, "netns_rule", {"netns": "red", "priority": 100, **other})
    (rule,) = (rule for rule in wired.ip("rule", "red") if rule["priority"] == 100)
    assert (rule["src"], rule["dst"], rule["dstlen"], rule["iif"]) == ("all", "203.0.113.0", 24, "lo")
    assert (rule["fwmark"], rule["fwmask"]) == ("0x2", "0xff")

    converge(wired, "netns_rule", {"netns": "red", "priority": 100, "state": "absent"})
    wired.apply("netns_route", {"netns": "red", "dst": "default", "table": "100", "state": "absent"})
    assert_same(before, wired.dump())


def test_rules_of_both_families_under_one_priority(wired: Sandbox) -> None:
    before = wired.dump()
    six = {"netns": "red", "priority": 77, "family": "ipv6", "table": "9"}
    converge(wired, "netns_rule", six)
    converge(wired, "netns_rule", {"netns": "red", "priority": 77, "table": "8"})
    assert [rule["table"] for rule in wired.ip("-6 rule", "red") if rule["priority"] == 77] == ["9"]
    assert [rule["table"] for rule in wired.ip("-4 rule", "red") if rule["priority"] == 77] == ["8"]
    converge(wired, "netns_rule", {**six, "state": "absent"})
    wired.apply("netns_rule", {"netns": "red", "priority": 77, "state": "absent"})
    assert_same(before, wired.dump())


def test_tables_by_their_names_on_the_host(wired: Sandbox) -> None:
    wired.sh("mkdir -p /etc/iproute2/rt_tables.d; echo '177 uplink' >/etc/iproute2/rt_tables.d/lab.conf")
    before = wired.dump()
    route = {"netns": "red", "dst": "default", "gateway": "192.168.15.5", "table": "uplink"}
    rule = {"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "uplink"}
    converge(wired, "netns_route", route)
    converge(wired, "netns_rule", rule)
    assert "via 192.168.15.5" in wired.sh("ip -n red route show table 177")
    assert "via 192.168.15.5" in wired.sh("ip -n red route get 203.0.113.1 from 192.168.15.1")
    refused(wired, "netns_rule", {**rule, "table": "uplnk"}, "InvalidArgument", "uplnk", "uplink (177)", "main (254)")
    for module, args in (("netns_rule", rule), ("netns_route", route)):
        converge(wired, module, {**args, "state": "absent"})
    assert_same(before, wired.dump())
