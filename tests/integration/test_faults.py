# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any call of the kernel that fails is undone or named; a kill around any call is healed by one run."""

from __future__ import annotations

import pytest

from .support.faulty import NOTHING, Faulty
from .support.labs import bridge_nat, direct_cable, two_cables
from .support.sandbox import Sandbox

CASES = {"build": (NOTHING, bridge_nat()), "removal": (bridge_nat(), NOTHING),
         "change": (direct_cable(), bridge_nat()), "cables": (bridge_nat(), two_cables(name="star"))}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_between(sandbox: Sandbox, name: str) -> None:
    faulty = Faulty(sandbox)
    faulty.between(*CASES[name])
    print(faulty.count, sorted(faulty.count.calls))
