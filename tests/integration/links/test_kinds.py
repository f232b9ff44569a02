# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of link that this kernel has: built, changed in each option, undone after a failure, removed.

They go through the examples of unit.support.link_kinds. What one kernel lacks the other has, see kernel/.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import pytest
from unit.support.link_kinds import ANEW, EVERY_LINK, EXAMPLES, Example

from ..conftest import ROOT
from ..support.dumps import assert_same, comparable
from ..support.sandbox import Sandbox

KERNEL = ROOT / "plugins/module_utils/_kernel/lab/links"
#: a sysctl that the kernel refuses once its link is there
FAILING = {"sysctls": [{"name": "net.ipv6.conf.kind0.addr_gen_mode", "value": "9"}]}


def shown(sandbox: Sandbox, path: str) -> Any:
    """What ``ip -d -j link`` says of the link at a path of keys."""
    return reduce(lambda found, key: found[key], path.split("."), sandbox.link("kind0") or {})


def by_pyroute2(kind: str) -> bool:
    """Whether its options are packed by pyroute2."""
    return "import codec" in (KERNEL / f"{kind}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if not by_pyroute2(kind)])
def test_a_kind_is_built_changed_undone_and_removed(sandbox: Sandbox, kind: str) -> None:
    _cycle(sandbox, kind)


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if by_pyroute2(kind)])
def test_a_kind_that_pyroute2_packs_is_too(sandbox: Sandbox, python: str, kind: str) -> None:
    """By the oldest and by the newest."""
    assert python
    _cycle(sandbox, kind)


def _cycle(sandbox: Sandbox, kind: str) -> None:
    if not sandbox.makes(kind):
        pytest.skip(f"this kernel has no {kind}")
    bare = sandbox.dump()
    example = EXAMPLES[kind]
    _undone(sandbox, example.lab())
    assert_same(bare, sandbox.dump())
    _stands(sandbox, example.lab())
    changes = {**example.changes, **{option: (value, not ANEW) for option, value in EVERY_LINK.items()}}
    if kind == "bridge" and _without_vlans(sandbox):
        del changes["vlan_filtering"]
    for option, (value, how) in changes.items():
        _changes(sandbox, example, option, value, how)
    assert sandbox.apply("topology", {"state": "absent"})["changed"] is True
    assert_same(bare, sandbox.dump())


def _changes(sandbox: Sandbox, example: Example, option: str, value: Any, how: bool) -> None:
    before = sandbox.dump()
    _undone(sandbox, example.lab(**{option: value}))
    after = sandbox.dump()
    assert_same(*(map(comparable, (before, after)) if how is ANEW else (before, after)))
    index = (sandbox.link("kind0") or {})["ifindex"]
    _stands(sandbox, example.lab(**{option: value}))
    assert ((sandbox.link("kind0") or {})["ifindex"] != index) == (how is ANEW), option
    if option in example.shown:
        path, found = example.shown[option]
        assert shown(sandbox, path) == found, option
    if option in example.entry:
        _stands(sandbox, example.lab())


def _stands(sandbox: Sandbox, lab: dict[str, Any]) -> None:
    assert sandbox.apply("topology", lab)["changed"] is True
    assert sandbox.apply("topology", lab)["plan"] == []


def _undone(sandbox: Sandbox, lab: dict[str, Any]) -> None:
    failed = sandbox.module("topology", {**lab, **FAILING})
    assert failed.get("failed") and "rolled back" in failed["msg"], failed


def _without_vlans(sandbox: Sandbox) -> bool:
    sandbox.run(["ip", "link", "add", "probe0", "type", "bridge", "vlan_filtering", "1"], check=False)
    found = sandbox.link("probe0") or {"linkinfo": {"info_data": {}}}
    sandbox.run(["ip", "link", "del", "probe0"], check=False)
    return not found["linkinfo"]["info_data"].get("vlan_filtering")
