# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the kinds of objects have their turn in a run of changes: a kind says what it does in which phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from ...._engine.state import Change

if TYPE_CHECKING:
    from ..writer import Writer


class Gone:
    """The phases of removals, in their order: the last that was made goes first."""

    FIREWALL, NAT, RULE, ROUTE, ADDRESS, SENT, LINK, SYSCTL, FILE, NETNS, DIRECTORY, NETNS_DIR, NETNS_HOME = range(13)


class Made:
    """The phases of what is made and changed, in their order.

    Addresses and routes of namespaces with links that are raised last come after these are up, the others before, so
    that the kernel has them while it waits; routes by next hop objects come when all links are up.
    """

    NETNS_HOME, NETNS_DIR, DIRECTORY, NETNS, FILE, SYSCTL, LINK, LINK_SYSCTL = range(8)
    ADDRESS, ROUTE, SENT, RAISED, LATE_ADDRESS, LATE_ROUTE, LATE_SENT, LAST_ROUTE, LAST_SENT = range(8, 17)
    RULE, NAT, FIREWALL = range(17, 20)


def by_netns(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """Changes by their namespaces.

    :param changes: the changes.
    """
    found: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        found[change.key.netns].append(change)
    return found


def every(_writer: Writer, _change: Change) -> bool:
    """All changes of a kind."""
    return True


class Part(NamedTuple):
    """What is done in one phase: changes of some sorts, or what has to be done whatever changes (no sorts).

    ``act`` takes the writer and the changes, ``which`` tells which of the sorts' changes are meant.
    """

    phase: int
    sorts: tuple[str, ...]
    act: Callable[[Writer, list[Change]], None]
    which: Callable[[Writer, Change], bool] = every
