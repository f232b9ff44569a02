# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition in a file of the controller: what is read, how often, and what a mistake in it is told as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.plugin_utils import source

LAB: dict[str, Any] = {"namespaces": ["red", {"name": "blue", "lo_up": False}], "routes": []}


def read(tmp_path: Path, content: str, name: str = "lab.yml") -> Any:
    text, lists = source.definition_in(f"/labs/{name}", content.encode(), tmp_path)
    assert json.loads(text) == lists and text.startswith("{")
    return lists


@pytest.mark.parametrize("name", ["lab.yml", "lab.json", "lab"])
@pytest.mark.parametrize(
    "write", [json.dumps, lambda lab: json.dumps(lab, indent=1), lambda lab: f"﻿ {json.dumps(lab)}\n"]
)
def test_json_is_read_whatever_its_name_is(name: str, write: Any, tmp_path: Path) -> None:
    assert read(tmp_path, write(LAB), name) == LAB


def test_yaml_is_read_with_all_that_is_plain(tmp_path: Path) -> None:
    assert read(tmp_path, yaml.safe_dump(LAB)) == LAB
    assert read(tmp_path, "{namespaces: [red]}") == {"namespaces": ["red"]}
    assert read(tmp_path, "namespaces:\n  - &a {name: red, lo_up: true}\n  - {<<: *a, name: blue}\n") == {
        "namespaces": [{"name": "red", "lo_up": True}, {"name": "blue", "lo_up": True}]
    }
    assert read(tmp_path, "namespaces: [2026-11-26]\n") == {"namespaces": ["2026-11-26"]}
    assert read(tmp_path, 'namespaces: ["{{ no_template }}"]') == {"namespaces": ["{{ no_template }}"]}


def test_yaml_is_parsed_once_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(tmp_path, yaml.safe_dump(LAB))
    with monkeypatch.context() as patched:
        patched.setattr(yaml, "load", lambda *_args, **_options: pytest.fail("parsed again"))
        assert read(tmp_path, yaml.safe_dump(LAB)) == first
    assert read(tmp_path, yaml.safe_dump({"namespaces": ["green"]})) == {"namespaces": ["green"]}


@pytest.mark.parametrize(
    ("content", "name", "line", "found"),
    [
        ("namespaces:\n  - name: red\n    name: blue\n", "lab.yml", 3, "the key 'name' twice"),
        ("namespaces: []\nroutes: []\nnamespaces: []\n", "lab.yml", 3, "the key 'namespaces' twice"),
        ('{\n\t"routes": [],\n\t"routes": []\n}', "lab.json", 3, "the key 'routes' twice"),
        ("namespaces:\n  - name: [red\nroutes: []\n", "lab.yml", 3, "expected ',' or ']'"),
        ('{\n"namespaces": [\n}', "lab.json", 3, "no JSON: Expecting value"),
        ("namespaces:\n  - !vault abc\n", "lab.yml", 2, "could not determine a constructor for the tag '!vault'"),
        ("namespaces:\n  - !!python/name:os.system\n", "lab.yml", 2, "could not determine a constructor"),
        ("namespaces: !!set {red}\n", "lab.yml", 1, "could not determine a constructor"),
        ("? [a, b]\n: 1\n", "lab.yml", 1, "unhashable key"),
        ("- red\n", "lab.yml", 1, "a list"),
        ("\n", "lab.yml", 1, "nothing"),
        ("namespaces: &a [*a]\n", "lab.yml", 1, "what JSON cannot express"),
        ("a\n\tb: c\n", "lab.yml", 2, ""),
    ],
)
def test_a_mistake_is_told_with_file_and_line(content: str, name: str, line: int, found: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read(tmp_path, content, name)
    assert caught.value.obj == "src" and found in caught.value.found
    assert caught.value.found.endswith(f" (/labs/{name}, line {line})")


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"no UTF-8 \(/labs/lab.yml, line 2\)"):
        source.definition_in("/labs/lab.yml", b"namespaces:\n- \xff\n", tmp_path)
