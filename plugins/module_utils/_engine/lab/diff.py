# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan as a difference that a person reads: one line an object, those alike on both sides left out."""

from __future__ import annotations

from typing import Any, Optional

from ..plan import Step
from ..state import CASCADE, Attrs, Key
from .kinds.table import kind_of


def diff(steps: list[Step]) -> dict[str, str]:
    """The objects that a plan changes, before and after.

    :param steps: the steps of the plan.
    :returns: ``before`` and ``after``, each a text with one line an object, in the plan's order. An object that comes
        or goes is told with what tells it from others, one that changes or is made anew with what is set to something
        else. Sysctls that the kernel writes along with others are left out.
    """
    first: dict[Key, Attrs | None] = {}
    last: dict[Key, Attrs | None] = {}
    changes = [change for step in steps for change in step.changes]
    acted = {change.key for change in changes if change.via != CASCADE}
    for change in changes:
        if change.key in acted or kind_of(change.key).side_effects_are_told:
            first.setdefault(change.key, change.before)
            last[change.key] = change.after
    before, after = [], []
    for key, old in first.items():
        new = last[key]
        if old == new or (key.is_innate and None in (old, new)):
            continue
        if old is None or new is None:
            before += [_line(key, old, set(old) - kind_of(key).common)] if old is not None else []
            after += [_line(key, new, set(new))] if new is not None else []
        elif (
            names := {name for name, value in new.items() if old.get(name) != value}
            | ({*old} - {*new}) & kind_of(key).faults
        ):
            before.append(_line(key, old, names, new))
            after.append(_line(key, new, names, old))
    return {"before": "".join(before), "after": "".join(after)}


def _line(key: Key, attrs: Attrs, names: set[str], other: Optional[Attrs] = None) -> str:
    """One object. Of lists that may be long only what ``other`` does not have is told."""
    kind = kind_of(key)
    whole = kind.line(key, attrs, names, other or {})
    if whole is not None:
        return f"{whole}\n"
    words = [kind.title(key, attrs)]
    for name in sorted(names - kind.quiet or names & kind.marks):
        value = kind.value(name, attrs, other)
        if value is not None and value not in ("", []):
            words.append(f"{name}={_text(value)}")
    return "  ".join(words) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(str(part) for part in value) if isinstance(value, list) else str(value)
