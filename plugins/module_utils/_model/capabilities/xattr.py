# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file holds of capabilities, and its bytes in the extended attribute ``security.capability``.

The kernel keeps a permitted and an inheritable set and one effective bit for all. Source: struct vfs_ns_cap_data in
linux/capability.h, capabilities(7) "File capabilities".
"""

from __future__ import annotations

import struct
from typing import NamedTuple, Optional

from ..errors import Conflict, Dependency, InvalidArgument
from .sets import CapabilitySets, everything, name_of, numbers, to_text

_EFFECTIVE = 1
_REVISION = 0xFF000000
_FIRST, _SECOND, _THIRD = 0x01000000, 0x02000000, 0x03000000
_SIZES = {_FIRST: 12, _SECOND: 20, _THIRD: 24}
_LOW = 0xFFFFFFFF
#: the number that is no user
_NOBODY = 0xFFFFFFFF


class FileCapabilities(NamedTuple):
    """The capabilities of a file.

    :param permitted: set (int).
    :param inheritable: set (int).
    :param effective: whether a program begins with all of them in effect (bool).
    :param rootid: the user who is root in the user namespace that they count in (default 0: everywhere).
    """

    permitted: int = 0
    inheritable: int = 0
    effective: bool = False
    rootid: int = 0

    def sets(self) -> CapabilitySets:
        """The three sets as a text has them."""
        both = self.permitted | self.inheritable
        return CapabilitySets(both if self.effective else 0, self.permitted, self.inheritable)

    def text(self, last: int) -> str:
        """In setcap's form, ``[rootid=1000]`` behind it for one user namespace only, as getcap prints it.

        :param last: the highest capability of the kernel (int).
        """
        text = to_text(self.sets(), last)
        if self.effective and not self.permitted | self.inheritable:
            text = "= (effective, of no capability)"
        return f"{text} [rootid={self.rootid}]" if self.rootid else text


def from_sets(sets: CapabilitySets, rootid: int = 0, where: str = "capabilities") -> FileCapabilities:
    """What a file would hold of three sets.

    :param sets: the three sets.
    :param rootid: the user id that is root of the user namespace they are for (int), 0 for the first one.
    :param where: the option, for an error (str).
    :raises InvalidArgument: where the one effective bit of a file cannot say it, as setcap refuses it too.
    """
    both = sets.permitted | sets.inheritable
    if sets.effective and both & ~sets.effective:
        without = ", ".join(name_of(number) for number in numbers(both & ~sets.effective))
        raise InvalidArgument(
            where,
            "e for all capabilities or for none: a file has one effective bit",
            f"none for {without}",
            "Add e to them, or remove it from the others.",
        )
    return FileCapabilities(sets.permitted, sets.inheritable, bool(sets.effective), rootid)


def user_id(number: Optional[int], where: str) -> Optional[int]:
    """A ``rootid``, seen to be one.

    :param number: the user id (int), None where none is given.
    :param where: the option, for an error (str).
    :raises InvalidArgument: if the kernel has no such user.
    """
    if number is not None and not 0 <= number < _NOBODY:
        found = f"0 to {_NOBODY - 1}"
        raise InvalidArgument(where, f"a user id from {found}", str(number), "0 means all user namespaces.")
    return number


def require(sets: CapabilitySets, last: int, where: str = "capabilities") -> None:
    """See that sets make sense and that the kernel knows them.

    :param sets: the three sets.
    :param last: the number of the kernel's last capability.
    :param where: the option, for an error (str).
    :raises InvalidArgument: for a capability that is effective and neither permitted nor inheritable.
    :raises Dependency: for one that the kernel does not know.
    """
    idle = sets.effective & ~(sets.permitted | sets.inheritable)
    if idle:
        names = ", ".join(name_of(number) for number in numbers(idle))
        raise InvalidArgument(
            where,
            "permitted (or inheritable) where effective",
            f"{names} effective only",
            "Make it permitted too: =ep, not =e.",
        )
    strange = (sets.permitted | sets.inheritable) & ~everything(last)
    if strange:
        names = ", ".join(name_of(number) for number in numbers(strange))
        raise Dependency(
            where,
            f"capabilities that this kernel knows, up to {name_of(last)} ({last})",
            names,
            "Omit it on this host, or boot a newer kernel.",
        )


def to_bytes(caps: FileCapabilities) -> bytes:
    """The attribute's value: revision 2, or 3 with a rootid.

    :param caps: what the file is to have.
    """
    magic = (_THIRD if caps.rootid else _SECOND) | (_EFFECTIVE if caps.effective else 0)
    p, i = caps.permitted, caps.inheritable
    body = struct.pack("<IIIII", magic, p & _LOW, i & _LOW, p >> 32, i >> 32)
    return body + struct.pack("<I", caps.rootid) if caps.rootid else body


def readable(value: Optional[bytes]) -> Optional[FileCapabilities]:
    """What an attribute's value says; None where there is none, or one that cannot be read.

    :param value: the value of ``security.capability`` (bytes), None where there is none.
    """
    try:
        return None if value is None else from_bytes(value)
    except Conflict:
        return None


def from_bytes(value: bytes, path: str = "file") -> FileCapabilities:
    """What an attribute's value says, of any revision.

    :param value: the value of ``security.capability`` (bytes).
    :param path: the file's path, for an error (str).
    :raises Conflict: for a value that is none.
    """
    revision = struct.unpack_from("<I", value)[0] & _REVISION if len(value) >= 4 else 0
    if _SIZES.get(revision) != len(value):
        raise Conflict(
            path,
            "a security.capability attribute of revision 1, 2 or 3",
            f"{len(value)} bytes: {value.hex()}",
            "Remove it with state: absent, or replace it with mode: exact.",
        )
    magic, p, i = struct.unpack_from("<III", value)
    if revision != _FIRST:
        more = struct.unpack_from("<II", value, 12)
        p, i = p | more[0] << 32, i | more[1] << 32
    rootid = struct.unpack_from("<I", value, 20)[0] if revision == _THIRD else 0
    return FileCapabilities(p, i, bool(magic & _EFFECTIVE), rootid)
