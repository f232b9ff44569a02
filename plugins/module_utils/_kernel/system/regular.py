# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files as they are found in folders: a named pipe among them is not waited for."""

from __future__ import annotations

import errno
import os
import stat


def read(path: str) -> bytes:
    """The content of a regular file.

    :raises OSError: as open(2) does, and EINVAL for what is no regular file.
    """
    # a pipe without a writer would have the caller wait for ever
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "no regular file", path)
        return file.read()


def text(path: str, errors: str = "replace") -> str:
    """The same as text in UTF-8.

    :param errors: what becomes of bytes that are none, as for :meth:`bytes.decode` (str).
    """
    return read(path).decode(errors=errors)
