# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the kernel's state into the engine's objects: one visit to each namespace, one dump for each thing asked."""

from __future__ import annotations

import os
import socket
from collections import defaultdict
from typing import Any, Optional

from ..._engine.lab.kinds.firewall_exception import FirewallExceptionKey
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.kinds.netns import NetnsKey
from ..._engine.lab.kinds.sysctl import FAMILIES, SysctlKey
from ..._engine.lab.scope import Scope
from ..._engine.state import Attrs, Key, Objects, State
from ..netlink import netns, sysctl
from ..netlink.socket import Socket
from . import addresses, advertisements, paths, routes, rules
from .links import dump as links
from .links.kind import Link, Reading

#: what those who look after links leave behind as long as they were once started
_MANAGERS = ("/run/systemd/netif", "/run/NetworkManager")


class Reader:
    """Reads one state.

    :param scope: what to read.
    :param inodes: the namespaces that stand.
    """

    def __init__(self, scope: Scope, inodes: dict[str, int]) -> None:
        self._scope, self._inodes = scope, inodes
        #: the links of the host's own namespace, as they were found
        self.found: dict[str, list[Link]] = {}
        self._objects: Objects = {}
        self._names: dict[str, dict[int, str]] = defaultdict(dict)
        self._connected: dict[str, addresses.Connected] = {}
        self._host_routes: list[tuple[str, str]] = []
        self._sockets: dict[str, Socket] = {}
        self._descriptors: dict[str, int] = {}
        self._firewalls: Any = None
        self._udp: dict[tuple[str, int], list[str]] = {}
        self._advertised: set[tuple[str, str]] = set()
        self._altnames: dict[Key, str] = {}
        self._asked, self._read_only = set(scope.sysctls), set[Key]()

    def read(self) -> State:
        """Read all that the scope asks for."""
        self._bridge_nf = self._scope.forwards and sysctl.read("net.bridge.bridge-nf-call-iptables") == "1"
        asked = {*self._scope.namespaces, *self._inodes} if self._bridge_nf else self._scope.namespaces
        there = self._once([name for name in sorted(asked) if name == "" or name in self._inodes])
        try:
            self._visit(there)
            found = [link for name in there for link in links.dump(self._sockets[name], name)]
            self.found = {name: [link for link in found if link.netns == name] for name in there[:1]}
            self._links(found)
            for name in there:
                self._addresses(name)
                self._routes(name)
                if name in self._scope.advertisements:
                    found_by = (self._names[name].get(index) for index in advertisements.links(self._sockets[name]))
                    self._advertised |= {(name, dev) for dev in found_by if dev}
            if self._scope.rules:
                self._rules(there)
        finally:
            for route in self._sockets.values():
                route.close()
            for descriptor in self._descriptors.values():
                os.close(descriptor)
        state = State(self._objects, dict(self._inodes), netns.home_inode())
        if self._scope.host_routes:
            state.routes = self._host_routes
        paths.read(self._scope.paths, self._objects)
        state.dead = {name for name in self._scope.namespaces if name and self._is_dead(name)}
        state.alien = {**self._in_the_way(), **self._altnames}
        state.half = paths.half(self._scope.paths)
        state.entries = paths.entries(self._scope.paths)
        state.bridge_nf, state.advertised = self._bridge_nf, self._advertised
        state.newborn, state.read_only = self._newborn(), self._read_only
        state.firewalls = self._firewalls
        if self._scope.host_links and any(map(os.path.isdir, _MANAGERS)):
            from . import link_managers  # noqa: PLC0415 - few hosts need it

            state.managers = link_managers.look()
        state.udp = self._udp
        limit = sysctl.read("net.ipv4.neigh.default.gc_thresh3")
        state.neighbour_limit = int(limit) if limit is not None and limit.isdigit() else None
        return state

    def _is_dead(self, name: str) -> bool:
        return name not in self._inodes and netns.is_leftover(name)

    def _in_the_way(self) -> dict[Key, str]:
        """What is of another kind than it is to be."""
        found = paths.in_the_way(self._scope.paths)
        for name in self._scope.namespaces - {""}:
            alien = netns.in_the_way(name, self._inodes)
            if alien is not None:
                found[NetnsKey(name)] = alien
        return found

    def _once(self, names: list[str]) -> list[str]:
        """Names without others of the same namespace that nobody asked for: its links would be there twice."""
        seen = {self._inodes[name] for name in self._scope.namespaces if name in self._inodes} | {netns.home_inode()}
        kept = []
        for name in names:
            if name in self._scope.namespaces or self._inodes[name] not in seen:
                kept.append(name)
                seen.add(self._inodes.get(name, 0))
        return kept

    def _visit(self, names: list[str]) -> None:
        """Enter each namespace once: a socket, and what can only be read from inside."""
        self._descriptors[""] = netns.open_netns("")
        self._inside("")
        try:
            for name in names:
                if name:
                    self._descriptors[name] = netns.open_netns(name)
                    netns.setns(self._descriptors[name])
                    self._inside(name)
        finally:
            netns.setns(self._descriptors[""])

    def _inside(self, name: str) -> None:
        self._sockets[name] = Socket()
        if name:
            self._objects[NetnsKey(name)] = {}
        asked = [key.name for key in self._scope.sysctls if key.netns == name]
        asked += [along for one in asked if one in FAMILIES for along in sysctl.forwarding(FAMILIES[one])]
        asked += advertisements.sysctls() if name in self._scope.advertisements else []
        for each in dict.fromkeys(asked):
            value = sysctl.read(each)
            if value is not None:
                self._objects[SysctlKey(name, each)] = {"value": value}
                if SysctlKey(name, each) in self._asked and sysctl.is_read_only(each):
                    self._read_only.add(SysctlKey(name, each))
        if name in self._scope.udp:
            from ..netlink import udp  # noqa: PLC0415 - only tunnels have ports

            self._udp.update({(name, port): held for port, held in udp.owners(self._scope.udp[name]).items()})
        if not name and (self._scope.firewalls or (self._scope.host_links and sysctl.bridged())):
            self._look_at_firewalls()
        if name in self._scope.nat:
            from .nat import reader as nat_reader  # noqa: PLC0415 - only runs about NAT need it, see host.py

            nat_reader.read(name, self._objects)

    def _newborn(self) -> dict[Key, str]:
        """Sysctls as they will be in namespaces that are not there yet, all alike; those of links come with these."""
        asked = [key for key in self._asked if key.netns and key.netns not in self._inodes]
        names = {key.name for key in asked if key.link in (None, "lo")}
        if not names:
            return {}
        with netns.newborn():
            values = {name: sysctl.read(name) for name in names}
            fixed = {name for name in names if values[name] is not None and sysctl.is_read_only(name)}
        self._read_only |= {key for key in asked if key.name in fixed}
        return {key: value for key in asked if (value := values.get(key.name)) is not None}

    def _look_at_firewalls(self) -> None:
        """The packet filters of others."""
        from ..firewalls.look import look  # noqa: PLC0415 - as above
        from ..system import nft  # noqa: PLC0415 - as above

        self._firewalls = look(nft.chains())
        if self._firewalls is not None:
            from ..._engine.firewalls import exceptions  # noqa: PLC0415 - only hosts with firewalls need it

            for place, rule in exceptions.standing(self._firewalls):
                self._objects[FirewallExceptionKey("", place, rule)] = {}

    def _links(self, found: list[Link]) -> None:
        for link in found:
            self._names[link.netns][link.index] = link.name
        links.complete(found, Reading(self._sockets, self._descriptors, self._names))
        for link in found:
            self._objects[LinkKey(link.netns, link.name)] = link.attrs
            self._altnames.update({LinkKey(link.netns, name): f"an altname of {link.name}" for name in link.altnames})
            if link.netns and link.name == "lo":
                self._objects[NetnsKey(link.netns)] = {"lo_up": link.attrs["up"]}

    def _addresses(self, name: str) -> None:
        reader = addresses.Reader(name, self._names[name], self._scope.link_local, self._objects)
        self._connected[name] = reader.connected
        for body in self._sockets[name].dump(addresses.GETADDR, addresses.get()):
            reader.take(body)

    def _routes(self, name: str) -> None:
        """The tables that are asked for, or all at once."""
        asked = set(self._scope.routes.get(name, ()))
        host = name == "" and self._scope.host_routes
        if host:
            asked |= {(False, 254), (True, 254)}
        local = not asked.isdisjoint({(False, routes.LOCAL_TABLE), (True, routes.LOCAL_TABLE)})
        reader = routes.Reader(name, self._names[name], self._scope.keys, self._connected[name], self._objects, local)
        dumps = [(socket.AF_INET6 if six else socket.AF_INET, table) for six, table in sorted(asked)]
        for family, table in [(socket.AF_UNSPEC, 0)] if name in self._scope.whole else dumps:
            for body in routes.dump(self._sockets[name], family, table):
                reader.take(body)
        if reader.by_next_hop:
            self._next_hops(name, reader.by_next_hop)
        if host:
            self._host_routes = reader.main

    def _next_hops(self, name: str, found: list[tuple[int, Attrs]]) -> None:
        """What routes lead to by number: the kernel drops it with its link."""
        from .next_hops import NextHops  # noqa: PLC0415 - few hosts have any

        hops = NextHops(self._sockets[name], self._names[name])
        for number, attrs in found:
            attrs["hops"] = hops.of(number)

    def _rules(self, there: list[str]) -> None:
        for name in there:
            if name in self._scope.rules:
                rules.read(self._sockets[name], name, self._objects)


def _text(family: int, data: Optional[bytes]) -> Optional[str]:
    return None if data is None else socket.inet_ntop(family, data)
