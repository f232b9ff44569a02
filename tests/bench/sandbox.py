# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rival's turn on a fresh throwaway host: its phases timed one after the other, and what stands after each counted.

This file is both ends: :func:`turn` starts ``tools/sandbox``, in which the file runs as a program, with the job on its
standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SANDBOX = ROOT / "tools/sandbox"


class TurnFailed(Exception):
    """A rival did not do what it was to do."""


@dataclass(frozen=True)
class Phase:
    """One command and what is to stand after it.

    :param name: ``build``, ``repeat`` or ``remove``.
    :param names: how many namespaces have a name then.
    :param links: how many links the host has then, lo among them.
    :param says: a text that its output must have (a repeat that changes something is no repeat); may be empty.
    """

    name: str
    argv: list[str]
    names: int = 0
    links: int = 1
    says: str = ""


@dataclass(frozen=True)
class Time:
    """Seconds of one process and its children, and the most memory that one of them had (kB)."""

    wall: float
    cpu: float
    memory: int


def turn(phases: list[Phase], floor: Path, environment: Mapping[str, str] | None = None) -> dict[str, Time]:
    """Run phases on one fresh host.

    :param floor: the floor program, which knows how to wait for the kernel to settle.
    :returns: the times by phase.
    :raises TurnFailed: if one fails, or leaves something else than it should.
    """
    job = json.dumps({"phases": [asdict(phase) for phase in phases], "floor": str(floor)})
    subprocess.run([SANDBOX, floor, "settle"], check=True)
    ended = subprocess.run(
        [SANDBOX, sys.executable, __file__],
        input=job,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    if ended.returncode:
        raise TurnFailed(f"{phases[0].argv}: see above")
    return {name: Time(*times) for name, times in json.loads(ended.stdout).items()}


def bytecode(folder: Path) -> None:
    """Let Python keep its bytecode, out of the checkout: the round that is not counted fills it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")


def timed(argv: list[str]) -> tuple[Time, str]:
    """Run a command to its end and take its time.

    :returns: the time and what it printed.
    :raises TurnFailed: if it fails.
    """
    with tempfile.TemporaryFile() as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), 1), (os.POSIX_SPAWN_DUP2, output.fileno(), 2)]
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
        _pid, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status:
        raise TurnFailed(f"{argv} ended with {os.waitstatus_to_exitcode(status)}:\n{text[-4000:]}")
    return Time(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss), text


def _standing() -> tuple[int, int]:
    """How many namespaces have a name, and how many links the host has."""
    names = Path("/run/netns")
    links = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    return len(list(names.iterdir())) if names.exists() else 0, len(links)


def _hold_to(phase: Phase, output: str) -> None:
    names, links = _standing()
    if (names, links) != (phase.names, phase.links):
        expected = f"{phase.names} and {phase.links}"
        raise TurnFailed(f"{phase.argv}: {names} namespaces and {links} links stand, not {expected}")
    if phase.says not in output:
        raise TurnFailed(f"{phase.argv}: expected {phase.says!r} in what it printed:\n{output[-4000:]}")


def _inside() -> None:
    """Run the job of standard input, within the sandbox."""
    job: dict[str, Any] = json.load(sys.stdin)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
    times = {}
    for phase in (Phase(**each) for each in job["phases"]):
        taken, output = timed(phase.argv)
        if not phase.names:
            # some remove a namespace and leave its cable to the kernel
            timed([job["floor"], "settle"])
        _hold_to(phase, output)
        times[phase.name] = astuple(taken)
    json.dump(times, sys.stdout)


if __name__ == "__main__":
    try:
        _inside()
    except TurnFailed as failure:
        sys.exit(str(failure))
