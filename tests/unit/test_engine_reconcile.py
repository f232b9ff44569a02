# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any lab, on any host: it is built by one run, changed by one run, and removed without a trace."""

from __future__ import annotations

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine import run
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from .support.host import FakeHost
from .support.oracle import foreign, lacking, objects
from .support.topologies import FOREIGN_BRIDGE, FOREIGN_NETNS, UPLINK, Lab, hosts, labs


def apply(host: FakeHost, lab: Lab, name: str = "lab", check: bool = False) -> run.Result:
    return run.run(run.topology_request({**lab, "name": name}), host, check)


def remove(host: FakeHost, name: str = "lab") -> run.Result:
    return run.run(run.topology_request({"name": name, "state": "absent"}), host, False)


def assert_stands(host: FakeHost, lab: Lab, fresh: FakeHost) -> None:
    """A lab stands on a host as if it had been the first on a fresh one, and there is nothing more to do."""
    assert lacking(lab, host.kernel) == []
    assert foreign(host.kernel, fresh.kernel) == []
    first = fresh.copy()
    apply(first, lab)
    assert objects(host.kernel) == objects(first.kernel)
    state = host.dump()
    assert apply(host, lab).plan() == []
    assert host.dump() == state


@given(hosts(), labs())
def test_check_mode_tells_what_the_run_does_and_touches_nothing(host: FakeHost, lab: Lab) -> None:
    before = host.dump()
    planned = apply(host, lab, check=True)
    assert host.dump() == before and host.acts == 0
    done = apply(host, lab)
    assert (done.plan(), done.diff(), done.changed) == (planned.plan(), planned.diff(), planned.changed)


@given(hosts(), labs())
def test_a_lab_is_built_by_one_run_and_removed_without_a_trace(host: FakeHost, lab: Lab) -> None:
    fresh = host.copy()
    apply(host, lab)
    assert_stands(host, lab, fresh)
    remove(host)
    assert host.dump() == fresh.dump()
    assert not remove(host).changed


@given(hosts(), labs(), labs())
def test_any_lab_becomes_any_other_by_one_run(host: FakeHost, one: Lab, other: Lab) -> None:
    fresh = host.copy()
    apply(host, one)
    planned = apply(host, other, check=True)
    done = apply(host, other)
    assert (done.plan(), done.diff()) == (planned.plan(), planned.diff())
    assert_stands(host, other, fresh)
    remove(host)
    assert host.dump() == fresh.dump()
