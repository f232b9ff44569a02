# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs wait for each other, no longer than told; the error names the one that is waited for."""

from __future__ import annotations

import pytest

from ..support.cycles import refused
from ..support.sandbox import Background, Sandbox

RED = {"name": "red"}
LOCK = "/run/netns-lab/lock"


def _held(sandbox: Sandbox, script: str = "echo held; exec cat", kind: str = "--exclusive") -> Background:
    """A process that holds the host's lock."""
    sandbox.sh("mkdir -p /run/netns-lab")
    holder = sandbox.background(["flock", kind, "--no-fork", LOCK, "sh", "-c", script])
    holder.wait_for("held")
    return holder


@pytest.mark.parametrize("seconds", [0, 1])
def test_it_gives_up_and_names_the_process(sandbox: Sandbox, seconds: int) -> None:
    holder = _held(sandbox)
    refused(sandbox, "netns", {**RED, "lock_timeout": seconds}, "Conflict", LOCK, f"within {seconds} s", "(cat)")
    holder.stop()
    assert sandbox.apply("netns", {**RED, "lock_timeout": seconds})["changed"]


def test_one_that_is_stopped_blocks_and_one_that_is_killed_does_not(sandbox: Sandbox) -> None:
    holder = _held(sandbox, "echo held; kill -STOP $$")
    refused(sandbox, "topology", {"namespaces": [RED], "lock_timeout": 1}, "Conflict", "lock_timeout")
    holder.stop()
    assert sandbox.apply("topology", {"namespaces": [RED], "lock_timeout": 0})["changed"]


def test_a_wait_that_is_noticed_is_told(sandbox: Sandbox) -> None:
    waits = f'lock=$(stat -c %i {LOCK}); until grep -q -- "-> FLOCK.*:$lock " /proc/locks; do :; done; sleep 1.2'
    _held(sandbox, f"echo held; {waits}")
    result = sandbox.apply("netns", RED)
    assert result["changed"] and "for another run on this host" in str(result["warnings"]), result


def test_who_reads_does_not_wait_for_readers(sandbox: Sandbox) -> None:
    _held(sandbox, kind="--shared")
    assert sandbox.apply("netns", {**RED, "lock_timeout": 0}, check=True)["changed"]


def test_less_than_no_time_is_refused(sandbox: Sandbox) -> None:
    refused(sandbox, "netns", {**RED, "lock_timeout": -1}, "InvalidArgument", "lock_timeout", "-1")
