# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object as a description wants it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..state import Attrs, Key


@dataclass
class Want:
    """One object as it is to be.

    ``create`` holds what is set only where the object is made; ``hairpin`` is a port forward's own wish;
    ``requested_by`` are the objects that want a sysctl for their sake; ``why`` is the reason where the description does
    not name the object; ``asked`` is a sysctl's value as the description says it, where the kernel has other words for
    that.
    """

    key: Key
    kind: str
    where: str
    attrs: Attrs = field(default_factory=dict)
    create: Attrs = field(default_factory=dict)
    hairpin: bool = False
    requested_by: set[Key] = field(default_factory=set)
    why: str = ""
    asked: str = ""


Wants = dict[Key, Want]
