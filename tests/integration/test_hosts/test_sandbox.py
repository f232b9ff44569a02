# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox itself: apart from the machine, with an outside that plays its part, gone with its test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ..conftest import PYTHONS
from ..support.dumps import assert_same, difference
from ..support.labs import bridge_nat
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Launcher, Sandbox


def _identity(path: str) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def test_a_sandbox_has_its_own_network_and_no_way_out(sandbox: Sandbox) -> None:
    assert _identity(f"/proc/{sandbox.pid}/ns/net") != _identity("/proc/self/ns/net")
    assert [link["ifname"] for link in sandbox.ip("link")] == ["lo"]
    assert sandbox.ip("route show table main") == []
    assert "unreachable" in ping(sandbox, "", "192.0.2.1").text


def test_files_of_a_sandbox_are_its_own(sandbox: Sandbox) -> None:
    here = [Path("/run/netns/only-inside"), Path("/etc/netns/only-inside")]
    sandbox.sh("ip netns add only-inside; mkdir -p /etc/netns/only-inside; echo x >/etc/netns/only-inside/hosts")
    assert sandbox.namespaces() == {"only-inside"}
    assert not [path for path in here if path.exists()]


def test_a_sandbox_ends_with_all_its_processes(
    collections: Path, launchers: Callable[[str], Launcher], tmp_path: Path
) -> None:
    with contextlib.closing(Sandbox(collections, tmp_path, launchers(PYTHONS[0]))) as fresh:
        server = serve(fresh, "", 80)
        assert ask(fresh, "", "127.0.0.1", 80) == "127.0.0.1"
        pid = fresh.pid
    assert not Path(f"/proc/{pid}").exists()
    assert server.process.poll() is not None


def test_a_dump_is_the_same_twice_and_sees_every_kind_of_change(sandbox: Sandbox, outside: Outside) -> None:
    before = sandbox.dump()
    sandbox.sh("true")
    assert_same(before, sandbox.dump())
    for change in (
        "ip link add br9 type bridge",
        "ip address add 192.168.1.9/24 dev eth0",
        "ip route add 198.51.100.0/24 via 192.168.1.3 table 7",
        "ip rule add fwmark 1 table 7",
        "nft add table inet foreign",
        "sysctl -w net.ipv4.ip_forward=1",
        "ip netns add extra",
        "mkdir -p /etc/netns/extra",
        "mount --bind /run /mnt",
    ):
        sandbox.sh(change)
        after = sandbox.dump()
        assert difference(before, after) != "", change
        before = after


def test_the_outside_answers_the_lan_and_nothing_else(sandbox: Sandbox, outside: Outside) -> None:
    assert ping(sandbox, "", "192.168.1.3").answered
    assert ping(sandbox, "", "8.8.8.8").answered
    assert ping(sandbox, OUTSIDE, "192.168.1.2").answered
    sandbox.sh("ip address add 192.168.15.5/24 dev lo")
    serve(sandbox, OUTSIDE, 80)
    assert ask(sandbox, "", "192.168.1.3", 80) == "192.168.1.2"
    assert ask(sandbox, "", "192.168.1.3", 80, source="192.168.15.5", timeout=0.3) == "ETIMEDOUT"


def test_a_module_runs_the_same_in_an_interpreter_of_its_own(sandbox: Sandbox, python: str) -> None:
    """Other tests run modules by a fork that has all libraries loaded; Ansible itself starts an interpreter."""
    lab = bridge_nat()
    forked = sandbox.module("topology", lab, check=True, diff=True)
    started = sandbox.module("topology", lab, check=True, diff=True, wrapper=["env"])
    assert forked["plan"]
    assert {**forked, "invocation": None} == {**started, "invocation": None}
    assert sandbox.module("topology", lab, wrapper=["env"])["changed"] is True
    assert sandbox.module("topology", lab)["changed"] is False
