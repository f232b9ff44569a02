# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces of a process, mounts, and what else of libc throwaway hosts need."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Optional

NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWPID, NEWNET = 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE, SLAVE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18, 1 << 19
_DETACH = 2
_CAPBSET_DROP, _SET_NAME = 24, 15

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system.

    :param source: the device or folder (str).
    :param target: the folder to mount it on (str).
    :param kind: the type of file system (str).
    :param flags: flags of mount(2) (int).
    :param options: options of the file system (str), separated by commas.
    :raises OSError: with the target as its file name.
    """
    data = options.encode() if options else None
    args = (source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), data)
    _check(_libc.mount(*args), target)


def tmpfs(target: str, mode: str, size: str, flags: int = NOSUID) -> None:
    """A file system in memory.

    :param target: the folder to mount it on (str).
    :param mode: the permissions of its root, octal (str).
    :param size: its size as tmpfs(5) takes it (str), e.g. ``64m``.
    :param flags: flags of mount(2) (int).
    """
    mount("tmpfs", target, "tmpfs", flags, f"mode={mode},size={size}")


def bind(source: str, target: str) -> None:
    """Show a file or folder elsewhere.

    :param source: the file or folder (str).
    :param target: where it is to be seen too (str).
    """
    mount(source, target, flags=BIND)


def read_only(target: str) -> None:
    """Let nobody write by way of a mount; mounts below it are not concerned.

    :param target: where it is mounted (str).
    """
    mount("", target, flags=REMOUNT | BIND | RDONLY | NOSUID)


def detach(target: str) -> None:
    """Take a mount and all below it out of sight; it ends with its last user.

    :param target: where it is mounted (str).
    """
    _check(_libc.umount2(target.encode(), _DETACH), target)


def pivot(root: str) -> None:
    """Make a mount the root directory and let go of the old one.

    :param root: where the new root is mounted (str).
    """
    os.chdir(root)
    _check(_libc.pivot_root(b".", b"."), root)
    detach(".")
    os.chdir("/")


def unshare(flags: int) -> None:
    """Have namespaces of one's own.

    :param flags: flags of unshare(2) (int).
    """
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def set_host_name(name: str) -> None:
    """The name that uname(2) tells.

    :param name: the name (str).
    """
    data = name.encode()
    _check(_libc.sethostname(data, ctypes.c_size_t(len(data))), "sethostname")


def drop_capability(number: int) -> None:
    """Have no program started from here on gain a capability.

    :param number: the capability's number (int).
    """
    _check(_libc.prctl(_CAPBSET_DROP, ctypes.c_ulong(number)), "prctl")


def set_process_name(name: str) -> None:
    """The name that ps(1) shows, 15 bytes at most.

    :param name: the name (str).
    """
    _check(_libc.prctl(_SET_NAME, name.encode()), "prctl")


class Watch:
    """Folders in which files appear: inotify(7)."""

    _CREATE, _CLOSE_WRITE = 0x100, 0x8

    def __init__(self) -> None:
        self._fd = _check(_libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), "inotify")

    def fileno(self) -> int:
        """For select."""
        return self._fd

    def add(self, folder: str) -> int:
        """Watch a folder.

        :param folder: its path (str).
        :returns: the number that its events carry.
        """
        return _check(_libc.inotify_add_watch(self._fd, folder.encode(), self._CREATE | self._CLOSE_WRITE), folder)

    def remove(self, number: Optional[int]) -> None:
        """Watch it no more; one that went by itself is no error.

        :param number: what :meth:`add` gave (int), None for nothing.
        """
        if number is not None:
            _libc.inotify_rm_watch(self._fd, number)

    def read(self) -> set[int]:
        """The numbers of the folders in which something appeared."""
        data, found, at = os.read(self._fd, 65536), set(), 0
        while at < len(data):
            number, _mask, _cookie, length = struct.unpack_from("=iIII", data, at)
            found.add(number)
            at += 16 + length
        return found
