# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of link in the table: built, changed in each option, undone after a failure, removed."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.links import table
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.scope import scope_of
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links import phases
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links import table as kernel_table
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.refusals import Refused
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.session import Session
from ansible_collections.netns.lab.plugins.module_utils._model.errors import (
    Conflict,
    Dependency,
    InvalidArgument,
    LabError,
)
from ansible_collections.netns.lab.plugins.module_utils._model.lab import end
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.links import table as model_table
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse

from ..support.engine import apply, assert_as_before, assert_nothing_to_do, remove, single
from ..support.host import FakeHost
from ..support.kernel import Kernel
from ..support.link_kinds import ANEW, EVERY_LINK, EXAMPLES, Example
from ..support.topologies import Lab

OPTIONS = model_table.LINKS
KINDS_OF_LINKS = [pytest.param(EXAMPLES[kind], id=kind) for kind in table.LINKS if kind in EXAMPLES]
CHANGES = [
    pytest.param(example, option, value, recreated, id=f"{kind}-{option}")
    for kind, example in EXAMPLES.items()
    for option, value, recreated in (
        *((option, value, how is ANEW) for option, (value, how) in example.changes.items()),
        *((option, value, False) for option, value in EVERY_LINK.items()),
    )
]


def own_options(kind: str) -> set[str]:
    """The options of a kind beside those of every link, as the model has them."""
    if kind in OPTIONS:
        return set(OPTIONS[kind].spec)
    return set(KINDS[EXAMPLES[kind].option].spec) - set(end.SPEC)


def built(example: Example) -> FakeHost:
    host = FakeHost(Kernel())
    apply(host, example.lab())
    return host


@pytest.mark.parametrize("kind", sorted({*table.LINKS, *kernel_table.LINKS, *OPTIONS, *EXAMPLES}))
def test_a_kind_stands_in_the_table_of_each_layer(kind: str) -> None:
    """And has a file there, which is packed with the modules."""
    for each in (table, kernel_table):
        assert kind in each.LINKS, f"LINKS in {each.__file__} has no line for {kind}"
        [packed] = re.findall(r"^    from \. import (.*?)  # noqa", inspect.getsource(each), re.MULTILINE)
        assert kind in packed.split(", "), f"{each.__file__} does not import {kind} below TYPE_CHECKING"
        assert each.of(kind)
    assert kind in OPTIONS or table.LINKS[kind] != "links", f"LINKS in {model_table.__file__} has no line for {kind}"


@pytest.mark.parametrize("kind", table.LINKS)
def test_a_kind_has_an_example_that_changes_each_of_its_options(kind: str) -> None:
    where = "tests/unit/support/link_kinds.py"
    assert kind in EXAMPLES, f"{where} has no example of a {kind}"
    lacking, unknown = own_options(kind) - set(EXAMPLES[kind].changes), set(EXAMPLES[kind].changes) - own_options(kind)
    assert not lacking, f"'changes' in the example of a {kind} ({where}) have no other value for {sorted(lacking)}"
    assert not unknown, f"'changes' in the example of a {kind} ({where}) have what is no option: {sorted(unknown)}"


@pytest.mark.parametrize("kind", table.LINKS)
def test_the_link_below_is_said_alike_in_all_layers(kind: str) -> None:
    example, over = EXAMPLES[kind], table.of(kind).over
    assert (over or "") == example.over, (
        f"'over' of a {kind}: the engine's file has {over!r}, the example {example.over!r}"
    )
    if kind in OPTIONS and over:
        assert over in OPTIONS[kind].links, f"'links' in the model's file of {kind} lack {over}, which 'over' names"


@pytest.mark.parametrize(("kind", "option"), [(kind, option) for kind in OPTIONS for option in OPTIONS[kind].links])
def test_an_option_that_names_a_link_takes_only_what_may_be_one(kind: str, option: str) -> None:
    """The model's file of the kind reads it by ``naming.link_name``."""
    with pytest.raises(InvalidArgument, match="the name of a link") as caught:
        parse(EXAMPLES[kind].lab(**{option: "a b"}))
    assert caught.value.obj.endswith(f".{option}")


@pytest.mark.parametrize("example", KINDS_OF_LINKS)
def test_a_link_is_built_by_one_run_and_removed_by_another(example: Example) -> None:
    before = FakeHost(Kernel())
    host = built(example)
    assert "kind0" in host.kernel.space("").links
    assert_nothing_to_do(host, example.lab())
    remove(host)
    assert_as_before(host, before)


@pytest.mark.parametrize(("example", "option", "value", "recreated"), CHANGES)
def test_an_option_is_changed_in_place_or_by_a_recreated_link(
    example: Example, option: str, value: Any, recreated: bool
) -> None:
    host = built(example)
    actions = {step["action"] for step in apply(host, example.lab(**{option: value})).plan()}
    assert ("delete" in actions) == recreated and actions
    assert_nothing_to_do(host, example.lab(**{option: value}))


@pytest.mark.parametrize(("example", "option", "value", "recreated"), CHANGES)
def test_a_change_that_fails_is_undone(example: Example, option: str, value: Any, recreated: bool) -> None:
    """Whatever act of the run fails; and so is the building."""
    for build in (True, False):
        for at in range(40):
            host = FakeHost(Kernel()) if build else built(example)
            before = host.copy()
            host.acts, host.refuse = 0, frozenset({at})
            try:
                apply(host, example.lab(**{option: value}))
            except LabError as error:
                assert error.details["rolled_back"] is True, error.text()
                assert_as_before(host, before)
            else:
                assert host.acts <= at
                break


@pytest.mark.parametrize("example", KINDS_OF_LINKS)
def test_the_same_name_and_the_same_address_twice_are_refused(example: Example) -> None:
    taken = {"name": "kind0", "peer": {"name": "kind9"}}
    with pytest.raises(InvalidArgument) as caught:
        parse({**example.lab(), "veths": [*example.lab().get("veths", ()), taken]})
    assert caught.value.obj.endswith(".name") and "kind0" in caught.value.found
    with pytest.raises(InvalidArgument) as caught:
        parse({**example.lab(addresses=["10.9.0.1/24"]), "addresses": [{"dev": "kind0", "address": "10.9.0.1/24"}]})
    assert "10.9.0.1/24" in caught.value.found


@pytest.mark.parametrize("example", KINDS_OF_LINKS)
def test_the_single_module_makes_and_removes_it_and_nothing_of_another_kind(example: Example) -> None:
    host = FakeHost(Kernel())
    apply(host, example.around, "around")
    before = host.copy()
    assert single(host, example.option, example.entry).changed
    assert single(host, example.option, example.entry).plan() == []
    other = "veths" if example.option == "bridges" else "bridges"
    with pytest.raises(Conflict):
        single(host, other, {"name": "kind0"}, "absent")
    single(host, example.option, {"name": "kind0"}, "absent")
    assert_as_before(host, before)


@pytest.mark.parametrize("example", KINDS_OF_LINKS)
def test_a_link_of_another_kind_is_not_replaced(example: Example) -> None:
    host = FakeHost(Kernel())
    other = EXAMPLES["veth"] if example is EXAMPLES["bridge"] else EXAMPLES["bridge"]
    single(host, other.option, other.entry)
    before = host.copy()
    with pytest.raises(Conflict, match="kind0"):
        apply(host, example.lab())
    assert_as_before(host, before)


def test_an_attribute_that_nobody_writes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan must not look as if it had been carried out."""
    session = Session(lambda: None, room=100)
    monkeypatch.setattr(Session, "flush", lambda _self, _name=None: None)
    before = {"kind": "veth", "up": True, "mtu": 1500, "bridge": "", "peer": ["", "b"]}
    change = Change(LinkKey("", "a"), before, {**before, "mtu": 1400, "colour": "red"})
    phases.make(session, [change], {})
    with pytest.raises(Refused) as caught:
        phases.finish(session, [change], {})
    assert "colour" in caught.value.error.found and "mtu" not in caught.value.error.found


#: the kinds whose options pyroute2 packs
PACKED = [kind for kind in table.LINKS if "codec" in vars(import_module(f"{kernel_table.__package__}.{kind}"))]


@pytest.mark.parametrize("kind", PACKED)
def test_a_kind_that_pyroute2_packs_needs_it_wherever_undoing_may(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is touched, also where the link is removed; not where it is changed in what every link has."""
    monkeypatch.setitem(sys.modules, "pyroute2.netlink.rtnl.ifinfmsg", None)
    host, key = built(EXAMPLES[kind]), LinkKey("", "kind0")
    with host.locked(False):
        attrs = host.read(scope_of([key])).objects[key]
    other = {**attrs, **{name: value for name, (value, _how) in EXAMPLES[kind].changes.items()}}
    for before, after in ((None, attrs), (attrs, None), (attrs, other)):
        with pytest.raises(Dependency, match="python3-pyroute2"):
            phases.require([Change(key, before, after)])
    phases.require([Change(key, attrs, {**attrs, **EVERY_LINK})])
    lost = {**attrs, table.of(kind).over: None} if table.of(kind).over else None
    if lost is not None:  # nothing can make it again
        phases.require([Change(key, lost, None)])


#: what is wrong with a macvlan -> (its options, other lists, what the error is about)
WRONG_MACVLANS: dict[str, tuple[Lab, Lab, str]] = {
    "no link": ({"link": None}, {}, ".link"),
    "a link that is not there": ({"link": "nowhere"}, {}, ".link"),
    "over a macvlan": ({"link": "kind1"}, {"links": [{"name": "kind1", "kind": "macvlan", "link": "under1"}]}, ".link"),
    "over a port": (
        {"link": "port0"},
        {"bridges": ["br0"], "veths": [{"name": "port0", "bridge": "br0", "peer": {"name": "port1"}}]},
        ".link",
    ),
    "too large": ({"mtu": 9000}, {}, ".mtu"),
    "beside passthru": (
        {},
        {"links": [{"name": "kind1", "kind": "macvlan", "link": "under0", "mode": "passthru"}]},
        ".link",
    ),
    "a mode of none": ({"mode": "source"}, {}, ".mode"),
    "on loopback": ({"link": "lo"}, {}, ".link"),
    "an option of another kind": ({"kind": "dummy"}, {}, ".link"),
}


@pytest.mark.parametrize(("options", "more", "where"), WRONG_MACVLANS.values(), ids=list(WRONG_MACVLANS))
def test_a_macvlan_that_the_kernel_would_refuse_is_refused_before(options: Lab, more: Lab, where: str) -> None:
    host = built(EXAMPLES["macvlan"])
    host.acts = 0
    lab = EXAMPLES["macvlan"].lab(**options)
    lab = {**lab, **{option: [*entries, *lab.get(option, ())] for option, entries in more.items()}}
    with pytest.raises((InvalidArgument, Conflict)) as caught:
        apply(host, lab)
    assert caught.value.obj.endswith(where) and not host.acts


def test_a_macvlan_to_or_from_passthru_is_recreated() -> None:
    host = built(EXAMPLES["macvlan"])
    for mode in ("passthru", "bridge"):
        actions = [step["action"] for step in apply(host, EXAMPLES["macvlan"].lab(mode=mode)).plan()]
        assert actions == ["delete", "create"]
        assert_nothing_to_do(host, EXAMPLES["macvlan"].lab(mode=mode))


def test_a_link_is_made_after_the_one_that_it_lies_over() -> None:
    """Whatever lists they stand in, and made again in that order where it is undone."""
    over = {"name": "vx", "id": 7, "local": "192.0.2.5", "dev": "kind0"}
    example = EXAMPLES["macvlan"]
    lab = {**example.lab(addresses=["192.0.2.5/24"]), "vxlans": [over]}
    host = FakeHost(Kernel())
    made = [step["object"] for step in apply(host, lab).plan()]
    assert made.index("kind0") < made.index("vx")
    assert_nothing_to_do(host, lab)
    for at in range(20):
        copy = host.copy()
        before, copy.acts, copy.refuse = copy.copy(), 0, frozenset({at})
        try:
            apply(copy, {**lab, **example.lab(addresses=["192.0.2.5/24"], link="under1")})
        except LabError as error:
            assert error.details["rolled_back"] is True, error.text()
            assert_as_before(copy, before)
