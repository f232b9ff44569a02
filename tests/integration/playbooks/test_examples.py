# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every module in their order: checked, done, done again; by ansible-playbook where they need it."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
import yaml

from ..conftest import ROOT
from ..support.network import Outside
from ..support.sandbox import Sandbox

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


def _reported(result: dict[str, Any]) -> tuple[Any, ...]:
    """What a task says that it changes."""
    return tuple(result.get(part) for part in ("changed", "plan", "diff"))


def _module(task: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The module that a task runs and its arguments, the item filled in; None where only Ansible can fill them in.

    A lab that spans hosts is cut on the controller, a plan is confirmed from there, and a file is read there,
    as the variables of the role bridge_nat are.
    """
    for key, args in task.items():
        if key.startswith("netns.lab."):
            if {"span", "confirm_timeout", "src"} & set(args or {}) or key == "netns.lab.bridge_nat":
                return None
            text = json.dumps(args or {}).replace("{{ item }}", str(task.get("vars", {}).get("item")))
            return None if "{{" in text else (key.removeprefix("netns.lab."), json.loads(text))
    return None


def _possible(sandbox: Sandbox, module: str, args: dict[str, Any]) -> bool:
    """Whether the kernel has the kind of link that a task creates; links/test_kinds.py looks at those where it is."""
    return module != "link" or "kind" not in args or sandbox.makes(args["kind"])


def _with_programs(sandbox: Sandbox, module: str) -> None:
    """Give a host programs of its own, where examples are about programs."""
    if module == "test_hosts" and sandbox.userns:
        pytest.skip("an ordinary user makes no hosts")
    if not module.startswith("file_capability"):
        return
    if sandbox.userns:
        pytest.skip("an ordinary user gives no capabilities to programs of the machine's root")
    for task in _examples(module):
        if "ansible.builtin.copy" in task:
            sandbox.sh(f"cp /bin/true /opt/{task['vars']['item']}")


@pytest.mark.parametrize("module", [module for module in MODULES if any(map(_module, _examples(module)))])
def test_examples_are_predicted_and_done_once(sandbox: Sandbox, outside: Outside, module: str) -> None:
    runs = [run for run in map(_module, _examples(module)) if run and _possible(sandbox, *run)]
    _with_programs(sandbox, module)
    for name, args in runs:
        foreseen = sandbox.apply(name, args, check=True)
        assert _reported(foreseen) == _reported(sandbox.apply(name, args)), (name, args)
    for name, args in runs:
        again = sandbox.apply(name, args)
        assert again["changed"] is False, (name, args, again)


#: modules with an example that only Ansible can run: with results of others, or on the controller
BY_ANSIBLE = [module for module in MODULES if not all(map(_module, _examples(module)))]


@pytest.mark.parametrize("module", BY_ANSIBLE)
def test_examples_run_by_ansible(sandbox: Sandbox, outside: Outside, module: str) -> None:
    """Once; twice where an example's arguments are made of results, so that only Ansible can run it."""
    _with_programs(sandbox, module)
    examples = _examples(module)
    for name in (args.get("src") for task in examples if (args := task.get("netns.lab.topology"))):
        if name:
            (sandbox.scratch / "files").mkdir(exist_ok=True)
            (sandbox.scratch / "files" / name).write_text("# {{ no template }}\nnamespaces: [hub, spoke]\n")
    mine = [task for task in examples if f"netns.lab.{module}" in task]
    assert mine
    twice = any("{{" in json.dumps(task) and not _module(task) for task in mine)
    tasks = [*examples, *({**task, "name": f"again {task['name']}"} for task in examples if twice)]
    play = [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]
    done = sandbox.playbook(yaml.safe_dump(play, sort_keys=False), "--inventory", "localhost,host1,host2,host3")
    assert [entry["task"] for entry in done.tasks] == [task["name"] for task in tasks]
    always = {task["name"] for task in tasks if "when" not in task}
    assert {entry["ended"] for entry in done.tasks if entry["task"] in always} == {"ok"}
    assert {entry["ended"] for entry in done.tasks} <= {"ok", "skipped"}
    assert not [name for name in done.changed if name.startswith("again ")]
