# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside a sandbox: takes each kind of object through build, change, failure and removal, and looks by ip and nft.

Reads examples on standard input: ``[[sort, lab, {attribute: lab}], ...]``. Prints what is wrong, a line each.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.firewall_exception import FirewallExceptionKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError

Lab = dict[str, Any]
LOOKS = (
    "-d -j link",
    "-j address",
    "-j -4 route show table all",
    "-j -6 route show table all",
    "-j rule",
    "-j -6 rule",
)
#: what the kernel draws anew for what is made again
DRAWN = {"ifindex", "link_index", "link_netnsid", "handle", "timer", "designated_bridge", "designated_root", "port_no"}
DRAWN |= {"port_id", "bridge_id", "root_id", "address", "netns-id", "no", "id", "designated_port", "iflink"}
#: what changes by itself a moment after
DRAWN |= {"operstate", "state", "root_port"}


class Failing(LocalHost):
    """A host whose last act, behind all that a run makes and removes, is one that it cannot do."""

    def apply(self, changes: list[Change], restoring: bool = False) -> list[str]:
        impossible = Change(FirewallExceptionKey("", "ufw", "none"), None, {})
        return super().apply(changes if restoring else [*changes, impossible], restoring)


def apply(lab: Lab, host: LocalHost) -> bool:
    return run.run(topology_request(lab), host, check=False).changed


def look() -> list[str]:
    """What ip, nft and the file system tell."""
    names = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.split("\n")
    spaces = ["", *(line.split()[0] for line in names if line)]  # without the id, which the kernel gives anew
    texts = [str(sorted(spaces))]
    for space in spaces:
        inside = ["-n", space] if space else []
        for words in LOOKS:
            done = subprocess.run(["ip", *inside, *words.split()], capture_output=True, text=True, check=True)
            texts += _told(json.loads(done.stdout or "[]"), f"{space} {words}")
        enter = ["ip", "netns", "exec", space] if space else []
        nft = subprocess.run([*enter, "nft", "-j", "list", "ruleset"], capture_output=True, text=True, check=True)
        texts += _told(json.loads(nft.stdout), f"{space} nft")
        path = "/proc/sys/net/ipv4/ip_forward"
        texts.append(f"{space} {subprocess.run([*enter, 'cat', path], capture_output=True, check=True).stdout!r}")
    files = sorted(path for path in Path("/etc/netns").rglob("*") if path.is_file())
    return texts + [f"{path} {path.read_text()!r}" for path in files]


def _counts(key: str) -> bool:
    return key not in DRAWN and not key.endswith("timer") and not key.startswith(("tso_", "gso_", "gro_"))


def _told(value: Any, path: str) -> list[str]:
    """Nested JSON a line each, without what is drawn anew, nor what the kernel comes to by itself in a moment."""
    if isinstance(value, dict):
        name = value.get("ifname", "")
        if value.get("protocol") == "kernel" or value.get("scope") == "link":  # what comes by itself with links
            return []
        return [line for key, item in value.items() if _counts(key) for line in _told(item, f"{path}.{name}.{key}")]
    if isinstance(value, list):
        return sorted(line for item in value for line in _told(item, path))
    return [f"{path} = {value}"] if value not in ("LOWER_UP", "NO-CARRIER") else []


def wrong(sort: str, lab: Lab, changes: dict[str, Lab]) -> list[str]:
    """What is wrong with one kind."""
    bare, found = look(), list[str]()

    def undone(what: str, asked: Lab) -> None:
        before = look()
        try:
            apply(asked, Failing())
        except LabError as error:
            if not error.details["rolled_back"]:
                found.append(f"{what}: {error.text()}")
        else:
            found.append(f"{what}: the failing run did not fail")
        if look() != before:
            found.append(f"{what}: a failed run left something: {_difference(before, look())}")

    def stands(what: str, asked: Lab) -> None:
        if not apply(asked, LocalHost()):
            found.append(f"{what}: nothing is planned")
        if apply(asked, LocalHost()):
            found.append(f"{what}: another run plans it again")

    undone(f"building a {sort}", lab)
    stands(f"building a {sort}", lab)
    for name, changed in changes.items():
        undone(f"changing {name} of a {sort}", changed)
        before = look()
        stands(f"changing {name} of a {sort}", changed)
        if name != "mac" and look() == before:
            found.append(f"changing {name} of a {sort}: the plan says so, the kernel does not")
        apply(lab, LocalHost())
    undone(f"removing a {sort}", {"state": "absent"})
    apply({"state": "absent"}, LocalHost())
    if look() != bare:
        found.append(f"removing a {sort}: something is left: {_difference(bare, look())}")
    return found


def _difference(before: list[str], after: list[str]) -> list[str]:
    return [
        *(f"- {line}" for line in before if line not in after),
        *(f"+ {line}" for line in after if line not in before),
    ]


if __name__ == "__main__":
    for example in json.load(sys.stdin):
        for line in wrong(*example):
            print(line)
