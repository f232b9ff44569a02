# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back of a plan that nobody confirmed, and what a user is told of it. Pure."""

from __future__ import annotations

from typing import Any

from ..._model.errors import LabError, Unconfirmed
from ..lab import apply
from ..lab.host import Host
from ..lab.record import Record, both, restored
from ..lab.undo import Undo
from ..plan import Step


def take_back(host: Host, plan: Undo) -> list[str]:
    """Roll back a plan that was applied to its end. The host's lock is held.

    :param host: the host.
    :param plan: what was applied.
    :returns: what is left, one text each.
    """
    now = next((record for record in host.records() if record.lab == plan.lab), Record(plan.lab))
    back = [_backwards(step) for step in reversed(plan.steps)]
    between = both(now, plan.before, back)
    left = _saved(host, between)
    left += apply.undo(host, plan.steps)
    return left or _saved(host, restored(plan.before, plan.steps, host.inodes()))


def _backwards(step: Step) -> Step:
    changes = tuple(change.inverse() for change in reversed(step.changes))
    return Step(step.kind, step.object, step.action, step.reason, changes)


def _saved(host: Host, record: Record) -> list[str]:
    """Write a record. Where that fails the way in is put back all the same."""
    try:
        host.save(record)
    except LabError as error:
        return [f"the record of lab {record.lab} ({error.found})"]
    return []


def unreported(lab: str, told: dict[str, Any]) -> str:
    """The warning of a plan that was rolled back and that no run could report.

    :param lab: the lab's name (str).
    :param told: ``seconds`` and ``left`` of the plan.
    """
    return f"lab {lab}: {error(told['seconds'], told['left']).found}; this was not reported before"


def error(seconds: int, left: list[str]) -> Unconfirmed:
    """The error for a plan that was rolled back.

    :param seconds: the time in which nobody confirmed it (int).
    :param left: what could not be undone, one text each.
    """
    found = f"no new connection within {seconds} s; the host rolled the plan back"
    remedy = "It is as it was before."
    if left:
        remedy = f"Left behind: {'; '.join(left)}. Run the task again, or remove the lab."
    return Unconfirmed(
        "this host", "a new connection to confirm the plan", found, remedy, rolled_back=not left, left=left
    )
