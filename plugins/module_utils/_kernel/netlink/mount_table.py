# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mounts that a process sees, by their ids: a path alone may have several, of which the last one covers the others.

Source: proc(5), /proc/pid/mountinfo and /proc/pid/fdinfo; mount_namespaces(7) for how mounts propagate.
"""

from __future__ import annotations

import os
from typing import NamedTuple, Optional


class Mount(NamedTuple):
    """One mount.

    :param id: its number, the kernel's own for each mount (int).
    :param parent: the id of the mount that it is mounted on.
    :param peers: the peer group that it shares what is mounted on it with; None for one that shares nothing.
    :param master: the peer group that it is told by of what is mounted there; None where there is none.
    """

    id: int
    parent: int
    peers: Optional[int]
    master: Optional[int]


def mount_id(path: str) -> int:
    """The id of the mount that a path leads to.

    :param path: any path; a symbolic link is followed (str).
    :raises OSError: if it leads nowhere.
    """
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:
            return next(int(line.partition(":")[2]) for line in lines if line.startswith("mnt_id:"))
    finally:
        os.close(descriptor)


def is_mount(path: str) -> bool:
    """Whether a folder is a mount of its own, as it is seen now.

    :param path: a path; a symbolic link is followed (str).
    """
    real = os.path.realpath(path)
    try:
        return mount_id(real) != mount_id(os.path.dirname(real))
    except FileNotFoundError:
        return False


def table(process: str = "self") -> dict[int, Mount]:
    """The mounts that a process sees, by id.

    :param process: its number, or ``self`` (str).
    :raises OSError: if they cannot be read.
    """
    with open(f"/proc/{process}/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        found = map(_mount, lines)
        return {mount.id: mount for mount in found}


def _mount(line: str) -> Mount:
    fields = line.partition(" - ")[0].split()
    tags = dict(tag.partition(":")[::2] for tag in fields[6:])
    peers, master = (int(tags[name]) if name in tags else None for name in ("shared", "master"))
    return Mount(int(fields[0]), int(fields[1]), peers, master)
