# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection's source on a host that has a lab, and what Python compiled of it, in ``/run/netns-lab-code/ID``.

Only root writes there, and whoever finds it writable by others does not use it. ID is a hash of every byte of the
source, so that no other release is found by it. Who uses it holds a shared lock on its directory, who removes it an
exclusive one. It goes with the host's last lab. This file keeps to what Python 3.7 can read.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from contextlib import suppress

FOLDER = "/run/netns-lab-code"
#: what is there while the host has a lab: its records, and the lock of the host
LABS = "/run/netns-lab"
_DRAFT = ".draft"


def hold(name: str) -> int:
    """Use it: nobody removes it while the descriptor is open.

    :param name: its ID (str).
    :returns: the descriptor; -1 where there is none, or none that root alone could have written.
    """
    folder = path(name)
    return _locked(folder, fcntl.LOCK_SH) if _is_roots(FOLDER) and _is_roots(folder) else -1


def path(name: str) -> str:
    """Its directory.

    :param name: its ID (str).
    """
    return f"{FOLDER}/{name}"


def keep(name: str, files: dict[str, bytes]) -> int:
    """Put it there in one step, in place of other releases that no run uses.

    :param name: its ID (str).
    :param files: its files by name.
    :returns: as :func:`hold` does; -1 if it is there by now.
    :raises OSError: if it cannot be written; then nothing of it is left.
    """
    remove()
    with suppress(FileExistsError):
        os.mkdir(FOLDER, 0o755)
    draft, held = f"{path(name)}.{os.getpid()}{_DRAFT}", -1
    try:
        if _is_roots(FOLDER):
            os.mkdir(draft, 0o755)
            held = _locked(draft, fcntl.LOCK_SH)
            for each, content in files.items():
                write(f"{draft}/{each}", content)
            os.rename(draft, path(name))
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if held >= 0:
            os.close(held)
            held = -1
        with suppress(OSError):
            os.rmdir(FOLDER)
        if not os.path.isdir(path(name)):
            raise
    return held


def write(file: str, content: bytes) -> None:
    """Put a file of it in place, whole.

    :param file: its path (str).
    :param content: what it is to hold.
    :raises OSError: if it cannot be written; then what was there is there still.
    """
    draft = f"{file}.{os.getpid()}{_DRAFT}"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with open(descriptor, "wb") as target:
            target.write(content)
        os.replace(draft, file)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
        raise


def remove() -> None:
    """Remove all of it that no run uses."""
    if not _is_roots(FOLDER):
        return
    for name in os.listdir(FOLDER):
        held = _locked(path(name), fcntl.LOCK_EX)
        if held >= 0:
            shutil.rmtree(path(name), ignore_errors=True)
            os.close(held)
    with suppress(OSError):
        os.rmdir(FOLDER)


def _is_roots(folder: str) -> bool:
    """Whether it is a directory, no link, that root alone may write."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not others


def _locked(folder: str, kind: int) -> int:
    """A descriptor that holds a lock on a directory; -1 if another holds it, or the directory is gone."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return -1
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        if os.path.samestat(os.stat(folder), os.fstat(descriptor)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return -1
