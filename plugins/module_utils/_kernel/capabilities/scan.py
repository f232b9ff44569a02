# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the files with capabilities under folders: no link is followed, and only folders wait in memory.

Nearly all files have none. :func:`os.getxattr` makes an exception of each, which costs as much as the kernel's part; so
lgetxattr(2) is called as it is, with paths as bytes, and only what is found becomes text.
"""

from __future__ import annotations

import ctypes
import errno
import fnmatch
import os
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Optional

from ..._engine.capabilities.audit import Found
from ..._model.errors import InvalidArgument
from ..netlink.threads import crew
from .file import ATTRIBUTE
from .host import LocalFiles

#: what a file without such an attribute says, or one on a filesystem that has none, or one that just went
_NONE = frozenset({errno.ENODATA, errno.EOPNOTSUPP, errno.ENOENT, errno.ELOOP})

_ATTRIBUTE = ATTRIBUTE.encode()
#: it holds Python's lock: a file that the kernel has in memory takes less than to hand the lock over
_lgetxattr = ctypes.PyDLL(None, use_errno=True).lgetxattr
_lgetxattr.argtypes = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)
_lgetxattr.restype = ctypes.c_ssize_t

#: a folder that waits, with the device to stay on
_Folder = tuple[bytes, Optional[int]]


class ScannedFiles(LocalFiles):
    """Implements :class:`..._engine.capabilities.audit.Scanned`."""

    def scan(
        self, paths: Sequence[str], exclude: Sequence[str], one_filesystem: bool, threads: int, also: Iterable[str]
    ) -> Found:
        """Look at files, and at all files under folders.

        :param paths: absolute paths; a symbolic link among them stands for what it leads to (str each).
        :param exclude: paths and shell patterns of paths that are left out, with all below them (str each).
        :param one_filesystem: whether to stay on the filesystem of each folder (bool).
        :param threads: how many folders are read at the same time (int).
        :param also: files that are looked at wherever they are, if they are there (str each).
        :raises InvalidArgument: for a path that is relative or not there.
        """
        work = _Scan(exclude)
        for path in paths:
            work.begin(path, one_filesystem)
        for path in also:
            work.look(os.fsencode(path))
        crew(max(1, threads), work.run)
        return Found(dict(sorted(work.values.items())), sum(work.counts), dict(sorted(work.unread.items())))


class _Scan:
    """Folders that wait, and what was found."""

    def __init__(self, exclude: Sequence[str]) -> None:
        self.values: dict[str, bytes] = {}
        self.unread: dict[str, str] = {}
        self.counts: list[int] = []
        self._excluded = _excluding(exclude)
        self._waiting: list[_Folder] = []
        self._busy = 0
        self._condition = threading.Condition()

    def begin(self, path: str, one_filesystem: bool) -> None:
        if not os.path.isabs(path) or "\0" in path:
            found_text = "one with a null character" if "\0" in path else "a relative one"
            raise InvalidArgument(repr(path), "an absolute path", found_text, "Start it with a slash.")
        path = os.path.normpath(os.path.realpath(path) if os.path.islink(path) else path).replace("//", "/")
        if self._excluded is not None and self._excluded(path):
            return
        try:
            found = os.lstat(path)
        except (OSError, ValueError) as exc:
            found_text = getattr(exc, "strerror", None) or str(exc)
            raise InvalidArgument(path, "a file or directory", found_text, "Check the path.") from exc
        if stat.S_ISDIR(found.st_mode):
            self._waiting.append((os.fsencode(path), found.st_dev if one_filesystem else None))
        elif stat.S_ISREG(found.st_mode):
            self.counts.append(1)
            self.look(os.fsencode(path))

    def run(self) -> None:
        """Be a thread: read folders until none waits and nobody can find another."""
        while True:
            with self._condition:
                while not self._waiting and self._busy:
                    self._condition.wait()
                if not self._waiting:
                    self._condition.notify_all()
                    return
                path, device = self._waiting.pop()
                self._busy += 1
            found: list[_Folder] = []
            try:
                found = self._folder(path, device)
            finally:
                with self._condition:
                    self._waiting += found
                    self._busy -= 1
                    self._condition.notify_all()

    def _folder(self, path: bytes, device: Optional[int]) -> list[_Folder]:
        folders: list[_Folder] = []
        count = 0
        excluded, look = self._excluded, self.look
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if excluded is not None and excluded(os.fsdecode(entry.path)):
                        continue
                    if entry.is_file(follow_symlinks=False):
                        count += 1
                        look(entry.path)
                    elif entry.is_dir(follow_symlinks=False) and _is_on(entry, device):
                        folders.append((entry.path, device))
        except OSError as exc:
            self._say(path, exc.errno)
        self.counts.append(count)
        return folders

    def look(self, path: bytes) -> None:
        """Read one file's attribute."""
        if _lgetxattr(path, _ATTRIBUTE, None, 0) < 0:
            self._say(path, ctypes.get_errno())
        else:
            self._read(path)

    def _read(self, path: bytes) -> None:
        """Note the attribute of a file that has one, or had it just now."""
        try:
            self.values[os.fsdecode(path)] = os.getxattr(path, ATTRIBUTE, follow_symlinks=False)
        except OSError as exc:
            self._say(path, exc.errno)

    def _say(self, path: bytes, code: Optional[int]) -> None:
        if code not in _NONE:
            self.unread[os.fsdecode(path)] = os.strerror(code or 0)


def _is_on(entry: os.DirEntry[bytes], device: Optional[int]) -> bool:
    if device is None:
        return True
    with suppress(OSError):
        return entry.stat(follow_symlinks=False).st_dev == device
    return False


def _excluding(exclude: Sequence[str]) -> Optional[Callable[[str], bool]]:
    """Whether a path is left out; None where none is."""
    exact = {path.rstrip("/") or "/" for path in exclude if not any(sign in path for sign in "*?[")}
    patterns = [path.rstrip("/") for path in exclude if path.rstrip("/") not in exact and path != "/"]
    if not exclude:
        return None
    return lambda path: path in exact or any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)
