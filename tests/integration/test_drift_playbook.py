# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook drift: one table over hosts, an exit code, and nothing touched."""

from __future__ import annotations

import re

from .conftest import ROOT
from .support.dumps import assert_same
from .support.fabrics import INVENTORY, named, shell
from .support.sandbox import Sandbox

DRIFT, SITE = ROOT / "playbooks/drift.yml", ROOT / "playbooks/site.yml"
#: a host that nobody answers for
GONE = "gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n"


def _row(output: str, *words: str) -> bool:
    return any(re.search(r"\s+".join(map(re.escape, words)), line) for line in output.splitlines())


def test_drift_of_what_stands_and_of_what_is_stored_is_told_and_not_touched(host: Sandbox) -> None:
    stored = ["-e", '{"bridge_nat_persistence": true}']
    nothing = host.dump()
    fresh = host.playbook(DRIFT, *stored, check=False)
    assert fresh.code == 2 and _row(fresh.output, "localhost", "create", "netns red", "does not exist")
    assert_same(nothing, host.dump())
    host.playbook(SITE, "--tags", "lab", *stored)
    good = host.playbook(DRIFT, *stored)
    assert _row(good.output, "localhost", "as described") and "1 of 1 hosts as described" in good.output
    host.sh("ip -n blue route del default; sysctl -qw net.ipv4.ip_forward=0")
    host.sh("rm /etc/netns-lab/labs/lab.json; echo '# theirs' >>/usr/local/sbin/netns-lab")
    before = host.dump()
    bad = host.playbook(DRIFT, *stored, check=False)
    assert bad.code == 2 and "localhost: not as described" in bad.output
    assert _row(bad.output, "localhost", "create", "route default in blue", "does not exist")
    assert _row(bad.output, "localhost", "change", "sysctl net.ipv4.ip_forward", "value is 0, wanted 1")
    assert _row(bad.output, "localhost", "create", "file /etc/netns-lab/labs/lab.json")
    assert _row(bad.output, "localhost", "change", "file /usr/local/sbin/netns-lab")
    assert_same(before, host.dump())
    host.playbook(SITE, "--tags", "lab", *stored)
    assert host.playbook(DRIFT, *stored).code == 0


def test_hosts_that_differ_that_fail_and_that_are_down_are_in_one_table(sandbox: Sandbox) -> None:
    hosts = sandbox.apply("test_hosts", {"hosts": named("good", "bad", "failed")})["hosts"]
    pids = {host["name"]: host["pid"] for host in hosts}
    fleet = ["-i", INVENTORY, "-e", "lab_hosts=all:!localhost"]
    sandbox.playbook(SITE, *fleet, "--tags", "lab")
    shell(sandbox, pids["bad"], "ip -n blue route del default")
    shell(sandbox, pids["failed"], "ip link del v-net-0; ip link add v-net-0 type ifb")
    (sandbox.scratch / "gone.ini").write_text(GONE, encoding="utf-8")
    told = sandbox.playbook(DRIFT, *fleet, "-i", str(sandbox.scratch / "gone.ini"), check=False)
    assert told.code != 0 and "1 of 4 hosts as described" in told.output
    assert _row(told.output, "bad", "create", "route default in blue", "does not exist")
    assert _row(told.output, "failed", "not known") and "v-net-0" in told.output
    assert _row(told.output, "gone", "not known") and _row(told.output, "good", "as described")
    one = sandbox.playbook(DRIFT, *fleet, "--limit", "good", "--tags", "lab")
    assert "1 of 1 hosts as described" in one.output
    none = sandbox.playbook(DRIFT, "-i", INVENTORY, "-e", "lab_hosts=goood", check=False)
    assert none.code != 0 and "goood" in none.output, none.output
