# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions on the controller hand to a host: its part of a lab, in the form in which the lab was given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.action import ActionBase
from ansible_collections.netns.lab.plugins.action import bridge_nat, persistence, topology
from ansible_collections.netns.lab.plugins.module_utils import _start

LISTS: dict[str, Any] = {
    "namespaces": [{"name": "red", "host": "h1"}, {"name": "blue", "host": "h2"}],
    "routes": [{"netns": "blue", "dst": "default", "gateway": "10.0.0.1"}],
}
HERE: dict[str, Any] = {"namespaces": ["red"]}
VARIABLES = {
    "hostvars": {"h1": {"ansible_host": "192.0.2.1"}, "h2": {"ansible_host": "192.0.2.2"}},
    "groups": {"all": ["h1", "h2"]},
    "inventory_hostname": "h2",
}


@pytest.fixture(autouse=True)
def _temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The temporary directory of a run of Ansible."""
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))


def handed(action: type[ActionBase], monkeypatch: pytest.MonkeyPatch, **args: Any) -> dict[str, Any]:
    """The options that the module is run with, or the error of the action."""
    task = MagicMock(args=args, async_val=0, check_mode=True, get_search_path=list)
    connection = MagicMock(transport="local", has_pipelining=False, become=None)
    runner = action(task, connection, MagicMock(), DataLoader(), None, None)
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        action, "_execute_module", lambda _self, _name, **asked: given.update(asked["module_args"]) or {}
    )
    monkeypatch.setattr(action, "_remove_tmp_path", lambda _self, _path: None)
    monkeypatch.setattr(ActionBase, "run", lambda _self, _tmp, _variables: {})
    return given if not (done := runner.run(None, VARIABLES)).get("failed") else done["error"]


def test_a_lab_over_hosts_is_cut_in_the_form_in_which_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    one = handed(topology.ActionModule, monkeypatch, name="wide", **LISTS)
    other = handed(topology.ActionModule, monkeypatch, name="wide", definition=LISTS)
    stored = handed(persistence.ActionModule, monkeypatch, name="wide", definition=LISTS)
    assert [entry["name"] for entry in one["namespaces"]] == ["blue"] and len(one["routes"]) == 1
    assert "namespaces" not in other and "definition" not in one
    part = stored["definition"]
    assert json.loads(other["definition"]) == part == {name: one[name] for name in part}


def test_a_lab_of_one_host_is_handed_on_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert handed(topology.ActionModule, monkeypatch, **HERE)["namespaces"] == ["red"]
    assert handed(topology.ActionModule, monkeypatch, definition=HERE)["definition"] == HERE
    assert handed(persistence.ActionModule, monkeypatch, definition=HERE)["definition"] == HERE


def test_lists_beside_a_definition_are_refused_before_a_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    error = handed(topology.ActionModule, monkeypatch, definition=HERE, routes=[])
    assert error["object"] == "definition" and "routes" in error["found"]


def test_a_file_is_handed_on_as_one_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "lab.yml"
    path.write_text(yaml.safe_dump(HERE))
    for action in (topology, persistence):
        given = handed(action.ActionModule, monkeypatch, src=str(path))
        assert json.loads(given["definition"]) == HERE and "src" not in given
    path.write_text(yaml.safe_dump(LISTS))
    for action in (topology, persistence):
        part = handed(action.ActionModule, monkeypatch, name="wide", src=str(path))["definition"]
        part = json.loads(part) if isinstance(part, str) else part
        assert [entry["name"] for entry in part["namespaces"]] == ["blue"]
    assert "definition" not in handed(topology.ActionModule, monkeypatch, src="/gone", state="absent")


def test_a_file_that_cannot_be_taken_is_refused_before_a_host_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "lab.json"
    path.write_text('{"namespace": []}')
    for action in (topology.ActionModule, persistence.ActionModule):
        assert handed(action, monkeypatch, src=str(path))["object"] == "definition.namespace"
        assert handed(action, monkeypatch, src=str(path), definition=HERE)["found"] == "both"
        gone = handed(action, monkeypatch, src=str(tmp_path / "gone"))
        assert gone["object"] == "src" and str(tmp_path / "gone") in gone["found"]
    assert handed(topology.ActionModule, monkeypatch, src=str(path), routes=[])["found"] == "src and routes"


class Role:
    """The action of the role bridge_nat, with modules that answer at once.

    :param answers: what modules return that return more than nothing, by name.
    :param background: seconds of a task with async (int).
    """

    def __init__(self, patch: pytest.MonkeyPatch, answers: dict[str, Any] | None = None, background: int = 0) -> None:
        self.ran: list[tuple[str, dict[str, Any]]] = []
        task = MagicMock(args={}, async_val=background, check_mode=True)
        connection = MagicMock(transport="local", has_pipelining=False, become=None, has_native_async=False)
        templar = MagicMock(template=lambda value: value)
        self._runner = bridge_nat.ActionModule(task, connection, MagicMock(), DataLoader(), templar, None)
        self._answers = answers or {}
        patch.setattr(bridge_nat.ActionModule, "_execute_module", self._module)
        patch.setattr(bridge_nat.ActionModule, "_remove_tmp_path", lambda _self, _path: None)
        patch.setattr(bridge_nat.ActionModule, "validate_argument_spec", lambda _self, **_options: None)
        patch.setattr(ActionBase, "run", lambda _self, _tmp, _variables: {})

    def _module(self, name: str, **options: Any) -> dict[str, Any]:
        given = {key: value for key, value in options["module_args"].items() if key != _start.OPTION}
        self.ran.append((name.rpartition(".")[2], given))
        return {"changed": False, **self._answers.get(self.ran[-1][0], {})}

    def run(self, **variables: Any) -> dict[str, Any]:
        """What the task returns."""
        return dict(self._runner.run(None, {**VARIABLES, **variables}))


SHORT = {"bridge_nat_subnet": "192.168.15.0/24", "bridge_nat_namespaces": ["red"]}


def test_the_role_runs_one_module_with_the_variables_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role(monkeypatch)
    assert not role.run(**SHORT, bridge_nat_name="web", lab_name="lab", lab_adopt=True, bridge_nat_lock_timeout=7)[
        "changed"
    ]
    ((name, options),) = role.ran
    definition = json.loads(options.pop("definition"))
    assert name == "topology" and definition == bridge_nat.topology(
        {"subnet": "192.168.15.0/24", "namespaces": ["red"]}
    )
    assert options == {"name": "web", "state": "present", "adopt": True, "lock_timeout": 7, "confirm_timeout": 0}


def test_the_role_stores_what_it_built(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {
        "topology": {"diff": {"before": "", "after": "a"}},
        "persistence": {"changed": True, "diff": {"after": "b"}},
    }
    role = Role(monkeypatch, steps)
    done = role.run(**SHORT, bridge_nat_persistence=True, lab_persistence=False, bridge_nat_persistence_drift="repair")
    (_first, built), (second, stored) = role.ran
    assert second == "persistence" and stored["definition"] == built["definition"]
    assert (stored["state"], stored["drift"], "before" in stored) == ("present", "repair", False)
    assert done["changed"] and done["persistence"]["changed"] and len(done["diff"]) == 2
    for variables in ({**SHORT, "lab_persistence": False}, {"bridge_nat_state": "absent"}):
        role.ran.clear()
        role.run(**variables)
        assert [name for name, _options in role.ran] == ["topology", "persistence"]
        assert role.ran[1][1] == {"name": "lab", "state": "absent"}


def test_the_role_cuts_a_lab_over_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role(monkeypatch)
    short = {**SHORT, "bridge_nat_namespaces": [{"name": "red", "host": "h1"}], "bridge_nat_host": "h1"}
    done = role.run(**short, bridge_nat_persistence=True)
    assert done["span"]["hosts"] == {"h1": ["red"]}
    (_name, built), (_other, stored) = role.ran
    assert json.loads(built["definition"])["namespaces"] == [] and stored["state"] == "absent"


def test_the_role_tells_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    role = Role(monkeypatch)
    wrong = role.run(**{**SHORT, "bridge_nat_subnet": "192.168.15.0"})
    assert wrong["failed"] and wrong["error"]["object"] == "bridge_nat_subnet" and role.ran == []
    failed = Role(monkeypatch, {"topology": {"failed": True, "msg": "no"}})
    assert failed.run(**SHORT, bridge_nat_persistence=True)["msg"] == "no" and len(failed.ran) == 1
    unstored = Role(monkeypatch, {"topology": {"changed": True}, "persistence": {"failed": True, "msg": "full"}})
    told = unstored.run(**SHORT, bridge_nat_persistence=True)
    assert told["failed"] and told["changed"] and told["msg"] == "full"
    background = Role(monkeypatch, background=60)
    assert background.run(**SHORT, bridge_nat_persistence=True)["error"]["found"] == "async" and background.ran == []
