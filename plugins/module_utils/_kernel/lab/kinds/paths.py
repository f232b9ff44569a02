# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of a lab: the files and directories under /etc/netns, and the mount on /run/netns."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.lab.kinds.paths import NETNS_HOME, FileKey, NetnsDirKey
from ...._engine.state import Change, Key, Objects
from ...netlink import netns
from ...system import files
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer


def require(changes: list[Change]) -> None:
    """See that the host would see them.

    :param changes: the changes.
    """
    from .. import visibility  # noqa: PLC0415 - only who writes needs it

    visibility.require(change for change in changes if isinstance(change.key, NetnsDirKey))


def entries(keys: list[Key]) -> dict[str, set[str]]:
    """The names in the directories in question.

    :param keys: the objects' keys.
    """
    found = {}
    for sort, path in keys:
        if sort != "file":
            with suppress(OSError):
                found[path] = set(os.listdir(path))
    return found


def half(keys: list[Key]) -> set[Key]:
    """What of the paths in question stands in part only.

    :param keys: the objects' keys.
    """
    found = {
        key for key in keys if isinstance(key, NetnsDirKey) and os.path.isdir(key.path) and not netns.is_shared_mount()
    }
    return found | {key for key in keys if isinstance(key, FileKey) and os.path.lexists(files.draft(key.path))}


def in_the_way(keys: list[Key]) -> dict[Key, str]:
    """What stands at the paths in question and is of another kind than it is to be, in words.

    :param keys: the objects' keys.
    """
    found = {}
    for key in keys:
        sort, path = key
        if sort == "file":
            if os.path.isdir(path):
                found[key] = "a directory"
        elif os.path.lexists(path) and not os.path.isdir(path):
            link = os.path.islink(path)
            found[key] = f"a symbolic link to {os.readlink(path)}, which is not there" if link else "no directory"
    return found


def read(keys: list[Key], objects: Objects) -> None:
    """Read the paths in question into objects.

    :param keys: their keys.
    :param objects: takes what is found.
    """
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
                objects[key] = {"content": files.text(path)}


def apply(change: Change) -> None:
    """Make one change of a path.

    :param change: the change.
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
        files.write(path, change.after["content"], 0o644)
    else:
        for each in (files.draft(path), path):
            with suppress(FileNotFoundError):
                os.unlink(each)


# -- in a run --------------------------------------------------------------------------------------------------------


def complete(reader: Reader, state: State) -> None:
    """Read the paths that are asked for, and what is in them or in their place.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    asked = reader.scope.paths
    read(asked, reader.objects)
    state.alien.update(in_the_way(asked))
    state.half, state.entries = half(asked), entries(asked)


def _write(writer: Writer, changes: list[Change]) -> None:
    for change in changes:
        writer.session.act(change, lambda change=change: apply(change))


def _is_home(_writer: Writer, change: Change) -> bool:
    return change.key == NETNS_HOME


def _is_inside(_writer: Writer, change: Change) -> bool:
    return change.key != NETNS_HOME


REMOVE = (
    Part(Gone.FILE, ("file",), _write),
    Part(Gone.DIRECTORY, ("directory",), _write, _is_inside),
    Part(Gone.NETNS_DIR, ("netns_dir",), _write),
    Part(Gone.NETNS_HOME, ("directory",), _write, _is_home),
)
BUILD = (
    Part(Made.NETNS_HOME, ("directory",), _write, _is_home),
    Part(Made.NETNS_DIR, ("netns_dir",), _write),
    Part(Made.DIRECTORY, ("directory",), _write, _is_inside),
    Part(Made.FILE, ("file",), _write),
)
