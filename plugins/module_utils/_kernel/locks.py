# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock whose file goes with what it guards, so that nothing is left behind."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import Optional


def exclusive(path: str, create: bool) -> Optional[int]:
    """Wait to be the only one. Who waited looks whether the file is still the one in place.

    :param path: the lock's file, in a folder of its own (str).
    :param create: whether to make the file and its folder; without it there may be nothing to lock.
    :returns: a descriptor that holds the lock until it is closed; None if there is nothing to lock.
    :raises OSError: if it cannot be opened.
    """
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    while True:
        try:
            if create:
                os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            if create:
                continue
            return None
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return descriptor
        os.close(descriptor)
