# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out as one transaction: what was done is undone if a step fails, or what is left is said."""

from __future__ import annotations

from ..._model.errors import LabError
from ..plan import Step
from ..state import CASCADE, DIRECT, Change, Key
from .host import ApplyFailed, Host
from .kinds.link import LinkKey
from .kinds.table import kind_of
from .links import table as link_kinds


def apply(host: Host, steps: list[Step]) -> list[str]:
    """Carry steps out.

    :returns: warnings for the user.
    :raises LabError: of the step that failed. Its ``details`` have ``rolled_back`` (bool) and ``left`` (what
        could not be undone, one text each).
    """
    changes = [change for step in steps for change in step.changes]
    try:
        return host.apply(changes)
    except ApplyFailed as failed:
        left = _undo(host, steps, failed.done)
        error = failed.error
        error.details.update(rolled_back=not left, left=left)
        if left:
            error.remedy += f" Left behind: {'; '.join(left)}."
        else:
            error.remedy += " The changes of this run were rolled back."
        error.args = (error.text(),)
        raise error from failed


def undo(host: Host, steps: list[Step]) -> list[str]:
    """Undo a plan that was carried out to its end.

    :param host: the host.
    :param steps: the steps of the plan.
    :returns: what is left, one text each.
    """
    return _undo(host, steps, [change for step in steps for change in step.changes])


def _undo(host: Host, steps: list[Step], done: list[Change]) -> list[str]:
    """Undo what was done, going on after an error.

    :returns: what is left, one text each.
    """
    back = [change.inverse() for change in reversed(with_consequences(steps, done))]
    back = [change for change in back if change.before is not None or not change.key.is_innate]
    back = [part for change in back for part in kind_of(change.key).undo_parts(change)]
    below = link_kinds.depths(back)
    back.sort(key=lambda change: _undo_place(change, below))
    left = [
        f"{change.key.describe()} (of a kind that netns.lab does not make)"
        for change in back
        if not kind_of(change.key).is_restorable(change)
    ]
    back = [change for change in back if kind_of(change.key).is_restorable(change)]
    while back:
        try:
            host.apply(back, restoring=True)
            break
        except ApplyFailed as failed:
            left.append(f"{failed.error.obj} ({failed.error.found})")
            settled = {change.key for change in failed.done if change.via == DIRECT}
            rest = [change for change in back if change.via != DIRECT or not _settled(change, settled, failed.error)]
            if len(rest) == len(back):
                left += [change.key.describe() for change in back if change.via == DIRECT]
                break
            back = rest
    return left


def _undo_place(change: Change, below: dict[Key, int]) -> tuple[int, ...]:
    first, *rest = kind_of(change.key).undo_turn(change)
    return (below.get(change.key, 0) or first, *rest)


def _settled(change: Change, done: set[Key], error: LabError) -> bool:
    """Whether there is no more to try: it was undone, or cannot be."""
    return change.key in done or change.key.describe() == error.obj


def with_consequences(steps: list[Step], done: list[Change]) -> list[Change]:
    """What was done, with what went along by itself: what follows an act in its step, and what was to be set anew.

    :param steps: the steps of the plan.
    :param done: the changes that were made, in order.
    """
    acted = {(change.key, change.after is None) for change in done}
    down = {(change.key.netns, change.key.name) for change in done if _goes_down(change)}
    found: list[Change] = []
    for step in steps:
        first = (step.changes[0].key, step.changes[0].after is None) in acted
        caused = step.changes[0].via == CASCADE and _lay_on(step.changes[0], down)
        for change in step.changes:
            if change.via == DIRECT:
                anew = change.before is not None and change.after is not None
                caused = (change.key, change.after is None) in acted or (anew and first)
            if caused:
                found.append(change)
    return found


def _goes_down(change: Change) -> bool:
    before, after = change.before or {}, change.after or {}
    return isinstance(change.key, LinkKey) and bool(before.get("up")) and after.get("up") is False


def _lay_on(change: Change, down: set[Key]) -> bool:
    """Whether an address or a route was on a link that went down: the plan has a step of its own for it."""
    devs = kind_of(change.key).links(change.key, change.before or {})
    return any((change.key.netns, dev) in down for dev in devs)
