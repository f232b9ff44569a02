# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who imports whom under ``plugins``: each import, wherever it stands, held against a table of folders; circles."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

#: how files under ``plugins`` are imported by those that are not under ``module_utils``
PREFIX = "ansible_collections.netns.lab.plugins."
#: how many parts of a path name a folder; 1 where it is not said
PARTS = {"module_utils": 3, "plugin_utils": 2}

#: folder -> the folders and the packages of others that it may import
Table = Mapping[str, frozenset[str]]


class Import(NamedTuple):
    """One imported name.

    :param module: the module that imports, with dots from ``plugins`` on (str).
    :param target: a module of ours in the same form, or the whole name of what is not ours (str).
    :param ours: whether it is one of ours (bool).
    :param typing: whether it is imported for its type alone, under TYPE_CHECKING (bool).
    :param place: FILE:LINE (str).
    """

    module: str
    target: str
    ours: bool
    typing: bool
    place: str


def folder(module: str) -> str:
    """The folder of a module, as the table names it: ``_engine/lab``, ``plugin_utils/span``, ``action``.

    :param module: the module, with dots from ``plugins`` on (str).
    """
    top, *rest = module.split(".")
    names = [top, *rest[:-1]][: PARTS.get(top, 1)]
    if top == "module_utils":
        names = names[1:] or rest[:1]  # the runner is a room of its own
    return "/".join(names)


class Tree:
    """The imports of all Python files under a folder.

    :param plugins: the folder ``plugins`` (Path).
    """

    def __init__(self, plugins: Path) -> None:
        self._plugins = plugins
        paths = sorted(plugins.rglob("*.py"))
        self.modules = {".".join(path.relative_to(plugins).with_suffix("").parts): path for path in paths}
        self.folders = {folder(module) for module in self.modules}
        self.imports = [each for module, path in self.modules.items() for each in self._imports(module, path)]

    def _imports(self, module: str, path: Path) -> Iterator[Import]:
        shown = f"plugins/{path.relative_to(self._plugins).as_posix()}"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        typing = {id(node) for check in ast.walk(tree) if _is_typing(check) for node in ast.walk(check)}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for name in self._names(module, node):
                    yield Import(module, name, name in self.modules, id(node) in typing, f"{shown}:{node.lineno}")

    def _names(self, module: str, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            return
        base = (node.module or "").removeprefix(PREFIX)
        if node.level:
            base = ".".join([*module.split(".")[: -node.level], *filter(None, [base])])
        for alias in node.names:
            name = f"{base}.{alias.name}"
            yield base if base in self.modules else name

    def forbidden(self, table: Table) -> list[str]:
        """The imports that a table does not allow, one text each: FILE:LINE, and what may not import what.

        :param table: who may import whom.
        """
        return [
            f"{each.place}: {here} may not import {there} ({each.target})"
            for here, there, each in self.between()
            if there not in table.get(here, ())
        ]

    def unused(self, table: Table) -> list[str]:
        """The entries of a table that nothing needs, and the folders that it does not have.

        :param table: who may import whom.
        """
        used = {(here, there) for here, there, _each in self.between()}
        told = [
            f"{here} imports nothing of {there}" for here in table for there in table[here] if (here, there) not in used
        ]
        told += [f"{here} is no folder with Python files" for here in table if here not in self.folders]
        return told + [f"{here} is not in the table" for here in sorted(self.folders - set(table))]

    def between(self) -> Iterator[tuple[str, str, Import]]:
        """Each import from one folder of another, or of a package that is neither ours nor Python's."""
        for each in self.imports:
            here = folder(each.module)
            there = folder(each.target) if each.ours else each.target.partition(".")[0]
            if here != there and (each.ours or there not in sys.stdlib_module_names):
                yield here, there, each

    def of_python(self, top: str) -> Iterator[Import]:
        """What the files of a layer import of Python's own library.

        :param top: the layer, e.g. ``_engine`` (str).
        """
        for each in self.imports:
            if folder(each.module).partition("/")[0] == top and not each.ours:
                yield each

    def circles(self) -> list[str]:
        """The circles among modules, one text each. A type alone may look back within its folder."""
        arrows: dict[str, dict[str, str]] = {module: {} for module in self.modules}
        for each in self.imports:
            if each.ours and each.target != each.module and not each.typing:
                arrows[each.module].setdefault(each.target, each.place)
        return [
            "\n  ".join(
                [
                    "a circle:",
                    *(f"{arrows[one][two]} -> {two}" for one in circle for two in arrows[one] if two in circle),
                ]
            )
            for circle in circles(arrows)
        ]


def _is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def circles(arrows: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The groups of nodes that all lead to each other.

    :param arrows: node -> those that it leads to.
    """
    reached: dict[str, set[str]] = {}
    for start in arrows:
        todo, seen = [start], set()
        while todo:
            new = set(arrows.get(todo.pop(), ())) - seen
            seen |= new
            todo += new
        reached[start] = seen
    found: list[list[str]] = []
    for node in sorted(reached):
        if node in reached[node] and not any(node in circle for circle in found):
            found.append(sorted(other for other in reached[node] if node in reached.get(other, ())))
    return found
