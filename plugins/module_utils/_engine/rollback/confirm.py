# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a plan is confirmed, and what became of one that nobody confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Optional, Protocol

from ..._model.errors import Unconfirmed
from ..._model.naming import lab_name
from . import rollback


class Plans(Protocol):
    """The plans of a host that wait to be confirmed, each with its process, and those that were rolled back."""

    def waiting(self, lab: str) -> Optional[dict[str, str]]:
        """The plan of a lab that waits: ``state`` (armed, or what it is about to be) and ``id``; None without one.

        :param lab: its name (str).
        """

    def confirm(self, lab: str, number: str) -> bool:
        """Tell the process that a plan is confirmed; whether it took that.

        :param lab: its name (str).
        :param number: the plan's id (str).
        """

    def outcome(self, lab: str) -> Optional[dict[str, Any]]:
        """The plan of a lab that was rolled back: ``id``, ``seconds`` and ``left``; None without one.

        :param lab: its name (str).
        """

    def forget_outcome(self, lab: str) -> None:
        """Forget it: somebody was told.

        :param lab: its name (str).
        """

    def abandoned(self, lab: str) -> str:
        """The id of a plan whose process is gone and did nothing; empty without one.

        :param lab: its name (str).
        """

    def remove(self, lab: str) -> None:
        """Remove what such a process left.

        :param lab: its name (str).
        """

    def locked(self) -> AbstractContextManager[list[str]]:
        """Be alone on the host.

        :raises Conflict: if other runs take too long.
        """


class Confirmation(NamedTuple):
    """What became of a plan.

    :param changed: whether it was waiting, and does no longer (bool).
    :param state: ``armed``, ``confirmed``, ``rolled_back`` or ``none`` (str).
    :param id: of the plan; empty for none (str).
    :param warnings: what the user should know, one text each.
    """

    changed: bool
    state: str
    id: str
    warnings: Sequence[str] = ()


def run(options: dict[str, Any], plans: Plans, check: bool) -> Confirmation:
    """Tell of the plan of a lab, or confirm it.

    :param options: those of the module ``topology_confirm``.
    :param plans: the host's.
    :param check: whether to stop before anything is touched (bool).
    :raises Unconfirmed: if the host rolled the plan back, or nothing is known of it.
    """
    lab, number = lab_name("name", options["name"]), options["id"]
    found = _look(lab, plans)
    if number is None:
        return Confirmation(False, **found)
    changed = found == {"state": "armed", "id": number}
    if check:
        return Confirmation(changed, **found)
    warnings = _confirm(lab, number, plans)
    return Confirmation(changed, "confirmed" if changed else found["state"], number, warnings)


def _look(lab: str, plans: Plans) -> dict[str, str]:
    waiting = plans.waiting(lab)
    if waiting is not None:
        return waiting
    outcome = plans.outcome(lab)
    return {"state": "none", "id": ""} if outcome is None else {"state": "rolled_back", "id": outcome["id"]}


def _confirm(lab: str, number: str, plans: Plans) -> list[str]:
    """Confirm a plan: it stays.

    :returns: warnings for the user.
    :raises Unconfirmed: if the host rolled it back, or nothing is known of it.
    """
    taken = plans.confirm(lab, number)
    with plans.locked():
        if taken:
            return []
        outcome = plans.outcome(lab)
        if outcome is not None and outcome["id"] == number:
            plans.forget_outcome(lab)
            raise rollback.error(outcome["seconds"], outcome["left"])
        if plans.abandoned(lab) == number:
            plans.remove(lab)
            return ["the process that was to undo the plan was killed: the plan stands"]
    remedy = "List what is there (topology_info), and run the task again. A reboot removes every lab."
    raise Unconfirmed(f"lab {lab}", f"the plan {number} to wait for its confirmation", "no such plan", remedy)
