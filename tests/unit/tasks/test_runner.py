# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible is stands in one place: whoever else knew check mode or fail_json could do without the runner's rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
#: who may know Ansible: the runner on the host; on the controller the actions and what they share
RUNNERS = {"module_utils/_runner.py", "module_utils/_start.py", "plugin_utils/action.py", "plugin_utils/source.py"}
ACTIONS = "action"
#: what belongs to them alone
WORDS = {
    "AnsibleModule", "LabModule", "supports_check_mode", "_supports_check_mode", "check_mode", "_diff", "exit_json", "fail_json",
}  # fmt: skip


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, (ast.arg, ast.keyword)) and node.arg:
        yield node.arg
    elif isinstance(node, ast.alias):
        yield from node.name.split(".")


def _ansible(node: ast.AST) -> Iterator[str]:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
    modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    yield from (f"import of {name}" for name in modules if name.split(".")[0] == "ansible")


def found(folder: Path, *, imports: bool) -> list[str]:
    """Where a file under a folder knows what is the runner's, as ``FILE:LINE: WORD``."""
    told = []
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(PLUGINS).as_posix()
        if name in RUNNERS or name.startswith(f"{ACTIONS}/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = [word for word in _names(node) if word in WORDS] + (list(_ansible(node)) if imports else [])
            told += [f"plugins/{name}:{getattr(node, 'lineno', 0)}: {word}" for word in words]
    return told


@pytest.mark.parametrize("folder", ["module_utils", "modules", "plugin_utils"])
def test_only_the_runner_and_the_actions_know_check_mode_and_how_a_module_ends(folder: str) -> None:
    told = found(PLUGINS / folder, imports=folder != "modules")
    assert told == [], (
        f"only {', '.join(sorted(RUNNERS))} and plugins/{ACTIONS} may: a task is given check and returns an Answer"
    )
