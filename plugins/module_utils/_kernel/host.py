# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that we run on, as the engine's port has it: its kernel, its lock, and plans that wait to be confirmed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Optional

from .._model.spec import LOCK_TIMEOUT
from .lab import records as store
from .lab.host import KernelHost, readable

if TYPE_CHECKING:
    from .._engine.lab.undo import Undo


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
        lock, told = self._alone()
        with lock:
            yield told

    def _alone(self) -> tuple[ExitStack, list[str]]:
        """Hold the lock for writing while no plan waits to be confirmed: undoing it takes the host as it left it."""
        deadline, patience = time.monotonic() + self._lock_timeout, self._lock_timeout
        told: list[str] = []
        while True:
            with ExitStack() as lock:
                said = lock.enter_context(store.locked(True, patience))
                waiting = self._unconfirmed()
                if waiting is None:
                    return lock.pop_all(), [*told, *said]
            from .rollback import client  # noqa: PLC0415 - few plans wait

            client.outlast(*waiting, max(0.0, deadline - time.monotonic()))
            patience = max(0.0, deadline - time.monotonic())
            told.append(f"waited for the plan of lab {waiting[0]} to be confirmed or undone")

    def _unconfirmed(self) -> Optional[tuple[str, Any]]:
        with readable(f"the records in {store.RUN}"):
            if not store.unconfirmed():
                return None
        from .rollback import client  # noqa: PLC0415 - few plans wait

        return client.waiting()

    def armed(self, undo: Undo) -> AbstractContextManager[None]:
        """Let the host undo a plan by itself, unless it is confirmed.

        :param undo: the plan, and the lab's record before it.
        """
        from .rollback import client  # noqa: PLC0415 - few plans are to be confirmed

        return client.armed(undo)

    def undone(self, lab: str) -> list[str]:
        """What the host undid by itself and nobody was told yet.

        :param lab: the lab's name (str).
        """
        with readable(f"the records in {store.RUN}"):
            if store.outcome(lab) is None:
                return []
            from .rollback import client  # noqa: PLC0415 - few plans were undone

            return client.undone(lab)
