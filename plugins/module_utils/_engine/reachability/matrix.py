# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text tables of reachability for a person: rows of columns, and who reaches whom as a matrix of signs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: a matrix of more namespaces than this would not fit a screen: it is told in words
WHOLE = 120

REACHABLE, UNREACHABLE, ITSELF = "+", "x", "."
_LEGEND = (
    (REACHABLE, "+ reachable"),
    (UNREACHABLE, "x not reachable"),
    ("4", "4 not reachable by IPv4"),
    ("6", "6 not reachable by IPv6"),
)


class Cell(NamedTuple):
    """One answer of a mesh."""

    source: str
    target: str
    six: bool
    reachable: bool


def rows(head: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """Lines with their columns below each other, two spaces between; a column without any text is left out.

    :param head: the titles of the columns (str).
    :param cells: the rows, each with a text for every column.
    """
    used = [index for index in range(len(head)) if any(row[index] for row in cells)]
    table = [[row[index] for index in used] for row in (head, *cells)]
    widths = [max(len(row[column]) for row in table) for column in range(len(used))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in table]


def compact(names: Sequence[str], cells: Sequence[Cell]) -> list[str]:
    """A matrix with one sign for each ordered pair: rows are sources, columns targets by their number.

    :param names: the namespaces, in order.
    :param cells: the answers, in any order; a pair may have one for each address family.
    :returns: the lines; a legend comes last.
    """
    pairs: dict[tuple[str, str], dict[bool, bool]] = {}
    for cell in cells:
        pairs.setdefault((cell.source, cell.target), {})[cell.six] = cell.reachable
    grid = [
        (source, "".join(ITSELF if source == to else _sign(pairs.get((source, to), {})) for to in names))
        for source in names
    ]
    total = f"{sum(cell.reachable for cell in cells)} of {len(cells)} reachable"
    if len(names) > WHOLE:
        return [*_imperfect(names, grid), total]
    signs = set("".join(row for _source, row in grid))
    return [*_drawn(names, grid), f"{total} ({', '.join(text for sign, text in _LEGEND if sign in signs)})"]


def _drawn(names: Sequence[str], grid: Sequence[tuple[str, str]]) -> list[str]:
    """The matrix, with the numbers of its columns written downwards above them."""
    digits = len(str(len(names)))
    numbers = [str(index + 1).rjust(digits) for index in range(len(names))]
    width = max(len(name) for name in names)
    margin = " " * (digits + 1 + width + 2)
    head = [margin + "".join(number[place] for number in numbers) for place in range(digits)]
    return [*head, *(f"{number} {source.ljust(width)}  {row}" for number, (source, row) in zip(numbers, grid))]


def _imperfect(names: Sequence[str], grid: Sequence[tuple[str, str]]) -> list[str]:
    """A count for each source that does not reach all others."""
    lines = []
    for source, row in grid:
        good = row.count(REACHABLE)
        if good < len(names) - 1:
            lines.append(f"{source}: reaches {good} of {len(names) - 1}")
    return lines


def _sign(answers: dict[bool, bool]) -> str:
    """``+`` or ``x``; ``4`` or ``6`` where only that family fails."""
    bad = [six for six, reachable in answers.items() if not reachable]
    if answers and not bad:
        return REACHABLE
    if len(bad) == len(answers):
        return UNREACHABLE
    return "6" if bad[0] else "4"
