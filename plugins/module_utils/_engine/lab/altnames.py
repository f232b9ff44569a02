# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that a description calls by an altname, ip-link(8), under the names that they have. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ..._model.lab.topology import Topology

Place = tuple[str, str]
Names = dict[Place, str]


def resolved(topology: Topology, read: Callable[[set[Place]], Names], whole: bool) -> Topology:
    """A description in which what stands goes by its own name.

    :param topology: the description as read.
    :param read: gives, for some links as (netns, name), the names of those that have another one.
    :param whole: whether the links that the description is about may stand already, and not only those that it
        builds on.
    """
    named: set[Place] = set()

    def noted(netns: str, name: str) -> str:
        named.add((netns, name))
        return name

    for kind, entry in topology:
        kind.renamed(entry, noted)
    made = {(end.netns, end.name) for kind, entry in topology for end in kind.ends(entry)}
    asked = named - (set() if whole else made)
    asked = {(netns, name) for netns, name in asked if name not in ("", "lo", "all", "default")}
    names = read(asked) if asked else {}
    if not names:
        return topology

    def renamed(netns: str, name: str) -> str:
        return names.get((netns, name), name)

    return topology.changed(lambda kind, entry: kind.renamed(entry, renamed))
