# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throwaway host with a systemd of its own, whose services are the real firewalls, that tests use like a sandbox."""

from __future__ import annotations

from .fabrics import supervisor, tree
from .network import OUTSIDE
from .sandbox import Sandbox

#: what is installed on it beside what every tree has
FIREWALLS = ("firewalld", "iptables", "ufw")
#: the LAN of the host is the fabric's; its neighbour has 8.8.8.8 behind it, and no route to anything but the LAN
SUBNET, HOST, NEIGHBOUR = "192.168.1.0/24", "192.168.1.2", "192.168.1.1"


def firewalls_tree() -> tuple[str, str]:
    """The Debian tree with firewalls, or why it cannot be had."""
    folder, why = tree("bookworm", FIREWALLS)
    return str(folder), why


class Guest(Sandbox):
    """A host that runs systemd and has :data:`FIREWALLS`, none of them started.

    What runs in a namespace of it, or in :data:`.network.OUTSIDE`, has the files of the sandbox around it; what runs on
    itself has its own.

    :param around: where to make it (Sandbox).
    :param folder: its Debian tree (str).
    """

    def __init__(self, around: Sandbox, folder: str) -> None:
        self.around, self.userns, self._background = around, around.userns, around._background
        self.collections, self.scratch, self.python = around.collections, around.scratch, around.python
        entry = {"name": "far", "init": "systemd", "tree": folder, "address": HOST}
        (made,) = around.apply("test_hosts", {"hosts": [entry], "subnet": SUBNET})["hosts"]
        self.pid, self._neighbour = made["pid"], supervisor(around)
        self.run(["ip", "address", "add", "8.8.8.8/32", "dev", "lo"], OUTSIDE)
        self.run(["ip", "link", "set", "lo", "up"], OUTSIDE)
        self.sh(
            f"""
            systemctl is-system-running --wait >/dev/null || true
            systemctl disable --quiet --now firewalld ufw 2>/dev/null
            ip route add default via {NEIGHBOUR}
            """
        )

    def enter(self, argv: list[str], netns: str = "", first: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs ``argv`` on the host, in a namespace of it, or outside."""
        where = [f"--net=/proc/{self.pid}/root/run/netns/{netns}"]
        if not netns:
            where = [f"--target={self.pid}", "--all"]
        elif netns == OUTSIDE:
            where = [f"--target={self._neighbour}", "--net"]
        return self.around.enter(["nsenter", *where, "--", *argv], first=first)

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of every command: that of a service."""
        return {**self.around.environment(**more), "HOME": "/root", "TMPDIR": "/tmp"}
