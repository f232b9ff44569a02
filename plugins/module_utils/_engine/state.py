# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a host as plain objects, and the smallest step from one state to another.

An object is a key and a dictionary of attributes. What a key is made of, and which attributes go with it, stands with
each kind of object in :mod:`.lab.kinds`.

``netns`` is ``""`` for the host's own. Attributes hold JSON types only.

``raw`` is the kernel's own message of what the other attributes cannot say wholly, as hexadecimal text, None where they
can; nothing that is described has it. ``text`` says in words what is in it, ``devs`` are the links that it names,
``until`` has the ends of its lifetimes, counted from the kernel's start (s). ``hops`` are the next hop objects that a
route leads to by number, each with its message and its link, members before their group.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional


class Key:
    """The name of an object on its host: a tuple with named fields, of which ``sort`` is the first.

    The kinds of objects derive theirs from this and from a NamedTuple. A key equals the plain tuple of its fields, and
    reads like it.
    """

    __slots__ = ()

    sort: str
    #: the namespace that the object is in, ``""`` for the host's own and for what is in none
    netns: str

    def describe(self) -> str:
        """The object for a person, in the words of ip(8), bridge(8) and nft(8).

        :raises NotImplementedError: here; each kind of key has its own words.
        """
        raise NotImplementedError(f"{type(self).__name__} has no words")

    def named(self) -> str:
        """The object for a person, without the word for its kind, which a step says beside it."""
        return self.describe().partition(" ")[2]

    @property
    def is_innate(self) -> bool:
        """Whether every namespace is born with it."""
        return False

    def __repr__(self) -> str:
        return repr(tuple(self))  # type: ignore[arg-type]  # it is one

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)[1:]  # type: ignore[arg-type]  # as above


Attrs = dict[str, Any]
Objects = dict[Key, Attrs]

#: the group (IFLA_GROUP) of every link that the collection makes: its mark of ownership
GROUP = 0x6E6C
#: groups for its links on their way out, to remove them by one message; a free one is taken
GOING = range(GROUP + 1, GROUP + 64)
#: the protocol (rtm_protocol) of every route and rule that the collection makes
PROTOCOL = 110
#: the name of its nft table (family inet)
NFT_TABLE = "netns_lab"

#: how a change happens: by a request of its own, with the other end of its veth pair, or with what it depends on
DIRECT, PEER, CASCADE = "", "peer", "cascade"


class Change(NamedTuple):
    """One object before and after; None where it is not there."""

    key: Key
    before: Optional[Attrs]
    after: Optional[Attrs]
    via: str = DIRECT

    def inverse(self) -> Change:
        """The change back. What went by itself has to be made by an act."""
        via = DIRECT if self.via == CASCADE else self.via
        return Change(self.key, self.after, self.before, via)


def is_marked(attrs: Attrs) -> bool:
    """Whether a link carries the collection's mark; a run that was killed may leave one that was on its way out.

    :param attrs: the link's attributes.
    """
    group = attrs.get("group")
    return group == GROUP or group in GOING


def place(netns: str, name: str) -> str:
    """A link for a person: ``red/veth-red``, or the bare name in the host's namespace.

    :param netns: the namespace's name (str), ``""`` for the host's.
    :param name: the link's name (str).
    """
    return f"{netns}/{name}" if netns else name


def within(netns: str) -> str:
    """What follows the name of an object that is in a namespace: `` in red``; nothing for the host's own.

    :param netns: the namespace's name (str), ``""`` for the host's.
    """
    return f" in {netns}" if netns else ""
