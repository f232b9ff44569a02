# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module imports before it has looked at its Python can be read by the oldest that Ansible starts it with."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

UTILS = Path(__file__).resolve().parents[3] / "plugins/module_utils"
RUNNER, START, KEPT_CODE = UTILS / "_runner.py", UTILS / "_start.py", UTILS / "_kept_code.py"
ERRORS = UTILS / "_model/errors.py"
MODULES = sorted(UTILS.parent.glob("modules/*.py"))
HOME = "ansible_collections.netns.lab.plugins.module_utils."
#: what Ansible 2.17 still starts modules with
OLDEST = (3, 7)
#: names that an older typing, collections.abc, ... has too; each module of the standard library with what is used of it
KNOWN = {
    "__future__": {"annotations"},
    "contextlib": {"suppress"},
    "importlib.machinery": {"ModuleSpec"},
    "typing": {"TYPE_CHECKING", "Any", "Optional"},
    "ansible.module_utils": {"basic"},
}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)


def _imports(path: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in _tree(path).body if isinstance(node, (ast.Import, ast.ImportFrom))]


def _is_known(node: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(node, ast.Import):
        return all(alias.name in sys.stdlib_module_names for alias in node.names)
    return {alias.name for alias in node.names} <= KNOWN.get(node.module or "", set())


def test_the_runner_looks_at_its_python_before_it_imports_what_is_newer() -> None:
    body = _tree(RUNNER).body
    check = next(number for number, node in enumerate(body) if "sys.version_info < OLDEST_PYTHON" in ast.unparse(node))
    before = [node for node in body[:check] if isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_known(node)]
    assert [ast.unparse(node) for node in before] == ["from ._model.errors import Dependency, LabError"]
    assert [ast.unparse(node) for node in _imports(ERRORS) if not _is_known(node)] == []


@pytest.mark.parametrize(("path", "ours"), [(START, ["from . import _kept_code"]), (KEPT_CODE, [])])
def test_what_ansible_packs_can_be_read_by_it(path: Path, ours: list[str]) -> None:
    assert [ast.unparse(node) for node in _imports(path) if not _is_known(node)] == ours


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_only_where_it_starts(path: Path) -> None:
    imports = [ast.unparse(node) for node in _imports(path)]
    imports.remove("from __future__ import annotations")
    assert imports in ([f"from {HOME}_start import run_module"], [])  # none where an action does all of it
