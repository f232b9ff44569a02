# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures must show. A bound whose figures were not measured is left out."""

from __future__ import annotations

from dataclasses import dataclass

import lab
from measures import Measures


@dataclass(frozen=True)
class Check:
    """One claim and how it came out."""

    claim: str
    figures: str
    passed: bool


def checks(measures: Measures) -> list[Check]:
    """All bounds that can be held against what was measured."""
    found = [
        _times("engine at 1000: build at most 2 x the floor's", measures, "build", "build", 2),
        _times("engine at 1000: repeat at most the floor's build", measures, "repeat", "build", 1),
        _times("engine at 1000: removal at most 2 x the floor's", measures, "remove", "remove", 2),
        _growth(measures),
        _at_most("playbook of 1000: at most 3.5 s", measures.wall("playbook", 1000, "build"), 3.5),
        _at_most("playbook of 1000 again: at most 3.5 s", measures.wall("playbook", 1000, "repeat"), 3.5),
        _at_most("playbook that probes all pairs of 100: at most 3 s", measures.wall("mesh playbook", 100, "build"), 3),
        _faster(measures),
        _task(measures),
    ]
    return [check for check in found if check is not None]


def _times(claim: str, measures: Measures, ours: str, theirs: str, factor: float) -> Check | None:
    """A phase of the engine's beside one of the floor's, at 1000."""
    mine, other = measures.wall("engine", 1000, ours), measures.wall("floor", 1000, theirs)
    if mine is None or other is None:
        return None
    figures = f"{mine * 1000:.0f} ms / {other * 1000:.0f} ms = {mine / other:.2f}"
    return Check(claim, figures, mine <= factor * other)


def _growth(measures: Measures) -> Check | None:
    """What one more namespace costs, up to 100 and from there to 1000: the same, were the growth linear."""
    few, some, many = (measures.wall("engine", size, "build") for size in (2, 100, 1000))
    if few is None or some is None or many is None:
        return None
    first, then = (some - few) / 98, (many - some) / 900
    figures = f"{first * 1000:.2f} ms a namespace up to 100, {then * 1000:.2f} ms from there: x {then / first:.2f}"
    return Check("engine: growth of the build close to linear (at most x 1.5)", figures, then <= 1.5 * first)


def _at_most(claim: str, seconds: float | None, bound: float) -> Check | None:
    return None if seconds is None else Check(claim, f"{seconds:.2f} s", seconds <= bound)


def _faster(measures: Measures) -> Check | None:
    ours, theirs = (measures.wall(rival, 50, "build") for rival in ("playbook", "looped tasks"))
    if ours is None or theirs is None:
        return None
    claim = "playbook of 50: at least 60 times faster than looped command tasks"
    return Check(claim, f"{theirs:.1f} s / {ours:.2f} s = {theirs / ours:.0f}", theirs >= 60 * ours)


def _task(measures: Measures) -> Check | None:
    ours, empty = (measures.wall(rival, 1, "build") for rival in ("calls netns", "calls ping"))
    if ours is None or empty is None:
        return None
    more = (ours - empty) / lab.CALLS
    figures = f"({ours:.2f} s - {empty:.2f} s) / {lab.CALLS} = {more:.2f} s"
    return Check("a call of netns: at most 0.2 s more than a call of ping", figures, more <= 0.2)
