# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a list of a description says of itself, so that nothing else has to know it by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Callable, NamedTuple, Optional

from .. import naming
from ..reading import Options, Spec

#: a link: its namespace (``""`` is the host's) and its name
Link = tuple[str, str]
#: gives the name of a link that an entry calls by another one: (netns, name) -> name
Rename = Callable[[str, str], str]

#: how a lab that spans hosts finds the host of an entry: each namespace in turn, or as its ``host`` says
SPREAD = "spread"
#: on the one host that its ends are on
ENDS = "ends"
#: so too, but what it is joined to reaches beyond the host: its subnets are not that host's own
REACHING = "reaching"
#: on the hosts that its ports are on
PORTS = "ports"
#: where the link is that it speaks of (option ``dev``)
LINK = "link"
#: on every host that has a part of the lab, unless its namespace or its ``host`` says otherwise
ALL = "all"


class Once(NamedTuple):
    """What a description may say once: ``wanted`` in words, ``where`` it is said, ``key`` tells it from others."""

    wanted: str
    where: str
    key: tuple[Any, ...]


class Address(NamedTuple):
    """An address that an entry gives to a link."""

    where: str
    netns: str
    dev: str
    address: str


class Kind(NamedTuple):
    """One list of a description. Whatever a kind has to say of its entries is here; nothing has a default.

    ``option`` is the list's name in ``topology``, ``module`` the single module's; ``spec`` the options of an entry,
    ``required`` those that it needs only where it is to be present; ``by_name`` tells whether an entry, or the peer in
    it, may be a name alone; ``read`` makes a frozen value of an entry whose options are filled in.

    The others take such a value. ``namespaces``: those it speaks of. ``ends``: the links that it makes. ``addresses``:
    those that it gives, beside the ends'. ``joins``: links that it puts on one wire, beside ends that are ports.
    ``once``: what may be said once. ``renamed``: the value with other names for the links that it names.
    ``check`` takes all entries of the list and holds them against each other.

    ``placed`` is how a lab that spans hosts finds the host of an entry: one of the words above, or the name of the
    option whose address or prefix lies in a subnet of the host. ``steers`` tells whether an entry in the host's own
    namespace may lead the packets of an ssh session elsewhere.
    """

    option: str
    module: str
    spec: Spec
    required: tuple[str, ...]
    by_name: bool
    read: Callable[[str, Options], Any]
    namespaces: Callable[[Any], Iterable[str]]
    ends: Callable[[Any], Iterable[Any]]
    addresses: Callable[[Any], Iterable[Address]]
    joins: Callable[[Any], Iterable[tuple[Link, Link]]]
    once: Callable[[Any], Iterable[Once]]
    renamed: Callable[[Any, Rename], Any]
    check: Callable[[Sequence[Any]], None]
    placed: str
    steers: bool


def netns(where: str, given: Options) -> str:
    """The namespace that an entry names in its option ``netns``.

    :param where: the entry's name, e.g. ``routes[0]`` (str).
    :param given: its options (dict).
    :returns: its name, ``""`` for the host's own.
    :raises InvalidArgument: for what is no name of a namespace.
    """
    name = given["netns"]
    return naming.netns_name(f"{where}.netns", name) if name is not None else ""


def optional(reader: Callable[[str, Any], Any], where: str, value: Optional[Any]) -> Any:
    """A value as its reader has it, None where there is none.

    :param reader: reads a value that is given.
    :param where: the option, for an error (str).
    :param value: the value as given, or None.
    """
    return None if value is None else reader(where, value)


def nothing(_entry: Any) -> tuple[()]:
    """What a kind has to say that has nothing to say."""
    return ()


def unchecked(_entries: Sequence[Any]) -> None:
    """The check of a kind whose entries have nothing between them but what may be said once."""


def in_netns(entry: Any) -> tuple[str, ...]:
    """The namespace of an entry with the option ``netns``.

    :param entry: the entry as read.
    """
    return (entry.netns,)


def links_named(*fields: str) -> Callable[[Any, Rename], Any]:
    """How the links are renamed that an entry names in some of its fields.

    :param fields: those that hold the name of a link in the entry's namespace, or None (str).
    """

    def renamed(entry: Any, rename: Rename) -> Any:
        others = {}
        for field in fields:
            name = getattr(entry, field)
            other = rename(entry.netns, name) if name else name
            if other is not name:
                others[field] = other
        return entry._replace(**others) if others else entry

    return renamed
