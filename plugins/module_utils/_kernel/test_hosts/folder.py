# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a host group: where it is, whom it belongs to, and the lock that one holds who works on the group."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Optional

from ..._model.errors import Conflict
from ..._model.test_hosts import group as model
from ..._model.test_hosts.group import HostGroup
from ..system import trust

#: why nobody else may write the folder: the inventory and the programs in it are used by root
_PURPOSE = trust.Purpose(
    "name another directory", "who may put another folder in its place has root run the programs in it", links=False
)


@contextmanager
def locked(wanted: HostGroup, create: bool) -> Iterator[None]:
    """Be the only one who works on a host group: by its folder, which goes with it.

    :param wanted: the host group.
    :param create: whether to make the folder; without it there may be nothing to lock.
    :raises Conflict: if somebody else than root may write the folder, or that of its programs, or exchange them.
    """
    folder = wanted.folder
    made = _require_roots(folder)
    _require_roots(wanted.programs)
    descriptor = _lock(folder, create)
    had = descriptor is not None and bool(os.listdir(descriptor))
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)
        if create:
            _tidy(folder, made if not had else [folder])


def _require_roots(folder: str) -> list[str]:
    """See that root alone may write a folder and what is above it.

    :returns: those that are not there yet, the deepest first.
    :raises Conflict: naming who else may.
    """
    missing = []
    there = folder
    while not os.path.lexists(there):
        missing.append(there)
        there = os.path.dirname(there)
    trust.trusted(there, _PURPOSE)
    return missing


def _lock(folder: str, create: bool) -> Optional[int]:
    while True:
        if create:
            os.makedirs(os.path.dirname(folder), 0o755, exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(folder, 0o711)
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            if create:
                continue
            return None
        except OSError as exc:
            raise Conflict(folder, "a directory, or nothing", exc.strerror or "", "Choose another directory.") from exc
        fcntl.flock(descriptor, fcntl.LOCK_EX if create else fcntl.LOCK_SH)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.stat(folder), os.fstat(descriptor)):
                return descriptor
        os.close(descriptor)


def _tidy(folder: str, made: list[str]) -> None:
    """Leave no empty folder of those that this run made, or whose host group went."""
    with suppress(OSError):
        for each in made:
            os.rmdir(each)
        if os.path.dirname(folder) == model.FOLDERS:
            os.rmdir(model.FOLDERS)


def exposed(tree: str) -> str:
    """Who else than root may write a tree or exchange it, as a warning; empty if nobody.

    :param tree: the tree's path (str).
    """
    try:
        trust.trusted(tree, _PURPOSE._replace(links=True))
    except Conflict as error:
        what = f"tree {tree}: {error.obj} is {error.found}" if error.found.startswith("writable") else ""
        what = what or f"tree {tree}: {error.obj} belongs to {error.found}"
        return f"{what}. Who may write it is root on the hosts that are made of it, and close to root of this machine."
    return ""


def located(wanted: HostGroup) -> HostGroup:
    """The host group with its programs where the machine lets them run.

    :param wanted: the host group.
    """
    there = wanted.folder
    while not os.path.isdir(there):
        there = os.path.dirname(there)
    if os.statvfs(there).f_flag & os.ST_NOEXEC:
        return wanted._replace(programs=model.elsewhere(wanted.folder))
    return wanted
