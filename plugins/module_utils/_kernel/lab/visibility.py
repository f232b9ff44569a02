# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a namespace that is mounted here is seen by the rest of the host: it is not from a unit with PrivateTmp=.

The host is what process 1 of our own process namespace sees. A sandbox or a container with a process 1 of its own, and
one with its own network and its own /run, are hosts of their own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Optional

from ..._engine.state import Change
from ..._model.errors import Conflict
from ..netlink import mount_table, netns

_UNIT = re.compile(r"[^/]+\.(?:service|scope|mount|socket)")
#: what gives the processes of a unit mounts of their own, of those that people set
_OPTIONS = "PrivateTmp=, ProtectSystem=, ProtectHome=, PrivateMounts=, ReadWritePaths=, BindPaths= and the like"


def require(changes: Iterable[Change]) -> None:
    """See that a namespace made, or unmounted, here would be that for the host too.

    :param changes: those of namespaces, or of the mount that they are named in.
    :raises Conflict: if only this process, and what it starts, would see it.
    """
    if not any(None in (change.before, change.after) for change in changes) or not _is_hidden():
        return
    unit = _unit()
    found = "a mount namespace of its own, from which no mount reaches process 1"
    if unit is None:
        found += " (as of unshare --mount, ip netns exec, or a container that has the host's network)"
        remedy = "Run it in the mounts of the host, for instance by nsenter --target 1 --mount."
    else:
        found += f" (it runs in {unit}: {_OPTIONS} have systemd make one)"
        remedy = (
            "Run it without these options of the unit (see systemctl cat), or in the mounts of the host: put "
            "nsenter --target 1 --mount before the command that starts Ansible or the module."
        )
    wanted = f"to create or remove namespaces in {netns.RUN} that the host can see"
    raise Conflict("this process", wanted, found, f"Nothing was touched. {remedy}")


def _is_hidden() -> bool:
    """Whether this process has mounts of its own and yet makes a lab in the network, or the /run, of the host."""
    try:
        if _same("ns/mnt") or not (_same("ns/net") or _same("root/run")):
            return False
        told = mount_table.table("1").values()
    except (PermissionError, FileNotFoundError):  # process 1 belongs to another: it is none of a host that is ours
        return False
    group = _peers()
    return group is None or group not in {each for mount in told for each in (mount.peers, mount.master)}


def _same(what: str) -> bool:
    return os.path.samestat(os.stat(f"/proc/self/{what}"), os.stat(f"/proc/1/{what}"))


def _peers() -> Optional[int]:
    """The peer group of what is to be mounted in /run/netns. A mount on itself, not there yet, gets that of /run."""
    folder = os.path.realpath(netns.RUN)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return mount_table.table()[mount_table.mount_id(folder)].peers


def _unit() -> Optional[str]:
    """The unit of systemd that this process runs in."""
    with open("/proc/self/cgroup", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = _UNIT.findall(line.strip().rpartition(":")[2])
            if found and (line.startswith("0:") or "name=systemd" in line):
                return str(found[-1])
    return None
