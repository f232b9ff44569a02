# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab-capabilities: grants again what the lists in /etc/netns-lab/capabilities.d say.

Trusts nobody but root: a list counts only if root alone may write it, and a file gets capabilities only if root alone
may write it and everything on the way to it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from ..._engine.capabilities import policy as capability_policy
from ..._engine.capabilities.policy import FOLDER, Policy
from ..._engine.capabilities.regrant import grant_all
from ..._model.errors import Conflict, LabError, Permission
from ..system import files, locks
from ..system.trust import require_roots, trusted
from .file import CapabilityFile, last_capability

_LOCK = f"{FOLDER}/.lock"


@contextmanager
def locked(create: bool) -> Iterator[None]:
    """Be the only one who works on the lists: a run that takes capabilities away would race with one that grants them.

    :param create: whether to make the folder of the lists; without it there is nothing to lock.
    :raises OSError: if the folder of the lists cannot be opened.
    """
    try:
        descriptor = locks.exclusive(_LOCK, create)
    except PermissionError as exc:
        remedy = "Run it as root: become: true."
        raise Permission(_LOCK, "to work on the lists", exc.strerror or str(exc), remedy) from exc
    try:
        yield
    finally:
        if descriptor is not None:
            if not names():
                _tidy()
            os.close(descriptor)


def _tidy() -> None:
    with suppress(OSError):
        os.unlink(_LOCK)
        os.rmdir(FOLDER)
        os.rmdir(os.path.dirname(FOLDER))


def open_trusted(path: str) -> CapabilityFile:
    """A file that may be given capabilities.

    :param path: its path (str).
    :raises LabError: for one that is none, or that somebody else may write or exchange.
    """
    place = os.path.join(trusted(os.path.dirname(path)), os.path.basename(path))
    file = CapabilityFile(place, follow=None)
    try:
        require_roots(path, file.stat)
    except LabError:
        file.close()
        raise
    file.path = path
    return file


def names() -> list[str]:
    """The names of the lists on this host."""
    if not os.path.isdir(FOLDER):
        return []
    return sorted(name[: -len(".json")] for name in os.listdir(FOLDER) if name.endswith(".json"))


def read(name: str, last: int) -> Policy:
    """One list.

    :param name: the list's name (str).
    :param last: the highest capability of the kernel (int).
    :raises LabError: if it cannot be trusted or read.
    """
    path = f"{FOLDER}/{name}.json"
    try:
        text = files.text(trusted(path))
    except OSError as exc:
        raise Conflict(path, "a list of capabilities in JSON", exc.strerror or str(exc), "Remove it.") from exc
    return capability_policy.from_json(text, path, last)


class _Kept:
    """Implements :class:`..._engine.capabilities.regrant.Kept`."""

    last = staticmethod(last_capability)
    names = staticmethod(names)
    read = staticmethod(read)
    is_there = staticmethod(os.path.lexists)

    def trusted(self, path: str) -> closing[CapabilityFile]:
        """A file that root alone may write or exchange.

        :param path: its absolute path (str).
        """
        return closing(open_trusted(path))

    def log(self, text: str) -> None:
        """Say it to the system's log and to whoever called.

        :param text: for a person (str).
        """
        import syslog  # noqa: PLC0415 - only what happened needs it

        syslog.openlog("netns-lab-capabilities", 0, syslog.LOG_AUTHPRIV)
        text = " ".join(text.split())
        syslog.syslog(text)
        if "JOURNAL_STREAM" not in os.environ:  # systemd would log it a second time
            sys.stderr.write(f"netns-lab-capabilities: {text}\n")


def main(arguments: Sequence[str]) -> int:
    """``netns-lab-capabilities grant``: go through all lists; what one refuses does not stop the others.

    :param arguments: the command line without the program's name (str).
    :returns: the exit code: 0, 1 if something was refused, 2 for a wrong call.
    """
    if list(arguments) != ["grant"]:
        sys.stderr.write(f"usage: netns-lab-capabilities grant: sets the capabilities of the lists in {FOLDER}\n")
        return 2
    try:
        with locked(create=False):
            return 0 if grant_all(_Kept()) else 1
    except (LabError, OSError) as error:
        sys.stderr.write(f"netns-lab-capabilities: {error}\n")
        return 1
