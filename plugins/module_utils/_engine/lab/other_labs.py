# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other labs have in, on or behind what a plan removes or changes, and would lose with it. Pure."""

from __future__ import annotations

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
    warnings = []
    for step in outcome.steps:
        for lab, keys in _losers(step, ledger).items():
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


def _losers(step: Step, ledger: Ledger) -> dict[str, list[Key]]:
    """The labs that lose something by a step, each with that; not the one whose object a single module removes."""
    found: dict[str, list[Key]] = {}
    first = step.changes[0]
    owners = {record.lab for record in ledger.others if first.via == DIRECT and first.key in record.made}
    going = {change.key.netns for change in step.changes if isinstance(change.key, NetnsKey) and change.after is None}
    lost = {change.key for change in step.changes[1:] if _is_lost(change)}
    if first.via != DIRECT:
        lost.add(first.key)
    for record in ledger.others:
        if record.lab in owners:
            continue
        keys = [key for key in record.made if key in lost or (kind_of(key).can_be_lost and key.netns in going)]
        keys = [key for key in keys if not isinstance(key, NetnsKey) and key not in ledger.own.made]
        if keys:
            found[record.lab] = sorted(keys, key=str)
    return found


def _is_lost(change: Change) -> bool:
    """Whether an object goes, or loses its place on a bridge that goes."""
    if not kind_of(change.key).can_be_lost:
        return False
    if change.after is None:
        return True
    return (
        isinstance(change.key, LinkKey) and bool((change.before or {}).get("bridge")) and not change.after.get("bridge")
    )
