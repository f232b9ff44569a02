# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A callback for tests: writes what each task reported as one JSON line to the file in ANSIBLE_TASKLOG."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: tasklog
type: notification
short_description: Task results as JSON lines
description: Writes one JSON object for each finished task to the file that ANSIBLE_TASKLOG names.
"""


class CallbackModule(CallbackBase):
    """One line for each task's end: task, host, ended (ok, failed, skipped), result."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "tasklog"

    def _write(self, ended: str, result) -> None:
        entry = {
            "task": result._task.get_name(),
            "host": result._host.get_name(),
            "ended": ended,
            "result": result._result,
        }
        with Path(os.environ["ANSIBLE_TASKLOG"]).open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry, default=str) + "\n")

    def v2_runner_on_ok(self, result) -> None:
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False) -> None:
        self._write("failed", result)

    def v2_runner_on_skipped(self, result) -> None:
        self._write("skipped", result)
