# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans that are confirmed: which of them touch the ssh session, and the way back from any of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import ssh_session
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import Session, State
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import ForwardKey, MasqueradeKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.paths import FileKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.rule import RuleKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.plan import Step
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback import rollback
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Key
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from hypothesis import given, settings
from hypothesis import strategies as st

from ..support.engine import apply, assert_as_before
from ..support.host import FakeHost
from ..support.topologies import Lab, host_of, hosts, labs

SESSION = Session("198.51.100.7", "192.0.2.2", 22)
STATE = State(
    objects={
        LinkKey("", "br0"): {"bridge": ""},
        LinkKey("", "eth0"): {"bridge": "br0"},
        LinkKey("", "mv0"): {"kind": "macvlan", "link": "eth2", "mode": "bridge", "bridge": "br0"},
        LinkKey("", "eth1"): {"bridge": ""},
        LinkKey("", "eth2"): {"bridge": ""},
        AddressKey("", "br0", "192.0.2.2/24"): {},
        AddressKey("", "eth1", "203.0.113.2/24"): {},
    },
    routes=[("192.0.2.0/24", "br0"), ("203.0.113.0/24", "eth1"), ("198.51.100.0/24", "br0"), ("0.0.0.0/0", "eth1")],
    session=SESSION,
)
RULE: dict[str, Any] = {"from": None, "to": None, "iif": None, "fwmark": None, "table": 77}


@pytest.mark.parametrize(
    ("key", "attrs", "touches"),
    [
        (LinkKey("", "br0"), {}, True),
        (LinkKey("", "eth0"), {}, True),  # a port of the session's bridge
        (LinkKey("", "eth1"), {}, False),
        (LinkKey("", "eth2"), {}, True),  # below a port of the session's bridge
        (LinkKey("", "mv1"), {"kind": "macvlan", "link": "eth2", "mode": "passthru"}, True),  # takes its packets
        (LinkKey("", "mv1"), {"kind": "macvlan", "link": "eth2", "mode": "bridge"}, False),
        (LinkKey("", "mv1"), {"kind": "macvlan", "link": "eth1", "mode": "passthru"}, False),
        (LinkKey("red", "mv1"), {"kind": "macvlan", "link": "eth2", "mode": "passthru"}, False),
        (LinkKey("red", "br0"), {}, False),  # another link of that name
        (AddressKey("", "br0", "10.0.0.1/24"), {}, True),
        (AddressKey("", "eth1", "10.0.0.1/24"), {}, False),
        (AddressKey("", "eth1", "198.51.100.1/24"), {}, True),  # its subnet takes in the peer
        (AddressKey("", "eth1", "192.0.2.2/32"), {}, True),  # the session's own, elsewhere
        (AddressKey("red", "eth1", "198.51.100.7/24"), {}, False),
        (RouteKey("", 254, "198.51.100.7/32", 0), {}, True),
        (RouteKey("", 254, "198.51.100.0/24", 7), {}, True),  # as long as the best
        (RouteKey("", 254, "0.0.0.0/0", 0), {}, False),  # a longer one wins
        (RouteKey("", 254, "198.51.100.8/32", 0), {}, False),
        (RouteKey("", 100, "0.0.0.0/0", 0), {}, True),  # rules may lead there
        (RouteKey("red", 254, "198.51.100.7/32", 0), {}, False),
        (RouteKey("", 254, "2001:db8::/32", 0), {}, False),
        (RuleKey("", False, 7), {"to": "198.51.100.0/24"}, True),
        (RuleKey("", False, 7), {"from": "192.0.2.2/32"}, True),
        (RuleKey("", False, 7), {"from": "198.51.100.0/24"}, True),  # of what comes in
        (RuleKey("", False, 7), {"from": "198.51.100.0/24", "iif": "br0"}, True),
        (RuleKey("", False, 7), {"from": "198.51.100.0/24", "iif": "eth1"}, False),
        (RuleKey("", False, 7), {"from": "10.0.0.0/8"}, False),
        (RuleKey("", False, 7), {"fwmark": "0x1"}, False),
        (RuleKey("", True, 7), {}, False),
        (ForwardKey("", "tcp", False, "", 22, 22), {}, True),
        (ForwardKey("", "tcp", False, "192.0.2.2", 20, 30), {}, True),
        (ForwardKey("", "tcp", False, "203.0.113.2", 22, 22), {}, False),
        (ForwardKey("", "tcp", False, "", 2222, 2222), {}, False),
        (ForwardKey("", "udp", False, "", 22, 22), {}, False),
        (ForwardKey("", "tcp", True, "", 22, 22), {}, False),
        (ForwardKey("red", "tcp", False, "", 22, 22), {}, False),
        (MasqueradeKey("", "192.0.2.0/24", ""), {"exclude": []}, True),
        (MasqueradeKey("", "192.0.2.0/24", ""), {"exclude": ["198.51.100.0/24"]}, False),
        (MasqueradeKey("", "10.0.0.0/8", ""), {"exclude": []}, False),
        (SysctlKey("", "net.ipv4.conf.br0.rp_filter"), {"value": "1"}, True),
        (SysctlKey("", "net.ipv4.conf.all.rp_filter"), {"value": "1"}, True),
        (SysctlKey("", "net.ipv4.conf.eth1.rp_filter"), {"value": "1"}, False),
        (SysctlKey("", "net.ipv6.conf.br0.forwarding"), {"value": "1"}, False),
        (SysctlKey("", "net.ipv4.ip_forward"), {"value": "1"}, False),
        (NetnsKey("br0"), {}, False),
        (FileKey("/etc/netns/red/hosts"), {"content": ""}, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("made", [True, False], ids=["made", "removed"])
def test_what_touches_the_session(key: Key, attrs: dict[str, Any], touches: bool, made: bool) -> None:
    whole = {**RULE, **attrs} if isinstance(key, RuleKey) else attrs
    change = Change(key, None, whole) if made else Change(key, whole, None)
    found = ssh_session.reason(STATE, [Step("thing", "x", "create", "asked", (change,))])
    assert (found is not None) == touches
    assert (
        ssh_session.reason(State(objects=STATE.objects, routes=STATE.routes), [Step("", "", "", "", (change,))]) is None
    )


LAB: Lab = {"bridges": [{"name": "br1"}], "bridge_ports": [{"dev": "eth0", "bridge": "br1"}]}

SEIZING: Lab = {"links": [{"name": "mv0", "kind": "macvlan", "link": "eth0", "mode": "passthru"}]}
SEIZED = "link mv0 takes all packets of eth0, which carries your SSH session"


def at_home() -> FakeHost:
    host = host_of("0", (), alien=False)
    host.session = Session("10.0.2.77", "10.0.2.15", 22)
    return host


@pytest.mark.parametrize(
    ("lab", "asked", "told"),
    [
        (LAB, -1, {"armed": True, "timeout": 60, "reason": "link eth0 carries your SSH session", "id": "one"}),
        (LAB, 5, {"armed": True, "timeout": 5, "reason": "link eth0 carries your SSH session", "id": "one"}),
        (LAB, 0, None),
        (LAB, None, None),
        (SEIZING, -1, {"armed": True, "timeout": 60, "reason": SEIZED, "id": "one"}),
        ({"namespaces": [{"name": "red"}]}, -1, None),
        ({"namespaces": [{"name": "red"}]}, 5, {"armed": True, "timeout": 5, "reason": None, "id": "one"}),
    ],
)
def test_whether_a_plan_is_to_be_confirmed(lab: Lab, asked: int | None, told: dict[str, Any] | None) -> None:
    host = at_home()
    planned = apply(host, lab, check=True, allow_management=True, confirm_timeout=asked)  # type: ignore[arg-type]
    assert host.waits is None
    assert planned.confirm == (told and {**{key: told[key] for key in ("timeout", "reason")}, "armed": False})
    done = apply(host, lab, allow_management=True, confirm_timeout=asked)  # type: ignore[arg-type]
    assert done.confirm == told
    assert (host.waits is not None) == (told is not None)
    host.waits, host.acts = None, 0
    again = apply(host, lab, allow_management=True, confirm_timeout=asked)  # type: ignore[arg-type]
    assert again.confirm is None and host.waits is None


def test_a_time_that_is_none() -> None:
    with pytest.raises(InvalidArgument) as caught:
        apply(at_home(), LAB, confirm_timeout=-2)  # type: ignore[arg-type]
    assert caught.value.obj == "confirm_timeout"


@settings(max_examples=60)
@given(hosts(), labs(), labs(), st.booleans())
def test_any_plan_is_taken_back(host: FakeHost, first: Lab, second: Lab, gone: bool) -> None:
    """By what came out of the file, so that nothing of it is lost there."""
    allowed: dict[str, Any] = {"allow_overlap": True, "allow_management": True}
    apply(host, first, **allowed)
    before, host.acts = host.copy(), 0
    plan = apply(host, {"state": "absent"} if gone else second, confirm_timeout=5, **allowed).plan()
    assert (host.waits is not None) == bool(plan)
    if host.waits is not None:
        with host.locked(True):
            assert rollback.take_back(host, host.waits) == []
        for at in (host, before):  # a namespace that is made again has another inode
            texts = {lab: json.loads(text) for lab, text in at.files.items()}
            assert all(set(each["inodes"].items()) <= set(at.inodes().items()) for each in texts.values())
            at.files = {lab: json.dumps({**each, "inodes": sorted(each["inodes"])}) for lab, each in texts.items()}
        assert_as_before(host, before)


def test_what_is_left_is_said() -> None:
    host = host_of("0", (), alien=False)
    apply(host, {"namespaces": [{"name": "red"}]}, confirm_timeout=5)  # type: ignore[arg-type]
    assert host.waits is not None
    host.refuse = frozenset({host.acts})
    with host.locked(True):
        left = rollback.take_back(host, host.waits)
    assert "red" in left[0]
    told = rollback.error(5, left)
    assert told.details == {"rolled_back": False, "left": left} and left[0] in told.text()
    assert "no new connection within 5 s; the host rolled the plan back" in told.text()
    apply(host, {"state": "absent"})
    assert host.files == {}
