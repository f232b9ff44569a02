# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two to eight processes at once, on the same lab and on labs of their own: no error, no leak, no lost update."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ..support.dumps import assert_same, comparable
from ..support.faulty import NOTHING, Faulty
from ..support.labs import Lab
from ..support.sandbox import Sandbox

FORWARD = "net.ipv4.ip_forward"


def _lab(number: int, size: int) -> Lab:
    """A lab apart from the others but for forwarding, the nft table and /run/netns."""
    names, net = [f"n{number}{letter}" for letter in "ab"[:size]], f"10.{number}.0"
    return {
        "name": f"lab{number}",
        "namespaces": [{"name": name} for name in names],
        "bridges": [{"name": f"br{number}", "addresses": [f"{net}.254/24"]}],
        "veths": [
            {"name": f"eth{name}", "netns": name, "addresses": [f"{net}.{host}/24"],
             "peer": {"name": f"p{name}", "bridge": f"br{number}"}}
            for host, name in enumerate(names, 1)
        ],
        "masquerades": [{"source": f"{net}.0/24", "ip_forward": True}],
        "port_forwards": [{"protocol": "tcp", "port": str(8000 + number), "to": f"{net}.1:80"}],
    }  # fmt: skip


def _storm(sandbox: Sandbox, processes: int, rounds: int, same: bool) -> int:
    """Let processes build, change and remove, each as it comes to; then all is built, and all is taken away.

    :returns: how often something was changed.
    """
    empty = comparable(sandbox.dump())
    engines = [Faulty(sandbox) for _number in range(processes)]

    def run(number: int) -> int:
        chance = random.Random(number)
        mine = 1 if same else number + 1
        changed = 0
        for _round in range(rounds):
            wanted: Lab = chance.choice([_lab(mine, 1), _lab(mine, 2), {**NOTHING, "name": f"lab{mine}"}])
            answer: dict[str, Any] = engines[number].run(wanted)
            assert answer["error"] is None, answer["text"]
            changed += answer["changed"]
        engines[number].apply(_lab(mine, 2))
        return changed

    with ThreadPoolExecutor(processes) as pool:
        changed = sum(pool.map(run, range(processes)))
    labs = 1 if same else processes
    assert len(sandbox.namespaces()) == 2 * labs and sandbox.sysctl(FORWARD) == "1"
    assert len(sandbox.ip("link show type veth")) == 2 * labs
    assert sum("masquerade" in str(item) and "10." in str(item) for item in sandbox.nft() if "rule" in item) == labs
    for number in range(labs):
        assert sandbox.sysctl(FORWARD) == "1"
        engines[number].apply({**NOTHING, "name": f"lab{number + 1}"})
    assert sandbox.sysctl(FORWARD) == "0"
    assert_same(empty, comparable(sandbox.dump()))
    return changed


@pytest.mark.parametrize("same", [True, False], ids=["same-lab", "labs-of-their-own"])
def test_processes_at_once(sandbox: Sandbox, same: bool) -> None:
    assert _storm(sandbox, 3, 5, same) > 3


@pytest.mark.soak
@pytest.mark.parametrize("same", [True, False], ids=["same-lab", "labs-of-their-own"])
@pytest.mark.parametrize("processes", [2, 4, 8])
def test_processes_at_once_for_500_rounds(sandbox: Sandbox, processes: int, same: bool) -> None:
    print(f"{processes} processes, 500 rounds each: {_storm(sandbox, processes, 500, same)} changes")
