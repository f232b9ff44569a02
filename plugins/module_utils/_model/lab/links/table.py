# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the kinds of the list ``links``. Pure."""

from __future__ import annotations

from . import dummy, macvlan
from .kind import LinkOptions

#: name of a kind in ip-link(8) -> its options
LINKS: dict[str, LinkOptions] = {
    "dummy": dummy.OPTIONS,
    "macvlan": macvlan.OPTIONS,
}
