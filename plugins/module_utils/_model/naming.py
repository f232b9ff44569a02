# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names an entry may hold: of links, namespaces and labs. Each reader returns the name or raises.

``where`` is the name of the option in the user's description, e.g. ``veths[0].peer.name``; it begins every message.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import InvalidArgument

#: bytes that the kernel keeps for a link's name, the closing zero not counted (IFNAMSIZ - 1)
LINK_NAME_MAX = 15
#: bytes of a file name: a namespace's name is a file under /run/netns
NETNS_NAME_MAX = 255
#: names that the kernel has other uses for
_TAKEN = {
    "lo": "which each namespace has from the start",
    "all": "which stands for every link in net.ipv4.conf.all",
    "default": "which stands for links to come in net.ipv4.conf.default",
}
_LAB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def _name(where: str, value: str, what: str, limit: int) -> str:
    """What names of links and of namespaces have in common."""
    wanted = f"the name of a {what} (1 to {limit} bytes, without white space, '/', ':' or '%')"
    if value == "":
        raise InvalidArgument(where, wanted, "an empty name", "Give it a name.")
    if value in (".", ".."):
        raise InvalidArgument(where, wanted, f"{value!r}", "'.' and '..' are directories: choose another name.")
    bad = sorted({char for char in value if char.isspace() or char in "/:%" or not char.isprintable()})
    if bad:
        found = f"{value!r} with {', '.join(repr(char) for char in bad)}"
        raise InvalidArgument(where, wanted, found, "Use letters, digits, '-', '_' or '.' instead.")
    size = len(value.encode())
    if size > limit:
        raise InvalidArgument(where, wanted, f"{value!r}, {size} bytes", f"Shorten it to {limit} bytes or less.")
    if value[0] == "-":
        raise InvalidArgument(where, wanted, f"{value!r}", "A leading '-' looks like an option: choose another name.")
    return value


@lru_cache(maxsize=65536)
def _good_link_name(value: str) -> bool:
    return value.isascii() and value.replace("-", "a").replace("_", "a").isalnum() and 0 < len(value) <= LINK_NAME_MAX


def link_name(where: str, value: str) -> str:
    """The name of a link, as the kernel's dev_valid_name() takes it and tools can use it.

    :param where: the option, for an error (str).
    :param value: the name (str), 1 to 15 bytes.
    :raises InvalidArgument: if it is empty, over 15 bytes, ``.``, ``..``, or has white space, ``/``, ``:``, ``%``.
    """
    if _good_link_name(value) and value[0] != "-":
        return value
    return _name(where, value, "link", LINK_NAME_MAX)


def new_link_name(where: str, value: str) -> str:
    """The name of a link that is to be made: not one that means something else already.

    :param where: the option, for an error (str).
    :param value: the name (str), 1 to 15 bytes.
    :raises InvalidArgument: for a name that no link can have, or that should not be given to one.
    """
    if value in _TAKEN:
        wanted = "a name that is free for links"
        raise InvalidArgument(where, wanted, f"{value!r}, {_TAKEN[value]}", "Choose another name.")
    return link_name(where, value)


def netns_name(where: str, value: str) -> str:
    """The name of a namespace: a file under /run/netns.

    :param where: the option, for an error (str).
    :param value: the name (str).
    """
    return _name(where, value, "namespace", NETNS_NAME_MAX)


def lab_name(where: str, value: str) -> str:
    """The name of a lab: it is the name of its record's file.

    :param where: the option, for an error (str).
    :param value: the name (str).
    :raises InvalidArgument: for a name that no lab can have.
    """
    if not isinstance(value, str) or not _LAB.fullmatch(value):
        wanted = "a lab's name (letters, digits, '_', '.', '-', at most 64, starting with a letter or a digit)"
        raise InvalidArgument(where, wanted, repr(value), "Choose another name.")
    return value
