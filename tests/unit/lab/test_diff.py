# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person reads a difference: one line an object, what changes on both sides, nothing that says nothing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.diff import diff
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import (
    ForwardKey,
    HairpinKey,
    MasqueradeKey,
    NatTableKey,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.paths import FileKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.rule import RuleKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.plan import Step
from ansible_collections.netns.lab.plugins.module_utils._engine.state import CASCADE, Change, Key
from hypothesis import given

from ..support.changes import fold
from ..support.engine import apply, remove
from ..support.host import FakeHost
from ..support.topologies import Lab, host_of, hosts, labs

LAB: Lab = {
    "namespaces": [{"name": "red", "hosts": "10.1.0.1 red\n", "sysctls": {"net.ipv4.ip_forward": 1}}],
    "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24"], "stp": True}],
    "veths": [
        {"name": "ve0", "netns": "red", "addresses": ["10.1.0.1/24"], "peer": {"name": "ve0-p", "bridge": "br1"}}
    ],
    "bridge_ports": [{"dev": "ve0-p", "bridge": "br1", "hairpin": True}],
    "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
    "routes": [
        {"netns": "red", "dst": "default", "gateway": "10.1.0.254"},
        {"netns": "red", "dst": "10.9.0.0/24", "type": "blackhole", "table": "100", "metric": 7},
    ],
    "rules": [{"netns": "red", "priority": 100, "from": "10.1.0.0/16", "table": "100"}],
    "masquerades": [{"source": "10.1.0.0/24", "out_interface": "eth0"}],
    "port_forwards": [{"protocol": "tcp", "port": "80", "to": "10.1.0.1:8080", "listen": ["10.0.2.15"]}],
}

BUILT = """\
directory /run/netns
netns_dir /run/netns
directory /etc/netns
directory /etc/netns/red
netns red  lo_up=yes
file /etc/netns/red/hosts  content='10.1.0.1 red\\n'
sysctl net.ipv4.ip_forward in red  value=1
sysctl net.ipv4.ip_forward  value=1
bridge br1  addrgenmode=none  mac=02:43:75:05:26:10  stp=yes  up=yes
veth ve0-p  addrgenmode=none  bridge=br1  hairpin=yes  peer=red/ve0  up=yes
veth red/ve0  addrgenmode=none  peer=ve0-p  up=yes
address 10.1.0.254/24 dev br1  broadcast=10.1.0.255
address 10.1.0.1/24 dev red/ve0  broadcast=10.1.0.255
route default in red  gateway=10.1.0.254  type=unicast
route 10.9.0.0/24 table 100 metric 7 in red  type=blackhole
rule 100 in red  from=10.1.0.0/16  table=100
nft table inet netns_lab
masquerade 10.1.0.0/24 out eth0  exclude=10.1.0.0/24
port_forward tcp/80 on 10.0.2.15  to=10.1.0.1  to_port=8080
hairpin 10.1.0.0/24 to 10.1.0.1 tcp/8080
"""


def host() -> FakeHost:
    return host_of("0", (), alien=False)


def test_what_comes_is_told_with_all_that_is_set() -> None:
    found = apply(host(), LAB, check=True).diff()
    assert found["before"] == "sysctl net.ipv4.ip_forward  value=0\n"
    assert found["after"] == BUILT


def test_what_goes_is_told_by_what_tells_it_from_others() -> None:
    at = host()
    apply(at, LAB)
    found = remove(at, check=True).diff()
    assert found["after"] == "sysctl net.ipv4.ip_forward  value=0\n"
    lines = found["before"].splitlines()
    assert "netns red  lo_up=yes" in lines and "bridge br1  up=yes" in lines
    assert "veth ve0-p  bridge=br1  peer=red/ve0  up=yes" in lines
    assert "route default in red  dev=ve0  gateway=10.1.0.254  type=unicast" in lines
    assert not any("lo  " in line or "127.0.0.1" in line or "rule 0" in line or "rule 3276" in line for line in lines)
    named = [line.partition("  ")[0] for line in BUILT.splitlines()]
    named.remove("sysctl net.ipv4.ip_forward in red")  # it goes by itself
    assert sorted(line.partition("  ")[0] for line in lines) == sorted(named)


CHANGES: dict[str, tuple[list[tuple[str, int, Any]], str, str]] = {
    "a switch and a number": (
        [("bridges", 0, {"name": "br1", "addresses": ["10.1.0.254/24"], "stp": False, "mtu": 1400})],
        "bridge br1  mtu=1500  stp=yes\n", "bridge br1  mtu=1400  stp=no\n"),
    "a link that goes down": (
        [("veths", 0, {**LAB["veths"][0], "up": False}), ("routes", 0, LAB["routes"][1]), ("routes", 1, None)],
        "veth red/ve0  up=yes\nroute default in red  dev=ve0  gateway=10.1.0.254  type=unicast\n", "veth red/ve0  up=no\n"),
    "a gateway": (
        [("routes", 0, {"netns": "red", "dst": "default", "gateway": "10.1.0.253"})],
        "route default in red  dev=ve0  gateway=10.1.0.254\n", "route default in red  gateway=10.1.0.253\n"),
    "a file": (
        [("namespaces", 0, {**LAB["namespaces"][0], "hosts": "x\n"})],
        "file /etc/netns/red/hosts  content='10.1.0.1 red\\n'\n", "file /etc/netns/red/hosts  content='x\\n'\n"),
    "a target": (
        [("port_forwards", 0, {**LAB["port_forwards"][0], "to": "10.9.9.9:8080"})],
        "port_forward tcp/80 on 10.0.2.15  to=10.1.0.1\nhairpin 10.1.0.0/24 to 10.1.0.1 tcp/8080\n",
        "port_forward tcp/80 on 10.0.2.15  to=10.9.9.9\n"),
    "a rule": (
        [("rules", 0, {"netns": "red", "priority": 100, "to": "10.1.0.0/16", "table": "main"})],
        "rule 100 in red  from=10.1.0.0/16  table=100\n", "rule 100 in red  table=254  to=10.1.0.0/16\n"),
    "an option of a port": (
        [("bridge_ports", 0, {"dev": "ve0-p", "bridge": "br1", "hairpin": False, "cost": 9})],
        "veth ve0-p  cost=2  hairpin=yes\n", "veth ve0-p  cost=9  hairpin=no\n"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "before", "after"), CHANGES.values(), ids=[name.replace(" ", "-") for name in CHANGES]
)
def test_what_changes_is_told_with_what_changes(edits: list[tuple[str, int, Any]], before: str, after: str) -> None:
    at = host()
    apply(at, LAB)
    lab = {resource: list(found) for resource, found in LAB.items()}
    for resource, index, entry in edits:
        lab[resource][index] = entry
    lab = {resource: [entry for entry in found if entry] for resource, found in lab.items()}
    assert {name: sorted(text.splitlines()) for name, text in apply(at, lab).diff().items()} == {
        "before": sorted(before.splitlines()),
        "after": sorted(after.splitlines()),
    }


def test_nothing_to_do_is_no_difference() -> None:
    at = host()
    apply(at, LAB)
    assert apply(at, LAB).diff() == {"before": "", "after": ""}


@given(hosts(), labs(), labs())
def test_every_line_is_an_object_that_differs(at: FakeHost, one: Lab, other: Lab) -> None:
    apply(at, one)
    result = apply(at, other, check=True)
    changes = [change for step in result.steps for change in step.changes]
    before = fold({}, [Change(c.key, None, c.before) for c in reversed(changes)])
    after = fold(before, changes)
    for side, objects, others in (("before", before, after), ("after", after, before)):
        lines = result.diff()[side].splitlines()
        assert len(lines) == len(set(lines))
        assert not any(
            word in line for line in lines for word in ("None", "group", "protocol", "rules=", "=''", "[]", "{")
        )
        named = [line.partition("  ")[0] for line in lines]
        assert len(named) == len(set(named))
        known = {_name(key, attrs) for key, attrs in objects.items() if attrs != others.get(key)}
        assert set(named) <= known
        told = {
            _name(k, a)
            for k, a in objects.items()
            if k not in others and "lo" not in k and not isinstance(k, (RuleKey, SysctlKey))
        }
        assert told <= set(named)


def _name(key: Key, attrs: Any) -> str:
    return (
        key.describe().replace("link ", f"{attrs['kind'] or 'link'} ", 1)
        if isinstance(key, LinkKey)
        else key.describe()
    )


def test_a_link_that_is_laid_anew_is_one_line_on_each_side() -> None:
    at = host()
    apply(at, LAB)
    lab = {**LAB, "veths": [{**LAB["veths"][0], "peer": {"name": "new", "bridge": "br1"}}], "bridge_ports": []}
    found = apply(at, lab).diff()
    assert [text.count("veth red/ve0 ") for text in found.values()] == [1, 1]
    assert "veth red/ve0  peer=ve0-p\n" in found["before"] and "veth red/ve0  peer=new\n" in found["after"]
    assert not any("10.1.0.1/24" in text or "route" in text for text in found.values()), (
        "they are there before and after"
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (LinkKey("red", "ve0"), "link red/ve0"),
        (LinkKey("", "br1"), "link br1"),
        (AddressKey("red", "ve0", "10.1.0.1/24"), "address 10.1.0.1/24 dev red/ve0"),
        (RouteKey("", 254, "0.0.0.0/0", 0), "route default"),
        (RouteKey("red", 254, "::/0", 1024), "route default (IPv6) in red"),
        (RouteKey("", 100, "10.0.0.0/8", 5), "route 10.0.0.0/8 table 100 metric 5"),
        (RuleKey("red", True, 9), "rule 9 (IPv6) in red"),
        (ForwardKey("", "udp", True, "", 53, 99), "port_forward udp/53-99 (IPv6)"),
        (ForwardKey("red", "tcp", False, "10.0.0.1", 80, 80), "port_forward tcp/80 on 10.0.0.1 in red"),
        (MasqueradeKey("red", "10.0.0.0/8", "eth0"), "masquerade 10.0.0.0/8 out eth0 in red"),
        (NatTableKey("red"), "nft table inet netns_lab in red"),
        (HairpinKey("", "10.0.0.0/8", "10.0.0.1", "tcp", 80, 80), "hairpin 10.0.0.0/8 to 10.0.0.1 tcp/80"),
        (
            HairpinKey("red", "10.0.0.0/8", "10.0.0.1", "tcp", 80, 90),
            "hairpin 10.0.0.0/8 to 10.0.0.1 tcp/80-90 in red",
        ),
        (SysctlKey("red", "net.ipv4.ip_forward"), "sysctl net.ipv4.ip_forward in red"),
        (NetnsKey("red"), "netns red"),
        (FileKey("/etc/netns/red/hosts"), "file /etc/netns/red/hosts"),
    ],
)
def test_objects_are_described_in_the_words_of_their_tools(key: Key, words: str) -> None:
    assert key.describe() == words


def test_changes_can_be_turned_round() -> None:
    first = Change(NetnsKey("red"), None, {"lo_up": True})
    second = Change(LinkKey("red", "a"), {"up": True}, None, CASCADE)
    step = Step("netns", "red", "create", "does not exist", (first, second))
    back = [change.inverse() for change in reversed(step.changes)]
    assert back == [Change(second.key, None, {"up": True}), Change(first.key, {"lo_up": True}, None)]
    assert fold(fold({second.key: {"up": True}}, [first, second]), back) == {second.key: {"up": True}}
    assert diff([step]) == {"before": "link red/a  up=yes\n", "after": "netns red  lo_up=yes\n"}
