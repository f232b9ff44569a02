# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts to test against: the task of the module ``test_hosts``."""

from __future__ import annotations

from typing import Any

from .._engine.test_hosts import run as test_hosts
from .._kernel.test_hosts.machine import LocalMachine
from .._model.test_hosts.group import TEST_HOSTS
from .answer import Answer, Task, of_result


def run(params: dict[str, Any], check: bool) -> Answer:
    """Make throwaway hosts, or remove them.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing or refused.
    """
    plan, facts = test_hosts.run(params, LocalMachine(), check)
    return of_result(plan, **facts)


TASK = Task(run, TEST_HOSTS, {"required_if": [("state", "present", ("hosts",))]})
