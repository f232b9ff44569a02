# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file as it lies on this host: what is there that keeps its capabilities from taking effect."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, cached_property
from typing import Optional

from ..._engine.capabilities.effect import Running, Unfound
from ..._model.capabilities import elf
from . import diversions
from .file import CapabilityFile, filesystem

_FORMATS = "/proc/sys/fs/binfmt_misc/*"
#: as much as the kernel looks at for an interpreter
_FIRST_LINE = 256


class ExaminedFile:
    """Implements :class:`..._engine.capabilities.effect.Examined`.

    :param file: the file, open.
    """

    def __init__(self, file: CapabilityFile) -> None:
        self._file = file
        self.path, self.mode, self.uid = file.path, file.stat.st_mode, file.stat.st_uid

    @cached_property
    def _real(self) -> str:
        return os.readlink(self._file.handle)

    def nosuid_mount(self) -> str:
        """Where its filesystem is mounted nosuid; empty if it is not."""
        return _mount_point(self._file) if self._file.nosuid else ""

    def stands_in_for(self) -> str:
        """The program of a package that dpkg keeps elsewhere, without capabilities; empty if this is the one."""
        return diversions.without_capabilities(self.path)

    def start(self) -> Optional[bytes]:
        """As much of it as the kernel looks at for an interpreter; None where it cannot be read."""
        with suppress(OSError), open(self._file.handle, "rb") as content:
            return content.read(_FIRST_LINE)
        return None

    def program(self) -> elf.Program:
        """What it is as an ELF program.

        :raises ValueError: for a damaged one.
        """
        with open(self._file.handle, "rb") as content:
            return elf.read(content)

    def machine(self) -> elf.Machine:
        """What the host's own programs are made for."""
        return _machine()

    def architecture(self) -> str:
        """The same as packages name it, e.g. ``x86_64``."""
        return os.uname().machine

    def runs_foreign_programs(self) -> bool:
        """Whether binfmt_misc has something that runs other programs with their own capabilities (its flag C)."""
        return _runs_foreign_programs(_FORMATS)

    def unfound(self, program: elf.Program) -> list[Unfound]:
        """The libraries that are not found.

        :param program: the same, read.
        """
        from . import libraries  # noqa: PLC0415 - heavy

        return libraries.LIBRARIES.unfound(self._real, program)

    def services(self) -> Iterable[Running]:
        """The services of the host that run it and set a limit."""
        from . import units  # noqa: PLC0415 - heavy

        return units.running(self._real)


@cache
def _machine() -> elf.Machine:
    with open("/proc/self/exe", "rb") as file:
        return elf.machine_of(file)


@cache
def _runs_foreign_programs(formats: str) -> bool:
    for name in glob.glob(formats):
        with suppress(OSError), open(name, encoding="utf-8", errors="replace") as lines:
            if any(line.startswith("flags:") and "C" in line for line in lines):
                return True
    return False


def _mount_point(file: CapabilityFile) -> str:
    """The mount that the file was opened through; others may show the same filesystem."""
    with suppress(OSError, StopIteration):
        with open(file.handle.replace("/fd/", "/fdinfo/"), encoding="ascii") as lines:
            number = next(line.split()[1] for line in lines if line.startswith("mnt_id:"))
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
            return next(fields[4] for fields in map(str.split, lines) if fields[0] == number)
    return filesystem(file.stat.st_dev, file.path)[1]
