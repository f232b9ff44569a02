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

from ..plan import Step
from ..state import Key, Objects
from .host_state import State
from .kinds.sysctl import SysctlKey, is_irrevocable
from .record import Record
from .want import Wants


class Written(NamedTuple):
    """What a run met: the value that it found where the object was new to the plan, and what the kernel says now."""

    before: Optional[str]
    after: Optional[str]


def in_known_words(wants: Wants, records: Iterable[Record]) -> None:
    """Put what the kernel made of a value, where a record knows that, in the place of what the description says.

    :param wants: the objects that are wanted.
    :param records: the records of all labs.
    """
    words = {(key, asked): said for record in records for key, (asked, said) in record.words.items()}
    for key, want in wants.items():
        if isinstance(key, SysctlKey):
            want.asked = want.attrs["value"]
            want.attrs["value"] = words.get((key, want.asked), want.asked)


def noted(record: Record, wants: Wants, written: dict[Key, Written]) -> Record:
    """A lab's record with what the run met: the values before, and the kernel's words for those of now.

    :param record: the lab's record.
    :param wants: the objects that are wanted.
    :param written: the sysctls that were written, as they were met.
    """
    sysctls, words = dict(record.sysctls), dict(record.words)
    for key, met in written.items():
        if key not in sysctls or key not in wants or met.after is None:
            continue
        prior, _value = sysctls[key]
        sysctls[key] = (met.before if met.before is not None else prior, met.after)
        if met.after != wants[key].asked:
            words[key] = (wants[key].asked, met.after)
    return replace(record, sysctls=sysctls, words={key: pair for key, pair in words.items() if key in sysctls})


def advice(steps: Iterable[Step], now: Objects, state: State) -> list[str]:
    """Warnings of values that stay when the lab goes.

    :param steps: the steps of the plan.
    :param now: the objects at this point of the plan.
    :param state: what was read of the host.
    """
    return [
        f"{change.key.name} has no value yet, and the kernel cannot unset it: it stays when the lab is removed."
        for step in steps
        for change in step.changes
        if change.before is not None and is_irrevocable(change.key, change.before.get("value"))
        if change.key in now and change.key in state.objects
    ]
