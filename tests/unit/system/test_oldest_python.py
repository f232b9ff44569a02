# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module imports before it has looked at its Python can be read by the oldest that Ansible starts it with."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

UTILS = Path(__file__).resolve().parents[3] / "plugins/module_utils"
CHECK = UTILS / "_oldest_python.py"
RUNNERS = sorted(UTILS.glob("_runner*.py"))
MODULES = sorted(UTILS.parent.glob("modules/*.py"))
#: what Ansible 2.17 still starts modules with
OLDEST = (3, 7)
#: names that an older typing, collections.abc, ... has too; each module of the standard library with what is used of it
KNOWN = {
    "__future__": {"annotations"},
    "collections.abc": {"Callable", "Iterator", "Sequence"},
    "contextlib": {"ExitStack", "closing", "contextmanager", "suppress"},
    "typing": {"Any", "Callable", "Optional"},
    "ansible.module_utils": {"basic"},
    "ansible.module_utils.basic": {"AnsibleModule"},
}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)


def _imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in _tree(path).body if isinstance(node, (ast.Import, ast.ImportFrom))]


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.level > 0


def _is_known(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return all(alias.name in sys.stdlib_module_names for alias in node.names)
    return {alias.name for alias in node.names} <= KNOWN.get(node.module or "", set())


@pytest.mark.parametrize("path", RUNNERS, ids=lambda path: path.stem)
def test_a_runner_looks_at_its_python_first(path: Path) -> None:
    imports = _imports(path)
    first = next(number for number, node in enumerate(imports) if _is_own(node))
    assert ast.unparse(imports[first]) == f"from . import {CHECK.stem}"
    assert [ast.unparse(node) for node in imports[:first] if not _is_known(node)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_begins_with_a_runner(path: Path) -> None:
    names = {node.module for node in _imports(path) if isinstance(node, ast.ImportFrom)} - {"__future__"}
    home = "ansible_collections.netns.lab.plugins.module_utils."
    assert names <= {home + runner.stem for runner in RUNNERS}


def test_the_check_itself_needs_nothing_newer() -> None:
    assert [ast.unparse(node) for node in _imports(CHECK) if _is_own(node)] == ["from ._model.errors import Dependency"]
    errors = _imports(UTILS / "_model/errors.py")
    assert [ast.unparse(node) for node in errors if not _is_known(node)] == []
    assert [ast.unparse(node) for node in _imports(CHECK) if not _is_own(node) and not _is_known(node)] == []
