# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured: by rival, size and phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from sandbox import Time

PHASES = ("build", "repeat", "remove")


class Measures:
    """Times of all rounds."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, int, str], list[Time]] = defaultdict(list)

    def add(self, rival: str, size: int, times: Mapping[str, Time]) -> None:
        """Add a turn."""
        for phase, taken in times.items():
            self._times[rival, size, phase].append(taken)

    def wall(self, rival: str, size: int, phase: str) -> float | None:
        """The median of the wall times in seconds; None if there are none."""
        times = self._times.get((rival, size, phase))
        return median(taken.wall for taken in times) if times else None

    def cpu(self, rival: str, size: int, phase: str) -> float | None:
        """The median of user and system time in seconds; None if there are none."""
        times = self._times.get((rival, size, phase))
        return median(taken.cpu for taken in times) if times else None

    def sizes(self) -> list[int]:
        """The sizes that were run."""
        return sorted({size for _rival, size, _phase in self._times})

    def rivals(self, size: int) -> list[str]:
        """Who ran at a size, in the order in which they began."""
        return list(dict.fromkeys(rival for rival, of, _phase in self._times if of == size))

    def rounds(self, rival: str, size: int) -> int:
        """How often a rival was measured at a size."""
        return len(self._times.get((rival, size, "build"), ()))

    def all(self) -> list[dict[str, object]]:
        """Everything, for JSON."""
        return [
            {
                "rival": rival,
                "namespaces": size,
                "phase": phase,
                "wall": [round(taken.wall, 6) for taken in times],
                "cpu": [round(taken.cpu, 6) for taken in times],
            }
            for (rival, size, phase), times in self._times.items()
        ]
