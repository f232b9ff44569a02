# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that dpkg keeps under another name, since something else has theirs: see dpkg-divert(1)."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from typing import Optional

from ..system import files

_DIVERSIONS = "/var/lib/dpkg/diversions"


def diverted(path: str) -> Optional[str]:
    """Where dpkg puts the program that a package has under a path; None if under that path.

    :param path: the path (str).
    """
    return _all().get(path)


@cache
def _all() -> dict[str, str]:
    lines: list[str] = []
    with suppress(OSError):
        lines = files.text(_DIVERSIONS, "surrogateescape").split("\n")
    # three lines each: from, to, package
    return dict(zip(lines[::3], lines[1::3]))


def without_capabilities(path: str) -> str:
    """Where dpkg keeps the program of a package, where that is there and has no capabilities of its own; else empty.

    :param path: the path that the package has it under (str).
    """
    own = diverted(path)
    if own is None or not os.path.lexists(own):
        return ""
    with suppress(OSError):
        if os.getxattr(own, "security.capability"):
            return ""
    return own
