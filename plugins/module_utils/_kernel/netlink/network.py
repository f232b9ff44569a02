# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which network namespace this process takes for the host's own: that of process 1, or another one.

``ip netns exec`` shares /run with the host. A record is about one network, so those of another one lie apart.
"""

from __future__ import annotations

import functools
import os
import re
import socket
import sys
from contextlib import suppress

#: the number of a network namespace that no other has had or will have until the next boot (Linux 5.14)
_SO_NETNS_COOKIE = 71
_OWN, _FIRST = "/proc/self/ns/net", "/proc/1/ns/net"
_NAME = re.compile(r"net-[0-9]+-([0-9]+)")
_MOUNTED = re.compile(r" net:\[([0-9]+)\] ")


@functools.lru_cache(maxsize=1)
def name() -> str:
    """What tells the network of this process from the host's; empty where it is the host's.

    It is asked once, before any namespace is entered.
    """
    own = os.stat(_OWN)
    try:
        if os.path.samestat(own, os.stat(_FIRST)):
            return ""
    except PermissionError:  # a process 1 that is not ours to look at
        return ""
    cookie = b""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asked:
        cookie = asked.getsockopt(socket.SOL_SOCKET, _SO_NETNS_COOKIE, 8)
    return f"net-{int.from_bytes(cookie, sys.byteorder)}-{own.st_ino}"


def is_name(text: str) -> bool:
    """Whether a folder is that of another network.

    :param text: the folder's name (str).
    """
    return _NAME.fullmatch(text) is not None


def gone(names: list[str]) -> set[str]:
    """Those of some networks that are there no more: nothing is mounted on them, and no process is in them.

    :param names: the names of the networks' folders (str).
    """
    inodes = {text: int(found[1]) for text in names if (found := _NAME.fullmatch(text)) is not None}
    if not inodes:
        return set()
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        there = {int(number) for line in lines for number in _MOUNTED.findall(line)}
    for process in os.listdir("/proc"):
        if process.isdigit():
            with suppress(OSError):
                there.add(os.stat(f"/proc/{process}/ns/net").st_ino)
    return {text for text, inode in inodes.items() if inode not in there}
