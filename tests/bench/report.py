# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures as a table to read and as data."""

from __future__ import annotations

import lab
from checks import Check
from measures import PHASES, Measures

_FLOOR = "floor"


def text(measures: Measures, checks: list[Check], machine: str) -> str:
    """The table of medians, the ratios to the floor, and the checks."""
    lines = [f"Medians of whole processes, ms wall (x the floor's; user+sys CPU). {machine}", ""]
    for size in measures.sizes():
        head = "".join(f"{phase:>30}" for phase in PHASES)
        title = f"{size} namespaces" if size > 1 else f"{lab.CALLS} single calls"
        lines.append(f"{title:<17}{head}{'rounds':>8}")
        for rival in measures.rivals(size):
            cells = "".join(f"{_cell(measures, rival, size, phase):>30}" for phase in PHASES)
            lines.append(f"  {rival:<14} {cells}{measures.rounds(rival, size):>8}")
        lines.append("")
    lines += [f"{'PASS' if check.passed else 'FAIL'}  {check.claim}: {check.figures}" for check in checks]
    return "\n".join(lines)


def _cell(measures: Measures, rival: str, size: int, phase: str) -> str:
    wall, cpu = measures.wall(rival, size, phase), measures.cpu(rival, size, phase)
    if wall is None or cpu is None:
        return "-"
    floor = measures.wall(_FLOOR, size, phase)
    ratio = f"x {wall / floor:.2f}; " if floor else ""
    return f"{wall * 1000:.1f} ({ratio}{cpu * 1000:.0f})"


def data(measures: Measures, checks: list[Check], machine: str) -> dict[str, object]:
    """All times of all rounds in seconds, the medians' ratios to the floor, and the checks."""
    ratios = {}
    for size in measures.sizes():
        for rival in measures.rivals(size):
            for phase in PHASES:
                wall, floor = measures.wall(rival, size, phase), measures.wall(_FLOOR, size, phase)
                if wall is not None and floor is not None:
                    ratios[f"{rival}/{size}/{phase}"] = round(wall / floor, 3)
    verdicts = [{"claim": check.claim, "figures": check.figures, "passed": check.passed} for check in checks]
    return {"machine": machine, "times": measures.all(), "ratios_to_floor": ratios, "checks": verdicts}
