# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module is asked to end, or killed, while it works.

A hangup, an interrupt or SIGTERM has it undone and told, a kill is healed by the next run. While it reads, plans or
waits any of them ends it at once, with an answer. A connection without a terminal is lost without any signal.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from ..support.dumps import assert_same
from ..support.host_groups import INVENTORY, named, processes, shell, until
from ..support.labs import Lab, absent, star
from ..support.network import ping
from ..support.sandbox import Sandbox

COUNT = 240
NAMES = tuple(f"n{number:03}" for number in range(1, COUNT + 1))
#: the tests themselves may run where a hangup is ignored, as under nohup(1), which is handed down
UNIGNORED = ("env", "--default-signal")
#: a shell test that becomes true in the midst of a build
MOMENTS = {
    "record": "[ -e /run/netns-lab/star.json ]",
    "namespaces": "[ -e /run/netns/n100 ]",
    "veth pairs": "[ -e /sys/class/net/veth-n120-br ]",
    "late-veth-pair": "[ -e /sys/class/net/veth-n210-br ]",
}


def big() -> Lab:
    """240 namespaces on a bridge, with forwarding and masquerade."""
    lab = star(NAMES, masquerades=[{"source": "10.9.0.0/16", "ip_forward": True}])
    lab["bridges"][0]["addresses"] = ["10.9.255.254/16"]
    for number, veth in enumerate(lab["veths"], 1):
        veth["addresses"] = [f"10.9.{number >> 8}.{number & 255}/16"]
    for route in lab["routes"]:
        route["gateway"] = "10.9.255.254"
    return lab


def _signal_when(sandbox: Sandbox, args: Lab, moment: str, signal: str) -> tuple[int, Path]:
    """Run topology in a session of its own, as sshd does, and send its processes a signal when a shell test holds.

    :returns: how the module ended (a shell's code), and the file with what it said.
    """
    argv, stdin = sandbox.start_module("topology", args, check=False, diff=False)
    parameters, said = sandbox.scratch / "parameters.json", sandbox.scratch / "out"
    parameters.write_text(stdin, encoding="utf-8")
    script = f"""
        set -m
        {shlex.join([*argv, str(parameters)])} >{said} 2>&1 &
        pid=$!
        until {{ {moment}; }} || ! kill -0 $pid; do :; done
        kill -{signal} -- -$pid || exit 99
        wait $pid
    """
    done = sandbox.run([*UNIGNORED, "bash", "-c", script], check=False)
    assert done.returncode != 99, f"it was over before: {said.read_text()} {done.stderr}"
    return done.returncode, said


def _lock_is_free(sandbox: Sandbox) -> None:
    sandbox.sh("if [ -e /run/netns-lab/lock ]; then flock --nonblock --exclusive /run/netns-lab/lock true; fi")


def _all_is_there(sandbox: Sandbox) -> None:
    assert sandbox.apply("topology", big())["plan"] == []
    assert sandbox.namespaces() == set(NAMES)
    assert len(sandbox.ip("link show master v-net-0")) == COUNT
    assert ping(sandbox, "n001", "10.9.0.240").answered


@pytest.mark.parametrize(("signal", "moment"), [("TERM", "record"), ("INT", "namespaces"), ("HUP", "late-veth-pair")])
def test_who_is_asked_to_end_undoes_and_says_so(sandbox: Sandbox, signal: str, moment: str) -> None:
    empty = sandbox.dump()
    code, said = _signal_when(sandbox, big(), MOMENTS[moment], signal)
    _is_undone(code, said, signal)
    _lock_is_free(sandbox)
    assert_same(empty, sandbox.dump())


def test_a_removal_that_is_asked_to_end_is_undone(sandbox: Sandbox) -> None:
    """The veth pairs are gone when the first namespace goes; they are created again."""
    sandbox.apply("topology", big())
    code, said = _signal_when(sandbox, absent(big()), "[ ! -e /run/netns/n001 ]", "TERM")
    _is_undone(code, said, "TERM")
    _lock_is_free(sandbox)
    _all_is_there(sandbox)


def _is_undone(code: int, said: Path, signal: str) -> None:
    answer = json.loads(said.read_text())
    assert code == 1 and answer["failed"], answer
    assert (answer["error"]["kind"], answer["error"]["found"]) == ("Interrupted", f"SIG{signal}")
    assert answer["error"]["rolled_back"] and "were rolled back" in answer["msg"], answer["error"]["left"]


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=list(MOMENTS))
def test_a_kill_of_all_its_processes_is_healed(sandbox: Sandbox, moment: str) -> None:
    empty = sandbox.dump()
    code, _said = _signal_when(sandbox, big(), moment, "KILL")
    assert code == 137
    _lock_is_free(sandbox)
    assert sandbox.apply("topology", big())["changed"]
    _all_is_there(sandbox)
    sandbox.apply("topology", absent(big()))
    assert_same(empty, sandbox.dump())


@pytest.mark.parametrize("signal", ["HUP", "INT", "TERM"])
@pytest.mark.parametrize("check", [False, True])
def test_who_waits_for_the_lock_ends_at_once(sandbox: Sandbox, signal: str, check: bool) -> None:
    """Only who works goes on: one that waits has done nothing yet, and says so."""
    sandbox.sh("mkdir -p /run/netns-lab")
    holder = sandbox.background(["flock", "/run/netns-lab/lock", "sh", "-c", "echo held; exec cat"])
    holder.wait_for("held")
    argv, stdin = sandbox.start_module("netns", {"name": "red"}, check=check, diff=False)
    parameters, said = sandbox.scratch / "parameters.json", sandbox.scratch / "out"
    parameters.write_text(stdin, encoding="utf-8")
    waits = 'grep -q "FLOCK.* $pid " /proc/locks'
    script = f"""
        set -m
        {shlex.join([*argv, str(parameters)])} >{said} & pid=$!
        until {waits}; do kill -0 $pid || exit 99; done
        kill -{signal} $pid; wait $pid
    """
    done = sandbox.run([*UNIGNORED, "bash", "-c", script], check=False, timeout=300)
    answer = json.loads(said.read_text())
    assert done.returncode == 1 and answer["failed"], done.stderr
    assert (answer["error"]["kind"], answer["error"]["found"]) == ("Interrupted", f"SIG{signal}")
    assert "Nothing was touched" in answer["msg"]
    holder.stop()
    assert sandbox.namespaces() == set()


def _over_ssh(sandbox: Sandbox) -> tuple[list[str], dict[str, str]]:
    """The command that builds the big lab on all throwaway hosts, and its environment."""
    play = sandbox.scratch / "play.json"
    tasks = [{"name": "Lab", "netns.lab.topology": big()}]
    play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    env = {"ANSIBLE_COLLECTIONS_PATH": str(sandbox.collections), "ANSIBLE_HOME": str(sandbox.scratch / "ansible"),
           "ANSIBLE_NOCOLOR": "true", "PYTHONPATH": ""}  # fmt: skip
    return [str(Path(sandbox.python).with_name("ansible-playbook")), "-i", INVENTORY, str(play)], env


@pytest.mark.root
@pytest.mark.parametrize("how", ["ssh-is-killed", "link-is-down"])
def test_ssh_is_lost_within_a_run(sandbox: Sandbox, how: str) -> None:
    """The real ssh of a throwaway host: what has begun goes to its end there, with nobody left to tell."""
    (host,) = sandbox.apply("test_hosts", {"hosts": named("far")})["hosts"]
    argv, env = _over_ssh(sandbox)
    command = ["env", *(f"{name}={value}" for name, value in env.items()), *argv]
    playbook = sandbox.background(command)
    until(lambda: shell(sandbox, host["pid"], "ls /run/netns/n100 2>/dev/null || true"), "the midst of the run")
    if how == "link-is-down":
        shell(sandbox, host["pid"], "ip link set mgmt0 down")
    ours = [line.split()[1] for line in processes(sandbox) if "ansible-playbook" in line or "ControlPath" in line]
    sandbox.sh(f"kill -KILL {' '.join(ours)} 2>/dev/null || true")
    playbook.stop()
    lock = "/run/netns-lab/lock"
    until(
        lambda: shell(sandbox, host["pid"], f"flock --nonblock {lock} echo free || true"), "the end of the module", 60
    )
    standing = shell(
        sandbox, host["pid"], "ls /run/netns | wc -l; ip -j link show master v-net-0 | grep -o ifname | wc -l"
    )
    assert standing.split() == [str(COUNT), str(COUNT)]
    shell(sandbox, host["pid"], "ip link set mgmt0 up")
    healed = sandbox.run(argv, env=env, check=False)
    assert healed.returncode == 0 and "changed=0 " in healed.stdout, healed.stdout + healed.stderr
    sandbox.apply("test_hosts", {"state": "absent"})
