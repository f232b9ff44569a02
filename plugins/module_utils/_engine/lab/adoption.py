# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands as described, was made by nobody on record, and is to be the lab's from now on. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Optional

from ..._model.errors import Conflict
from ..plan import CHANGE, Step
from ..state import Attrs, Change, Key, Objects
from .host_state import State
from .kinds.address import AddressKey
from .kinds.netns import NetnsKey
from .kinds.table import kind_of
from .ledger import Ledger
from .record import Record
from .want import Want, Wants
from .words import differing

#: the attributes by which the collection's own objects are known
_MARKS = ("group", "protocol")
#: what a description says without being asked; it is brought about like anything that changed
_BY_DEFAULT = {"lo_up": True, "up": True}
_TOLD_AT_ONCE = 20
REASON = "adopted: it is as described"


def adopt(state: State, wants: Wants, ledger: Ledger) -> tuple[list[Step], Objects, Record]:
    """Take what stands under the lab's ownership.

    What another lab has on record stays that lab's, and a link that the lab only puts on a bridge stays as it is.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :param ledger: who made what, as the lab sees it.
    :returns: the steps that mark it, the objects as they are after that, and the lab's record with it.
    :raises Conflict: for an object of another shape than described.
    """
    steps: list[Step] = []
    found: set[Key] = set()
    now = dict(state.objects)
    differs: dict[Key, list[str]] = _other_lengths(wants, state.objects)
    for key, want in wants.items():
        attrs = state.objects.get(key)
        if attrs is None or not _is_free(want, attrs, ledger):
            continue
        _require_mounted(want, state.alien.get(key))
        if texts := _differences(want, attrs):
            differs[key] = texts
        found.add(key)
        now[key] = {**attrs, **{name: want.create[name] for name in _MARKS if name in want.create}}
        if kind_of(key).adoption_is_told:
            steps.append(Step(want.kind, key.named(), CHANGE, REASON, (Change(key, attrs, now[key]),)))
    _refuse(differs, wants)
    stand = {key.netns: state.inodes[key.netns] for key in found if isinstance(key, NetnsKey)}
    own = replace(ledger.own, made=ledger.own.made | found, inodes={**ledger.own.inodes, **stand})
    return steps, now, own


def _is_free(want: Want, attrs: Attrs, ledger: Ledger) -> bool:
    key = want.key
    may = kind_of(key).may_be_adopted(want, attrs)
    return may and not ledger.mine(key, attrs) and ledger.holder(key) is None


def _require_mounted(want: Want, alien: Optional[str]) -> None:
    if alien is not None:
        remedy = "Only namespaces mounted in /run/netns can be adopted: omit it, or remove it."
        raise Conflict(f"{want.where} ({want.key.describe()})", "to adopt it", alien, remedy)


def _differences(want: Want, attrs: Attrs) -> list[str]:
    """In what an object is not as described. What a description has by default it does not ask of what stands."""
    return [
        differing(name, attrs, value)
        for name, value in want.attrs.items()
        if attrs.get(name) != value and _BY_DEFAULT.get(name) != value
    ]


def _other_lengths(wants: Wants, objects: Objects) -> dict[Key, list[str]]:
    """Wanted addresses that stand on their link with another prefix length: both would stand."""
    missing = {(key.netns, key.dev, key.host): key for key in wants if _lacks_address(key, objects)}
    found: dict[Key, list[str]] = defaultdict(list)
    for key in objects if missing else ():
        if isinstance(key, AddressKey):
            wanted = missing.get((key.netns, key.dev, key.host))
            if wanted is not None:
                found[wanted].append(f"it is {key.address}, expected {wanted.address}")
    return found


def _lacks_address(key: Key, objects: Objects) -> bool:
    return isinstance(key, AddressKey) and key not in objects


def _refuse(differs: dict[Key, list[str]], wants: Wants) -> None:
    """Tell all that differs at once.

    :raises Conflict: if anything does.
    """
    if not differs:
        return
    told = [(f"{wants[key].where} ({key.describe()})", ", ".join(texts)) for key, texts in differs.items()]
    where, found = told[0]
    if len(told) > 1:
        where = f"{len(told)} entries"
        found = "; ".join(f"{each}: {texts}" for each, texts in told[:_TOLD_AT_ONCE])
        found += f"; and {len(told) - _TOLD_AT_ONCE} more" if len(told) > _TOLD_AT_ONCE else ""
    remedy = "Adopting changes nothing: make the definition match the object, or remove it."
    raise Conflict(where, "objects as described, to adopt them", found, remedy)
