# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs are stored, built and told of, on a host in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.boot import labs, run, stored
from ansible_collections.netns.lab.plugins.module_utils._engine.boot.stored import Init
from ansible_collections.netns.lab.plugins.module_utils._engine.host_files import HostFile
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, InvalidArgument

from ..support.engine import apply
from ..support.host import FakeHost
from ..support.topologies import host_of

LAB: dict[str, Any] = {"namespaces": [{"name": "red"}], "bridges": [{"name": "br0"}]}


@dataclass
class Boot:
    """A host that starts services: its files, and the units that are enabled and run."""

    lab: FakeHost = field(default_factory=lambda: host_of("0", (), alien=False))
    starts_with: Init = field(default_factory=lambda: Init(systemd=True))
    files: dict[str, bytes] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    active: set[str] = field(default_factory=set)

    def host(self) -> FakeHost:
        return self.lab

    def records(self) -> list[Record]:
        with self.lab.locked(False):
            return self.lab.records()

    def names(self) -> list[str]:
        folder = f"{stored.FOLDER}/"
        return sorted(path[len(folder) :].rpartition(".")[0] for path in self.files if path.startswith(folder))

    def options(self, name: str) -> dict[str, Any]:
        return stored.options_of(name, self.files[f"{stored.FOLDER}/{name}.json"].decode())

    def init(self) -> Init:
        return self.starts_with

    def program(self) -> bytes:
        return b"program"

    def differing(self, wanted: Mapping[str, Optional[bytes]]) -> list[HostFile]:
        found = [HostFile(path, self.files.get(path), after) for path, after in wanted.items()]
        return [file for file in found if file.before != file.after]

    def is_enabled(self, unit: str) -> bool:
        return unit in self.enabled

    def is_active(self, unit: str) -> bool:
        return unit in self.active

    def install(self, name: str, changes: Sequence[HostFile]) -> None:
        for file in changes:
            self.files.pop(file.path, None)
            if file.after is not None:
                self.files[file.path] = file.after

    def enable(self, unit: str, start: bool) -> None:
        self.enabled.add(unit)
        self.active |= {unit} if start else set()


def store(boot: Boot, name: str = "star", check: bool = False, **options: Any) -> stored.Result:
    switches = dict.fromkeys(("allow_overlap", "allow_management", "allow_other_labs"))
    rest = {
        "state": "present",
        "definition": LAB,
        "firewall_exceptions": "auto",
        "before": [],
        "drift": "off",
        "drift_interval": "15min",
    }
    return run.persist({"name": name, **switches, **rest, **options}, boot, check)


def test_a_lab_is_stored_once_and_the_last_one_takes_the_program_along() -> None:
    boot = Boot()
    planned = store(boot, check=True)
    assert planned.changed and not boot.files and not boot.enabled
    assert store(boot, drift="repair").changed
    assert {stored.unit("star"), stored.timer("star")} <= boot.enabled & boot.active
    assert not store(boot, drift="repair").changed
    store(boot, "other")
    store(boot, state="absent")
    assert boot.names() == ["other"] and stored.PROGRAM in boot.files
    store(boot, "other", state="absent")
    assert not boot.files


def test_a_unit_that_follows_a_firewall_starts_with_it_and_not_before() -> None:
    boot = Boot(active={"nftables.service"})
    store(boot)
    follows = {unit: unit in boot.active for unit in stored.again("star")}
    assert follows == {"netns-lab-nftables@star.service": True, "netns-lab-firewalld@star.service": False}
    assert not store(boot).changed
    boot.active.add("firewalld.service")
    assert [step["object"] for step in store(boot).plan()] == ["netns-lab-firewalld@star.service"]


def test_without_a_definition_it_is_the_one_that_stands() -> None:
    boot = Boot()
    with pytest.raises(InvalidArgument, match="Labs here: none"):
        store(boot, definition=None)
    apply(boot.lab, LAB, "star")
    store(boot, definition=None)
    assert boot.options("star")["namespaces"] == [{"name": "red"}]
    with pytest.raises(InvalidArgument, match="Labs here: star"):
        store(boot, "other", definition=None)


def test_a_host_whose_init_is_not_known_is_told_what_to_run() -> None:
    boot = Boot(starts_with=Init())
    assert "run /usr/local/sbin/netns-lab apply at its boot" in store(boot).warnings[0]
    assert not boot.enabled


def test_one_stored_lab_that_fails_does_not_stop_the_others() -> None:
    boot = Boot()
    for name in ("a", "b"):
        store(boot, name, definition={"namespaces": [{"name": f"red-{name}"}]})
    boot.files[f"{stored.FOLDER}/a.json"] = b"{"
    assert labs.status(boot)["b"].state.endswith("steps from what is described")
    broken, built = labs.each([], boot, check=False)
    assert isinstance(broken.error, Conflict) and broken.result is None
    assert built.result is not None and built.result.changed
    status = labs.status(boot)
    assert status["b"] == (True, 1, "as described") and "a.json" in status["a"].state
    assert labs.remove("b", boot).result is not None and labs.status(boot)["b"].namespaces == 0
