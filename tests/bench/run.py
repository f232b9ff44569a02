# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds, repeats and removes the lab by every rival, side by side, and prints medians, their ratios and the checks.

    python tests/bench [--rounds 5] [--sizes 2,10,100,1000] [--json FILE] [--strict] [--quick] [--slow]

Rounds are interleaved (A B C, A B C, ...) after one that is not counted. Every turn has a fresh throwaway host.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import checks
import forwards
import growth
import lab
import parity
import report
from measures import Measures
from rivals import ANSIBLE, Workshop
from sandbox import Phase, TurnFailed, bytecode, turn

#: size at which the playbook is held against looped tasks
LOOPED = 50
#: size of the lab of which every pair is probed
MESH = 100
#: sizes of the labs that grow; growth.py goes on to 10,000
GROWTH = [10, 100, 1000]


@dataclass(frozen=True)
class Entry:
    """A rival's part in one size: its phases and how often it runs (the first round, not counted, is for the fast)."""

    name: str
    phases: list[Phase]
    rounds: int
    warm: bool = True


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds (default: 5)")
    parser.add_argument("--sizes", default="2,10,100,1000", help="numbers of namespaces (default: 2,10,100,1000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all times and checks there as well")
    parser.add_argument("--strict", action="store_true", help="end with 1 if a check fails")
    parser.add_argument("--quick", action="store_true", help="without ip, ip -batch, looped tasks and growth")
    parser.add_argument("--slow", action="store_true", help="ip, command by command, also at 1000 (a minute a round)")
    return parser.parse_args()


def main() -> int:
    arguments = parse()
    os.environ.update(ANSIBLE)
    measures = Measures()
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="netns-lab-bench-") as folder:
        bytecode(Path(folder))
        shop = Workshop(Path(folder))
        shop.prepare()
        same = parity.same(shop)
        for size in sorted(int(text) for text in arguments.sizes.split(",")):
            run_size(measures, shop, size, entries(shop, size, arguments))
        run_size(measures, shop, LOOPED, looped(shop, arguments))
        run_size(measures, shop, 1, single(shop, arguments.rounds))
        progress("port forwards")
        table, ranges = forwards.measure(arguments.rounds, shop.floor)
        times = {} if arguments.quick else growth.measure(growth.LABS, GROWTH, 1, shop.floor)
        progress("")
    load.append(os.getloadavg()[0])
    machine = f"{os.cpu_count()} CPUs, Linux {platform.release()}, Python {platform.python_version()}"
    machine += f", load {load[0]:.1f} before and {load[1]:.1f} after"
    results = [same, *checks.checks(measures), *ranges, *growth.checks(times)]
    print(f"{table}\n{growth.text(times)}\n\n{report.text(measures, results, machine)}")
    if arguments.json:
        found = {**report.data(measures, results, machine), "growth": growth.data(times)}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return int(arguments.strict and not all(check.passed for check in results))


def entries(shop: Workshop, size: int, arguments: argparse.Namespace) -> list[Entry]:
    """Who runs at a size."""
    rounds = arguments.rounds
    found = [
        Entry("floor", shop.floor_phases(size), rounds),
        Entry("engine", shop.engine_phases(size), rounds),
        Entry("playbook", shop.playbook_phases(size), rounds),
    ]
    if size == MESH:
        found.append(Entry("mesh playbook", shop.mesh_phases(size), rounds))
    if not arguments.quick:
        found.append(Entry("ip -batch", shop.batch_phases(size), rounds if size <= 100 else min(rounds, 3), warm=False))
        if size <= 100 or arguments.slow:
            found.append(Entry("ip", shop.ip_phases(size), min(rounds, 3) if size <= 100 else 1, warm=False))
    return found


def looped(shop: Workshop, arguments: argparse.Namespace) -> list[Entry]:
    """The playbook beside looped tasks, which take more than a minute."""
    found = [Entry("playbook", shop.playbook_phases(LOOPED), arguments.rounds)]
    if not arguments.quick:
        found.append(Entry("looped tasks", shop.looped_phases(LOOPED), 1, warm=False))
    return found


def single(shop: Workshop, rounds: int) -> list[Entry]:
    """Single calls of a module of our own beside as many of one that does nothing, each in one play."""
    nothing, names = [{}] * lab.CALLS, [{"name": f"ns{number}"} for number in range(lab.CALLS)]
    return [
        Entry("calls ping", shop.module_phases("ansible.builtin.ping", nothing, 0), rounds),
        Entry("calls netns", shop.module_phases("netns.lab.netns", names, lab.CALLS), rounds),
    ]


def run_size(measures: Measures, shop: Workshop, size: int, found: list[Entry]) -> None:
    """All rounds of one size."""
    for number in range(max(entry.rounds for entry in found) + 1):
        for entry in found:
            counted = number > 0
            if number > entry.rounds or not (counted or entry.warm):
                continue
            progress(f"{size} namespaces, round {number} of {entry.rounds}: {entry.name}")
            times = turn(entry.phases, shop.floor)
            if counted:
                measures.add(entry.name, size, times)
    progress("")


def progress(text: str) -> None:
    """Say on a terminal what goes on."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TurnFailed as failure:
        sys.exit(f"bench: {failure}")
