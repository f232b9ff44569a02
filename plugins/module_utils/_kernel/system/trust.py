# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that root uses: who else may write a folder on the way may put something in place of what is there."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

from ..._model.errors import Conflict, InvalidArgument

#: links on the way to a file, as the kernel follows them
_MOST_LINKS = 40


class Purpose(NamedTuple):
    """What a path is for, as errors say it.

    :param instead: what to do in place of putting the path right (str).
    :param danger: what others could do (str).
    :param links: whether links on the way are followed; each must be root's (bool).
    """

    instead: str
    danger: str
    links: bool = True


CAPABILITIES = Purpose("omit it", "whoever may replace the program would get its capabilities")


def trusted(path: str, purpose: Purpose = CAPABILITIES) -> str:
    """Where a path leads, if root alone may write and exchange each folder and each link on the way.

    The way is walked step by step: a link in a folder of somebody else's could lead elsewhere the next moment.

    :param path: an absolute path (str).
    :param purpose: what root would do with it.
    :returns: the same without links.
    :raises Conflict: naming who else may write, or a link that is not followed.
    :raises InvalidArgument: if it leads nowhere.
    """
    done, links = "/", 0
    require_roots(done, os.lstat(done), purpose)
    todo = path.split("/")[::-1]
    while todo:
        part = todo.pop()
        if part in ("", "."):
            continue
        step = os.path.dirname(done) if part == ".." else os.path.join(done, part)
        try:
            found = os.lstat(step)
        except (FileNotFoundError, NotADirectoryError) as exc:
            raise InvalidArgument(path, "a file", f"no {step}", "Install it first, or check the path.") from exc
        if stat.S_ISLNK(found.st_mode) and not purpose.links:
            target, remedy = os.readlink(step), f"Use its target, or {purpose.instead}."
            raise Conflict(step, "a directory", f"a symbolic link to {target}", remedy)
        require_roots(step, found, purpose)
        if not stat.S_ISLNK(found.st_mode):
            done = step
            continue
        links += 1
        target = os.readlink(step)
        if links > _MOST_LINKS:
            raise InvalidArgument(path, "a path", "a loop of symbolic links", "Check the path.")
        done = "/" if target.startswith("/") else done
        todo += target.split("/")[::-1]
    return done


def require_roots(path: str, found: os.stat_result, purpose: Purpose = CAPABILITIES) -> None:
    """See that root alone may write what was found.

    :param path: its path (str).
    :param found: its stat.
    :param purpose: what root would do with it.
    :raises Conflict: naming who else may.
    """
    if found.st_uid != 0:
        remedy = f"Run chown root {path}, or {purpose.instead}."
        raise Conflict(path, "root as its owner", f"user {found.st_uid}", remedy)
    if not stat.S_ISLNK(found.st_mode) and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        who = "everybody" if found.st_mode & stat.S_IWOTH else "its group"
        # a folder such as /tmp is meant to be so; what is in it may go, at the latest with a reboot
        shared = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        act = purpose.instead.capitalize() if shared else f"Run chmod go-w {path}, or {purpose.instead}"
        raise Conflict(path, "to be writable by root only", f"writable by {who}", f"{act}: {purpose.danger}.")
