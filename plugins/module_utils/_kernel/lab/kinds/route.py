# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes: which tables are read, and when they are written; their messages stand in :mod:`..routes`."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.lab.kinds.route import MAIN
from ...._engine.state import Attrs, Change
from .. import advertisements
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer


def dump(reader: Reader, name: str) -> None:
    """Read the tables of a namespace that are asked for, or all at once; what is by router advertisement, too.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    scope = reader.scope
    asked = set(scope.routes.get(name, ()))
    host = name == "" and scope.host_routes
    if host:
        asked |= {(False, MAIN), (True, MAIN)}
    if asked or name in scope.whole:
        main = _tables(reader, name, asked)
        reader.host_routes = main if host else reader.host_routes
    if name in scope.advertisements:
        devs = (reader.names[name].get(index) for index in advertisements.links(reader.sockets[name]))
        reader.advertised |= {(name, dev) for dev in devs if dev}


def _tables(reader: Reader, name: str, asked: set[tuple[bool, int]]) -> list[tuple[str, str]]:
    """Read tables of a namespace.

    :returns: what its table main has, as (dst, dev).
    """
    from .. import routes  # noqa: PLC0415 - not every run is about routes

    local = not asked.isdisjoint({(False, routes.LOCAL_TABLE), (True, routes.LOCAL_TABLE)})
    ours = routes.Reader(name, reader.names[name], reader.scope.keys, reader.connected[name], reader.objects, local)
    dumps = [(socket.AF_INET6 if six else socket.AF_INET, table) for six, table in sorted(asked)]
    for family, table in [(socket.AF_UNSPEC, 0)] if name in reader.scope.whole else dumps:
        for body in routes.dump(reader.sockets[name], family, table):
            ours.take(body)
    if ours.by_next_hop:
        _next_hops(reader, name, ours.by_next_hop)
    return ours.main


def _next_hops(reader: Reader, name: str, found: list[tuple[int, Attrs]]) -> None:
    """What routes lead to by number: the kernel drops it with its link."""
    from ..next_hops import NextHops  # noqa: PLC0415 - few hosts have any

    hops = NextHops(reader.sockets[name], reader.names[name])
    for number, attrs in found:
        attrs["hops"] = hops.of(number)


def complete(reader: Reader, state: State) -> None:
    """Add the prefixes of the host's table main, and the links that live by router advertisements.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    if reader.scope.host_routes:
        state.routes = reader.host_routes
    state.advertised = reader.advertised


def _write(writer: Writer, changes: list[Change]) -> None:
    writer.routing.routes(changes)


def _send(writer: Writer, _changes: list[Change]) -> None:
    """Send the messages that wait: addresses, routes, and what was queued before."""
    writer.routing.flush()


def _is_by_number(_writer: Writer, change: Change) -> bool:
    """Whether it leads to next hop objects, which the kernel takes only where both ends of a veth pair are up."""
    return bool((change.after or {}).get("hops"))


def _is_soon(writer: Writer, change: Change) -> bool:
    return change.key.netns not in writer.raised and not _is_by_number(writer, change)


def _is_late(writer: Writer, change: Change) -> bool:
    return not _is_by_number(writer, change)


REMOVE = (Part(Gone.ROUTE, ("route",), _write), Part(Gone.SENT, (), _send))
BUILD = (
    Part(Made.ROUTE, ("route",), _write, _is_soon),
    Part(Made.SENT, (), _send),
    Part(Made.LATE_ROUTE, ("route",), _write, _is_late),
    Part(Made.LATE_SENT, (), _send),
    Part(Made.LAST_ROUTE, ("route",), _write, _is_by_number),
    Part(Made.LAST_SENT, (), _send),
)
