# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a module ends: what every runner says to Ansible in the same words."""

from __future__ import annotations

from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule

from ._model.errors import LabError


class Result(Protocol):
    """What a run did, or would do."""

    warnings: list[str]

    @property
    def changed(self) -> bool:
        """Whether there is a step."""

    def plan(self) -> list[dict[str, str]]:
        """The steps."""

    def diff(self) -> dict[str, str]:
        """What differs, before and after."""


def succeed(module: AnsibleModule, result: Result, **more: Any) -> None:
    """End a module that changes something."""
    for warning in result.warnings:
        module.warn(warning)
    answer: dict[str, Any] = {"changed": result.changed, "plan": result.plan(), **more}
    if module._diff:  # noqa: SLF001 - Ansible has no other name for it
        answer["diff"] = result.diff()
    module.exit_json(**answer)


def fail(module: AnsibleModule, error: LabError, **more: Any) -> None:
    """End a module with an error of the engine's."""
    module.fail_json(msg=error.text(), error=error.as_dict(), **more)
