# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene as lines of text for a terminal. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from .scene import Link, Place, Scene, Space, arrange

_LINE = "─" * 6

#: of more links on one bridge than this, the text shows the first and the last, and those with a fault
_MANY, _FIRST, _LAST = 100, 60, 5


@dataclass
class _Row:
    """A row: a line of the box on the left, a line on its right, and whether a line joins the two."""

    left: str = ""
    right: str = ""
    joined: bool = False


def _link(link: Link) -> str:
    return "  ".join([link.label, *(fact.label for fact in link.addresses)])


def _boxed(title: str, lines: list[str], width: int) -> list[str]:
    return [f"┌─ {title} {'─' * (width - len(title) - 1)}┐", *(f"│ {line:<{width}} │" for line in lines), _floor(width)]


def _floor(width: int) -> str:
    return f"└{'─' * (width + 2)}┘"


def _content(space: Space) -> list[str]:
    """What a box says below its links."""
    return [fact.label for fact in (*space.routes, *space.notes)]


def _some(links: list[Link]) -> list[Link | int]:
    """The links to show, and between them how many are left out."""
    if len(links) <= _MANY:
        return list(links)
    shown: list[Link | int] = []
    for index, link in enumerate(links):
        faulty = link.fault or (link.peer is not None and link.peer.fault)
        if faulty or index < _FIRST or index >= len(links) - _LAST:
            shown.append(link)
        elif shown and isinstance(shown[-1], int):
            shown[-1] += 1
        else:
            shown.append(1)
    return shown


class _Writer:
    def __init__(self, drawn: Scene) -> None:
        self.drawn = drawn
        self.places = arrange(drawn)
        #: namespaces that are drawn on the right of what they hang on, and so have no box of their own
        self.hanging: set[str] = set()

    def lines(self) -> list[str]:
        """The whole drawing."""
        blocks = [self._block(place) for place in self.places if place.space.name not in self.hanging]
        return [line for block in blocks for line in [*block, ""]][:-1]

    def _block(self, place: Place) -> list[str]:
        """The box of one namespace, and on its right what hangs on it."""
        space = place.space
        fars = [far for _near, far in place.pairs]
        self.hanging |= {far.netns for far in fars if self.drawn.spaces[far.netns].is_end}
        width = max((self._width(far) for far in fars), default=0)
        columns = self._columns(fars)
        rows = [_Row(fact.label) for fact in space.nat]
        for bridge, links in space.groups():
            rows += [_Row()] if rows and (bridge is not None or links) else []
            indent = ""
            if bridge is not None:
                rows.append(_Row(f"bridge {_link(bridge)}"))
                indent = "  "
            for link in _some(links):
                if isinstance(link, int):
                    rows.append(_Row(f"{indent}… {link} more"))
                    continue
                rows += self._link_rows(f"{indent}{_link(link)}", link.peer, width, columns)
        rows += [_Row()] if rows and _content(space) else []
        rows += [_Row(text) for text in _content(space)]
        return self._join(space, rows)

    def _join(self, space: Space, rows: list[_Row]) -> list[str]:
        width = max([len(row.left) for row in rows] + [len(space.title) + 2])
        top = _boxed(space.title, [], width)[0]
        lines = [top]
        if not space.name and self.drawn.outside:
            lines = ["  ( outside )", "       │", f"{top[:7]}┴{top[8:]}" if top[7] == "─" else top]
        for row in rows:
            if row.joined:
                lines.append(f"│ {row.left} {'─' * (width - len(row.left))}┼{_LINE}{row.right}")
            else:
                lines.append(f"│ {row.left:<{width}} │{' ' * len(_LINE) if row.right else ''}{row.right}")
        return [*lines, _floor(width)]

    def _lines_of(self, far: Link) -> list[str]:
        return [_link(far), *_content(self.drawn.spaces[far.netns])]

    def _width(self, far: Link) -> int:
        if self.drawn.compact or not self.drawn.spaces[far.netns].is_end:
            return 0
        return max([len(text) for text in self._lines_of(far)] + [len(self.drawn.spaces[far.netns].title) + 2])

    def _columns(self, fars: list[Link]) -> tuple[int, int]:
        """The widths of name and link where each namespace has one line."""
        titles = [len(self.drawn.spaces[far.netns].title) for far in fars]
        return max(titles, default=0), max((len(far.label) for far in fars), default=0)

    def _link_rows(self, left: str, far: Link | None, width: int, columns: tuple[int, int]) -> list[_Row]:
        if far is None:
            return [_Row(left)]
        space = self.drawn.spaces[far.netns]
        if not space.is_end:
            return [_Row(left, f" {space.title}: {_link(far)}", True)]
        if self.drawn.compact:
            addresses = [fact.label for fact in far.addresses]
            parts = [f"{space.title:<{columns[0]}}", f"{far.label:<{columns[1]}}", *addresses, *_content(space)]
            return [_Row(left, f" {'  '.join(parts)}", True)]
        box = _boxed(space.title, self._lines_of(far), width)
        rows = [_Row("", line) for line in box]
        rows[1] = _Row(left, f"┤{box[1][1:]}", True)
        return rows


def text(drawn: Scene, title: str) -> list[str]:
    """The drawing of a scene.

    :param drawn: what is to be drawn.
    :param title: its heading (str).
    :returns: its lines.
    """
    head = [f"{title}: {drawn.summary}" if drawn.summary else title, *drawn.common_lines, ""]
    return [line.rstrip() for line in [*head, *_Writer(drawn).lines()]]
