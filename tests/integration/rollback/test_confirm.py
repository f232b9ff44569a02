# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that cuts off its own ssh session: the host undoes it by itself, and the play says so. By real ssh."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.dumps import assert_same
from ..support.host_groups import INVENTORY, dump, files, named, processes, shell, tree, until
from ..support.labs import Lab, absent, star
from ..support.sandbox import PlaybookRun, Sandbox

pytestmark = pytest.mark.root

PEER = "10.254.0.1"
FORWARDED: Lab = {
    "namespaces": [{"name": "red"}],
    "veths": [
        {
            "name": "to-red",
            "addresses": ["192.168.15.1/24"],
            "peer": {"name": "eth0", "netns": "red", "addresses": ["192.168.15.2/24"]},
        }
    ],
    "port_forwards": [{"protocol": "tcp", "port": "22", "to": "192.168.15.2:22"}],
}
#: what cuts off the ssh of the throwaway host of this name
CUTS: dict[str, Lab] = {
    "route": {"routes": [{"dst": f"{PEER}/32", "type": "blackhole"}]},
    "rule": {
        "routes": [{"dst": "default", "type": "blackhole", "table": "77"}],
        "rules": [{"priority": 7, "to": f"{PEER}/32", "table": "77"}],
    },
    "bridge": {"bridges": [{"name": "br0", "up": False}], "bridge_ports": [{"dev": "mgmt0", "bridge": "br0"}]},
    "address": {"addresses": [{"dev": "mgmt0", "address": f"{PEER}/16"}]},
    "forward": FORWARDED,
    # ssh itself gives up on the connection before the host has healed
    "impatient": {"routes": [{"dst": f"{PEER}/32", "type": "unreachable"}]},
}
#: what touches the ssh session of a throwaway host and is fine
FINE: Lab = {"bridges": [{"name": "br0"}], "bridge_ports": [{"dev": "mgmt0", "bridge": "br0"}]}
#: what a lab that stands has beside it: no process, its record and the host's lock
STANDS = ["/run/netns-lab", "/run/netns-lab/cut.json", "/run/netns-lab/lock"]
#: where a host with a lab keeps the code of the modules
CODE = "/run/netns-lab-code"
LISTS = ("namespaces", "bridges", "veths", "bridge_ports", "addresses", "routes", "rules", "port_forwards")


def play(sandbox: Sandbox, labs: dict[str, Lab], *arguments: str, **options: Any) -> PlaybookRun:
    """Run one task of topology on the throwaway hosts, each with its own lab, and then another task."""
    lists = {name: f"{{{{ labs[inventory_hostname].{name} | default(omit) }}}}" for name in LISTS}
    args = {"name": "cut", "allow_management": True, **lists, **options}
    tasks = [{"name": "Lab", "netns.lab.topology": args}, {"name": "Afterwards", "ansible.builtin.raw": "true"}]
    impatient = "-o ServerAliveInterval=1 -o ServerAliveCountMax=1"
    variables = {
        "labs": labs,
        "ansible_ssh_extra_args": f"{{{{ '{impatient}' if inventory_hostname == 'impatient' else '' }}}}",
    }
    found = [{"hosts": list(labs), "gather_facts": False, "vars": variables, "tasks": tasks}]
    return sandbox.playbook(json.dumps(found), "-i", INVENTORY, "--forks", "8", *arguments, check=False)


def results(run: PlaybookRun) -> dict[str, dict[str, Any]]:
    """What the task returned, by host."""
    return {task["host"]: task["result"] for task in run.tasks if task["task"] == "Lab"}


def traces(sandbox: Sandbox, pid: int) -> str:
    """What there is of labs on a host: processes and files."""
    look = "ps -e -o args= | grep '[n]etns-lab/' || true; find /run/netns-lab* 2>/dev/null || true"
    return shell(sandbox, pid, look)


def test_plans_that_cut_off_their_own_ssh_are_undone(sandbox: Sandbox) -> None:
    hosts = {host["name"]: host["pid"] for host in sandbox.apply("test_hosts", {"hosts": named(*CUTS)})["hosts"]}
    before = {name: dump(sandbox, pid) for name, pid in hosts.items()}
    run = play(sandbox, CUTS, confirm_timeout=3)
    found = results(run)
    assert run.code == 2 and "unreachable=1" not in run.output and "Afterwards" not in run.output, run.output
    for name, pid in hosts.items():
        assert "no new connection within 3 s; the host rolled the plan back" in found[name]["msg"], run.output
        error = found[name]["error"]
        assert (error["kind"], error["rolled_back"], found[name]["changed"]) == ("Unconfirmed", True, False)
        assert_same(before[name], dump(sandbox, pid))
        assert traces(sandbox, pid) == ""
    sandbox.apply("test_hosts", {"state": "absent"})


def test_a_plan_that_touches_the_session_and_is_fine_is_confirmed(sandbox: Sandbox) -> None:
    (host,) = sandbox.apply("test_hosts", {"hosts": named("far")})["hosts"]
    pid = host["pid"]
    before = dump(sandbox, pid)
    planned = results(play(sandbox, {"far": FINE}, "--check"))["far"]
    assert planned["confirm"]["armed"] is False and planned["confirm"]["timeout"] == 60
    assert_same(before, dump(sandbox, pid))
    run = play(sandbox, {"far": FINE})
    confirm = results(run)["far"]["confirm"]
    assert run.code == 0, run.output
    assert (confirm["confirmed"], confirm["armed"], confirm["timeout"]) == (True, False, 60)
    assert confirm["reason"] == "link mgmt0 carries your SSH session"
    assert [each for each in traces(sandbox, pid).split() if CODE not in each] == STANDS
    assert "confirm" not in results(play(sandbox, {"far": FINE}))["far"]  # nothing to do, nothing to confirm
    gone = results(play(sandbox, {"far": {}}, state="absent"))["far"]
    assert gone["confirm"]["confirmed"] is True
    assert_same(before, dump(sandbox, pid))
    assert traces(sandbox, pid) == ""
    assert "confirm" not in results(play(sandbox, {"far": star(("red",))}))["far"]  # ssh does not go by it
    asynchronous = {"hosts": "far", "gather_facts": False, "tasks": [
        {"netns.lab.topology": {"confirm_timeout": 5}, "async": 10, "poll": 1}]}  # fmt: skip
    refused = sandbox.playbook(json.dumps([asynchronous]), "-i", INVENTORY, check=False)
    assert "confirm_timeout: expected a task that its play waits for" in refused.output
    sandbox.apply("test_hosts", {"state": "absent"})


def test_who_comes_while_a_plan_waits(sandbox: Sandbox) -> None:
    """The module alone, without the action that confirms: as if the controller was lost."""
    empty, nobody = sandbox.dump(), processes(sandbox)
    lab = {**star(("red",)), "confirm_timeout": 8}
    armed = sandbox.apply("topology", lab)["confirm"]
    assert armed["armed"] is True and armed["timeout"] == 8
    other = {**star(("blue",), name="other"), "lock_timeout": 0}
    busy = sandbox.module("topology", other)["error"]
    assert (busy["kind"], busy["object"]) == ("Conflict", "this host")
    assert "the plan of lab star" in busy["found"]
    look = sandbox.apply("topology_confirm", {"name": "star"})
    assert (look["state"], look["id"]) == ("armed", armed["id"])
    wrong = sandbox.module("topology_confirm", {"name": "star", "id": "another"})
    assert wrong["error"]["kind"] == "Unconfirmed"
    # waits until it is undone, and then tells of it
    again = sandbox.apply("topology", {**star(("red",)), "lock_timeout": 60})
    assert again["changed"] and "no new connection within 8 s; the host rolled the plan back" in json.dumps(
        again["warnings"]
    )
    assert "waited for the plan of lab star" in json.dumps(again["warnings"])
    late = sandbox.module("topology_confirm", {"name": "star", "id": armed["id"]})
    assert late["error"]["kind"] == "Unconfirmed"
    sandbox.apply("topology", absent(lab))
    assert_same(empty, sandbox.dump())
    until(lambda: processes(sandbox) == nobody, "the end of all processes")
    assert [path for path in files(sandbox) if "netns" in path] == []


def test_a_plan_whose_process_was_killed_stands(sandbox: Sandbox) -> None:
    lab = {**star(("red",)), "confirm_timeout": 600}
    armed = sandbox.apply("topology", lab)["confirm"]
    sandbox.sh("pkill -TERM -f '[n]etns-lab/star.confirm/program'")
    until(lambda: "program" not in " ".join(processes(sandbox)), "its end")
    done = sandbox.apply("topology_confirm", {"name": "star", "id": armed["id"]})
    assert "was killed: the plan stands" in json.dumps(done["warnings"])
    assert sandbox.namespaces() == {"red"}
    assert [path for path in files(sandbox) if "confirm" in path] == []


def test_a_run_that_was_killed_is_taken_back_by_its_description(sandbox: Sandbox) -> None:
    """Nothing says that the plan was carried out to its end: the host goes back to what the lab was before."""
    sandbox.apply("topology", star(("red",)))
    before = sandbox.dump()
    sandbox.apply("topology", {**star(("red", "blue", "green")), "confirm_timeout": 2})
    sandbox.sh("rm /run/netns-lab/star.confirm/applied")
    until(lambda: "star.undone" in sandbox.sh("ls /run/netns-lab"), "the end of its time")
    assert_same(before, sandbox.dump())
    assert sandbox.module("topology", star(("red",)))["changed"] is False


def test_this_machine_has_nothing_to_confirm(sandbox: Sandbox) -> None:
    cut = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [{"name": "Lab", "netns.lab.topology": star(("red",))}]}
    ]
    run = sandbox.playbook(json.dumps(cut), SSH_CONNECTION="192.168.15.77 50000 192.168.15.5 22")
    assert "confirm" not in results(run)["localhost"]
    cut[0]["tasks"][0]["netns.lab.topology"] = {**absent(star(("red",))), "confirm_timeout": 30}  # type: ignore[index]
    asked = results(sandbox.playbook(json.dumps(cut)))["localhost"]
    assert asked["confirm"]["confirmed"] is True and asked["confirm"]["reason"] is None


def test_with_systemd_it_is_a_transient_unit(sandbox: Sandbox) -> None:
    folder, why = tree()
    if why:
        pytest.skip(why)
    entry = {"name": "far", "init": "systemd", "tree": str(folder)}
    (host,) = sandbox.apply("test_hosts", {"hosts": [entry]})["hosts"]
    pid = host["pid"]
    before = dump(sandbox, pid)
    seen = "systemctl list-units --all --plain --no-legend 'netns-lab-confirm-*'"
    run = play(sandbox, {"far": CUTS["route"]}, confirm_timeout=3)
    assert "no new connection within 3 s; the host rolled the plan back" in results(run)["far"]["msg"], run.output
    assert "Rolls back the plan of lab cut" in shell(sandbox, pid, "journalctl -b --no-pager")
    assert_same(before, dump(sandbox, pid))
    assert results(play(sandbox, {"far": FINE}))["far"]["confirm"]["confirmed"] is True
    until(lambda: shell(sandbox, pid, seen) == "", "the end of the unit")
    assert [each for each in traces(sandbox, pid).split() if CODE not in each] == STANDS
    sandbox.apply("test_hosts", {"state": "absent"})
