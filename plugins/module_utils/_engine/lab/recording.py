# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a plan out and keeps the lab's record: ahead of the act, after it, and after one that was undone. Pure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Optional

from ..._model.errors import LabError
from ..plan import Outcome
from ..state import Key
from . import sysctls, wanted
from .host import Host
from .kinds.netns import NetnsKey
from .record import Record, both, is_covered, restored
from .request import Request
from .want import Wants

if TYPE_CHECKING:
    from .undo import Undo


class Recording:
    """One plan and its record.

    :param request: what is asked for.
    :param host: the host.
    :param own: the lab's record before the plan.
    :param wants: what is wanted.
    """

    def __init__(self, request: Request, host: Host, own: Record, wants: Wants) -> None:
        self._request, self._host, self._own, self._wants = request, host, own, wants

    def carry_out(self, outcome: Outcome, final: Record, undo: Optional[Undo]) -> list[str]:
        """Apply, with the record ahead of the act: a run that dies leaves word of what it may have made.

        :param outcome: the plan.
        :param final: the lab's record once it is carried out; its definition is still the old one.
        :param undo: what the host has to undo by itself, None for nothing.
        :returns: warnings for the user.
        :raises LabError: of the step that failed, or for a record that cannot be written.
        """
        final.definition = self._request.definition if self._request.present else {}
        final.requested_by = self._requested_by(final)
        with self._host.writing() as told:
            warnings = [] if self._request.single else self._host.undone(self._request.lab)
            with nullcontext() if undo is None else self._host.armed(undo):
                warnings += self._apply(outcome, final)
        return warnings + told

    def _apply(self, outcome: Outcome, final: Record) -> list[str]:
        warnings: list[str] = []
        if outcome.steps:
            from . import apply  # noqa: PLC0415 - only who writes needs it

            self._announce(both(self._own, final, outcome.steps))
            try:
                warnings = apply.apply(self._host, outcome.steps)
            except LabError as error:
                if not error.details.get("left"):
                    self._save(lambda: self._as_it_was(outcome), error)
                raise
            final = sysctls.noted(final, self._wants, self._host.written())
        elif final == self._own:
            return warnings
        self._save(lambda: self._with_inodes(final))
        return warnings

    def _announce(self, record: Record) -> None:
        """Write the record of a run under way. Where there is no room, one that names nothing more can be done without.

        So a lab can be taken away from a full disk.
        """
        try:
            self._host.save(record)
        except LabError as error:
            if not (error.details.get("full") and is_covered(record, self._own)):
                raise

    def _with_inodes(self, final: Record) -> Record:
        stand = self._host.inodes()
        found = {key.netns: stand[key.netns] for key in final.made if isinstance(key, NetnsKey) and key.netns in stand}
        return replace(final, inodes=found)

    def _save(self, record: Callable[[], Record], error: Optional[LabError] = None) -> None:
        """Put a record in place of one that says more; the next run does so if there is no room for it now.

        :param error: what the user is to be told anyway (default: nothing).
        """
        try:
            self._host.save(record())
        except LabError as unwritten:
            told = error or unwritten
            told.remedy += f" {unwritten.text()}" if error else " The host is as described: only the record is not."
            told.args = (told.text(),)
            if error is None:
                raise

    def _requested_by(self, final: Record) -> dict[Key, set[Key]]:
        """Who wants the sysctls that the single modules hold: the last one to go gives them back."""
        if not self._request.single:
            return {}
        gone = set() if self._request.present else set(wanted.to_remove(self._request.topology))
        asking = {key: self._own.requested_by.get(key, set()) - gone for key in final.sysctls}
        for key in asking:
            if key in self._wants:
                asking[key] |= self._wants[key].requested_by
        return {key: found for key, found in asking.items() if found}

    def _as_it_was(self, outcome: Outcome) -> Record:
        return restored(self._own, outcome.steps, self._host.inodes())
