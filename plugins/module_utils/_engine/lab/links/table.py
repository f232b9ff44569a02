# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of links that a lab makes, each in the file of its name, which is loaded where one is met. Pure."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, Optional

from ...state import Attrs, Change, Key
from .kind import LinkKind

if TYPE_CHECKING:  # so they are packed with the modules
    from . import bridge, dummy, macvlan, veth, vxlan  # noqa: F401

#: the kinds by their names in ip-link(8), each with the list of a description that its entries stand in
LINKS: dict[str, str] = {
    "bridge": "bridges",
    "veth": "veths",
    "vxlan": "vxlans",
    "dummy": "links",
    "macvlan": "links",
}
#: the lists of a description whose entries are links to be made
LISTS = tuple(dict.fromkeys(LINKS.values()))
_STANDING_IN = {option: [kind for kind, stands_in in LINKS.items() if stands_in == option] for option in LISTS}


@cache
def of(kind: str) -> LinkKind:
    """What a kind of link says of itself.

    :param kind: its name in ip-link(8) (str).
    :raises LookupError: for one that no lab makes.
    """
    if kind not in LINKS:
        raise LookupError(f"no kind of links is called {kind!r}")
    found: LinkKind = importlib.import_module(f".{kind}", __package__).KIND
    return found


def find(attrs: Attrs) -> Optional[LinkKind]:
    """What the kind of a link says of itself, None for one that no lab makes.

    :param attrs: the attributes of the link (dict).
    """
    kind = attrs.get("kind")
    return of(kind) if kind in LINKS else None


def kinds_of(option: str, entry: Any) -> list[str]:
    """The kinds that an entry may be of: its own, where it says one.

    :param option: the list that it stands in, one of :data:`LISTS` (str).
    :param entry: the entry.
    """
    own = getattr(entry, "kind", None)
    return [own] if own is not None else _STANDING_IN[option]


def over(attrs: Attrs) -> Optional[str]:
    """The name of the link that a link lies over and goes with, if there is one.

    :param attrs: the attributes of the link (dict).
    """
    kind = find(attrs)
    return attrs.get(kind.over) if kind is not None and kind.over is not None else None


def depths(changes: Iterable[Change]) -> dict[Key, int]:
    """How many links that are made too a link lies over, for each that lies over any: it is made after these.

    :param changes: those of a plan.
    """
    below: dict[Key, Key] = {}
    for change in changes:
        if change.key.sort == "link" and change.before is None and change.after is not None:
            name = over(change.after)
            if name:
                below[change.key] = change.key._replace(name=name)
    found = {}
    for key in below:
        depth, at = 0, key
        while at in below and depth <= len(below):
            depth, at = depth + 1, below[at]
        found[key] = depth
    return found
