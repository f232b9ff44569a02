# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands of each lab: its record says what to look for, the kernel what is there. Reads only."""

from __future__ import annotations

from typing import Any, Optional

from ..state import Key
from .host import Host
from .kinds.netns import NetnsKey
from .kinds.table import KINDS, kind_of
from .nat import elements as nat_elements
from .record import SINGLE, Record
from .scope import scope_of


def labs(host: Host, name: Optional[str] = None) -> list[dict[str, Any]]:
    """Describe the labs of a host.

    :param host: the host.
    :param name: one lab only (str; default: all, what the of the single modules under the name ``+modules``).
    :returns: a dictionary a lab: ``name``, ``definition``, then a list for each kind of thing.
    """
    host.require([])
    with host.locked(False):
        records = [record for record in host.records() if name in (None, record.lab)]
        return [_lab(host, record) for record in records if record.made or record.lab != SINGLE]


def _lab(host: Host, record: Record) -> dict[str, Any]:
    scope = scope_of(record.made)
    for netns in scope.namespaces - {""}:
        scope.routes[netns] |= {(False, 254), (True, 254)}
    state = host.read(scope)
    nat_elements.by_record(state.objects, record.made, ())
    inside = {key.netns for key in record.made if isinstance(key, NetnsKey) and key.netns in state.inodes}
    ours = {key: attrs for key, attrs in state.objects.items() if _belongs(key, record, inside)}
    found: dict[str, Any] = {"name": record.lab, "definition": record.definition}
    for sort, kind in KINDS.items():
        if kind.info_list is not None:
            keys = sorted((key for key in ours if key.sort == sort), key=str)
            found[kind.info_list] = [kind.info(key, ours[key], state, record) for key in keys]
    found["neighbours"] = host.neighbours(sorted(inside))
    return found


def _belongs(key: Key, record: Record, inside: set[str]) -> bool:
    """What the lab made, and all that lies in its namespaces but for what every namespace has."""
    if key in record.made:
        return True
    return key.netns in inside and kind_of(key).is_told_with_netns(key)
