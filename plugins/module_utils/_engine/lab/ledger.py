# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made what: the records of all labs on a host, as one lab sees them, and what a plan makes of its own. Pure."""

from __future__ import annotations

from typing import Optional

from ..plan import Outcome
from ..state import CASCADE, GROUP, Attrs, Change, Key
from . import ipv6_off
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.sysctl import SideEffects, SysctlKey, is_forwarding, noted
from .kinds.table import kind_of
from .record import SINGLE, Record


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
        self.own, self.others, self._newborn = own, others, newborn or {}
        #: names of namespaces that the lab made and that others have made anew since
        self._lost = {name for name, inode in own.inodes.items() if inodes.get(name, inode) != inode}

    def owns_netns(self, name: str) -> bool:
        """Whether this lab made the namespace that now has this name.

        :param name: the namespace's name (str).
        """
        return NetnsKey(name) in self.own.made and name not in self._lost

    def mine(self, key: Key, attrs: Optional[Attrs]) -> bool:
        """Whether this lab made the object that now has this key.

        :param key: the object's key.
        :param attrs: its attributes, None where it is not there.
        """
        if key not in self.own.made or (attrs is not None and kind_of(key).is_anothers(attrs)):
            return False
        return key.netns not in self._lost or NetnsKey(key.netns) not in self.own.made

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
