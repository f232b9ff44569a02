# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook drift: one table over hosts, an exit code, and nothing touched."""

from __future__ import annotations

import re

from .conftest import ROOT
from .support.dumps import assert_same
from .support.sandbox import Sandbox

DRIFT, SITE = ROOT / "playbooks/drift.yml", ROOT / "playbooks/site.yml"
#: a host that nobody answers for
GONE = "gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1\n"


def _row(output: str, *words: str) -> bool:
    return any(re.search(r"\s+".join(map(re.escape, words)), line) for line in output.splitlines())


def test_drift_is_told_and_not_touched(sandbox: Sandbox) -> None:
    nothing = sandbox.dump()
    fresh = sandbox.playbook(DRIFT, check=False)
    assert fresh.code == 2 and _row(fresh.output, "localhost", "create", "netns red", "does not exist")
    assert_same(nothing, sandbox.dump())
    sandbox.playbook(SITE, "--tags", "lab")
    good = sandbox.playbook(DRIFT)
    assert _row(good.output, "localhost", "as described") and "1 of 1 hosts as described" in good.output
    sandbox.sh("ip -n blue route del default; sysctl -qw net.ipv4.ip_forward=0")
    before = sandbox.dump()
    bad = sandbox.playbook(DRIFT, check=False)
    assert bad.code == 2 and "localhost: not as described" in bad.output
    assert _row(bad.output, "localhost", "create", "route default in blue", "does not exist")
    assert _row(bad.output, "localhost", "change", "sysctl net.ipv4.ip_forward", "value is 0, wanted 1")
    assert_same(before, sandbox.dump())
    sandbox.playbook(SITE, "--tags", "lab")
    assert sandbox.playbook(DRIFT).code == 0


def test_a_host_that_is_down_and_one_that_fails_are_in_the_table(sandbox: Sandbox) -> None:
    sandbox.playbook(SITE, "--tags", "lab")
    inventory = sandbox.scratch / "inventory.ini"
    inventory.write_text(GONE, encoding="utf-8")
    down = sandbox.playbook(DRIFT, "-i", str(inventory), check=False)
    assert down.code != 0 and "1 of 2 hosts as described" in down.output
    assert _row(down.output, "gone", "not known") and _row(down.output, "localhost", "as described")
    sandbox.sh("ip link del v-net-0; ip link add v-net-0 type ifb")
    failed = sandbox.playbook(DRIFT, check=False)
    assert failed.code == 2 and _row(failed.output, "localhost", "not known") and "v-net-0" in failed.output
