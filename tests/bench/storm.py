# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts the packets of a lab that nobody uses: N namespaces on one bridge can send N x N multicasts of IPv6.

    python tests/bench/storm.py [--seconds 60] [--namespaces 1000] [--tutorial] [--json FILE] [--strict]

The engine builds the lab on a throwaway host (or ip does, as tutorials say: --tutorial); the counters of the bridge, of
its ports and of IPv6 in every namespace are read when it stands, and again after the time given.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lab
from rivals import ENGINE
from sandbox import SANDBOX

_CLONE_NEWNET = 0x40000000
_INSIDE = "NETNS_LAB_STORM_INSIDE"
_SNMP6 = ("Ip6InMcastPkts", "Ip6OutMcastPkts")
#: packets that a namespace may be sent in a minute without being asked: the bridge's own queries, a few of its port
_QUIET = 50

_LIBC = ctypes.CDLL(None, use_errno=True)

Counters = dict[str, int]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="storm", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to count (default: 60)")
    parser.add_argument("--namespaces", type=int, default=1000, metavar="N", help="size of the lab (default: 1000)")
    parser.add_argument("--tutorial", action="store_true", help="let single ip commands build the lab (N up to 100)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the counters there as well")
    parser.add_argument("--strict", action="store_true", help="end with 1 if there is a storm")
    return parser.parse_args()


def main() -> int:
    arguments = parse()
    if _INSIDE not in os.environ:
        argv = [SANDBOX, sys.executable, __file__, *sys.argv[1:]]
        return subprocess.run(argv, check=False, env={**os.environ, _INSIDE: "1"}).returncode
    _build(arguments.namespaces, arguments.tutorial)
    first = counters(arguments.namespaces)
    time.sleep(arguments.seconds)
    last = counters(arguments.namespaces)
    print(f"{arguments.namespaces} namespaces, {arguments.seconds:g} s")
    print(f"{'':<44}{'since made':>14}{'meanwhile':>14}")
    for name, value in last.items():
        print(f"{name:<44}{value:>14,}{value - first[name]:>14,}")
    each = last["ports: sent into namespaces"] / arguments.namespaces
    quiet = each <= _QUIET
    print(f"{'PASS' if quiet else 'FAIL'}  no storm: {each:.1f} packets a namespace (at most {_QUIET})")
    if arguments.json:
        arguments.json.write_text(json.dumps({"when it stood": first, "at the end": last}, indent=1) + "\n")
    return int(arguments.strict and not quiet)


def _build(count: int, tutorial: bool) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(lab.script(lab.commands(count)) if tutorial else json.dumps(lab.options(count)))
        file.flush()
        subprocess.run(["sh", file.name] if tutorial else [*ENGINE, "apply", file.name], check=True, stdout=sys.stderr)


def counters(count: int) -> Counters:
    """Packets by place since the lab was made; on the host's side, then IPv6 inside all namespaces."""
    found = dict.fromkeys(
        (
            "bridge: received",
            "bridge: of these multicast",
            "bridge: sent",
            "ports: received from namespaces",
            "ports: sent into namespaces",
            "ports: dropped",
        ),
        0,
    )
    for line in Path("/proc/self/net/dev").read_text().splitlines()[2:]:
        name, _colon, rest = line.partition(":")
        numbers = [int(text) for text in rest.split()]
        if name.strip() == lab.BRIDGE:
            found["bridge: received"] += numbers[1]
            found["bridge: of these multicast"] += numbers[7]
            found["bridge: sent"] += numbers[9]
        elif name.strip() != "lo":
            found["ports: received from namespaces"] += numbers[1]
            found["ports: sent into namespaces"] += numbers[9]
            found["ports: dropped"] += numbers[3] + numbers[11]
    return {**found, **_six(count)}


def _six(count: int) -> Counters:
    found = dict.fromkeys((f"IPv6 in namespaces: {name}" for name in _SNMP6), 0)
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        for number in range(1, count + 1):
            _enter_name(f"/run/netns/ns{number}")
            for line in Path("/proc/thread-self/net/snmp6").read_text().splitlines():
                name, value = line.split()
                if name in _SNMP6:
                    found[f"IPv6 in namespaces: {name}"] += int(value)
    finally:
        _enter(home)
        os.close(home)
    return found


def _enter_name(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(descriptor)
    finally:
        os.close(descriptor)


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


if __name__ == "__main__":
    sys.exit(main())
