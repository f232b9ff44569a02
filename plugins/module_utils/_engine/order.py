# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order changes are carried out: removals first, last stage first; then the rest, first stage first."""

from __future__ import annotations

from dataclasses import replace

from .plan import DELETE, Step
from .state import Attrs, Change, Key

#: a namespace's own sysctls come before its links, so that the links are born under them
STAGES = {
    "netns_home": -1,
    "netns_dir": 0,
    "directory": 1,
    "netns": 2,
    "file": 3,
    "netns_sysctl": 4,
    "bridge": 5,
    "link": 6,
    "address": 7,
    "sysctl": 8,
    "route": 9,
    "rule": 10,
    "nat_table": 11,
    "masquerade": 12,
    "forward": 12,
    "hairpin": 12,
    "admission": 13,
}
LAST = max(STAGES.values())

#: the folder below the mount that all namespaces are in
NETNS_HOME: Key = ("directory", "/run/netns")


def is_netns_sysctl(key: Key) -> bool:
    """Whether a sysctl is one of a namespace as such, not one of a link in it."""
    return key[0] == "sysctl" and key[1] != "" and link_of_sysctl(key[2]) is None


def link_of_sysctl(name: str) -> str | None:
    """The link that a sysctl belongs to (``net.ipv4.conf.NAME.x``, ``net.ipv4.neigh.NAME.x``), if any."""
    parts = name.split(".")
    if len(parts) == 5 and parts[2] in ("conf", "neigh") and parts[3] not in ("all", "default"):
        return parts[3].replace("/", ".")
    return None


def stage(key: Key, attrs: Attrs) -> int:
    """The stage of an object: the lower is made earlier and removed later."""
    if key[0] == "link" and attrs.get("kind") == "bridge":
        return STAGES["bridge"]
    if is_netns_sysctl(key):
        return STAGES["netns_sysctl"]
    if key == NETNS_HOME:
        return STAGES["netns_home"]
    return STAGES[key[0]]


def rank(change: Change) -> int:
    """Where a change stands among all: negative for removals, last stage first, then the others."""
    if change.after is None:
        return -1 - stage(change.key, change.before or {})
    return stage(change.key, change.after)


def arranged(steps: list[Step]) -> list[Step]:
    """The steps in the order in which they take effect; within a stage as the description has them."""
    ordered = sorted(steps, key=lambda step: (step.action != DELETE, rank(step.changes[0])))
    return _without_afterthoughts(ordered) if ordered and ordered[0].action == DELETE else ordered


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
