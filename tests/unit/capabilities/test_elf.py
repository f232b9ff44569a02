# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read of a program is what readelf(1) says, and no bytes bring the reader down."""

from __future__ import annotations

import io
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities import elf
from hypothesis import example, given
from hypothesis import strategies as st

READELF = shutil.which("readelf")
PROGRAMS = [
    name for name in ("sh", "ip", "nft", "ping", "ls", "systemctl", "perl", "ldconfig", "git") if shutil.which(name)
]


def made(
    bits: int, order: str, kind: int = elf.SHARED, interpreter: str | None = "/ld.so", **texts: str | list[str]
) -> bytes:
    """A small ELF file: header, program headers, dynamic section, texts; it is loaded to 0x1000."""
    word = "Q" if bits == 64 else "I"
    header, entry = (64, 56) if bits == 64 else (52, 32)
    strings, dynamic = b"\0", b""
    for name, tag in (("needed", 1), ("rpath", 15), ("runpath", 29)):
        given = texts.get(name, [])
        for text in [given] if isinstance(given, str) else given:
            dynamic += struct.pack(f"{order}2{word}", tag, len(strings))
            strings += text.encode() + b"\0"
    start = header + 3 * entry
    place = start + len(dynamic) + 5 * struct.calcsize(f"{order}2{word}")
    dynamic += struct.pack(f"{order}10{word}", 5, 0x1000 + place, 10, len(strings), 0x6FFFFFFB, 0x08000000, 0, 0, 1, 0)
    loader = (interpreter or "").encode() + b"\0"
    segments = [(1, header, 0x1000 + header, place + len(strings) - header), (2, start, 0, len(dynamic))]
    segments.append((3, place + len(strings), 0, len(loader)) if interpreter else (0, 0, 0, 0))
    out = b"\x7fELF" + bytes([bits // 32, 1 if order == "<" else 2, 1]) + bytes(9)
    out += struct.pack(f"{order}HHI3{word}I6H", kind, 62, 1, 0, header, 0, 0, header, entry, 3, 0, 0, 0)
    for what, offset, address, size in segments:
        if bits == 64:
            out += struct.pack(f"{order}II6Q", what, 5, offset, address, address, size, size, 8)
        else:
            out += struct.pack(f"{order}8I", what, offset, address, address, size, size, 5, 4)
    return out + dynamic + strings + loader


WHOLE = made(64, "<", needed=["liba.so", "libb.so"], rpath="/a", runpath="$ORIGIN/lib")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("bits", [32, 64])
def test_both_classes_and_byte_orders(bits: int, order: str) -> None:
    data = made(bits, order, needed=["liba.so", "libb.so"], rpath="/a:/b", runpath="")
    machine = elf.Machine(bits, order, 62)
    assert elf.read(io.BytesIO(data)) == elf.Program(
        machine, 3, "/ld.so", ("liba.so", "libb.so"), "/a:/b", "", 0x08000000
    )
    assert elf.machine_of(io.BytesIO(data)) == machine


def test_what_counts_as_a_library() -> None:
    program = elf.read(io.BytesIO(made(64, "<")))
    assert program.rpath is None and program.runpath is None and not program.needed
    assert [
        each.is_library
        for each in (
            program,
            program._replace(flags_1=0),
            program._replace(interpreter=None),
            program._replace(interpreter=None, flags_1=1),
            program._replace(interpreter=None, flags_1=0, kind=elf.EXECUTABLE),
        )
    ] == [False, False, False, True, False]


@pytest.mark.skipif(not READELF, reason="readelf is not there")
@pytest.mark.parametrize("path", [sys.executable, *PROGRAMS])
def test_the_same_as_readelf(path: str) -> None:
    real = Path(shutil.which(path) or path).resolve()
    if real.read_bytes()[:4] != elf.MAGIC:
        pytest.skip(f"{real} is a script")
    _agrees(real)


@pytest.mark.skipif(not READELF, reason="readelf is not there")
def test_the_same_as_readelf_for_libraries() -> None:
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    found = sorted({Path(line.split()[-1]) for line in maps if ".so" in line})
    assert found
    for path in found[:20]:
        assert _agrees(path).kind == elf.SHARED


def _agrees(path: Path) -> elf.Program:
    with path.open("rb") as file:
        program = elf.read(file)
    said = subprocess.run(
        [READELF or "", "-hldW", str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C"},
    ).stdout

    def one(pattern: str) -> str | None:
        match = re.search(pattern, said)
        return match.group(1) if match else None

    assert program.needed == tuple(re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", said))
    assert program.rpath == one(r"\(RPATH\) +Library rpath: \[(.*)\]")
    assert program.runpath == one(r"\(RUNPATH\) +Library runpath: \[(.*)\]")
    assert program.interpreter == one(r"program interpreter: (.*)\]")
    assert bool(program.flags_1 & 0x08000000) == bool(one(r"\(FLAGS_1\).*(PIE)"))
    assert f"ELF{program.machine.bits}" == one(r"Class: +(\S+)")
    assert {2: "EXEC", 3: "DYN"}[program.kind] == one(r"Type: +(\w+)")
    return program


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "past its end"),
        (b"#!/bin/sh\n" + bytes(60), "does not begin"),
        (WHOLE[:4] + b"\3" + WHOLE[5:], "class 3"),
        (WHOLE[:5] + b"\0" + WHOLE[6:], "byte order 0"),
        (WHOLE[:40], "past its end"),
        (WHOLE[:-3], "past its end|no end"),
        (WHOLE[:54] + b"\x20\0" + WHOLE[56:], "program headers of 32"),
        (WHOLE[:54] + b"\x38\0\xff\xff" + WHOLE[58:], "65535 program headers"),
        (WHOLE[:32] + b"\xff" * 8 + WHOLE[40:], "past its end"),
        (WHOLE[:64] + b"\7" + WHOLE[65:], "nothing is loaded"),
        (WHOLE[:-1] + b"x", "has no end"),
    ],
)
def test_nonsense_is_named(data: bytes, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        elf.read(io.BytesIO(data))


def _survives(data: bytes) -> None:
    try:
        program = elf.read(io.BytesIO(data))
    except ValueError:
        return
    assert program.machine.bits in (32, 64)
    assert all(isinstance(name, str) for name in program.needed)


@given(st.binary(max_size=400))
@example(b"\x7fELF\2\1" + bytes(58))
def test_any_bytes(data: bytes) -> None:
    _survives(data)
    _survives(b"\x7fELF\2\1\1" + data)
    _survives(b"\x7fELF\1\2\1" + data)


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 8), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, len(WHOLE)),
)
def test_a_program_with_changed_bytes(changes: list[tuple[int, bytes]], end: int) -> None:
    data = bytearray(WHOLE)
    for at, value in changes:
        data[at : at + len(value)] = value
    _survives(bytes(data))
    _survives(bytes(data[:end]))
