# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that waits for a plan, the run that arms it, and who wants to be alone on the host meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.undo import Undo
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback.alone import alone
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback.arming import armed
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback.watch import answer, watch
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, Kernel

from ..support.engine import apply, assert_as_before, remove
from ..support.host import FakeHost
from ..support.kernel import Kernel as FakeKernel
from ..support.topologies import Lab

LAB: Lab = {"namespaces": [{"name": "red"}], "bridges": [{"name": "br0"}]}


class Watched:
    """A host whose clock goes on when somebody waits.

    :param confirmed: when the plan is confirmed, None for never.
    :param applied: when it is at its end, None for never.
    :param busy: how often the lock is not free.
    """

    def __init__(
        self, host: Any, confirmed: Optional[float] = None, applied: Optional[float] = 0.0, busy: int = 0
    ) -> None:
        self.host, self._confirmed, self._applied, self._busy = host, confirmed, applied, busy
        self.time, self.told, self.looks = 100.0, list[dict[str, Any]](), list[float]()

    def now(self) -> float:
        return self.time

    def is_confirmed(self, until: float) -> bool:
        self.looks.append(until)
        self.time = max(self.time, until)
        return self._confirmed is not None and self._confirmed <= self.time

    def alone(self) -> AbstractContextManager[None]:
        self._busy -= 1
        if self._busy >= 0:
            raise Conflict("this host", "to be free", "another run", "Wait.")
        return nullcontext()

    def undisturbed(self) -> AbstractContextManager[None]:
        return nullcontext()

    def applied(self) -> Optional[float]:
        return self._applied

    def words_of(self, error: Exception) -> str:
        return f"a bug: {error}"

    def end(self, told: dict[str, Any]) -> None:
        self.told.append(told)


@pytest.fixture
def before() -> FakeHost:
    return FakeHost(FakeKernel())


@pytest.fixture
def host(before: FakeHost) -> FakeHost:
    """With a plan that waits to be confirmed."""
    host = before.copy()
    apply(host, LAB, confirm_timeout=5)  # type: ignore[arg-type]
    assert host.waits is not None
    return host


def locked(host: FakeHost, watched: Watched) -> None:
    """Watch the plan of a host."""
    undo, host.waits = host.waits, None
    assert undo is not None
    with host.locked(True):
        watch(undo, watched)


def test_a_plan_that_is_confirmed_in_time_stands(host: FakeHost) -> None:
    after, watched = host.copy(), Watched(host, confirmed=104.0, applied=100.0)
    locked(host, watched)
    assert_as_before(host, after)
    assert watched.told == []


def test_a_plan_that_nobody_confirms_is_undone(host: FakeHost, before: FakeHost) -> None:
    watched = Watched(host, applied=100.0)
    number = host.waits.id if host.waits else ""
    locked(host, watched)
    assert_as_before(host, before)
    assert watched.told == [{"id": number, "seconds": 5, "left": []}]


def test_the_time_begins_at_the_end_of_the_plan(host: FakeHost) -> None:
    watched = Watched(host, confirmed=109.0, applied=104.5)
    locked(host, watched)
    assert watched.told == [] and watched.looks == [105.0, 0, 109.5]


def test_one_who_confirms_while_the_lock_is_waited_for_is_heard(host: FakeHost) -> None:
    watched = Watched(host, confirmed=105.5, applied=100.0, busy=1)
    locked(host, watched)
    assert watched.told == [] and watched.looks == [105.0, 106.0]


def test_it_comes_again_as_long_as_others_work_on_the_host(host: FakeHost, before: FakeHost) -> None:
    watched = Watched(host, applied=100.0, busy=3)
    locked(host, watched)
    assert watched.looks == [105.0, 106.0, 107.0, 108.0, 0]
    assert len(watched.told) == 1
    assert_as_before(host, before)


def test_what_is_no_error_of_ours_is_told_too(host: FakeHost) -> None:
    class Broken(FakeHost):
        def records(self) -> list[Record]:
            raise ZeroDivisionError("division")

    watched = Watched(Broken(FakeKernel()), applied=100.0)
    locked(host, watched)
    assert watched.told[0]["left"] == ["a bug: division"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"do": "wait"}, None),
        ({"do": "look"}, {"state": "armed", "id": "one"}),
        ({"do": "confirm", "id": "one"}, {"state": "confirmed", "id": "one"}),
        ({"do": "confirm", "id": "two"}, {"state": "armed", "id": "one"}),
        ({"id": "one"}, {"state": "armed", "id": "one"}),
    ],
)
def test_what_is_answered(asked: dict[str, Any], told: Optional[dict[str, str]]) -> None:
    assert answer(asked, "one") == told


# -- who arms it -----------------------------------------------------------------------------------------------------


class Watchers:
    def __init__(self, starts: bool = True) -> None:
        self._starts, self.log = starts, list[str]()

    def new_id(self) -> str:
        return "one"

    def start(self, undo: Undo) -> None:
        self.log.append(f"start {undo.id}")
        if not self._starts:
            raise Kernel("it", "to start", "no", "Nothing was changed.")

    def note_applied(self, undo: Undo) -> None:
        self.log.append("applied")

    def call_off(self, undo: Undo) -> None:
        self.log.append(f"call off {undo.id}")

    def remove(self, lab: str) -> None:
        self.log.append(f"remove {lab}")


@pytest.mark.parametrize(
    ("details", "then"), [(None, ["applied"]), ({"left": []}, ["call off one"]), ({"left": ["something"]}, [])]
)
def test_it_is_called_off_by_a_failure_that_left_nothing(details: Optional[dict[str, Any]], then: list[str]) -> None:
    undo, watchers = Undo("lab", 5, None, [], Record("lab")), Watchers()
    try:
        with armed(undo, watchers):
            if details is not None:
                raise Kernel("link", "to make it", "no", "", **details)
    except Kernel:
        assert details is not None
    assert watchers.log == ["start one", *then] and undo.id == "one"


def test_nothing_is_carried_out_without_the_process() -> None:
    undo, watchers = Undo("lab", 5, None, [], Record("lab")), Watchers(starts=False)
    with pytest.raises(Kernel, match="to start"), armed(undo, watchers):
        raise AssertionError("the plan was carried out")
    assert watchers.log == ["start one", "remove lab"] and undo.id == ""


# -- who waits for it ------------------------------------------------------------------------------------------------


class Plan:
    """A plan that waits.

    :param lasts: for how many seconds.
    """

    def __init__(self, turns: Turns, lasts: float) -> None:
        self.lab, self._turns, self._lasts = "other", turns, lasts

    def outlast(self, seconds: float) -> bool:
        assert not self._turns.held, "the process could not get the lock"
        self._turns.time += min(seconds, self._lasts)
        return self._lasts <= seconds


class Turns:
    def __init__(self, *plans: float) -> None:
        self.time, self.held, self._plans = 50.0, False, list(plans)
        self.patience = list[float]()

    def now(self) -> float:
        return self.time

    @contextmanager
    def locked(self, patience: float) -> Iterator[list[str]]:
        self.patience.append(patience)
        self.held = True
        yield ["said"]
        self.held = False

    def waiting(self) -> Optional[Plan]:
        return Plan(self, self._plans.pop(0)) if self._plans else None


def test_who_writes_waits_for_plans_and_is_alone_then() -> None:
    turns = Turns(10, 20)
    lock, told = alone(turns, 60)
    assert turns.patience == [60, 50, 30]
    assert told == [*["waited for the plan of lab other to be confirmed or undone"] * 2, "said"]
    assert turns.held
    with lock:
        pass
    assert not turns.held


def test_who_waits_too_long_is_told_for_what() -> None:
    turns = Turns(10, 90)
    with pytest.raises(Conflict, match="the plan of lab other, which waits to be confirmed"):
        alone(turns, 60)
    assert not turns.held


def test_a_run_that_was_killed_is_taken_back_by_the_description_before_it(before: FakeHost) -> None:
    host = before.copy()
    apply(host, LAB)
    first, host.acts = host.copy(), 0
    apply(host, {**LAB, "bridges": [*LAB["bridges"], {"name": "br1"}]}, confirm_timeout=5)  # type: ignore[arg-type]
    undo, host.waits = host.waits, None
    assert undo is not None

    class Held:
        """The host, whose lock is held."""

        def __getattr__(self, name: str) -> Any:
            return getattr(host, name)

    watched = Watched(Held(), applied=None)
    watch(undo, watched)
    assert watched.told[0]["left"] == []
    assert_as_before(host, first)
    remove(host)
