# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands as described, was made by nobody on record, and is to be the lab's from now on. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Optional

from .._model.errors import Conflict
from .ledger import SHARED, Ledger, Record
from .plan import CHANGE, Step
from .reconcile import differing, named
from .state import Attrs, Change, Key, Objects, State, describe
from .wanted import Want, Wants

#: the attributes by which the collection's own objects are known
_MARKS = ("group", "protocol")
#: what a person would say that a lab has; all else comes along with it
_TOLD = frozenset({"netns", "link", "route", "rule"})
REASON = "adopted: it is as described"


def adopt(state: State, wants: Wants, ledger: Ledger) -> tuple[list[Step], Objects, Record]:
    """Take what stands under the lab's ownership.

    What another lab has on record stays that lab's, and a link that the lab only puts on a bridge stays as it is.

    :returns: the steps that mark it, the objects as they are after that, and the lab's record with it.
    :raises Conflict: for an object of another shape than described.
    """
    steps: list[Step] = []
    found: set[Key] = set()
    now = dict(state.objects)
    for key, want in wants.items():
        attrs = state.objects.get(key)
        if attrs is None or not _is_free(want, attrs, ledger):
            continue
        _same_shape(want, attrs, state.alien.get(key))
        found.add(key)
        now[key] = {**attrs, **{name: want.create[name] for name in _MARKS if name in want.create}}
        if key[0] in _TOLD:
            steps.append(Step(want.kind, named(key), CHANGE, REASON, (Change(key, attrs, now[key]),)))
    stand = {key[1]: state.inodes[key[1]] for key in found if key[0] == "netns"}
    own = replace(ledger.own, made=ledger.own.made | found, inodes={**ledger.own.inodes, **stand})
    return steps, now, own


def _is_free(want: Want, attrs: Attrs, ledger: Ledger) -> bool:
    key = want.key
    if key[0] in SHARED or key[0] == "nat_table" or (key[0] == "link" and "kind" not in want.attrs):
        return False
    return not ledger.mine(key, attrs) and ledger.holder(key) is None


def _same_shape(want: Want, attrs: Attrs, alien: Optional[str]) -> None:
    if alien is not None:
        remedy = "Only what is mounted in /run/netns can be the lab's: leave it out of namespaces, or remove it."
        raise Conflict(f"{want.where} ({describe(want.key)})", "to adopt it", alien, remedy)
    differs = [
        differing(name, attrs.get(name), value) for name, value in want.attrs.items() if attrs.get(name) != value
    ]
    if differs:
        remedy = "What is adopted is not changed by that: make the description say what stands, or remove the object."
        where = f"{want.where} ({describe(want.key)})"
        raise Conflict(where, "to adopt it as it is described", ", ".join(differs), remedy)
