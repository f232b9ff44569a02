# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock whose file goes with what it guards, so that nothing is left behind."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Optional


def wait(descriptor: int, kind: int, patience: Optional[float]) -> bool:
    """Take a lock, at once or as soon as it is free.

    :param descriptor: one of the lock's file (int).
    :param kind: ``fcntl.LOCK_EX`` or ``fcntl.LOCK_SH``.
    :param patience: the seconds to wait at most (None: for ever).
    :returns: whether it had to be waited for.
    :raises TimeoutError: if it is not free by then.
    """
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        with _alarm(patience):
            fcntl.flock(descriptor, kind)
        return True
    return False


@contextmanager
def _alarm(patience: Optional[float]) -> Iterator[None]:
    if patience is None:
        yield
        return
    if patience <= 0:
        raise TimeoutError
    before = signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _time_is_up(_number: int, _frame: object) -> None:
    raise TimeoutError


def holders(path: str) -> list[int]:
    """The processes that hold a lock, as far as they can be seen.

    :param path: the path of the lock's file (str).
    """
    found = []
    with suppress(OSError), open("/proc/locks", encoding="ascii") as lines:
        inode = str(os.stat(path).st_ino)
        for line in lines:
            fields = line.split()
            if fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == inode and int(fields[4]) > 0:
                found.append(int(fields[4]))
    return found


def exclusive(path: str, create: bool, patience: Optional[float] = None) -> Optional[int]:
    """Wait to be the only one. Who waited looks whether the file is still the one in place.

    :param path: the lock's file, in a folder of its own (str).
    :param create: whether to make the file and its folder; without it there may be nothing to lock.
    :param patience: the seconds to wait at most (default: None, for ever).
    :returns: a descriptor that holds the lock until it is closed; None if there is nothing to lock.
    :raises OSError: if it cannot be opened; TimeoutError if another one holds it for longer.
    """
    folder = os.path.dirname(path)
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    while True:
        try:
            if create:
                os.makedirs(folder, 0o755, exist_ok=True)
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            if create:
                continue
            return None
        except FileExistsError:  # it was there, and another run has removed it since
            if os.path.lexists(folder) and not os.path.isdir(folder):
                raise
            continue
        try:
            wait(descriptor, fcntl.LOCK_EX, patience)
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
