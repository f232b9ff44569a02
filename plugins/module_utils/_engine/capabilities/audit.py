# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look for files with capabilities, and what they have beside what they are allowed to have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Optional, Protocol

from ..._model.capabilities import xattr as file_caps
from ..._model.capabilities.xattr import FileCapabilities
from ..._model.errors import LabError
from . import policy
from .file import described
from .host import Files
from .policy import Entry


class Found(NamedTuple):
    """What was found under some folders.

    :param values: path -> value of the attribute ``security.capability``, sorted by path.
    :param scanned: how many regular files were looked at.
    :param unread: path -> why, for what could not be read.
    """

    values: dict[str, bytes]
    scanned: int
    unread: dict[str, str]


class Scanned(Files, Protocol):
    """Files that are looked for."""

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


def run(options: dict[str, Any], files: Scanned) -> dict[str, Any]:
    """Look for files with capabilities, and hold them against those that may have some.

    :param options: those of the module ``file_capability_info``.
    :param files: the host's.
    :returns: what the module returns, by name.
    :raises LabError: for what is wrong, or cannot be read.
    """
    last = files.last()
    allow = policy.allowed(options["allow"] or (), last)
    paths, exclude = options["paths"] or (), options["exclude"] or ()
    found = files.scan(paths, exclude, options["one_filesystem"], options["threads"], allow)
    facts: dict[str, Any] = {
        "files": [_file(path, value, last, files) for path, value in found.values.items()],
        "scanned": found.scanned,
        "unread": found.unread,
    }
    if options["allow"] is not None:
        expected = {path: item for path, item in allow.items() if not item.optional or files.is_there(path)}
        facts.update(compare(found.values, expected, last))
    return facts


def _file(path: str, value: bytes, last: int, files: Scanned) -> dict[str, Any]:
    """A file for the user, with why its capabilities would not take effect."""
    warnings: list[str] = []
    with suppress(LabError), files.opened(path, follow=False) as file:
        warnings = files.advice(file, file_caps.from_bytes(value, path))
    return {"path": path, **described(value, last), "warnings": warnings}


def compare(values: Mapping[str, bytes], allow: Mapping[str, Entry], last: int) -> dict[str, list[dict[str, Any]]]:
    """Files beside an allow list.

    :param values: path -> value of the attribute, of all files that have one.
    :param allow: what files may have, by path.
    :param last: the highest capability of the kernel (int).
    :returns: ``unexpected`` (on no list), ``missing`` (on the list, without capabilities or not there) and
        ``different``, each a list of path, found and wanted, in setcap's form, empty for none.
    """
    unexpected = [_told(path, value, None, last) for path, value in values.items() if path not in allow]
    missing = [_told(path, None, item.caps, last) for path, item in allow.items() if path not in values]
    different = [
        _told(path, values[path], item.caps, last)
        for path, item in allow.items()
        if path in values and file_caps.readable(values[path]) != item.caps
    ]
    return {"unexpected": unexpected, "missing": missing, "different": different}


def _told(path: str, value: Optional[bytes], wanted: Optional[FileCapabilities], last: int) -> dict[str, Any]:
    return {
        "path": path,
        "found": described(value, last)["capabilities"],
        "expected": wanted.text(last) if wanted is not None else "",
    }
