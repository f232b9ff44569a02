# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that the host is to undo unless it is confirmed: armed before it is carried out, called off if it fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from ..._model.errors import LabError
from ..lab.undo import Undo


class Watchers(Protocol):
    """The processes of a host that wait for plans to be confirmed."""

    def new_id(self) -> str:
        """What tells a plan from all others."""

    def start(self, undo: Undo) -> None:
        """Start the process for a plan.

        :param undo: what undoes the plan.
        :raises LabError: if it cannot be started; what is left of it is for :meth:`remove`.
        """

    def note_applied(self, undo: Undo) -> None:
        """Say that the plan is at its end, so that the time to confirm it begins.

        :param undo: what undoes the plan.
        """

    def call_off(self, undo: Undo) -> None:
        """Let the process go: there is nothing to undo.

        :param undo: what undoes the plan.
        """

    def remove(self, lab: str) -> None:
        """Remove what a process left.

        :param lab: the lab's name (str).
        """


@contextmanager
def armed(undo: Undo, watchers: Watchers) -> Iterator[None]:
    """Have a plan carried out within it. The host's lock is held, so that the process waits for the plan's end.

    :param undo: what undoes the plan.
    :param watchers: the host's.
    :raises LabError: if it cannot be armed.
    """
    undo.id = watchers.new_id()
    try:
        watchers.start(undo)
    except LabError:
        undo.id = ""
        watchers.remove(undo.lab)
        raise
    try:
        yield
    except LabError as error:
        if not error.details.get("left"):
            watchers.call_off(undo)
        raise
    watchers.note_applied(undo)
