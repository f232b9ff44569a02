# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What starts services on this host, its files, and who is told of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Optional

from ..._engine.boot import stored
from ..._engine.boot.stored import Init
from ..._engine.host_files import HostFile
from ..system import host_files, systemd, zipapp
from ..system.interruption import undisturbed
from .store import LocalStore

_REMEDY = "The running lab is unchanged. Run the play again."
_SYSTEMD = "See journalctl -xe. The running lab is unchanged."
#: whose settings are where
_LOOK_AFTER_LINKS = {
    "/etc/systemd/network/": "systemd-networkd.service",
    "/etc/NetworkManager/": "NetworkManager.service",
}
#: the module that the program netns-lab is made of
_PROGRAM = f"{__name__.rpartition('.')[0]}.cli"
#: folders that go with the last file in them
_FOLDERS = (stored.FOLDER, os.path.dirname(stored.FOLDER))


class LocalBoot(LocalStore):
    """Implements :class:`..._engine.boot.run.Boot`."""

    def init(self) -> Init:
        """What starts services, and what looks after links."""
        booted = systemd.running()
        openrc = not booted and os.path.exists("/sbin/openrc-run")
        networkd = any(os.path.exists(f"{top}/systemd/systemd-networkd") for top in ("/lib", "/usr/lib"))
        return Init(booted, openrc, os.path.isdir("/etc/NetworkManager"), booted and networkd)

    def program(self) -> bytes:
        """The program netns-lab, whole."""
        return zipapp.whole(_PROGRAM, lasting=True)

    def differing(self, wanted: Mapping[str, Optional[bytes]]) -> list[HostFile]:
        """The files that are not as they are to be, those that go first.

        :param wanted: path -> content, None for one that is not to be there.
        :raises Conflict: for something that is not a file.
        """
        return host_files.differing(wanted, stored.mode)

    def is_enabled(self, unit: str) -> bool:
        """Whether systemd starts a unit at boot.

        :param unit: its name (str).
        """
        return systemd.asked("is-enabled", unit) == "enabled"

    def is_active(self, unit: str) -> bool:
        """Whether a unit runs, or is about to.

        :param unit: its name (str).
        """
        return systemd.asked("is-active", unit) in ("active", "activating", "reloading")

    def install(self, name: str, changes: Sequence[HostFile]) -> None:
        """Write and remove files, and have the services of the host heed them.

        :param name: the lab's (str).
        :param changes: what :meth:`differing` found.
        :raises Kernel: for what cannot be written, or is refused.
        """
        with undisturbed():
            _install(name, changes)

    def enable(self, unit: str, start: bool) -> None:
        """Have systemd start a unit at boot.

        :param unit: its name (str).
        :param start: whether it is to start now as well (bool).
        :raises Kernel: if systemd refuses.
        """
        systemd.systemctl("enable", *(["--now"] if start else []), unit, remedy=_SYSTEMD)


def _install(name: str, changes: Sequence[HostFile]) -> None:
    going = [os.path.basename(file.path) for file in changes if file.after is None]
    booted = systemd.running()
    units = [unit for unit in (stored.unit(name), *stored.again(name), stored.timer(name)) if unit in going]
    if booted and units:
        systemd.systemctl("disable", "--now", *units, remedy=_SYSTEMD)
    if stored.service(name) in going:
        _openrc("del", name)
    host_files.write(changes, stored.mode, _REMEDY)
    if booted and _of(changes, f"{systemd.UNITS}/"):
        systemd.systemctl("daemon-reload", remedy=_SYSTEMD)
    if os.path.exists(f"/etc/init.d/{stored.service(name)}"):
        _openrc("add", name)
    for folder, unit in _LOOK_AFTER_LINKS.items():
        # they read what is theirs no longer, where they run
        if _of(changes, folder) and booted and systemd.asked("is-active", unit) == "active":
            systemd.systemctl("reload", unit, remedy=_SYSTEMD)
    host_files.prune(_FOLDERS)


def _of(files: Sequence[HostFile], folder: str) -> bool:
    return any(file.path.startswith(folder) for file in files)


def _openrc(verb: str, name: str) -> None:
    subprocess.run(["rc-update", verb, stored.service(name), "default"], capture_output=True, check=False)
