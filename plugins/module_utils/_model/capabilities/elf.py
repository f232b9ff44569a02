# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel and the loader read of a program in the ELF format. Source: elf(5), linux/elf.h."""

from __future__ import annotations

import io
import struct
from sys import getfilesystemencodeerrors, getfilesystemencoding
from typing import BinaryIO, NamedTuple, Optional

MAGIC = b"\x7fELF"
EXECUTABLE, SHARED = 2, 3

_HEADER = {1: "HHIIIIIHHHHHH", 2: "HHIQQQIHHHHHH"}
_SEGMENT = {1: "IIIIIIII", 2: "IIQQQQQQ"}
_TAG = {1: "II", 2: "QQ"}
_LOAD, _DYNAMIC, _INTERP = 1, 2, 3
_END, _NEEDED, _STRINGS, _STRINGS_SIZE, _RPATH, _RUNPATH, _FLAGS = 0, 1, 5, 10, 15, 29, 0x6FFFFFFB
_PIE = 0x08000000
#: as much as the kernel reads of the program headers, and more than any program has of the others
_MAX_SEGMENTS, _MAX_DYNAMIC, _MAX_TEXT = 1 << 16, 1 << 20, 1 << 16


class Machine(NamedTuple):
    """What a program is made for.

    :param bits: 32 or 64.
    :param order: ``<`` for little-endian, ``>`` for big-endian.
    :param number: ``e_machine``, e.g. 62 for x86_64.
    """

    bits: int
    order: str
    number: int


class Program(NamedTuple):
    """A program, or a library.

    :param machine: what it is made for.
    :param kind: ``e_type``, see ``EXECUTABLE`` and ``SHARED``.
    :param interpreter: the path of its loader; None for a static program and for a library.
    :param needed: the libraries that it names itself.
    :param rpath: folders, colon-separated; None if it has no such entry.
    :param runpath: the same; where there is one, the loader does not look at the other.
    :param flags_1: the bits of ``DT_FLAGS_1``.
    """

    machine: Machine
    kind: int
    interpreter: Optional[str]
    needed: tuple[str, ...]
    rpath: Optional[str]
    runpath: Optional[str]
    flags_1: int

    @property
    def is_library(self) -> bool:
        """Whether it is a shared library that is no program as well."""
        return self.kind == SHARED and self.interpreter is None and not self.flags_1 & _PIE


class _Segment(NamedTuple):
    kind: int
    offset: int
    address: int
    size: int


class _File:
    """Bytes at a place, never past the end."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, io.SEEK_END)

    def bytes(self, offset: int, size: int) -> bytes:
        if offset < 0 or size < 0 or offset + size > self._size:
            raise ValueError(f"{size} bytes at {offset} are past its end at {self._size}")
        self._file.seek(offset)
        found = self._file.read(size)
        if len(found) != size:
            raise ValueError("it became shorter while it was read")
        return found

    def text(self, offset: int, limit: int) -> str:
        """The text at a place, up to the null byte that ends it."""
        room = min(limit, self._size - offset, _MAX_TEXT)
        text, end, _rest = self.bytes(offset, max(room, 0)).partition(b"\0")
        if not end:
            raise ValueError(f"the text at {offset} has no end")
        return text.decode(getfilesystemencoding(), getfilesystemencodeerrors())


def read(file: BinaryIO) -> Program:
    """What a file says of itself.

    :param file: an open binary file that can seek.
    :raises ValueError: for a file that is no ELF, or a damaged one.
    """
    source = _File(file)
    machine, ident = _machine(source)
    header = struct.Struct(machine.order + _HEADER[ident])
    fields = header.unpack(source.bytes(16, header.size))
    segments = _segments(source, machine.order + _SEGMENT[ident], fields[4], fields[8], fields[9])
    interpreter = None
    dynamic: list[tuple[int, int]] = []
    for segment in segments:
        if segment.kind == _INTERP and interpreter is None:
            interpreter = source.text(segment.offset, segment.size)
        elif segment.kind == _DYNAMIC and not dynamic:
            dynamic = _dynamic(source, machine.order + _TAG[ident], segment)
    return _program(source, machine, fields[0], interpreter, (segments, dynamic))


def machine_of(file: BinaryIO) -> Machine:
    """What a file is made for.

    :param file: the file, open for reading.
    :raises ValueError: for a file that is no ELF.
    """
    return _machine(_File(file))[0]


def _machine(source: _File) -> tuple[Machine, int]:
    start = source.bytes(0, 20)
    ident, order = start[4], {1: "<", 2: ">"}.get(start[5])
    if start[:4] != MAGIC:
        raise ValueError("it does not begin as an ELF file")
    if ident not in _HEADER or order is None:
        raise ValueError(f"class {ident} or byte order {start[5]} is unknown")
    return Machine(32 * ident, order, struct.unpack_from(f"{order}H", start, 18)[0]), ident


def _segments(source: _File, form: str, offset: int, size: int, count: int) -> list[_Segment]:
    entry = struct.Struct(form)
    if not count:
        return []
    if size != entry.size or size * count > _MAX_SEGMENTS:
        raise ValueError(f"{count} program headers of {size} bytes")
    # the flags stand second in 64 bits and last but one in 32
    first = 2 if form.endswith("Q") else 1
    return [
        _Segment(fields[0], fields[first], fields[first + 1], fields[first + 3])
        for fields in entry.iter_unpack(source.bytes(offset, size * count))
    ]


def _dynamic(source: _File, form: str, segment: _Segment) -> list[tuple[int, int]]:
    entry = struct.Struct(form)
    size = min(segment.size, _MAX_DYNAMIC) // entry.size * entry.size
    found = []
    for tag, value in entry.iter_unpack(source.bytes(segment.offset, size)):
        if tag == _END:
            break
        found.append((tag, value))
    return found


def _program(
    source: _File,
    machine: Machine,
    kind: int,
    interpreter: Optional[str],
    parts: tuple[list[_Segment], list[tuple[int, int]]],
) -> Program:
    segments, dynamic = parts
    last = dict(dynamic)
    texts: dict[int, list[str]] = {_NEEDED: [], _RPATH: [], _RUNPATH: []}
    wanted = [(tag, value) for tag, value in dynamic if tag in texts]
    if wanted:
        size = last.get(_STRINGS_SIZE, 0)
        start = _offset(segments, last.get(_STRINGS, 0))
        for tag, value in wanted:
            texts[tag].append(source.text(start + value, size - value))
    rpath, runpath = (texts[tag][-1] if texts[tag] else None for tag in (_RPATH, _RUNPATH))
    return Program(machine, kind, interpreter, tuple(texts[_NEEDED]), rpath, runpath, last.get(_FLAGS, 0))


def _offset(segments: list[_Segment], address: int) -> int:
    """Where in the file a place in memory comes from."""
    for segment in segments:
        if segment.kind == _LOAD and segment.address <= address < segment.address + segment.size:
            return segment.offset + address - segment.address
    raise ValueError(f"nothing is loaded to address {address:#x}")
