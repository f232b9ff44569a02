# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be read before a plan can be made: no more than the keys in question need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..state import Key
from .kinds.table import kind_of


@dataclass
class Scope:
    """Namespaces (the host's, ``""``, always among them) and what is asked of each.

    ``routes`` are the tables to read, by namespace, ``keys`` the routes in question: of these the kernel's own are told
    too. ``host_routes`` asks for every prefix of the host's table main, ``whole`` for every table of some namespaces.
    ``link_local`` are the IPv6 link-local addresses in question: others are the kernel's, which makes them by and by.
    ``forwards`` says that ports are forwarded, so that all namespaces matter where frames within a bridge pass NAT.
    ``udp`` are the UDP ports whose owners are asked for, by namespace.
    ``firewalls`` asks for the packet filters of others, which matter to what goes through the host.
    ``host_links`` says that links of the host are in question: if bridges pass their frames to packet filters, those
    matter as well.
    ``advertisements`` are the namespaces of which to read what links have by router advertisement, and the sysctls
    that decide on that.
    """

    namespaces: set[str] = field(default_factory=lambda: {""})
    routes: dict[str, set[tuple[bool, int]]] = field(default_factory=lambda: defaultdict(set))
    keys: set[Key] = field(default_factory=set)
    whole: set[str] = field(default_factory=set)
    rules: set[str] = field(default_factory=set)
    nat: set[str] = field(default_factory=set)
    sysctls: list[Key] = field(default_factory=list)
    paths: list[Key] = field(default_factory=list)
    host_routes: bool = False
    forwards: bool = False
    firewalls: bool = False
    host_links: bool = False
    link_local: set[Key] = field(default_factory=set)
    udp: dict[str, set[int]] = field(default_factory=dict)
    advertisements: set[str] = field(default_factory=set)


def scope_of(keys: Iterable[Key]) -> Scope:
    """The scope that a plan about some objects needs.

    :param keys: keys of the objects (iterable of Key).
    :raises LookupError: for an object of a kind that nobody handles.
    """
    scope = Scope()
    for key in keys:
        kind_of(key).ask(scope, key)
    return scope
