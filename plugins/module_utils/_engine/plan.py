# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: the steps from the state read to the state wanted, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from .state import Change, Key, Objects

CREATE, CHANGE, DELETE = "create", "change", "delete"


class Step(NamedTuple):
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
class Outcome:
    """What reconciling found: the steps, the state after them, and shared objects taken up or let go without an act."""

    steps: list[Step]
    now: Objects
    held: list[Key] = field(default_factory=list)
    released: list[Key] = field(default_factory=list)
