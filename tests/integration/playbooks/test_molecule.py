# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Molecule's scenarios, each as a test of its own, on a throwaway host that carries their hosts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ..support.dumps import assert_same
from ..support.sandbox import PATH, Sandbox

pytestmark = pytest.mark.root

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = sorted(path.parent.name for path in ROOT.glob("molecule/*/molecule.yml"))
#: what they show over ssh, other tests show without it: test_playbooks.py here and in capabilities
REPEATED = {"labs", "capabilities"}
PROGRAM = Path(sys.executable).with_name("molecule")


@pytest.mark.parametrize(
    "scenario", [pytest.param(name, marks=[pytest.mark.soak] * (name in REPEATED)) for name in SCENARIOS]
)
def test_scenario(sandbox: Sandbox, scenario: str) -> None:
    if not PROGRAM.exists():
        pytest.skip("molecule is there with the pinned ansible-core only")
    before = sandbox.dump()
    env = {
        "PATH": f"{PROGRAM.parent}:{PATH}",
        "NO_COLOR": "1",
        "ANSIBLE_NOCOLOR": "1",
        "PYTHONPATH": "",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(sandbox.scratch / "molecule"),
        "MOLECULE_PROJECT_DIRECTORY": str(ROOT),
    }
    argv = ["sh", "-c", 'cd "$1" && exec "$2" test --scenario-name "$3"', "sh", str(ROOT), str(PROGRAM), scenario]
    done = sandbox.run(argv, check=False, timeout=600, env=env)
    assert done.returncode == 0, f"{done.stdout[-20000:]}{done.stderr[-20000:]}"
    assert_same(before, sandbox.dump())
    assert sandbox.sh("ls -A /run/netns-lab-hosts 2>/dev/null || true") == ""
    assert not [*ROOT.glob("*.json"), *ROOT.glob("*.retry"), *ROOT.glob("*.svg")]


def test_there_are_scenarios() -> None:
    assert {"default", "labs", "capabilities", "fleet", "span"} <= set(SCENARIOS)
