# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way by which the host leaves: the default routes of its main table. Pure.

What a lab made of it itself it may change and remove. It may not be the only way out of a host, unless the user says
so; where it comes before another that the host has, a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._model.errors import Conflict
from ..plan import Step
from ..state import Key, Objects
from .host_state import State
from .kinds.route import is_default
from .ledger import Ledger

#: why a link is left alone, as the kernel's side says it
CARRIES = "carries this host's default route"


def protected(state: State, ledger: Ledger) -> dict[str, str]:
    """The links to leave alone, each with the reason: not those that only a default route of the lab's own is over.

    :param state: what was read of the host.
    :param ledger: who made what, as the lab sees it.
    """
    over: dict[str, list[bool]] = {}
    for key, attrs in state.objects.items():
        if is_default(key) and attrs.get("dev"):
            over.setdefault(attrs["dev"], []).append(ledger.mine(key, attrs))
    return {dev: why for dev, why in state.management.items() if why != CARRIES or not all(over.get(dev, [False]))}


def check(steps: list[Step], now: Objects) -> None:
    """See that a plan does not make the only default route of a family that the host has.

    :param steps: the steps of the plan.
    :param now: the objects as the plan leaves them.
    :raises Conflict: if it does.
    """
    for step, key in _made(steps):
        if not _others(key, now):
            raise Conflict(
                f"{step.kind} {step.object}",
                "to create it",
                "no other default route on this host, which would depend on this one",
                "It would be cut off with the lab: set allow_management if you mean it.",
            )


def advice(steps: list[Step], now: Objects) -> list[str]:
    """Warnings of default routes that the host leaves by from now on, though it has others.

    :param steps: the steps of the plan.
    :param now: the objects at this point of the plan.
    """
    return [
        f"{key.describe()} becomes the default route of this host: its metric is lower than that of the other one"
        for _step, key in _made(steps)
        if _others(key, now) and key.metric < min(_others(key, now))
    ]


def _made(steps: list[Step]) -> Iterator[tuple[Step, Key]]:
    for step in steps:
        for change in step.changes:
            if change.before is None and change.after is not None and is_default(change.key):
                yield step, change.key


def _others(key: Key, now: Objects) -> list[int]:
    """The metrics of the host's other default routes of the same family."""
    return [other.metric for other in now if is_default(other) and other.dst == key.dst and other != key]
