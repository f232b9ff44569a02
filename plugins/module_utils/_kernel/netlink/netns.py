# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named network namespaces as ip-netns(8) keeps them: files under /run/netns that a namespace is mounted on."""

from __future__ import annotations

import ctypes
import errno
import os
import stat as stat_
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Optional

from . import mount_table

RUN = "/run/netns"
_SELF = "/proc/thread-self/ns/net"

_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED = 0x1000, 0x4000, 0x100000
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8

#: the namespaces that the main thread could not return to, the last one first
_astray: list[int] = []

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)


def _mount(source: str, target: str, flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), b"none", ctypes.c_ulong(flags), None), target)


def _unmount(target: str) -> None:
    _check(_libc.umount2(target.encode(), _MNT_DETACH | _UMOUNT_NOFOLLOW), target)


def path(name: str) -> str:
    """Where a namespace is mounted.

    :param name: the namespace's name (str).
    """
    return f"{RUN}/{name}"


def home_inode() -> int:
    """The inode of the namespace that the calling thread is in."""
    return os.stat(_SELF).st_ino


def inodes() -> dict[str, int]:
    """The namespaces that stand, by name, each with the inode that tells it from a later one of the same name."""
    device = os.stat(_SELF).st_dev
    found = {}
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(RUN) as entries:
        for entry in entries:
            with suppress(OSError if entry.is_symlink() else FileNotFoundError):  # a link may lead anywhere
                stat = os.stat(entry.path)
                if stat.st_dev == device:
                    found[entry.name] = stat.st_ino
    return found


def is_leftover(name: str) -> bool:
    """Whether there is a name without a namespace.

    It is an empty file that nobody may read. A run, or ip-netns(8), makes that before it mounts a namespace there, and
    is killed between the two; or a namespace was unmounted, or made where its mount is not seen.

    :param name: the name (str).
    """
    try:
        stat = os.lstat(path(name))
    except (FileNotFoundError, NotADirectoryError):
        return False
    return stat_.S_ISREG(stat.st_mode) and not stat.st_size and not stat.st_mode & 0o7777


def in_the_way(name: str, standing: Container[str]) -> Optional[str]:
    """What stands under a name in /run/netns and is no namespace that is mounted there, in words.

    :param name: the name (str).
    :param standing: the names that lead to a namespace.
    """
    target = path(name)
    if os.path.islink(target):
        return f"a symbolic link to {os.readlink(target)}"
    if name in standing or not os.path.lexists(target) or is_leftover(name):
        return None
    return "a directory" if os.path.isdir(target) else "a file that is no namespace"


def open_netns(name: str) -> int:
    """A descriptor of a namespace (``""``: the calling thread's own).

    :param name: the namespace's name (str).
    """
    return os.open(path(name) if name else _SELF, os.O_RDONLY | os.O_CLOEXEC)


def setns(descriptor: int) -> None:
    """Move the calling thread into a network namespace.

    :param descriptor: one of the namespace (int).
    """
    _check(_libc.setns(descriptor, _CLONE_NEWNET), "setns")


@contextmanager
def entered(name: str) -> Iterator[None]:
    """Be in a namespace for a while (``""``: stay).

    :param name: the namespace's name (str).
    """
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
            _return(home)
    finally:
        os.close(home)


@contextmanager
def newborn() -> Iterator[None]:
    """Be for a while in a namespace that has just been born, has no name, and is gone afterwards."""
    home = open_netns("")
    try:
        unshare()
        try:
            yield
        finally:
            _return(home)
    finally:
        os.close(home)


def _return(home: int) -> None:
    """Leave a namespace. It is tried twice: a thread that stayed there would take it for the host's."""
    try:
        setns(home)
    except OSError:
        _astray.append(os.dup(home))
        come_home()


def come_home() -> None:
    """Be in the host's namespace, also after a return from another that failed.

    :raises OSError: if it fails again; then nothing may be done to the host.
    """
    while _astray:
        setns(_astray[-1])
        os.close(_astray.pop())


def is_mount() -> bool:
    """Whether /run/netns is a mount of its own."""
    return mount_table.is_mount(RUN)


def is_shared_mount() -> bool:
    """Whether /run/netns is a mount of its own that others see into, as the first ``ip netns add`` makes it.

    From a mount namespace of its own a process may see it as one that is told by the host's.
    """
    if not is_mount():
        return False
    mount = mount_table.table()[mount_table.mount_id(RUN)]
    return mount.peers is not None or mount.master is not None


def make_dir() -> None:
    """Make /run/netns a shared mount, so that a namespace made here is seen in every mount namespace.

    A symbolic link is followed, as ip-netns(8) does.

    :raises OSError: if it cannot be made; then what was done of it is undone.
    """
    real = os.path.realpath(RUN)
    with ExitStack() as undo:
        if not is_mount():
            _mount(real, real, _MS_BIND | _MS_REC)
            undo.callback(_unmount, real)
        _mount("", real, _MS_SHARED | _MS_REC)
        undo.pop_all()


def remove_dir() -> None:
    """Let /run/netns be no mount any more. It stays one where somebody else's namespace is mounted in it."""
    if not is_mount():
        return
    own = mount_table.mount_id(RUN)
    if not any(mount.parent == own for mount in mount_table.table().values()):
        _unmount(os.path.realpath(RUN))


def rmdir(folder: str) -> None:
    """Remove a folder; one that somebody else uses stays.

    :param folder: its path (str).
    """
    try:
        os.rmdir(folder)
    except OSError as exc:
        if exc.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EBUSY):
            raise


def unshare() -> None:
    """Move the calling thread into a new network namespace."""
    _check(_libc.unshare(_CLONE_NEWNET), "unshare")


def pin(name: str, over: bool = False) -> None:
    """Give the calling thread's namespace a name.

    :param name: the name (str).
    :param over: whether a name without a namespace is taken over (bool).
    :raises FileExistsError: if anything else is there.
    """
    target = path(name)
    try:
        os.close(os.open(target, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o000))
    except FileExistsError:
        if not (over and is_leftover(name)):
            raise
    try:
        _mount(_SELF, target, _MS_BIND)
    except OSError:
        os.unlink(target)
        raise


def unpin(name: str) -> None:
    """Unmount a namespace, if one is mounted under this name.

    The kernel takes the namespace down by itself once nobody is in it.

    :param name: the namespace's name (str).
    """
    device = os.stat(_SELF).st_dev
    with suppress(FileNotFoundError):
        if os.lstat(path(name)).st_dev == device:
            _unmount(path(name))


def forget(name: str) -> None:
    """Remove the empty file that a namespace was mounted on; anything else that is there is somebody's own.

    :param name: the namespace's name (str).
    :raises FileExistsError: for that.
    """
    target = path(name)
    stat = os.lstat(target)
    if not stat_.S_ISREG(stat.st_mode) or stat.st_size:
        raise FileExistsError(errno.EEXIST, "something other than a namespace is there", target)
    os.unlink(target)


def residents(wanted: dict[int, str]) -> list[tuple[str, int, str]]:
    """Processes inside namespaces.

    :param wanted: inode -> name of the namespaces asked for.
    :returns: (namespace, process id, command) each.
    """
    found: list[tuple[str, int, str]] = []
    processes: list[str] = []
    with suppress(OSError):  # it is advice: the namespaces are gone already
        processes = os.listdir("/proc")
    for entry in processes:
        if not entry.isdigit():
            continue
        with suppress(OSError):
            inode = os.stat(f"/proc/{entry}/ns/net").st_ino
            if inode in wanted:
                with open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as comm:
                    found.append((wanted[inode], int(entry), comm.read().strip()))
    return found
