# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program for the host, made of this engine's own source: one file that Python runs, the same bytes every time."""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence

_HERE = __name__.rpartition("._kernel.")[0]
_LICENSE = "# SPDX-FileCopyrightText: 2026 The netns.lab contributors\n# SPDX-License-Identifier: GPL-3.0-or-later\n"
_SYSTEMS = "/usr/bin/python3"
_MAIN = """
import sys

from netns_lab.{first} import main

sys.exit(main(sys.argv[1:]))
"""


def whole(first: str, lasting: bool = False) -> bytes:
    """A program of a module and all of the engine that it can come to need while it runs.

    :param first: the module's ``__name__`` (str); its ``main`` takes the arguments and gives the exit code.
    :param lasting: whether the program is to outlast the Python that this runs with (bool).
    """
    name = first[len(_HERE) + 1 :]
    return _packed(_lasting() if lasting else sys.executable, _needed(name), name)


def made_of(names: Sequence[str], first: str) -> bytes:
    """A program of just some modules, which is to outlast the Python that this runs with.

    :param names: the modules, from ``module_utils`` on (str).
    :param first: the ``__name__`` of the one whose ``main`` is called, as for :func:`whole` (str).
    """
    return _packed(_lasting(), {name: _source(f"{_HERE}.{name}") for name in names}, first[len(_HERE) + 1 :])


def _lasting() -> str:
    """The system's Python where that is new enough: the one that this runs with may go."""
    return _SYSTEMS if _is_new_enough(_SYSTEMS) else os.path.realpath(sys.executable)


def _needed(first: str) -> dict[str, str]:
    """A module of the engine and all that it imports, at its top or later."""
    sources, todo = {}, [first]
    while todo:
        name = todo.pop()
        if name not in sources:
            sources[name] = _source(f"{_HERE}.{name}")
            todo += _imports(name, sources[name])
    return sources


def _imports(name: str, text: str) -> list[str]:
    """What a module of the engine imports of it, at its top or later."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            folder = name.split(".")[: -node.level]
            base = ".".join([*folder, *(node.module or "").split(".")]).strip(".")
            names = [f"{base}.{alias.name}".strip(".") for alias in node.names]
            found += [each if _is_module(each) else base for each in names]
    return found


def _is_module(name: str) -> bool:
    """Whether it is a file of the engine, not a folder of it nor a name in a file."""
    try:
        spec = importlib.util.find_spec(f"{_HERE}.{name}")
    except ModuleNotFoundError:
        return False
    return spec is not None and spec.submodule_search_locations is None


def _packed(python: str, sources: Mapping[str, str], first: str) -> bytes:
    """One file that Python runs.

    :param sources: the modules' texts by name.
    :param first: the module whose ``main`` is called.
    """
    texts = {f"netns_lab/{name.replace('.', '/')}.py": text for name, text in sources.items()}
    texts.update({f"{folder}/__init__.py": "" for text in list(texts) for folder in _folders(text)})
    texts["__main__.py"] = _LICENSE + _MAIN.format(first=first)
    buffer = io.BytesIO()
    buffer.write(f"#!{python} -I\n".encode())
    with zipfile.ZipFile(buffer, "a") as archive:
        for name in sorted(texts):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, texts[name])
    return buffer.getvalue()


def _folders(path: str) -> list[str]:
    """The folders that a file is in, from the inner to the outer."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _is_new_enough(python: str) -> bool:
    if not os.access(python, os.X_OK):
        return False
    command = [python, "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


def _source(name: str) -> str:
    spec = importlib.util.find_spec(name)
    loader = spec.loader if spec is not None else None
    text = loader.get_source(name) if loader is not None and hasattr(loader, "get_source") else None
    if text is None:
        raise RuntimeError(f"the source of {name} is not there")
    return str(text)
