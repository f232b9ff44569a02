# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links go by another name than the one that they were called by: altnames, ip-link(8)."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Iterable
from typing import Optional

from ..netlink import messages, netns
from ..netlink.socket import NetlinkError, Socket, attrs


def names(places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The names of links that were called by an altname.

    :param places: links as (netns, name or altname); those that are not there are left out.
    :raises OSError: if the kernel does not tell.
    """
    asked: dict[str, list[str]] = defaultdict(list)
    for name, link in places:
        asked[name].append(link)
    standing = netns.inodes()
    found = {}
    for name, links in asked.items():
        if name and name not in standing:
            continue
        with netns.entered(name):
            route = Socket()
        try:
            told = {link: _name(route, link) for link in links}
        finally:
            route.close()
        found.update({(name, link): real for link, real in told.items() if real not in (None, link)})
    return {place: real for place, real in found.items() if real is not None}


def _name(route: Socket, link: str) -> Optional[str]:
    """The name of a link; None where there is none."""
    try:
        body = route.ask(messages.GETLINK, messages.get_link(link))
    except NetlinkError as exc:
        if exc.errno == errno.ENODEV:
            return None
        raise
    name = attrs(body, 16, (messages.IFLA_IFNAME,))[messages.IFLA_IFNAME]
    return name.rstrip(b"\0").decode(errors="surrogateescape")
