# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port forwards by the engine beside ``nft -f`` of the same elements: build, lead elsewhere, remove.

    .venv/bin/python tests/bench/forwards.py [--rounds 5]

``make bench`` runs it after the labs. Each turn has a fresh throwaway host on which the table stands already, with one
other forward in it, so that both do the same work. Processes are counted whole, Python's start with them. The check is
of CPU time, the kernel's part included, which is what takes the time here and tells the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from checks import Check
from rivals import ENGINE, Workshop
from sandbox import Phase, Time, TurnFailed, bytecode, turn

#: seconds that the engine may take longer than nft
BOUND = 0.2
#: and for each port that shifts, which is an element of its own that has to be read back before it is changed
SHIFTING = 6e-6
PHASES = ("build", "retarget", "remove")
#: runs of ports (first, last, shift), by what they are
CASES: dict[str, list[tuple[int, int, int]]] = {
    "one port": [(80, 80, 0)],
    "2,000 ports": [(10000, 11999, 0)],
    "1024-65535": [(1024, 65535, 0)],
    "2,000 that shift": [(10000, 11999, 5000)],
    "1-65534 that shift": [(1, 65534, 1)],
    "500 ranges": [(100 * number + 1, 100 * number + 50, 0) for number in range(1, 501)],
}
_TABLE = "inet netns_lab"
#: of a subnet that the host does not have, so that nobody comes from inside
_TARGETS = ("10.9.0.2", "10.9.0.3")


def options(runs: list[tuple[int, int, int]], target: str) -> dict[str, Any]:
    """The forwards as options of ``topology``, with one beside them that stays."""
    entries = [{"protocol": "udp", "port": "9", "to": "10.9.0.9:9"}]
    entries += [
        {"protocol": "tcp", "port": f"{first}-{last}", "to": f"{target}:{first + shift}"} for first, last, shift in runs
    ]
    return {"name": "bench", "port_forwards": entries}


def elements(runs: list[tuple[int, int, int]], target: str) -> dict[str, list[tuple[str, str]]]:
    """The same as elements of nft's maps, each as key and value."""
    found: dict[str, list[tuple[str, str]]] = {"range4": [], "shift4": [], "forward4": []}
    for first, last, shift in runs:
        if last > first and not shift:
            found["range4"].append((f"tcp . {first}-{last}", target))
            continue
        if last > first:
            found["shift4"].append((f"tcp . {first}-{last}", f"{target} . {first + shift}"))
        found["forward4"] += [(f"tcp . {port}", f"{target} . {port + shift}") for port in range(first, last + 1)]
    return {name: pairs for name, pairs in found.items() if pairs}


def _script(gone: dict[str, list[tuple[str, str]]], made: dict[str, list[tuple[str, str]]]) -> str:
    lines = [f"delete element {_TABLE} {name} {{ {', '.join(key for key, _value in pairs)} }}"
             for name, pairs in gone.items()]  # fmt: skip
    lines += [f"add element {_TABLE} {name} {{ {', '.join(f'{key} : {value}' for key, value in pairs)} }}"
              for name, pairs in made.items()]  # fmt: skip
    return "\n".join(lines) + "\n"


class _Files:
    """The files that the phases read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._setup = Phase("setup", [*ENGINE, "apply", self._file("none.json", json.dumps(options([], "")))])

    def _file(self, name: str, text: str) -> str:
        path = self._folder / name
        path.write_text(text)
        return str(path)

    def engine(self, runs: list[tuple[int, int, int]]) -> list[Phase]:
        """One run of the engine a phase."""
        wants = [options(runs, _TARGETS[0]), options(runs, _TARGETS[1]), options([], "")]
        files = [self._file(f"{name}.json", json.dumps(want)) for name, want in zip(PHASES, wants, strict=True)]
        return [self._setup, *(Phase(name, [*ENGINE, "apply", file]) for name, file in zip(PHASES, files, strict=True))]

    def nft(self, runs: list[tuple[int, int, int]]) -> list[Phase]:
        """One transaction a phase."""
        first, second = (elements(runs, target) for target in _TARGETS)
        texts = [_script({}, first), _script(first, second), _script(second, {})]
        files = [self._file(f"{name}.nft", text) for name, text in zip(PHASES, texts, strict=True)]
        return [self._setup, *(Phase(name, ["nft", "-f", file]) for name, file in zip(PHASES, files, strict=True))]


def measure(rounds: int, floor: Path) -> tuple[str, list[Check]]:
    """Run all cases, both sides in turns.

    :param floor: the program that waits for the kernel to settle.
    :returns: a table for people, and the check of each case.
    """
    lines = ["Port forwards, ms wall of whole processes: engine / nft -f = ratio", ""]
    lines.append(f"{'':<20}" + "".join(f"{phase:>30}" for phase in PHASES))
    found = []
    with tempfile.TemporaryDirectory(prefix="netns-lab-bench-") as folder:
        for case, runs in CASES.items():
            files = _Files(Path(folder))
            times: dict[str, list[dict[str, Time]]] = {"engine": [], "nft": []}
            for number in range(rounds + 1):
                for rival, phases in (("engine", files.engine(runs)), ("nft", files.nft(runs))):
                    taken = turn(phases, floor)
                    if number:  # the first one is not counted
                        times[rival].append(taken)
            cells, more = [], {}
            for phase in PHASES:
                ours, theirs = (median(each[phase].wall for each in times[rival]) for rival in ("engine", "nft"))
                more[phase] = median(each[phase].cpu for each in times["engine"])
                more[phase] -= median(each[phase].cpu for each in times["nft"])
                cells.append(f"{ours * 1000:.0f} / {theirs * 1000:.0f} = {ours / theirs:.2f}")
            lines.append(f"{case:<20}" + "".join(f"{cell:>30}" for cell in cells))
            figures = ", ".join(f"{phase} {seconds * 1000:+.0f} ms" for phase, seconds in more.items())
            bound = BOUND + SHIFTING * sum(last - first + 1 for first, last, shift in runs if shift)
            claim = f"forwards, {case}: at most {bound:.2f} s more than nft -f of the same"
            found.append(Check(claim, figures, max(more.values()) <= bound))
    return "\n".join(lines) + "\n", found


def main() -> int:
    parser = argparse.ArgumentParser(prog="forwards", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netns-lab-bench-") as folder:
        bytecode(Path(folder))
        shop = Workshop(Path(folder))
        shop.prepare()
        table, checks = measure(arguments.rounds, shop.floor)
    print(table)
    print("\n".join(f"{'PASS' if check.passed else 'FAIL'}  {check.claim}: {check.figures}" for check in checks))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TurnFailed as failure:
        sys.exit(f"forwards: {failure}")
