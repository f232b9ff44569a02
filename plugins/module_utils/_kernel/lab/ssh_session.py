# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's links that the user's way in depends on: that of the default route, that of the ssh session."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Optional

from ..._engine.lab.host_state import Session
from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.way_out import CARRIES
from ..._engine.state import Objects


def session() -> Optional[Session]:
    """The ssh session above this process, if there is one.

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
    if len(parts) != 4 or not parts[3].isdigit():
        return None
    (peer, _percent, dev), (address, _percent, own) = parts[0].partition("%"), parts[2].partition("%")
    return Session(peer, address, int(parts[3]), own or dev)


def _parent(process: int) -> int:
    with suppress(OSError, ValueError, IndexError), open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return int(file.read().rpartition(")")[2].split()[1])
    return 0


def links(objects: Objects, routes: Iterable[tuple[str, str]], ssh: Optional[Session]) -> dict[str, str]:
    """The links to leave alone, each with the reason.

    :param objects: the state read, the host's addresses in it.
    :param routes: the host's routes as (dst, dev).
    :param ssh: the session of this run, if there is one.
    """
    found = {}
    if ssh is not None:
        for key in objects:
            if isinstance(key, AddressKey) and not key.netns and key.host == ssh.address:
                found[key.dev] = f"carries your SSH session (at {ssh.address})"
    for dst, dev in routes:
        if dst in ("0.0.0.0/0", "::/0"):
            found.setdefault(dev, CARRIES)
    return found
