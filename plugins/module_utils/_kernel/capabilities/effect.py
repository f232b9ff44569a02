# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the capabilities of a file from taking effect: the file, its mount, its libraries, its service.

Source: capabilities(7) "File capabilities", execve(2), ld.so(8) "Secure-execution mode".
"""

from __future__ import annotations

import glob
import os
import stat
from contextlib import suppress
from typing import BinaryIO, Optional

from ..._model.capabilities import elf
from ..._model.capabilities.xattr import FileCapabilities
from . import diversions
from .file import CapabilityFile, filesystem

#: machines whose kernel runs programs of another one too: x86, arm, powerpc, sparc
_FAMILIES = ({3, 62}, {40, 183}, {20, 21}, {2, 18, 43})
_KINDS = {0: "without a type", 1: "an object file", 4: "a memory image"}
_FORMATS = "/proc/sys/fs/binfmt_misc/*"
#: as much as the kernel looks at for an interpreter
_FIRST_LINE = 256


def careful(file: CapabilityFile, wanted: FileCapabilities) -> list[str]:
    """The same as :func:`advice`. A file may be anything, of anybody: what cannot be judged is said, and no failure.

    :param file: the file.
    :param wanted: the capabilities that it is to have.
    """
    try:
        return advice(file, wanted)
    except Exception as error:  # noqa: BLE001 - see above
        return [
            f"{file.path}: cannot check if its capabilities would have an effect ({type(error).__name__}: {error})."
        ]


def advice(file: CapabilityFile, wanted: FileCapabilities) -> list[str]:
    """Why the capabilities of a file would not take effect, or not as meant.

    :param file: the file, open.
    :param wanted: its capabilities; an empty set means to drop all, so there is nothing to say.
    :returns: one text each, ``PATH: what is the matter. Remedy.``
    """
    if not wanted.permitted | wanted.inheritable:
        return []
    from . import units as service_units  # noqa: PLC0415 - heavy

    real = os.path.realpath(file.handle)
    found = [*_mode(file), *_mount(file), *diversions.advice(file.path)]
    with suppress(OSError), open(file.handle, "rb") as content:
        found += _content(file.path, real, content)
    return [*found, *service_units.advice(file.path, real, wanted)]


def _mode(file: CapabilityFile) -> list[str]:
    path, mode = file.path, file.stat.st_mode
    found = []
    if not mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH):
        found.append(f"{path}: nobody may execute it (mode {stat.S_IMODE(mode):04o}). Allow it: chmod a+x {path}")
    if mode & stat.S_ISUID and not file.stat.st_uid:
        found.append(
            f"{path}: it is setuid root, and with file capabilities it no longer gets all of root's when another"
            f" user runs it. If these are enough, remove the bit: chmod u-s {path}"
        )
    return found


def _mount(file: CapabilityFile) -> list[str]:
    if not file.nosuid:
        return []
    mount = _mount_point(file)
    text = f"{file.path}: the filesystem at {mount} is mounted nosuid, and the kernel ignores capabilities there."
    return [f"{text} Mount it without: mount -o remount,suid {mount} (and in /etc/fstab), or move the file."]


def _mount_point(file: CapabilityFile) -> str:
    """The mount that the file was opened through; others may show the same filesystem."""
    with suppress(OSError, StopIteration):
        with open(file.handle.replace("/fd/", "/fdinfo/"), encoding="ascii") as lines:
            number = next(line.split()[1] for line in lines if line.startswith("mnt_id:"))
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            return next(fields[4] for fields in map(str.split, lines) if fields[0] == number)
    return filesystem(file.stat.st_dev, file.path)[1]


def _content(path: str, real: str, content: BinaryIO) -> list[str]:
    start = content.read(_FIRST_LINE)
    if start.startswith(b"#!"):
        words = os.fsdecode(start[2:]).split("\n")[0].split()
        name = words[0] if words else "none is named"
        matter = f"it is a script, and the kernel looks at the capabilities of its interpreter ({name}) only"
        remedy = "Give them to a compiled program, or by AmbientCapabilities= to the service that runs the script."
        return [f"{path}: {matter}. {remedy}"]
    if not start.startswith(elf.MAGIC):
        what = "neither an ELF program nor a script" if start else "empty"
        return [] if _others_run() else [f"{path}: it is {what}. Name the program itself."]
    try:
        program = elf.read(content)
    except ValueError as exc:
        return [f"{path}: it is a damaged ELF program: {exc}. Reinstall it."]
    impossible = _impossible(path, program)
    if impossible:
        return [impossible]
    from . import libraries  # noqa: PLC0415 - heavy

    return libraries.advice(path, real, program)


def _impossible(path: str, program: elf.Program) -> Optional[str]:
    """Why no kernel, or not this one, runs an ELF file."""
    if program.kind not in (elf.EXECUTABLE, elf.SHARED):
        kind = _KINDS.get(program.kind, f"of type {program.kind}")
        return f"{path}: it is {kind}, not a program. Name the program that is linked from it."
    if not _is_native(program.machine) and not _others_run():
        return (
            f"{path}: it is built for another architecture ({_described(program.machine)}; this one is"
            f" {_described(_running())}). Install the one for {os.uname().machine}."
        )
    if program.is_library:
        return f"{path}: it is a shared library, and only the program has capabilities. Name the program that loads it."
    return None


def _described(machine: elf.Machine) -> str:
    order = "little" if machine.order == "<" else "big"
    return f"{machine.bits} bits, {order}-endian, ELF machine {machine.number}"


def _running() -> elf.Machine:
    with open("/proc/self/exe", "rb") as file:
        return elf.machine_of(file)


def _is_native(machine: elf.Machine) -> bool:
    here = _running()
    if machine.order != here.order:
        return False
    return machine.number == here.number or any({machine.number, here.number} <= family for family in _FAMILIES)


def _others_run() -> bool:
    """Whether binfmt_misc has something that runs other programs with their own capabilities (its flag C)."""
    for name in glob.glob(_FORMATS):
        with suppress(OSError), open(name, encoding="utf-8", errors="replace") as lines:
            if any(line.startswith("flags:") and "C" in line for line in lines):
                return True
    return False
