# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make lint`` and ``make sanity``, as tests, so that they run beside the others.

The pylint of ansible-test reads the plugins here, and the tests too in the soak: those run, and ruff reads them.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _make(*argv: str) -> None:
    command = ["make", "--no-print-directory", *argv]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_sanity_of_the_code_that_users_run() -> None:
    _make("sanity", "SANITY_ARGS=--skip-test pylint")
    _make("sanity", "SANITY_ARGS=--test pylint plugins/")


@pytest.mark.parametrize("target", ["lint", pytest.param("sanity", marks=pytest.mark.soak)])
def test_target(target: str) -> None:
    _make(target)
