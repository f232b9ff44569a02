# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities that are kept granted: the task of the module ``file_capability_policy``."""

from __future__ import annotations

from typing import Any

from .._engine.capabilities import keep
from .._kernel.capabilities.lists import LocalLists
from .._model.capabilities.spec import FILE_CAPABILITY_POLICY
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Keep the capabilities of files granted, or stop to.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    return of_result(keep.run(params, LocalLists(), check))


TASK = Task(run, FILE_CAPABILITY_POLICY, {"required_if": [("state", "present", ("files",))]})
