# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every name that a module of the collection takes from another one is there, also where no test comes by."""

from __future__ import annotations

import ast
import importlib
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = "ansible_collections.netns.lab.plugins.module_utils"
FILES = sorted((ROOT / "plugins/module_utils").rglob("*.py"))


def _missing(module: types.ModuleType, text: str) -> list[str]:
    """Attributes of modules that are asked for, ``module.name``, and are not there."""
    known = {name: value for name, value in vars(module).items() if isinstance(value, types.ModuleType)}
    body = ast.parse(text)
    shadowed = {node.arg for node in ast.walk(body) if isinstance(node, ast.arg)}
    shadowed |= {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return [
        f"{node.value.id}.{node.attr} (line {node.lineno})"
        for node in ast.walk(body)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in known.keys() - shadowed
        and not hasattr(known[node.value.id], node.attr)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_module_takes_from_another_is_there(path: Path) -> None:
    name = ".".join([PACKAGE, *path.relative_to(ROOT / "plugins/module_utils").with_suffix("").parts])
    assert _missing(importlib.import_module(name.removesuffix(".__init__")), path.read_text(encoding="utf-8")) == []
