# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab-capabilities: grants again what the lists in /etc/netns-lab/capabilities.d say.

Trusts nobody but root: a list counts only if root alone may write it, and a file gets capabilities only if root alone
may write it and everything on the way to it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Optional

from .._engine import capability_policy, file_capability
from .._engine.capability_policy import Entry
from .._model.errors import Conflict, LabError
from .capability_file import CapabilityFile, last_capability

FOLDER = "/etc/netns-lab/capabilities.d"
_LOCK = f"{FOLDER}/.lock"


@contextmanager
def locked(create: bool) -> Iterator[None]:
    """Be the only one who works on the lists: a run that takes capabilities away would race with one that grants them.

    :param create: whether to make the folder of the lists; without it there is nothing to lock.
    """
    descriptor = _lock(create)
    try:
        yield
    finally:
        if descriptor is not None:
            if not names():
                _tidy()
            os.close(descriptor)


def _lock(create: bool) -> Optional[int]:
    """The lock goes with the last list, so who waited for it looks whether it is still the one in place."""
    while True:
        if create:
            os.makedirs(FOLDER, 0o755, exist_ok=True)
        try:
            flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
            descriptor = os.open(_LOCK, flags, 0o600)
        except FileNotFoundError:
            if create:
                continue
            return None
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(_LOCK), os.fstat(descriptor)):
                return descriptor
        os.close(descriptor)


def _tidy() -> None:
    with suppress(OSError):
        os.unlink(_LOCK)
        os.rmdir(FOLDER)
        os.rmdir(os.path.dirname(FOLDER))


def require_trusted(path: str) -> None:
    """See that root alone may write a file and exchange it, by its path as it is and as it resolves.

    :raises Conflict: naming who else may.
    """
    for each in dict.fromkeys((os.path.abspath(path), os.path.realpath(path))):
        part = each
        while True:
            _require_roots(part)
            if part == "/":
                break
            part = os.path.dirname(part)


def _require_roots(path: str) -> None:
    found = os.lstat(path)
    if found.st_uid != 0:
        raise Conflict(path, "root as its owner", f"user {found.st_uid}", f"Run chown root {path}, or leave it out.")
    if not stat.S_ISLNK(found.st_mode) and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        who = "everybody" if found.st_mode & stat.S_IWOTH else "its group"
        remedy = f"Run chmod go-w {path}, or leave it out: who may exchange a program would get its capabilities."
        raise Conflict(path, "to be writable by root only", f"writable by {who}", remedy)


def policies(last: int, without: str = "") -> dict[str, list[Entry]]:
    """The lists on this host by name.

    :param without: the name of one that is left out.
    :raises LabError: for one that cannot be trusted or read.
    """
    found = {}
    for name in names():
        if name != without:
            found[name] = read(name, last)
    return found


def names() -> list[str]:
    """The names of the lists on this host."""
    if not os.path.isdir(FOLDER):
        return []
    return sorted(name[: -len(".json")] for name in os.listdir(FOLDER) if name.endswith(".json"))


def read(name: str, last: int) -> list[Entry]:
    """One list.

    :raises LabError: if it cannot be trusted or read.
    """
    path = f"{FOLDER}/{name}.json"
    require_trusted(path)
    with open(path, encoding="utf-8") as file:
        return capability_policy.from_json(file.read(), path, last)


def grant(entry: Entry, last: int) -> bool:
    """Give a file what its entry says.

    :returns: whether it did not have that.
    :raises LabError: if it may not have it, or cannot.
    """
    if not os.path.lexists(entry.path):
        if entry.optional:
            return False
    else:
        require_trusted(entry.path)
    asked = file_capability.Request(entry.caps, True, False, entry.caps.rootid, last)
    with closing(CapabilityFile(entry.path, follow=False)) as file:
        return file_capability.run(asked, [file], check=False).changed


def main(arguments: Sequence[str]) -> int:
    """``netns-lab-capabilities grant``: go through all lists; what one refuses does not stop the others.

    :returns: the exit code: 0, 1 if something was refused, 2 for a wrong call.
    """
    if list(arguments) != ["grant"]:
        sys.stderr.write(f"usage: netns-lab-capabilities grant: gives what the lists in {FOLDER} say\n")
        return 2
    with locked(create=False):
        return _grant_all()


def _grant_all() -> int:
    refused = 0
    last = last_capability()
    for name in names():
        try:
            items = read(name, last)
        except (LabError, OSError) as error:
            _log(f"list {name}: {error}")
            refused += 1
            continue
        refused += sum(not _granted(item, name, last) for item in items)
    return 1 if refused else 0


def _granted(item: Entry, name: str, last: int) -> bool:
    try:
        if grant(item, last):
            _log(f"{item.path}: granted {item.text} (list {name}{': ' + item.why if item.why else ''})")
    except (LabError, OSError) as error:
        _log(f"{item.path}: not granted: {error}")
        return False
    return True


def _log(text: str) -> None:
    """Say it to the system's log and to whoever called."""
    import syslog  # noqa: PLC0415 - only what happened needs it

    syslog.openlog("netns-lab-capabilities", 0, syslog.LOG_AUTHPRIV)
    syslog.syslog(text)
    if "JOURNAL_STREAM" not in os.environ:  # systemd would log it a second time
        sys.stderr.write(f"netns-lab-capabilities: {text}\n")
