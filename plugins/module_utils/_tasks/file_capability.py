# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The capabilities of files: the task of the module ``file_capability``."""

from __future__ import annotations

from typing import Any

from .._engine.capabilities import grant
from .._kernel.capabilities.host import LocalFiles
from .._model.capabilities.spec import FILE_CAPABILITY
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Grant capabilities to files, or take them away.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing or refused.
    """
    result = grant.run(params, LocalFiles(), check)
    return of_result(result, files=result.files())


TASK = Task(run, FILE_CAPABILITY, {"mutually_exclusive": [("path", "paths")], "required_one_of": [("path", "paths")]})
