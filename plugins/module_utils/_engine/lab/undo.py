# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has to undo by itself if nobody confirms a plan. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ..plan import Step
from ..state import Change
from . import ssh_session
from .host_state import State
from .kinds.table import read
from .record import Record

#: as seconds: :data:`DEFAULT` where the plan touches the ssh session, else none
AUTOMATIC = -1
DEFAULT = 60


@dataclass
class Undo:
    """What a host needs to undo a plan by itself.

    ``seconds`` is the time to confirm it, from its end; ``reason`` says how the plan touches the ssh session (None: it
    does not); ``before`` is the lab's record before the plan; ``id`` tells this plan from others once it is armed.
    """

    lab: str
    seconds: int
    reason: Optional[str]
    steps: list[Step]
    before: Record
    id: str = ""

    def told(self) -> dict[str, Any]:
        """The same for a user."""
        armed: dict[str, Any] = {"armed": bool(self.id), "timeout": self.seconds, "reason": self.reason}
        return {**armed, "id": self.id} if self.id else armed

    def as_dict(self) -> dict[str, Any]:
        """The whole in JSON types."""
        steps = [{**step.as_dict(), "changes": [list(change) for change in step.changes]} for step in self.steps]
        return {**vars(self), "steps": steps, "before": self.before.as_dict()}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Undo:
        """Read what :meth:`as_dict` wrote.

        :param data: the file's content (JSON types).
        """
        steps = [Step(**{**step, "changes": tuple(map(_change, step["changes"]))}) for step in data["steps"]]
        return cls(**{**data, "steps": steps, "before": Record.from_dict(data["before"])})


def _change(parts: list[Any]) -> Change:
    key, before, after, via = parts
    return Change(read(key), before, after, via)


def undo(asked: int, state: State, steps: list[Step], before: Record) -> Optional[Undo]:
    """What the host rolls back if nobody confirms the plan.

    :param asked: seconds, more than 0, or :data:`AUTOMATIC` (int).
    :param state: what was read before the plan.
    :param steps: the plan.
    :param before: the lab's record before it.
    :returns: None where the plan needs no confirmation.
    """
    why = ssh_session.reason(state, steps)
    if asked == AUTOMATIC and why is None:
        return None
    return Undo(before.lab, DEFAULT if asked == AUTOMATIC else asked, why, steps, before)
