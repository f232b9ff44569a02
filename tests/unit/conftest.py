# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How hypothesis works here: the same examples every time; ``HYPOTHESIS_PROFILE=wide`` looks for new ones."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

#: without an explanation of the failure, which takes minutes
PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink]
pytest.register_assert_rewrite(f"{__package__}.support.engine")

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "fixed", deadline=None, derandomize=True, database=None, max_examples=80, phases=PHASES, suppress_health_check=SLOW
)
settings.register_profile(
    "wide", deadline=None, print_blob=True, max_examples=2000, phases=PHASES, suppress_health_check=SLOW
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
