# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files have capabilities: the task of the module ``file_capability_info``."""

from __future__ import annotations

from typing import Any

from .._engine.capabilities import audit
from .._kernel.capabilities.scan import ScannedFiles
from .._model.capabilities.spec import FILE_CAPABILITY_INFO
from .answer import Answer, Task


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Look for files with capabilities, and hold them against those that may have some.

    :param params: the options of the module.
    :raises LabError: for what is wrong, or cannot be read.
    """
    return Answer(facts=audit.run(params, ScannedFiles()))


TASK = Task(run, FILE_CAPABILITY_INFO, {"required_one_of": [("paths", "allow")]})
