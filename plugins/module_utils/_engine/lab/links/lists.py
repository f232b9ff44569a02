# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of links that are lists of any length, in words. Pure."""

from __future__ import annotations

from typing import Any, Optional


def some(entries: list[Any], limit: int = 3) -> str:
    """Entries of a list for a person, the first few of many, or how many they are; empty without any.

    :param entries: texts, or pairs of a MAC address and its place.
    :param limit: how many are told (int); 0 for their number alone.
    """
    if not limit:
        return str(len(entries) or "")
    texts = [f"{entry[0]} at {entry[1]}" if isinstance(entry, list) else str(entry) for entry in entries]
    return ", ".join(texts[:limit]) + (f" and {len(texts) - limit} more" if len(texts) > limit else "")


def differing(name: str, found: Optional[list[Any]], wanted: list[Any]) -> str:
    """Which entries a list lacks, and which it has too many.

    :param name: the attribute (str).
    :param found: what it has (list, None for nothing).
    :param wanted: what it is to have (list).
    """
    found = found or []
    lacking, surplus = [each for each in wanted if each not in found], [each for each in found if each not in wanted]
    told = [f"lacks {some(lacking)}"] if lacking else []
    told += [f"has {some(surplus)} too many"] if surplus else []
    return f"{name} {', '.join(told)}"
