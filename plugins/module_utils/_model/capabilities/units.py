# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a systemd service unit says of its program and of the capabilities that it can have.

Source: systemd.syntax(7), systemd.service(5) "Command lines", systemd.exec(5) "Capabilities".
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Optional

from .sets import number_of

_EVERY = (1 << 64) - 1
_TRUE = ("1", "yes", "y", "true", "t", "on")
_PREFIXES = "-@:+!|"


class Command(NamedTuple):
    """A program that a unit starts.

    :param path: as it is written: an absolute path, or a name.
    :param elevated: whether it runs as root whatever ``User=`` says.
    """

    path: str
    elevated: bool = False


class Service(NamedTuple):
    """A unit.

    :param commands: what ``ExecStart=`` runs; without what runs with full privileges.
    :param bounding: set (int) of the capabilities that programs can have; None for no limit.
    :param ambient: set (int) of the capabilities that programs get.
    :param no_new_privileges: whether programs cannot gain any.
    :param root: whether they run as root.
    """

    commands: tuple[Command, ...] = ()
    bounding: Optional[int] = None
    ambient: int = 0
    no_new_privileges: bool = False
    root: bool = True


def service(texts: Sequence[str]) -> Service:
    """What a unit says.

    :param texts: the unit's file, then its drop-ins in their order.
    """
    commands: list[Command] = []
    bounding, ambient = _EVERY, 0
    single = {"NoNewPrivileges": "", "User": "", "DynamicUser": ""}
    for text in texts:
        for name, value in _assignments(text):
            if name == "ExecStart":
                commands = [*commands, *_commands(value)] if value else []
            elif name == "CapabilityBoundingSet":
                bounding = _merged(bounding, value, _EVERY)
            elif name == "AmbientCapabilities":
                ambient = _merged(ambient, value, 0)
            elif name in single:
                single[name] = value
    return Service(
        tuple(commands),
        None if bounding == _EVERY else bounding,
        ambient,
        single["NoNewPrivileges"].lower() in _TRUE,
        single["User"] in ("", "root", "0") and single["DynamicUser"].lower() not in _TRUE,
    )


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """The settings of the section ``[Service]``."""
    section = ""
    for line in _lines(text):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line:
            name, _equals, value = line.partition("=")
            yield name.rstrip(), value.strip()


def _lines(text: str) -> Iterator[str]:
    """The lines without comments, those joined that a backslash continues."""
    whole = ""
    for raw in text.split("\n"):
        line = raw.strip()
        if line.startswith(("#", ";")) or not (line or whole):
            continue
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        yield whole + line
        whole = ""
    if whole:
        yield whole


def _commands(value: str) -> Iterator[Command]:
    try:
        words = shlex.split(value.replace("\\;", "\\\\;"))
    except ValueError:  # a quotation mark without its other: systemd drops the line too
        return
    first = True
    for word in words:
        path = word.lstrip(_PREFIXES)
        if first and path and word != ";":
            prefixes = word[: -len(path)]
            plain = path.replace("%%", "")
            if "+" not in prefixes and "%" not in plain:
                yield Command(path.replace("%%", "%"), "!" in prefixes)
        first = word == ";"


def _merged(before: int, value: str, initial: int) -> int:
    """A set after one more assignment, as systemd's config_parse_capability_set() makes it.

    An empty one is the empty set, also of the bounding set; ``~`` alone is all; names are added, or after a ``~`` taken
    away, but the first assignment replaces.
    """
    invert = value.startswith("~")
    members = 0
    for word in value.lstrip("~").replace('"', " ").replace("'", " ").split():
        named = word.lower().startswith("cap_") or (word.isascii() and word.isdigit())
        number = number_of(word) if named else None
        if number is not None:
            members |= 1 << number
    if not members or before == initial:
        return _EVERY & ~members if invert else members
    return before & ~members if invert else before | members
