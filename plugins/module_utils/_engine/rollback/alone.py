# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run comes to be alone on a host: no other holds the lock, and no plan waits to be confirmed."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Optional, Protocol

from ..._model.errors import Conflict


class Waiting(Protocol):
    """A plan that waits to be confirmed.

    :ivar lab: the name of its lab (str).
    """

    lab: str

    def outlast(self, seconds: float) -> bool:
        """Wait until it is confirmed or undone; whether it was.

        :param seconds: how long at most (float), in seconds.
        """


class Turns(Protocol):
    """What tells when it is one's turn on a host."""

    def now(self) -> float:
        """A clock that only goes forward (s)."""

    def locked(self, patience: float) -> AbstractContextManager[list[str]]:
        """Hold the host's lock for writing.

        :param patience: the seconds to wait for other runs (float).
        :returns: warnings for the user.
        :raises Conflict: if it was not free in time.
        """

    def waiting(self) -> Optional[Waiting]:
        """A plan that waits to be confirmed, None without one. The lock is held."""


def alone(turns: Turns, patience: float) -> tuple[AbstractContextManager[object], list[str]]:
    """Hold the lock for writing while no plan waits to be confirmed: undoing it takes the host as the plan left it.

    :param turns: the host's.
    :param patience: the seconds to wait (float), for runs and plans together.
    :returns: the lock, which is held, and warnings for the user.
    :raises Conflict: if others take too long.
    """
    deadline, told = turns.now() + patience, list[str]()
    while True:
        with ExitStack() as lock:
            said = lock.enter_context(turns.locked(patience))
            waiting = turns.waiting()
            if waiting is None:
                return lock.pop_all(), [*told, *said]
        if not waiting.outlast(max(0.0, deadline - turns.now())):
            found = f"the plan of lab {waiting.lab}, which waits to be confirmed"
            remedy = "Its run confirms it, or the host rolls it back: run again then, or raise lock_timeout."
            raise Conflict("this host", "no plan that may be rolled back", found, remedy)
        patience = max(0.0, deadline - turns.now())
        told.append(f"waited for the plan of lab {waiting.lab} to be confirmed or undone")
