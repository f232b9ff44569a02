# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene in the language of Graphviz, for its program ``dot``. Pure."""

from __future__ import annotations

from html import escape
from typing import Optional

from .scene import Link, Place, Scene, Space, arrange

_INK, _GREY, _LINE, _EDGE, _PAPER, _ALERT = "#1f2933", "#5f6b7a", "#7b8794", "#cbd2d9", "#ffffff", "#c81e1e"
_FONTS = "Helvetica,Arial,sans-serif"
_HOST_TINT, _BRIDGE_LINE, _BRIDGE_TINT, _NAT_LINE, _NAT_TINT = "#f5f7fa", "#52606d", "#e4e7eb", "#b7791f", "#fdf3d7"

#: (line, tint) of a namespace whose name is a colour's
_COLOURS = {
    "red": ("#c53030", "#fdecec"),
    "blue": ("#2b6cb0", "#e8f1fb"),
    "green": ("#2f855a", "#e8f6ee"),
    "yellow": ("#b7791f", "#fdf7dd"),
    "orange": ("#c05621", "#fdf0e4"),
    "purple": ("#6b46c1", "#f1ecfb"),
    "violet": ("#6b46c1", "#f1ecfb"),
    "pink": ("#b83280", "#fdebf5"),
    "brown": ("#7b4b2a", "#f6eee8"),
    "cyan": ("#0b7285", "#e3f6f9"),
    "teal": ("#0b7285", "#e3f6f9"),
    "black": ("#1f2933", "#eceff2"),
    "white": ("#9aa5b1", "#ffffff"),
    "grey": ("#616e7c", "#f1f3f5"),
    "gray": ("#616e7c", "#f1f3f5"),
}
_PLAIN = ("#486581", "#edf3f8")

#: points between two namespaces above each other, and between the cells of one
_GAP, _SPACING = 12, 4

_GRAPH = f"""  graph [rankdir=LR, ranksep=1.0, nodesep={_GAP / 72:.3f}, newrank=true, bgcolor="{_PAPER}", pad=0.3,
         fontname="{_FONTS}", labelloc=t, labeljust=l];
  node [shape=plain, fontname="{_FONTS}", fontsize=12, fontcolor="{_INK}"];
  edge [dir=none, color="{_LINE}", penwidth=1.8];"""


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _font(text: str, colour: str = "", size: int = 0, bold: bool = False) -> str:
    body = f"<B>{escape(text)}</B>" if bold else escape(text)
    attributes = (f' COLOR="{colour}"' if colour else "") + (f' POINT-SIZE="{size}"' if size else "")
    return f"<FONT{attributes}>{body}</FONT>" if attributes else body


def _cell(content: str, span: int = 1, **attributes: str) -> str:
    options = {"ALIGN": "LEFT", **({"COLSPAN": str(span)} if span > 1 else {}), **attributes}
    return f"<TD {' '.join(f'{key}={_quote(value)}' for key, value in options.items())}>{content}</TD>"


def _row(*cells: str) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def _lines(texts: list[str]) -> str:
    """Lines of one cell, each to the left."""
    return "".join(f'{text}<BR ALIGN="LEFT"/>' for text in texts)


def _table(rows: list[str], **attributes: str) -> str:
    return f"<TABLE {' '.join(f'{key}={_quote(value)}' for key, value in attributes.items())}>{''.join(rows)}</TABLE>"


def _name_of(link: Link) -> str:
    return _font(link.label, _ALERT if link.fault else _GREY, 11)


def _addresses_of(link: Link) -> list[str]:
    return [_font(fact.label, _ALERT if fact.fault else "") for fact in link.addresses]


def _small(space: Space) -> list[str]:
    """What is written small below the links of a namespace."""
    return [_font(fact.label, _ALERT if fact.fault else _GREY, 11) for fact in (*space.routes, *space.notes)]


class _Drawer:
    """Writes the graph of one scene."""

    def __init__(self, drawn: Scene, title: str) -> None:
        self.drawn = drawn
        self.title = title
        self.places = arrange(drawn)
        self.by_name = {place.space.name: place for place in self.places}
        self.nodes = {place.space.name: f"n{index}" for index, place in enumerate(self.places)}
        self.ports: dict[int, str] = {}
        self._widths: Optional[tuple[int, int, int]] = None
        for space in drawn.spaces.values():
            for index, link in enumerate([*space.bridges, *space.links]):
                self.ports[id(link)] = f"p{index}"

    def text(self) -> str:
        """The whole graph."""
        lines = [f"graph {_quote(self.drawn.name)} {{", _GRAPH, f"  label=<{self._caption()}>;"]
        lines += [f"  {self.nodes[place.space.name]} [label=<{self._node(place)}>];" for place in self.places]
        lines += [self._edge(near, far) for place in self.places for near, far in place.pairs]
        lines += self._outside()
        return "\n".join([*lines, "}", ""])

    def _caption(self) -> str:
        rows = [_font(self.title, _INK, 18, bold=True), _font(self.drawn.summary, _GREY, 12)]
        rows += [_font(text, _GREY, 12) for text in self.drawn.common_lines]
        rows.append(" ")
        return _table([_row(_cell(row)) for row in rows], BORDER="0", CELLBORDER="0", CELLSPACING="0", CELLPADDING="2")

    def _outside(self) -> list[str]:
        if not self.drawn.outside:
            return []
        node = self.nodes[""]
        style = f'style="dashed,filled", color="{_NAT_LINE}", fillcolor="{_NAT_TINT}", fontcolor="{_NAT_LINE}"'
        return [
            f"  outside [shape=ellipse, {style}, label=outside, margin=0.12, fontsize=13];",
            f"  {{ rank=same; outside; {node}; }}",
            f'  outside -- {node}:top:n [style=dashed, color="{_NAT_LINE}"];',
        ]

    def _colours(self, space: Space) -> tuple[str, str]:
        if not space.name:
            return _BRIDGE_LINE, _HOST_TINT
        return _COLOURS.get(space.name.lower(), _PLAIN)

    def _x(self, name: str) -> int:
        place = self.by_name[name]
        return place.side * place.depth

    def _leftward(self, link: Link) -> bool:
        """Whether a link's peer is to the left."""
        return link.peer is not None and self._x(link.peer.netns) < self._x(link.netns)

    def _node(self, place: Place) -> str:
        space = place.space
        line, tint = self._colours(space)
        if self.drawn.compact and space.is_end:
            options = {"BORDER": "1", "CELLBORDER": "0", "CELLSPACING": "0", "CELLPADDING": "5"}
            return _table([self._compact(space, line)], STYLE="ROUNDED", COLOR=line, BGCOLOR=tint, **options)
        title = _font(space.title, _ALERT if space.fault else line, 15, bold=True)
        rows = [_row(_cell(title, 3, ALIGN="CENTER", HEIGHT="24", PORT="top"))]
        if space.nat:
            rows.append(_row(_cell(self._nat(space), 3)))
        groups = [group for group in space.groups() if group[0] is not None or group[1]]
        for bridge, links in groups:
            split = place.side == 0 and len(place.pairs) > 1
            rows += self._group(bridge, links, split=split, alone=len(groups) == 1)
        small = _small(space)
        if small:
            rows.append(_row(_cell(_lines(small), 3, HEIGHT=str(_small_height(len(small))))))
        options = {"BORDER": "1", "CELLBORDER": "0", "CELLSPACING": str(_SPACING), "CELLPADDING": "3"}
        return _table(rows, STYLE="ROUNDED", COLOR=line, BGCOLOR=tint, **options)

    def _compact(self, space: Space, line: str) -> str:
        """A namespace at an end of a large lab, in one row."""
        link = space.links[0]
        name = _font(space.title, _ALERT if space.fault else line, 13, bold=True)
        address = _lines(_addresses_of(link)) if len(link.addresses) > 1 else "".join(_addresses_of(link))
        notes = _small(space)
        contents = [name, _name_of(link), address or " "]
        contents += [_lines(notes)] if notes else []
        options = [{"WIDTH": str(width), "HEIGHT": "24"} for width in self._columns()] + [{}]
        port = 0 if self._leftward(link) else len(contents) - 1
        options[port]["PORT"] = self.ports[id(link)]
        return _row(*(_cell(content, **option) for content, option in zip(contents, options)))

    def _columns(self) -> tuple[int, int, int]:
        """How many points wide name, link and address are, so that namespaces in one line each stand in columns."""
        if self._widths is None:
            ends = [space for space in self.drawn.spaces.values() if space.is_end]
            names = max(len(space.title) for space in ends)
            links = max(len(space.links[0].label) for space in ends)
            addresses = max((len(fact.label) for space in ends for fact in space.links[0].addresses), default=1)
            self._widths = (9 * names + 6, 7 * links + 6, 8 * addresses + 6)
        return self._widths

    def _height(self, space: Space) -> int:
        """How many points high a namespace at an end is drawn, so that its port lies beside it."""
        link = space.links[0]
        if self.drawn.compact:
            lines = max(len(link.addresses), len(space.routes) + len(space.notes), 1)
            return max(24, 16 * lines + 10) + 2
        small = len(space.routes) + len(space.notes)
        rows = [24, _port_height(link)] + ([_small_height(small)] if small else [])
        return sum(rows) + _SPACING * (len(rows) + 1) + 2

    def _nat(self, space: Space) -> str:
        lines = _lines([_font(fact.label, _ALERT if fact.fault else "", 11) for fact in space.nat])
        colours = {"COLOR": _NAT_LINE, "BGCOLOR": _NAT_TINT, "STYLE": "ROUNDED"}
        return _table([_row(_cell(lines))], BORDER="1", CELLBORDER="0", CELLSPACING="0", CELLPADDING="5", **colours)

    def _group(self, bridge: Optional[Link], links: list[Link], *, split: bool, alone: bool) -> list[str]:
        """A bridge with its ports on both sides, or links that are ports of none; what is alone may be low."""
        if bridge is None and not split:
            return [_row(self._port(link, 3)) for link in links]
        left = [link for link in links if self._leftward(link)]
        right = [link for link in links if not self._leftward(link)]
        count = max(len(left), len(right), 1)
        low = alone and count == 1
        rows = []
        for index in range(count):
            beside = [side[index] for side in (left, right) if index < len(side)]
            height = 0 if low else max([self._row_height(link) for link in beside], default=0)
            cells = [self._chip(left[index], "RIGHT", height) if index < len(left) else "<TD></TD>"]
            if index == 0:
                cells.append(self._bridge(bridge, count) if bridge is not None else _cell("", ROWSPAN=str(count)))
            cells.append(self._chip(right[index], "LEFT", height) if index < len(right) else "<TD></TD>")
            rows.append(_row(*cells))
        return rows

    def _row_height(self, link: Link) -> int:
        """The height of a port: that of what hangs on it, where that is one namespace and no more."""
        if link.peer is None or not self.drawn.spaces[link.peer.netns].is_end:
            return 0
        return self._height(self.drawn.spaces[link.peer.netns]) + _GAP - _SPACING

    def _bridge(self, bridge: Link, count: int) -> str:
        lines = [_font(bridge.name, size=13, bold=True), *_addresses_of(bridge), _font("bridge", _GREY, 11)]
        if bridge.fault:
            lines.append(_font(bridge.fault, _ALERT))
        frame = {"BORDER": "1", "COLOR": _BRIDGE_LINE, "BGCOLOR": _BRIDGE_TINT, "CELLPADDING": "10"}
        place = {"ALIGN": "CENTER", "ROWSPAN": str(count), "PORT": self.ports[id(bridge)]}
        return _cell("<BR/>".join(lines), **frame, **place)

    def _chip(self, link: Link, align: str, height: int) -> str:
        """A port in a row that may be higher than it: it lies against the bridge, beside what hangs on it."""
        if height <= _port_height(link):
            return self._port(link)
        width = max(7 * len(link.label), *(8 * len(fact.label) for fact in link.addresses), 0) + 12
        size = {"FIXEDSIZE": "TRUE", "WIDTH": str(width), "HEIGHT": str(_port_height(link)), "ALIGN": align}
        frame = {"BORDER": "0", "CELLBORDER": "0", "CELLSPACING": "0", "CELLPADDING": "4"}
        port = _table([_row(self._port(link, width=width))], **frame, **size)
        return _cell(port, HEIGHT=str(height), CELLPADDING="0")

    def _port(self, link: Link, span: int = 1, width: int = 0) -> str:
        texts = [_name_of(link), *_addresses_of(link)]
        options = {"BORDER": "1", "COLOR": _EDGE, "BGCOLOR": _PAPER, "PORT": self.ports[id(link)]}
        options |= {"HEIGHT": str(_port_height(link))} | ({"WIDTH": str(width)} if width else {})
        return _cell(_lines(texts) if len(texts) > 1 else texts[0], span, **options)

    def _edge(self, near: Link, far: Link) -> str:
        """A veth pair, written from left to right."""
        here, there = (f"{self.nodes[link.netns]}:{self.ports[id(link)]}" for link in (near, far))
        options = {}
        if near.fault or far.fault:
            options = {"style": "dashed", "color": _ALERT}
        else:
            colours = {_COLOURS[name.lower()][0] for name in (near.netns, far.netns) if name.lower() in _COLOURS}
            options = {"color": colours.pop()} if len(colours) == 1 else {}
        text = f" [{', '.join(f'{key}={_quote(value)}' for key, value in options.items())}]" if options else ""
        if near.netns == far.netns:
            return f"  {here}:e -- {there}:e{text};"
        if self._x(far.netns) < self._x(near.netns):
            here, there = there, here
        return f"  {here}:e -- {there}:w{text};"


def _port_height(link: Link) -> int:
    return 9 + 15 * (1 + len(link.addresses))


def _small_height(lines: int) -> int:
    return 8 + 14 * lines


def dot(drawn: Scene, title: str) -> str:
    """The graph of a scene.

    :param drawn: what is to be drawn.
    :param title: its heading (str).
    :returns: text for ``dot -Tsvg``.
    """
    return _Drawer(drawn, title).text()
