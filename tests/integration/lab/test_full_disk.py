# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host without room: the error says what is full, nothing half-made is left, and one run heals it."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do
from ..support.dumps import assert_same, comparable
from ..support.labs import absent, bridge_nat, change, star
from ..support.network import ping
from ..support.sandbox import Sandbox

#: a file system of its own in the place of a folder, with room for some pages and inodes
SMALL = "mkdir -p {0}; mount -t tmpfs -o size=64k,nr_inodes=64,mode=755 tmpfs {0}"
FILL = "dd if=/dev/zero of={0}/filling bs=4k 2>/dev/null || true"
FILL_INODES = "i=0; while : 2>/dev/null >{0}/filling$i; do i=$((i+1)); done || true"


def _fill(sandbox: Sandbox, folder: str, how: str = FILL) -> None:
    sandbox.run(["sh", "-c", how.format(folder)], check=False)


@pytest.mark.parametrize("how", [FILL, FILL_INODES], ids=["bytes", "inodes"])
@pytest.mark.parametrize(
    ("module", "args"), [("topology", bridge_nat()), ("netns", {"name": "red"})], ids=["topology", "netns"]
)
def test_no_room_for_the_record(sandbox: Sandbox, module: str, args: dict[str, Any], how: str) -> None:
    sandbox.sh(SMALL.format("/run/netns-lab"))
    before = sandbox.dump()
    _fill(sandbox, "/run/netns-lab", how)
    full = sandbox.dump()
    result = sandbox.module(module, args)
    assert result.get("failed") and result["error"]["kind"] == "Kernel", result
    assert "/run/netns-lab/" in result["msg"] and "No space left on device" in result["msg"]
    assert "is full: make room there" in result["error"]["remedy"]
    assert_same(full, sandbox.dump(), "something was made all the same")
    sandbox.sh("rm -f /run/netns-lab/filling*")
    assert sandbox.apply(module, args)["changed"]
    assert_nothing_to_do(sandbox, module, args)
    sandbox.apply(module, {**args, "state": "absent"})
    assert_same(before, sandbox.dump())


@pytest.mark.parametrize("how", [FILL, FILL_INODES], ids=["bytes", "inodes"])
def test_no_room_for_the_record_of_a_change(sandbox: Sandbox, how: str) -> None:
    sandbox.sh(SMALL.format("/run/netns-lab"))
    empty = sandbox.dump()
    sandbox.apply("topology", bridge_nat())
    _fill(sandbox, "/run/netns-lab", how)
    before = comparable(sandbox.dump())
    wider = change(bridge_nat(), {"namespaces.+": {"name": "green"}})
    result = sandbox.module("topology", wider)
    assert result.get("failed") and "is full: make room there" in result["msg"], result
    assert_same(before, comparable(sandbox.dump()))
    assert ping(sandbox, "red", "192.168.15.2").answered
    assert_nothing_to_do(sandbox, "topology", bridge_nat())
    sandbox.sh("rm -f /run/netns-lab/filling*")
    assert sandbox.apply("topology", wider)["changed"]
    assert_nothing_to_do(sandbox, "topology", wider)
    sandbox.apply("topology", absent(wider))
    assert_same(empty, sandbox.dump())


@pytest.mark.parametrize("how", [FILL, FILL_INODES], ids=["bytes", "inodes"])
def test_a_lab_is_taken_away_from_a_full_disk(sandbox: Sandbox, how: str) -> None:
    """What is to go is on record already. A kill on the way leaves that record, and the next run goes on."""
    sandbox.sh(SMALL.format("/run/netns-lab"))
    empty = sandbox.dump()
    lab = bridge_nat(masquerades=[{"source": "192.168.15.0/24", "ip_forward": True}])
    sandbox.apply("topology", lab)
    _fill(sandbox, "/run/netns-lab", how)
    assert sandbox.apply("topology", absent(lab))["changed"]
    sandbox.sh("rm -f /run/netns-lab/filling*")
    assert_same(empty, sandbox.dump())


#: an nft that fills the disk in the midst of a run
FILLING_NFT = """#!/bin/sh
case "$*" in *-f*) dd if=/dev/zero of=/run/netns-lab/filling bs=4k 2>/dev/null; %s ;; esac
exec /run/.sandbox/nft "$@"
"""


def _let_nft_fill_the_disk(sandbox: Sandbox, and_then: str) -> None:
    path = sandbox.scratch / "nft"
    path.write_text(FILLING_NFT % and_then, encoding="ascii")
    path.chmod(0o755)
    real = sandbox.sh("command -v nft").strip()
    sandbox.sh(f"touch /run/.sandbox/nft; mount --bind {real} /run/.sandbox/nft; mount --bind {path} {real}")


def _make_room(sandbox: Sandbox) -> None:
    sandbox.sh("umount $(command -v nft) /run/.sandbox/nft; rm /run/.sandbox/nft /run/netns-lab/filling")


def test_a_disk_that_gets_full_within_a_run(sandbox: Sandbox) -> None:
    sandbox.sh(SMALL.format("/run/netns-lab"))
    empty = sandbox.dump()
    _let_nft_fill_the_disk(sandbox, "true")
    result = sandbox.module("topology", bridge_nat())
    assert result.get("failed") and "is full: make room there" in result["msg"], result
    assert "The host is as described" in result["error"]["remedy"]
    assert ping(sandbox, "red", "192.168.15.2").answered
    _make_room(sandbox)
    sandbox.apply("topology", bridge_nat())
    assert_nothing_to_do(sandbox, "topology", bridge_nat())
    sandbox.apply("topology", absent(bridge_nat()))
    assert_same(empty, sandbox.dump())


def test_a_failure_whose_undo_finds_no_room_for_the_record(sandbox: Sandbox) -> None:
    sandbox.sh(SMALL.format("/run/netns-lab"))
    sandbox.apply("topology", bridge_nat())
    before = {name: part for name, part in comparable(sandbox.dump()).items() if name != "records"}
    _let_nft_fill_the_disk(sandbox, "echo Error: no >&2; exit 1")
    wider = change(bridge_nat(), {"namespaces.+": {"name": "green"}, "masquerades.+": {"source": "10.1.0.0/16"}})
    result = sandbox.module("topology", wider)
    assert result.get("failed") and result["error"]["kind"] == "Kernel", result
    assert "masquerade 10.1.0.0/16" in result["msg"]
    assert "were rolled back" in result["msg"] and "is full: make room there" in result["msg"]
    _make_room(sandbox)
    after = {name: part for name, part in comparable(sandbox.dump()).items() if name != "records"}
    assert_same(before, after)
    assert not sandbox.apply("topology", bridge_nat())["plan"]
    assert_nothing_to_do(sandbox, "topology", bridge_nat())


def test_no_room_for_a_file_of_a_namespace(sandbox: Sandbox) -> None:
    sandbox.sh(SMALL.format("/etc/netns"))
    empty = sandbox.dump()
    _fill(sandbox, "/etc/netns")
    before = sandbox.dump()
    lab = star(namespaces=[{"name": "red", "hosts": "10.0.0.1 a\n" * 50}, {"name": "blue"}])
    result = sandbox.module("topology", lab)
    assert result.get("failed") and "/etc/netns/red" in result["msg"], result
    assert "The file system of /etc/netns/red" in result["error"]["remedy"]
    assert_same(before, sandbox.dump())
    sandbox.sh("rm /etc/netns/filling")
    sandbox.apply("topology", lab)
    assert_nothing_to_do(sandbox, "topology", lab)
    sandbox.apply("topology", absent(lab))
    assert_same(empty, sandbox.dump())


PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - name: A lab
      netns.lab.topology: {name: one, namespaces: [{name: red}]}
"""


def test_no_room_for_ansible_itself(sandbox: Sandbox) -> None:
    """Its own error names the place, and nothing of ours was begun. With pipelining it needs no room there."""
    folder = "/run/tiny"
    sandbox.sh(SMALL.format(folder).replace("64k", "1m"))
    before = sandbox.dump()
    _fill(sandbox, folder)
    env = {"ANSIBLE_REMOTE_TMP": f"{folder}/tmp", "ANSIBLE_PIPELINING": "false"}
    failed = sandbox.playbook(PLAY, check=False, **env)
    assert failed.code != 0 and f"{folder}/tmp" in failed.output and "No space left on device" in failed.output
    assert sandbox.namespaces() == set()
    assert sandbox.playbook(PLAY, **{**env, "ANSIBLE_PIPELINING": "true"}).changed == ["A lab"]
    sandbox.sh(f"rm {folder}/filling")
    assert sandbox.playbook(PLAY, **env).changed == []
    sandbox.apply("topology", {"name": "one", "state": "absent"})
    sandbox.sh(f"rm -rf {folder}/tmp")
    assert_same(before, sandbox.dump())
