# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any lab, on any host: it is built by one run, changed by one run, and removed without a trace."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.scope import scope_of
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Key, Objects
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError
from ansible_collections.netns.lab.plugins.module_utils._model.lab.links.table import LINKS
from hypothesis import given
from hypothesis import strategies as st

from ..support.changes import fold
from ..support.drift import drift
from ..support.engine import (
    apply,
    assert_as_before,
    assert_stands,
    difference,
    entries,
    remove,
    single,
)
from ..support.host import FakeHost
from ..support.oracle import foreign
from ..support.topologies import Lab, host_of, hosts, labs

#: where each kind of step has its turn; sysctls come before the links, those of a link before its addresses
STAGES = [
    "netns_dir",
    "directory",
    "netns",
    "file",
    "early sysctl",
    "bridge",
    "veth",
    "sysctl",
    "address",
    "route",
    "rule",
]
STAGES += ["nat_table", "nat"]
#: those of one stage with another
SAME = {
    **dict.fromkeys(("bridge_port", "link", "vxlan", *LINKS), "veth"),
    "masquerade": "nat",
    "port_forward": "nat",
}


@given(hosts(), labs())
def test_check_mode_tells_what_the_run_does_and_touches_nothing(host: FakeHost, lab: Lab) -> None:
    before = host.dump()
    planned = apply(host, lab, check=True)
    assert host.dump() == before and host.acts == 0
    done = apply(host, lab)
    assert (done.plan(), done.diff(), done.changed) == (planned.plan(), planned.diff(), planned.changed)
    before = host.dump()
    planned = remove(host, check=True)
    assert host.dump() == before
    assert remove(host).plan() == planned.plan()


@given(hosts(), labs())
def test_one_run_builds_and_one_removes_without_a_trace(host: FakeHost, lab: Lab) -> None:
    fresh = host.copy()
    assert apply(host, lab).changed
    assert_stands(host, lab, fresh)
    assert remove(host).changed
    assert_as_before(host, fresh)
    assert not remove(host).changed
    assert_as_before(host, fresh)


@given(hosts(), labs(), labs())
def test_any_lab_becomes_any_other_by_one_run(host: FakeHost, one: Lab, other: Lab) -> None:
    fresh = host.copy()
    apply(host, one)
    planned = apply(host, other, check=True)
    done = apply(host, other)
    assert (done.plan(), done.diff()) == (planned.plan(), planned.diff())
    assert_stands(host, other, fresh)
    remove(host)
    assert_as_before(host, fresh)


@given(hosts(), labs(), labs(), labs())
def test_the_way_does_not_matter(host: FakeHost, one: Lab, other: Lab, third: Lab) -> None:
    fresh = host.copy()
    for lab in (one, other, third, one):
        apply(host, lab)
    assert_stands(host, one, fresh)
    remove(host)
    assert_as_before(host, fresh)


@given(hosts(), labs(), st.integers(0, 10**6))
def test_one_run_repairs_what_somebody_else_did(host: FakeHost, lab: Lab, seed: int) -> None:
    fresh, chance = host.copy(), random.Random(seed)
    apply(host, lab)
    for _turn in range(2):
        drift(host.kernel, chance)
    broken = host.copy()
    apply(host, lab)
    assert_stands(host, lab, fresh)
    for each in (host, broken):
        remove(each)
        assert_as_before(each, fresh)


@given(hosts(), labs(), labs())
def test_the_plan_has_its_order_and_its_reasons(host: FakeHost, one: Lab, other: Lab) -> None:
    apply(host, one)
    for plan in (apply(host, other, check=True).plan(), remove(host, check=True).plan()):
        assert all(step["reason"] and step["object"] for step in plan)
        assert len({(step["kind"], step["object"], step["action"]) for step in plan}) == len(plan)
        going = [step["action"] == "delete" for step in plan]
        assert going == sorted(going, reverse=True)
        gone = [_stage(step) for step in plan if step["action"] == "delete" and step["kind"] != "bridge_port"]
        made = [_stage(step) for step in plan if step["action"] != "delete"]
        assert gone == sorted(gone, reverse=True)
        assert made == sorted(made)


def _stage(step: dict[str, str]) -> int:
    kind = SAME.get(step["kind"], step["kind"])
    of_link = re.match(r"net\.ipv4\.conf\.(ve|br|v-)", step["object"])
    given_back = step["object"].endswith(".accept_ra") and "it was" in step["reason"]
    if kind == "sysctl" and not of_link and not given_back:
        kind = "early sysctl"
    return STAGES.index(kind)


@given(hosts(), labs(), labs())
def test_the_plan_folded_over_the_state_is_the_state_after(host: FakeHost, one: Lab, other: Lab) -> None:
    apply(host, one)
    changes = [change for step in apply(host, other, check=True).steps for change in step.changes]
    before = _read(host, changes)
    firsts = {change.key: change.before for change in reversed(changes)}
    assert {key: attrs for key, attrs in firsts.items() if attrs != before.get(key)} == {}
    folded = {
        key: attrs for key, attrs in fold(before, changes).items() if isinstance(key, SysctlKey) or not _by_itself(key)
    }
    apply(host, other)
    after = {key: attrs for key, attrs in _read(host, changes).items() if key in folded or not _by_itself(key)}
    assert folded.keys() == after.keys()
    assert {key: (attrs, after[key]) for key, attrs in folded.items() if not _within(attrs, after[key])} == {}


def _read(host: FakeHost, changes: list[Change]) -> Objects:
    """What there is in the places that changes are about."""
    with host.locked(False):
        return host.read(scope_of([change.key for change in changes])).objects


def _by_itself(key: Key) -> bool:
    """Whether something comes by itself with a namespace or a link."""
    return key.is_innate or str(key[-1]).startswith("fe80") or isinstance(key, SysctlKey)


def _within(attrs: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether an object is as planned; None is what the kernel chooses itself, and bridge_mtu is the bridge's."""
    planned = {name: value for name, value in attrs.items() if value is not None and name != "bridge_mtu"}
    return all(found.get(name) == value for name, value in planned.items())


@given(hosts().filter(lambda host: not host.bridge_nf), labs())
def test_single_modules_make_what_a_topology_makes(host: FakeHost, lab: Lab) -> None:
    fresh, whole = host.copy(), host.copy()
    apply(whole, lab)
    for resource, entry in entries(lab):
        single(host, resource, entry)
        assert single(host, resource, entry).plan() == []
    for resource, entry in entries(lab):
        assert single(host, resource, entry).plan() == []
    found = difference(host.kernel.dump(), whole.kernel.dump())
    assert [text for text in found if "/mac:" not in text and "fe80" not in text] == []
    again = host.copy()
    for each, order in ((host, entries(lab)[::-1]), (again, entries(lab))):
        for resource, entry in order:
            single(each, resource, entry, "absent")
        assert_as_before(each, fresh)


@given(hosts(), labs(), labs())
def test_what_is_foreign_stays_even_where_a_run_is_refused(host: FakeHost, one: Lab, other: Lab) -> None:
    """Two labs of the same names: the second cannot be, and nothing of the first is touched."""
    apply(host, one, "one")
    before = host.copy()
    try:
        apply(host, other, "two")
    except LabError as error:
        assert error.kind in ("Conflict", "InvalidArgument")
        assert_as_before(host, before)
    assert foreign(host.kernel, before.kernel) == []


#: what the kernel does by itself: (a lab, what it becomes, words that the plan has)
BY_ITSELF: dict[str, tuple[Lab, Lab, list[str]]] = {
    "a link that goes down loses its IPv6 addresses": (
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24", "fd00:1::1/64"]}]},
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24", "fd00:1::1/64"], "up": False}]},
        ["delete address fd00:1::1/64 dev br1", "change bridge br1", "create address fd00:1::1/64 dev br1"],
    ),
    "a link that goes down loses its routes": (
        {"bridges": [{"name": "br1"}], "routes": [{"dst": "10.7.0.0/24", "dev": "br1"}]},
        {"bridges": [{"name": "br1", "up": False}, {"name": "br2"}], "routes": [{"dst": "10.7.0.0/24", "dev": "br2"}]},
        ["delete route 10.7.0.0/24", "change bridge br1", "create bridge br2", "create route 10.7.0.0/24"],
    ),
    "the last IPv4 address of a link takes its routes along": (
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24"]}], "routes": [{"dst": "10.7.0.0/24", "dev": "br1"}]},
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.2/24"]}], "routes": [{"dst": "10.7.0.0/24", "dev": "br1"}]},
        ["delete address 10.1.0.1/24 dev br1", "create address 10.1.0.2/24 dev br1", "create route 10.7.0.0/24"],
    ),
    "an address that is given anew takes its routes along": (
        {
            "addresses": [{"dev": "spare0", "address": "10.1.0.1/24"}],
            "routes": [{"dst": "10.7.0.0/24", "dev": "spare0"}],
        },
        {
            "addresses": [{"dev": "spare0", "address": "10.1.0.1/24", "broadcast": "10.1.0.9"}],
            "routes": [{"dst": "10.7.0.0/24", "dev": "spare0"}],
        },
        ["change address 10.1.0.1/24 dev spare0", "create route 10.7.0.0/24"],
    ),
    "the first IPv4 address of a subnet takes the others along": (
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24", "10.1.0.2/24", "10.1.0.3/24"]}]},
        {"bridges": [{"name": "br1", "addresses": ["10.1.0.3/24"]}]},
        ["delete address 10.1.0.2/24 dev br1", "delete address 10.1.0.1/24 dev br1"],
    ),
    "an IPv6 route goes on without its source": (
        {
            "bridges": [{"name": "br1", "addresses": ["fd00:1::1/64", "fd00:1::2/64"]}],
            "routes": [{"dst": "fd77::/64", "dev": "br1", "src": "fd00:1::1"}],
        },
        {
            "bridges": [{"name": "br1", "addresses": ["fd00:1::2/64"]}],
            "routes": [{"dst": "fd77::/64", "dev": "br1", "src": "fd00:1::2"}],
        },
        ["delete address fd00:1::1/64 dev br1", "change route fd77::/64"],
    ),
    "a veth pair that is recreated has new sysctls": (
        {
            "veths": [{"name": "a", "peer": {"name": "b"}}],
            "sysctls": [{"name": "net.ipv4.conf.a.rp_filter", "value": "1"}],
        },
        {
            "veths": [{"name": "a", "peer": {"name": "c"}}],
            "sysctls": [{"name": "net.ipv4.conf.a.rp_filter", "value": "1"}],
        },
        ["delete veth b <-> a", "create veth a <-> c", "create sysctl net.ipv4.conf.a.rp_filter"],
    ),
    "a veth leaves its bridge before anything is created": (
        {"bridges": [{"name": "br1"}], "veths": [{"name": "a", "peer": {"name": "b", "bridge": "br1"}}]},
        {"bridges": [{"name": "br1"}, {"name": "br2"}], "veths": [{"name": "a", "peer": {"name": "b"}}]},
        ["delete bridge_port b", "create bridge br2"],
    ),
    "a bridge that goes lets its ports go": (
        {"bridges": [{"name": "br1"}], "veths": [{"name": "a", "peer": {"name": "b", "bridge": "br1"}}]},
        {"bridges": [{"name": "br2"}], "veths": [{"name": "a", "peer": {"name": "b", "bridge": "br2"}}]},
        ["delete bridge br1", "create bridge br2", "change veth b"],
    ),
}


@pytest.mark.parametrize(
    ("one", "other", "words"), BY_ITSELF.values(), ids=[name.replace(" ", "-") for name in BY_ITSELF]
)
def test_what_the_kernel_does_by_itself_is_planned(one: Lab, other: Lab, words: list[str]) -> None:
    host = host_of("0", (), alien=False)
    fresh = host.copy()
    apply(host, one)
    plan = apply(host, other).plan()
    assert [f"{step['action']} {step['kind']} {step['object']}" for step in plan] == words
    assert_stands(host, other, fresh)
    apply(host, one)
    assert_stands(host, one, fresh)
    remove(host)
    assert_as_before(host, fresh)
