# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A namespace as the prober knows it: its descriptor, its route socket, its addresses and the next hop to a target."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Optional

from . import netns, rtnl
from .netlink import NetlinkError, Socket, attr, attrs, u32

_IFADDR = struct.Struct("=BBBBI")
_RTMSG = struct.Struct("=BBBBBBBBI")
_LO = 1
_SCOPE_LINK = 253
_DADFAILED, _TENTATIVE = 0x08, 0x40
_LOWER_UP = 0x10000
_RTMGRP_IPV6_IFADDR = 0x100
#: seconds that duplicate address detection may take: 1 s of waiting, up to 1 s of random delay, and some load
_DAD_MAX = 3.0


class Address(NamedTuple):
    """An address of a link; ``length`` is that of its prefix in bits."""

    family: int
    packed: bytes
    length: int
    index: int
    scope: int
    flags: int


class Inside:
    """One namespace, open until :meth:`close`.

    :param name: its name, ``""`` for the one that the thread is in now (str).
    """

    def __init__(self, name: str, descriptor: int, route: Socket) -> None:
        self.name, self.descriptor, self.route = name, descriptor, route
        self.own: list[Address] = []
        #: (size of an address, bits to shift away, what is left) of each subnet, the longest prefixes first
        self._subnets: list[tuple[int, int, int, Address]] = []

    def close(self) -> None:
        """Give the descriptors back."""
        self.route.close()
        os.close(self.descriptor)

    def read(self) -> None:
        """Read its addresses anew."""
        self.own = []
        for _kind, body in self.route.dump(rtnl.GETADDR, rtnl.get_addresses()):
            family, length, flags, scope, index = _IFADDR.unpack_from(body)
            found = attrs(body, 8)
            data = found.get(rtnl.IFA_LOCAL) or found.get(rtnl.IFA_ADDRESS)
            if rtnl.IFA_FLAGS in found:
                flags = u32(found[rtnl.IFA_FLAGS])
            if data is not None and not flags & _DADFAILED:
                self.own.append(Address(family, bytes(data), length, index, scope, flags))
        self._subnets = []
        for each in sorted(self.own, key=lambda each: -each.length):
            host = 8 * len(each.packed) - each.length
            if each.index != _LO:
                self._subnets.append((len(each.packed), host, int.from_bytes(each.packed, "big") >> host, each))

    def global_addresses(self) -> list[str]:
        """Its global addresses with their prefix lengths, those of ``lo`` last."""
        own = sorted((each for each in self.own if each.scope < _SCOPE_LINK), key=lambda each: each.index == _LO)
        return [f"{socket.inet_ntop(each.family, each.packed)}/{each.length}" for each in own]

    def tentative(self) -> bool:
        """Whether an address of a link that is up still waits for duplicate address detection."""
        waiting = {each.index for each in self.own if each.flags & _TENTATIVE}
        if not waiting:
            return False
        for _kind, body in self.route.dump(rtnl.GETLINK, rtnl.get_links()):
            _family, _type, index, flags, _change = struct.unpack_from("=BxHiII", body)
            if index in waiting and flags & _LOWER_UP:
                return True
        return False

    def source_for(self, packed: bytes) -> Optional[Address]:
        """Its address on the subnet of a target; None if the target is not on a link of it."""
        number, size = int.from_bytes(packed, "big"), len(packed)
        for length, host, subnet, own in self._subnets:
            if length == size and number >> host == subnet:
                return own
        return None

    def next_hop(self, packed: bytes) -> Optional[tuple[bytes, bytes]]:
        """(gateway or the target itself, source address) as the kernel would choose; None without a route."""
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        length = 8 * len(packed)
        query = _RTMSG.pack(family, length, 0, 0, 0, 0, 0, 0, 0) + attr(rtnl.RTA_DST, packed)
        try:
            answer = self.route.ask(rtnl.GETROUTE, query)
        except NetlinkError:
            return None
        found = attrs(answer, 12)
        source = bytes(found.get(rtnl.RTA_PREFSRC, b""))
        return bytes(found.get(rtnl.RTA_GATEWAY, packed)), source


class Insides:
    """The namespaces that the prober has open, the host's own among them.

    :raises OSError: from any method, if the process may not enter a namespace.
    """

    def __init__(self) -> None:
        self._open: dict[str, Inside] = {}
        self._home = netns.open_netns("")

    def __getitem__(self, name: str) -> Inside:
        return self._open[name]

    def __iter__(self) -> Iterator[Inside]:
        return iter(self._open.values())

    def close(self) -> None:
        """Close them all."""
        for inside in self._open.values():
            inside.close()
        self._open.clear()
        os.close(self._home)

    def visit(self, names: Iterable[str]) -> None:
        """Open namespaces that are not open yet and read their addresses."""
        missing = [name for name in names if name not in self._open]
        try:
            for name in missing:
                descriptor = netns.open_netns(name) if name else os.dup(self._home)
                try:
                    netns.setns(descriptor)
                    self._open[name] = Inside(name, descriptor, Socket())
                except OSError:
                    os.close(descriptor)
                    raise
        finally:
            netns.setns(self._home)
        for name in missing:
            self._open[name].read()

    @contextmanager
    def entered(self, name: str) -> Iterator[None]:
        """Be in an open namespace for a while."""
        if not name:
            yield
            return
        netns.setns(self._open[name].descriptor)
        try:
            yield
        finally:
            netns.setns(self._home)

    def settle(self) -> None:
        """Wait until no address is tentative any more, three seconds at most, and read those that were anew.

        A tentative address neither sends nor answers.
        """
        waiting = {name for name, inside in self._open.items() if inside.tentative()}
        if not waiting:
            return
        poll, heard = select.poll(), {}
        end = time.monotonic() + _DAD_MAX
        try:
            for name in waiting:
                with self.entered(name):
                    events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
                heard[events.fileno()] = (name, events)
                events.bind((0, _RTMGRP_IPV6_IFADDR))
                poll.register(events, select.POLLIN)
            self._reread(waiting)
            while waiting and time.monotonic() < end:
                told = set()
                for descriptor, _event in poll.poll(max(0.0, end - time.monotonic()) * 1000):
                    name, events = heard[descriptor]
                    events.recv(1 << 16)
                    told.add(name)
                self._reread(told)
                waiting = {name for name in waiting if name not in told or self._open[name].tentative()}
        finally:
            for _name, events in heard.values():
                events.close()

    def _reread(self, names: Iterable[str]) -> None:
        for name in names:
            self._open[name].read()
