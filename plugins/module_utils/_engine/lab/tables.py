# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routing tables that a description calls by a name of the host's own (rt_tables), as numbers. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..._model.errors import InvalidArgument
from ..._model.lab.kind import Kind
from ..._model.lab.topology import Topology


def numbered(topology: Topology, read: Callable[[], dict[str, int]]) -> Topology:
    """A description with numbers for the names of its tables.

    :param topology: the description as read.
    :param read: gives the host's names of tables, each with its number; it is called only where there is a name.
    :raises InvalidArgument: for a name that the host does not have, with those that it has.
    """
    named = [entry for _kind, entry in topology if isinstance(getattr(entry, "table", None), str)]
    if not named:
        return topology
    known = read()
    for item in named:
        if item.table not in known:
            names = ", ".join(f"{name} ({number})" for name, number in sorted(known.items(), key=lambda each: each[1]))
            found = f"{item.table!r}, which is no table of this host (it has {names or 'no names'})"
            remedy = "Correct the name, use the table's number, or add a line to /etc/iproute2/rt_tables on the host."
            raise InvalidArgument(f"{item.where}.table", "a routing table", found, remedy)

    def resolved(_kind: Kind, entry: Any) -> Any:
        return entry._replace(table=known[entry.table]) if isinstance(getattr(entry, "table", None), str) else entry

    return topology.changed(resolved)
