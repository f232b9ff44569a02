# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kind ``macvlan`` of the list ``links``. Pure."""

from __future__ import annotations

from typing import Any

from ... import naming
from ...reading import Options
from .kind import LinkOptions


def _read(where: str, given: Options) -> dict[str, Any]:
    if "link" in given:
        return {**given, "link": naming.link_name(f"{where}.link", given["link"])}
    return dict(given)


OPTIONS = LinkOptions(
    spec={
        "link": {"type": "str"},
        "mode": {"type": "str", "choices": ["private", "vepa", "bridge", "passthru"]},
    },
    required=("link",),
    links=("link",),
    read=_read,
)
