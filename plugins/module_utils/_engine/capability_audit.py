# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What files have of capabilities beside what they are allowed to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._model import capabilities, file_caps
from .._model.file_caps import FileCapabilities
from .capability_policy import each_path
from .file_capability import described

Entry = dict[str, Any]


def allowed(entries: Sequence[Entry], last: int) -> dict[str, FileCapabilities]:
    """An allow list by path.

    :param entries: each with ``path`` or ``paths``, ``capabilities`` (str, in setcap's form) and ``rootid`` (or None).
    :param last: the number of the kernel's last capability.
    :raises InvalidArgument: for an entry that makes no sense, or a path that is there twice.
    """
    found: dict[str, FileCapabilities] = {}
    for where, path, entry in each_path("allow", entries):
        sets = capabilities.from_text(entry["capabilities"], last, f"{where}.capabilities")
        rootid = file_caps.user_id(entry.get("rootid"), f"{where}.rootid") or 0
        found[path] = file_caps.from_sets(sets, rootid, f"{where}.capabilities")
    return found


def optional(entries: Sequence[Entry]) -> set[str]:
    """The paths of an allow list that may be missing."""
    return {path for _where, path, entry in each_path("allow", entries) if entry.get("optional")}


def compare(values: Mapping[str, bytes], allow: Mapping[str, FileCapabilities], last: int) -> dict[str, list[Entry]]:
    """Files beside an allow list.

    :param values: path -> value of the attribute, of all files that have one.
    :returns: ``unexpected`` (on no list), ``missing`` (on the list, without capabilities or not there) and
        ``different``, each a list of path, found and wanted, in setcap's form, empty for none.
    """
    unexpected = [_entry(path, value, None, last) for path, value in values.items() if path not in allow]
    missing = [_entry(path, None, wanted, last) for path, wanted in allow.items() if path not in values]
    different = [
        _entry(path, values[path], wanted, last)
        for path, wanted in allow.items()
        if path in values and described(values[path], last) != described(file_caps.to_bytes(wanted), last)
    ]
    return {"unexpected": unexpected, "missing": missing, "different": different}


def _entry(path: str, value: bytes | None, wanted: FileCapabilities | None, last: int) -> Entry:
    return {
        "path": path,
        "found": described(value, last)["capabilities"],
        "wanted": wanted.text(last) if wanted is not None else "",
    }
