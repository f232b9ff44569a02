# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has a UDP port of the network namespace that the calling thread is in."""

from __future__ import annotations

import os
from contextlib import suppress

from ..system.refusals import process_words


def owners(ports: set[int]) -> dict[int, list[str]]:
    """The processes that have UDP ports over IPv4.

    A socket over IPv6 that takes IPv4 as well cannot be told from one that does not; the kernel refuses the first.

    :param ports: the ports to look at (int).
    :returns: port -> one text each process, empty for a socket of the kernel's own. A free port is not in it.
    """
    found: dict[int, list[str]] = {}
    inodes: dict[str, int] = {}
    with open("/proc/thread-self/net/udp", encoding="ascii") as table:
        next(table, None)
        for line in table:
            fields = line.split()
            port = int(fields[1].rpartition(":")[2], 16)
            if port in ports:
                inodes[fields[9]] = port
                found[port] = []
    if inodes:
        for process, inode in _holders(set(inodes)):
            words = process_words(process)
            if words not in found[inodes[inode]]:
                found[inodes[inode]].append(words)
    return found


def _holders(inodes: set[str]) -> list[tuple[int, str]]:
    """(process, inode) of each socket that a process holds."""
    found = []
    for process in (name for name in os.listdir("/proc") if name.isdigit()):
        with suppress(OSError):  # it has ended, or is not ours to see
            for descriptor in os.scandir(f"/proc/{process}/fd"):
                target = os.readlink(descriptor.path)
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    found.append((int(process), target[8:-1]))
    return found
