# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How time and memory grow with the lab: shapes of N namespaces, N entries of each kind; the engine beside ip -batch.

python tests/bench/growth.py [--labs pairs,routes] [--sizes 10,100,1000,10000] [--rounds 1] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, Optional

import batch
import shapes
from checks import Check
from rivals import ENGINE, UNCHANGED_ENGINE, Workshop
from sandbox import Phase, Time, TurnFailed, bytecode, turn

LABS = {**shapes.SHAPES, **shapes.KINDS}
RIVALS = ("engine", "ip -batch")
#: how much more steeply than its rival the engine may grow
_STEEPER = 0.05
#: less than this many times the smallest lab's figure is its noise
_CLEARLY = 1.25

#: by lab, rival, phase and size
Times = dict[tuple[str, str, str, int], list[Time]]


def measure(labs: Iterable[str], sizes: list[int], rounds: int, floor: Path) -> Times:
    """All turns, each on a host of its own; at each size the rivals by turns.

    :param labs: names in :data:`LABS`.
    :param sizes: the numbers of namespaces or entries.
    :param rounds: how often each is measured.
    :param floor: the floor program, which waits for the kernel to settle.
    """
    found: Times = {}
    for name in labs:
        for size in (size for size in sizes if size <= shapes.MOST.get(name, size)):
            with tempfile.TemporaryDirectory(prefix="netns-lab-growth-") as folder:
                phases = _phases(Path(folder), LABS[name](size))
                for number in range(rounds):
                    for rival in RIVALS:
                        _progress(f"{name} of {size}, round {number + 1} of {rounds}: {rival}")
                        for phase, taken in turn(phases[rival], floor).items():
                            found.setdefault((name, rival, phase, size), []).append(taken)
    _progress("")
    return found


def _phases(folder: Path, options: dict[str, Any]) -> dict[str, list[Phase]]:
    def file(name: str, text: str) -> str:
        path = folder / name
        path.write_text(text)
        return str(path)

    names, links = len(options["namespaces"]), 1 + _host_links(options)
    description = file("lab.json", json.dumps(options))
    build, remove = (["sh", file(f"{number}.sh", text)] for number, text in enumerate(batch.scripts(options, file)))
    return {
        "engine": [
            Phase("build", [*ENGINE, "apply", description], names, links),
            Phase("repeat", [*ENGINE, "apply", description], names, links, UNCHANGED_ENGINE),
            Phase("remove", [*ENGINE, "absent", description]),
        ],
        "ip -batch": [Phase("build", build, names, links), Phase("remove", remove)],
    }


def _host_links(options: dict[str, Any]) -> int:
    pairs = options.get("veths", ())
    ends = [*pairs, *(pair["peer"] for pair in pairs), *options.get("bridges", ())]
    return sum(not end.get("netns") for end in ends)


def exponent(times: Times, lab: str, rival: str, phase: str, of: str = "wall") -> Optional[float]:
    """How a figure grows: 1 where it grows with the lab. What the smallest lab takes is taken off as the start.

    :param times: what was measured.
    :param of: ``wall``, ``cpu`` or ``memory``.
    :returns: the slope of the logarithms; None where less than two sizes take clearly more than the smallest.
    """
    points = sorted((size, _median(taken, of)) for (*key, size), taken in times.items() if key == [lab, rival, phase])
    (least, start), *rest = points
    logs = [(math.log(size - least), math.log(value - start)) for size, value in rest if value > _CLEARLY * start]
    if len(logs) < 2:
        return None
    x, y = (sum(part) / len(logs) for part in zip(*logs, strict=True))
    return sum((a - x) * (b - y) for a, b in logs) / sum((a - x) ** 2 for a, _b in logs)


def _median(taken: list[Time], of: str) -> float:
    return median(getattr(each, of) for each in taken)


def text(times: Times) -> str:
    """A line for each lab, rival and phase: ms of wall at each size, the exponent; the same of CPU and memory."""
    if not times:
        return ""
    sizes = sorted({size for *_key, size in times})
    figures = (("wall", "ms wall", 1e3), ("cpu", "ms CPU", 1e3), ("memory", "MB", 1 / 1024))
    width = 9 * len(sizes) + 7
    lines = [f"{'':<32}" + "".join(f"{title:>{width}}" for _of, title, _factor in figures)]
    lines.append(f"{'growth':<32}" + ("".join(f"{size:>9}" for size in sizes) + f"{'exp':>7}") * len(figures))
    for key in dict.fromkeys(tuple(key) for *key, _size in times):
        cells = ""
        for of, _title, factor in figures:
            for size in sizes:
                taken = times.get((*key, size))
                cells += f"{_median(taken, of) * factor:>9.1f}" if taken else f"{'-':>9}"
            slope = exponent(times, *key, of)
            cells += f"{slope:>7.2f}" if slope is not None else f"{'-':>7}"
        lab, rival, phase = key
        lines.append(f"{lab:<14}{rival:<11}{phase:<7}{cells}")
    return "\n".join(lines)


def checks(times: Times) -> list[Check]:
    """The engine grows no more steeply than ip -batch, its repeat no more than the lab."""
    found = []
    for lab in dict.fromkeys(lab for lab, *_rest in times):
        told, good = [], True
        for phase in ("build", "repeat", "remove"):
            ours, theirs = exponent(times, lab, "engine", phase), exponent(times, lab, "ip -batch", phase)
            if ours is None:
                continue
            bound = max(1.0, theirs or 1.0) + _STEEPER
            told.append(f"{phase} {ours:.2f} (at most {bound:.2f})")
            good = good and ours <= bound
        if told:
            found.append(Check(f"growth of {lab}", ", ".join(told), good))
    return found


def data(times: Times) -> list[dict[str, Any]]:
    """Everything, for JSON."""
    return [
        {"lab": lab, "rival": rival, "phase": phase, "size": size, "times": [vars(each) for each in taken]}
        for (lab, rival, phase, size), taken in times.items()
    ]


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="growth", description=__doc__.splitlines()[0])
    parser.add_argument("--labs", default=",".join(LABS), help=f"which (default: all): {', '.join(LABS)}")
    parser.add_argument("--sizes", default="10,100,1000,10000", help="numbers (default: 10,100,1000,10000)")
    parser.add_argument("--rounds", type=int, default=1, help="rounds of each (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all times there as well")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netns-lab-bench-") as folder:
        bytecode(Path(folder))
        shop = Workshop(Path(folder))
        shop.prepare()
        sizes = sorted(int(each) for each in arguments.sizes.split(","))
        times = measure(arguments.labs.split(","), sizes, arguments.rounds, shop.floor)
    print(text(times))
    for check in checks(times):
        print(f"{'PASS' if check.passed else 'FAIL'}  {check.claim}: {check.figures}")
    if arguments.json:
        arguments.json.write_text(json.dumps(data(times), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parent)
    try:
        sys.exit(main())
    except TurnFailed as failure:
        sys.exit(f"growth: {failure}")
