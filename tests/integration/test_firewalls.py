# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs on hosts whose firewalls drop forwarded packets: by real rules, real programs and packets."""

from __future__ import annotations

import pytest

from .support.dumps import assert_same
from .support.firewalls import DOCKER, DOCKER_28, OPEN, open_paths, rules_of_others, warnings, without_handles
from .support.labs import absent, bridge_nat
from .support.network import Outside
from .support.sandbox import Sandbox


@pytest.mark.parametrize(
    ("rules", "tool"),
    [(DOCKER, "iptables-nft"), (DOCKER_28, "iptables-legacy")],
    ids=["docker-20-nft", "docker-28-legacy"],
)
def test_docker_lets_a_lab_through_and_is_as_before(sandbox: Sandbox, outside: Outside, rules: str, tool: str) -> None:
    sandbox.run([f"{tool}-restore"], stdin=rules)
    before, dump = rules_of_others(sandbox), sandbox.dump()
    lab = bridge_nat()
    closed = sandbox.apply("topology", {**lab, "provider": "nftables"})
    assert rules_of_others(sandbox) == before
    assert open_paths(sandbox) == {**OPEN, "ns to ns": False, "ns to outside": False, "outside to ns": False}
    warned = warnings(closed)
    assert "v-net-0 cannot reach the outside from 192.168.15.0/24: Docker drops its packets" in warned
    assert f"table filter of {tool}, chain FORWARD, policy DROP" in warned
    assert sandbox.apply("topology", {**lab, "provider": "nftables"})["changed"] is False
    opened = sandbox.apply("topology", lab)
    assert not warnings(opened) and {step["kind"] for step in opened["plan"]} == {"admission"}
    assert open_paths(sandbox) == OPEN
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.sh(f"(echo '*filter'; {tool}-save | sed -n '/netns-lab/s/-A/-D/p'; echo COMMIT) | {tool}-restore -n")
    assert rules_of_others(sandbox) == before
    assert sandbox.apply("topology", lab)["changed"] is True
    assert open_paths(sandbox) == OPEN
    sandbox.apply("topology", absent(lab))
    assert rules_of_others(sandbox) == before
    assert_same(without_handles(dump), without_handles(sandbox.dump()))
