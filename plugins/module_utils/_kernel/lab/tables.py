# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that this host has for routing tables, as ip-route(8) reads them."""

from __future__ import annotations

import os
from contextlib import suppress

#: the folders of iproute2: what comes with it, and what the host's administrator says, which wins
FOLDERS = ("/usr/lib/iproute2", "/usr/share/iproute2", "/etc/iproute2")


def names(folders: tuple[str, ...] = FOLDERS) -> dict[str, int]:
    """The names of tables, each with its number.

    :param folders: where to look, the one that wins last; a folder or file that is not there has no names.
    :raises OSError: if a file that is there cannot be read.
    """
    found: dict[str, int] = {}
    for folder in folders:
        more: list[str] = []
        with suppress(FileNotFoundError, NotADirectoryError):
            more = sorted(name for name in os.listdir(f"{folder}/rt_tables.d") if name.endswith(".conf"))
        for path in (f"{folder}/rt_tables", *(f"{folder}/rt_tables.d/{name}" for name in more)):
            with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
                found.update(_read(path))
    return found


def _read(path: str) -> dict[str, int]:
    found = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            words = line.partition("#")[0].split()
            with suppress(ValueError):
                if len(words) > 1 and 0 < (number := int(words[0], 0)) <= 0xFFFFFFFF:
                    found[words[1]] = number
    return found
