# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role file_capabilities and the playbooks that grant and audit, over several hosts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ..support.sandbox import PlaybookRun, Sandbox

pytestmark = pytest.mark.root

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
#: names for one throwaway host, each with programs of its own
COUNT = 5


def tool(number: int, name: str = "tool") -> str:
    return f"/opt/host{number}/{name}"


@pytest.fixture
def fleet(host: Sandbox) -> list[str]:
    """The arguments that give a playbook its inventory."""
    host.sh(
        f"for n in $(seq {COUNT}); do mkdir /opt/host$n; for x in tool a b; do cp /bin/true /opt/host$n/$x; done; done"
    )
    hosts = {
        f"host{number}": {
            "file_capabilities_name": f"host{number}",
            "file_capabilities_files": [
                {"paths": [tool(number), tool(number, "a")], "capabilities": "cap_net_raw=ep", "why": "pings"},
                {"path": tool(number, "b"), "capabilities": "cap_kill=p"},
            ],
            "file_capabilities_audit_paths": [f"/opt/host{number}"],
        }
        for number in range(1, COUNT + 1)
    }
    inventory = host.scratch / "hosts.json"
    common = {"ansible_connection": "local", "ansible_become": False, "ansible_python_interpreter": host.python}
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": common}}))
    return ["-i", str(inventory), "--limit", "all,!localhost"]


def play(host: Sandbox, name: str, *arguments: str, check: bool = True) -> PlaybookRun:
    return host.playbook(PLAYBOOKS / f"{name}.yml", *arguments, check=check)


def granted(run: PlaybookRun) -> list[dict[str, Any]]:
    return [task["result"] for task in run.tasks if task["task"].endswith("Set the capabilities of the list")]


def test_a_fleet_is_granted_and_audited(host: Sandbox, fleet: list[str]) -> None:
    first = granted(play(host, "grant_capabilities", *fleet))
    assert len(first) == COUNT and all(result["changed"] for result in first)
    assert all(len([step for step in result["plan"] if step["kind"] == "file_capability"]) == 3 for result in first)
    shown = host.sh("getcap -r /opt").splitlines()
    assert len(shown) == 3 * COUNT and "/opt/host4/a cap_net_raw=ep" in shown

    report = host.scratch / "report.json"
    good = play(
        host, "audit_capabilities", *fleet, "-e", f"capabilities_report={report}", "-e", "capabilities_fail=true"
    )
    assert f"{COUNT} of {COUNT} hosts as listed" in good.output and good.changed == []

    host.sh("setcap cap_net_raw,cap_sys_admin=ep /opt/host4/a")
    before = host.sh("getcap -r /opt")
    found = play(host, "audit_capabilities", *fleet, "-e", f"capabilities_report={report}")
    lines = [line.split() for line in found.output.splitlines() if line.strip()]
    table = lines[next(index for index, line in enumerate(lines) if line[:1] == ["host"]) :]
    assert table[1] == ["host4", "different", "/opt/host4/a", "cap_net_raw,cap_sys_admin=ep", "cap_net_raw=ep"]
    assert table[2][1] == "ok" and f"{COUNT - 1} of {COUNT} hosts as listed" in found.output
    told = json.loads(report.read_text())
    assert told["differing"] == ["host4"] and len(told["as_listed"]) == COUNT - 1
    assert told["hosts"]["host4"]["different"][0]["found"] == "cap_net_raw,cap_sys_admin=ep"
    assert host.sh("getcap -r /opt") == before

    # a host that cannot be audited is in the table, and marked as the one that differs
    host.sh("rm -r /opt/host3")
    failed = play(host, "audit_capabilities", *fleet, "-e", "capabilities_fail=true", "-e",
                  f"capabilities_report={report}", check=False)  # fmt: skip
    assert failed.code != 0 and "host4: differs from the list" in failed.output
    recap = dict(re.findall(r"^(host\d+) +:.* failed=(\d)", failed.output, re.MULTILINE))
    assert len(recap) == COUNT and {name for name, count in recap.items() if count != "0"} == {"host3", "host4"}
    told = json.loads(report.read_text())
    assert set(told["differing"]) == {"host3", "host4"} and not told["hosts"]["host3"]["audited"]
    assert "/opt/host3" in told["hosts"]["host3"]["why"]
    assert re.search(r"^host3 +not audited +/opt/host3: ", failed.output, re.MULTILINE), failed.output


ROLE = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: The role
      ansible.builtin.import_role: {name: netns.lab.file_capabilities}
      vars:
        file_capabilities_audit_paths: [/opt]
        file_capabilities_audit: %s
        file_capabilities_prune: true
        file_capabilities_files: %s
"""


def test_the_role_audits_and_prunes(host: Sandbox) -> None:
    host.sh("for x in a b c; do cp /bin/true /opt/$x; done; setcap cap_chown=ep /opt/c")
    files = [{"path": f"/opt/{name}", "capabilities": "cap_kill=ep"} for name in "ab"]
    told = host.playbook(ROLE % ("report", json.dumps(files)))
    assert "unexpected  /opt/c" in told.output and "cap_chown=ep" in told.output
    failed = host.playbook(ROLE % ("fail", json.dumps(files)), check=False)
    assert failed.code != 0 and "localhost: 1 files have other capabilities" in failed.output
    host.sh("setcap -r /opt/c")
    assert host.playbook(ROLE % ("fail", json.dumps(files))).changed == []
    host.playbook(ROLE % ("none", json.dumps(files[:1])))
    assert host.sh("getcap -r /opt").split() == ["/opt/a", "cap_kill=ep"]


def test_the_role_says_what_is_wrong(host: Sandbox) -> None:
    wrong = host.playbook(
        ROLE % ("none", json.dumps([{"path": "/bin/true", "capabilities": "cap_kil=p"}])), check=False
    )
    assert wrong.code != 0 and "Did you mean cap_kill?" in wrong.output
