# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The elements that a port forward is made of, and to which forward elements belong that are not as it has them. Pure.

Elements are told in runs ``[map, first, last, to, to_port]``, where ``map`` is what the map's name begins with. In
``forward`` a run is an element a port, one to one; in ``range`` and ``shift`` it is one element.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from ...state import Attrs, Key, Objects
from ..kinds.nat import ForwardKey
from .table import FORWARD, RANGE, SHIFT

Run = list[Any]
_PORTS = range(1, 65536)


def runs(key: Key, attrs: Attrs) -> list[Run]:
    """The elements of a forward as it stands, or as it is to be.

    :param key: the object's key.
    :param attrs: the object's attributes.
    """
    stands = attrs.get("stands")
    return _whole(key, attrs["to"], attrs["to_port"]) if stands is None else stands


def forward(key: Key, found: Iterable[Run]) -> Attrs:
    """The attributes of a forward of which some elements stand, one at least: ``stands`` where it is not whole.

    :param key: the object's key.
    :param found: the elements that stand.
    """
    stand = _merged(found)
    kind = next(kind for kind in (SHIFT, RANGE, FORWARD) if any(run[0] == kind for run in stand))
    _kind, first, _last, to, to_port = next(run for run in stand if run[0] == kind)
    begin = to_port - first + key.first
    attrs = {"to": to, "to_port": begin if begin in _PORTS else to_port}
    return attrs if _whole(key, to, attrs["to_port"]) == stand else {**attrs, "stands": stand}


def amiss(key: Key, attrs: Attrs) -> str:
    """What is wrong with the elements of a forward, in words; none if nothing is.

    :param key: the object's key.
    :param attrs: the object's attributes.
    """
    if "stands" not in attrs:
        return ""
    wanted, stand = _whole(key, attrs["to"], attrs["to_port"]), attrs["stands"]
    first, last = key.first, key.last
    leads = _leads(stand)
    to, shift = attrs["to"], attrs["to_port"] - first
    lost = [port for port in range(first, last + 1) if leads.get(port) != (to, port + shift)]
    if lost:
        return f"{len(lost)} of its ports are missing or forwarded elsewhere (the first: {lost[0]})"
    differ = [run for run in stand if run not in wanted] + [run for run in wanted if run not in stand]
    kind, at = differ[0][0], differ[0][1]
    return f"its elements differ (the first: port {at} in the map {kind})"


def by_record(objects: Objects, recorded: Iterable[Key], wanted: Collection[Key]) -> None:
    """Give elements that no record has to the forward on record that all of their ports belong to.

    What somebody left of a forward, or put over some of its ports, is that forward with other elements. Those that
    have ports of no forward on record, or of others beside, are left as they are.

    :param objects: the state as read; changed.
    :param recorded: the keys of the forwards that any lab has on record.
    :param wanted: keys to be preferred where records overlap, as after a run that was killed.
    """
    standing = [key for key in objects if isinstance(key, ForwardKey)]
    known = {key for key in recorded if isinstance(key, ForwardKey)} if standing else set()
    strays = [key for key in standing if key not in known]
    if not strays or not known:
        return
    places: dict[Key, list[tuple[int, int]]] = defaultdict(list)
    for key in sorted(known, key=lambda key: (key not in objects, key not in wanted, key)):
        taken, (first, last) = places[key.at], (key.first, key.last)
        at = bisect_left(taken, (first, last))
        free = (at == len(taken) or taken[at][0] > last) and (at == 0 or taken[at - 1][1] < first)
        if free:
            insort(taken, (first, last))
    found: dict[Key, list[Run]] = defaultdict(list)
    for key in strays:
        taken, (first, last) = places[key.at], (key.first, key.last)
        at = bisect_right(taken, (first, 65535)) - 1
        if at >= 0 and taken[at][1] >= last:
            found[ForwardKey(*key.at, *taken[at])] += runs(key, objects.pop(key))
    for key, more in found.items():
        objects[key] = forward(key, [*(runs(key, objects[key]) if key in objects else ()), *more])


def _whole(key: Key, to: str, to_port: int) -> list[Run]:
    first, last = key.first, key.last
    if first == last:
        return [[FORWARD, first, last, to, to_port]]
    if first == to_port:
        return [[RANGE, first, last, to, first]]
    return [[kind, first, last, to, to_port] for kind in (FORWARD, SHIFT)]


def _merged(found: Iterable[Run]) -> list[Run]:
    """Runs in order; those of single ports as few as possible."""
    merged: list[Run] = []
    for kind, first, last, to, to_port in sorted(found):
        begin = merged[-1][1] if merged else 0
        if kind == FORWARD and merged and merged[-1] == [kind, begin, first - 1, to, to_port - first + begin]:
            merged[-1][2] = last
        else:
            merged.append([kind, first, last, to, to_port])
    return merged


def _leads(stand: list[Run]) -> dict[int, tuple[str, int]]:
    """Where each port leads: by an element of its own before a range; no rule looks into ``shift``."""
    found: dict[int, tuple[str, int]] = {}
    for kind in (RANGE, FORWARD):
        for name, first, last, to, to_port in stand:
            if name == kind:
                found.update((port, (to, to_port + port - first)) for port in range(first, last + 1))
    return found
