# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that waits to be confirmed: how it is armed, confirmed, and what became of it.

A process of its own waits beside the run (see :mod:`.watcher`), and alone knows whether it still waits. It is
asked by a socket in the folder ``/run/netns-lab/LAB.confirm``: one line of JSON, answered by one.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
import uuid
from contextlib import AbstractContextManager, closing, suppress
from typing import Optional

from ..._engine.lab.undo import Undo
from ..._model.errors import Dependency, Kernel
from ..lab import records as store
from ..system import daemon, files, zipapp
from .folder import APPLIED, CONTROL, PLAN, PROGRAM

#: characters of what a process said that an error has room for
_WORDS = 500
#: seconds for a process to answer that has nothing to wait for, or waits for what this one holds
_MOMENT = 2.0
_REMEDY = "Nothing was changed. Set confirm_timeout: 0 to run without it."


class LocalWatchers:
    """Implements :class:`..._engine.rollback.arming.Watchers`."""

    def new_id(self) -> str:
        """What tells a plan from all others."""
        return uuid.uuid4().hex[:12]

    def start(self, undo: Undo) -> None:
        """Start the process for a plan.

        :param undo: what undoes the plan.
        :raises LabError: if it cannot be started.
        """
        _start(undo, store.confirm_folder(undo.lab))

    def note_applied(self, undo: Undo) -> None:
        """Say that the plan is at its end.

        :param undo: what undoes the plan.
        """
        with suppress(OSError):  # a full disk: as one that did not come to its end, the plan is undone all the same
            files.write(f"{store.confirm_folder(undo.lab)}/{APPLIED}", str(time.monotonic()), 0o600)

    def call_off(self, undo: Undo) -> None:
        """Let the process go. It waits for the lock, which is held, and reads this as soon as it is free.

        :param undo: what undoes the plan.
        """
        with suppress(OSError, ValueError), closing(_line(store.confirm_folder(undo.lab))) as line:
            line.ask(_MOMENT, do="confirm", id=undo.id)
        self.remove(undo.lab)

    def remove(self, lab: str) -> None:
        """Remove what a process left.

        :param lab: the lab's name (str).
        """
        shutil.rmtree(store.confirm_folder(lab), ignore_errors=True)


def _line(folder: str) -> daemon.Line:
    return daemon.Line(f"{folder}/{CONTROL}")


def _start(undo: Undo, folder: str) -> None:
    from . import watcher  # noqa: PLC0415 - only the program is made of it

    path = f"{folder}/{PROGRAM}"
    try:
        os.makedirs(os.path.dirname(folder), 0o755, exist_ok=True)
        os.mkdir(folder, 0o700)
        files.write(f"{folder}/{PLAN}", json.dumps(undo.as_dict(), separators=(",", ":")), 0o600)
        files.write(path, zipapp.whole(watcher.__name__), 0o700)
    except OSError as exc:
        raise Kernel(folder, "to write it", f"errno {exc.errno}: {exc.strerror}", _REMEDY) from exc
    command, said = [sys.executable, "-I", path, folder], None
    what = f"the process that may roll back the plan of lab {undo.lab}"
    if not daemon.has_units():
        said = daemon.start(command)
    else:
        what = f"netns-lab-confirm-{undo.lab}"
        try:
            said = daemon.start_unit(what, f"Rolls back the plan of lab {undo.lab} unless it is confirmed", command)
        except FileNotFoundError as exc:
            remedy = f"Install systemd-run (package systemd). {_REMEDY}"
            raise Dependency("systemd-run", f"to start {what}", "no such program", remedy) from exc
    if said is not None:
        raise Kernel(what, "to start", said[-_WORDS:] or "nothing", _REMEDY)


class _Waiting:
    """Implements :class:`..._engine.rollback.alone.Waiting`.

    :param lab: the lab's name (str).
    :param line: the line to the process that waits.
    """

    def __init__(self, lab: str, line: daemon.Line) -> None:
        self.lab, self._line = lab, line

    def outlast(self, seconds: float) -> bool:
        """Wait until the plan is confirmed or undone; whether it was.

        :param seconds: how long at most (float), in seconds.
        """
        try:
            with closing(self._line) as line:
                line.ask(max(seconds, 0.01), do="wait")
        except TimeoutError:
            return False
        except (OSError, ValueError):
            pass  # it ended without a word
        return True


def waiting() -> Optional[_Waiting]:
    """A plan on this host that waits to be confirmed. What a process left that is gone is removed.

    The host's lock is held.
    """
    for lab in store.unconfirmed():
        try:
            return _Waiting(lab, _line(store.confirm_folder(lab)))
        except OSError:  # noqa: PERF203 - few
            LocalWatchers().remove(lab)
    return None


class LocalPlans(LocalWatchers):
    """Implements :class:`..._engine.rollback.confirm.Plans`.

    :param patience: seconds to wait for other runs (float).
    """

    outcome = staticmethod(store.outcome)
    forget_outcome = staticmethod(store.forget_outcome)

    def __init__(self, patience: float) -> None:
        self._patience = patience

    def waiting(self, lab: str) -> Optional[dict[str, str]]:
        """The plan of a lab that waits; None without one.

        :param lab: its name (str).
        """
        with suppress(OSError, ValueError), closing(_line(store.confirm_folder(lab))) as line:
            return line.ask(None, do="look")
        return None

    def confirm(self, lab: str, number: str) -> bool:
        """Tell the process that a plan is confirmed; whether it took that.

        :param lab: its name (str).
        :param number: the plan's id (str).
        """
        with suppress(OSError, ValueError), closing(_line(store.confirm_folder(lab))) as line:
            return bool(line.ask(None, do="confirm", id=number)["state"] == "confirmed")
        return False

    def abandoned(self, lab: str) -> str:
        """The id of a plan whose process is gone and did nothing; empty without one.

        :param lab: its name (str).
        """
        with suppress(FileNotFoundError), open(f"{store.confirm_folder(lab)}/{PLAN}", encoding="utf-8") as file:
            return str(json.load(file)["id"])
        return ""

    def locked(self) -> AbstractContextManager[list[str]]:
        """Be alone on the host.

        :raises Conflict: if other runs take too long.
        """
        return store.locked(True, self._patience)
