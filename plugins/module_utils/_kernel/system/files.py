# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and directories: those under /etc/netns, and the mount on /run/netns."""

from __future__ import annotations

import os
from contextlib import suppress

from ..._engine.state import Change, Key, Objects
from ..netlink import netns
from . import regular

#: how the name of a file that is not in its place yet ends
DRAFT = ".netns-lab-new"


def entries(keys: list[Key]) -> dict[str, set[str]]:
    """The names in the directories in question."""
    found = {}
    for sort, path in keys:
        if sort != "file":
            with suppress(OSError):
                found[path] = set(os.listdir(path))
    return found


def half(keys: list[Key]) -> set[Key]:
    """What of the paths in question stands in part only."""
    found = {key for key in keys if key[0] == "netns_dir" and os.path.isdir(key[1]) and not netns.is_shared_mount()}
    return found | {key for key in keys if key[0] == "file" and os.path.lexists(draft(key[1]))}


def in_the_way(keys: list[Key]) -> dict[Key, str]:
    """What stands at the paths in question and is of another kind than it is to be, in words."""
    found = {}
    for key in keys:
        sort, path = key
        if sort == "file":
            if os.path.isdir(path):
                found[key] = "a folder"
        elif os.path.lexists(path) and not os.path.isdir(path):
            link = os.path.islink(path)
            found[key] = f"a symbolic link to {os.readlink(path)}, which is not there" if link else "no folder"
    return found


def read(keys: list[Key], objects: Objects) -> None:
    """Read the paths in question into objects."""
    for key in keys:
        sort, path = key
        if sort == "netns_dir":
            if os.path.isdir(path) and netns.is_mount():
                objects[key] = {}
        elif sort == "directory":
            if os.path.isdir(path):
                objects[key] = {}
        else:
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                objects[key] = {"content": regular.text(path)}


def apply(change: Change) -> None:
    """Make one change of a path.

    :raises OSError: if it cannot be made. A directory that is not empty stays: somebody else uses it.
    """
    sort, path = change.key
    if sort == "netns_dir":
        netns.make_dir() if change.after is not None else netns.remove_dir()
    elif sort == "directory":
        if change.after is not None:
            with suppress(FileExistsError):
                os.mkdir(path, 0o755)
        else:
            netns.rmdir(path)
    elif change.after is not None:
        write(path, change.after["content"], 0o644)
    else:
        for each in (draft(path), path):
            with suppress(FileNotFoundError):
                os.unlink(each)


def draft(path: str) -> str:
    """Where a file is written before it is put in its place; a killed run may leave it, under a name that is known."""
    folder, name = os.path.split(path)
    return f"{folder}/.{name}{DRAFT}"


def write(path: str, content: str | bytes, mode: int) -> None:
    """Put a whole file in place of what was there, or leave that as it was. Who writes is alone: see the locks."""
    name = draft(path)
    try:
        with suppress(FileNotFoundError):
            os.unlink(name)
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            os.fchmod(
                descriptor, mode
            )  # not by its name, which in a folder of somebody else's may lead elsewhere by now
        os.replace(name, path)
    except BaseException as exc:
        if isinstance(exc, OSError):
            exc.filename = path
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
