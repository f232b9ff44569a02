# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries changes out in the kernel, phase by phase: removals, last stage first; then namespaces, links, the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ..._engine.lab.sysctls import Written
from ..._engine.state import DIRECT, Attrs, Change, Key
from ..._model.errors import Kernel
from .kept_neighbours import KeptNeighbours
from .kinds import table
from .kinds.phase import Part
from .links.kind import Link
from .refusals import Refused
from .routing import Routing
from .session import Session


class Writer:
    """One run of changes, which the kinds of objects carry out; see :mod:`.kinds.table`.

    :param known: the links of namespaces as they were just read, so that they are not read again.
    :param dead: the namespaces of which only the name was found: such a name is taken over.
    :param stop: as for :class:`.session.Session`.
    :param room: as for :class:`.session.Session`.
    :param restoring: whether changes are undone: what came back, or went, by itself is as good as made, or removed.
    """

    def __init__(
        self,
        known: dict[str, list[Link]],
        dead: set[str],
        stop: Callable[[], None],
        room: int,
        restoring: bool = False,
    ) -> None:
        self.session, self.known, self.dead = Session(stop, room), known, dead
        self.routing = Routing(self.session, restoring)
        #: the attributes of every object that the run makes
        self.after: dict[Key, Attrs] = {}
        #: the changes of links, and the namespaces that have some which are raised last
        self.links: list[Change] = []
        self.raised: set[str] = set()
        #: the names whose namespace was taken away and that stand still: undoing takes them over
        self.nameless: set[str] = set()
        #: the sysctls that were written, as they were met
        self.written: dict[Key, Written] = {}
        #: for the user: what was not done and stopped nothing
        self.warnings: list[str] = []
        self._waiting: dict[str, list[Change]] = {}

    @property
    def done(self) -> list[Change]:
        """The changes of an act of their own that were made, in order."""
        return self.session.done

    def waiting(self, sort: str) -> list[Change]:
        """The changes of a sort whose turn has not come yet.

        :param sort: the sort (str).
        """
        return self._waiting.get(sort, [])

    def apply(self, changes: list[Change]) -> None:
        """Carry out changes, each in its phase.

        :param changes: the changes of a plan; those that come by themselves are passed over.
        :raises Refused: with the change that failed and the reason; :attr:`done` has what was made before. One that
            nobody can make is refused before anything is touched.
        """
        self.after = {change.key: change.after for change in changes if change.after is not None}
        self.routing.expect(changes)
        acts = [change for change in changes if change.via == DIRECT]
        gone, made = ([change for change in acts if (change.after is None) == is_gone] for is_gone in (True, False))
        for some, sorts in ((gone, table.REMOVED), (made, table.BUILT)):
            for change in some:
                if change.key.sort not in sorts:
                    raise _unwritten(change)
        neighbours = KeptNeighbours(self.session, changes)
        try:
            neighbours.look()
            try:
                self._carry_out(gone, table.REMOVE)
                self._carry_out(made, table.BUILD)
            finally:
                self.warnings += neighbours.put_back()
        finally:
            self.session.close()

    def _carry_out(self, changes: list[Change], parts: tuple[Part, ...]) -> None:
        self._waiting = defaultdict(list)
        for change in changes:
            self._waiting[change.key.sort].append(change)
        for part in parts:
            ours = [change for sort in part.sorts for change in self._taken(sort, part)]
            if ours or not part.sorts:
                part.act(self, ours)
        for left in self._waiting.values():
            for change in left:
                raise _unwritten(change)

    def _taken(self, sort: str, part: Part) -> list[Change]:
        """The changes of a sort that a part is about; they wait no longer."""
        waiting = self._waiting.pop(sort, [])
        ours = [change for change in waiting if part.which(self, change)]
        if len(ours) < len(waiting):
            mine = set(map(id, ours))
            self._waiting[sort] = [change for change in waiting if id(change) not in mine]
        return ours


def _unwritten(change: Change) -> Refused:
    """What is to be said of a change that nobody makes: the plan must not look as if it had been carried out."""
    verb = "remove" if change.after is None else "make" if change.before is None else "change"
    found = f"nothing in netns.lab that does so with a {change.key.sort}"
    remedy = "This is a bug in netns.lab: please report it, with the plan."
    return Refused(change, Kernel(repr(change.key), f"to {verb} it", found, remedy))
