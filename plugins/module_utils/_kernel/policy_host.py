# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's side of a list of capabilities: what calls it, its files, and systemd where that is to watch."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress

from .._engine import capability_hooks as hooks
from .._engine.capability_keeping import HostFile
from .._model.errors import Dependency, Kernel
from . import files

_UNIT = "netns-lab-capabilities.path"


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


def differing(wanted: dict[str, bytes | None]) -> list[HostFile]:
    """The files that are not as they are to be, those that go first."""
    found = [HostFile(path, _read(path), after) for path, after in wanted.items()]
    return sorted((file for file in found if file.before != file.after), key=lambda file: file.after is not None)


def _read(path: str) -> bytes | None:
    with suppress(FileNotFoundError, NotADirectoryError), open(path, "rb") as file:
        return file.read()
    return None


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
            files.write(change.path, change.after, 0o755 if change.path == hooks.PROGRAM else 0o644)
    except OSError as exc:
        remedy = "The capabilities are granted; run the play again for the rest."
        raise Kernel(change.path, "to write or remove it", exc.strerror or str(exc), remedy) from exc


def watch(changes: Iterable[HostFile]) -> None:
    """Tell systemd of changed units.

    :raises Kernel: if it refuses.
    """
    units = {os.path.basename(change.path): change for change in changes if change.path.endswith((".path", ".service"))}
    if not units or not os.path.isdir("/run/systemd/system"):
        return
    _systemctl("daemon-reload")
    change = units.get(_UNIT)
    if change is not None and change.after is not None:
        _systemctl("enable", _UNIT)
        _systemctl("restart", _UNIT)


def unwatch(changes: Iterable[HostFile]) -> None:
    """Have systemd let go of units that are about to be removed, and of a run that just began."""
    if any(change.path.endswith(f"/{_UNIT}") and change.after is None for change in changes):
        _systemctl("disable", "--now", _UNIT)
        _systemctl("stop", _UNIT.replace(".path", ".service"))


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        found = done.stdout.strip() or f"exit code {done.returncode}"
        raise Kernel(" ".join(command), "to succeed", found, "See journalctl -xe, or set keep: none.")
