# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that waits for a plan to be confirmed, and undoes it if that does not happen. It outlives the run.

While it waits it holds no lock. What it knows is in its memory; its end, however it comes, closes its socket.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any, Optional

from ..._engine.lab.undo import Undo
from ..._engine.rollback import watch
from ..._model.errors import LabError
from ..lab import records as store
from ..lab.host import KernelHost
from ..system import daemon
from ..system.interruption import undisturbed
from .folder import APPLIED, CONTROL, PLAN

#: seconds for each attempt to be alone on the host
_PATIENCE = 600.0


class _Held(KernelHost):
    """The host, whose lock is held already. What it undoes needs no confirmation."""

    @contextmanager
    def locked(self, writing: bool) -> Iterator[list[str]]:  # noqa: ARG002 - the port's
        """Nothing is left to do."""
        yield []

    @contextmanager
    def writing(self) -> Iterator[list[str]]:
        """Nobody stops what puts the way in back."""
        yield []

    def undone(self, lab: str) -> list[str]:  # noqa: ARG002 - the port's
        """Nobody is told here: the next run is."""
        return []

    def armed(self, undo: Undo) -> AbstractContextManager[None]:  # noqa: ARG002 - the port's
        """Nobody is to confirm it."""
        return nullcontext()


class _Watched:
    """Implements :class:`..._engine.rollback.watch.Watched`.

    :param folder: that of the plan (str).
    :param undo: what undoes it.
    """

    now = staticmethod(time.monotonic)
    undisturbed = staticmethod(undisturbed)

    def __init__(self, folder: str, undo: Undo) -> None:
        self._folder, self._undo = folder, undo
        self._waiting: list[daemon.Call] = []
        self._listener = daemon.Listener(f"{folder}/{CONTROL}")
        self.host = _Held()

    def alone(self) -> AbstractContextManager[list[str]]:
        """Hold the host's lock for writing."""
        return store.locked(True, _PATIENCE)

    def applied(self) -> Optional[float]:
        """When the plan was carried out to its end (s); None if the run ended before."""
        with suppress(FileNotFoundError), open(f"{self._folder}/{APPLIED}", encoding="ascii") as file:
            return float(file.read())
        return None

    def words_of(self, error: Exception) -> str:
        """An error that is none of ours, with where it came from.

        :param error: the error.
        """
        return "".join(traceback.format_exception(type(error), error, error.__traceback__))

    def end(self, told: dict[str, Any]) -> None:
        """Leave word, and nothing else.

        :param told: what is to be left.
        """
        with suppress(LabError):
            store.leave_outcome(self._undo.lab, told)
        shutil.rmtree(self._folder, ignore_errors=True)

    def is_confirmed(self, until: float) -> bool:
        """Answer those who ask, until a time of the clock; whether one of them confirmed the plan.

        :param until: when to stop (float, s).
        """
        while select.select([self._listener], [], [], max(0.0, until - time.monotonic()))[0]:
            call = self._listener.hear()
            if call is None:
                continue
            told = watch.answer(call.asked, self._undo.id)
            if told is None:
                self._waiting.append(call)  # the end of this process is the answer
                continue
            confirmed = told["state"] == "confirmed"
            if confirmed:
                shutil.rmtree(self._folder, ignore_errors=True)
            call.answer(told)
            if confirmed:
                return True
        return False


def main(arguments: Sequence[str]) -> int:
    """Wait for a plan: ``FOLDER``.

    :param arguments: the command line without the program's name (str).
    :returns: the exit code.
    """
    (folder,) = arguments
    os.umask(0o022)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the run that started it lets signals wait
    with open(f"{folder}/{PLAN}", encoding="utf-8") as file:
        undo = Undo.from_dict(json.load(file))
    watched = _Watched(folder, undo)
    daemon.ready()
    watch.watch(undo, watched)
    return 0
