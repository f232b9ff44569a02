# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that waits to be confirmed: the task of the module ``topology_confirm``."""

from __future__ import annotations

from typing import Any

from .._engine.rollback import confirm
from .._kernel.host import LocalHost
from .._kernel.rollback.client import LocalPlans
from .._model.spec import LOCK_TIMEOUT, TOPOLOGY_CONFIRM
from .answer import Answer, Task


def run(params: dict[str, Any], check: bool) -> Answer:
    """Tell of the plan of a lab that waits, or confirm it.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: if there is nothing to confirm any more.
    """
    LocalHost().require([])
    found = confirm.run(params, LocalPlans(LOCK_TIMEOUT), check)
    return Answer(found.changed, {"state": found.state, "id": found.id}, warnings=found.warnings)


TASK = Task(run, TOPOLOGY_CONFIRM)
