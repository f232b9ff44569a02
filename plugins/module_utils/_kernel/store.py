# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records under /run/netns-lab and the lock of the host: both die with the kernel state that they are about."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .._engine.ledger import Record
from .._model.errors import Conflict
from . import files

RUN = "/run/netns-lab"
_LOCK = f"{RUN}/lock"


@contextmanager
def locked(writing: bool) -> Iterator[None]:
    """Hold the host's lock; who only reads waits for writers and leaves no trace.

    The lock's file goes with the last record, so who waited for it looks whether it is still the one in place.
    """
    if not writing:
        descriptor = _open(os.O_RDONLY)
        if descriptor is None:
            yield
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield
        finally:
            os.close(descriptor)
        return
    while True:
        os.makedirs(RUN, 0o755, exist_ok=True)
        descriptor = _open(os.O_RDONLY | os.O_CREAT)
        if descriptor is None:
            continue
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if _in_place(descriptor):
            break
        os.close(descriptor)
    try:
        yield
    finally:
        _tidy()
        os.close(descriptor)


def _open(flags: int) -> int | None:
    with suppress(FileNotFoundError):
        return os.open(_LOCK, flags | os.O_CLOEXEC, 0o600)
    return None


def _in_place(descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return os.stat(_LOCK).st_ino == os.fstat(descriptor).st_ino
    return False


def _tidy() -> None:
    """Leave nothing behind where there is nothing to remember."""
    if os.listdir(RUN) == [os.path.basename(_LOCK)]:
        os.unlink(_LOCK)
        with suppress(OSError):
            os.rmdir(RUN)


def records() -> list[Record]:
    """Every lab's record.

    :raises Conflict: for one that cannot be read.
    """
    names: list[str] = []
    with suppress(FileNotFoundError):
        names = sorted(os.listdir(RUN))
    files_ = [name for name in names if name.endswith(".json") and not name.startswith(".")]
    return [Record.from_dict(_load(f"{RUN}/{name}")) for name in files_]


def _load(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        try:
            data: dict[str, Any] = json.load(file)
        except ValueError as exc:
            remedy = "It is damaged: remove it, then what it was about by hand (see topology_info)."
            raise Conflict(path, "a record of netns.lab", f"no JSON ({exc})", remedy) from None
    return data


def save(record: Record) -> None:
    """Write a lab's record whole; an empty one is removed."""
    path = f"{RUN}/{record.lab}.json"
    if record.made or record.borrowed or record.definition:
        files.write(path, json.dumps(record.as_dict(), separators=(",", ":")), 0o600)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)
