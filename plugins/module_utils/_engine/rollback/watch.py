# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the process decides that waits for a plan to be confirmed: whom it answers what, when it undoes the plan."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Optional, Protocol

from ..._model.errors import LabError
from ..._model.lab import topology as model
from ..lab import run
from ..lab.checks import Allowed
from ..lab.host import Host
from ..lab.request import Request
from ..lab.undo import Undo
from . import rollback

#: seconds to the next attempt where others work on the host
_AGAIN = 1.0


class Watched(Protocol):
    """The host and the plan, as the process sees them.

    :ivar host: the host, whose lock is held already and where nothing needs to be confirmed.
    """

    host: Host

    def now(self) -> float:
        """A clock that only goes forward (s)."""

    def is_confirmed(self, until: float) -> bool:
        """Answer those who ask by :func:`answer`; whether one of them confirmed the plan.

        :param until: when to stop (float, s of the clock).
        """

    def alone(self) -> AbstractContextManager[object]:
        """Hold the host's lock for writing.

        :raises LabError: if others take too long, or it cannot be taken.
        """

    def undisturbed(self) -> AbstractContextManager[object]:
        """Nobody stops what goes on within it."""

    def applied(self) -> Optional[float]:
        """When the plan was carried out to its end (s of the clock); None if the run ended before."""

    def words_of(self, error: Exception) -> str:
        """An error that is none of ours, with where it came from, for a person.

        :param error: the error.
        """

    def end(self, told: dict[str, Any]) -> None:
        """Leave word of a plan that was rolled back, and nothing else.

        :param told: ``id``, ``seconds`` and ``left``.
        """


def answer(asked: dict[str, Any], number: str) -> Optional[dict[str, str]]:
    """What somebody is answered who asks while the plan waits.

    :param asked: ``do`` is what is asked: ``look``, ``wait``, or ``confirm`` the plan ``id``.
    :param number: the id of the plan that waits (str).
    :returns: ``state``, armed or confirmed, and ``id``; None for one to whom the end of the process is the answer.
    """
    if asked.get("do") == "wait":
        return None
    confirmed = asked.get("do") == "confirm" and asked.get("id") == number
    return {"state": "confirmed" if confirmed else "armed", "id": number}


def watch(undo: Undo, watched: Watched) -> None:
    """Wait for a word, or for the time to be up, and undo the plan then.

    :param undo: what undoes the plan.
    :param watched: the host.
    """
    until: Optional[float] = watched.now() + undo.seconds
    while until is not None and not watched.is_confirmed(until):
        until = _time_is_up(undo, watched)


def _time_is_up(undo: Undo, watched: Watched) -> Optional[float]:
    """Undo the plan, unless its time began later: at the end of the run.

    :returns: when to come again (s); None if there is nothing more to do.
    """
    try:
        with watched.alone():
            if watched.is_confirmed(0):
                return None
            applied = watched.applied()
            until = (applied or 0) + undo.seconds
            if until > watched.now():
                return until
            with watched.undisturbed():
                left = _taken_back(undo, watched, applied is not None)
                watched.end({"id": undo.id, "seconds": undo.seconds, "left": left})
    except LabError:
        return watched.now() + _AGAIN  # others work on the host, or a disk is full: it has to be done all the same
    return None


def _taken_back(undo: Undo, watched: Watched, whole: bool) -> list[str]:
    """Undo the plan, or what a run that was killed did of it.

    :returns: what is left, one text each.
    """
    try:
        if whole:
            return rollback.take_back(watched.host, undo)
        definition = undo.before.definition
        allowed = Allowed(overlap=True, management=True, other_labs=True)
        request = Request(undo.lab, model.parse(definition), definition, bool(definition), allowed)
        run.run(request, watched.host, False)
    except LabError as error:
        return [error.text()]
    except Exception as error:  # noqa: BLE001 - who asks is to be told of it, whatever it was
        return [watched.words_of(error)]
    return []
