# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's side of a list of capabilities: what calls it, its files, and systemd where that is to watch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ..._engine.capabilities import hooks
from ..._engine.capabilities.policy import Entry, Policy
from ..._engine.host_files import HostFile
from ..._model.errors import Conflict, Dependency
from ..system import systemd
from .file import CapabilityFile

#: what to do about a file that cannot be written
REMEDY = "The capabilities are granted; run the play again for the rest."
_SYSTEMD = "See journalctl -xe, or set keep: none."
_UNITS, _UNIT = os.path.split(hooks.WATCHING)


def way(keep: str) -> str:
    """How this host grants again.

    :param keep: what the user asks for, ``auto`` for what is there.
    :raises Dependency: if nothing is there that could.
    """
    if keep != "auto":
        return keep
    for sign, name in hooks.SIGNS:
        if os.path.exists(sign):
            return name
    raise Dependency(
        "keep",
        "dpkg, dnf with its actions plugin, pacman or systemd",
        "none of them",
        "Install the plugin (python3-dnf-plugin-post-transaction-actions, libdnf5-plugin-actions), or set keep: none.",
    )


class Claim(NamedTuple):
    """A file that another list names."""

    identity: tuple[int, int]
    name: str
    item: Entry


def claims(others: Mapping[str, Policy]) -> list[Claim]:
    """The files that the other lists of this host name, as far as they are there."""
    found = []
    for name, policy in others.items():
        for item in policy.items:
            with suppress(OSError):
                stat = os.stat(item.path)
                found.append(Claim((stat.st_dev, stat.st_ino), name, item))
    return found


def require_agreement(files: Sequence[tuple[Entry, CapabilityFile]], claimed: Iterable[Claim], last: int) -> None:
    """See that each file is there once, whatever its paths are, and that no other list wants something else of it.

    :param files: the entries of the list at hand with their files.
    :raises Conflict: naming the other path or list.
    """
    mine: dict[tuple[int, int], Entry] = {}
    for item, file in files:
        twin = mine.setdefault(file.identity, item)
        if twin is not item:
            found = f"the same file as {twin.path}"
            raise Conflict(item.path, "each file once", found, "Leave one of the two paths out.")
    for identity, name, item in claimed:
        own = mine.get(identity)
        if own is not None and own.caps != item.caps:
            found = f"{item.caps.text(last)} in the list {name}"
            remedy = "Let one list have the file, or both the same."
            raise Conflict(own.path, own.caps.text(last), found, remedy)


def mode(path: str) -> int:
    """The mode that a file is to have."""
    return 0o755 if path == hooks.PROGRAM else 0o644


def unwatched(wanted: dict[str, bytes | None]) -> list[str]:
    """The unit that is to watch and does not, where systemd runs."""
    if wanted.get(hooks.WATCHING) is None or not systemd.running():
        return []
    states = [systemd.asked("is-enabled", _UNIT), systemd.asked("is-active", _UNIT)]
    return [] if states == ["enabled", "active"] else [_UNIT]


def watch(changes: Iterable[HostFile], units: Sequence[str]) -> None:
    """Tell systemd of changed units, and have it watch.

    :raises Kernel: if it refuses.
    """
    changed = [change.path for change in changes if change.path.endswith((".path", ".service"))]
    if not systemd.running() or not (changed or units):
        return
    systemd.systemctl("daemon-reload", remedy=_SYSTEMD)
    if os.path.exists(hooks.WATCHING):
        systemd.systemctl("enable", _UNIT, remedy=_SYSTEMD)
        systemd.systemctl("restart", _UNIT, remedy=_SYSTEMD)


def unwatch(changes: Iterable[HostFile]) -> None:
    """Have systemd let go of units that are about to be removed, and of a run that just began."""
    if not any(change.path == hooks.WATCHING and change.after is None for change in changes):
        return
    if systemd.running():
        systemd.systemctl("disable", "--now", _UNIT, remedy=_SYSTEMD)
        systemd.systemctl("stop", _UNIT.replace(".path", ".service"), remedy=_SYSTEMD)
    else:
        with suppress(FileNotFoundError):
            os.unlink(f"{_UNITS}/multi-user.target.wants/{_UNIT}")
