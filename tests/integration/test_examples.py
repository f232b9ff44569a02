# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every module, run by ansible-playbook in their order: checked, done, and done again."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml

from .conftest import ROOT
from .support.network import Outside
from .support.sandbox import Sandbox

MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))


def _examples(module: str) -> list[dict[str, Any]]:
    """The tasks of a module's examples, one for each item of a loop: each is to be checked just before it runs."""
    tree = ast.parse((ROOT / f"plugins/modules/{module}.py").read_text(encoding="utf-8"))
    (text,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["EXAMPLES"]
    )
    tasks = []
    for task in yaml.safe_load(text):
        items = task.pop("loop", None)
        tasks += [task] if items is None else [{**task, "vars": {"item": item}} for item in items]
    return tasks


def _ours(task: dict[str, Any]) -> bool:
    return any(key.startswith("netns.lab.") for key in task)


def _reported(result: dict[str, Any]) -> tuple[Any, ...]:
    """What a task says that it changes."""
    return tuple(result.get(part) for part in ("changed", "plan", "diff"))


@pytest.mark.parametrize("module", MODULES)
def test_examples_run_are_predicted_and_run_again(sandbox: Sandbox, outside: Outside, module: str) -> None:
    examples = _examples(module)
    assert any(f"netns.lab.{module}" in task for task in examples)
    tasks = []
    for number, task in enumerate(examples):
        if _ours(task):
            foreseen = {key: value for key, value in task.items() if key != "register"}
            tasks.append({**foreseen, "name": f"check {number}", "check_mode": True})
        tasks.append({**task, "name": f"run {number}"})
    tasks += [{**task, "name": f"again {number}"} for number, task in enumerate(examples)]
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    done = sandbox.playbook(yaml.safe_dump(play, sort_keys=False), "--diff")
    results = {entry["task"]: entry["result"] for entry in done.tasks}
    for number, task in enumerate(examples):
        if not _ours(task):
            continue
        foreseen, real = results[f"check {number}"], results[f"run {number}"]
        assert _reported(foreseen) == _reported(real), task["name"]
        assert results[f"again {number}"]["changed"] is False, results[f"again {number}"]
    assert any(results[f"run {number}"]["changed"] for number, task in enumerate(examples) if _ours(task)), module
