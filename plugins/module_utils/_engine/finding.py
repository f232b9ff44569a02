# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Something that keeps packets from where they should go, as a warning tells it and the module doctor returns it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: what a finding is about on a host that has no lab yet
TO_COME = "a lab to come"


@dataclass(frozen=True)
class Finding:
    """Something that keeps packets from where they should go.

    :param object: what of the lab it is about, e.g. ``v-net-0`` (str).
    :param path: which way is blocked, in words (str).
    :param cause: what happens, e.g. ``ufw drops its packets`` (str).
    :param source: the chain, rule or setting, in the words of its own tool (str).
    :param remedy: what to do about it (str).
    :param severity: ``error`` if packets are lost for certain, ``warning`` if they may be (str).
    :param firewall: the firewall that drops them, e.g. ``ufw``; empty where it is none's doing (str).
    """

    object: str
    path: str
    cause: str
    source: str
    remedy: str
    severity: str = "error"
    firewall: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The finding as a module returns it."""
        return asdict(self)

    def claim(self) -> str:
        """What cannot go which way, and why, without its full stop."""
        cannot = "cannot" if self.severity == "error" or self.object == TO_COME else "may be unable to"
        return f"{self.object} {cannot} {self.path}: {self.cause}"

    def text(self) -> str:
        """One sentence for a person, and the remedy."""
        return f"{self.claim()} ({self.source}). {self.remedy}"
