# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that we run on, as the engine's port has it: its kernel, its lock, and plans that wait to be confirmed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Optional

from .._engine.rollback.alone import Waiting, alone
from .._model.spec import LOCK_TIMEOUT
from .lab import records as store
from .lab.host import KernelHost, readable

if TYPE_CHECKING:
    from .._engine.lab.undo import Undo


class _Turns:
    """Implements :class:`.._engine.rollback.alone.Turns`."""

    now = staticmethod(time.monotonic)

    def locked(self, patience: float) -> AbstractContextManager[list[str]]:
        """Hold the host's lock for writing.

        :param patience: the seconds to wait for other runs (float).
        """
        return store.locked(True, patience)

    def waiting(self) -> Optional[Waiting]:
        """A plan that waits to be confirmed, None without one. The lock is held."""
        with readable(f"the records in {store.RUN}"):
            if not store.unconfirmed():
                return None
        from .rollback import client  # noqa: PLC0415 - few plans wait

        return client.waiting()


class LocalHost(KernelHost):
    """The host of this process. Who writes is alone on it, and no plan waits there to be confirmed.

    :param lock_timeout: the seconds to wait for other runs on it (default: 120).
    """

    def __init__(self, lock_timeout: float = LOCK_TIMEOUT) -> None:
        super().__init__()
        self._lock_timeout = lock_timeout

    @contextmanager
    def locked(self, writing: bool) -> Iterator[list[str]]:
        """Hold the host's lock.

        :param writing: whether to be alone; who only reads is beside other readers (bool).
        """
        if not writing:
            with store.locked(False, self._lock_timeout) as said:
                yield said
            return
        lock, told = alone(_Turns(), self._lock_timeout)
        with lock:
            yield told

    def armed(self, undo: Undo) -> AbstractContextManager[None]:
        """Let the host undo a plan by itself, unless it is confirmed.

        :param undo: the plan, and the lab's record before it.
        """
        from .._engine.rollback.arming import armed  # noqa: PLC0415 - few plans are to be confirmed
        from .rollback.client import LocalWatchers  # noqa: PLC0415 - as above

        return armed(undo, LocalWatchers())

    def undone(self, lab: str) -> list[str]:
        """What the host undid by itself and nobody was told yet.

        :param lab: the lab's name (str).
        """
        with readable(f"the records in {store.RUN}"):
            told = store.outcome(lab)
            if told is None:
                return []
            from .._engine.rollback import rollback  # noqa: PLC0415 - few plans were undone

            store.forget_outcome(lab)
            return [rollback.unreported(lab, told)]
