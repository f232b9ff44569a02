# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out as one transaction: what was done is undone if a step fails, or what is left is said."""

from __future__ import annotations

from .._model.errors import LabError
from .plan import Step
from .port import ApplyFailed, Host
from .state import DIRECT, Change, Key, describe


def apply(host: Host, steps: list[Step]) -> list[str]:
    """Carry steps out.

    :returns: warnings for the user.
    :raises LabError: of the step that failed. Its ``details`` have ``undone`` (bool) and ``left`` (what could not be
        undone, one text each).
    """
    changes = [change for step in steps for change in step.changes]
    try:
        return host.apply(changes)
    except ApplyFailed as failed:
        left = _undo(host, steps, failed.done)
        error = failed.error
        error.details.update(undone=not left, left=left)
        if left:
            error.remedy += f" Left behind: {'; '.join(left)}."
        else:
            error.remedy += " What this run had done before was undone."
        error.args = (error.text(),)
        raise error from failed


def _undo(host: Host, steps: list[Step], done: list[Change]) -> list[str]:
    """Undo what was done, going on after an error.

    :returns: what is left, one text each.
    """
    back = [change.inverse() for change in reversed(with_consequences(steps, done))]
    left: list[str] = []
    while back:
        try:
            host.apply(back)
            break
        except ApplyFailed as failed:
            left.append(f"{failed.error.obj} ({failed.error.found})")
            settled = {change.key for change in failed.done}
            rest = [change for change in back if change.key not in settled and not _same(change, failed.error)]
            if len(rest) == len(back):
                left += [describe(change.key) for change in back if change.via == DIRECT]
                break
            back = rest
    return left


def _same(change: Change, error: LabError) -> bool:
    return describe(change.key) == error.obj


def with_consequences(steps: list[Step], done: list[Change]) -> list[Change]:
    """What was done, with what went along by itself: the rest of every step of which an act was done."""
    acted: set[tuple[Key, bool]] = {(change.key, change.after is None) for change in done}
    found: list[Change] = []
    for step in steps:
        direct = [change for change in step.changes if (change.key, change.after is None) in acted]
        if direct:
            found += [change for change in step.changes if change in direct or change.via != DIRECT]
    return found
