# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A definition in a file of the controller, as the option ``src`` names it: JSON or YAML, taken as it is.

It is handed on as one JSON text, which Ansible neither templates nor copies part by part.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

import yaml
from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.definition import lists_of, only_one_form

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CACHE = "netns_lab_src"


class _Repeated(Exception):
    """A key that stands twice in a JSON object."""


class _Loader(_LOADER):
    """YAML's plain types only, no key twice, and a date as the text that was written."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A dictionary.

        :param node: what was parsed.
        :param deep: whether its values are to be ready at once (bool).
        :raises yaml.MarkedYAMLError: for a key that stands twice.
        """
        seen = set()
        for key, _value in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if (key.tag, key.value) in seen:
                    raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} twice", problem_mark=key.start_mark)
                seen.add((key.tag, key.value))
        return dict(super().construct_mapping(node, deep=deep))


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _LOADER.construct_yaml_str)
for _tag in ("binary", "omap", "pairs", "set"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _LOADER.construct_undefined)


def with_source(action: ActionBase, args: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of a task with the definition that ``src`` names in its place.

    :param action: the action of the task; it knows where Ansible looks for files.
    :param args: the task's options.
    :returns: the options, with the definition as JSON, and the lists in it; no lists without ``src``, or if the lab is
        to be absent.
    :raises InvalidArgument: if the file cannot be read, is not YAML or JSON, or if lists or
        ``definition`` are given too.
    """
    only_one_form(args)
    others = {name: value for name, value in args.items() if name != "src"}
    src = args.get("src")
    if src is None or args.get("state") == "absent":
        return others, {}
    try:
        path = action._find_needle("files", str(src))  # noqa: SLF001 - as Ansible's own actions do
        content = Path(action._loader.get_real_file(path)).read_bytes()  # noqa: SLF001
    except (AnsibleError, OSError) as exc:
        raise InvalidArgument("src", "a file of the controller", str(exc), "Correct the path.") from exc
    text, read = definition_in(path, content, Path(constants.DEFAULT_LOCAL_TMP))
    return {**others, "definition": text}, lists_of({"definition": read})


def definition_in(path: str, content: bytes, temporary: Path) -> tuple[str, dict[str, Any]]:
    """The definition that a file has.

    What a YAML file says is kept as JSON in the temporary directory of this run of Ansible, as reading YAML of a large
    lab takes fifty times as long, and every host of the play needs it.

    :param path: the file, for errors (str).
    :param content: what is in it.
    :param temporary: that directory.
    :returns: the definition as a JSON text, and the same read.
    :raises InvalidArgument: if it is neither YAML nor JSON, or no dictionary.
    """
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise _wrong(path, line, "bytes that are no UTF-8") from exc
    read = _json(path, text) if text.startswith("{") else None
    if read is not None:
        return text, read
    kept = temporary / _CACHE / f"{hashlib.sha256(content).hexdigest()}.json"
    if kept.exists():
        text = kept.read_text(encoding="utf-8")
        return text, json.loads(text)
    read = _yaml(path, content)
    if not isinstance(read, dict):
        raise _wrong(path, 1, "nothing" if read is None else f"a {_WORDS.get(type(read), 'value')}")
    try:
        text = json.dumps(read)
    except (TypeError, ValueError, RecursionError) as exc:  # a key that is a list, an anchor within itself
        raise _wrong(path, 1, f"what JSON cannot express ({exc})") from exc
    _keep(kept, text)
    return text, json.loads(text)


_WORDS = {list: "list", str: "text", int: "number", float: "number", bool: "boolean"}


def _wrong(path: str, line: int, found: str) -> InvalidArgument:
    remedy = "Correct the file."
    return InvalidArgument("src", "the lists of a definition in YAML or JSON", f"{found} ({path}, line {line})", remedy)


def _json(path: str, text: str) -> dict[str, Any] | None:
    """What a JSON text says; None if it has to be read as YAML, which knows the line of a key that stands twice."""
    try:
        return dict(json.loads(text, object_pairs_hook=_unique))
    except _Repeated:
        return None
    except (ValueError, RecursionError) as exc:
        if path.endswith(".json"):
            raise _wrong(path, getattr(exc, "lineno", 1), f"no JSON: {getattr(exc, 'msg', exc)}") from exc
        return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _Repeated
    return read


def _yaml(path: str, content: bytes) -> Any:
    try:
        return yaml.load(content, Loader=_Loader)  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        raise _wrong(path, mark.line + 1 if mark else 1, str(getattr(exc, "problem", None) or exc)) from exc


def _keep(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{secrets.token_hex(8)}")
    half.write_text(text, encoding="utf-8")
    half.replace(path)
