# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records under /run/netns-lab and the lock of the host: both die with the kernel state that they are about.

Records of runs in another network than the host's are in a folder of their own; see :mod:`.network`. The lock is one.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from ... import _kept_code
from ..._engine.lab.record import DAMAGED, Record
from ..._model.errors import Conflict, Kernel
from ..netlink import network
from ..system import files, locks

RUN = _kept_code.LABS
_LOCK = f"{RUN}/lock"
_CONFIRM = ".confirm"
#: who writes does so to the end of its life: what is made has its mode from us, not from who started us
_UMASK = 0o022


@contextmanager
def locked(writing: bool, patience: float) -> Iterator[list[str]]:
    """Hold the host's lock; who only reads waits for writers and leaves no trace.

    :param writing: whether to hold it for writing (bool).
    :param patience: the seconds to wait for others at most (0: do not wait).
    :returns: what to tell of the waiting, if it was long enough to be noticed.
    :raises Conflict: if others hold it for longer.
    """
    began = time.monotonic()
    if writing:
        os.umask(_UMASK)
    try:
        descriptor = _exclusive(patience) if writing else _shared(patience)
    except TimeoutError as exc:
        raise _busy(patience) from exc
    waited = time.monotonic() - began
    try:
        yield [f"waited {waited:.0f} s for another run on this host to end"] if waited >= 1 else []
    finally:
        if descriptor is not None:
            if writing:
                _tidy()
            os.close(descriptor)


def _exclusive(patience: float) -> int | None:
    try:
        return locks.exclusive(_LOCK, True, patience)
    except TimeoutError:
        raise
    except OSError as exc:
        with suppress(OSError):
            os.rmdir(RUN)
        raise _unwritable(_LOCK, exc) from exc


def _shared(patience: float) -> int | None:
    with suppress(FileNotFoundError):
        descriptor = os.open(_LOCK, os.O_RDONLY | os.O_CLOEXEC)
        try:
            locks.wait(descriptor, fcntl.LOCK_SH, patience)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor
    return None


def _busy(patience: float) -> Conflict:
    from ..system.refusals import process_words  # noqa: PLC0415 - only who fails needs the words

    found = " and ".join(process_words(process) for process in locks.holders(_LOCK)) or "an invisible process"
    remedy = "Run it again when that one has ended, or raise lock_timeout."
    return Conflict(f"this host (lock {_LOCK})", f"the lock within {patience:g} s", f"{found} holds it", remedy)


def _tidy() -> None:
    """Leave nothing behind where there is nothing to remember; the next run does so where this one cannot."""
    with suppress(OSError):
        for name in network.gone([name for name in _names(RUN) if network.is_name(name)]):
            import shutil  # noqa: PLC0415 - few hosts had other networks

            shutil.rmtree(f"{RUN}/{name}", ignore_errors=True)
        for folder in (home(), RUN):
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                if name.endswith(files.DRAFT):
                    os.unlink(f"{folder}/{name}")
            if folder != RUN and os.path.isdir(folder) and not os.listdir(folder):
                os.rmdir(folder)
        if os.listdir(RUN) == [os.path.basename(_LOCK)]:
            os.unlink(_LOCK)
            os.rmdir(RUN)
            _kept_code.remove()


def home() -> str:
    """The folder of what is about the network of this process."""
    name = network.name()
    return f"{RUN}/{name}" if name else RUN


def records() -> list[Record]:
    """Every record of a lab in the network of this process.

    :raises Conflict: for one that cannot be read.
    """
    return _records(home())


def elsewhere() -> list[Record]:
    """The records of labs in other networks of this host, with the folder in the lab's name.

    :raises Conflict: for one that cannot be read.
    """
    names = [name for name in _names(RUN) if network.is_name(name)]
    folders = [RUN, *(f"{RUN}/{name}" for name in names if name not in network.gone(names))]
    found = [(folder, record) for folder in folders if folder != home() for record in _records(folder)]
    return [replace(record, lab=f"{record.lab} (of another network, {folder})") for folder, record in found]


def _records(folder: str) -> list[Record]:
    names = [name for name in _names(folder) if name.endswith(".json") and not name.startswith(".")]
    return [Record.from_dict(_load(f"{folder}/{name}"), name[: -len(".json")]) for name in names]


def _names(folder: str) -> list[str]:
    with suppress(FileNotFoundError):
        return sorted(os.listdir(folder))
    return []


def _load(path: str) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(files.read(path))
    except (ValueError, RecursionError) as exc:
        raise Conflict(path, "a record of netns.lab", f"no JSON ({exc})", DAMAGED) from None
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.EISDIR):
            raise
        raise Conflict(path, "a record of netns.lab", exc.strerror or "", DAMAGED) from None
    return data


def save(record: Record) -> None:
    """Write a lab's record whole; an empty one is removed.

    :param record: the lab's record.
    :raises Kernel: if it cannot be written. What was there is as it was.
    """
    path = f"{home()}/{record.lab}.json"
    try:
        if record.made or record.prior_attrs or record.definition:
            os.makedirs(home(), 0o755, exist_ok=True)
            files.write(path, json.dumps(record.as_dict(), separators=(",", ":")), 0o600)
        else:
            with suppress(FileNotFoundError):
                os.unlink(path)
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def confirm_folder(lab: str) -> str:
    """The folder of a lab's plan that waits to be confirmed.

    :param lab: the lab's name (str).
    """
    return f"{home()}/{lab}{_CONFIRM}"


def unconfirmed() -> list[str]:
    """The labs that have such a folder."""
    return [name[: -len(_CONFIRM)] for name in _names(home()) if name.endswith(_CONFIRM)]


def outcome(lab: str) -> dict[str, Any] | None:
    """What was left of a plan that the host undid by itself: id, seconds and left. None where nobody needs to know.

    :param lab: the lab's name (str).
    """
    with suppress(FileNotFoundError):
        return _load(_outcome(lab))
    return None


def leave_outcome(lab: str, told: dict[str, Any]) -> None:
    """Write it down.

    :param lab: the lab's name (str).
    :param told: what is left (JSON types).
    :raises Kernel: if it cannot be written.
    """
    try:
        files.write(_outcome(lab), json.dumps(told), 0o600)
    except OSError as exc:
        raise _unwritable(_outcome(lab), exc) from exc


def forget_outcome(lab: str) -> None:
    """Remove it: it was told.

    :param lab: the lab's name (str).
    """
    with suppress(FileNotFoundError):
        os.unlink(_outcome(lab))


def _outcome(lab: str) -> str:
    return f"{home()}/{lab}.undone"


def _unwritable(path: str, exc: OSError) -> Kernel:
    from ..system.refusals import FULL, room  # noqa: PLC0415 - only who fails needs the words

    remedy = room(path) if exc.errno in FULL else "Nothing is changed on a host whose record cannot be written."
    found = f"errno {exc.errno}: {exc.strerror}"
    return Kernel(path, "to write it", found, remedy, **({"full": True} if exc.errno in FULL else {}))
