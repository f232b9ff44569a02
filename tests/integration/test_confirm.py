# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that cuts off its own ssh session: the host undoes it by itself, and the play says so. By real ssh."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .support.dumps import assert_same
from .support.fabrics import INVENTORY, dump, named, shell, tree, until
from .support.labs import Lab
from .support.sandbox import PlaybookRun, Sandbox

pytestmark = pytest.mark.root

PEER = "10.254.0.1"
HOST = "10.254.0.2"
#: what cuts off the ssh of a throwaway host
CUTS: dict[str, Lab] = {
    "route": {"routes": [{"dst": f"{PEER}/32", "type": "blackhole"}]},
    "rule": {
        "routes": [{"dst": "default", "type": "blackhole", "table": "77"}],
        "rules": [{"priority": 7, "to": f"{PEER}/32", "table": "77"}],
    },
    "bridge": {"bridges": [{"name": "br0"}], "bridge_ports": [{"dev": "mgmt0", "bridge": "br0"}]},
    "port-forward": {
        "namespaces": [{"name": "red"}],
        "veths": [
            {"name": "to-red", "addresses": ["192.168.15.1/24"],
             "peer": {"name": "eth0", "netns": "red", "addresses": ["192.168.15.2/24"]}},
        ],
        "port_forwards": [{"protocol": "tcp", "port": "22", "to": "192.168.15.2:22"}],
    },
}  # fmt: skip


def play(sandbox: Sandbox, lab: Lab, *arguments: str, **more: Any) -> PlaybookRun:
    """Run one task of topology on the throwaway hosts."""
    task = {"name": "Lab", "netns.lab.topology": {"name": "cut", "allow_management": True, **lab, **more}}
    tasks = [task, {"name": "Afterwards", "ansible.builtin.raw": "true"}]
    text = json.dumps([{"hosts": "all:!localhost", "gather_facts": False, "tasks": tasks}])
    return sandbox.playbook(text, "-i", INVENTORY, *arguments, check=False)


def result(run: PlaybookRun) -> dict[str, Any]:
    """What the task returned."""
    (found,) = [task["result"] for task in run.tasks if task["task"] == "Lab"]
    return dict(found)


def traces(sandbox: Sandbox, pid: int) -> str:
    """What runs on the host for a plan, and the files of labs."""
    return shell(sandbox, pid, "ps -e -o args= | grep '[n]etns-lab/' || true; find /run/netns-lab -mindepth 1 2>/dev/null || true")


@pytest.mark.parametrize("cut", CUTS.values(), ids=list(CUTS))
def test_a_plan_that_cuts_off_its_own_ssh_is_undone(sandbox: Sandbox, cut: Lab) -> None:
    (host,) = sandbox.apply("test_hosts", {"hosts": named("far")})["hosts"]
    before = dump(sandbox, host["pid"])
    run = play(sandbox, cut, confirm_timeout=2)
    found = result(run)
    assert run.code == 2, run.output
    assert "the plan cut off this host: it undid it by itself after 2 s" in found["msg"], run.output
    assert (found["error"]["kind"], found["error"]["undone"], found["changed"]) == ("Unconfirmed", True, False)
    assert found["plan"]
    assert_same(before, dump(sandbox, host["pid"]))
    assert traces(sandbox, host["pid"]) == ""
    sandbox.apply("test_hosts", {"state": "absent"})
