# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls as the kernel says them: what it makes of a value, what it lets a namespace write, what it cannot undo. Pure.

The kernel may say a value otherwise than it was written: in another order, rounded, in full. What it said right after a
run wrote a value is kept in the record beside what was asked for, so that the next run compares like with like.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, Optional

from ..._model.errors import InvalidArgument
from ..plan import Step
from ..state import Key, Objects
from .host_state import State
from .kinds.sysctl import SysctlKey
from .ledger import Record
from .wanted import Want, Wants


class Written(NamedTuple):
    """What a run met: the value that it found where the object was new to the plan, and what the kernel says now."""

    before: Optional[str]
    after: Optional[str]


def in_known_words(wants: Wants, records: Iterable[Record]) -> None:
    """Put what the kernel made of a value, where a record knows that, in the place of what the description says."""
    words = {(key, asked): said for record in records for key, (asked, said) in record.words.items()}
    for key, want in wants.items():
        if isinstance(key, SysctlKey):
            want.asked = want.attrs["value"]
            want.attrs["value"] = words.get((key, want.asked), want.asked)


def noted(record: Record, wants: Wants, written: dict[Key, Written]) -> Record:
    """A lab's record with what the run met: the values before, and the kernel's words for those of now."""
    sysctls, words = dict(record.sysctls), dict(record.words)
    for key, met in written.items():
        if key not in sysctls or key not in wants or met.after is None:
            continue
        prior, _value = sysctls[key]
        sysctls[key] = (met.before if met.before is not None else prior, met.after)
        if met.after != wants[key].asked:
            words[key] = (wants[key].asked, met.after)
    return replace(record, sysctls=sysctls, words={key: pair for key, pair in words.items() if key in sysctls})


def require_writable(want: Want, value: Optional[str], read_only: set[Key]) -> None:
    """See that a sysctl can be set where it is wanted.

    :param value: the one that it has now.
    :raises InvalidArgument: if the kernel lets nobody write it there.
    """
    if want.key not in read_only or value == want.attrs["value"]:
        return
    netns, name = want.key.netns, want.key.name
    if netns:
        found = f"the kernel shows it in namespace {netns}, and lets it be set in the host's own namespace only"
        raise InvalidArgument(want.where, f"{name} = {want.asked}", found, "Set it for the host, without netns.")
    remedy = "Set it where the host itself is run from: /proc/sys is read-only in here, as in a container."
    raise InvalidArgument(want.where, f"{name} = {want.asked}", "a sysctl that cannot be written here", remedy)


def is_irrevocable(key: Key, prior: Optional[str]) -> bool:
    """Whether the kernel cannot be given a value back: a secret, once set, cannot be unset."""
    return isinstance(key, SysctlKey) and key.name.endswith(".stable_secret") and prior == ""


def advice(steps: Iterable[Step], now: Objects, state: State) -> list[str]:
    """Warnings of values that stay when the lab goes."""
    return [
        f"{change.key.name} has no value yet, and the kernel cannot take one back: it stays when the lab goes."
        for step in steps
        for change in step.changes
        if change.before is not None and is_irrevocable(change.key, change.before.get("value"))
        if change.key in now and change.key in state.objects
    ]
