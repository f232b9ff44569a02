# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that the loader does not find for a program that gains capabilities.

For such a program (AT_SECURE, see ld.so(8)) LD_LIBRARY_PATH does not count, and ``$ORIGIN`` only where it leads to a
folder of the system. Only what the program itself needs is looked at; in doubt a library is taken as found.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ..._engine.capabilities.effect import Unfound
from ..._model.capabilities.elf import Program
from ..system import files

CONFIGURATION = "/etc/ld.so.conf"

_CACHE = "/etc/ld.so.cache"
_TRUSTED = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
_SYSTEM = (*_TRUSTED, "/lib32", "/usr/lib32", "/libx32", "/usr/libx32", "/lib/*-linux-*", "/usr/lib/*-linux-*")
_ORIGIN = re.compile(r"\$(?:\{ORIGIN\}|ORIGIN(?![A-Za-z0-9_]))")
_LIB = re.compile(r"\$(?:\{LIB\}|LIB(?![A-Za-z0-9_]))")
_LIB_FOLDERS = ("lib", "lib64", "lib/*-linux-*")
_PLATFORM = re.compile(r"\$(?:\{PLATFORM\}|PLATFORM(?![A-Za-z0-9_]))")

_MUSL = "ld-musl"
_MUSL_FOLDERS = ("/lib", "/usr/local/lib", "/usr/lib")
_MUSL_OWN = re.compile(r"lib(c|pthread|rt|m|dl|util|xnet)\.")


class _Path(NamedTuple):
    """Where the loader looks: folders that count, and entries that do not, each with the folders that it means."""

    folders: list[str]
    ignored: list[tuple[str, list[str]]]


def unfound(real: str, program: Program) -> list[Unfound]:
    """The libraries of a program that are not found, together where one entry of its search path leads to them in vain.

    :param real: where it truly is, for ``$ORIGIN`` (str).
    :param program: the program.
    """
    loader = os.path.basename(program.interpreter or "")
    if not loader.startswith("ld"):
        return []
    musl = loader.startswith(_MUSL)
    search = _search(program, os.path.dirname(real), musl)
    system = _musl_folders() if musl else [*_system_folders(), *_of_loader(program.interpreter or "")]
    lost: dict[tuple[str, str], list[str]] = {}
    for name in program.needed:
        if "/" in name or (musl and _MUSL_OWN.match(name)) or (not musl and os.fsencode(name) + b"\0" in _cache()):
            continue
        if not _is_in(name, [*search.folders, *system]):
            lost.setdefault(_way(name, search), []).append(name)
    return [Unfound(names, entry, folder, musl) for (entry, folder), names in lost.items()]


def _way(name: str, search: _Path) -> tuple[str, str]:
    """The entry and the folder that a library would be found by; both empty if there is none."""
    for entry, folders in search.ignored:
        for folder in folders:
            if _is_in(name, [folder]):
                return entry, folder
    return "", ""


def _is_in(name: str, folders: Iterable[str]) -> bool:
    return any(os.path.exists(os.path.join(folder, name)) for folder in folders)


def _search(program: Program, origin: str, musl: bool) -> _Path:
    """What the program's own search path comes to."""
    text = (program.rpath if program.runpath is None else program.runpath) or ""
    found = _Path([], [])
    for entry in filter(None, text.split(":")):
        folders = _expanded(entry, origin)
        # musl leaves out all of a path with $ORIGIN
        if "$" in text if musl else not entry.startswith("/") and not _is_trusted(entry, folders):
            found.ignored.append((entry, folders if "ORIGIN" in entry else []))
        else:
            found.folders.extend(folders)
    return found


def _is_trusted(entry: str, folders: Iterable[str]) -> bool:
    begins = _ORIGIN.match(entry)
    if not begins or entry[begins.end() : begins.end() + 1] not in ("", "/"):
        return False
    return all(f"{folder}/".startswith(tuple(f"{top}/" for top in _TRUSTED)) for folder in folders)


def _expanded(entry: str, origin: str) -> list[str]:
    if not any(sign.search(entry) for sign in (_ORIGIN, _PLATFORM, _LIB)):
        return [entry]
    # what the program says is no pattern: whoever wrote it could have us search for hours
    text = _ORIGIN.sub(lambda _match: glob.escape(origin), glob.escape(entry))
    text = _PLATFORM.sub("*", text)
    found = []
    for name in _LIB_FOLDERS if _LIB.search(text) else ("",):
        pattern = os.path.normpath(_LIB.sub(name, text))
        found += glob.glob(pattern) or [pattern]
    return list(dict.fromkeys(found))


def _of_loader(interpreter: str) -> list[str]:
    """The folder of a loader that is not the system's, which is one that it looks into."""
    return list(dict.fromkeys((os.path.dirname(interpreter), os.path.dirname(os.path.realpath(interpreter)))))


@cache
def _system_folders() -> list[str]:
    found = configured(CONFIGURATION)
    for pattern in _SYSTEM:
        found += glob.glob(pattern)
    return list(dict.fromkeys(found))


@cache
def _cache() -> bytes:
    try:
        return files.read(_CACHE)
    except OSError:
        return b""


def configured(path: str, above: tuple[str, ...] = ()) -> list[str]:
    """The folders of a configuration of ldconfig(8), with those of the files that it includes.

    :param path: the path of the configuration (str).
    :param above: the files that include this one.
    """
    found: list[str] = []
    for line in _text(path).splitlines():
        words = line.partition("#")[0].replace(",", " ").split()
        if words[:1] == ["include"]:
            for pattern in words[1:]:
                for name in sorted(glob.glob(os.path.join(os.path.dirname(path), pattern))):
                    if name not in (*above, path):
                        found += configured(name, (*above, path))
        elif words[:1] != ["hwcap"]:
            found += [folder.partition("=")[0] for word in words for folder in word.split(":") if folder]
    return found


@cache
def _musl_folders() -> list[str]:
    text = "\n".join(_text(name) for name in glob.glob("/etc/ld-musl-*.path"))
    return [folder for folder in re.split(r"[:\n]", text) if folder] or list(_MUSL_FOLDERS)


def _text(path: str) -> str:
    try:
        return files.text(path, "surrogateescape")
    except OSError:
        return ""
