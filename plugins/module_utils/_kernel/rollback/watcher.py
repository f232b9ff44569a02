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
from typing import Optional

from ..._engine.lab import run
from ..._engine.lab.checks import Allowed
from ..._engine.lab.request import Request
from ..._engine.lab.undo import Undo
from ..._engine.rollback import rollback
from ..._model.errors import LabError
from ..._model.lab import topology as model
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


class _Watch:
    def __init__(self, folder: str, undo: Undo) -> None:
        self._folder, self._undo = folder, undo
        self._waiting: list[daemon.Call] = []
        self._listener = daemon.Listener(f"{folder}/{CONTROL}")

    def watch(self) -> None:
        """Wait for a word, or for the time to be up."""
        until: Optional[float] = time.monotonic() + self._undo.seconds
        while until is not None and not self._is_confirmed(until):
            until = self._time_is_up()

    def _time_is_up(self) -> Optional[float]:
        """Undo the plan, unless its time began later: at the end of the run.

        :returns: when to come again; None if there is nothing more to do.
        """
        try:
            with store.locked(True, _PATIENCE):
                if self._is_confirmed(0):
                    return None
                applied = self._applied()
                until = (applied or 0) + self._undo.seconds
                if until > time.monotonic():
                    return until
                with undisturbed():
                    self._end(self._taken_back(applied is not None))
        except LabError:
            return time.monotonic() + 1  # others work on the host, or a disk is full: it has to be done all the same
        return None

    def _applied(self) -> Optional[float]:
        """When the plan was carried out to its end; None if the run ended before."""
        with suppress(FileNotFoundError), open(f"{self._folder}/{APPLIED}", encoding="ascii") as file:
            return float(file.read())
        return None

    def _taken_back(self, whole: bool) -> list[str]:
        """Undo the plan, or what a run that was killed did of it.

        :returns: what is left, one text each.
        """
        undo, host = self._undo, _Held()
        try:
            if whole:
                return rollback.take_back(host, undo)
            definition = undo.before.definition
            allowed = Allowed(overlap=True, management=True, other_labs=True)
            run.run(Request(undo.lab, model.parse(definition), definition, bool(definition), allowed), host, False)
        except LabError as error:
            return [error.text()]
        except Exception:  # noqa: BLE001 - who asks is to be told of it, whatever it was
            return [traceback.format_exc()]
        return []

    def _end(self, left: list[str]) -> None:
        """Leave word, and nothing else."""
        told = {"id": self._undo.id, "seconds": self._undo.seconds, "left": left}
        with suppress(LabError):
            store.leave_outcome(self._undo.lab, told)
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- who asks ----------------------------------------------------------------------------------------------------

    def _is_confirmed(self, deadline: float) -> bool:
        """Answer those who ask, until a time of the clock ``time.monotonic``."""
        while select.select([self._listener], [], [], max(0.0, deadline - time.monotonic()))[0]:
            call = self._listener.hear()
            if call is None:
                continue
            if call.asked.get("do") == "wait":
                self._waiting.append(call)  # the end of this process is the answer
            elif call.asked.get("do") == "confirm" and call.asked.get("id") == self._undo.id:
                shutil.rmtree(self._folder, ignore_errors=True)
                call.answer({"state": "confirmed", "id": self._undo.id})
                return True
            else:
                call.answer({"state": "armed", "id": self._undo.id})
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
    watch = _Watch(folder, undo)
    daemon.ready()
    watch.watch()
    return 0
