# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docstrings of public functions name every parameter, what is returned and what is raised."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("plugins/module_utils", "plugins/plugin_utils", "plugins/action")
FILES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _public(body: list[ast.stmt], within: str = "") -> Iterator[tuple[str, Function, str]]:
    """Public functions and methods with their names, each with what its class says of the parameters of __init__."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node) or ""
            for name, function, own in _public(node.body, f"{node.name}."):
                yield name, function, own
            for function in node.body:
                if isinstance(function, ast.FunctionDef) and function.name == "__init__":
                    yield f"{node.name}()", function, text
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            yield within + node.name, node, ast.get_docstring(node) or ""


def _bases(node: ast.ClassDef) -> list[str]:
    return [ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases]


def _methods(node: ast.ClassDef) -> set[str]:
    return {each.name for each in node.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _told_once() -> tuple[dict[str, set[str]], dict[Path, set[str]]]:
    """The methods of every class by its name, and by folder those that the modules in it have to have (its Protocols).

    Not at import: who collects the tests and runs others would parse all files too.
    """
    methods: dict[str, set[str]] = {}
    ports: dict[Path, set[str]] = {}
    for path in FILES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                methods.setdefault(node.name, set()).update(_methods(node))
                if "Protocol" in _bases(node):
                    ports.setdefault(path.parent, set()).update(_methods(node))
    return methods, ports


def _inherited(path: Path, name: str) -> bool:
    """Whether a class of ours that it is derived from, or a Protocol of its folder, says it already."""
    methods, ports = _told_once()
    owner, _dot, method = name.rpartition(".")
    if not owner:
        return method in ports.get(path.parent, ())
    nodes = (node for node in ast.walk(_tree(path)) if isinstance(node, ast.ClassDef) and node.name == owner)
    bases = [base for node in nodes for base in _bases(node)]
    return "ActionBase" in bases or any(method in methods.get(base, ()) for base in bases)


def _parameters(function: Function) -> list[str]:
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [each.arg for each in (given.vararg, given.kwarg) if each is not None]
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def _raises(function: Function) -> bool:
    """Whether it raises an error itself, not one at hand again."""
    return any(isinstance(node, ast.Raise) and node.exc is not None for node in ast.walk(function))


def missing(path: Path) -> list[str]:
    """What docstrings of a file lack, one text each."""
    found = []
    for name, function, text in _public(_tree(path).body):
        if _inherited(path, name):
            continue
        lacking = [each for each in _parameters(function) if not re.search(rf":param (\w+ )?\*{{0,2}}{each}:", text)]
        lacking = [f":param {each}:" for each in lacking]
        said = re.findall(r":param (\w+):", text)
        lacking += [f":param {each}: once" for each in dict.fromkeys(said) if said.count(each) > 1]
        lacking += [":raises"] if _raises(function) and ":raises " not in text else []
        if lacking:
            found.append(f"{path.relative_to(ROOT)}:{function.lineno} {name}: {', '.join(lacking)}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "plugins").as_posix())
def test_docstrings_name_parameters_and_errors(path: Path) -> None:
    found = missing(path)
    assert not found, "its docstring does not name it:\n" + "\n".join(found)
