# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program netns-lab: what its subcommands print, and their exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.boot.command import SUBCOMMANDS, Asked, run
from ansible_collections.netns.lab.plugins.module_utils._engine.boot.labs import Store
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, Permission

from ..support.engine import apply
from ..support.host import FakeHost
from ..support.kernel import Kernel

LABS: dict[str, dict[str, Any]] = {
    "one": {"namespaces": [{"name": "red"}]},
    "two": {"namespaces": [{"name": "blue"}], "bridges": [{"name": "br0"}]},
    "bad": {"bridges": [{"name": "a name that is too long"}]},
}


class Stored:
    """The labs of a host in memory."""

    def __init__(self, *names: str) -> None:
        self.lab, self._names = FakeHost(Kernel()), names

    def host(self) -> FakeHost:
        return self.lab

    def records(self) -> list[Record]:
        with self.lab.locked(False):
            return self.lab.records()

    def names(self) -> list[str]:
        return [*self._names]

    def options(self, name: str) -> dict[str, Any]:
        if name not in self._names:
            raise Conflict(name, "a stored lab", "none", "Store it.")
        return {**LABS[name], "name": name}


class Printed:
    def __init__(self) -> None:
        self.said, self.told = "", list[str]()

    def out(self, text: str) -> None:
        self.said += text

    def err(self, text: str) -> None:
        self.told.append(text)


def called(store: Store, subcommand: str, *names: str, as_json: bool = False) -> tuple[int, Printed]:
    printed = Printed()
    return run(subcommand, Asked(names, as_json), store, printed), printed


def test_plan_tells_what_differs_by_its_exit_code() -> None:
    store = Stored("one", "two")
    code, printed = called(store, "plan")
    assert code == 2 and not printed.told
    rows = [line.split()[:4] for line in printed.said.splitlines()]
    assert ["one", "create", "netns", "red"] in rows and ["two", "create", "bridge", "br0"] in rows
    assert called(store, "apply")[0] == 0
    code, printed = called(store, "plan", "two")
    assert (code, printed.said) == (0, "two  as described\n")


def test_a_lab_that_fails_is_told_and_the_others_are_built() -> None:
    store = Stored("bad", "one")
    code, printed = called(store, "apply")
    assert code == 1 and len(printed.told) == 1 and printed.told[0].startswith("bad: bridges[0].name")
    assert "one  create" in printed.said and "red" in store.lab.inodes()
    assert called(store, "plan")[0] == 1
    code, printed = called(store, "plan", "bad", "one", as_json=True)
    found = json.loads(printed.said)
    assert found["bad"]["error"]["kind"] == "InvalidArgument" and found["one"] == {"plan": [], "warnings": []}


def test_status_has_a_line_for_each_lab() -> None:
    store = Stored("one")
    apply(store.lab, LABS["two"], "two")
    code, printed = called(store, "status")
    assert code == 0
    rows = [line.split("  ") for line in printed.said.splitlines()]
    assert [row[0] for row in rows] == ["one", "two"]
    assert "not stored" in printed.said and "1 namespaces  as described" in printed.said
    code, printed = called(store, "status", as_json=True)
    assert json.loads(printed.said)["two"] == {"stored": False, "namespaces": 1, "state": "as described"}


def test_down_removes_one() -> None:
    store = Stored("one", "two")
    called(store, "apply")
    code, printed = called(store, "down", "one")
    assert code == 0 and "one  delete  netns  red" in printed.said
    assert "blue" in store.lab.inodes() and "red" not in store.lab.inodes()


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_who_is_not_root_is_told_the_command(subcommand: str) -> None:
    class Forbidden(FakeHost):
        def require(self, changes: Any) -> None:
            raise Permission("this process", "CAP_NET_ADMIN", "uid 1000", "Run it as root: become: true.")

    store = Stored("one")
    store.lab = Forbidden(Kernel())
    code, printed = called(store, subcommand, *["one"] * (SUBCOMMANDS[subcommand].names == 1))
    assert code == 1 and not printed.said
    assert printed.told == ["this process: expected CAP_NET_ADMIN; found uid 1000. Run it as root: sudo netns-lab."]
