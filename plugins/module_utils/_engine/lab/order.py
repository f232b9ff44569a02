# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order changes are carried out: removals first, last stage first; then the rest, first stage first."""

from __future__ import annotations

from typing import Optional

from ..plan import DELETE, Step
from ..state import Change, Key
from .kinds.kind import Kind
from .kinds.table import kind_of
from .links import table as link_kinds


def rank(change: Change) -> int:
    """Where a change stands among all: negative for removals, last stage first, then the others.

    :param change: the change (Change).
    :raises LookupError: for an object of a kind that nobody handles.
    """
    return _rank(kind_of(change.key), change)


def _rank(kind: Kind, change: Change) -> int:
    return -1 - kind.stage_of(change.key, change.before or {}) if change.after is None else kind.rank(change)


def arranged(steps: list[Step]) -> list[Step]:
    """The steps in the order in which they take effect; within a stage as the description has them.

    Routes come by need: those that others have as the way to their gateways first. So do links: a link comes after the
    one that it lies over.

    :param steps: the steps of the plan.
    """
    below = link_kinds.depths(step.changes[0] for step in steps)
    ordered = sorted(steps, key=lambda step: _place(step, below))
    return _without_afterthoughts(ordered) if ordered and ordered[0].action == DELETE else ordered


def _place(step: Step, below: dict[Key, int]) -> tuple[bool, int, int, tuple[int, ...]]:
    change = step.changes[0]
    kind = kind_of(change.key)
    return step.action != DELETE, _rank(kind, change), below.get(change.key, 0), kind.turn(change)


def _without_afterthoughts(steps: list[Step]) -> list[Step]:
    """Nothing happens any more to what is gone: a port that is removed before its bridge does not leave it."""
    gone: dict[Key, tuple[int, int]] = {}
    kept: list[list[Optional[Change]]] = [list(step.changes) for step in steps]
    for number, step in enumerate(steps):
        for index, change in enumerate(step.changes):
            if change.after is None:
                gone[change.key] = (number, index)
            elif change.before is None:
                gone.pop(change.key, None)
            elif change.key in gone:
                kept[number][index] = None
                at, place = gone[change.key]
                kept[at][place] = steps[at].changes[place]._replace(before=change.before)
    left = [tuple(change for change in changes if change is not None) for changes in kept]
    return [
        step if changes == step.changes else step._replace(changes=changes)
        for step, changes in zip(steps, left)
        if changes
    ]
