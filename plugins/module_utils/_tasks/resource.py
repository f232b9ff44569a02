# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a lab by itself: the task of each single module, such as ``veth``."""

from __future__ import annotations

from functools import partial
from typing import Any

from .._engine.lab.request import single_request
from .._model.lab import spec
from .._model.lab.kinds import KINDS
from .answer import Answer, Task
from .topology import carry_out


def task(resource: str) -> Task:
    """What the single module for one kind of entry does.

    :param resource: the list of ``topology`` that the entry would stand in, e.g. ``veths`` (str).
    """
    return Task(
        partial(run, resource),
        spec.module_spec(resource),
        {"required_if": spec.required_if(resource)},
        within=KINDS[resource].module,
        is_transaction=True,
    )


def run(resource: str, params: dict[str, Any], check: bool) -> Answer:
    """Make or remove one entry.

    :param resource: the list of ``topology`` that the entry would stand in, e.g. ``veths`` (str).
    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool); then what the entry needs may be to come.
    :raises LabError: for what is wrong, missing, foreign or refused.
    """
    return carry_out(single_request(resource, params, to_come=check), params["lock_timeout"], check)
