# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether systemd-networkd or NetworkManager runs in the host's network, and what their settings are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from typing import Optional

from ..._engine.lab.host_state import Managers

#: what each leaves under /run as long as it was once started, and what its process is called (15 bytes)
_NETWORKD, _NETWORK_MANAGER = ("/run/systemd/netif", "systemd-network"), ("/run/NetworkManager", "NetworkManager")
_NETWORKS = tuple(f"{top}/systemd/network" for top in ("/etc", "/run", "/usr/local/lib", "/usr/lib"))
_MAIN = "/etc/NetworkManager/NetworkManager.conf"


def look() -> Optional[Managers]:
    """What looks after links; None where nothing does."""
    known = {process: folder for folder, process in (_NETWORKD, _NETWORK_MANAGER) if os.path.isdir(folder)}
    running = _running(set(known)) if known else set()
    if not running:
        return None
    return Managers(
        tuple(_files(_first_of_name(_NETWORKS, ".network"))) if _NETWORKD[1] in running else None,
        tuple(_files(_in_their_order())) if _NETWORK_MANAGER[1] in running else None,
        os.path.exists("/run/udev/control"),
    )


def _running(names: set[str]) -> set[str]:
    """The names of which a process runs in the calling thread's network."""
    home, found = os.stat("/proc/thread-self/ns/net"), set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError), open(f"/proc/{entry}/comm", encoding="utf-8", errors="replace") as file:
                name = file.read().rstrip("\n")
                if name in names and os.path.samestat(home, os.stat(f"/proc/{entry}/ns/net")):
                    found.add(name)
    return found


def _first_of_name(folders: Sequence[str], ending: str) -> list[str]:
    """The files of folders, sorted by name; one hides those of its name in later folders."""
    found: dict[str, str] = {}
    for folder in folders:
        with suppress(OSError):
            for name in os.listdir(folder):
                if name.endswith(ending):
                    found.setdefault(name, f"{folder}/{name}")
    return [found[name] for name in sorted(found)]


def _in_their_order() -> list[str]:
    """NetworkManager's files, the ones that count most last."""
    system = _first_of_name(("/run/NetworkManager/conf.d", "/usr/lib/NetworkManager/conf.d"), ".conf")
    own = _first_of_name(("/etc/NetworkManager/conf.d",), ".conf")
    hidden = {os.path.basename(path) for path in own}
    return [*(path for path in system if os.path.basename(path) not in hidden), _MAIN, *own]


def _files(paths: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for path in paths:
        with suppress(OSError), open(path, encoding="utf-8", errors="replace") as file:
            found.append((path, file.read()))
    return found
