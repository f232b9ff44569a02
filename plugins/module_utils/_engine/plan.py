# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: the steps from the state read to the state wanted, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .state import Change, Key, Objects

CREATE, CHANGE, DELETE = "create", "change", "delete"


@dataclass(frozen=True)
class Step:
    """One thing that a person would name, and the changes of objects that it is made of."""

    kind: str
    object: str
    action: str
    reason: str
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, str]:
        """The step as a module returns it: kind, object, action, reason."""
        return {"kind": self.kind, "object": self.object, "action": self.action, "reason": self.reason}


@dataclass
class Plan:
    """Steps in the order in which they are carried out. A plan without steps changes nothing."""

    steps: list[Step] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.steps)

    @property
    def changes(self) -> list[Change]:
        """Every change of every step, in order."""
        return [change for step in self.steps for change in step.changes]

    def inverse(self) -> list[Change]:
        """The changes back, last first."""
        return [change.inverse() for change in reversed(self.changes)]

    def rendered(self) -> list[dict[str, Any]]:
        """The steps as a module returns them."""
        return [step.as_dict() for step in self.steps]


@dataclass
class Outcome:
    """What reconciling found: the steps, the state after them, and shared objects taken up or let go without an act."""

    steps: list[Step]
    now: Objects
    held: list[Key] = field(default_factory=list)
    released: list[Key] = field(default_factory=list)
