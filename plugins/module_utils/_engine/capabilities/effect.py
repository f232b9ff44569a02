# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the capabilities of a file from taking effect: the file, its mount, its libraries, its service.

Source: capabilities(7) "File capabilities", execve(2), ld.so(8) "Secure-execution mode".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple, Optional, Protocol

from ..._model.capabilities import elf
from ..._model.capabilities.sets import name_of, numbers
from ..._model.capabilities.units import Command, Service
from ..._model.capabilities.xattr import FileCapabilities

#: machines whose kernel runs programs of another one too: x86, arm, powerpc, sparc
_FAMILIES = ({3, 62}, {40, 183}, {20, 21}, {2, 18, 43})
_KINDS = {0: "without a type", 1: "an object file", 4: "a memory image"}
#: bits of a file's mode: who may execute it, setuid, and all that chmod(1) sets
_EXECUTABLE, _SETUID, _PERMISSIONS = 0o111, 0o4000, 0o7777


class Unfound(NamedTuple):
    """Libraries that the loader does not find for a program that gains capabilities.

    :param names: of the libraries (str each).
    :param entry: the entry of the program's search path that they are found by otherwise; empty for none (str).
    :param folder: where that is; empty for none (str).
    :param musl: whether it is musl's loader (bool).
    """

    names: list[str]
    entry: str
    folder: str
    musl: bool


class Running(NamedTuple):
    """A service that runs the program.

    :param unit: its name (str).
    """

    unit: str
    service: Service
    command: Command


class Examined(Protocol):
    """A file as it lies on its host."""

    path: str
    #: its mode, as of stat(2), and the number of its owner
    mode: int
    uid: int

    def nosuid_mount(self) -> str:
        """Where its filesystem is mounted nosuid; empty if it is not."""

    def stands_in_for(self) -> str:
        """The program of a package that dpkg keeps elsewhere, without capabilities; empty if this is the one."""

    def start(self) -> Optional[bytes]:
        """As much of it as the kernel looks at for an interpreter; None where it cannot be read."""

    def program(self) -> elf.Program:
        """What it is as an ELF program.

        :raises ValueError: for a damaged one.
        """

    def machine(self) -> elf.Machine:
        """What the host's own programs are made for."""

    def architecture(self) -> str:
        """The same as packages name it, e.g. ``x86_64``."""

    def runs_foreign_programs(self) -> bool:
        """Whether something is registered that runs programs of other machines with their own capabilities."""

    def unfound(self, program: elf.Program) -> list[Unfound]:
        """The libraries that are not found.

        :param program: the same, read.
        """

    def services(self) -> Iterable[Running]:
        """The services of the host that run it and set a limit."""


def advice(file: Examined, wanted: FileCapabilities) -> list[str]:
    """Why the capabilities of a file would not take effect, or not as meant.

    A file may be anything, of anybody: what cannot be judged is said, and no failure.

    :param file: the file, open.
    :param wanted: its capabilities; an empty set means to drop all, so there is nothing to say.
    :returns: one text each, ``PATH: what is the matter. Remedy.``
    """
    if not wanted.permitted | wanted.inheritable:
        return []
    try:
        return list(_advice(file, wanted))
    except Exception as error:  # noqa: BLE001 - see above
        return [
            f"{file.path}: cannot check if its capabilities would have an effect ({type(error).__name__}: {error})."
        ]


def _advice(file: Examined, wanted: FileCapabilities) -> Iterator[str]:
    yield from _mode(file)
    mount = file.nosuid_mount()
    if mount:
        text = f"{file.path}: the filesystem at {mount} is mounted nosuid, and the kernel ignores capabilities there."
        yield f"{text} Mount it without: mount -o remount,suid {mount} (and in /etc/fstab), or move the file."
    own = file.stands_in_for()
    if own:
        matter = f"dpkg installs the program of the package as {own} (see dpkg-divert --list), and this one replaces it"
        yield f"{file.path}: {matter}. If it only starts the other one, give the capabilities to {own}."
    with suppress(OSError):
        yield from _content(file)
    for running in file.services():
        yield from limits(file.path, running, wanted)


def _mode(file: Examined) -> list[str]:
    path, mode = file.path, file.mode
    found = []
    if not mode & _EXECUTABLE:
        found.append(f"{path}: nobody may execute it (mode {mode & _PERMISSIONS:04o}). Allow it: chmod a+x {path}")
    if mode & _SETUID and not file.uid:
        found.append(
            f"{path}: it is setuid root, and with file capabilities it no longer gets all of root's when another"
            f" user runs it. If these are enough, remove the bit: chmod u-s {path}"
        )
    return found


def _content(file: Examined) -> Iterator[str]:
    start = file.start()
    if start is None:
        return
    if start.startswith(b"#!"):
        words = start[2:].decode(errors="surrogateescape").split("\n")[0].split()
        name = words[0] if words else "none is named"
        matter = f"it is a script, and the kernel looks at the capabilities of its interpreter ({name}) only"
        remedy = "Give them to a compiled program, or by AmbientCapabilities= to the service that runs the script."
        yield f"{file.path}: {matter}. {remedy}"
    elif start.startswith(elf.MAGIC):
        yield from _program(file)
    elif not file.runs_foreign_programs():
        what = "neither an ELF program nor a script" if start else "empty"
        yield f"{file.path}: it is {what}. Name the program itself."


def _program(file: Examined) -> Iterator[str]:
    try:
        program = file.program()
    except ValueError as exc:
        yield f"{file.path}: it is a damaged ELF program: {exc}. Reinstall it."
        return
    impossible = _impossible(file, program)
    if impossible:
        yield f"{file.path}: {impossible}"
        return
    for unfound in file.unfound(program):
        yield _unfound(file.path, unfound)


def _impossible(file: Examined, program: elf.Program) -> str:
    """Why no kernel, or not this one, runs an ELF file; empty if it does."""
    if program.kind not in (elf.EXECUTABLE, elf.SHARED):
        kind = _KINDS.get(program.kind, f"of type {program.kind}")
        return f"it is {kind}, not a program. Name the program that is linked from it."
    if not is_native(program.machine, file.machine()) and not file.runs_foreign_programs():
        return (
            f"it is built for another architecture ({_described(program.machine)}; this one is"
            f" {_described(file.machine())}). Install the one for {file.architecture()}."
        )
    if program.is_library:
        return "it is a shared library, and only the program has capabilities. Name the program that loads it."
    return ""


def _described(machine: elf.Machine) -> str:
    order = "little" if machine.order == "<" else "big"
    return f"{machine.bits} bits, {order}-endian, ELF machine {machine.number}"


def is_native(machine: elf.Machine, here: elf.Machine) -> bool:
    """Whether a kernel runs a program by itself.

    :param machine: what the program is made for.
    :param here: what the host's own programs are made for.
    """
    if machine.order != here.order:
        return False
    return machine.number == here.number or any({machine.number, here.number} <= family for family in _FAMILIES)


def _unfound(path: str, unfound: Unfound) -> str:
    listed, folder, last = ", ".join(unfound.names), unfound.folder, " Write"
    where = "/etc/ld-musl-*.path" if unfound.musl else "a file in /etc/ld.so.conf.d and run ldconfig"
    if unfound.entry:
        matter = (
            f"needs {listed}, found only through {unfound.entry} of its RUNPATH (or RPATH), which the loader ignores"
        )
    else:
        matter = f"needs {listed}, which is in no directory that the loader searches"
        folder = "FOLDER"
        last = " If FOLDER has it, write"
    return (
        f"{path}: {matter} for a program that gains capabilities (LD_LIBRARY_PATH does not count either)."
        f"{last} {folder} into {where}, or set an absolute path: patchelf --set-rpath {folder} {path}"
    )


def limits(path: str, running: Running, wanted: FileCapabilities) -> list[str]:
    """What the unit of a service keeps from a program.

    :param path: the program as the user names it (str).
    :param running: the service.
    :param wanted: the capabilities of the file.
    """
    name, service, command = running
    found = []
    drop_in = f"under [Service] in /etc/systemd/system/{name}.d/capabilities.conf, then run systemctl daemon-reload"
    if service.bounding is not None:
        # what the service inherits, the file passes on whatever the bounding set is
        left_out = wanted.permitted & ~service.bounding & ~(service.ambient & wanted.inheritable)
        if left_out:
            end = 'cannot start: "Operation not permitted"' if wanted.effective else "starts without it"
            listed = _names(left_out)
            found.append(
                f"{path}: {name} runs it with a CapabilityBoundingSet= that leaves out {listed}, so it {end}."
                f" Write CapabilityBoundingSet={listed} (it adds to the set) {drop_in}."
            )
    if service.no_new_privileges and not (service.root or command.elevated):
        not_gained = wanted.permitted & ~service.ambient
        if not_gained:
            listed = _names(not_gained)
            found.append(
                f"{path}: {name} runs it with NoNewPrivileges=yes, so it does not gain {listed}."
                f" Write NoNewPrivileges=no, or AmbientCapabilities={listed}, {drop_in}."
            )
    return found


def _names(members: int) -> str:
    return " ".join(name_of(number).upper() for number in numbers(members))
