# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of object: built, changed in each attribute, undone after a failure, removed; and what nobody handles.

They go through the table of kinds and the examples of support.object_kinds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import doctor, order
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host import ApplyFailed
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds import table
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.firewall_exception import FirewallExceptionKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.kind import Kind, Stage
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.scope import scope_of
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.wanted import wanted
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Attrs, Change, Key, Objects
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.kinds import table as kernel_table
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Kernel as KernelError
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse

from ..support.engine import apply, assert_as_before, assert_nothing_to_do, difference, entries, remove, single
from ..support.host import FakeHost
from ..support.kernel import Kernel
from ..support.object_kinds import EXAMPLES, Lab
from ..support.topologies import host_of


@pytest.fixture
def host(sort: str) -> FakeHost:
    """A host; where it is about firewalls, with one that drops what goes through."""
    made = host_of("0", (), alien=False)
    made.kernel.firewall = [] if sort == "firewall_exception" else None
    return made


def _of(lab: Lab, sort: str) -> dict[Key, Attrs]:
    wants = wanted(parse(lab), FakeHost.seed)
    return {key: {**want.create, **want.attrs} for key, want in wants.items() if key.sort == sort}


def _standing(host: FakeHost, sort: str) -> Objects:
    """The objects of a sort, as they are read for a lab's record."""
    with host.locked(False):
        made = {key for record in host.records() for key in record.made}
        return {key: attrs for key, attrs in host.read(scope_of(made)).objects.items() if key.sort == sort}


def test_every_kind_has_an_example() -> None:
    assert set(table.KINDS) - set(EXAMPLES) == set(), "add an example to support/object_kinds.py"
    assert set(kernel_table.BUILT) == set(kernel_table.REMOVED) == set(table.KINDS)


@pytest.mark.parametrize("sort", EXAMPLES)
def test_the_example_changes_every_attribute(sort: str) -> None:
    example, found = EXAMPLES[sort], set[str]()
    labs = {name: example.with_(**options) for name, options in example.changes.items()}
    named = _of(example.lab, sort)
    for name, lab in labs.items():
        changed = _of(lab, sort)
        assert changed.keys() == named.keys(), f"{name} is part of the name of a {sort}"
        differ = [key for key in named if changed[key].get(name) != named[key].get(name)]
        assert differ, f"the example does not change {name} of a {sort}"
        found |= {attr for attrs in changed.values() for attr in attrs}
    found |= {attr for attrs in named.values() for attr in attrs}
    marks = {"group", "protocol", "bridge_mtu"}
    assert found - marks - set(labs) - set(example.elsewhere) == set(), "nothing changes these attributes"


@pytest.mark.parametrize("sort", EXAMPLES)
def test_a_kind_is_built_changed_and_removed(host: FakeHost, sort: str) -> None:
    example, before = EXAMPLES[sort], host.copy()
    result = apply(host, example.lab)
    standing = _standing(host, sort)
    assert standing or sort == "netns_dir", "nothing of the kind is built, or nothing reads it"
    for key in standing:
        assert key.describe() and key.named() and table.read([*key]) == key, key
    assert any(change.key.sort == sort for step in result.steps for change in step.changes)
    assert_nothing_to_do(host, example.lab)
    for name, options in example.changes.items():
        lab = example.with_(**options)
        assert apply(host, lab).changed, name
        for key, attrs in _of(lab, sort).items():
            if name in attrs:
                assert _standing(host, sort)[key].get(name) == attrs[name], f"{name} is not written"
        assert_nothing_to_do(host, lab)
        apply(host, example.lab)
        assert_nothing_to_do(host, example.lab)
    remove(host)
    assert_as_before(host, before)


@pytest.mark.parametrize("sort", EXAMPLES)
def test_single_modules_make_and_remove_a_kind(host: FakeHost, sort: str) -> None:
    before = host.copy()
    asked = entries(EXAMPLES[sort].lab)
    for option, entry in asked:
        single(host, option, entry)
    assert _standing(host, sort)
    for option, entry in reversed(asked):
        assert single(host, option, entry, state="absent").changed, f"{option}: absent does nothing"
    assert_as_before(host, before)


@pytest.mark.parametrize("sort", EXAMPLES)
def test_a_kind_is_undone_wherever_a_run_fails(host: FakeHost, sort: str) -> None:
    """Building it, every change of it, and its removal."""
    example = EXAMPLES[sort]
    _undone_everywhere(host, example.lab)
    apply(host, example.lab)
    for options in example.changes.values():
        _undone_everywhere(host.copy(), example.with_(**options))
    _undone_everywhere(host, None)


def _undone_everywhere(host: FakeHost, lab: Lab | None) -> None:
    before = host.copy()
    for number in range(100):
        host.acts, host.refuse = 0, frozenset({number})
        try:
            apply(host, lab) if lab is not None else remove(host)
        except KernelError as error:
            assert error.details["rolled_back"], error.text()
            found = difference(host.kernel.dump(), before.kernel.dump())
            assert [text for text in found if "/links/lo/addresses" not in text] == []
        else:
            host.refuse = frozenset()
            return
    raise AssertionError("a run of more than a hundred acts")


def test_what_outlasts_the_record_of_its_lab_is_told_of() -> None:
    """By the doctor, as long as it is on no record."""
    rule = FirewallExceptionKey("", "iptables FORWARD", "-i br0 -j ACCEPT")

    class Host(FakeHost):
        def read(self, scope: Any) -> Any:
            state = super().read(scope)
            state.objects[rule] = {}
            return state

    def told(host: FakeHost) -> list[tuple[str, str]]:
        return [(found.object, found.source) for _lab, found in doctor.examine(host) if "leftover" in found.path]

    host = Host(Kernel())
    assert told(host) == [("iptables FORWARD", "-i br0 -j ACCEPT")]
    with host.locked(True):
        host.save(Record("lab", made={rule}))
    assert told(host) == []


# -- what nobody handles ---------------------------------------------------------------------------------------------


class _Qdisc(NamedTuple):
    sort: str
    netns: str
    dev: str


class QdiscKey(Key, _Qdisc):
    """What a trial left half done."""

    __slots__ = ()

    def __new__(cls, netns: str, dev: str):
        return tuple.__new__(cls, ("qdisc", netns, dev))


QDISC = QdiscKey("red", "eth0")


@pytest.mark.parametrize(
    "handle",
    [
        lambda: table.kind_of(QDISC),
        lambda: scope_of([QDISC]),
        lambda: order.rank(Change(QDISC, None, {})),
        lambda: table.read([*QDISC]),
        lambda: table.list_of("qdiscs"),
    ],
    ids=["kind", "scope", "order", "record", "list"],
)
def test_what_nobody_handles_is_an_error(handle: Any) -> None:
    with pytest.raises(LookupError, match="qdisc"):
        handle()
    with pytest.raises(NotImplementedError, match="QdiscKey"):
        QDISC.describe()


def test_a_kind_that_leaves_something_out_is_an_error_of_its_own() -> None:
    class Qdisc(Kind):
        sort = "qdisc"
        key = QdiscKey
        stage = Stage.LINK

        def ask(self, scope: Any, key: Any) -> None: ...

        def make_way(self, planner: Any, want: Any, attrs: Any) -> None: ...

        def touches_session(self, path: Any, change: Any) -> None: ...

    with pytest.raises(TypeError, match=r"does not say shared, in_netns, describe of its key"):
        table.whole([Qdisc()])


@pytest.mark.parametrize(
    "change", [Change(QDISC, None, {}), Change(QDISC, {}, None), Change(QDISC, {}, {"kind": "fq"})]
)
def test_a_change_that_nobody_makes_is_refused_before_anything_is_touched(change: Change) -> None:
    made = Change(NetnsKey("kinds-of-objects"), None, {"lo_up": True})
    with pytest.raises(ApplyFailed, match="nothing in netns.lab that does so with a qdisc") as failed:
        LocalHost().apply([made, change])
    assert failed.value.done == []
