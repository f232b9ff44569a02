# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cgroup for each host that runs systemd, in the machine's unified hierarchy, seen by a mount of the group's own."""

from __future__ import annotations

import contextlib
import os
import time

from ..netlink import mounts

_PREFIX = "netns-lab-"
#: a killed process leaves its cgroup a moment after it was waited for
_PATIENCE = 10.0


def path(top: str, cookie: str, name: str) -> str:
    """The cgroup of a host.

    :param top: where the hierarchy is mounted.
    :param cookie: what tells the host group from all others of the machine.
    :param name: the host's name (str).
    """
    return f"{top}/{_PREFIX}{cookie}/{name}"


def make(top: str, cgroup: str) -> None:
    """Make a host's cgroup.

    :param top: the mount point of cgroups (str).
    :param cgroup: its path (str).
    """
    if not os.path.isdir(top):
        os.mkdir(top, 0o700)
        mounts.mount("cgroup2", top, "cgroup2", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
    os.makedirs(cgroup, exist_ok=True)


def remove(cgroup: str) -> None:
    """Remove a cgroup with all below it, and the host group's if it was the last.

    :param cgroup: its path (str).
    """
    deadline = time.monotonic() + _PATIENCE
    while os.path.isdir(cgroup) and time.monotonic() < deadline:
        for folder, _folders, _files in os.walk(cgroup, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if os.path.isdir(cgroup):
            time.sleep(0.005)
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(cgroup))


def sweep(cookie: str, place: str) -> None:
    """Remove what a host group that was killed left, by a process with mounts of its own.

    :param cookie: what tells the host group from others (str).
    :param place: a folder for the mount.
    """
    child = os.fork()
    if child == 0:
        try:
            mounts.unshare(mounts.NEWNS)
            mounts.mount("", "/", flags=mounts.REC | mounts.PRIVATE)
            mounts.mount("cgroup2", place, "cgroup2")
            top = f"{place}/{_PREFIX}{cookie}"
            for name in os.listdir(top) if os.path.isdir(top) else ():
                if os.path.isdir(f"{top}/{name}"):
                    remove(f"{top}/{name}")
            os.rmdir(top)
        except OSError:
            pass  # no such hierarchy: nothing is left in it
        finally:
            os._exit(0)
    os.waitpid(child, 0)
