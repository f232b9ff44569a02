# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this process may do."""

from __future__ import annotations

from typing import Optional

#: the names of capabilities that networks need, each with its bit (capabilities(7))
NEEDED = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}


def effective() -> int:
    """The effective capabilities of the calling thread, a bit for each (capabilities(7))."""
    with open("/proc/thread-self/status", encoding="ascii", errors="replace") as lines:
        return next((int(line.split()[1], 16) for line in lines if line.startswith("CapEff:")), 0)


def missing(needed: Optional[dict[str, int]] = None) -> list[str]:
    """The capabilities that the calling thread lacks, by name.

    :param needed: those that it needs, each with its bit (default: :data:`NEEDED`).
    """
    found = effective()
    return [name for name, bit in (NEEDED if needed is None else needed).items() if not found >> bit & 1]


def in_user_namespace() -> bool:
    """Whether this process is root of a user namespace only, which is not the host's root."""
    with open("/proc/self/uid_map", encoding="ascii", errors="replace") as lines:
        return [line.split() for line in lines] != [["0", "0", "4294967295"]]
