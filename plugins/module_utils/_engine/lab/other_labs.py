# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other labs have in, on or behind what a plan removes or changes, and would lose with it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..._model.errors import Conflict
from ..plan import Outcome, Step
from ..state import DIRECT, Change, Key, describe
from .ledger import SINGLE, Ledger, Record
from .order import link_of_sysctl

#: objects that are nobody's place, or that go with the last one that has something in them
_NOWHERE = frozenset({"netns_dir", "directory", "file", "firewall_exception", "nat_table", "hairpin"})
_TOLD = 6


def near(others: Iterable[Record], namespaces: Iterable[str]) -> list[Key]:
    """Routes and links' sysctls of other labs: a plan that takes links or addresses away has to see them."""
    where = set(namespaces)
    return [key for record in others for key in record.made if key[1] in where and _goes_with_links(key)]


def _goes_with_links(key: Key) -> bool:
    return key[0] == "route" or (key[0] == "sysctl" and bool(link_of_sysctl(key[2])))


def check(outcome: Outcome, ledger: Ledger, allowed: bool) -> list[str]:
    """See that a plan takes nothing from other labs along.

    :param allowed: whether the user wants it all the same.
    :returns: warnings of what goes along with the user's leave, and of what single modules lose.
    :raises Conflict: for the first step that does, with the lab and what it would lose.
    """
    warnings = []
    for step in outcome.steps:
        for lab, keys in _losers(step, ledger).items():
            names = ", ".join(describe(key) for key in keys[:_TOLD])
            names += f" and {len(keys) - _TOLD} more" if len(keys) > _TOLD else ""
            if lab != SINGLE and not allowed:
                raise Conflict(
                    f"{step.kind} {step.object}",
                    f"to {step.action} it",
                    f"what lab {lab} has there and would lose: {names}",
                    f"Change or remove lab {lab} first, or say allow_other_labs if that is what you want.",
                )
            whose = "the single modules lose" if lab == SINGLE else f"lab {lab} loses"
            warnings.append(f"{whose} what goes along with {step.kind} {step.object}: {names}")
    return warnings


def _losers(step: Step, ledger: Ledger) -> dict[str, list[Key]]:
    """The labs that lose something by a step, each with that; not the one whose object a single module removes."""
    found: dict[str, list[Key]] = {}
    first = step.changes[0]
    owners = {record.lab for record in ledger.others if first.via == DIRECT and first.key in record.made}
    going = {change.key[1] for change in step.changes if change.key[0] == "netns" and change.after is None}
    lost = {change.key for change in step.changes[1:] if _is_lost(change)}
    if first.via != DIRECT:
        lost.add(first.key)
    for record in ledger.others:
        if record.lab in owners:
            continue
        keys = [key for key in record.made if key in lost or (key[0] not in _NOWHERE and key[1] in going)]
        keys = [key for key in keys if key[0] != "netns" and key not in ledger.own.made]
        if keys:
            found[record.lab] = sorted(keys, key=str)
    return found


def _is_lost(change: Change) -> bool:
    """Whether an object goes, or loses its place on a bridge that goes."""
    if change.key[0] in _NOWHERE:
        return False
    if change.after is None:
        return True
    return change.key[0] == "link" and bool((change.before or {}).get("bridge")) and not change.after.get("bridge")
