# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made what: the records of all labs on a host, as one lab sees them. Pure; the files are the kernel side's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from .._model.errors import Conflict
from .plan import Outcome
from .state import GROUP, Attrs, Key

#: the format of a record; another one is not read
VERSION = 1
#: the lab that the single modules write under; no description can have this name
SINGLE = "+modules"
#: sorts of objects that several labs may hold at once; the last one that lets go removes or restores them
SHARED = frozenset({"netns_dir", "directory", "sysctl"})


@dataclass
class Record:
    """What one lab made.

    ``made`` are the keys of objects that it created (or shares), ``sysctls`` those it holds, each with the value
    before any lab held it (None: it came into being with its namespace or link) and the value that the lab wants,
    ``borrowed`` the links that it did not make and changed, each with the attributes as they were before,
    ``inodes`` those of its namespaces, ``definition`` its description as the user gave it.
    """

    lab: str
    definition: dict[str, Any] = field(default_factory=dict)
    made: set[Key] = field(default_factory=set)
    sysctls: dict[Key, tuple[Optional[str], str]] = field(default_factory=dict)
    inodes: dict[str, int] = field(default_factory=dict)
    borrowed: dict[Key, Attrs] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The record as its file holds it (JSON types)."""
        return {
            "version": VERSION,
            "lab": self.lab,
            "definition": self.definition,
            "made": sorted((list(key) for key in self.made), key=str),
            "sysctls": [[*key, *pair] for key, pair in sorted(self.sysctls.items())],
            "inodes": self.inodes,
            "borrowed": [[*key, attrs] for key, attrs in sorted(self.borrowed.items())],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Record:
        """Read what :meth:`as_dict` wrote.

        :raises Conflict: for a record of another version, or one that is none.
        """
        try:
            if data["version"] != VERSION:
                found = f"version {data['version']}"
                remedy = "Another release of netns.lab wrote it: remove that lab with the release that made it."
                raise Conflict(f"record of lab {data.get('lab')}", f"version {VERSION}", found, remedy)
            return cls(
                data["lab"],
                data["definition"],
                {tuple(key) for key in data["made"]},
                {tuple(key): (prior, value) for *key, prior, value in data["sysctls"]},
                dict(data["inodes"]),
                {tuple(key): dict(attrs) for *key, attrs in data["borrowed"]},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            remedy = "The file is damaged: remove it, then the lab's objects by hand (see topology_info)."
            raise Conflict("record of a lab", "a record of netns.lab", f"{exc!r}", remedy) from None


class Ledger:
    """The records of all labs, as one of them sees them.

    :param own: this lab's record.
    :param others: the records of all other labs.
    :param inodes: the namespaces that stand, by name (a namespace made anew by somebody else is not ours).
    """

    def __init__(self, own: Record, others: list[Record], inodes: dict[str, int]) -> None:
        self.own, self.others, self._inodes = own, others, inodes

    def owns_netns(self, name: str) -> bool:
        """Whether this lab made the namespace that now has this name."""
        known = self.own.inodes.get(name)
        return ("netns", name) in self.own.made and (known is None or known == self._inodes.get(name, known))

    def mine(self, key: Key, attrs: Optional[Attrs]) -> bool:
        """Whether this lab made the object that now has this key."""
        if key[0] == "netns":
            return self.owns_netns(key[1])
        if key not in self.own.made:
            return False
        if key[0] == "link" and attrs is not None and attrs.get("group") != GROUP:
            return False
        netns = key[1] if key[0] not in ("netns_dir", "directory", "file") else ""
        return not netns or ("netns", netns) not in self.own.made or self.owns_netns(netns)

    def holder(self, key: Key) -> Optional[str]:
        """Another lab that made, or shares, the object; None if there is none."""
        return next((record.lab for record in self.others if key in record.made), None)

    def prior(self, key: Key) -> tuple[bool, Optional[str]]:
        """Whether any lab holds a sysctl, and the value that it had before."""
        for record in (self.own, *self.others):
            if key in record.sysctls:
                return True, record.sysctls[key][0]
        return False, None

    def wanted_elsewhere(self, key: Key, value: str) -> Optional[tuple[str, str]]:
        """Another lab that holds a sysctl at another value, as (lab, value)."""
        for record in self.others:
            if key in record.sysctls and record.sysctls[key][1] != value:
                return record.lab, record.sysctls[key][1]
        return None


def after(ledger: Ledger, outcome: Outcome) -> Record:
    """The lab's record once a plan is carried out; the definition is still the old one.

    A shared object that stands already is taken up where another lab made it; one that is let go leaves the record.
    The nft table is nobody's: it comes with the first thing in it and goes with the last.
    """
    own, now = ledger.own, outcome.now
    made, sysctls = set(own.made), dict(own.sysctls)
    for step in outcome.steps:
        for change in step.changes:
            if change.after is None:
                made.discard(change.key)
                sysctls.pop(change.key, None)
            elif change.key[0] == "sysctl":
                known, prior = ledger.prior(change.key)
                if not known and change.before is not None:
                    prior = change.before["value"]
                made.add(change.key)
                sysctls[change.key] = (prior, change.after["value"])
            elif change.before is None:
                made.add(change.key)
    for key in outcome.held:
        if ledger.holder(key):
            made.add(key)
            if key[0] == "sysctl":
                sysctls[key] = (ledger.prior(key)[1], now[key]["value"])
    for key in outcome.released:
        made.discard(key)
        sysctls.pop(key, None)
    made = {key for key in made if key in now and key[0] != "nat_table"}
    sysctls = {key: pair for key, pair in sysctls.items() if key in made}
    inodes = {name: inode for name, inode in own.inodes.items() if ("netns", name) in made}
    return Record(own.lab, own.definition, made, sysctls, inodes, _borrowed(own, outcome, made))


def _borrowed(own: Record, outcome: Outcome, made: set[Key]) -> dict[Key, Attrs]:
    """What the lab keeps in a changed state though it did not make it: links that it put onto a bridge."""
    if own.lab == SINGLE:
        return {}
    found = {key: dict(attrs) for key, attrs in own.borrowed.items() if key not in outcome.released}
    for step in outcome.steps:
        for change in step.changes:
            key, before, after_ = change.key, change.before, change.after
            if key[0] != "link" or key in made or key in outcome.released or before is None or after_ is None:
                continue
            prior = found.setdefault(key, {})
            for name, value in after_.items():
                if before.get(name) != value:
                    prior.setdefault(name, before.get(name))
    return {key: attrs for key, attrs in found.items() if key in outcome.now and attrs}
