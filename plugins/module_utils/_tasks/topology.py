# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole lab: the task of the module ``topology``."""

from __future__ import annotations

from typing import Any

from .._engine.lab import run as runs
from .._engine.lab.request import Request, topology_request
from .._kernel.host import LocalHost
from .._model.errors import InvalidArgument
from .._model.lab import spec
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Bring the host to what is described.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, foreign or refused.
    """
    return carry_out(topology_request(params), params["lock_timeout"], check)


def carry_out(request: Request, lock_timeout: int, check: bool) -> Answer:
    """Carry out a request on this host.

    :param request: what is asked for.
    :param lock_timeout: seconds to wait for other runs, 0 for none (int).
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, foreign or refused.
    """
    if lock_timeout < 0:
        raise InvalidArgument("lock_timeout", "seconds, 0 or more", str(lock_timeout), "Use 0 to fail at once.")
    result = runs.run(request, LocalHost(lock_timeout), check)
    facts = {} if result.confirm is None else {"confirm": result.confirm}
    return of_result(result, **facts)


TASK = Task(run, spec.topology_spec(), is_transaction=True)
