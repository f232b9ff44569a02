# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces that are kept open: of each its descriptor, its route socket, its addresses, the next hop to a target."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Optional

from . import messages, netns
from .socket import NetlinkError, Socket, attr, attrs, u32

_LO = 1
_LACKING = (errno.ENOENT, errno.EMFILE, errno.ENFILE)
_SCOPE_LINK = 253
_DADFAILED, _TENTATIVE = 0x08, 0x40
_LOWER_UP = 0x10000
_RUNNING = 0x40
_IFLA_OPERSTATE = 16
_DOWN = (b"\x02", b"\x03")  # IF_OPER_DOWN, IF_OPER_LOWERLAYERDOWN


class Address(NamedTuple):
    """An address of a link; ``length`` is that of its prefix in bits."""

    family: int
    packed: bytes
    length: int
    link: int
    scope: int
    flags: int


class Namespace:
    """One namespace, open until :meth:`close`.

    :param name: its name, ``""`` for the one that the thread is in now (str).
    :param descriptor: one of the namespace (int).
    :param route: a socket of rtnetlink in it.
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
        for body in self.route.dump(messages.GETADDR, messages.IFADDRMSG.pack(0, 0, 0, 0, 0)):
            family, length, flags, scope, index = messages.IFADDRMSG.unpack_from(body)
            found = attrs(body, messages.IFADDRMSG.size)
            data = found.get(messages.IFA_LOCAL) or found.get(messages.IFA_ADDRESS)
            if messages.IFA_FLAGS in found:
                flags = u32(found[messages.IFA_FLAGS])
            if data is not None and not flags & _DADFAILED:
                self.own.append(Address(family, bytes(data), length, index, scope, flags))
        self._subnets = []
        for each in sorted(self.own, key=lambda each: -each.length):
            host = 8 * len(each.packed) - each.length
            if each.link != _LO:
                self._subnets.append((len(each.packed), host, int.from_bytes(each.packed, "big") >> host, each))

    def global_addresses(self) -> list[str]:
        """Its global addresses with their prefix lengths, those of ``lo`` last."""
        own = sorted((each for each in self.own if each.scope < _SCOPE_LINK), key=lambda each: each.link == _LO)
        return [f"{messages.ntop(each.family, each.packed)}/{each.length}" for each in own]

    def settled(self, six: bool) -> bool:
        """Whether its links are ready to send and to answer.

        A link that has a carrier is not up before the kernel has got round to it, and drops what it is to send until
        then; a bridge does not forward to it. A tentative IPv6 address neither sends nor answers.

        :param six: whether by IPv6, too (bool).
        """
        waiting = {each.link for each in self.own if six and each.flags & _TENTATIVE}
        # a dump has to be read to its end before the next one
        for body in self.route.dump(messages.GETLINK, messages.get_links()):
            _family, _type, index, flags, _change = messages.IFINFOMSG.unpack_from(body)
            if not flags & _LOWER_UP:
                continue
            if index in waiting:
                return False
            if not flags & _RUNNING and bytes(attrs(body, messages.IFINFOMSG.size)[_IFLA_OPERSTATE]) in _DOWN:
                return False
        return True

    def source_for(self, packed: bytes) -> Optional[Address]:
        """Its address on the subnet of a target; None if the target is not on a link of it.

        :param packed: the target's address (bytes).
        """
        number, size = int.from_bytes(packed, "big"), len(packed)
        for length, host, subnet, own in self._subnets:
            if length == size and number >> host == subnet:
                return own
        return None

    def next_hop(self, packed: bytes) -> Optional[tuple[bytes, bytes]]:
        """(gateway or the target itself, source address) as the kernel would choose; None without a route.

        :param packed: the target's address (bytes).
        """
        family = socket.AF_INET if len(packed) == 4 else socket.AF_INET6
        length = 8 * len(packed)
        query = messages.RTMSG.pack(family, length, 0, 0, 0, 0, 0, 0, 0) + attr(messages.RTA_DST, packed)
        try:
            answer = self.route.ask(messages.GETROUTE, query)
        except NetlinkError:
            return None
        found = attrs(answer, messages.RTMSG.size)
        source = bytes(found.get(messages.RTA_PREFSRC, b""))
        return bytes(found.get(messages.RTA_GATEWAY, packed)), source


class Namespaces:
    """The namespaces that somebody has open, the host's own among them.

    :raises OSError: from any method, if the process may not enter a namespace.
    """

    def __init__(self) -> None:
        self._open: dict[str, Namespace] = {}
        self._home = netns.open_netns("")

    def __getitem__(self, name: str) -> Namespace:
        return self._open[name]

    def __iter__(self) -> Iterator[Namespace]:
        return iter(self._open.values())

    def close(self) -> None:
        """Close them all."""
        for namespace in self._open.values():
            namespace.close()
        self._open.clear()
        os.close(self._home)

    def visit(self, names: Iterable[str], needed: bool = True) -> None:
        """Open namespaces that are not open yet and read their addresses.

        :param names: the namespaces' names (str).
        :param needed: whether it is an error if one is gone by now, or if descriptors run out (bool).
        """
        missing = [name for name in names if name not in self._open]
        try:
            entered = [name for name in missing if self._enter(name, needed)]
        finally:
            netns.setns(self._home)
        for name in entered:
            self._open[name].read()

    def _enter(self, name: str, needed: bool) -> bool:
        descriptor = -1
        try:
            descriptor = netns.open_netns(name) if name else os.dup(self._home)
            netns.setns(descriptor)
            self._open[name] = Namespace(name, descriptor, Socket())
        except OSError as exc:
            if descriptor >= 0:
                os.close(descriptor)
            if needed or exc.errno not in _LACKING:
                raise
            return False
        return True

    @contextmanager
    def entered(self, name: str) -> Iterator[None]:
        """Be in an open namespace for a while.

        :param name: the namespace's name (str).
        """
        if not name:
            yield
            return
        netns.setns(self._open[name].descriptor)
        try:
            yield
        finally:
            netns.setns(self._home)
