# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found on a host: the task of the module ``topology_info``."""

from __future__ import annotations

from typing import Any

from .._engine.lab import info
from .._engine.lab.formats import asked
from .._engine.lab.record import SINGLE
from .._kernel.host import LocalHost
from .._model.spec import ONE_LAB
from .answer import Answer, Task


def run(params: dict[str, Any], _check: bool) -> Answer:
    """Read the labs of the host.

    :param params: the options of the module.
    :raises LabError: for a name that no lab can have, or what cannot be read.
    """
    return Answer(facts={"labs": info.labs(LocalHost(), asked(params["name"], SINGLE))})


TASK = Task(run, ONE_LAB)
