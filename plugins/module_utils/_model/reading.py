# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options as a user writes them, held against their form: types, choices, what is unknown or missing. Pure.

Texts are taken for what they stand for, as Ansible does (``"1500"`` is a number, ``"a,b"`` a list), since ``key=value``
knows nothing else. Nothing else becomes a text: a name that YAML reads as true, 1.5 or a list is a mistake.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Optional

from .errors import InvalidArgument

Options = dict[str, Any]
#: options and their forms, as an argument spec of Ansible
Spec = dict[str, Any]

#: the option that is the value of a sysctl, where true is 1
_SYSCTL = "value"
#: options whose text is often a number, which stands for it
_NUMERIC = frozenset({"table", "port", "value", "fwmark", "size", "drift_interval", "why"})
_TYPES = {
    "str": str, "path": str, "int": int, "float": float, "bool": bool, "dict": dict, "list": list, "raw": object,
}  # fmt: skip
_WORDS = {
    "str": "a text", "path": "a path", "int": "a whole number", "float": "a number", "bool": "true or false",
    "dict": "key: value", "list": "a list",
}  # fmt: skip
_BOOLS = {
    **dict.fromkeys(("y", "yes", "on", "1", "true", "t"), True),
    **dict.fromkeys(("n", "no", "off", "0", "false", "f"), False),
}
#: characters of a text with ``key=value``: a command line's
_PAIRS = 1 << 16
#: digits of a text that int() is given
_DIGITS = 20


def fill(where: str, options: Any, spec: Spec, required: tuple[str, ...] = ()) -> Options:
    """Hold an entry against its form and fill in the defaults, those of the entries in it too.

    :param where: the entry's name, e.g. ``veths[0]`` (str).
    :param options: its options (dict), or its name (str) where it needs no more than that.
    :param spec: its form, an argument spec.
    :param required: options that it needs beyond those that the form requires.
    :raises InvalidArgument: for an unknown option, a missing one, a value of another type or outside its choices.
    """
    if not isinstance(options, dict):
        options = _entry(where, options, spec, required)
    for key in options:
        if key not in spec:
            remedy = f"Options here: {', '.join(sorted(spec))}."
            raise InvalidArgument(f"{where}.{key}", "a known option", f"{key!r}", remedy)
    filled = {}
    for key, form in spec.items():
        value = options.get(key)
        if value is None:
            if form.get("required") or key in required:
                raise InvalidArgument(f"{where}.{key}", "a value", "nothing", f"{key} is required.")
            value = form.get("default")
        elif value.__class__ is not str or len(form) != 1 or form["type"] != "str":  # all others need a look
            value = option(f"{where}.{key}", key, value, form)
        filled[key] = value
    return filled


def module_options(params: Options, spec: Spec, within: str = "") -> Options:
    """The options of a module as they were given, each held against its form.

    Unknown and missing ones stay as they are: Ansible tells of them.

    :param params: the options as Ansible hands them over (dict).
    :param spec: their argument spec (dict).
    :param within: what the options' names begin with in errors, e.g. ``veth`` (str).
    :raises InvalidArgument: as :func:`fill`.
    """
    read = dict(params)
    for key, value in params.items():
        if key in spec and value is not None:
            read[key] = option(f"{within}.{key}" if within else key, key, value, spec[key])
    return read


def option(where: str, key: str, value: Any, form: Spec) -> Any:
    """One option's value as its form says.

    :param where: its name in errors, e.g. ``veths[0].mtu`` (str).
    :param key: its own name, e.g. ``mtu`` (str).
    :param value: the value as given (any JSON type).
    :param form: its part of the argument spec (dict).
    :raises InvalidArgument: as :func:`fill`.
    """
    kind = form["type"]
    if kind == "dict" and "options" in form:
        return fill(where, value, form["options"])
    if value.__class__ is not _TYPES[kind]:
        value = _typed(where, key, value, kind, form.get("choices"))
    if "choices" in form and value not in form["choices"]:
        raise InvalidArgument(where, f"one of {', '.join(form['choices'])}", repr(value), "Choose one of them.")
    return _parts(where, key, value, form) if kind == "list" else value


def named(entry: Any) -> Any:
    """An entry, or the peer in it, that is a name alone, as a dictionary; whatever else it is stays as it is.

    :param entry: the entry as given (any JSON type).
    """
    if isinstance(entry, str):
        return {"name": entry}
    if isinstance(entry, Mapping) and isinstance(entry.get("peer"), str):
        return {**entry, "peer": {"name": entry["peer"]}}
    return entry


def _parts(where: str, key: str, value: list[Any], form: Spec) -> list[Any]:
    kind = form.get("elements", "raw")
    if kind == "dict" and "options" in form:
        return [fill(f"{where}[{index}]", part, form["options"]) for index, part in enumerate(value)]
    plain = _TYPES[kind]
    return [
        part if part.__class__ is plain else _typed(f"{where}[{index}]", key, part, kind, None)
        for index, part in enumerate(value)
    ]


def _entry(where: str, given: Any, spec: Spec, required: tuple[str, ...]) -> Options:
    """What is not a dictionary, as one."""
    if isinstance(given, str):
        by_name = {key for key, form in spec.items() if form.get("required") or key in required} == {"name"}
        read = _dict_of(given)
        if read is not None and (not by_name or set(read) <= set(spec)):
            return read
        if by_name:
            return {"name": given}
    remedy = "Write it as key: value."
    if isinstance(given, (bool, int, float)) and "name" in spec:
        remedy = "If it is a name, write it in quotation marks."
    raise InvalidArgument(where, "an entry (a dictionary of options)", repr(given), remedy)


def _typed(where: str, key: str, value: Any, kind: str, choices: Optional[list[str]]) -> Any:
    """A value as its type. Ansible's own values are subclasses of the plain types."""
    if kind == "raw":
        return value
    if kind in ("str", "path"):
        read = _text(key, value, choices)
    elif kind == "bool":
        read = _bool(value)
    elif kind in ("int", "float"):
        read = _number(value, kind)
    elif kind == "list":
        read = _list(value)
    else:
        read = value if isinstance(value, dict) else _dict_of(value) if isinstance(value, str) else None
    if read is None:
        remedy = f"Write {_WORDS[kind]}."
        if kind in ("str", "path") and isinstance(value, (bool, int, float)):
            remedy = "Without quotes YAML reads it as a number, a date or a boolean: write it in quotes."
        raise InvalidArgument(where, _WORDS[kind], repr(value), remedy)
    return read


def _text(key: str, value: Any, choices: Optional[list[str]]) -> Optional[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) and key == _SYSCTL:
        return str(int(value))
    if isinstance(value, bool):
        # YAML's off, where off is one of the choices
        meant = [word for word in choices or () if _BOOLS.get(word) is value]
        return meant[0] if len(meant) == 1 else None
    return str(value) if isinstance(value, int) and key in _NUMERIC else None


def _bool(value: Any) -> Optional[bool]:
    if isinstance(value, (bool, int, float)):
        return bool(value) if value in (0, 1) else None
    return _BOOLS.get(value.strip().lower()) if isinstance(value, str) else None


def _number(value: Any, kind: str) -> Any:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _DIGITS or not text.isascii() or "_" in text:
            return None
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return None
    if kind == "float":
        return float(value) if isinstance(value, (int, float)) and abs(value) < 10**_DIGITS else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 10**_DIGITS else None
    return value if isinstance(value, int) else None


def _list(value: Any) -> Optional[list[Any]]:
    if isinstance(value, (list, tuple)):
        return list(value)
    if not isinstance(value, str):
        return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if value.startswith("["):
        read = _json(value)
        if isinstance(read, list):
            return read
    return [part.strip() for part in value.split(",")]


def _dict_of(text: str) -> Optional[Options]:
    """The options in JSON, or as ``key=value key=value``."""
    if text.startswith("{"):
        read = _json(text)
        return read if isinstance(read, dict) else None
    if "=" not in text or len(text) > _PAIRS:
        return None
    import shlex  # noqa: PLC0415 - few write an entry so

    reader = shlex.shlex(text, posix=True)
    reader.whitespace, reader.whitespace_split, reader.commenters = ", \t\n", True, ""
    try:
        pairs = [word.partition("=") for word in reader]
    except ValueError:
        return None
    if not pairs or not all(key and sign for key, sign, _value in pairs):
        return None
    return {key: value for key, _sign, value in pairs}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
