# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files have capabilities: the task of the module ``file_capability_info``."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from typing import Any

from .._engine.capabilities import audit, policy
from .._engine.capabilities import file as file_capability
from .._kernel.capabilities import effect, scan
from .._kernel.capabilities.file import CapabilityFile, last_capability
from .._model.capabilities import xattr
from .._model.errors import LabError
from .._model.spec import FILE_CAPABILITY_INFO
from .answer import Answer, Task


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Look for files with capabilities, and hold them against those that may have some.

    :param params: the options of the module.
    :raises LabError: for what is wrong, or cannot be read.
    """
    last = last_capability()
    allow = policy.allowed(params["allow"] or (), last)
    found = scan.scan(
        params["paths"] or (), params["exclude"] or (), params["one_filesystem"], params["threads"], allow
    )
    facts: dict[str, Any] = {
        "files": [_told(path, value, last) for path, value in found.values.items()],
        "scanned": found.scanned,
        "unread": found.unread,
    }
    if params["allow"] is not None:
        expected = {path: item for path, item in allow.items() if not item.optional or os.path.lexists(path)}
        facts.update(audit.compare(found.values, expected, last))
    return Answer(facts=facts)


def _told(path: str, value: bytes, last: int) -> dict[str, Any]:
    """A file for the user, with why its capabilities would not take effect."""
    warnings: list[str] = []
    with suppress(LabError), closing(CapabilityFile(path, follow=False)) as file:
        warnings = effect.careful(file, xattr.from_bytes(value, path))
    return {"path": path, **file_capability.described(value, last), "warnings": warnings}


TASK = Task(run, FILE_CAPABILITY_INFO, {"required_one_of": [("paths", "allow")]})
