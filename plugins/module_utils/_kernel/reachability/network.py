# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The open namespaces as a network that carries probes: their sockets, servers and neighbour tables."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Callable, Optional

from ..._engine.reachability.known import Neighbour
from ..._engine.reachability.schedule import Decide, Flight, Key
from ..._model.reachability.expectations import Listen, Probe
from ..netlink.namespaces import Namespaces
from .icmp import Pingers
from .listeners import Listeners
from .neighbours import Neighbours
from .paths import Paths
from .sockets import Sockets


class Poller:
    """Calls a function for each descriptor on which something happened."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._ready: dict[int, Callable[[], None]] = {}

    def close(self) -> None:
        """Give the descriptor back."""
        self._epoll.close()

    def watch(self, descriptor: int, ready: Callable[[], None], writing: bool) -> None:
        """Watch a descriptor until it is closed.

        :param descriptor: the descriptor (int).
        :param ready: called when there is something to read, or to write.
        :param writing: whether to wait until it can be written to (bool).
        """
        self._ready[descriptor] = ready
        self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def wait(self, seconds: float) -> None:
        """Wait until something happens, then serve all that happened.

        :param seconds: how long at most (float), in seconds.
        """
        events = self._epoll.poll(seconds)
        while events:
            for descriptor, _event in events:
                self._ready[descriptor]()
            events = self._epoll.poll(0)


class LocalNetwork:
    """Implements :class:`..._engine.reachability.run.Network`.

    :param namespaces: the open namespaces.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._poller = Poller()
        self._listeners = Listeners(namespaces, self._poller.watch)
        self._neighbours = Neighbours(namespaces)
        self._paths = Paths(namespaces)
        self._transports: dict[bool, Pingers | Sockets] = {}

    def close(self) -> None:
        """Close every socket, and remove the neighbour entries that the probes caused."""
        for transport in self._transports.values():
            transport.close()
        self._listeners.close()
        self._poller.close()
        self._neighbours.remove({each.name: self._paths.seen for each in self._namespaces}, asked=True)

    def serve(self, listeners: Iterable[Listen]) -> None:
        """Be the server where probes need one.

        :param listeners: the servers.
        :raises OSError: if the kernel refuses.
        """
        self._listeners.open(listeners)

    def begin(self, decide: Decide) -> None:
        """Be ready to send.

        :param decide: told of each flight that is decided, with its outcome.
        """
        for is_icmp, transport in ((True, Pingers), (False, Sockets)):
            self._transports[is_icmp] = transport(self._namespaces, self._poller.watch, decide)

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait until something happens, then have all that happened decided.

        :param seconds: at most (float).
        """
        self._poller.wait(seconds)

    def keys(self, probe: Probe) -> tuple[Key, ...]:
        """The neighbour entries that a probe needs; first that of the next hop, nothing if it needs none.

        :param probe: the probe.
        """
        return self._paths.keys(probe)

    def send(self, flight: Flight) -> Optional[OSError]:
        """Send a probe, or send it once more.

        :param flight: the probe's.
        :returns: the kernel's refusal, if it refuses at once.
        :raises OSError: if it can send none at all.
        """
        transport = self._transport(flight)
        transport.prepare(flight)
        try:
            transport.send(flight, self._paths.zone(flight.probe))
        except OSError as exc:
            return exc
        return None

    def withdraw(self, flight: Flight) -> None:
        """What was sent for a flight will be dropped by the prober itself: its errors are not to be heard.

        :param flight: the flight.
        """
        self._transport(flight).withdraw(flight)

    def forget(self, flight: Flight) -> None:
        """Wait for a flight no longer.

        :param flight: the flight.
        """
        self._transport(flight).forget(flight)

    def give(self, entries: Mapping[Key, bytes]) -> list[Key]:
        """Have the kernel ask neighbours by unicast, and send to them meanwhile.

        :param entries: their link-layer addresses.
        :returns: the entries that it took: it has its own opinion of the others, or none.
        """
        return self._neighbours.give(entries)

    def remove(self, entries: Mapping[str, Collection[bytes]], asked: bool) -> dict[Key, Neighbour]:
        """Remove neighbour entries that were not there before.

        :param entries: namespace -> addresses of neighbours (bytes each).
        :param asked: whether those go too that the kernel is asking by unicast (bool).
        :returns: what they said.
        """
        return self._neighbours.remove(entries, asked)

    def unresolved(self, name: str) -> set[bytes]:
        """Neighbours that were asked for since, and have not answered yet.

        :param name: a namespace (str).
        """
        return self._neighbours.unresolved(name)

    def free_neighbours(self, six: bool) -> int:
        """How many entries the kernel's neighbour table still takes.

        :param six: whether that of IPv6 is meant (bool).
        """
        table = self._neighbours.tables().get(socket.AF_INET6 if six else socket.AF_INET)
        return max(0, table.most - table.entries) if table else 0

    def drops(self) -> int:
        """How often the machine dropped packets for want of room, since it runs."""
        return sum(table.fulls for table in self._neighbours.tables().values()) + _backlog_drops()

    def _transport(self, flight: Flight) -> Pingers | Sockets:
        return self._transports[flight.probe.protocol == "icmp"]


def _backlog_drops() -> int:
    """Packets dropped because a CPU's backlog was full, since the machine runs."""
    try:
        with open("/proc/net/softnet_stat", encoding="ascii") as lines:
            return sum(int(line.split()[1], 16) for line in lines)
    except OSError:
        return 0
