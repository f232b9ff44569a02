# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what one lab made, and how its file holds it. Pure; the files are the kernel side's."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Optional

from ..._model.errors import Conflict
from ..plan import Step
from ..state import Attrs, Key
from . import formats, ipv6_off
from .kinds.netns import NetnsKey
from .kinds.sysctl import SideEffects, SysctlKey, is_sysctl
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


# -- records of runs -------------------------------------------------------------------------------------------------


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


def of_the_host(record: Record) -> Record:
    """What a lab of another network has that all networks of a host share: names of namespaces, and files.

    :param record: the record of that lab.
    """
    made = {key for key in record.made if kind_of(key).of_all_networks}
    inodes = {name: inode for name, inode in record.inodes.items() if NetnsKey(name) in made}
    return Record(record.lab, made=made, inodes=inodes)
