# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named network namespaces as ip-netns(8) keeps them: files under /run/netns that a namespace is mounted on."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress

RUN = "/run/netns"
_SELF = "/proc/thread-self/ns/net"

_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED = 0x1000, 0x4000, 0x100000
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)


def _mount(source: str, target: str, flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), b"none", ctypes.c_ulong(flags), None), target)


def path(name: str) -> str:
    """Where a namespace is mounted."""
    return f"{RUN}/{name}"


def inodes() -> dict[str, int]:
    """The namespaces that stand, by name, each with the inode that tells it from a later one of the same name."""
    device = os.stat(_SELF).st_dev
    found = {}
    with suppress(FileNotFoundError), os.scandir(RUN) as entries:
        for entry in entries:
            with suppress(OSError):
                stat = os.stat(entry.path)
                if stat.st_dev == device:
                    found[entry.name] = stat.st_ino
    return found


def is_dead(name: str, standing: Container[str]) -> bool:
    """Whether there is a name without a namespace: a run was killed between the two."""
    return name not in standing and os.path.lexists(path(name))


def open_netns(name: str) -> int:
    """A descriptor of a namespace (``""``: the calling thread's own)."""
    return os.open(path(name) if name else _SELF, os.O_RDONLY | os.O_CLOEXEC)


def setns(descriptor: int) -> None:
    """Move the calling thread into a network namespace."""
    _check(_libc.setns(descriptor, _CLONE_NEWNET), "setns")


@contextmanager
def entered(name: str) -> Iterator[None]:
    """Be in a namespace for a while (``""``: stay)."""
    if not name:
        yield
        return
    home = open_netns("")
    try:
        there = open_netns(name)
        try:
            setns(there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            setns(home)
    finally:
        os.close(home)


def _mounts() -> list[str]:
    """Where something is mounted, as this process sees it."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        return [line.split(" ", 5)[4] for line in lines]


def is_shared_mount() -> bool:
    """Whether /run/netns is a mount of its own, as the first ``ip netns add`` makes it."""
    return os.path.realpath(RUN) in _mounts()


def make_dir() -> None:
    """Make /run/netns a shared mount, so that a namespace made here is seen in every mount namespace."""
    with suppress(FileExistsError):
        os.mkdir(RUN, 0o755)
    if not is_shared_mount():
        _mount(RUN, RUN, _MS_BIND | _MS_REC)
    _mount("", RUN, _MS_SHARED | _MS_REC)


def remove_dir() -> None:
    """Take /run/netns away again; it stays where somebody else's namespace is in it, the folder for any entry."""
    real = os.path.realpath(RUN)
    mounts = _mounts()
    if any(mount.startswith(f"{real}/") for mount in mounts):
        return
    if real in mounts:
        _check(_libc.umount2(RUN.encode(), _MNT_DETACH | _UMOUNT_NOFOLLOW), RUN)
    with suppress(OSError):
        os.rmdir(RUN)


def unshare() -> None:
    """Move the calling thread into a new network namespace."""
    _check(_libc.unshare(_CLONE_NEWNET), "unshare")


def pin(name: str) -> None:
    """Give the calling thread's namespace a name. A file of that name without a namespace is taken over."""
    target = path(name)
    os.close(os.open(target, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o000))
    try:
        _mount(_SELF, target, _MS_BIND)
    except OSError:
        os.unlink(target)
        raise


def remove(name: str) -> None:
    """Unmount a namespace and remove its name, also a name that has lost its namespace.

    The kernel takes the namespace down by itself once nobody is in it.
    """
    target = path(name)
    try:
        _check(_libc.umount2(target.encode(), _MNT_DETACH | _UMOUNT_NOFOLLOW), target)
    except OSError as exc:
        if exc.errno != errno.EINVAL:
            raise
    os.unlink(target)


def residents(wanted: dict[int, str]) -> list[tuple[str, int, str]]:
    """Processes inside namespaces.

    :param wanted: inode -> name of the namespaces asked for.
    :returns: (namespace, process id, command) each.
    """
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with suppress(OSError):
            inode = os.stat(f"/proc/{entry}/ns/net").st_ino
            if inode in wanted:
                with open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as comm:
                    found.append((wanted[inode], int(entry), comm.read().strip()))
    return found
