# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file and its attribute ``security.capability``, held by a descriptor so that nobody exchanges it meanwhile."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
from contextlib import suppress
from functools import cache
from typing import Optional

from ..._model.errors import Conflict, Dependency, InvalidArgument, Kernel, LabError, Permission
from ..system import privileges

ATTRIBUTE = "security.capability"

_GETFLAGS = 0x80086601 if struct.calcsize("l") == 8 else 0x80046601
_IMMUTABLE, _APPEND = 0x10, 0x20
_SETFCAP = 31


def last_capability() -> int:
    """The number of the last capability that the kernel knows."""
    with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as file:
        return int(file.read())


class CapabilityFile:
    """A regular file.

    :param path: its absolute path (str).
    :param follow: whether a symbolic link stands for the file that it leads to (bool); None where a user cannot ask
        for that.
    :raises InvalidArgument: for what is no regular file.
    """

    def __init__(self, path: str, follow: Optional[bool]) -> None:
        self.path = path
        self._descriptor = _open(path, bool(follow))
        try:
            self.stat = os.fstat(self._descriptor)
            _require_regular(path, self.stat, follow is not None)
        except LabError:
            self.close()
            raise

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    @property
    def identity(self) -> tuple[int, int]:
        """Device and inode: the same for each path that leads to it."""
        return self.stat.st_dev, self.stat.st_ino

    @property
    def handle(self) -> str:
        """A path that leads to this very file as long as it is open."""
        return f"/proc/self/fd/{self._descriptor}"

    @property
    def nosuid(self) -> bool:
        """Whether its filesystem is mounted so that capabilities of files are not looked at."""
        return bool(os.fstatvfs(self._descriptor).f_flag & os.ST_NOSUID)

    def value(self) -> Optional[bytes]:
        """The attribute as it is; None if there is none.

        :raises Dependency: if the filesystem has no such attributes.
        """
        try:
            return os.getxattr(self.handle, ATTRIBUTE)
        except OSError as exc:
            if exc.errno == errno.ENODATA:
                return None
            raise self._refusal(exc) from exc

    def require_writable(self) -> None:
        """See that nothing but privileges stands in the way of a change.

        :raises Conflict: for an immutable file, or one on a filesystem that is mounted read-only.
        :raises Permission: without CAP_SETFCAP.
        """
        if not _may_write():
            found = f"uid {os.geteuid()} without CAP_SETFCAP"
            raise Permission(self.path, "to write its capabilities", found, "Run it as root: become: true.")
        if os.fstatvfs(self._descriptor).f_flag & os.ST_RDONLY:
            raise Conflict(self.path, "a writable filesystem", "one that is mounted read-only", "Remount it rw.")
        flags = self._flags()
        for bit, name, letter in ((_IMMUTABLE, "immutable", "i"), (_APPEND, "append-only", "a")):
            if flags & bit:
                remedy = f"Remove the attribute first: chattr -{letter} {self.path}"
                raise Conflict(self.path, "a file that can be changed", f"one that is {name}", remedy)

    def write(self, value: Optional[bytes]) -> None:
        """Set the attribute, in one step; None takes it away.

        :param value: the attribute's value (bytes).
        :raises LabError: if the kernel refuses.
        """
        try:
            if value is None:
                os.removexattr(self.handle, ATTRIBUTE)
            else:
                os.setxattr(self.handle, ATTRIBUTE, value)
        except OSError as exc:
            if value is None and exc.errno == errno.ENODATA:
                return
            raise self._refusal(exc) from exc

    def _flags(self) -> int:
        buffer = bytearray(8)
        with suppress(OSError):
            descriptor = os.open(self.handle, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                fcntl.ioctl(descriptor, _GETFLAGS, buffer)
            finally:
                os.close(descriptor)
        return int(struct.unpack_from("=I", buffer)[0])

    def _refusal(self, exc: OSError) -> LabError:
        wanted = "to read or write its capabilities"
        if exc.errno == errno.EOPNOTSUPP:
            kind, mount = filesystem(self.stat.st_dev, self.path)
            found = f"{kind} on {mount}, which does not support security attributes"
            return Dependency(
                self.path, "a filesystem with security attributes", found, "Move the file to another one."
            )
        if exc.errno in (errno.EPERM, errno.EACCES):
            from ..system.refusals import forbidden  # noqa: PLC0415 - only who fails needs the words

            remedy = forbidden({"CAP_SETFCAP": _SETFCAP})
            return Permission(self.path, wanted, os.strerror(exc.errno or 0), remedy)
        return Kernel(self.path, wanted, f"{errno.errorcode.get(exc.errno or 0)}: {exc.strerror}", "See dmesg(1).")


@cache
def _may_write() -> bool:
    return bool(privileges.effective() >> _SETFCAP & 1)


def _open(path: str, follow: bool) -> int:
    if not os.path.isabs(path):
        raise InvalidArgument(repr(path), "an absolute path", "a relative one", "Start it with a slash.")
    if "\0" in path:
        raise InvalidArgument(repr(path), "a path", "one with a null character", "Remove it.")
    try:
        return os.open(path, os.O_PATH | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    except FileNotFoundError as exc:
        raise InvalidArgument(path, "a file", "no such file", "Install it first, or check the path.") from exc
    except OSError as exc:
        raise InvalidArgument(path, "a file", exc.strerror or str(exc), "Check the path.") from exc


def _require_regular(path: str, found: os.stat_result, may_follow: bool) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISLNK(found.st_mode):
        target = os.path.realpath(path)
        remedy = f"Name {target} itself{', or set follow: true' if may_follow else ''}."
        raise InvalidArgument(path, "a regular file", f"a symbolic link to {target}", remedy)
    what = "a directory" if stat.S_ISDIR(found.st_mode) else "a device, pipe or socket"
    raise InvalidArgument(path, "a regular file", what, "Only programs can have capabilities.")


def filesystem(device: int, path: str) -> tuple[str, str]:
    """Kind and mount point of the filesystem that a file is on.

    :param device: the file's ``st_dev`` (int).
    :param path: its path (str), for one that is on no mount of ours.
    """
    number = f"{os.major(device)}:{os.minor(device)}"
    found = ("a filesystem", os.path.dirname(path))
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields = line.split()
            if fields[2] == number:
                found = (fields[fields.index("-") + 1], fields[4])
    return found
