# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run for some files: each gets the same capabilities, or loses them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from ..._model.capabilities import xattr
from ..._model.errors import InvalidArgument
from . import file as file_capability
from .file import Result
from .host import Files


def run(options: dict[str, Any], files: Files, check: bool) -> Result:
    """Grant capabilities to files, or take them away: all, or none.

    :param options: those of the module ``file_capability``.
    :param files: the host's.
    :param check: whether to stop before anything is written (bool).
    :raises LabError: for what is wrong, missing or refused.
    """
    asked = file_capability.request(options, files.last())
    with ExitStack() as stack:
        paths = _paths(options, asked.present, files)
        opened = [stack.enter_context(files.opened(path, options["follow"])) for path in paths]
        # whatever its paths are, a file is there once, and told by the first of them
        each = list({file.identity: file for file in reversed(opened)}.values())[::-1]
        result = file_capability.run(asked, each, check)
        for file, outcome in zip(each, result.outcomes):
            if outcome.after is not None:
                result.warnings += files.advice(file, xattr.from_bytes(outcome.after, file.path))
    return result


def _paths(options: dict[str, Any], present: bool, files: Files) -> list[str]:
    """Each path once; what is not there has no capabilities to take away."""
    given = [options["path"]] if options["path"] is not None else options["paths"]
    if not given:
        raise InvalidArgument("paths", "at least one path", "none", "Skip the task if there is nothing to do.")
    return [path for path in dict.fromkeys(given) if present or not path.startswith("/") or files.is_there(path)]
