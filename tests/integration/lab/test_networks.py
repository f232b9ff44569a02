# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record is about one network: that of the host, and that of a namespace that a run is started in, are kept apart."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

LAB: dict[str, Any] = {"name": "same", "bridges": [{"name": "br7", "addresses": ["10.7.0.1/24"]}]}
GONE = {"name": "same", "state": "absent"}


@pytest.mark.parametrize(
    "inside", [["ip", "netns", "exec", "far"], ["nsenter", "--net=/run/netns/far"]], ids=["ip", "nsenter"]
)
def test_one_name_on_the_host_and_inside(sandbox: Sandbox, inside: list[str]) -> None:
    sandbox.sh("ip netns add far")
    before = sandbox.dump()
    sandbox.apply("topology", LAB)
    other = {**LAB, "bridges": [{"name": "br8"}], "sysctls": [{"name": "net.ipv4.ip_forward", "value": 1}]}
    done = sandbox.apply("topology", other, wrapper=inside)
    assert [step["object"] for step in done["plan"]] == ["net.ipv4.ip_forward", "br8"]
    assert sandbox.apply("topology", other, wrapper=inside)["plan"] == []
    assert sandbox.apply("topology", LAB)["plan"] == []
    assert sandbox.link("br7") and sandbox.link("br8", "far") and not sandbox.link("br7", "far")
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"

    found = [str(sandbox.apply("topology_info", {}, **how)["labs"]) for how in ({}, {"wrapper": inside})]
    assert [("br7" in text, "br8" in text) for text in found] == [(True, False), (False, True)]

    sandbox.apply("topology", GONE, wrapper=inside)
    assert sandbox.link("br7") and not sandbox.link("br8", "far")
    assert sandbox.sysctl("net.ipv4.ip_forward", "far") == "0"
    sandbox.apply("topology", GONE)
    assert_same(before, sandbox.dump())


def test_names_of_namespaces_are_the_host_s(sandbox: Sandbox) -> None:
    """A run inside shares /run/netns: what it makes there is known outside as somebody else's, and goes last."""
    sandbox.sh("unshare --net sh -c 'touch /run/far && mount --bind /proc/self/ns/net /run/far'")
    inside = ["nsenter", "--net=/run/far"]
    before = sandbox.dump()
    lab = {"name": "one", "namespaces": [{"name": "red"}]}
    sandbox.apply("topology", lab, wrapper=inside)
    found = sandbox.module("topology", {**lab, "name": "two"})
    assert found["failed"] and "lab one (of another network" in found["msg"]
    sandbox.apply("topology", {"name": "two", "namespaces": [{"name": "blue"}]})
    sandbox.apply("topology", {"name": "one", "state": "absent"}, wrapper=inside)
    assert sandbox.namespaces() == {"blue"}
    sandbox.apply("topology", {"name": "two", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_records_of_a_network_that_is_gone_go_with_the_next_run(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    sandbox.sh("ip netns add far")
    sandbox.apply("topology", LAB, wrapper=["ip", "netns", "exec", "far"])
    sandbox.sh("ip netns delete far; umount /run/netns; rmdir /run/netns")
    sandbox.apply("topology", LAB)
    sandbox.apply("topology", GONE)
    assert_same(before, sandbox.dump())
