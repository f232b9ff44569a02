# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What files have of capabilities beside what they are allowed to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from ..._model.capabilities import xattr as file_caps
from ..._model.capabilities.xattr import FileCapabilities
from .file import described
from .policy import Entry


def compare(values: Mapping[str, bytes], allow: Mapping[str, Entry], last: int) -> dict[str, list[dict[str, Any]]]:
    """Files beside an allow list.

    :param values: path -> value of the attribute, of all files that have one.
    :param allow: what files may have, by path.
    :param last: the highest capability of the kernel (int).
    :returns: ``unexpected`` (on no list), ``missing`` (on the list, without capabilities or not there) and
        ``different``, each a list of path, found and wanted, in setcap's form, empty for none.
    """
    unexpected = [_told(path, value, None, last) for path, value in values.items() if path not in allow]
    missing = [_told(path, None, item.caps, last) for path, item in allow.items() if path not in values]
    different = [
        _told(path, values[path], item.caps, last)
        for path, item in allow.items()
        if path in values and file_caps.readable(values[path]) != item.caps
    ]
    return {"unexpected": unexpected, "missing": missing, "different": different}


def _told(path: str, value: Optional[bytes], wanted: Optional[FileCapabilities], last: int) -> dict[str, Any]:
    return {
        "path": path,
        "found": described(value, last)["capabilities"],
        "expected": wanted.text(last) if wanted is not None else "",
    }
