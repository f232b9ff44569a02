# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders of the code, and who of them may import whom: the table in docs/contributing/structure.md holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ..support.imports import PREFIX, Tree, circles

ROOT = Path(__file__).resolve().parents[3]
PAGE = "docs/contributing/structure.md"
#: what of Python's own library computes and touches nothing: all that ``_model`` and ``_engine`` may import of it
PURE = {
    "__future__", "abc", "bisect", "collections", "contextlib", "dataclasses", "difflib", "errno", "fnmatch",
    "functools", "hashlib", "io", "ipaddress", "json", "re", "shlex", "struct", "typing",
    # a run makes no garbage in circles: it is spared the search for it
    "gc",
    # a table loads the file of a kind of link where it meets one
    "importlib",
}  # fmt: skip
#: names of other modules that they may import all the same
PURE_NAMES = {
    # how the names of files are written
    "sys.getfilesystemencodeerrors", "sys.getfilesystemencoding",
    # paths and patterns as text
    "glob.escape", "posixpath.basename", "posixpath.dirname", "posixpath.join", "posixpath.normpath",
}  # fmt: skip


def table(text: str) -> dict[str, frozenset[str]]:
    """The table of a page: lines of a folder, what is in it, and what it may import.

    :param text: the page (str).
    """
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return {re.findall(r"`([^`]+)`", row[0])[0]: frozenset(re.findall(r"`([^`]+)`", row[2])) for row in rows}


@pytest.fixture(scope="module")
def tree() -> Tree:
    """The collection's own files."""
    return Tree(ROOT / "plugins")


@pytest.fixture(scope="module")
def allowed() -> dict[str, frozenset[str]]:
    """Who may import whom."""
    return table((ROOT / PAGE).read_text(encoding="utf-8"))


def test_folders_import_what_the_table_allows(tree: Tree, allowed: dict[str, frozenset[str]]) -> None:
    told = tree.forbidden(allowed)
    assert told == [], f"not in the table of {PAGE}:\n" + "\n".join(told)


def test_the_table_has_each_folder_and_nothing_that_is_not_needed(
    tree: Tree, allowed: dict[str, frozenset[str]]
) -> None:
    told = tree.unused(allowed)
    assert told == [], f"in the table of {PAGE}:\n" + "\n".join(told)


def test_no_circle_among_folders(allowed: dict[str, frozenset[str]]) -> None:
    assert circles(allowed) == []


def test_no_circle_among_modules(tree: Tree) -> None:
    told = tree.circles()
    assert told == [], "\n".join(told)


@pytest.mark.parametrize("top", ["_model", "_engine"])
def test_the_model_and_the_engine_touch_nothing(tree: Tree, top: str) -> None:
    found = [each for each in tree.of_python(top) if each.target.partition(".")[0] not in PURE]
    told = [f"{each.place}: {each.target}" for each in found if each.target not in PURE_NAMES]
    assert told == [], f"{top} computes; what touches the host is _kernel's:\n" + "\n".join(told)


def test_no_pure_module_is_listed_in_vain(tree: Tree) -> None:
    names = [each.target for top in ("_model", "_engine") for each in tree.of_python(top)]
    assert {*PURE} == {name.partition(".")[0] for name in names} & PURE
    assert {*names} >= PURE_NAMES


# -- the check itself --------------------------------------------------------------------------------------------------

FILES = {
    "module_utils/_model/lab/a.py": "import os\nfrom . import b\n",
    "module_utils/_model/lab/b.py": "def late():\n    from .a import x\n",
    "module_utils/_engine/lab/run.py": "from typing import TYPE_CHECKING\nfrom ..._model.lab.a import x\n"
    "if TYPE_CHECKING:\n    from ..boot.stored import y\n",
    "module_utils/_engine/boot/stored.py": f"def late():\n    from {PREFIX}module_utils._engine.lab import run\n",
    "module_utils/_engine/boot/types.py": "if TYPE_CHECKING:\n    from .stored import y\n",
    "module_utils/_runner.py": "import ansible.module_utils.basic\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    """A tree with a file for each thing that is to be found."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Tree(tmp_path)


def test_an_import_that_is_not_allowed_is_named_with_its_line(small: Tree) -> None:
    assert small.forbidden(
        {"_engine/lab": frozenset({"_engine/boot"}), "_engine/boot": frozenset({"_engine/lab"})}
    ) == [
        "plugins/module_utils/_engine/lab/run.py:2: _engine/lab may not import _model/lab (module_utils._model.lab.a)",
        "plugins/module_utils/_runner.py:1: _runner may not import ansible (ansible.module_utils.basic)",
    ]


def test_what_the_table_has_in_vain_is_named(small: Tree) -> None:
    rows = {"_model/lab": {"ansible"}, "_engine/lab": {"_model/lab", "_engine/boot"}, "_engine/gone": set()}
    assert small.unused({here: frozenset(there) for here, there in rows.items()}) == [
        "_model/lab imports nothing of ansible",
        "_engine/gone is no folder with Python files",
        "_engine/boot is not in the table",
        "_runner is not in the table",
    ]


def test_a_circle_is_found_wherever_its_imports_stand(small: Tree) -> None:
    """In a function too; for a type alone it is one among folders, but none among the modules of one folder."""
    (circle,) = small.circles()
    assert circle.split("\n  ") == [
        "a circle:",
        "plugins/module_utils/_model/lab/a.py:2 -> module_utils._model.lab.b",
        "plugins/module_utils/_model/lab/b.py:2 -> module_utils._model.lab.a",
    ]
    between = {(here, there) for here, there, _each in small.between()}
    assert {("_engine/lab", "_engine/boot"), ("_engine/boot", "_engine/lab")} <= between
    assert circles({"a": ["b"], "b": ["c"], "c": ["b"], "d": ["d"]}) == [["b", "c"], ["d"]]


def test_what_a_layer_imports_of_python_is_told(small: Tree) -> None:
    assert [(each.place, each.target) for each in small.of_python("_model")] == [
        ("plugins/module_utils/_model/lab/a.py:1", "os")
    ]


def test_a_table_is_read() -> None:
    assert table(
        "| folder | what | imports |\n| --- | --- | --- |\n| `a/b` | the `b` | `a`, `c` |\n| `c` | c | |\n"
    ) == {
        "a/b": frozenset({"a", "c"}),
        "c": frozenset(),
    }
