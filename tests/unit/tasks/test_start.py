# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that an action packs is what a module loads: modules, folders, their source, and lines of tracebacks."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils import _start
from ansible_collections.netns.lab.plugins.plugin_utils import code as codes

HOME = _start.__name__.rpartition(".")[0]
FILES = {
    "probe_one/two/three.py": "from ..four import WORD\n\n\ndef fail():\n    raise ValueError(WORD)  # this line\n",
    "probe_one/four.py": 'WORD = "ÿ"\n',
}


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_start.Code]:
    """What a host is sent of a directory."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    name, text = codes.packed(tmp_path)
    found = _start.Code({"id": name, "text": text}, True)
    monkeypatch.setattr(sys, "meta_path", [found, *sys.meta_path])
    yield found
    for each in [each for each in sys.modules if each.startswith(f"{HOME}.probe_one")]:
        del sys.modules[each]


def test_a_module_is_found_with_its_folders_and_its_source(loaded: _start.Code) -> None:
    three = importlib.import_module(f"{HOME}.probe_one.two.three")
    assert three.WORD == "ÿ"
    assert loaded.get_source(three.__name__) == FILES["probe_one/two/three.py"]
    spec = importlib.util.find_spec(f"{HOME}.probe_one.two")
    assert spec is not None and spec.submodule_search_locations == []
    assert importlib.util.find_spec(f"{HOME}.probe_one.five") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{HOME}.probe_one.five.six")


def test_a_traceback_has_its_lines(loaded: _start.Code) -> None:
    three = importlib.import_module(f"{HOME}.probe_one.two.three")
    with pytest.raises(ValueError, match="ÿ") as raised:
        three.fail()
    told = "".join(traceback.format_exception(raised.value))
    assert 'module_utils/probe_one/two/three.py", line 5, in fail\n    raise ValueError(WORD)  # this line' in told


def test_each_byte_of_the_source_makes_another_id(tmp_path: Path) -> None:
    names = set()
    for text in ("a = 1\n", "a = 2\n", "a = 1\n\n"):
        (tmp_path / "one.py").write_text(text, encoding="utf-8")
        names.add(codes.packed(tmp_path)[0])
    (tmp_path / "one.py").rename(tmp_path / "two.py")
    names.add(codes.packed(tmp_path)[0])
    assert len(names) == 4
