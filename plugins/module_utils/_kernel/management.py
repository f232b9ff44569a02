# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's links that the user's way in depends on: that of the default route, that of the ssh session."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Optional

from .._engine.state import Objects


def ssh_address() -> Optional[str]:
    """The address of this host that the ssh session above this process came in by, if there is one.

    sudo drops SSH_CONNECTION, so the processes above are asked too.
    """
    found = os.environ.get("SSH_CONNECTION", "")
    process = os.getppid()
    while not found and process > 1:
        with suppress(OSError), open(f"/proc/{process}/environ", "rb") as file:
            for entry in file.read().split(b"\0"):
                if entry.startswith(b"SSH_CONNECTION="):
                    found = entry.partition(b"=")[2].decode(errors="replace")
        process = _parent(process)
    parts = found.split()
    return parts[2] if len(parts) == 4 else None


def _parent(process: int) -> int:
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[1])
    return 0


def links(objects: Objects, routes: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The links to leave alone, each with the reason.

    :param objects: the state read, the host's addresses in it.
    :param routes: the host's routes as (dst, dev).
    """
    found = {}
    ssh = ssh_address()
    if ssh is not None:
        for key in objects:
            if key[0] == "address" and key[1] == "" and key[3].partition("/")[0] == ssh:
                found[key[2]] = f"carries your ssh session (at {ssh})"
    for dst, dev in routes:
        if dst in ("0.0.0.0/0", "::/0"):
            found[dev] = "carries this host's default route"
    return found
