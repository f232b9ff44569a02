# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of throwaway hosts by real ssh: what each step costs, and what the controller is busy with.

    python tests/bench/fleet.py [--hosts 20] [--namespaces 2] [--forks 20] [--commands] [--tasks ROUNDS] [--json FILE]

Needs root. The hosts live in namespaces of their own and are removed at the end; --commands builds the same lab by one
ansible.builtin.command task a step too. --tasks compares single tasks with ping, with pipelining and without.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
GROUP = "bench"
SUBNET = "10.9.0.0/16"
#: namespaces of a lab of which every pair is probed
MESH = 4
#: seconds between two looks at the memory
LOOK = 0.5


@dataclass(frozen=True)
class Step:
    """A whole process: its wall time and CPU time in s, that of its children included, and its memory.

    :param memory: the most that its processes had at once, in MiB, shared pages divided among those who share them.
    """

    name: str
    forks: int
    wall: float
    cpu: float
    memory: float


class Fleet:
    """Throwaway hosts, and what is done with them.

    :param folder: where the playbooks are written.
    :param hosts: how many hosts.
    """

    def __init__(self, folder: Path, hosts: int) -> None:
        self._folder, self.hosts = folder, hosts
        self.steps: list[Step] = []
        self._inventory = folder / "inventory.yml"
        os.environ.update(
            ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".build"), ANSIBLE_HOME=str(folder / "home"), ANSIBLE_NOCOLOR="true",
            ANSIBLE_LOCALHOST_WARNING="false", ANSIBLE_INVENTORY_UNPARSED_WARNING="false",
            ANSIBLE_CONFIG=str(folder / "ansible.cfg"),
        )  # fmt: skip
        (folder / "ansible.cfg").touch()
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

    def machine(self, name: str, playbook: str) -> None:
        """A step on this machine: a playbook of the collection."""
        variables = {"test_hosts_name": GROUP, "test_hosts_count": self.hosts,
                     "test_hosts_inventory": str(self._inventory)}  # fmt: skip
        command = ["ansible-playbook", str(ROOT / "playbooks" / playbook), "-e", json.dumps(variables)]
        self._step(name, 1, command)

    def ping(self, name: str, forks: int) -> None:
        """The step with the least work on a host."""
        command = ["ansible", "-i", str(self._inventory), "all", "-f", str(forks), "-m", "ansible.builtin.ping"]
        self._step(name, forks, command)

    def play(self, name: str, tasks: list[dict[str, Any]], forks: int, changed: bool | None) -> None:
        """A step on all hosts: a play, and whether each host is to report a change (None: it does not matter)."""
        path = self._folder / "play.yml"
        path.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": tasks}], width=1000))
        said = self._step(name, forks, ["ansible-playbook", "-i", str(self._inventory), "-f", str(forks), str(path)])
        counts = [int(count) for count in re.findall(r"changed=(\d+) .*unreachable=0 +failed=0 ", said)]
        if len(counts) != self.hosts * bool(tasks) or (
            changed is not None and any(bool(count) != changed for count in counts)
        ):
            sys.exit(f"{name}: not as expected on every host\n{said[-3000:]}")

    def _step(self, name: str, forks: int, command: list[str]) -> str:
        with tempfile.TemporaryFile("w+") as out:
            begin = time.monotonic()
            process = subprocess.Popen([str(BIN / command[0]), *command[1:]], stdout=out, stderr=out,
                                       stdin=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
            memory = _Memory(process.pid)
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.monotonic() - begin
            out.seek(0)
            said = out.read()
        if process.returncode:
            sys.exit(f"{name}: {command}\n{said[-3000:]}")
        step = Step(name, forks, wall, usage.ru_utime + usage.ru_stime, memory.end())
        self.steps.append(step)
        print(f"{name:<34}{forks:>6}{wall:>9.1f}{step.cpu:>9.1f}{step.cpu / self.hosts:>12.3f}{step.memory:>9.0f}",
              flush=True)  # fmt: skip
        return said


class _Memory(threading.Thread):
    """Looks at the memory of a process and its descendants until its end."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process, self._most, self._over = process, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._over.wait(LOOK):
            self._most = max(self._most, sum(map(_resident, self._members())))

    def _members(self) -> list[int]:
        children: dict[int, list[int]] = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(path.name))
        found = [self._process]
        for process in found:
            found += children.get(process, [])
        return found

    def end(self) -> float:
        """The most, in MiB."""
        self._over.set()
        self.join()
        return self._most / 1024


def _resident(process: int) -> int:
    """Its proportional share of memory in KiB, 0 if it is over."""
    try:
        found = re.search(r"^Pss: +(\d+)", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def names(namespaces: int) -> list[str]:
    return [f"n{number}" for number in range(1, namespaces + 1)]


def role(namespaces: int, state: str = "present") -> list[dict[str, Any]]:
    """The lab by the role."""
    variables = {"bridge_nat_name": "fleet", "bridge_nat_subnet": SUBNET, "bridge_nat_state": state,
                 "bridge_nat_namespaces": names(namespaces)}  # fmt: skip
    return [{"name": "Lab", "ansible.builtin.import_role": {"name": "netns.lab.bridge_nat"}, "vars": variables}]


def commands(namespaces: int) -> list[dict[str, Any]]:
    """The same lab by one command a task, as tutorials have it, each batch for all namespaces in a loop."""
    lines = ["ip link add v-net-0 type bridge", "ip addr add 10.9.0.1/16 dev v-net-0", "ip link set v-net-0 up"]
    for number, name in enumerate(names(namespaces), 2):
        inside = f"ip -n {name}"
        lines += [
            f"ip netns add {name}",
            f"ip link add veth-{name} type veth peer name veth-{name}-br",
            f"ip link set veth-{name} netns {name}",
            f"ip link set veth-{name}-br master v-net-0",
            f"ip link set veth-{name}-br up",
            f"{inside} addr add 10.9.0.{number}/16 dev veth-{name}",
            f"{inside} link set veth-{name} up",
            f"{inside} link set lo up",
            f"{inside} route add default via 10.9.0.1",
        ]
    lines += [
        "sysctl -w net.ipv4.ip_forward=1",
        "nft add table ip lab",
        "nft add chain ip lab post { type nat hook postrouting priority 100 ; }",
        "nft add rule ip lab post ip saddr 10.9.0.0/16 ip daddr != 10.9.0.0/16 masquerade",
    ]
    return [{"ansible.builtin.command": {"argv": line.split()}} for line in lines]


def module(namespaces: int) -> list[dict[str, Any]]:
    """The lab by the module."""
    members = list(enumerate(names(namespaces), 2))
    lists = {
        "namespaces": names(namespaces),
        "bridges": [{"name": "v-net-0", "addresses": ["10.9.0.1/16"]}],
        "veths": [{"name": f"veth-{name}", "netns": name, "addresses": [f"10.9.{number >> 8}.{number & 255}/16"],
                   "peer": {"name": f"veth-{name}-br", "bridge": "v-net-0"}} for number, name in members],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
        "routes": [{"netns": name, "dst": "default", "gateway": "10.9.0.1"} for _number, name in members],
        "masquerades": [{"source": "10.9.0.0/16"}],
    }  # fmt: skip
    return [{"netns.lab.topology": {"name": "fleet", **lists}}]


def compare(fleet: Fleet, namespaces: int, forks: int, rounds: int) -> None:
    """What a task costs the controller for each host beside ping, a play without a task taken off."""
    ways = {"no task": [], "ping": [{"ansible.builtin.ping": {}}],
            "topology": module(namespaces), "role": role(namespaces)}  # fmt: skip
    fleet.play("the lab stands", ways["role"], forks, None)
    for pipelining in ("false", "true"):
        os.environ["ANSIBLE_PIPELINING"] = pipelining
        taken: dict[str, list[Step]] = {name: [] for name in ways}
        for _round in range(rounds):
            for name, tasks in ways.items():
                fleet.play(f"{name}, pipelining {pipelining}", tasks, forks, None)
                taken[name].append(fleet.steps[-1])
        cpu = {name: statistics.median(step.cpu for step in steps) for name, steps in taken.items()}
        print(f"pipelining {pipelining}: ms of CPU a host, beside ping; median wall s of the play")
        for name in ("ping", "topology", "role"):
            own = cpu[name] - cpu["no task"]
            beside = own / (cpu["ping"] - cpu["no task"])
            wall = statistics.median(step.wall for step in taken[name])
            print(f"  {name:<10}{1000 * own / fleet.hosts:>8.0f}  x {beside:.2f}{wall:>8.1f}", flush=True)
    del os.environ["ANSIBLE_PIPELINING"]


def prove(namespaces: int) -> list[dict[str, Any]]:
    """Every pair of a small lab. All hosts share one kernel and its neighbour table, so of a large one only a part."""
    if namespaces <= MESH:
        return [{"netns.lab.reachability": {"mesh": "fleet"}}]
    last = names(namespaces)[-1]
    pairs = [{"from": "n1", "to": f"10.9.0.{namespaces + 1}"}, {"from": last, "to": "10.9.0.1"}]
    return [{"netns.lab.reachability": {"expectations": pairs}}]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="fleet", description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=20, help="number of hosts (default: 20)")
    parser.add_argument("--namespaces", type=int, default=2, help="namespaces of the lab of each host (default: 2)")
    parser.add_argument("--forks", default="20", help="forks of Ansible, several by commas (default: 20)")
    parser.add_argument("--commands", action="store_true", help="the same lab by ansible.builtin.command tasks too")
    parser.add_argument("--tasks", type=int, default=0, metavar="ROUNDS", help="compare single tasks with ping")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there as well")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    load = os.getloadavg()[0]
    print(
        f"{arguments.hosts} hosts, labs of {arguments.namespaces} namespaces; {os.cpu_count()} CPUs, load {load:.1f}\n"
    )
    print(f"{'step':<34}{'forks':>6}{'wall s':>9}{'CPU s':>9}{'CPU s/host':>12}{'MiB':>9}")
    with tempfile.TemporaryDirectory(prefix="netns-lab-fleet-") as folder:
        fleet = Fleet(Path(folder), arguments.hosts)
        try:
            fleet.machine("hosts up", "test_hosts.yml")
            fleet.ping("ping, first connection", int(arguments.forks.split(",")[0]))
            for forks in map(int, () if arguments.tasks else arguments.forks.split(",")):
                fleet.ping("ping", forks)
                fleet.play("lab", role(arguments.namespaces), forks, True)
                fleet.play("lab, unchanged", role(arguments.namespaces), forks, False)
                fleet.play("lab, verified", prove(arguments.namespaces), forks, None)
                fleet.play("lab, removed", role(arguments.namespaces, "absent"), forks, True)
            if arguments.tasks:
                compare(fleet, arguments.namespaces, int(arguments.forks.split(",")[0]), arguments.tasks)
            if arguments.commands:
                tasks = commands(arguments.namespaces)
                fleet.play(f"lab by {len(tasks)} command tasks", tasks, int(arguments.forks.split(",")[0]), True)
        finally:
            fleet.machine("hosts down", "test_hosts_down.yml")
    walls = {step.name: step.wall for step in fleet.steps}
    slow = next((wall for name, wall in walls.items() if "command tasks" in name), None)
    if slow and "lab" in walls:
        print(f"\ncommand tasks beside the role: x {slow / walls['lab']:.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(step) for step in fleet.steps], indent=1) + "\n")


if __name__ == "__main__":
    main()
