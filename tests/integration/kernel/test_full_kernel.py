# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ran on a Debian 12 kernel of its own, in a machine that is booted once a test run; see support/full_kernel.py.

The tests of ``kernel/inside_*.py`` are for what the kernel of the machine that runs the tests may not have. Some
others of this folder run there too.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from ..support import full_kernel
from ..support.full_kernel import CONSOLE, Outcome

HERE = Path(__file__).resolve().parents[1]
FOLDER = HERE.relative_to(full_kernel.ROOT).as_posix()
INSIDE = sorted(path.relative_to(HERE).as_posix() for path in (HERE / "kernel").glob("inside_*.py"))
ALSO = {
    "links/test_vxlan.py": ["test_frames_reach_a_machine_that_ip_has_joined"],
    "links/test_kinds.py": ["test_a_kind_is_built_changed_undone_and_removed[dummy]"],  # what other kernels may lack
}


def _tests(file: str) -> list[str]:
    """The names of a file's tests, by its text."""
    body = ast.parse((HERE / file).read_text(encoding="utf-8")).body
    return [item.name for item in body if isinstance(item, ast.FunctionDef) and item.name.startswith("test_")]


OTHERS = [f"{file}::{name}" for file, names in ALSO.items() for name in names]
NAMES = [*(f"{file}::{name}" for file in INSIDE for name in _tests(file)), *OTHERS]


@pytest.fixture(scope="session")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """How the tests inside ended, by file and name: all, or those that were asked for."""
    reason = full_kernel.why_not()
    if reason:
        pytest.skip(reason)
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "full_kernel"
    shared.mkdir(exist_ok=True)
    mine = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == Path(__file__)]
    asked = [item.callspec.params["name"] for item in mine if item.originalname == test_inside.__name__]
    arguments = asked if asked and asked != NAMES else [*INSIDE, *OTHERS]
    found = full_kernel.run_once([f"{FOLDER}/{name}" for name in arguments], shared)
    return {name.removeprefix(f"{FOLDER}/"): outcome for name, outcome in found.items()}


@pytest.mark.parametrize("name", NAMES)
def test_inside(outcomes: dict[str, Outcome], name: str) -> None:
    """A test with parameters is one here."""
    found = {key: outcome for key, outcome in outcomes.items() if name in (key, key.partition("[")[0])}
    assert found, f"it did not end, or did not begin. The machine said:\n{outcomes[CONSOLE].text[-8000:]}"
    failed = [f"{key} {ended.outcome}:\n{ended.text}" for key, ended in found.items() if ended.outcome != "passed"]
    assert not failed, "\n\n".join(failed)


def test_all_that_ran_was_looked_at(outcomes: dict[str, Outcome]) -> None:
    assert not [key for key in outcomes if not {key, key.partition("[")[0]} & {*NAMES, CONSOLE}]
