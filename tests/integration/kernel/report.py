# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin of the pytest that runs inside the emulated machine: each test's outcome goes out as a line of JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

(PORT,) = [
    Path("/dev") / path.parent.name
    for path in Path("/sys/class/virtio-ports").glob("*/name")
    if path.read_text(encoding="utf-8").strip() == "outcomes"
]
_seconds: dict[str, float] = {}


def _send(name: str, outcome: str, text: str, seconds: float) -> None:
    line = json.dumps([name, outcome, text, round(seconds, 2)])
    with PORT.open("w", encoding="utf-8") as port:
        port.write(line + "\n")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Send how a test ended; a failure of its fixtures is its own."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    if report.when == "call" or report.outcome != "passed":
        _send(report.nodeid, report.outcome, report.longreprtext, _seconds[report.nodeid])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """Send what cannot be collected."""
    if report.failed:
        _send(report.nodeid, "failed", report.longreprtext, 0.0)
