# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the kernel's state into the engine's objects: one visit to each namespace, one dump for each thing asked."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import Any

from ..._engine.lab.host_state import State
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.kinds.netns import NetnsKey
from ..._engine.lab.scope import Scope
from ..._engine.state import Key, Objects
from ..netlink import held, netns, sysctl
from ..netlink.socket import Socket
from .kinds import table
from .links import dump as links
from .links.kind import Link, Reading


class Reader:
    """Reads one state.

    :param scope: what to read.
    :param inodes: the namespaces that stand.
    """

    def __init__(self, scope: Scope, inodes: dict[str, int]) -> None:
        self.scope, self.inodes = scope, inodes
        #: the links of each namespace, as they were found
        self.found: dict[str, list[Link]] = {}
        self.objects: Objects = {}
        #: by namespace: its links' names by their numbers, its socket, and the routes that come with its addresses
        self.names: dict[str, dict[int, str]] = defaultdict(dict)
        room = held.room(2 * len(scope.namespaces)) // 2
        self.sockets = held.Held(self._opened, Socket.close, room)
        self.connected: dict[str, Any] = {}
        #: what the kinds of objects gather for the state, each its own
        self.host_routes: list[tuple[str, str]] = []
        self.advertised: set[tuple[str, str]] = set()
        self.firewalls: Any = None
        self.udp: dict[tuple[str, int], list[str]] = {}
        self.sysctls, self.read_only = set(scope.sysctls), set[Key]()
        #: the names of the sysctls that are asked for, by namespace
        self.sysctl_names: dict[str, list[str]] = defaultdict(list)
        for key in scope.sysctls:
            self.sysctl_names[key.netns].append(key.name)
        self._descriptors = held.Held(netns.open_netns, os.close, room)
        self._altnames: dict[Key, str] = {}

    def read(self) -> State:
        """Read all that the scope asks for."""
        bridge_nf = self.scope.forwards and sysctl.read("net.bridge.bridge-nf-call-iptables") == "1"
        asked = {*self.scope.namespaces, *self.inodes} if bridge_nf else self.scope.namespaces
        there = self._once([name for name in sorted(asked) if name == "" or name in self.inodes])
        try:
            self._visit(there)
            found = [link for name in there for link in links.dump(self.sockets[name], name)]
            for link in found:
                self.found.setdefault(link.netns, []).append(link)
            self._links(found)
            for name in there:
                for dump in table.DUMP:
                    dump(self, name)
        finally:
            self.sockets.close()
            self._descriptors.close()
        state = State(self.objects, dict(self.inodes), netns.home_inode(), bridge_nf=bridge_nf)
        for complete in table.COMPLETE:
            complete(self, state)
        state.alien.update(self._altnames)
        limit = sysctl.read("net.ipv4.neigh.default.gc_thresh3")
        state.neighbour_limit = int(limit) if limit is not None and limit.isdigit() else None
        return state

    def _once(self, names: list[str]) -> list[str]:
        """Names without others of the same namespace that nobody asked for: its links would be there twice."""
        seen = {self.inodes[name] for name in self.scope.namespaces if name in self.inodes} | {netns.home_inode()}
        kept = []
        for name in names:
            if name in self.scope.namespaces or self.inodes[name] not in seen:
                kept.append(name)
                seen.add(self.inodes.get(name, 0))
        return kept

    def _visit(self, names: list[str]) -> None:
        """Enter each namespace once: a socket, and what can only be read from inside."""
        home = self._descriptors[""]
        self._inside("")
        try:
            for name in names:
                if name:
                    netns.setns(self._descriptors[name])
                    self._inside(name)
        finally:
            netns.setns(home)

    @staticmethod
    def _opened(name: str) -> Socket:
        with netns.entered(name):
            return Socket()

    def _inside(self, name: str) -> None:
        self.sockets.keep(name, Socket())
        for inside in table.INSIDE:
            inside(self, name)

    def _links(self, found: list[Link]) -> None:
        """Links come before all else that is dumped: that names them by their numbers, and peers are anywhere."""
        for link in found:
            self.names[link.netns][link.index] = link.name
        links.complete(found, Reading(self.sockets, self._descriptors, self.names))
        for link in found:
            self.objects[LinkKey(link.netns, link.name)] = link.attrs
            self._altnames.update({LinkKey(link.netns, name): f"an altname of {link.name}" for name in link.altnames})
            if link.netns and link.name == "lo":
                self.objects[NetnsKey(link.netns)] = {"lo_up": link.attrs["up"]}
