# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made what: the records of all labs on a host, as one lab sees them. Pure; the files are the kernel side's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..._model.errors import Conflict
from ..plan import Outcome, Step
from ..state import CASCADE, GROUP, Attrs, Change, Key
from . import formats, ipv6_off
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.sysctl import SideEffects, SysctlKey, is_forwarding, is_sysctl, noted
from .kinds.table import kind_of

#: the lab that the single modules write under; no description can have this name
SINGLE = "+modules"

#: the way on where a record cannot be read
DAMAGED = "It is damaged: remove it, and apply the lab once with adopt: true."
_NEWER = (
    "Use that release, or a later one, on this host; or remove the lab with it. Or remove the record, and apply the "
    "lab once with adopt: true."
)


@dataclass
class Record:
    """What one lab made.

    ``made`` are the keys of objects that it created (or shares), ``sysctls`` those it holds, each with the value
    before any lab held it (None: it came into being with its namespace or link) and the value that the lab wants,
    ``prior_attrs`` the links that it did not make and changed, each with the attributes as they were before,
    ``side_effects`` what the kernel changed along with a sysctl (see :mod:`.kinds.sysctl`),
    ``requested_by`` the sysctls that single modules want, each with the entries that ask for it,
    ``taken`` what others had and lost with a sysctl that the lab holds (see :mod:`.ipv6_off`),
    ``words`` what the kernel says where a lab asked for a value of a sysctl otherwise, as (asked, said),
    ``in_progress`` the links that a run set out to make and has not come to the end of, so that they may be half made,
    ``inodes`` those of its namespaces, ``definition`` its description as the user gave it, ``target`` the one that a
    run under way leads to, ``rest`` what a later release wrote and this one hands on.
    """

    lab: str
    definition: dict[str, Any] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)
    sysctls: dict[Key, tuple[Optional[str], Optional[str]]] = field(default_factory=dict)
    inodes: dict[str, int] = field(default_factory=dict)
    prior_attrs: dict[Key, Attrs] = field(default_factory=dict)
    requested_by: dict[Key, set[Key]] = field(default_factory=dict)
    side_effects: dict[Key, SideEffects] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    in_progress: set[Key] = field(default_factory=set)
    words: dict[Key, tuple[str, str]] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    taken: dict[Key, ipv6_off.Taken] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The record as its file holds it (JSON types)."""
        return {
            **formats.head(),
            "lab": self.lab,
            "definition": self.definition,
            "made": sorted((list(key) for key in self.made), key=str),
            "sysctls": [[*key, *pair] for key, pair in sorted(self.sysctls.items())],
            "inodes": self.inodes,
            "prior_attrs": [[*key, attrs] for key, attrs in sorted(self.prior_attrs.items())],
            "side_effects": [[*key, found] for key, found in sorted(self.side_effects.items())],
            "requested_by": [
                [*key, sorted(map(list, asking), key=str)] for key, asking in sorted(self.requested_by.items())
            ],
            "target": self.target,
            "in_progress": sorted((list(key) for key in self.in_progress), key=str),
            "words": [[*key, *pair] for key, pair in sorted(self.words.items())],
            "taken": [
                [*key, [[list(other), attrs] for other, attrs in found]] for key, found in sorted(self.taken.items())
            ],
            **self.rest,
        }

    @classmethod
    def from_dict(cls, data: Any, lab: Optional[str] = None) -> Record:
        """Read what :meth:`as_dict` wrote.

        :param data: the file's content (JSON types).
        :param lab: the lab that the file's name says (str; default: there is none).
        :raises Conflict: for a record that only later releases read, or one that no release has written.
        """
        what = f"record of lab {lab}" if lab else "record of a lab"
        try:
            return cls._read(data, lab, what)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as exc:
            found = f"no {exc}" if isinstance(exc, KeyError) else f"{exc}"
            raise Conflict(what, "a record of netns.lab", found, DAMAGED) from None

    @classmethod
    def _read(cls, data: Any, lab: Optional[str], what: str) -> Record:
        later = formats.require(what, data, _NEWER)
        key = formats.Keys().read
        record = cls(
            formats.name_of(data, lab, SINGLE),
            _dict(data["definition"]),
            set(map(key, data["made"])),
            {_sysctl(key(parts)): (_text(prior), _text(value)) for *parts, prior, value in data["sysctls"]},
            {name: _number(inode) for name, inode in _dict(data["inodes"]).items()},
            {key(parts): _dict(attrs) for *parts, attrs in data["prior_attrs"]},
            {key(parts): set(map(key, asking)) for *parts, asking in data["requested_by"]},
            {_sysctl(key(parts)): _side_effects(found) for *parts, found in data["side_effects"]},
            _dict(data["target"]),
            set(map(key, data["in_progress"])),
            {_sysctl(key(parts)): (_text(asked), _text(said)) for *parts, asked, said in data["words"]},
            taken={
                _sysctl(key(parts)): [(key(other), _dict(attrs)) for other, attrs in found]
                for *parts, found in data["taken"]
            },
        )
        if later:
            known = {*formats.head(), *record.as_dict()} - {"version", "minimum", "release"}
            record.rest = {name: value for name, value in data.items() if name not in known}
        return record


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.60}, where there are names and values")
    return value


def _text(value: Any) -> Optional[str]:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r:.60} as the value of a sysctl")
    return value


def _number(value: Any) -> int:
    if not formats.is_whole(value):
        raise TypeError(f"{value!r:.60} as an inode")
    return value


def _sysctl(key: Key) -> Key:
    if not isinstance(key, SysctlKey):
        raise TypeError(f"{key!r:.60} among the sysctls")
    return key


def _side_effects(found: Any) -> SideEffects:
    pairs = {name: tuple(map(_text, pair)) for name, pair in _dict(found).items()}
    wrong = [name for name, pair in pairs.items() if not (isinstance(name, str) and is_sysctl(name)) or len(pair) != 2]
    if wrong:
        raise ValueError(f"{wrong[0]!r:.60} among the sysctls")
    return pairs  # type: ignore[return-value]  # of two texts each


class Ledger:
    """The records of all labs, as one of them sees them.

    :param own: this lab's record.
    :param others: the records of all other labs.
    :param inodes: the namespaces that stand, by name (a namespace made anew by somebody else is not ours).
    :param newborn: the values that sysctls have where a namespace is new.
    """

    def __init__(
        self, own: Record, others: list[Record], inodes: dict[str, int], newborn: Optional[dict[Key, str]] = None
    ) -> None:
        self.own, self.others, self._inodes, self._newborn = own, others, inodes, newborn or {}

    def owns_netns(self, name: str) -> bool:
        """Whether this lab made the namespace that now has this name.

        :param name: the namespace's name (str).
        """
        known = self.own.inodes.get(name)
        return NetnsKey(name) in self.own.made and (known is None or known == self._inodes.get(name, known))

    def mine(self, key: Key, attrs: Optional[Attrs]) -> bool:
        """Whether this lab made the object that now has this key.

        :param key: the object's key.
        :param attrs: its attributes, None where it is not there.
        """
        if key not in self.own.made or (attrs is not None and kind_of(key).is_anothers(attrs)):
            return False
        return not key.netns or NetnsKey(key.netns) not in self.own.made or self.owns_netns(key.netns)

    def in_progress(self, key: Key, attrs: Attrs) -> bool:
        """Whether a run of this lab that was killed may have left the link half made, or half removed.

        :param key: the object's key.
        :param attrs: the object's attributes.
        """
        return self.mine(key, attrs) and (key in self.own.in_progress or attrs["group"] != GROUP)

    def holder(self, key: Key) -> Optional[str]:
        """Another lab that made, or shares, the object; None if there is none.

        :param key: the object's key.
        """
        return next((record.lab for record in self.others if key in record.made), None)

    def prior(self, key: Key) -> tuple[bool, Optional[str]]:
        """Whether any lab holds a sysctl, and the value that it had before.

        :param key: the object's key.
        """
        for record in (self.own, *self.others):
            if key in record.sysctls:
                return True, record.sysctls[key][0]
        return False, self._newborn.get(key)

    def side_effects(self, key: Key) -> SideEffects:
        """What the kernel changed along when a lab first took hold of a sysctl.

        :param key: the object's key.
        """
        return next((record.side_effects[key] for record in (self.own, *self.others) if key in record.side_effects), {})

    def taken(self, key: Key) -> ipv6_off.Taken:
        """What others lost when a lab first took hold of a sysctl.

        :param key: the object's key.
        """
        return next((record.taken[key] for record in (self.own, *self.others) if key in record.taken), [])

    def wanted_elsewhere(self, key: Key, value: str) -> Optional[tuple[str, str]]:
        """Another lab that holds a sysctl at another value, as (lab, value).

        :param key: the object's key.
        :param value: the value that this lab wants (str).
        """
        for record in self.others:
            held = record.sysctls[key][1] if key in record.sysctls else None
            if held not in (None, value):
                return record.lab, held
        return None


def after(ledger: Ledger, outcome: Outcome, looked_for: set[Key]) -> Record:
    """The lab's record once a plan is carried out; the definition is still the old one.

    What was looked for and is not there is no longer the lab's.

    A shared object that stands already is taken up where another lab made it, a sysctl always, so that no other lab
    takes another value; one that is let go leaves the record.
    The nft table is nobody's: it comes with the first thing in it and goes with the last.

    :param ledger: who made what, as the lab sees it.
    :param outcome: the plan.
    :param looked_for: the keys that were read.
    """
    own, now, released = ledger.own, outcome.now, set(outcome.released)
    made, sysctls = set(own.made), dict(own.sysctls)
    for step in outcome.steps:
        for change in step.changes:
            if change.after is None:
                made.discard(change.key)
                sysctls.pop(change.key, None)
            elif isinstance(change.key, SysctlKey):
                if change.via != CASCADE and step.changes[0].key not in released:
                    made.add(change.key)
                    sysctls[change.key] = (_prior(ledger, change), change.after["value"])
            elif (
                change.before is None
                and not kind_of(change.key).is_put_back(change)
                and not isinstance(step.changes[0].key, SysctlKey)
            ):
                made.add(change.key)
    for key in outcome.held:
        if isinstance(key, SysctlKey) and key not in made:
            known, prior = ledger.prior(key)
            sysctls[key] = (prior if known else now[key]["value"], now[key]["value"])
            made.add(key)
        elif isinstance(key, SysctlKey):
            sysctls[key] = (sysctls[key][0], now[key]["value"])
        elif ledger.holder(key) or kind_of(key).outlasts_record:
            made.add(key)
    for key in released:
        made.discard(key)
        sysctls.pop(key, None)
    made = {key for key in made if kind_of(key).on_record and (key in now or key not in looked_for)}
    sysctls = {key: pair for key, pair in sysctls.items() if key in made}
    inodes = {name: inode for name, inode in own.inodes.items() if NetnsKey(name) in made}
    return Record(
        own.lab,
        own.definition,
        made,
        sysctls,
        inodes,
        _prior_attrs(own, outcome, made),
        side_effects=_side_effects_of(ledger, outcome, set(sysctls)),
        in_progress=(own.in_progress & made) - {change.key for step in outcome.steps for change in step.changes},
        words={key: pair for key, pair in own.words.items() if key in sysctls},
        rest=own.rest,
        taken=_taken(ledger, outcome, set(sysctls)),
    )


def _prior(ledger: Ledger, change: Change) -> Optional[str]:
    """The value that a sysctl had before any lab held it, where one takes hold of it now."""
    known, prior = ledger.prior(change.key)
    return prior if known or change.before is None else change.before["value"]


def _side_effects_of(ledger: Ledger, outcome: Outcome, held: set[Key]) -> dict[Key, SideEffects]:
    """What the kernel changed along with the sysctls that the lab holds: what it finds noted, or what it does now."""
    released = set(outcome.released)
    now = {
        step.changes[0].key: noted(list(step.changes))
        for step in outcome.steps
        if is_forwarding(step.changes[0].key) and step.changes[0].key not in released
    }
    found = {key: ledger.side_effects(key) or now.get(key, {}) for key in held if is_forwarding(key)}
    return {key: effects for key, effects in found.items() if effects}


def _taken(ledger: Ledger, outcome: Outcome, held: set[Key]) -> dict[Key, ipv6_off.Taken]:
    """What others have lost with the sysctls that the lab holds: what it finds noted, or what goes now."""
    now = {
        step.changes[0].key: ipv6_off.taken(step.changes)
        for step in outcome.steps
        if ipv6_off.disables(step.changes[0])
    }
    found = {key: ledger.taken(key) or now.get(key, []) for key in held}
    return {key: lost for key, lost in found.items() if lost}


def both(before: Record, final: Record, steps: list[Step]) -> Record:
    """The record of a run under way, good for a host that is anywhere between two records.

    The value of a sysctl that is about to change is None: any value is the lab's.

    :param before: the record before the run.
    :param final: the record after it.
    :param steps: the steps of the plan.
    """
    sysctls = {**final.sysctls, **before.sysctls}
    for key, (prior, _value) in before.sysctls.items():
        if before.sysctls[key] != final.sysctls.get(key):
            sysctls[key] = (prior, None)
    born = {change.key for step in steps for change in step.changes if change.before is None}
    return Record(
        final.lab,
        before.definition or final.definition,
        before.made | final.made,
        sysctls,
        final.inodes,
        {**before.prior_attrs, **final.prior_attrs},
        {**final.requested_by, **before.requested_by},
        {**final.side_effects, **before.side_effects},
        final.definition,
        before.in_progress | {key for key in born if kind_of(key).half_made},
        {**final.words, **before.words},
        final.rest,
        {**final.taken, **before.taken},
    )


def is_covered(under_way: Record, before: Record) -> bool:
    """Whether the record before a run names all that the run may leave: it does nothing but remove.

    :param under_way: the record of the run under way.
    :param before: the record before it.
    """
    return all(
        set(getattr(under_way, name)) <= set(getattr(before, name))
        for name in ("made", "sysctls", "prior_attrs", "in_progress")
    )


def restored(before: Record, steps: list[Step], stand: dict[str, int]) -> Record:
    """The record after a plan was undone: a namespace that was removed and made again has another inode.

    :param before: the record before the run.
    :param steps: the steps of the plan.
    :param stand: the namespaces that stand now, by name, with their inodes.
    """
    changes = [change for step in steps for change in step.changes]
    gone = {change.key.netns for change in changes if isinstance(change.key, NetnsKey) and change.after is None}
    return replace(before, inodes={**before.inodes, **{name: stand[name] for name in gone if name in stand}})


def _prior_attrs(own: Record, outcome: Outcome, made: set[Key]) -> dict[Key, Attrs]:
    """What the lab keeps in a changed state though it did not make it: links that it put onto a bridge."""
    if own.lab == SINGLE:
        return {}
    released = set(outcome.released)
    found = {key: dict(attrs) for key, attrs in own.prior_attrs.items() if key not in released}
    for step in outcome.steps:
        for change in step.changes:
            key, before, after_ = change.key, change.before, change.after
            if not isinstance(key, LinkKey) or key in made or key in released or before is None or after_ is None:
                continue
            prior = found.setdefault(key, {})
            for name in {*before, *after_}:
                if before.get(name) != after_.get(name):
                    prior.setdefault(name, before.get(name))
    return {key: attrs for key, attrs in found.items() if key in outcome.now and attrs}


def of_the_host(record: Record) -> Record:
    """What a lab of another network has that all networks of a host share: names of namespaces, and files.

    :param record: the record of that lab.
    """
    made = {key for key in record.made if kind_of(key).of_all_networks}
    inodes = {name: inode for name, inode in record.inodes.items() if NetnsKey(name) in made}
    return Record(record.lab, made=made, inodes=inodes)
