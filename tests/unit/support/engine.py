# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the engine on a host in memory, and what holds after each."""

from __future__ import annotations

from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import single_request, topology_request
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS

from .host import FakeHost
from .oracle import foreign, lacking, objects
from .topologies import Lab


def apply(host: FakeHost, lab: Lab, name: str = "lab", check: bool = False, **switches: bool) -> run.Result:
    """Run ``topology``."""
    return run.run(topology_request({**lab, "name": name, **switches}), host, check)


def remove(host: FakeHost, name: str = "lab", check: bool = False) -> run.Result:
    """Run ``topology`` with ``state: absent``."""
    return run.run(topology_request({"name": name, "state": "absent"}), host, check)


def single(host: FakeHost, resource: str, entry: Lab, state: str = "present", **switches: bool) -> run.Result:
    """Run a single module."""
    return run.run(single_request(resource, {**entry, "state": state, **switches}), host, False)


def entries(lab: Lab) -> list[tuple[str, Lab]]:
    """The entries of a description as (list, entry), in the order in which single modules can make them."""
    return [(resource, entry) for resource in KINDS for entry in lab.get(resource, ())]


def difference(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two dumps differ, for a person."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys([*one, *other])
        pairs = [(key, one.get(key, "nothing"), other.get(key, "nothing")) for key in keys]
        return [text for key, here, there in pairs for text in difference(here, there, f"{path}/{key}")]
    return [] if one == other else [f"{path}: {one!r}, not {other!r}"]


def assert_as_before(host: FakeHost, before: FakeHost) -> None:
    """A host is as another one, records and all; but an address that loopback had stays on it when it goes down."""
    found = difference(host.dump(), before.dump())
    assert [text for text in found if "/links/lo/addresses" not in text] == []


def assert_nothing_to_do(host: FakeHost, lab: Lab, name: str = "lab") -> None:
    """Another run finds nothing to do, and does nothing."""
    state = host.dump()
    assert apply(host, lab, name).plan() == []
    assert host.dump() == state


def assert_stands(host: FakeHost, lab: Lab, fresh: FakeHost, name: str = "lab") -> None:
    """A lab stands on a host just as on a fresh one, and there is nothing more to do."""
    assert lacking(lab, host.kernel) == []
    assert foreign(host.kernel, fresh.kernel) == []
    first = fresh.copy()
    apply(first, lab, name)
    assert objects(host.kernel) == objects(first.kernel)
    assert_nothing_to_do(host, lab, name)
