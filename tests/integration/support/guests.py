# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throwaway host with a systemd of its own, whose services are the real firewalls, that tests use like a sandbox."""

from __future__ import annotations

from .host_groups import INVENTORY, supervisor, tree
from .network import OUTSIDE
from .sandbox import Sandbox

#: what is installed on it beside what every tree has
FIREWALLS = ("firewalld", "iptables", "ufw")
#: the LAN of the host is the host group's; its neighbour has 8.8.8.8 behind it, and no route to anything but the LAN
SUBNET, HOST, NEIGHBOUR = "192.168.1.0/24", "192.168.1.2", "192.168.1.1"
_ROUTE = f"""
[Unit]
Before=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/ip route add default via {NEIGHBOUR}
[Install]
WantedBy=multi-user.target
"""
_REBOOT = """
- hosts: far
  gather_facts: false
  tasks:
    - ansible.builtin.reboot:
    - ansible.builtin.command: systemctl is-system-running --wait
"""


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
        self._entry = {"name": "far", "init": "systemd", "tree": folder, "address": HOST}
        self.pid, self._neighbour = self._made(), supervisor(around)
        self.run(["ip", "address", "add", "8.8.8.8/32", "dev", "lo"], OUTSIDE)
        self.run(["ip", "link", "set", "lo", "up"], OUTSIDE)
        self.run(["tee", "/etc/systemd/system/default-route.service"], stdin=_ROUTE)
        self.sh(
            """
            systemctl is-system-running --wait >/dev/null || true
            systemctl disable --quiet --now firewalld ufw 2>/dev/null
            systemctl enable --quiet --now default-route
            """
        )

    def _made(self) -> int:
        """Make it, if it is not there; its first process."""
        (made,) = self.around.apply("test_hosts", {"hosts": [self._entry], "subnet": SUBNET})["hosts"]
        return int(made["pid"])

    def reboot(self) -> None:
        """Have Ansible reboot it, and wait until all is up; nothing that its systemd starts may fail."""
        self.around.playbook(_REBOOT, "-i", INVENTORY)
        self.pid = self._made()

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
