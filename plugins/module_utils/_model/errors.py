# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the engine: each names the object, what was expected, what was found and the remedy."""

from __future__ import annotations

import re
from typing import Any

#: characters of one word, and of one part of an error, that a person is shown
_WORD, _PART = 160, 4000
_LONG = re.compile(rf"\S{{{_WORD + 1},}}")


def shortened(text: str) -> str:
    """A text without the middle of its long words, and of itself where it is long.

    :param text: the text (str).
    """
    text = _LONG.sub(lambda found: _cut(found[0], _WORD), text)
    return _cut(text, _PART)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}[... {len(text)} characters ...]{text[-most // 8 :]}"


class LabError(Exception):
    """Base of all errors that a user is meant to read.

    :param obj: the object or the entry at fault, e.g. ``veths[0].addresses[0]`` or ``netns red`` (str).
    :param expected: what the entry asks for, or what would have been accepted (str).
    :param found: what stands there instead (str).
    :param remedy: what the user can do about it (str).
    :param details: further facts for programs, JSON types only (default: none).
    """

    kind = "Error"

    def __init__(self, obj: str, expected: str, found: str, remedy: str, **details: Any) -> None:
        self.obj, self.expected, self.found, self.remedy = map(shortened, (obj, expected, found, remedy))
        self.details = details
        super().__init__(self.text())

    def text(self) -> str:
        """One sentence a part, for a person."""
        return f"{self.obj}: expected {self.expected}; found {self.found}. {self.remedy}"

    def as_dict(self) -> dict[str, Any]:
        """The same for a program: kind, object, expected, found, remedy and the details."""
        return {
            "kind": self.kind,
            "object": self.obj,
            "expected": self.expected,
            "found": self.found,
            "remedy": self.remedy,
            **self.details,
        }

    def as_result(self) -> dict[str, Any]:
        """What Ansible is given of it, by modules and by actions: ``msg`` and ``error``."""
        return {"msg": self.text(), "error": self.as_dict()}


class InvalidArgument(LabError):
    """An option is wrong; nothing was changed."""

    kind = "InvalidArgument"


class Conflict(LabError):
    """Something that the lab did not create is in the way; it is not replaced."""

    kind = "Conflict"


class Dependency(LabError):
    """A program, a Python package or a kernel feature is missing; the remedy names the package."""

    kind = "Dependency"


class Permission(LabError):
    """The process lacks a privilege that the work needs."""

    kind = "Permission"


class Kernel(LabError):
    """The kernel returned an error; ``found`` has its errno and extended-ack text."""

    kind = "Kernel"


class Interrupted(LabError):
    """A signal ended the run: its changes were rolled back, or nothing was changed."""

    kind = "Interrupted"


class Unconfirmed(LabError):
    """A plan was not confirmed by a new connection in time: the host rolled it back."""

    kind = "Unconfirmed"


class Verification(LabError):
    """Packets did not go where they were expected to (reachability)."""

    kind = "Verification"
