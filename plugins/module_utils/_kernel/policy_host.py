# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's side of a list of capabilities: what calls it, its files, and systemd where that is to watch."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from .._engine import capability_hooks as hooks
from .._engine.capability_keeping import HostFile
from .._engine.capability_policy import Entry, Policy
from .._model.errors import Conflict, Dependency, Kernel
from . import files
from .capability_file import CapabilityFile

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


def differing(wanted: dict[str, bytes | None]) -> list[HostFile]:
    """The files that are not as they are to be, those that go first."""
    found = [_found(path, after) for path, after in wanted.items()]
    changes = [file for file in found if file.before != file.after or file.loose]
    return sorted(changes, key=lambda file: file.after is not None)


def _found(path: str, after: bytes | None) -> HostFile:
    try:
        with open(path, "rb") as file:
            stat = os.fstat(file.fileno())
            loose = after is not None and (stat.st_uid != 0 or stat.st_mode & 0o7777 != _mode(path))
            return HostFile(path, file.read(), after, loose)
    except (FileNotFoundError, NotADirectoryError):
        return HostFile(path, None, after)
    except OSError as exc:
        raise Conflict(path, "a file, or nothing", exc.strerror or str(exc), "Move away what is there.") from exc


def _mode(path: str) -> int:
    return 0o755 if path == hooks.PROGRAM else 0o644


def write(changes: Sequence[HostFile]) -> None:
    """Bring files to what they are to be.

    :raises Kernel: for one that cannot be.
    """
    for change in changes:
        _write(change)


def _write(change: HostFile) -> None:
    try:
        if change.after is None:
            os.unlink(change.path)
        else:
            os.makedirs(os.path.dirname(change.path), 0o755, exist_ok=True)
            files.write(change.path, change.after, _mode(change.path))
    except OSError as exc:
        remedy = "The capabilities are granted; run the play again for the rest."
        raise Kernel(change.path, "to write or remove it", exc.strerror or str(exc), remedy) from exc


def unwatched(wanted: dict[str, bytes | None]) -> list[str]:
    """The unit that is to watch and does not, where systemd runs."""
    if wanted.get(hooks.WATCHING) is None or not _running():
        return []
    states = [_asked("is-enabled"), _asked("is-active")]
    return [] if states == ["enabled", "active"] else [_UNIT]


def watch(changes: Iterable[HostFile], units: Sequence[str]) -> None:
    """Tell systemd of changed units, and have it watch.

    :raises Kernel: if it refuses.
    """
    changed = [change.path for change in changes if change.path.endswith((".path", ".service"))]
    if not _running() or not (changed or units):
        return
    _systemctl("daemon-reload")
    if os.path.exists(hooks.WATCHING):
        _systemctl("enable", _UNIT)
        _systemctl("restart", _UNIT)


def unwatch(changes: Iterable[HostFile]) -> None:
    """Have systemd let go of units that are about to be removed, and of a run that just began."""
    if not any(change.path == hooks.WATCHING and change.after is None for change in changes):
        return
    if _running():
        _systemctl("disable", "--now", _UNIT)
        _systemctl("stop", _UNIT.replace(".path", ".service"))
    else:
        with suppress(FileNotFoundError):
            os.unlink(f"{_UNITS}/multi-user.target.wants/{_UNIT}")


def _running() -> bool:
    return os.path.isdir("/run/systemd/system")


def _asked(question: str) -> str:
    command = ["systemctl", question, _UNIT]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return done.stdout.strip()


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        found = done.stdout.strip() or f"exit code {done.returncode}"
        raise Kernel(" ".join(command), "to succeed", found, "See journalctl -xe, or set keep: none.")
