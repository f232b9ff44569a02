# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kind of link says of itself to those who read and write links; one value of it in the file of each kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._engine.state import Attrs, Change, Key

if TYPE_CHECKING:
    from ...netlink.held import Held
    from ...netlink.socket import Socket
    from ..session import Session


class Link(NamedTuple):
    """One link of one namespace, as a dump has it.

    ``attrs`` are those of the engine's state. ``master`` is the number of its bridge, ``below`` that of the link that
    it lies over or of its peer (IFLA_LINK), which is in the namespace ``below_nsid``, None for its own.
    """

    netns: str
    name: str
    index: int
    master: int
    below: int
    below_nsid: Optional[int]
    attrs: Attrs
    altnames: tuple[str, ...] = ()


class Reading(NamedTuple):
    """What was read of all namespaces: a socket, a descriptor, and the names of links by their numbers, for each."""

    sockets: Held[Socket]
    descriptors: Held[int]
    names: dict[str, dict[int, str]]


class Differences:
    """The attributes that a change of a link has to write. Who takes one writes it; none may be left.

    :param change: the change; all attributes of a new link differ.
    """

    def __init__(self, change: Change) -> None:
        before = change.before or {}
        wanted = (change.after or {}).items()
        self.left = {name for name, value in wanted if value is not None and before.get(name) != value} - {"kind"}

    def take(self, name: str) -> bool:
        """Whether an attribute differs; it is then the caller's to write.

        :param name: the attribute.
        """
        if name in self.left:
            self.left.discard(name)
            return True
        return False

    def take_all(self, *names: str) -> bool:
        """Whether any of some attributes differs; they are then the caller's to write.

        :param names: the attributes.
        """
        taken = self.left.intersection(names)
        self.left -= taken
        return bool(taken)


class LinkKind(NamedTuple):
    """How a kind of link is read and written.

    ``reads`` are the numbers of IFLA_INFO_DATA that it knows, ``decode`` gives its attributes by those; ``look``
    completes what was read of all links of the kind with what takes a second question, or another link's name.
    ``require`` sees that kernel and packages suffice for some changes and for undoing them, before anything is
    touched. ``make`` makes a link, ``change`` writes what differs of one that stands, ``finish`` what needs all links
    to be there; all three take what they write from the differences. ``gather`` prepares a link for its removal
    together with others. ``raise_last`` raises a new link once all others are made, None where ``make`` does.
    """

    reads: frozenset[int]
    decode: Callable[[dict[int, bytes]], Attrs]
    look: Callable[[list[Link], Reading], None]
    require: Callable[[list[Change]], None]
    make: Callable[[Session, Change, Differences, dict[Key, Attrs]], None]
    change: Callable[[Session, Change, Differences], None]
    finish: Callable[[Session, Change, Differences, dict[Key, Attrs]], None]
    gather: Callable[[Session, Change, Link], None]
    raise_last: Optional[Callable[[Session, Change], None]]


def nothing(*_of: Any) -> None:
    """What a kind does that has nothing to do here."""
