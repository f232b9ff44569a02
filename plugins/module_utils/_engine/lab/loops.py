# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops of bridges without STP: one broadcast frame goes round for ever, and takes all that the machine has. Pure."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import NamedTuple, Optional

from ..._model.errors import InvalidArgument
from ..plan import Outcome
from ..state import Attrs, Key, Objects, place
from .kinds.link import LinkKey
from .want import Wants


class _Joint(NamedTuple):
    """A veth pair between two bridges, or one: its ends, and the bridges that they are on."""

    ends: tuple[Key, Key]
    bridges: tuple[Key, Key]


def check(wants: Wants, outcome: Outcome) -> None:
    """Hold a plan against loops that it would close.

    A bridge with STP breaks every loop that it is part of. One with VLAN filtering, and ports that are isolated, may
    be meant to: loops through them are left alone.

    :param wants: the objects that are wanted.
    :param outcome: the plan.
    :raises InvalidArgument: for the entry that closes a loop.
    """
    touched = {change.key for step in outcome.steps for change in step.changes if isinstance(change.key, LinkKey)}
    if not touched:
        return
    joints = sorted(_joints(outcome.now), key=lambda joint: _is_new(joint, touched))
    near: dict[Key, list[tuple[Key, _Joint]]] = defaultdict(list)
    leaders: dict[Key, Key] = {}
    for joint in joints:
        one, other = joint.bridges
        first, second = _leader(one, leaders), _leader(other, leaders)
        if first == second and _is_new(joint, touched):
            raise _loop(joint, _way(other, one, near), wants)
        leaders[first] = second
        near[one].append((other, joint))
        near[other].append((one, joint))


def advice(wants: Wants, now: Objects) -> list[str]:
    """VXLAN interfaces of one bridge that lead to the same host: a loop, if that host has both on one bridge.

    :param wants: the objects that are wanted.
    :param now: the objects at this point of the plan.
    """
    found: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key, attrs in now.items():
        if isinstance(key, LinkKey) and attrs.get("remotes") and attrs.get("bridge"):
            bridge = LinkKey(key.netns, attrs["bridge"])
            if bridge in now and not now[bridge].get("stp"):
                for remote in attrs["remotes"]:
                    found[bridge, remote].append(key)
    texts = []
    for (bridge, remote), links in found.items():
        if len(links) > 1 and any(key in wants for key in links):
            names = " and ".join(sorted(place(key.netns, key.name) for key in links))
            texts.append(
                f"{names} on bridge {place(bridge.netns, bridge.name)} both connect to {remote}: if they are on "
                f"one bridge there too, frames loop forever. Set stp: true on a bridge, or use only one of the two."
            )
    return texts


def _is_new(joint: _Joint, touched: set[Key]) -> bool:
    return any(key in touched for key in (*joint.ends, *joint.bridges))


def _joints(now: Objects) -> Iterator[_Joint]:
    """What joins bridges without STP, each pair once."""
    for key, attrs in now.items():
        if not isinstance(key, LinkKey) or not attrs.get("bridge") or not attrs.get("peer"):
            continue
        peer = LinkKey(*attrs["peer"])
        there = now.get(peer)
        if there is None or not there.get("bridge") or key > peer:
            continue
        bridges = LinkKey(key.netns, attrs["bridge"]), LinkKey(peer.netns, there["bridge"])
        if all(_carries(end) for end in (attrs, there)) and all(_floods(now.get(bridge)) for bridge in bridges):
            yield _Joint((key, peer), bridges)


def _carries(attrs: Attrs) -> bool:
    return bool(attrs.get("up")) and not attrs.get("isolated")


def _floods(bridge: Optional[Attrs]) -> bool:
    return bridge is not None and bool(bridge.get("up")) and not bridge.get("stp") and not bridge.get("vlan_filtering")


def _leader(bridge: Key, leaders: dict[Key, Key]) -> Key:
    """The bridge that stands for all that are joined to one; the way to it is shortened for the next time."""
    top = bridge
    while leaders.get(top, top) != top:
        top = leaders[top]
    while leaders.get(bridge, bridge) != top:
        leaders[bridge], bridge = top, leaders.get(bridge, top)
    return top


def _way(start: Key, end: Key, near: dict[Key, list[tuple[Key, _Joint]]]) -> list[_Joint]:
    """The veth pairs that lead from one bridge to another already."""
    back: dict[Key, tuple[Key, Optional[_Joint]]] = {start: (start, None)}
    waiting = deque([start])
    while waiting and end not in back:
        here = waiting.popleft()
        for other, joint in near[here]:
            if other not in back:
                back[other] = (here, joint)
                waiting.append(other)
    way: list[_Joint] = []
    while end != start:
        end, last = back[end]
        way += [last] if last is not None else []
    return way[::-1]


def _loop(joint: _Joint, way: list[_Joint], wants: Wants) -> InvalidArgument:
    wanted = [wants[key] for key in (*joint.ends, *joint.bridges) if key in wants]
    bridges = sorted({place(key.netns, key.name) for each in (*way, joint) for key in each.bridges})
    pairs = ", ".join(" <-> ".join(place(key.netns, key.name) for key in each.ends) for each in (*way, joint))
    what = f"bridge {bridges[0]}" if len(bridges) == 1 else f"bridges {', '.join(bridges)}"
    return InvalidArgument(
        wanted[0].where if wanted else what,
        "bridges without a loop, or stp on one of them",
        f"a loop of {what} by {pairs}, where frames loop forever",
        "Set stp: true on one of the bridges, remove one of the veth pairs, or keep one end down (up: false).",
    )
