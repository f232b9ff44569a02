# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``veths``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from ..errors import InvalidArgument
from ..reading import Options, Spec
from . import end
from .end import End
from .kind import ENDS, Kind, Link, Rename, nothing, unchecked

SPEC: Spec = {**end.SPEC, "peer": {"type": "dict", "options": end.SPEC}}


class Veth(NamedTuple):
    """A veth pair. ``peer`` is None only where it is to be removed by one end."""

    where: str
    end: End
    peer: Optional[End]


def read(where: str, given: Options) -> Veth:
    """Read an entry (options filled in, those of the peer too).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for options that do not go together.
    """
    here = end.read(where, given)
    if given["peer"] is None:
        return Veth(where, here, None)
    there = end.read(f"{where}.peer", given["peer"])
    if (here.netns, here.name) == (there.netns, there.name):
        where_ = f"namespace {here.netns}" if here.netns else "the host namespace"
        place = f"{here.name!r} in {where_}, as its other end"
        remedy = "A veth pair has two ends: give the peer another name or another namespace."
        raise InvalidArgument(f"{where}.peer.name", "the other end of the veth pair", place, remedy)
    return Veth(where, here, there)


def _ends(entry: Veth) -> tuple[end.End, ...]:
    return (entry.end,) if entry.peer is None else (entry.end, entry.peer)


def _namespaces(entry: Veth) -> tuple[str, ...]:
    return tuple(each.netns for each in _ends(entry))


def _joins(entry: Veth) -> Iterator[tuple[Link, Link]]:
    if entry.peer is not None:
        yield (entry.end.netns, entry.end.name), (entry.peer.netns, entry.peer.name)


def _renamed(entry: Veth, rename: Rename) -> Veth:
    here = end.renamed(entry.end, rename)
    there = None if entry.peer is None else end.renamed(entry.peer, rename)
    return entry if here is entry.end and there is entry.peer else Veth(entry.where, here, there)


KIND = Kind(
    option="veths",
    module="veth",
    spec=SPEC,
    required=("peer",),
    by_name=True,
    read=read,
    namespaces=_namespaces,
    ends=_ends,
    addresses=nothing,
    joins=_joins,
    once=nothing,
    renamed=_renamed,
    check=unchecked,
    placed=ENDS,
    steers=False,
)
