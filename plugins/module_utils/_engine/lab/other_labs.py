# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other labs have in, on or behind what a plan removes or changes, and would lose with it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..._model.errors import Conflict
from ..plan import Outcome, Step
from ..state import DIRECT, Change, Key
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.table import kind_of
from .ledger import Ledger
from .record import SINGLE, Record

_TOLD = 6


def near(others: Iterable[Record], namespaces: Iterable[str]) -> list[Key]:
    """Routes and links' sysctls of other labs: a plan that takes links or addresses away has to see them.

    :param others: the records of other labs.
    :param namespaces: the names of the namespaces in question (str).
    """
    where = set(namespaces)
    return [key for record in others for key in record.made if key.netns in where and kind_of(key).goes_with_links(key)]


def check(outcome: Outcome, ledger: Ledger, allowed: bool) -> list[str]:
    """See that a plan takes nothing from other labs along.

    :param outcome: the plan.
    :param ledger: who made what, as the lab sees it.
    :param allowed: whether the user wants it all the same.
    :returns: warnings of what goes along with the user's leave, and of what single modules lose.
    :raises Conflict: for the first step that does, with the lab and what it would lose.
    """
    warnings: list[str] = []
    if not ledger.others:
        return warnings
    theirs = _Theirs(ledger)
    for step in outcome.steps:
        for lab, keys in theirs.losers(step).items():
            names = ", ".join(key.describe() for key in keys[:_TOLD])
            names += f" and {len(keys) - _TOLD} more" if len(keys) > _TOLD else ""
            if lab != SINGLE and not allowed:
                raise Conflict(
                    f"{step.kind} {step.object}",
                    f"to {step.action} it",
                    f"objects of lab {lab} that would be removed: {names}",
                    f"Change or remove lab {lab} first, or set allow_other_labs if you mean it.",
                )
            whose = "the single modules" if lab == SINGLE else f"lab {lab}"
            warnings.append(f"objects of {whose} are removed with {step.kind} {step.object}: {names}")
    return warnings


class _Theirs:
    """What other labs made, by the object and by the namespace that it is in.

    :param ledger: who made what, as the lab sees it.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._labs = [record.lab for record in ledger.others]
        self._of: dict[Key, list[str]] = defaultdict(list)
        self._inside: dict[str, list[Key]] = defaultdict(list)
        for record in ledger.others:
            for key in record.made:
                self._of[key].append(record.lab)
                if kind_of(key).can_be_lost:
                    self._inside[key.netns].append(key)
        self._own = ledger.own.made

    def losers(self, step: Step) -> dict[str, list[Key]]:
        """The labs that lose something by a step, each with that; not the one whose object a single module removes.

        :param step: the step.
        """
        first = step.changes[0]
        owners = self._of.get(first.key, ()) if first.via == DIRECT else ()
        lost = {change.key for change in step.changes[1:] if _is_lost(change)}
        if first.via != DIRECT:
            lost.add(first.key)
        for change in step.changes:
            if isinstance(change.key, NetnsKey) and change.after is None:
                lost.update(self._inside.get(change.key.netns, ()))
        found: dict[str, set[Key]] = defaultdict(set)
        for key in lost:
            if key in self._own or isinstance(key, NetnsKey):
                continue
            for lab in self._of.get(key, ()):
                if lab not in owners:
                    found[lab].add(key)
        return {lab: sorted(found[lab], key=str) for lab in self._labs if lab in found}


def _is_lost(change: Change) -> bool:
    """Whether an object goes, or loses its place on a bridge that goes."""
    if not kind_of(change.key).can_be_lost:
        return False
    if change.after is None:
        return True
    return (
        isinstance(change.key, LinkKey) and bool((change.before or {}).get("bridge")) and not change.after.get("bridge")
    )
