# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays over many hosts: serial, strategies, --limit, a host that cannot, one task a host."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from ..support.dumps import assert_same
from ..support.sandbox import PlaybookRun, Sandbox

COUNT = 6
NAMES = [f"host{number:02}" for number in range(1, COUNT + 1)]
PLAY = """
- hosts: all
  gather_facts: false
  %s
  tasks:
    - name: Lab
      netns.lab.topology:
        name: "{{ inventory_hostname }}"
        state: "{{ state | default('present') }}"
        namespaces: "{{ spaces }}"
        bridges: [{name: "br-{{ number }}", addresses: ["10.{{ number }}.0.1/24"]}]
    - name: Next
      ansible.builtin.debug: {msg: "{{ inventory_hostname }}"}
"""


def play(sandbox: Sandbox, keywords: str, *arguments: str, check: bool = True, **more: Any) -> PlaybookRun:
    """A lab for each of six names; all of them are this host, so that their runs meet in its lock."""
    hosts = {name: {"number": number, "spaces": [{"name": f"ns-{number}"}]} for number, name in enumerate(NAMES, 1)}
    for name, variables in more.items():
        hosts[name].update(variables)
    inventory = sandbox.scratch / "hosts.json"
    common = {"ansible_connection": "local", "ansible_python_interpreter": sandbox.python}
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}), encoding="utf-8")
    limit = () if "--limit" in arguments else ("--limit", "all,!localhost")
    return sandbox.playbook(PLAY % keywords, "-i", str(inventory), *limit, *arguments, check=check)


def spaces(*numbers: int) -> set[str]:
    return {f"ns-{number}" for number in numbers}


@pytest.mark.parametrize("keywords", ["strategy: free", "serial: 2"])
def test_each_host_gets_its_lab_by_one_task(sandbox: Sandbox, keywords: str) -> None:
    before = sandbox.dump()
    built = play(sandbox, keywords, "--forks", "6")
    assert Counter(task["task"] for task in built.tasks) == {"Lab": COUNT, "Next": COUNT}
    assert built.changed == ["Lab"] * COUNT
    assert sandbox.namespaces() == spaces(*range(1, COUNT + 1))
    assert play(sandbox, keywords).changed == []
    for name in NAMES:
        sandbox.apply("topology", {"name": name, "state": "absent"})
    assert_same(before, sandbox.dump())


def test_limit_touches_no_other_host(sandbox: Sandbox) -> None:
    assert play(sandbox, "", "--limit", "host02,host03,host04").changed == ["Lab"] * 3
    assert sandbox.namespaces() == spaces(2, 3, 4)
    play(sandbox, "", "--limit", "host03,host04", "-e", "state=absent")
    assert sandbox.namespaces() == spaces(2)


def test_a_host_that_fails_fails_alone(sandbox: Sandbox) -> None:
    wrong = {"spaces": [{"name": "has space"}]}
    run = play(sandbox, "strategy: free", check=False, host05=wrong)
    assert run.code != 0
    assert sandbox.namespaces() == spaces(*range(1, COUNT + 1)) - spaces(5)
    assert [task["result"]["error"]["kind"] for task in run.tasks if task["ended"] == "failed"] == ["InvalidArgument"]
    assert play(sandbox, "").changed == ["Lab"]
    assert sandbox.namespaces() == spaces(*range(1, COUNT + 1))


def test_a_batch_that_fails_stops_the_next_ones(sandbox: Sandbox) -> None:
    """With ``serial``, max_fail_percentage keeps a mistake from spreading over the fleet."""
    wrong = {"spaces": [{"name": "has space"}]}
    run = play(sandbox, "serial: 2\n  max_fail_percentage: 0", check=False, host03=wrong)
    assert run.code != 0
    assert sandbox.namespaces() == spaces(1, 2, 4)
