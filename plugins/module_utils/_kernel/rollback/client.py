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
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Optional

from ..._engine.lab.undo import Undo
from ..._engine.rollback import rollback
from ..._model.errors import Conflict, Dependency, Kernel, LabError
from ..lab import records as store
from ..system import daemon, files, zipapp
from .folder import APPLIED, CONTROL, PLAN, PROGRAM

#: characters of what a process said that an error has room for
_WORDS = 500
#: seconds for a process to answer that has nothing to wait for, or waits for what this one holds
_MOMENT = 2.0
_REMEDY = "Nothing was changed. Set confirm_timeout: 0 to run without it."


@contextmanager
def armed(undo: Undo) -> Iterator[None]:
    """See the port. The host's lock is held, so that the process cannot begin before the plan is at its end.

    :param undo: what undoes the plan.
    :raises LabError: if it cannot be armed.
    """
    folder = store.confirm_folder(undo.lab)
    undo.id = uuid.uuid4().hex[:12]
    try:
        _start(undo, folder)
    except LabError:
        undo.id = ""
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        yield
    except LabError as error:
        if not error.details.get("left"):
            _call_off(folder, undo.id)
        raise
    with suppress(OSError):  # a full disk: as one that did not come to its end, the plan is undone all the same
        files.write(f"{folder}/{APPLIED}", str(time.monotonic()), 0o600)


def _line(folder: str) -> daemon.Line:
    return daemon.Line(f"{folder}/{CONTROL}")


def _call_off(folder: str, number: str) -> None:
    """Let a process go. One that waits for the lock, which is held, reads it as soon as it is free."""
    with suppress(OSError, ValueError), closing(_line(folder)) as line:
        line.ask(_MOMENT, do="confirm", id=number)
    shutil.rmtree(folder, ignore_errors=True)


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


def waiting() -> Optional[tuple[str, daemon.Line]]:
    """A plan on this host that waits to be confirmed. What a process left that is gone is removed.

    The host's lock is held.

    :returns: the lab, and a line to the process.
    """
    for lab in store.unconfirmed():
        folder = store.confirm_folder(lab)
        try:
            return lab, _line(folder)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
    return None


def outlast(lab: str, line: daemon.Line, seconds: float) -> None:
    """Wait until a plan is confirmed or undone.

    :param lab: the lab's name (str).
    :param line: the line to the process that waits.
    :param seconds: how long at most (float), in seconds.
    :raises Conflict: if it is neither in time.
    """
    try:
        with closing(line):
            line.ask(max(seconds, 0.01), do="wait")
    except TimeoutError as exc:
        found = f"the plan of lab {lab}, which waits to be confirmed"
        remedy = "Its run confirms it, or the host rolls it back: run again then, or raise lock_timeout."
        raise Conflict("this host", "no plan that may be rolled back", found, remedy) from exc
    except (OSError, ValueError):
        return  # it ended without a word


def undone(lab: str) -> list[str]:
    """See the port.

    :param lab: the lab's name (str).
    """
    told = store.outcome(lab)
    if told is None:
        return []
    store.forget_outcome(lab)
    return [f"lab {lab}: {rollback.error(told['seconds'], told['left']).found}; this was not reported before"]


class LocalPlans:
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

    def remove(self, lab: str) -> None:
        """Remove what such a process left.

        :param lab: its name (str).
        """
        shutil.rmtree(store.confirm_folder(lab), ignore_errors=True)

    def locked(self) -> AbstractContextManager[list[str]]:
        """Be alone on the host.

        :raises Conflict: if other runs take too long.
        """
        return store.locked(True, self._patience)
