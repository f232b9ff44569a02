# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT in a plan: the table comes with the first thing in it and goes with the last; hairpins follow the forwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from typing import Optional

from .._model.values import parse_interface
from .plan import CHANGE, CREATE, DELETE, Step
from .state import Change, Key, Objects, describe
from .wanted import Want, Wants

SORTS = frozenset({"nat_table", "masquerade", "forward", "hairpin"})
_WORDS = {"masquerade": "masquerade", "forward": "port_forward"}


def steps(now: Objects, wants: Wants, remove: set[Key]) -> list[Step]:
    """The steps for every namespace's NAT.

    :param now: the state at this point of the plan, addresses as they will be.
    :param remove: keys to remove, those that are not of NAT or not there are passed over.
    """
    named = [want.key[1] for want in wants.values() if want.key[0] in SORTS]
    named += [key[1] for key in remove if key[0] in SORTS]
    found: list[Step] = []
    for netns in dict.fromkeys(named):
        if not netns or ("netns", netns) in now:
            found += _Table(now, netns).steps(wants, remove)
    return found


def hairpin_ports(objects: Objects, wants: Wants, remove: Collection[Key]) -> Wants:
    """The ports that must send frames back out of themselves: those of targets that reach themselves by a forward.

    Needed only where frames within a bridge pass NAT: there such a frame never leaves the bridge. A port whose last
    forward goes need not any longer.

    :param objects: the state read.
    :param remove: keys of the objects that will be removed.
    :returns: wants of these ports; one that has its own word on hairpin is left alone.
    """
    asked = _hairpin_targets(objects, wants, remove)
    if not asked:
        return {}
    objects = {key: attrs for key, attrs in objects.items() if not _goes(key, remove)}
    found: Wants = {}
    for key in [*wants, *objects]:
        target = key[3].partition("/")[0] if key[0] == "address" and key[1] else ""
        port = _port_of(("link", key[1], key[2]), objects, wants) if target in asked else None
        if port is None or "hairpin" in getattr(wants.get(port), "attrs", {}):
            continue
        hairpin, where = asked[target]
        if hairpin or objects.get(port, {}).get("hairpin"):
            want = wants.get(port) or Want(port, "bridge_port", where)
            found[port] = replace(want, attrs={**want.attrs, "hairpin": hairpin})
    return found


def _hairpin_targets(objects: Objects, wants: Wants, remove: Collection[Key]) -> dict[str, tuple[bool, str]]:
    """The targets that are to reach themselves and those that need not any longer, each with the entry's name."""
    forwards = {key: attrs["to"] for key, attrs in objects.items() if key[0] == "forward"}
    staying = {to for key, to in forwards.items() if key not in remove}
    asked = {to: (False, "port_forward") for to in forwards.values() if to not in staying}
    asked.update(
        {want.attrs["to"]: (True, want.where) for want in wants.values() if want.key[0] == "forward" and want.hairpin}
    )
    return asked


def _goes(key: Key, remove: Collection[Key]) -> bool:
    """Whether an object is to be removed, or its link, or its namespace."""
    return key in remove or ("link", *key[1:3]) in remove or ("netns", key[1]) in remove


def _port_of(link: Key, objects: Objects, wants: Wants) -> Optional[Key]:
    """The host's bridge port at the other end of a cable, if that is what it is."""
    end = wants[link].attrs if link in wants else objects.get(link, {})
    port = ("link", *end["peer"]) if end.get("peer") else None
    if port is None or port[1] or (port not in objects and port not in wants):
        return None
    attrs = {**objects.get(port, {}), **(wants[port].attrs if port in wants else {})}
    return port if attrs.get("bridge") else None


class _Table:
    """The NAT of one namespace."""

    def __init__(self, now: Objects, netns: str) -> None:
        self._netns = netns
        self._is = {key: attrs for key, attrs in now.items() if key[0] in SORTS and key[1] == netns}
        self._subnets = [parse_interface(key[3]).network for key in now if key[0] == "address" and key[1] == netns]

    def steps(self, wants: Wants, remove: set[Key]) -> list[Step]:
        mine = {key: want for key, want in wants.items() if key[0] in SORTS and key[1] == self._netns}
        gone = [key for key in self._is if key in remove and key not in mine and key[0] in _WORDS]
        made: dict[Key, list[Change]] = defaultdict(list)
        for key in gone:
            made[key].append(Change(key, self._is[key], None))
        for key, want in mine.items():
            if key[0] in _WORDS and not _same(self._is.get(key), want):
                made[key].append(Change(key, self._is.get(key), {**(self._is.get(key) or {}), **want.attrs}))
        self._hairpins(mine, made)
        found = [_step(key, changes) for key, changes in made.items() if changes]
        return [*self._table(mine, gone), *found]

    def _table(self, mine: Wants, gone: list[Key]) -> list[Step]:
        """The table's own step; removing it takes what is left of ours in it along."""
        key = ("nat_table", self._netns)
        want, attrs = mine.get(key), self._is.get(key)
        if want is None:
            rest = [other for other in self._is if other[0] in _WORDS and other not in gone]
            if attrs is None or rest:
                return []
            change = Change(key, attrs, None)
            return [Step("nat_table", _object(key), DELETE, "nothing of netns.lab is left in it", (change,))]
        if attrs is None:
            change = Change(key, None, dict(want.attrs))
            return [Step("nat_table", _object(key), CREATE, "does not exist", (change,))]
        if attrs != want.attrs:
            lost = [rule for rule in want.attrs["rules"] if rule not in attrs["rules"]]
            reason = f"its own rules differ (missing: {', '.join(lost) or 'none'})"
            return [Step("nat_table", _object(key), CHANGE, reason, (Change(key, attrs, dict(want.attrs)),))]
        return []

    def _hairpins(self, mine: Wants, made: dict[Key, list[Change]]) -> None:
        """Each forward into a subnet of this namespace's own needs one; it goes with the last forward to its target."""
        wanted: dict[Key, Key] = {}
        for key, want in mine.items():
            if key[0] == "forward" and want.hairpin:
                hairpin = self._hairpin(key, want)
                if hairpin is not None:
                    wanted.setdefault(hairpin, key)
        for hairpin, key in wanted.items():
            if hairpin not in self._is:
                made[key].append(Change(hairpin, None, {}))
        targets = {(want.attrs["to"], key[2], want.attrs["to_port"]): key for key, want in mine.items() if want.hairpin}
        for hairpin in self._is:
            if hairpin[0] == "hairpin" and hairpin[3:] in targets and hairpin not in wanted:
                made[targets[hairpin[3:]]].append(Change(hairpin, {}, None))
        touched = {key for key, changes in made.items() if key[0] == "forward" and changes[0].before}
        touched |= {key for key, want in mine.items() if key[0] == "forward" and not want.hairpin}
        kept = {self._target(key, self._is[key]) for key in self._is if key[0] == "forward" and key not in touched}
        for key in touched & set(self._is):
            target = self._target(key, self._is[key])
            for hairpin in [other for other in self._is if other[0] == "hairpin" and other[3:] == target]:
                named = any(change.key == hairpin for changes in made.values() for change in changes)
                if target not in kept and hairpin not in wanted and not named:
                    made[key].append(Change(hairpin, {}, None))

    def _hairpin(self, key: Key, want: Want) -> Optional[Key]:
        to = parse_interface(want.attrs["to"]).ip
        for subnet in self._subnets:
            if to in subnet:
                return ("hairpin", self._netns, str(subnet), want.attrs["to"], key[2], want.attrs["to_port"])
        return None

    @staticmethod
    def _target(key: Key, attrs: dict[str, object]) -> tuple[object, ...]:
        return (attrs["to"], key[2], attrs["to_port"])


def _same(attrs: Optional[dict[str, object]], want: Want) -> bool:
    return attrs is not None and all(attrs.get(name) == value for name, value in want.attrs.items())


def _step(key: Key, changes: list[Change]) -> Step:
    first = changes[0]
    kind = _WORDS[key[0]]
    if first.key != key:
        return Step(kind, _object(key), CHANGE, "the way back from inside its subnet differs", tuple(changes))
    if first.before is None:
        return Step(kind, _object(key), CREATE, "does not exist", tuple(changes))
    if first.after is None:
        return Step(kind, _object(key), DELETE, "no longer wanted", tuple(changes))
    names = [name for name in first.after if first.before.get(name) != first.after[name]]
    reason = ", ".join(f"{name} is {first.before.get(name)}, wanted {first.after[name]}" for name in names)
    return Step(kind, _object(key), CHANGE, reason, tuple(changes))


def _object(key: Key) -> str:
    return describe(key).partition(" ")[2]
