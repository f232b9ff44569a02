# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this process may do."""

from __future__ import annotations


def effective() -> int:
    """The effective capabilities of the calling thread, a bit for each (capabilities(7))."""
    with open("/proc/thread-self/status", encoding="ascii", errors="replace") as lines:
        return next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)
