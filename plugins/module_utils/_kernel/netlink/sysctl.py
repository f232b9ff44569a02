# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls of the network: files under /proc/sys/net, those of the namespace that the calling thread is in."""

from __future__ import annotations

import errno
import os
from typing import Optional


def path(name: str) -> str:
    """The file of a dotted name; a ``/`` in it stands for a dot (sysctl(8)).

    :param name: the sysctl's name (str), e.g. ``net.ipv4.ip_forward``.
    """
    return "/proc/sys/" + name.translate(str.maketrans("./", "/."))


def read(name: str) -> Optional[str]:
    """The value with its white space folded, empty for a secret that is not set; None where there is no such sysctl.

    :param name: the sysctl's name (str).
    """
    try:
        with open(path(name), encoding="ascii", errors="replace") as file:
            return " ".join(file.read().split())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as exc:
        if exc.errno != errno.EIO:
            raise
        return ""


def is_read_only(name: str) -> bool:
    """Whether the kernel lets nobody write it in the namespace that the calling thread is in.

    :param name: the sysctl's name (str).
    """
    return not os.access(path(name), os.W_OK, effective_ids=True)


def bridged() -> frozenset[int]:
    """The IP versions whose frames within a bridge pass the packet filters of hosts, as br_netfilter has them do."""
    calls = {4: "iptables", 6: "ip6tables"}
    return frozenset(version for version, name in calls.items() if read(f"net.bridge.bridge-nf-call-{name}") == "1")


def write(name: str, value: str) -> None:
    """Set a value.

    :param name: the sysctl's name (str).
    :param value: the value as text (str).
    :raises OSError: if the kernel refuses it or has no such sysctl.
    """
    with open(path(name), "w", encoding="ascii") as file:
        file.write(value + "\n")
