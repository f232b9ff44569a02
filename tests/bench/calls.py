# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task of each module costs beside one of ping: the first one on a host, and each further one.

    python tests/bench/calls.py [--rounds 3] [--tasks 10] [--only netns,veth]

Plays of one task, and of as many more, run in turn on one throwaway host where what they ask for stands already. The
first task of a play finds no code on the host.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PING = "ping"
#: where a host keeps the collection's code
CODE = Path("/run/netns-lab-code")
#: each module with options that ask for what stands, in the order in which it comes
TASKS: dict[str, dict[str, Any]] = {
    "netns": {"name": "red"},
    "bridge": {"name": "br0", "addresses": ["10.9.0.1/24"]},
    "veth": {"name": "eth0", "netns": "red", "peer": {"name": "port0"}},
    "bridge_port": {"dev": "port0", "bridge": "br0"},
    "netns_address": {"dev": "eth0", "netns": "red", "address": "10.9.0.2/24"},
    "netns_route": {"dst": "default", "netns": "red", "gateway": "10.9.0.1"},
    "netns_rule": {"netns": "red", "priority": 100, "from": "10.9.0.2", "table": 100},
    "netns_sysctl": {"netns": "red", "name": "net.ipv4.ip_forward", "value": "1"},
    "vxlan": {"name": "vx0", "id": 42, "local": "10.9.0.1", "remotes": ["10.9.0.9"]},
    "nat_masquerade": {"source": "10.9.0.0/24", "netns": "red"},
    "port_forward": {"protocol": "tcp", "port": "8080", "to": "10.9.0.1:80", "netns": "red"},
    "topology": {"name": "other", "namespaces": [{"name": "blue"}]},
    "topology_info": {},
    "doctor": {},
    "reachability": {"expectations": [{"from": "red", "to": "10.9.0.1"}]},
    "file_capability": {"path": "/opt/bench-ping", "capabilities": "cap_net_raw+ep"},
}


class Cost(NamedTuple):
    """Seconds of one play."""

    cpu: float
    wall: float


def main() -> int:
    """Start a throwaway host, or be what runs on it."""
    parser = argparse.ArgumentParser(prog="calls", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds (default: 3)")
    parser.add_argument("--tasks", type=int, default=10, help="further tasks of a play (default: 10)")
    parser.add_argument("--only", default=",".join(TASKS), help="modules (default: all)")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.inside:
        command = [ROOT / "tools/sandbox", sys.executable, *sys.argv, "--inside"]
        return subprocess.run(command, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="netns-lab-calls-") as folder:
        measure(arguments, Path(folder))
    return 0


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    """Run the plays, and print the table.

    :param arguments: of the command.
    :param folder: a temporary directory.
    """
    shutil.copy("/bin/true", TASKS["file_capability"]["path"])
    play(folder, [task(name) for name in TASKS])
    names = [PING, *arguments.only.split(",")]
    one: dict[str, list[Cost]] = {name: [] for name in names}
    many: dict[str, list[Cost]] = {name: [] for name in names}
    for number in range(arguments.rounds + 1):
        for name in names:
            shutil.rmtree(CODE, ignore_errors=True)
            first = play(folder, [task(name)])
            all_of_them = play(folder, [task(name)] * (arguments.tasks + 1))
            if number:
                one[name].append(first)
                further = ((each - less) / arguments.tasks for each, less in zip(all_of_them, first, strict=True))
                many[name].append(Cost(*further))
    print(f"{'':<16}{'first, ms more than ping':>34}{'further, ms':>24}{'x ping':>16}")
    print(f"{'':<16}{'CPU':>24}{'wall':>10}{'CPU':>14}{'wall':>10}{'CPU':>9}{'wall':>7}")
    for name in names:
        more = [middle(one[name], at) - middle(one[PING], at) for at in (0, 1)]
        each = [middle(many[name], at) for at in (0, 1)]
        ratio = [each[at] / middle(many[PING], at) for at in (0, 1)]
        print(
            f"{name:<16}{1000 * more[0]:>24.0f}{1000 * more[1]:>10.0f}{1000 * each[0]:>14.0f}{1000 * each[1]:>10.0f}",
            end="",
        )
        print(f"{ratio[0]:>9.2f}{ratio[1]:>7.2f}")


def middle(costs: list[Cost], at: int) -> float:
    """The median of CPU (0) or wall (1) seconds."""
    return median(cost[at] for cost in costs)


def task(name: str) -> dict[str, Any]:
    """A task of a module."""
    return {"ansible.builtin.ping": {}} if name == PING else {f"netns.lab.{name}": TASKS[name]}


def play(folder: Path, tasks: list[dict[str, Any]]) -> Cost:
    """Run a play.

    :param folder: a temporary directory.
    :param tasks: its tasks.
    :raises SystemExit: if a task fails.
    """
    path = folder / "play.json"
    path.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(["ansible-playbook", path], env=os.environ, capture_output=True, text=True, check=False)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


if __name__ == "__main__":
    sys.exit(main())
