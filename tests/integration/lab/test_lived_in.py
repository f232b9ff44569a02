# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine that is lived in: with namespaces, files of /etc/netns, our own command, a stored lab and one that stands.

A small part of these tests runs on it, inside a sandbox, twice at once: what they find must not depend on the machine,
nor on each other.
"""

from __future__ import annotations

import sys

import pytest

from ..conftest import ROOT
from ..support.dumps import assert_same
from ..support.labs import bridge_nat
from ..support.sandbox import Sandbox

#: one that removes /etc/netns, one that stores a lab, one with throwaway hosts, and what users play in
TESTS = (
    "lab/test_drift.py::test_one_run_repairs_and_the_next_is_empty[hosts folder deleted]",
    "boot/test_persistence.py::test_the_program_builds_plans_tells_and_takes_away",
    "test_hosts/test_test_hosts.py::test_host_groups_stand_beside_each_other",
    "test_hosts/test_tool_sandbox.py::test_a_lab_can_be_made_there_and_the_machine_does_not_see_it[self]",
    "test_hosts/test_tool_sandbox.py::test_a_lab_can_be_made_there_and_the_machine_does_not_see_it[ordinary user]",
)
LIVED_IN = """
ip netns add already
mkdir -p /etc/netns/already
echo nameserver 192.0.2.53 >/etc/netns/already/resolv.conf
ip link add name veth0 type veth peer name veth0 netns already
sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
nft add table inet mine
"""


@pytest.mark.root
def test_tests_pass_on_a_machine_that_is_lived_in(sandbox: Sandbox) -> None:
    sandbox.sh(LIVED_IN)
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("persistence", {"name": "star"})
    machine, files = sandbox.dump(), sandbox.sh("find /etc /usr/local /var/lib -xdev | sort")
    names = [f"tests/integration/{test}" for test in TESTS]
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--durations=5",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
    ]
    env = {"NETNS_LAB_PYTHONS": sandbox.python, "PYTHONPATH": "", "PYTEST_ADDOPTS": "", "TMPDIR": "/tmp"}
    once = f'cd {ROOT} && "$@" --basetemp="$out/$run" >"$out/$run.out" 2>&1'
    script = f'out=$1; shift; for run in one two; do ({once}) & done; wait; tail -n 60 "$out"/*.out'
    done = sandbox.run(["sh", "-c", script, "sh", str(sandbox.scratch), *argv, *names], env=env, timeout=600)
    assert done.stdout.count(f"\n{len(TESTS)} passed") == 2, done.stdout
    assert_same(machine, sandbox.dump())
    assert sandbox.sh("find /etc /usr/local /var/lib -xdev | sort") == files
