# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step that the kernel refuses in the middle: what was done is undone. A kill at any step: the next run heals."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do
from ..support.dumps import assert_same, comparable
from ..support.labs import Lab, absent, bridge_nat, change, star
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox

OWN_GATEWAY = {"routes.1.gateway": "127.0.0.1", "routes.1.dev": "lo", "routes.1.onlink": True}
#: what the kernel says no to, each at another stage: (changes to the lab, what the message names)
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "sysctl of a namespace": ({"namespaces.1.sysctls": {"net.ipv4.ip_default_ttl": "300"}}, "net.ipv4.ip_default_ttl"),
    "sysctl of the host": ({"sysctls.+": {"name": "net.ipv4.ip_default_ttl", "value": "300"}}, "ip_default_ttl"),
    "sysctl that namespaces lack": (
        {"sysctls.+": {"netns": "blue", "name": "net.core.netdev_max_backlog", "value": "999"}}, "netdev_max_backlog"),
    "IPv6 on a link that is too small for it": (
        {"addresses": [{"netns": "blue", "dev": "veth-blue", "address": "fd00::1/64"}],
         "veths.1.mtu": 1000}, "fd00::1"),
    "gateway that is its own": (OWN_GATEWAY, "route default in blue"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=[name.replace(" ", "-") for name in REFUSED])
def test_a_failed_build_leaves_nothing(sandbox: Sandbox, outside: Outside, case: tuple[dict[str, Any], str]) -> None:
    changes, word = case
    before = sandbox.dump()
    result = sandbox.module("topology", change(bridge_nat(), changes))
    assert result.get("failed"), result
    assert word in result["msg"], result["msg"]
    assert result["error"]["remedy"] and result["error"]["found"]
    assert_same(before, sandbox.dump())
    assert ping(sandbox, "", "192.168.1.3").answered


def test_one_name_of_many_that_cannot_be_had_leaves_none(sandbox: Sandbox) -> None:
    sandbox.sh("mkdir /run/netns; mount -t tmpfs -o nr_inodes=40 tmpfs /run/netns")
    before = sandbox.dump()
    result = sandbox.module("topology", {"namespaces": [{"name": f"n{number}"} for number in range(60)]})
    assert result.get("failed"), result
    assert "netns n" in result["msg"] and "No space left on device" in result["msg"], result["msg"]
    assert_same(before, sandbox.dump())


@pytest.mark.parametrize("case", REFUSED.values(), ids=[name.replace(" ", "-") for name in REFUSED])
def test_a_failed_change_leaves_the_lab_as_it_was(sandbox: Sandbox, case: tuple[dict[str, Any], str]) -> None:
    changes, _word = case
    lab = bridge_nat(masquerades=[{"source": "192.168.15.0/24", "exclude": ["10.0.0.0/8"]}])
    sandbox.apply("topology", lab)
    before = comparable(sandbox.dump())
    worse = change(lab, {"bridges.+": {"name": "v-net-1", "addresses": ["10.77.0.1/24"]}, **changes})
    result = sandbox.module("topology", worse)
    assert result.get("failed"), result
    assert_same(before, comparable(sandbox.dump()))
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert_nothing_to_do(sandbox, "topology", lab)


def test_a_veth_pair_whose_move_fails_is_put_back(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    before = comparable(sandbox.dump())
    worse = change(bridge_nat(), {"veths.0.peer.name": "new-br", "namespaces.+": {"name": "green"},
                                  "port_forwards": [], **OWN_GATEWAY})  # fmt: skip
    result = sandbox.module("topology", worse)
    assert result.get("failed") and "route default in blue" in result["msg"], result
    assert_same(before, comparable(sandbox.dump()))
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert_nothing_to_do(sandbox, "topology", bridge_nat())


def test_a_single_module_that_fails_leaves_nothing(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    result = sandbox.module("netns", {"name": "red", "hosts": "x\n", "sysctls": {"net.ipv4.ip_default_ttl": "300"}})
    assert result["error"]["kind"] == "Kernel" and "300" in result["msg"], result
    assert_same(before, sandbox.dump())


BROKEN_NFT = """#!/bin/sh
case "$*" in
    *-f*) echo 'Error: Could not process rule: No space left on device' >&2; exit 1 ;;
    *) exec /run/.sandbox/nft "$@" ;;
esac
"""


def _replace_nft(sandbox: Sandbox, script: str) -> None:
    """Put a script in nft's place; the real one stays at /run/.sandbox/nft."""
    path = sandbox.scratch / "nft"
    path.write_text(script, encoding="ascii")
    path.chmod(0o755)
    real = sandbox.sh("command -v nft").strip()
    sandbox.sh(f"touch /run/.sandbox/nft; mount --bind {real} /run/.sandbox/nft; mount --bind {path} {real}")


def test_when_nft_fails_everything_before_it_is_undone(sandbox: Sandbox) -> None:
    _replace_nft(sandbox, BROKEN_NFT)
    before = sandbox.dump()
    result = sandbox.module("topology", bridge_nat())
    assert result.get("failed") and "No space left on device" in result["msg"], result
    assert result["error"]["kind"] == "Kernel"
    assert_same(before, sandbox.dump())


MANY = tuple(f"ns{number:02}" for number in range(1, 41))
#: a shell test that becomes true in the midst of a build or of a removal
MOMENTS = {
    "namespaces": "set -- /run/netns/ns*; [ -e $1 ] && [ $# -ge 10 ]",
    "last namespace": "[ -e /run/netns/ns40 ]",
    "bridge": "[ -e /sys/class/net/v-net-0 ]",
    "veth pairs": "[ -e /sys/class/net/veth-ns20-br ]",
    "last veth pair": "[ -e /sys/class/net/veth-ns40-br ]",
    "forwarding": "read v </proc/sys/net/ipv4/ip_forward; [ $v = 1 ]",
}
REMOVAL_MOMENTS = {
    "forwarding": "read v </proc/sys/net/ipv4/ip_forward; [ $v = 0 ]",
    "veth pairs": "[ ! -e /sys/class/net/veth-ns20-br ]",
    "namespaces": "set -- /run/netns/ns*; [ $# -le 30 ]",
}


def _many() -> Lab:
    return star(
        MANY,
        masquerades=[{"source": "192.168.15.0/24", "ip_forward": True}],
        port_forwards=[{"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"}],
        bridges=[{"name": "v-net-0", "addresses": ["192.168.15.250/24"]}],
        routes=[{"netns": name, "dst": "default", "gateway": "192.168.15.250"} for name in MANY],
    )


def _kill_when(sandbox: Sandbox, args: Lab, moment: str) -> None:
    """Run topology and kill it, with no chance to clean up, as soon as a shell test holds."""
    argv, stdin = sandbox.start_module("topology", args, check=False, diff=False)
    parameters = sandbox.scratch / "parameters.json"
    parameters.write_text(stdin, encoding="utf-8")
    script = f"""
        {shlex.join([*argv, str(parameters)])} >{sandbox.scratch}/out 2>&1 &
        pid=$!
        until {{ {moment}; }} || ! kill -0 $pid; do :; done
        kill -KILL $pid
        wait $pid
    """
    done = sandbox.run(["sh", "-c", script], check=False)
    assert done.returncode == 137, f"it was over before: {(sandbox.scratch / 'out').read_text()} {done.stderr}"


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[name.replace(" ", "-") for name in MOMENTS])
def test_a_killed_build_is_healed_by_the_next_run(sandbox: Sandbox, moment: str) -> None:
    empty = sandbox.dump()
    _kill_when(sandbox, _many(), moment)
    sandbox.apply("topology", _many())
    assert_nothing_to_do(sandbox, "topology", _many())
    assert ping(sandbox, "ns01", "192.168.15.40").answered
    sandbox.apply("topology", absent(_many()))
    assert_same(empty, sandbox.dump())


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=[name.replace(" ", "-") for name in MOMENTS])
def test_a_killed_build_can_be_taken_away(sandbox: Sandbox, moment: str) -> None:
    empty = sandbox.dump()
    _kill_when(sandbox, _many(), moment)
    sandbox.apply("topology", absent(_many()))
    assert_same(empty, sandbox.dump())


@pytest.mark.parametrize("moment", REMOVAL_MOMENTS.values(), ids=list(REMOVAL_MOMENTS))
def test_a_killed_removal_is_finished_by_the_next_run(sandbox: Sandbox, moment: str) -> None:
    empty = sandbox.dump()
    sandbox.apply("topology", _many())
    _kill_when(sandbox, absent(_many()), moment)
    sandbox.apply("topology", absent(_many()))
    assert_same(empty, sandbox.dump())


HANGING_NFT = """#!/bin/sh
case "$*" in
    *-f*) touch /run/.sandbox/now; sleep 60 ;;
    *) exec /run/.sandbox/nft "$@" ;;
esac
"""


def test_a_build_killed_within_nft_is_healed_too(sandbox: Sandbox) -> None:
    empty = sandbox.dump()
    _replace_nft(sandbox, HANGING_NFT)
    _kill_when(sandbox, bridge_nat(), "[ -e /run/.sandbox/now ]")
    sandbox.sh("umount -l $(command -v nft); umount -l /run/.sandbox/nft; rm -f /run/.sandbox/nft /run/.sandbox/now")
    sandbox.apply("topology", bridge_nat())
    assert ping(sandbox, "red", "192.168.15.2").answered
    sandbox.apply("topology", absent(bridge_nat()))
    assert_same(empty, sandbox.dump())


def test_a_damaged_record_is_named_and_nothing_is_touched(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    (record,) = (line.split()[0] for line in sandbox.dump()["records"])
    sandbox.sh(f"echo '{json.dumps({'half': 1})}' >/run/netns-lab/{record}")
    before = sandbox.dump()
    result = sandbox.module("topology", bridge_nat())
    assert result.get("failed") and result["error"]["kind"] == "Conflict", result
    assert_same(before, sandbox.dump())
