# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook drift: one table over hosts, an exit code, and nothing touched."""

from __future__ import annotations

import json
import re

import pytest

from ..conftest import ROOT
from ..support.dumps import assert_same
from ..support.host_groups import INVENTORY, named, shell
from ..support.sandbox import Sandbox

DRIFT, SITE = ROOT / "playbooks/drift.yml", ROOT / "playbooks/site.yml"
STORE, STORED = ("-e", "bridge_nat_persistence=true"), "/etc/netns-lab/labs/lab.json"
#: a host that nobody answers for
GONE = "gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n"


def _row(output: str, *words: str) -> bool:
    return any(re.search(r"\s+".join(map(re.escape, words)), line) for line in output.splitlines())


def _failed(output: str) -> set[str]:
    """The hosts that the recap marks."""
    recap = re.findall(r"^(\w+) +:.* failed=(\d)", output, re.MULTILINE)
    assert recap, output
    return {name for name, count in recap if count != "0"}


def test_drift_is_told_and_not_touched(host: Sandbox) -> None:
    sandbox = host
    nothing = sandbox.dump()
    fresh = sandbox.playbook(DRIFT, *STORE, "--tags", "lab", check=False)
    assert fresh.code == 2 and _row(fresh.output, "localhost", "create", "netns red", "does not exist")
    assert _row(fresh.output, "localhost", "create", f"file {STORED}", "does not exist")
    assert_same(nothing, sandbox.dump())
    sandbox.playbook(SITE, *STORE, "--tags", "lab")
    sandbox.sh(f"ip -n blue route del default; sysctl -qw net.ipv4.ip_forward=0; echo >>{STORED}")
    before = sandbox.dump()
    bad = sandbox.playbook(DRIFT, *STORE, check=False)
    assert bad.code == 2 and "localhost: not as described" in bad.output
    assert _row(bad.output, "localhost", "change", f"file {STORED}", "has other content")
    assert _row(bad.output, "localhost", "create", "route default in blue", "does not exist")
    assert _row(bad.output, "localhost", "change", "sysctl net.ipv4.ip_forward", "value is 0, expected 1")
    assert_same(before, sandbox.dump())
    sandbox.playbook(SITE, *STORE, "--tags", "lab")
    good = sandbox.playbook(DRIFT, *STORE, "--tags", "lab")
    assert good.code == 0
    assert _row(good.output, "localhost", "as described") and "1 of 1 hosts as described" in good.output

    # a host that is down is in the table, and so is one that fails
    inventory = sandbox.scratch / "inventory.ini"
    inventory.write_text(GONE, encoding="utf-8")
    down = sandbox.playbook(DRIFT, "-i", str(inventory), check=False)
    assert down.code != 0 and "1 of 2 hosts as described" in down.output
    assert _failed(down.output) == {"gone"}
    assert _row(down.output, "gone", "not known") and _row(down.output, "localhost", "as described")
    sandbox.sh("ip link del v-net-0; ip link add v-net-0 type ifb")
    failed = sandbox.playbook(DRIFT, check=False)
    assert failed.code == 2 and _row(failed.output, "localhost", "not known") and "v-net-0" in failed.output

    # no host to look at is a failure
    inventory.write_text("web ansible_connection=local\ndb ansible_connection=local\n", encoding="utf-8")
    for arguments, words in (
        (["-e", "lab_hosts=nobody"], "lab_hosts is nobody, which is no host."),
        (["-e", "lab_hosts=db", "--limit", "web"], "lab_hosts is db, which is no host within --limit."),
    ):
        done = sandbox.playbook(DRIFT, "-i", str(inventory), *arguments, check=False)
        assert done.code == 2 and words in done.output


@pytest.mark.root
def test_hosts_over_ssh_are_one_table(sandbox: Sandbox) -> None:
    hosts = sandbox.apply("test_hosts", {"hosts": named("one", "two", "three")})["hosts"]
    spread = [{"name": "red", "host": "one"}, {"name": "blue", "host": "two"}]
    lab = {"lab_name": "tiny", "lab_topology": {"namespaces": spread}, "lab_persistence": True}
    made = {host["name"]: host["pid"] for host in hosts}
    shell(sandbox, made["one"], "ip netns add red; ip -n red link set lo up")
    fleet = ("-i", INVENTORY, "-e", json.dumps({**lab, "lab_adopt": True, "lab_hosts": "test_hosts"}))
    sandbox.playbook(SITE, *fleet, "--tags", "lab", "--limit", "one")
    told = sandbox.playbook(DRIFT, *fleet, check=False)
    assert told.code == 2 and "2 of 3 hosts as described" in told.output and "two: not as described" in told.output
    assert _failed(told.output) == {"two"}, "the recap marks the hosts that differ"
    assert _row(told.output, "one", "as described")
    assert _row(told.output, "three", "as described"), "it has no part of the lab, and nothing to store"
    assert _row(told.output, "two", "create", "netns blue", "does not exist")
    assert _row(told.output, "two", "create", "file /etc/netns-lab/labs/tiny.json", "does not exist")
    alone = sandbox.playbook(DRIFT, *fleet, "--limit", "one")
    assert "1 of 1 hosts as described" in alone.output and not _row(alone.output, "two")
