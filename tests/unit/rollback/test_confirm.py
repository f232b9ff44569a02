# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user is told of a plan that waits, was rolled back, or lost its process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.rollback.confirm import Confirmation, run
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument, Unconfirmed


@dataclass
class Plans:
    """At most one plan of a lab in each state, by its id; ``rolls_back`` does so between the look and the word."""

    armed: str = ""
    rolled_back: str = ""
    gone: str = ""
    rolls_back: bool = False
    log: list[str] = field(default_factory=list)
    _alone: bool = False

    def waiting(self, lab: str) -> Optional[dict[str, str]]:
        return {"state": "armed", "id": self.armed} if self.armed else None

    def confirm(self, lab: str, number: str) -> bool:
        assert not self._alone, "the process waits for this lock"
        if self.rolls_back:
            self.armed, self.rolled_back = "", self.armed
        if self.armed != number:
            return False
        self.armed = ""
        return True

    def outcome(self, lab: str) -> Optional[dict[str, Any]]:
        return {"id": self.rolled_back, "seconds": 60, "left": []} if self.rolled_back else None

    def forget_outcome(self, lab: str) -> None:
        assert self._alone
        self.rolled_back = ""

    def abandoned(self, lab: str) -> str:
        return self.gone

    def remove(self, lab: str) -> None:
        assert self._alone
        self.gone = ""

    @contextmanager
    def locked(self) -> Iterator[list[str]]:
        self._alone = True
        yield []
        self._alone = False


def ask(plans: Plans, number: Optional[str] = None, check: bool = False, name: str = "lab") -> Confirmation:
    return run({"name": name, "id": number}, plans, check)


@pytest.mark.parametrize(
    ("plans", "told"),
    [(Plans(), ("none", "")), (Plans("a"), ("armed", "a")), (Plans(rolled_back="a"), ("rolled_back", "a"))],
)
def test_without_an_id_it_only_tells(plans: Plans, told: tuple[str, str]) -> None:
    found = ask(plans)
    assert (found.changed, (found.state, found.id)) == (False, told)


def test_a_plan_that_waits_is_confirmed_once_and_check_mode_leaves_it() -> None:
    plans = Plans("a")
    assert ask(plans, "a", check=True) == (True, "armed", "a", ()) and plans.armed == "a"
    assert ask(plans, "a") == (True, "confirmed", "a", []) and plans.armed == ""
    with pytest.raises(Unconfirmed, match="no such plan"):
        ask(plans, "a")


def test_one_that_the_host_rolled_back_is_an_error_that_is_told_once() -> None:
    plans = Plans("a", rolls_back=True)
    with pytest.raises(Unconfirmed, match="60 s"):
        ask(plans, "a")
    assert plans.rolled_back == ""
    other = Plans(rolled_back="b")
    with pytest.raises(Unconfirmed, match="no such plan"):
        ask(other, "a")
    assert other.rolled_back == "b"


def test_one_whose_process_was_killed_stands_and_is_told() -> None:
    plans = Plans(gone="a")
    found = ask(plans, "a")
    assert not found.changed and "was killed" in found.warnings[0] and plans.gone == ""


def test_a_name_that_no_lab_can_have_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        ask(Plans("a"), "a", name="a/b")
