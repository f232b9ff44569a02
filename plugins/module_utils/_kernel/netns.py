# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Named network namespaces as ip-netns(8) keeps them: files under /run/netns that a namespace is mounted on."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager, suppress

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
    """Where a namespace is mounted."""
    return f"{RUN}/{name}"


def inodes() -> dict[str, int]:
    """The namespaces that stand, by name, each with the inode that tells it from a later one of the same name."""
    device = os.stat(_SELF).st_dev
    found = {}
    with suppress(FileNotFoundError), os.scandir(RUN) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
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


def _mounts() -> dict[str, str]:
    """Where something is mounted, as this process sees it, each with how it propagates (``shared:7 ``, or nothing)."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        fields = [line.partition(" - ")[0].split(" ", 6) for line in lines]
    return {parts[4]: " ".join(parts[6:]) for parts in fields}


def is_mount() -> bool:
    """Whether /run/netns is a mount of its own."""
    return os.path.realpath(RUN) in _mounts()


def is_shared_mount() -> bool:
    """Whether /run/netns is a mount of its own that others see into, as the first ``ip netns add`` makes it."""
    return "shared:" in _mounts().get(os.path.realpath(RUN), "")


def make_dir() -> None:
    """Make /run/netns a shared mount, so that a namespace made here is seen in every mount namespace.

    :raises OSError: if it cannot be made; then what was done of it is undone.
    """
    with ExitStack() as undo:
        with suppress(FileExistsError):
            os.mkdir(RUN, 0o755)
            undo.callback(os.rmdir, RUN)
        if not is_mount():
            _mount(RUN, RUN, _MS_BIND | _MS_REC)
            undo.callback(_unmount, RUN)
        _mount("", RUN, _MS_SHARED | _MS_REC)
        undo.pop_all()


def remove_dir() -> None:
    """Take /run/netns away again; it stays where somebody else's namespace is in it, the folder for any entry."""
    real = os.path.realpath(RUN)
    mounts = _mounts()
    if any(mount.startswith(f"{real}/") for mount in mounts):
        return
    if real in mounts:
        _unmount(RUN)
    try:
        rmdir(RUN)
    except OSError:
        if real in mounts:
            make_dir()
        raise


def rmdir(folder: str) -> None:
    """Remove a folder; one that somebody else uses stays."""
    try:
        os.rmdir(folder)
    except OSError as exc:
        if exc.errno not in (errno.ENOENT, errno.ENOTEMPTY, errno.EBUSY):
            raise


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


def unpin(name: str) -> None:
    """Unmount a namespace, if there is one of this name.

    The kernel takes the namespace down by itself once nobody is in it.
    """
    try:
        _unmount(path(name))
    except OSError as exc:
        if exc.errno != errno.EINVAL:
            raise


def forget(name: str) -> None:
    """Remove the name of a namespace that is not there any more."""
    os.unlink(path(name))


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
