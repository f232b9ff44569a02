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
from ansible_collections.netns.lab.plugins.action import persistence, topology
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
    given.pop(_start.OPTION, None)
    return given if not (done := runner.run(None, VARIABLES)).get("failed") else done["error"]


def test_a_lab_over_hosts_is_cut_in_the_form_in_which_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    one = handed(topology.ActionModule, monkeypatch, name="wide", **LISTS)
    other = handed(topology.ActionModule, monkeypatch, name="wide", definition=LISTS)
    stored = handed(persistence.ActionModule, monkeypatch, name="wide", definition=LISTS)
    assert [entry["name"] for entry in one["namespaces"]] == ["blue"] and len(one["routes"]) == 1
    assert "namespaces" not in other and "definition" not in one
    assert other["definition"] == stored["definition"] == {name: one[name] for name in other["definition"]}


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
