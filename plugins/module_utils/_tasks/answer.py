# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module does, without Ansible: a task takes options and gives an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional, Protocol

from .._model.errors import LabError


@dataclass(frozen=True)
class Answer:
    """What a task did, would do in check mode, or found.

    :param changed: whether the host differs now, or would (bool).
    :param facts: what the module returns beside the rest, by name (JSON types).
    :param plan: the steps, one dict each; None for a module that has no plan.
    :param diff: gives the objects before and after, as text; it is called only where a user asks for a diff.
    :param warnings: what the user should know, one text each.
    :param error: what was found wrong although all was carried out, as by ``reachability``; None for nothing.
    """

    changed: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    plan: Optional[list[dict[str, str]]] = None
    diff: Optional[Callable[[], dict[str, str]]] = None
    warnings: Sequence[str] = ()
    error: Optional[LabError] = None


class Result(Protocol):
    """What the engine says of a run that may change something."""

    warnings: list[str]

    @property
    def changed(self) -> bool:
        """Whether there is a step."""

    def plan(self) -> list[dict[str, str]]:
        """The steps."""

    def diff(self) -> dict[str, str]:
        """What differs, before and after."""


def of_result(result: Result, **facts: Any) -> Answer:
    """The answer of a run that may change something.

    :param result: what the engine did, or would do.
    :param facts: what the module returns beside the plan, by name.
    """
    return Answer(result.changed, facts, result.plan(), result.diff, result.warnings)


@dataclass(frozen=True)
class Task:
    """A module as the runner needs it.

    :param run: takes the options as they were read (dict) and whether this is check mode (bool).
    :param spec: the form of the options, of ``_model``.
    :param rules: which options exclude or need each other, in AnsibleModule's words: ``required_if`` and others.
    :param within: what the names of its options begin with in errors, e.g. ``veth`` (str).
    :param is_transaction: whether it takes the lists of a lab and carries them out as one plan (bool). Then signals
        wait while the plan is carried out, and Ansible does not repeat the lists in its answer.
    """

    run: Callable[[dict[str, Any], bool], Answer]
    spec: dict[str, Any]
    rules: Mapping[str, Any] = field(default_factory=dict)
    within: str = ""
    is_transaction: bool = False
