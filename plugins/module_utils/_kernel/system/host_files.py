# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a host is to have, or not to have: held against what is there, and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Optional

from ..._engine.host_files import HostFile
from ..._model.errors import Conflict, Kernel
from . import files

Mode = Callable[[str], int]


def differing(wanted: Mapping[str, Optional[bytes]], mode: Mode) -> list[HostFile]:
    """The files that are not as they are to be, those that go first.

    :param wanted: path -> content (None: it is not to be there).
    :param mode: the mode that a path is to have.
    :raises Conflict: for something that is not a file.
    """
    found = [_found(path, after, mode) for path, after in wanted.items()]
    changes = [file for file in found if file.before != file.after or file.loose]
    return sorted(changes, key=lambda file: file.after is not None)


def _found(path: str, after: Optional[bytes], mode: Mode) -> HostFile:
    try:
        before, stat = files.read(path), os.stat(path)
        loose = after is not None and (stat.st_uid != 0 or stat.st_mode & 0o7777 != mode(path))
        return HostFile(path, before, after, loose)
    except (FileNotFoundError, NotADirectoryError):
        return HostFile(path, None, after)
    except OSError as exc:
        raise Conflict(path, "a file, or nothing", exc.strerror or str(exc), "Remove what is there.") from exc


def write(changes: Sequence[HostFile], mode: Mode, remedy: str) -> None:
    """Bring files to what they are to be.

    :param changes: the files as they are and are to be.
    :param mode: tells the mode of a file by its path.
    :param remedy: what to do about one that cannot be written.
    :raises Kernel: for one that cannot be.
    """
    for change in changes:
        _write(change, mode, remedy)


def _write(change: HostFile, mode: Mode, remedy: str) -> None:
    try:
        if change.after is None:
            os.unlink(change.path)
        else:
            os.makedirs(os.path.dirname(change.path), 0o755, exist_ok=True)
            files.write(change.path, change.after, mode(change.path))
    except OSError as exc:
        raise Kernel(change.path, "to write or remove it", exc.strerror or str(exc), remedy) from exc


def prune(folders: Sequence[str]) -> None:
    """Remove folders that are empty, the deepest first.

    :param folders: their paths (str).
    """
    for folder in folders:
        with suppress(OSError):
            os.rmdir(folder)
