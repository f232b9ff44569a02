# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules that ask much of the kernel: a mesh of ``reachability``, a scan for capabilities, 1,000 capabilities.

    .venv/bin/python tests/bench/answers.py [--rounds 5] [--files 300000] [--strict]

Each module runs as Ansible runs it on a host, a process of its own from its arguments to its answer, on a throwaway
host (``tools/sandbox``). Beside the scan stands ``getcap -r`` of the same tree, beside the capabilities one ``setcap``
for all files. Rounds are interleaved. The checks are of CPU time, which tells the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import lab
from checks import Check
from rivals import ENGINE
from sandbox import ROOT, SANDBOX, TurnFailed, bytecode

MESHES = (100, 300)
FILES, IN_FOLDER = 300_000, 100
CAPABILITIES = 1000
GRANTED = "cap_net_raw=ep"
#: microseconds of CPU time a pair, times as long as getcap -r, seconds of CPU time for all capabilities
PAIR, SCAN, GRANT = 100, 1.2, 0.5
_MODULES = ROOT / ".build/ansible_collections/netns/lab/plugins/modules"


class Taken(NamedTuple):
    """What one process took: seconds, seconds of CPU time, and the most memory in MB."""

    wall: float
    cpu: float
    memory: float


def run(argv: list[str], says: str = "") -> Taken:
    """Run a command to its end.

    :param says: a text that its output must have.
    :raises TurnFailed: if it fails, or says something else.
    """
    with tempfile.TemporaryFile() as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), number) for number in (1, 2)]
        start = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
        _pid, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status or says not in text:
        raise TurnFailed(f"{argv[:4]}: no {says!r} in\n{text[-2000:]}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


class Bench:
    """The turns, within the sandbox.

    :param folder: where files go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _module(self, name: str, arguments: dict[str, Any], says: str) -> Taken:
        file = self._folder / "arguments.json"
        file.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
        return run([sys.executable, str(_MODULES / f"{name}.py"), str(file)], says)

    def mesh(self, count: int) -> dict[str, Taken]:
        """All pairs of a lab that stands."""
        file = self._folder / "lab.json"
        file.write_text(json.dumps(lab.options(count)))
        run([*ENGINE, "apply", str(file)])
        pairs = count * (count - 1)
        return {f"mesh of {count}": self._module("reachability", {"mesh": lab.NAME}, f'"passed": {pairs}')}

    def scan(self, _count: int) -> dict[str, Taken]:
        """Every file of a tree."""
        tree = str(self._folder / "tree")
        return {
            "getcap -r": run(["getcap", "-r", tree]),
            "scan": self._module("file_capability_info", {"paths": [tree]}, '"unread": {}'),
        }

    def capabilities(self, count: int) -> dict[str, Taken]:
        """The same capabilities for many programs: granted, and once more with nothing to do."""
        folder = self._folder / "programs"
        folder.mkdir(exist_ok=True)
        paths = [str(folder / f"program{number}") for number in range(count)]
        for path in paths:
            shutil.copy("/bin/true", path)
        wanted = {"paths": paths, "capabilities": GRANTED}
        found = {"setcap": run(["setcap", *(word for path in paths for word in (GRANTED, path))])}
        run(["setcap", *(word for path in paths for word in ("-r", path))])
        found["capabilities"] = self._module("file_capability", wanted, '"changed": true')
        found["again"] = self._module("file_capability", wanted, '"changed": false')
        return found


def turns(files: int) -> Iterator[tuple[str, int]]:
    """The name and the size of each turn."""
    for count in MESHES:
        yield "mesh", count
    yield "scan", files
    yield "capabilities", CAPABILITIES


def measure(rounds: int, files: int) -> tuple[str, list[Check]]:
    """All turns, as a table and as checks."""
    taken: dict[str, list[Taken]] = {}
    with tempfile.TemporaryDirectory(prefix="netns-lab-answers-") as text:
        folder = Path(text)
        folder.chmod(0o755)
        bytecode(folder)
        plant(folder / "tree", files)
        for number in range(rounds + 1):
            for name, count in turns(files):
                argv = [SANDBOX, sys.executable, __file__, "--inside", f"{name}:{count}:{folder}"]
                done = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
                if done.returncode:
                    raise TurnFailed(f"{name} of {count}: see above")
                for what, times in json.loads(done.stdout).items() if number else ():
                    taken.setdefault(what, []).append(Taken(*times))
    sizes = {"scan": files, "getcap -r": files, "setcap": CAPABILITIES, "capabilities": CAPABILITIES}
    sizes |= {"again": CAPABILITIES, **{f"mesh of {count}": count * (count - 1) for count in MESHES}}
    return table(taken, sizes), checks(taken, files)


def plant(tree: Path, files: int) -> None:
    """Make a tree of empty files."""
    for number in range(0, files, IN_FOLDER):
        folder = tree / f"usr{number // 10000}/share{number // IN_FOLDER}"
        folder.mkdir(parents=True)
        for file in range(min(IN_FOLDER, files - number)):
            (folder / f"file{file}").touch()


def _median(taken: dict[str, list[Taken]], what: str, of: Callable[[Taken], float]) -> float:
    return median(of(each) for each in taken[what])


def table(taken: dict[str, list[Taken]], sizes: dict[str, int]) -> str:
    """Medians by what was run, with the spread of the wall time."""
    machine = f"{os.cpu_count()} CPUs, Linux {platform.release()}, Python {platform.python_version()}"
    lines = [f"Medians of whole processes. {machine}", ""]
    lines.append(f"{'':<14}{'of':>8}{'wall, s':>10}{'from - to':>16}{'CPU, s':>9}{'CPU, us each':>14}{'MB':>6}")
    for what, all_ in taken.items():
        walls = sorted(each.wall for each in all_)
        cpu = _median(taken, what, lambda each: each.cpu)
        memory = _median(taken, what, lambda each: each.memory)
        spread = f"{walls[0]:.2f} - {walls[-1]:.2f}"
        each = f"{cpu / sizes[what] * 1e6:.1f}"
        lines.append(f"{what:<14}{sizes[what]:>8}{median(walls):>10.2f}{spread:>16}{cpu:>9.2f}{each:>14}{memory:>6.0f}")
    return "\n".join(lines)


def checks(taken: dict[str, list[Taken]], files: int) -> list[Check]:
    """What the figures must show."""
    few, many = ((count, _median(taken, f"mesh of {count}", lambda each: each.cpu)) for count in MESHES)
    first, last = (cpu / (count * (count - 1)) * 1e6 for count, cpu in (few, many))
    scan, floor = (_median(taken, what, lambda each: each.cpu) for what in ("scan", "getcap -r"))
    grant = _median(taken, "capabilities", lambda each: each.cpu)
    return [
        Check(f"mesh of {many[0]}: at most {PAIR} us of CPU a pair", f"{last:.0f} us", last <= PAIR),
        Check("mesh: a pair costs no more where there are more", f"{last:.0f} us, {first:.0f} us", last <= first),
        Check(
            f"scan of {files:,} files: at most {SCAN} x getcap -r",
            f"{scan:.2f} s / {floor:.2f} s = {scan / floor:.2f}",
            scan <= SCAN * floor,
        ),
        Check(f"{CAPABILITIES:,} capabilities: at most {GRANT} s", f"{grant:.2f} s", grant <= GRANT),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="answers", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default: 5)")
    parser.add_argument("--files", type=int, default=FILES, help=f"files of the tree (default: {FILES})")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a check fails")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        name, count, folder = arguments.inside.split(":", 2)
        json.dump(getattr(Bench(Path(folder)), name)(int(count)), sys.stdout)
        return 0
    os.environ["PYTHONPATH"] = str(ROOT / ".build")
    text, found = measure(arguments.rounds, arguments.files)
    print(text)
    for check in found:
        print(f"{'PASS' if check.passed else 'FAIL'}  {check.claim}: {check.figures}")
    return int(arguments.strict and not all(check.passed for check in found))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TurnFailed as failure:
        sys.exit(f"answers: {failure}")
