# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs that outlast a reboot: the task of the module ``persistence``."""

from __future__ import annotations

from typing import Any

from .._engine.boot import run as boot
from .._kernel.boot import cli  # pylint: disable=unused-import # noqa: F401 - the program netns-lab is made of it
from .._kernel.boot.install import LocalBoot
from .._model.errors import InvalidArgument
from .._model.lab.definition import typed_lists_of
from .._model.spec import PERSISTENCE
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Store a lab, or remove it from the store.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    if params["span"] is not None:
        remedy = "Call netns.lab.persistence by its name: its action plugin on the controller gives each host its part."
        raise InvalidArgument("span", "the part of one host", "the definition of several hosts", remedy)
    if params["definition"] is not None or params["src"] is not None:
        params = {**params, "definition": typed_lists_of(params)}
    return of_result(boot.persist(params, LocalBoot(params["lock_timeout"]), check))


TASK = Task(run, PERSISTENCE)
