# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects as the kernel has them: what each reads, and what it writes in which phase.

A kind is a file beside this one and a line here. It may have:

* ``REMOVE`` and ``BUILD``, the parts of a run of changes that are its own,
* ``require(changes)``, which sees that kernel, programs and packages suffice for changes of its sorts,
* ``inside(reader, name)``, which reads while a namespace is entered,
* ``dump(reader, name)``, which reads by a namespace's socket, once all links are known by their numbers,
* ``complete(reader, state)``, which adds what is not read by namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from ...._engine.lab.kinds.table import KINDS
from ...._engine.state import Change
from . import address, firewall_exception, link, nat, netns, paths, route, rule, sysctl
from .phase import Part

_FILES = (netns, sysctl, link, firewall_exception, nat, address, route, rule, paths)


def _parts(name: str) -> tuple[Part, ...]:
    parts = (part for file in _FILES for part in getattr(file, name, ()))
    return tuple(sorted(parts, key=attrgetter("phase")))


def _reads(name: str) -> tuple[Callable[..., Any], ...]:
    return tuple(getattr(file, name) for file in _FILES if hasattr(file, name))


REMOVE, BUILD = _parts("REMOVE"), _parts("BUILD")
INSIDE, DUMP, COMPLETE = _reads("inside"), _reads("dump"), _reads("complete")

#: the sorts that can be removed, and those that can be made
REMOVED = frozenset(sort for part in REMOVE for sort in part.sorts)
BUILT = frozenset(sort for part in BUILD for sort in part.sorts)

_REQUIRE = {
    sort: file
    for file in _FILES
    if hasattr(file, "require")
    for part in (*file.REMOVE, *file.BUILD)
    for sort in part.sorts
}


def require(changes: Iterable[Change]) -> None:
    """See that what changes need is there, before anything is touched.

    :param changes: the changes.
    :raises Dependency: naming what is missing.
    """
    asked: dict[Any, list[Change]] = {}
    for change in changes:
        file = _REQUIRE.get(change.key.sort)
        if file is not None:
            asked.setdefault(file, []).append(change)
    for file, ours in asked.items():
        file.require(ours)


for _sorts in (REMOVED, BUILT):
    if KINDS.keys() != _sorts:
        raise TypeError(f"objects that only the engine or only the kernel's side knows: {KINDS.keys() ^ _sorts}")
