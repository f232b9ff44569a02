# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The systemd services of this host that run a program, and may keep a capability from it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from ..._engine.capabilities.effect import Running
from ..._model.capabilities import units
from ..._model.capabilities.units import Command, Service
from ..system import files

#: an earlier one hides what later ones have of the same name
FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
#: where systemd looks for a program without a path
_PROGRAMS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_SUFFIX = ".service"
#: a unit without any of these keeps nothing from its program
_LIMITS = ("CapabilityBoundingSet", "NoNewPrivileges")


def running(real: str, folders: Sequence[str] = FOLDERS) -> list[Running]:
    """The services that run a program and set a limit, each with the first command that does.

    :param real: where the program truly is (str).
    :param folders: those of units (str each).
    """
    return by_program(tuple(folders)).get(real, [])


@lru_cache(maxsize=1)
def by_program(folders: tuple[str, ...]) -> dict[str, list[Running]]:
    """The services that set a limit, by where the programs that they run truly are.

    :param folders: where units are (str), the first ones count more.
    """
    found: dict[str, list[Running]] = {}
    for name, service in _limiting(folders):
        first: dict[str, Command] = {}
        for command in service.commands:
            first.setdefault(_real(command.path), command)
        for real, command in first.items():
            found.setdefault(real, []).append(Running(name, service, command))
    return found


def _real(path: str) -> str:
    if os.path.isabs(path):
        return os.path.realpath(path)
    for folder in _PROGRAMS:
        whole = os.path.join(folder, path)
        if os.path.exists(whole):
            return os.path.realpath(whole)
    return ""


def _limiting(folders: tuple[str, ...]) -> list[tuple[str, Service]]:
    """The services that set a limit, by name.

    :param folders: where units are (str), the first ones count more.
    """
    inside = {folder: _names_in(folder) for folder in folders}
    where: dict[str, str] = {}
    for folder, names in inside.items():
        for name in names:
            if name.endswith(_SUFFIX):
                where.setdefault(name, os.path.join(folder, name))
    found = []
    for name, path in sorted(where.items()):
        if _is_alias(name, path, where):
            continue
        texts = [_text(path), *map(_text, _drop_ins(name, inside))]
        if texts[0] and any(limit in text for text in texts for limit in _LIMITS):
            found.append((name, units.service(texts)))
    return found


def _is_alias(name: str, path: str, where: dict[str, str]) -> bool:
    """Whether it is another name of a unit that is looked at itself."""
    target = os.path.basename(os.path.realpath(path)) if os.path.islink(path) else name
    return target != name and target in where


def _drop_ins(name: str, inside: dict[str, set[str]]) -> list[str]:
    """The drop-ins of a unit in the order in which they apply."""
    stem = name[: -len(_SUFFIX)]
    parts = stem.split("-")
    families = [f"{'-'.join(parts[:count])}-{_SUFFIX}.d" for count in range(len(parts) - 1, 0, -1)]
    own = [(folder, each) for folder in inside for each in (f"{name}.d", *families)]
    found: dict[str, str] = {}
    for folder, each in [*own, *((folder, f"{_SUFFIX[1:]}.d") for folder in inside)]:
        if each in inside[folder]:
            whole = os.path.join(folder, each)
            for entry in _names_in(whole):
                if entry.endswith(".conf"):
                    found.setdefault(entry, os.path.join(whole, entry))
    return [found[entry] for entry in sorted(found)]


def _names_in(folder: str) -> set[str]:
    with suppress(OSError):
        return set(os.listdir(folder))
    return set()


def _text(path: str) -> str:
    """A file's text; empty for one that is not there, and for a unit that is masked (a link to /dev/null)."""
    with suppress(OSError):
        return files.text(path)
    return ""
