# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files: read without waiting for a named pipe in their place, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

#: how the name of a file that is not in its place yet ends
DRAFT = ".netns-lab-new"


def read(path: str) -> bytes:
    """The content of a regular file.

    :param path: its path (str).
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

    :param path: its path (str).
    :param errors: what becomes of bytes that are none, as for :meth:`bytes.decode` (str).
    """
    return read(path).decode(errors=errors)


def draft(path: str) -> str:
    """Where a file is written before it is put in its place; a killed run may leave it, under a name that is known.

    :param path: the file's own path (str).
    """
    folder, name = os.path.split(path)
    return f"{folder}/.{name}{DRAFT}"


def write(path: str, content: str | bytes, mode: int) -> None:
    """Put a whole file in place of what was there, or leave that as it was. Who writes is alone: see the locks.

    :param path: the file's path (str).
    :param content: what it is to hold (bytes, or str for UTF-8).
    :param mode: its permissions (int), whatever the umask is.
    :raises OSError: if it cannot be written; it names the file, not its draft.
    """
    name = draft(path)
    try:
        with suppress(FileNotFoundError):
            os.unlink(name)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            # not by its name, which in a folder of somebody else's may lead elsewhere by now
            os.fchmod(descriptor, mode)
        os.replace(name, path)
    except BaseException as exc:
        if isinstance(exc, OSError):
            exc.filename = path
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
