# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that the loader does not find for a program that gains capabilities.

For such a program (AT_SECURE, see ld.so(8)) LD_LIBRARY_PATH does not count, and ``$ORIGIN`` only where it leads to a
folder of the system. Only what the program itself needs is looked at; in doubt a library is taken as found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from glob import escape
from posixpath import basename, dirname, join, normpath
from sys import getfilesystemencodeerrors, getfilesystemencoding
from typing import NamedTuple, Protocol

from ..._model.capabilities.elf import Program
from .effect import Unfound

CONFIGURATION = "/etc/ld.so.conf"

_TRUSTED = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
_SYSTEM = (*_TRUSTED, "/lib32", "/usr/lib32", "/libx32", "/usr/libx32", "/lib/*-linux-*", "/usr/lib/*-linux-*")
_ORIGIN = re.compile(r"\$(?:\{ORIGIN\}|ORIGIN(?![A-Za-z0-9_]))")
_LIB = re.compile(r"\$(?:\{LIB\}|LIB(?![A-Za-z0-9_]))")
_LIB_FOLDERS = ("lib", "lib64", "lib/*-linux-*")
_PLATFORM = re.compile(r"\$(?:\{PLATFORM\}|PLATFORM(?![A-Za-z0-9_]))")

_MUSL = "ld-musl"
_MUSL_PATHS = "/etc/ld-musl-*.path"
_MUSL_FOLDERS = ("/lib", "/usr/local/lib", "/usr/lib")
_MUSL_OWN = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\.")


class Files(Protocol):
    """The files of a host that a loader looks at."""

    def exists(self, path: str) -> bool:
        """Whether something is there.

        :param path: its path (str).
        """

    def matching(self, pattern: str) -> list[str]:
        """The paths that match a pattern.

        :param pattern: as of the shell (str).
        """

    def real(self, path: str) -> str:
        """A path without symbolic links.

        :param path: the path (str).
        """

    def text(self, path: str) -> str:
        """What a file says; empty for one that cannot be read.

        :param path: its path (str).
        """

    def cache(self) -> bytes:
        """What ldconfig(8) noted; empty without it."""


class _Path(NamedTuple):
    """Where the loader looks: folders that count, and entries that do not, each with the folders that it means."""

    folders: list[str]
    ignored: list[tuple[str, list[str]]]


class Libraries:
    """The libraries of a host, as its loaders find them. What all programs share is read once.

    :param files: the host's.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._loaders: dict[str, list[str]] = {}

    def unfound(self, real: str, program: Program) -> list[Unfound]:
        """Those that are not found, together where one entry of a program's search path leads to them in vain.

        :param real: where the program truly is, for ``$ORIGIN`` (str).
        :param program: the program.
        """
        loader = basename(program.interpreter or "")
        if not loader.startswith("ld"):
            return []
        musl = loader.startswith(_MUSL)
        search = self._search(program, dirname(real), musl)
        system = self._musl_folders if musl else [*self._system_folders, *self._of_loader(program.interpreter or "")]
        lost: dict[tuple[str, str], list[str]] = {}
        for name in program.needed:
            if "/" in name or (_MUSL_OWN.match(name) if musl else _noted(name) in self._cache):
                continue
            if not self._is_in(name, [*search.folders, *system]):
                lost.setdefault(self._way(name, search), []).append(name)
        return [Unfound(names, entry, folder, musl) for (entry, folder), names in lost.items()]

    def _way(self, name: str, search: _Path) -> tuple[str, str]:
        """The entry and the folder that a library would be found by; both empty if there is none."""
        for entry, folders in search.ignored:
            for folder in folders:
                if self._is_in(name, [folder]):
                    return entry, folder
        return "", ""

    def _is_in(self, name: str, folders: Iterable[str]) -> bool:
        return any(self._files.exists(join(folder, name)) for folder in folders)

    def _search(self, program: Program, origin: str, musl: bool) -> _Path:
        """What the program's own search path comes to."""
        text = (program.rpath if program.runpath is None else program.runpath) or ""
        found = _Path([], [])
        for entry in filter(None, text.split(":")):
            folders = self._expanded(entry, origin)
            # musl leaves out all of a path with $ORIGIN
            if "$" in text if musl else not entry.startswith("/") and not _is_trusted(entry, folders):
                found.ignored.append((entry, folders if "ORIGIN" in entry else []))
            else:
                found.folders.extend(folders)
        return found

    def _expanded(self, entry: str, origin: str) -> list[str]:
        if not any(sign.search(entry) for sign in (_ORIGIN, _PLATFORM, _LIB)):
            return [entry]
        # what the program says is no pattern: whoever wrote it could have us search for hours
        text = _ORIGIN.sub(lambda _match: escape(origin), escape(entry))
        text = _PLATFORM.sub("*", text)
        found = []
        for name in _LIB_FOLDERS if _LIB.search(text) else ("",):
            pattern = normpath(_LIB.sub(name, text))
            found += self._files.matching(pattern) or [pattern]
        return list(dict.fromkeys(found))

    def _of_loader(self, interpreter: str) -> list[str]:
        """The folder of a loader that is not the system's, which is one that it looks into."""
        found = self._loaders.get(interpreter)
        if found is None:
            both = dirname(interpreter), dirname(self._files.real(interpreter))
            found = self._loaders[interpreter] = list(dict.fromkeys(both))
        return found

    @cached_property
    def _cache(self) -> bytes:
        return self._files.cache()

    @cached_property
    def _system_folders(self) -> list[str]:
        found = self._configured(CONFIGURATION)
        for pattern in _SYSTEM:
            found += self._files.matching(pattern)
        return list(dict.fromkeys(found))

    def _configured(self, path: str, above: tuple[str, ...] = ()) -> list[str]:
        """The folders of a configuration of ldconfig(8), with those of the files that it includes.

        :param above: the files that include this one.
        """
        found: list[str] = []
        for line in self._files.text(path).splitlines():
            words = line.partition("#")[0].replace(",", " ").split()
            if words[:1] == ["include"]:
                for pattern in words[1:]:
                    for name in sorted(self._files.matching(join(dirname(path), pattern))):
                        if name not in (*above, path):
                            found += self._configured(name, (*above, path))
            elif words[:1] != ["hwcap"]:
                found += [folder.partition("=")[0] for word in words for folder in word.split(":") if folder]
        return found

    @cached_property
    def _musl_folders(self) -> list[str]:
        text = "\n".join(map(self._files.text, self._files.matching(_MUSL_PATHS)))
        return [folder for folder in re.split(r"[:\n]", text) if folder] or list(_MUSL_FOLDERS)


def _noted(name: str) -> bytes:
    """A library as ldconfig(8) notes it."""
    return name.encode(getfilesystemencoding(), getfilesystemencodeerrors()) + b"\0"


def _is_trusted(entry: str, folders: Iterable[str]) -> bool:
    begins = _ORIGIN.match(entry)
    if not begins or entry[begins.end() : begins.end() + 1] not in ("", "/"):
        return False
    return all(f"{folder}/".startswith(tuple(f"{top}/" for top in _TRUSTED)) for folder in folders)
