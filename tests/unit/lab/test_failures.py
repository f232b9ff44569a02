# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is refused at some act, or killed before one: what it did is undone, said, or healed by the next run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Kernel
from hypothesis import given, settings
from hypothesis import strategies as st

from ..support.engine import (
    apply,
    assert_as_before,
    assert_nothing_to_do,
    assert_stands,
    difference,
    remove,
    single,
)
from ..support.host import FakeHost, Killed
from ..support.topologies import Lab, host_of, hosts, labs

#: a lab with something of every kind, and what it may become
SMALL: Lab = {
    "namespaces": [
        {"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}, "hosts": "10.1.0.1 red\n"},
        {"name": "blue", "lo_up": False},
    ],
    "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24", "10.1.0.253/24", "fd00:1::fe/64"], "stp": True}],
    "veths": [
        {"name": "ve0", "netns": "red", "addresses": ["10.1.0.1/24"], "peer": {"name": "ve0-p", "bridge": "br1"}},
        {"name": "ve1", "netns": "red", "addresses": ["fd00:2::1/64"], "peer": {"name": "ve1-p", "netns": "blue"}},
        {"name": "ve2", "netns": "blue", "peer": {"name": "ve2-p", "netns": "blue"}},
    ],
    "bridge_ports": [{"dev": "ve0-p", "bridge": "br1", "hairpin": True}, {"dev": "spare0", "bridge": "br1"}],
    "addresses": [{"netns": "blue", "dev": "ve2", "address": "10.3.0.1/24"}],
    "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
    "routes": [
        {"netns": "red", "dst": "default", "gateway": "10.1.0.254"},
        {"netns": "red", "dst": "::/0", "gateway": "fd00:2::9", "src": "fd00:2::1"},
        {"dst": "10.201.0.0/24", "gateway": "10.1.0.1"},
    ],
    "rules": [{"netns": "red", "priority": 100, "from": "10.1.0.0/16", "table": "100"}],
    "masquerades": [{"source": "10.1.0.0/24"}, {"netns": "red", "source": "10.3.0.0/24"}],
    "port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.1.0.1:8080"}],
}
OTHER: Lab = {
    "namespaces": [{"name": "red", "hosts": "10.1.0.9 red\n"}, {"name": "green", "resolv_conf": "\n"}],
    "bridges": [{"name": "br1", "addresses": ["10.1.0.253/24"], "mtu": 1400}, {"name": "br2"}],
    "veths": [
        {"name": "ve0", "netns": "red", "addresses": ["10.1.0.2/24"], "peer": {"name": "ve0-p", "bridge": "br2"}},
        {"name": "ve1", "netns": "red", "addresses": ["fd00:2::1/64"], "peer": {"name": "ve1-q", "netns": "green"}},
    ],
    "bridge_ports": [{"dev": "spare0", "bridge": "docker0"}],
    "sysctls": [{"name": "net.ipv4.conf.all.rp_filter", "value": "2"}],
    "routes": [
        {"netns": "red", "dst": "default", "gateway": "10.1.0.253"},
        {"dst": "10.201.0.0/24", "type": "blackhole"},
    ],
    "rules": [{"netns": "red", "priority": 100, "from": "10.2.0.0/16", "table": "main"}],
    "masquerades": [{"source": "10.1.0.0/24", "out_interface": "eth0"}],
    "port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.1.0.2"}],
}


def small_host() -> FakeHost:
    return host_of("0", ("/etc/netns",), alien=False)


def acts_of(host: FakeHost, lab: Lab) -> int:
    """How many acts a run takes."""
    trial = host.copy()
    apply(trial, lab)
    return trial.acts


def refused(host: FakeHost, lab: Lab, acts: set[int], late: bool) -> Kernel:
    """A run of which some acts are refused."""
    host.acts, host.refuse, host.late = 0, frozenset(acts), late
    with pytest.raises(Kernel) as caught:
        apply(host, lab)
    host.refuse = frozenset()
    return caught.value


def assert_undone(host: FakeHost, before: FakeHost, fresh: FakeHost, earlier: Lab, error: Kernel) -> None:
    """Nothing of the failed run is left, and what stands is still the lab's."""
    assert error.details == {"rolled_back": True, "left": []} and "rolled back" in error.text()
    assert error.text() == str(error)
    found = difference(host.kernel.dump(), before.kernel.dump())
    assert [text for text in found if "/links/lo/addresses" not in text] == []
    assert_nothing_to_do(host, earlier)
    remove(host)
    assert_as_before(host, fresh)


@given(hosts(), labs(size=2), labs(size=2), st.integers(0, 10**6), st.booleans())
def test_what_a_refused_run_did_is_undone(host: FakeHost, one: Lab, other: Lab, act: int, late: bool) -> None:
    fresh = host.copy()
    apply(host, one)
    acts = acts_of(host, other)
    if acts:
        before = host.copy()
        error = refused(host, other, {act % acts}, late)
        assert_undone(host, before, fresh, one, error)


@pytest.mark.parametrize("late", [False, True], ids=["whole", "in part"])
@pytest.mark.parametrize("lab", [SMALL, OTHER, {}], ids=["build", "change", "removal"])
def test_it_is_undone_wherever_it_is_refused(lab: Lab, late: bool) -> None:
    fresh = small_host()
    before = fresh.copy()
    earlier = {} if lab is SMALL else SMALL
    apply(before, earlier)
    acts = acts_of(before, lab)
    assert acts > 8
    for act in range(acts):
        host = before.copy()
        assert_undone(host, before, fresh, earlier, refused(host, lab, {act}, late))


@given(hosts(), labs(size=2), labs(size=2), st.integers(0, 10**6), st.integers(1, 20))
def test_what_cannot_be_undone_is_named_and_healed(host: FakeHost, one: Lab, other: Lab, act: int, later: int) -> None:
    fresh = host.copy()
    apply(host, one)
    acts = acts_of(host, other)
    if not acts:
        return
    before, act = host.copy(), act % acts
    error = refused(host, other, {act, act + later}, late=False)
    left = error.details["left"]
    assert error.details["rolled_back"] == (not left)
    assert all(text in error.text() for text in left)
    found = difference(host.kernel.dump(), before.kernel.dump())
    assert left or [text for text in found if "/links/lo/addresses" not in text] == []
    again = host.copy()
    apply(host, one)
    assert_stands(host, one, fresh)
    for each in (host, again):
        remove(each)
        assert_as_before(each, fresh)


def killed(before: FakeHost, lab: Lab, acts: range, late: bool) -> Iterator[FakeHost]:
    """A host for each act before which the process may die; the last one dies before its record is written."""
    for act in acts:
        host = before.copy()
        host.die, host.late = act, late
        with pytest.raises(Killed):
            apply(host, lab)
        yield host.copy()


@settings(max_examples=30)
@given(hosts(), labs(size=3), labs(size=3), st.integers(0, 10**6), st.booleans())
def test_the_next_run_heals_what_a_kill_left(host: FakeHost, one: Lab, other: Lab, act: int, late: bool) -> None:
    fresh = host.copy()
    apply(host, one)
    acts = acts_of(host, other)
    if acts:
        act %= acts + 1
        for half in killed(host, other, range(act, act + 1), late):
            assert_healed(half, fresh, [one, other])


@pytest.mark.parametrize("late", [False, True], ids=["between acts", "within a namespace"])
@pytest.mark.parametrize("lab", [SMALL, OTHER, {}], ids=["build", "change", "removal"])
def test_it_heals_wherever_it_was_killed(lab: Lab, late: bool) -> None:
    fresh = small_host()
    before = fresh.copy()
    apply(before, {} if lab is SMALL else SMALL)
    for half in killed(before, lab, range(acts_of(before, lab) + 1), late):
        assert_healed(half, fresh, [lab])


def assert_healed(half: FakeHost, fresh: FakeHost, labs: list[Lab]) -> None:
    """From where it was left, the way on, the way back and the way out are all open."""
    for lab in labs:
        host = half.copy()
        apply(host, lab)
        assert_stands(host, lab, fresh)
        remove(host)
        assert_as_before(host, fresh)
    remove(half)
    assert_as_before(half, fresh)


def test_what_others_put_into_a_namespace_is_named_where_it_is_lost() -> None:
    """A removal that fails behind the namespace cannot bring back a link that the lab did not make."""
    host = small_host()
    apply(host, {"namespaces": [{"name": "red", "hosts": "\n"}]})
    host.kernel.veth_add(("red", "theirs"), ("red", "theirs-p"))
    host.kernel.link("red", "theirs").peer = None
    error = refused(host, {}, {2}, late=False)
    assert error.details["rolled_back"] is False
    assert any("theirs" in text for text in error.details["left"])


@pytest.mark.parametrize("late", [False, True])
def test_a_single_module_is_undone_too(late: bool) -> None:
    host = small_host()
    single(host, "namespaces", {"name": "red"})
    before = host.copy()
    host.acts, host.refuse, host.late = 0, frozenset({1}), late
    with pytest.raises(Kernel):
        single(host, "namespaces", {"name": "blue", "hosts": "\n", "sysctls": {"net.ipv4.ip_forward": 1}})
    assert_as_before(host, before)
