# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order changes are carried out: removals first, last stage first; then the rest, first stage first."""

from __future__ import annotations

from dataclasses import replace

from ..._model.lab.sysctl import link_of as link_of_sysctl
from ..plan import DELETE, Step
from ..state import Attrs, Change, Key
from . import forwarding, routes

#: sysctls come before the links, which are born under them; those of one link before its addresses
STAGES = {
    "netns_home": -1,
    "netns_dir": 0,
    "directory": 1,
    "netns": 2,
    "file": 3,
    "sysctl": 4,
    "bridge": 5,
    "link": 6,
    "link_sysctl": 7,
    "address": 8,
    "route": 9,
    "rule": 10,
    "nat_table": 11,
    "masquerade": 12,
    "forward": 12,
    "hairpin": 12,
    "firewall_exception": 13,
}
LAST = max(STAGES.values())

#: the folder below the mount that all namespaces are in
NETNS_HOME: Key = ("directory", "/run/netns")


def is_early(change: Change) -> bool:
    """Whether a sysctl is set before links are made: not one of a link, unless forwarding has to find it set."""
    return link_of_sysctl(change.key[2]) is None or (change.before is not None and forwarding.turn(change) == 0)


def stage(key: Key, attrs: Attrs) -> int:
    """The stage of an object: the lower is made earlier and removed later."""
    if key[0] == "link" and attrs.get("kind") == "bridge":
        return STAGES["bridge"]
    if key[0] == "sysctl" and link_of_sysctl(key[2]) is not None:
        return STAGES["link_sysctl"]
    if key == NETNS_HOME:
        return STAGES["netns_home"]
    return STAGES[key[0]]


def rank(change: Change) -> int:
    """Where a change stands among all: negative for removals, last stage first, then the others."""
    if change.after is None:
        return -1 - stage(change.key, change.before or {})
    if change.key[0] == "sysctl" and is_early(change):
        return STAGES["sysctl"]
    return stage(change.key, change.after)


def arranged(steps: list[Step]) -> list[Step]:
    """The steps in the order in which they take effect; within a stage as the description has them.

    Routes come by need: those that others have as the way to their gateways first.
    """
    ordered = sorted(steps, key=_place)
    return _without_afterthoughts(ordered) if ordered and ordered[0].action == DELETE else ordered


def _place(step: Step) -> tuple[bool, int, tuple[int, ...]]:
    change = step.changes[0]
    turn = (forwarding.turn(change),) if change.key[0] == "sysctl" else routes.turn(change)
    return step.action != DELETE, rank(change), turn


def _without_afterthoughts(steps: list[Step]) -> list[Step]:
    """Nothing happens any more to what is gone: a port that is removed before its bridge does not leave it."""
    gone: dict[Key, tuple[int, int]] = {}
    kept = [list(step.changes) for step in steps]
    for number, step in enumerate(steps):
        for change in step.changes:
            if change.after is None:
                gone[change.key] = (number, kept[number].index(change))
            elif change.before is None:
                gone.pop(change.key, None)
            elif change.key in gone:
                kept[number].remove(change)
                at, index = gone[change.key]
                kept[at][index] = kept[at][index]._replace(before=change.before)
    return [replace(step, changes=tuple(changes)) for step, changes in zip(steps, kept) if changes]
