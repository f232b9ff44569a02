# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of links that are read and written, each in the file of its name, which is loaded when a link is of it."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from .kind import LinkKind, nothing

if TYPE_CHECKING:  # so they are packed with the modules
    from . import bridge, dummy, macvlan, veth, vxlan  # noqa: F401

#: in the order in which new links are made, those of one kind as the plan has them
LINKS = ("bridge", "veth", "vxlan", "dummy", "macvlan")
#: a link of another kind, which is never made: it has what all links have
OTHER = LinkKind(
    reads=frozenset(),
    decode=lambda _data: {},
    look=nothing,
    require=nothing,
    make=nothing,
    change=nothing,
    finish=nothing,
    gather=nothing,
    raise_last=None,
)


@cache
def of(kind: str) -> LinkKind:
    """How a kind of link is read and written.

    :param kind: its name in ip-link(8).
    """
    if kind not in LINKS:
        return OTHER
    found: LinkKind = importlib.import_module(f".{kind}", __package__).KIND
    return found
