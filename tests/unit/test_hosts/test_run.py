# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run for a host group, on a machine that is a dictionary."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.test_hosts import run
from ansible_collections.netns.lab.plugins.module_utils._engine.test_hosts.plan import Found, Standing
from ansible_collections.netns.lab.plugins.module_utils._engine.test_hosts.run import Tree
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Dependency, Permission
from ansible_collections.netns.lab.plugins.module_utils._model.test_hosts.group import HostEntry, HostGroup

GOOD = Tree("folder", "/usr/bin/python3", sshd=True, systemd=True)


@dataclass
class Machine:
    """What stands, what a tree has, and a log of what was done."""

    trees: dict[str, Tree] = field(default_factory=lambda: {"/": GOOD})
    programs: tuple[str, ...] = ("ssh", "ssh-keygen", "nsenter")
    found: Found = field(default_factory=Found)
    overlay: str = ""
    root: bool = True
    log: list[str] = field(default_factory=list)

    def require_root(self) -> None:
        if not self.root:
            raise Permission("this process", "the machine's own root", "another user", "Run it as root.")

    def has(self, program: str) -> bool:
        return program in self.programs

    def tree(self, path: str) -> Tree:
        return self.trees[path]

    def refused(self, path: str) -> str:
        self.log.append(f"overlay {path}")
        return self.overlay

    def exposed(self, path: str) -> str:
        return "" if path == "/" else f"tree {path}: everybody may write it"

    def located(self, wanted: HostGroup) -> HostGroup:
        return wanted

    def locked(self, wanted: HostGroup, create: bool) -> AbstractContextManager[None]:
        self.log.append(f"locked{' and made' if create else ''}")
        return nullcontext()

    def find(self, wanted: HostGroup) -> Found:
        return self.found

    def files(self, wanted: HostGroup, pythons: dict[str, str]) -> dict[str, str]:
        return {f"{wanted.folder}/inventory.yml": repr(pythons)}

    def write_files(self, texts: dict[str, str]) -> None:
        self.found.files = dict(texts)

    def begin(self, wanted: HostGroup) -> None:
        self.log.append("begin")
        self.found = Found(alive=True, traces=True, subnet=wanted.subnet, size=wanted.size)

    def end(self, wanted: HostGroup) -> None:
        self.log.append("end")
        self.found = Found()

    def up(self, wanted: HostGroup, hosts: list[HostEntry]) -> None:
        self.log += [f"up {host.name}" for host in hosts]
        self.found.hosts.update({host.name: Standing("up", host, 1, 100) for host in hosts})

    def down(self, wanted: HostGroup, names: list[str]) -> None:
        self.log += [f"down {name}" for name in names]
        for name in names:
            del self.found.hosts[name]


def ask(
    machine: Machine, *hosts: dict[str, Any], check: bool = False, state: str = "present"
) -> tuple[Any, dict[str, Any]]:
    options = {
        "name": "lab",
        "hosts": list(hosts),
        "subnet": "10.254.0.0/16",
        "directory": None,
        "size": "50%",
        "state": state,
    }
    machine.log.clear()
    return run.run(options, machine, check)


def host(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "tree": "/", "init": "sshd", "address": None, **more}


def test_hosts_come_and_go_one_by_one_and_the_group_with_the_last() -> None:
    machine = Machine()
    planned, facts = ask(machine, host("a"), host("b"), check=True)
    assert machine.log == ["locked", "overlay /"] and [each["pid"] for each in facts["hosts"]] == [0, 0]
    done, facts = ask(machine, host("a"), host("b"))
    assert done.plan() == planned.plan() and [each["pid"] for each in facts["hosts"]] == [100, 100]
    assert machine.log == ["locked and made", "overlay /", "end", "begin", "up a", "up b"]
    again, _facts = ask(machine, host("a"), host("b"))
    assert not again.changed and machine.log == ["locked and made"]
    ask(machine, host("b"), host("c"))
    assert machine.log == ["locked and made", "overlay /", "down a", "up c"]
    machine.found.hosts["b"] = machine.found.hosts["b"]._replace(state="starting")
    ask(machine, host("b"), host("c"))
    assert machine.log == ["locked and made", "up b"]
    gone, facts = ask(machine, state="absent")
    assert gone.changed and facts["hosts"] == [] and machine.log == ["locked and made", "end"]


#: (the machine, the host, the entry at fault, what was found)
LACKING: list[tuple[Machine, dict[str, Any], str, str]] = [
    (Machine(programs=("ssh", "nsenter")), host("a"), "ssh-keygen", "none"),
    (Machine(trees={"/t": GOOD._replace(found="nothing")}), host("a", tree="/t"), "hosts[0].tree", "no /t"),
    (
        Machine(trees={"/t": GOOD._replace(found="other")}),
        host("a", tree="/t"),
        "hosts[0].tree",
        "/t, which is no directory",
    ),
    (Machine(trees={"/t": GOOD._replace(sshd=False)}), host("a", tree="/t"), "hosts[0].tree", "none in /t"),
    (
        Machine(trees={"/t": GOOD._replace(systemd=False)}),
        host("a", tree="/t", init="systemd"),
        "hosts[0].tree",
        "no /sbin/init in /t",
    ),
    (Machine(overlay="EINVAL"), host("a"), "hosts[0].tree", "EINVAL"),
]


@pytest.mark.parametrize(
    ("machine", "asked", "at", "found"), LACKING, ids=lambda part: part if isinstance(part, str) else ""
)
def test_what_is_missing_is_named_before_anything_is_made(
    machine: Machine, asked: dict[str, Any], at: str, found: str
) -> None:
    with pytest.raises(Dependency) as caught:
        ask(machine, asked)
    assert (caught.value.obj, caught.value.found) == (at, found) and not machine.found.alive


def test_only_root_makes_hosts_and_a_tree_that_others_may_write_is_told() -> None:
    with pytest.raises(Permission):
        ask(Machine(root=False), host("a"))
    plan, _facts = ask(Machine(trees={"/t": GOOD}), host("a", tree="/t"), check=True)
    assert plan.warnings == ["tree /t: everybody may write it"]
