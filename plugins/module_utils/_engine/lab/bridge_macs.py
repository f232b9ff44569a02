# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MAC address of a bridge that somebody else made, which the kernel takes from its ports. Pure.

A bridge that was never given an address has one drawn by lot until its first port joins, then the lowest of its ports,
and zeros when the last one has left. What it had before the lab's port comes back when that port leaves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..plan import CHANGE, Step
from ..state import CASCADE, Attrs, Change, Key, Objects, is_marked, place
from .kinds.link import LinkKey

ZERO = "00:00:00:00:00:00"


def with_losses(steps: list[Step], before: Objects) -> list[Step]:
    """The steps, each with what a foreign bridge loses by its first port.

    :param steps: the steps of the plan.
    :param before: the objects that were read.
    """
    if not any((change.after or {}).get("bridge") for step in steps for change in step.changes):
        return steps
    with_ports = set(_bridges(before))
    told = []
    for step in steps:
        lost = []
        for change in step.changes:
            name = (change.after or {}).get("bridge") if isinstance(change.key, LinkKey) else None
            bridge = LinkKey(change.key.netns, name)
            attrs = before.get(bridge) if name else None
            if attrs is None or bridge in with_ports or is_marked(attrs) or not attrs.get("mac"):
                continue
            with_ports.add(bridge)
            after = {option: value for option, value in attrs.items() if option != "mac"}
            lost.append(Change(bridge, attrs, after, CASCADE))
        told.append(step._replace(changes=(*step.changes, *lost)) if lost else step)
    return told


def restored(prior_attrs: dict[Key, Attrs], before: Objects, now: Objects) -> Iterator[tuple[Key, list[Step]]]:
    """The bridges that no port is left on, each with the step that gives it its address back, if it has lost it.

    :param prior_attrs: what the lab keeps in a changed state, with the attributes that were there before.
    :param before: the objects that were read.
    :param now: the objects after the plan.
    """
    with_ports = set(_bridges(now)) if prior_attrs else set()
    macs: dict[Key, set[str]] = defaultdict(set)
    for port, attrs in before.items() if prior_attrs else ():
        if isinstance(port, LinkKey) and attrs.get("bridge"):
            macs[LinkKey(port.netns, attrs["bridge"])].add(attrs["mac"])
    for key, prior in prior_attrs.items():
        attrs = now.get(key)
        if "mac" not in prior or attrs is None or attrs["kind"] != "bridge" or key in with_ports:
            continue
        back = {**attrs, "mac": prior["mac"]}
        reason = "no port is left on it; as it was before"
        lost = attrs["mac"] in {*macs[key], ZERO} and attrs["mac"] != prior["mac"]
        yield (
            key,
            [Step("bridge", place(key.netns, key.name), CHANGE, reason, (Change(key, attrs, back),))] if lost else [],
        )


def _bridges(objects: Objects) -> Iterator[Key]:
    """The bridges that have a port."""
    for key, attrs in objects.items():
        if isinstance(key, LinkKey) and attrs.get("bridge"):
            yield LinkKey(key.netns, attrs["bridge"])
