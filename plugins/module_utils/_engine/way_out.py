# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way by which the host leaves: the preferred default route of its main table. Pure.

What a lab made of it itself it may change and remove. It may not take it over, or give a host that has none its only
one, unless the user says so.
"""

from __future__ import annotations

from typing import Optional

from .._model.errors import Conflict
from .ledger import Ledger
from .plan import Step
from .state import Change, Key, Objects, State

#: why a link is left alone, as the kernel's side says it
CARRIES = "carries this host's default route"
_DEFAULTS = ("0.0.0.0/0", "::/0")


def is_default(key: Key) -> bool:
    """Whether it is a default route of the host's main table."""
    return key[:3] == ("route", "", 254) and key[3] in _DEFAULTS


def protected(state: State, ledger: Ledger) -> dict[str, str]:
    """The links to leave alone, each with the reason: not those that only a default route of the lab's own is over."""
    over: dict[str, list[bool]] = {}
    for key, attrs in state.objects.items():
        if is_default(key) and attrs.get("dev"):
            over.setdefault(attrs["dev"], []).append(ledger.mine(key, attrs))
    return {dev: why for dev, why in state.management.items() if why != CARRIES or not all(over.get(dev, [False]))}


def taken(steps: list[Step], now: Objects) -> Optional[tuple[Step, Change]]:
    """The change that makes a default route which the host would leave by, if there is one.

    :param now: the objects as the plan leaves them.
    """
    for step in steps:
        for change in step.changes:
            if not is_default(change.key) or change.before is not None or change.after is None:
                continue
            others = [key[4] for key in now if is_default(key) and key[3] == change.key[3] and key != change.key]
            if all(change.key[4] < metric for metric in others):
                return step, change
    return None


def refuse(step: Step, change: Change, now: Objects) -> Conflict:
    """The error for that."""
    others = any(is_default(key) and key[3] == change.key[3] and key != change.key for key in now)
    found = "one that it has, which would no longer be used" if others else "none: this would be its only way out"
    remedy = "This may cut you off: give it a metric above that of the other, or say allow_management."
    if not others:
        remedy = "Say allow_management if the host is to leave by the lab."
    return Conflict(f"{step.kind} {step.object}", "to make the host's default route", found, remedy)
