# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of ports as (first, last), and who claims the same one. Pure; all of it in the order of n log n."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Run = tuple[int, int]


class Claim(NamedTuple):
    """Ports that somebody takes. Claims of different ``group`` never meet; ``name`` is whatever tells who it is."""

    group: tuple[Any, ...]
    first: int
    last: int
    name: Any


def text(first: int, last: int) -> str:
    """A run as a user writes it: ``80``, ``8000-8010``.

    :param first: the first port (int).
    :param last: the last port (int).
    """
    return str(first) if first == last else f"{first}-{last}"


def meeting(ours: Iterable[Claim], theirs: Iterable[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Claims of two sides that share a port.

    :param ours: the claims of one side.
    :param theirs: those of the other.
    :returns: (ours, theirs) each; at least one pair for each claim that meets an earlier one of the other side.
    """
    ordered = [(claim[:3], 0, claim) for claim in ours] + [(claim[:3], 1, claim) for claim in theirs]
    ordered.sort(key=lambda item: item[:2])
    reach: list[Any] = [None, None]
    for _key, side, claim in ordered:
        other = reach[1 - side]
        if other is not None and other.group == claim.group and other.last >= claim.first:
            yield (other, claim) if side else (claim, other)
        mine = reach[side]
        if mine is None or mine.group != claim.group or mine.last < claim.last:
            reach[side] = claim


def overlapping(claims: Iterable[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """Claims that share a port with an earlier one, as (earlier, later) by their first port.

    :param claims: the claims.
    """
    reach = None
    for claim in sorted(claims, key=lambda each: each[:3]):
        if reach is not None and reach.group == claim.group and reach.last >= claim.first:
            yield reach, claim
        if reach is None or reach.group != claim.group or reach.last < claim.last:
            reach = claim


def merged(runs: Iterable[Run]) -> list[Run]:
    """Runs as few as possible, in order: those that overlap or touch are one.

    :param runs: the runs of ports.
    """
    found: list[Run] = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def without(runs: Iterable[Run], others: Iterable[Run]) -> list[Run]:
    """What is left of runs when others are taken out of them.

    :param runs: the runs of ports.
    :param others: the runs to take out.
    """
    found: list[Run] = []
    holes = merged(others)
    at = 0
    for first, last in merged(runs):
        begin = first
        while at < len(holes) and holes[at][1] < first:
            at += 1
        index = at
        while index < len(holes) and holes[index][0] <= last:
            if holes[index][0] > begin:
                found.append((begin, holes[index][0] - 1))
            begin = holes[index][1] + 1
            index += 1
        if begin <= last:
            found.append((begin, last))
    return found
