# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of the short form may hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

Entry = dict[str, Any]

#: what a variable's name begins with; the messages name the variables of the role
PREFIX = "bridge_nat_"


def text(where: str, value: Any) -> str:
    """A text of the short form.

    :param where: the variable, for an error (str).
    :param value: what is given.
    :raises InvalidArgument: for anything else.
    """
    if not isinstance(value, str):
        raise InvalidArgument(where, "a string", repr(value), "Write it in quotes.")
    return value


def entries(where: str, value: Any) -> list[tuple[str, Entry]]:
    """A list of entries with the name of each; None is an empty list.

    :param where: the variable, for an error (str).
    :param value: what is given.
    :raises InvalidArgument: for what is no list of dictionaries.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidArgument(where, "a list", repr(value), "Write it as a list.")
    named = [(f"{where}[{index}]", entry) for index, entry in enumerate(value)]
    for name, entry in named:
        if not isinstance(entry, Mapping):
            raise InvalidArgument(name, "an entry (a dictionary of options)", repr(entry), "Write it as key: value.")
    return named


def known(where: str, entry: Entry, options: tuple[str, ...]) -> None:
    """See that an entry has no other options than it may have.

    :param where: the entry, for an error (str).
    :param entry: the entry (dict).
    :param options: the options that it may have (str each).
    :raises InvalidArgument: for the first other one.
    """
    for key in entry:
        if key not in options:
            remedy = f"Options here: {', '.join(sorted(options))}."
            raise InvalidArgument(f"{where}.{key}", "a known option", repr(str(key)), remedy)


def given(entry: Entry, options: tuple[str, ...]) -> Entry:
    """Of some options of an entry those that are given.

    :param entry: the entry (dict).
    :param options: the options (str each).
    """
    return {key: entry[key] for key in options if entry.get(key) is not None}
