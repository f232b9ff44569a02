# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capabilities of files: the task of the module ``file_capability``."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import Any

from .._engine.capabilities import file as file_capability
from .._kernel.capabilities import effect
from .._kernel.capabilities.file import CapabilityFile, last_capability
from .._model.capabilities import xattr
from .._model.errors import InvalidArgument
from .._model.spec import FILE_CAPABILITY
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Grant capabilities to files, or take them away.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing or refused.
    """
    asked = file_capability.request(params, last_capability())
    paths = _paths(params, asked.present)
    with ExitStack() as stack:
        files = [stack.enter_context(closing(CapabilityFile(path, params["follow"]))) for path in paths]
        files = _once(files)
        result = file_capability.run(asked, files, check)
        for file, outcome in zip(files, result.outcomes):
            if outcome.after is not None:
                result.warnings += effect.careful(file, xattr.from_bytes(outcome.after, file.path))
    return of_result(result, files=result.files())


def _paths(params: dict[str, Any], present: bool) -> list[str]:
    """Each path once; what is not there has no capabilities to take away."""
    given = [params["path"]] if params["path"] is not None else params["paths"]
    if not given:
        raise InvalidArgument("paths", "at least one path", "none", "Leave the task out where there is nothing to do.")
    return [path for path in dict.fromkeys(given) if present or not os.path.isabs(path) or os.path.lexists(path)]


def _once(files: list[CapabilityFile]) -> list[CapabilityFile]:
    """Each file once, whatever its paths are."""
    return list({file.identity: file for file in reversed(files)}.values())[::-1]


TASK = Task(run, FILE_CAPABILITY, {"mutually_exclusive": [("path", "paths")], "required_one_of": [("path", "paths")]})
