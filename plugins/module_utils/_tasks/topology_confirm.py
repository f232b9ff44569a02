# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that waits to be confirmed: the task of the module ``topology_confirm``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._kernel.host import LocalHost
from .._kernel.rollback import client
from .._model.spec import LOCK_TIMEOUT, TOPOLOGY_CONFIRM
from .._model.values import lab_name
from .answer import Answer, Task


def run(params: dict[str, Any], check: bool) -> Answer:
    """Tell of the plan of a lab that waits, or confirm it.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: if there is nothing to confirm any more.
    """
    number = params["id"]
    LocalHost().require([])
    lab = lab_name("name", params["name"])
    told: dict[str, Any] = client.look(lab)
    changed = number is not None and told == {"state": "armed", "id": number}
    warnings: Sequence[str] = ()
    if number is not None and not check:
        warnings = client.confirmed(lab, number, LOCK_TIMEOUT)
        told = {"state": "confirmed" if changed else told["state"], "id": number}
    return Answer(changed, told, warnings=warnings)


TASK = Task(run, TOPOLOGY_CONFIRM)
