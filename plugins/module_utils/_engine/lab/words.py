# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of objects in words, as reasons of steps say them. Pure."""

from __future__ import annotations

from typing import Any

from ..state import Attrs
from .links import table as link_kinds


def differing(name: str, found: Attrs, wanted: Any) -> str:
    """An attribute that is not as wanted, in words.

    :param name: the attribute (str).
    :param found: the attributes of what stands (dict).
    :param wanted: what the attribute is to be.
    """
    if name == "raw":
        return f"it has {found['text']}, which is not described"
    kind = link_kinds.find(found)
    told = None if kind is None else kind.told(name, found.get(name), wanted)
    if told is not None:
        return told
    return f"{name} is {text_of(found.get(name))}, expected {text_of(wanted)}"


def text_of(value: Any) -> str:
    """The value of an attribute in words.

    :param value: the value (JSON types).
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "[" + ", ".join(str(part) for part in value) + "]"
    text = "none" if value in (None, "") else str(value)
    return repr(text) if "\n" in text else text


def some(names: list[str], limit: int = 8) -> str:
    """The first of many names.

    :param names: the names (list of str).
    :param limit: how many are told (int).
    """
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return (", ".join(names[:limit]) or "none") + more
