# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the prober: keeps as many probes under way as there is room for, until all are decided."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Callable

from ..._engine.reachability import reasons
from ..._engine.reachability.schedule import Flight, Key, Shares, Timeline
from ..._model.reachability.expectations import Listen, Outcome, Probe
from ..netlink.namespaces import Namespaces
from .icmp import Pingers
from .listeners import Listeners
from .neighbours import Neighbours
from .paths import Paths
from .sockets import Sockets

#: probes sent before the replies are looked at: their replies fit any socket's buffer
_BURST = 64
#: probes under way at most
_FLYING = 2048
#: descriptors that one tcp or udp probe may take (first attempt and two more, and the server's end)
_PER_PROBE = 4
#: the part of the free neighbour table that the prober takes, and the entries that it takes in any case
_PART, _LEAST = 0.75, 16
#: how often what had no reply is tried again because packets were dropped meanwhile, and how many times fewer at a time
_AGAIN, _FEWER = 1, 2


class Poller:
    """Calls a function for each descriptor on which something happened."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._ready: dict[int, Callable[[], None]] = {}

    def close(self) -> None:
        """Give the descriptor back."""
        self._epoll.close()

    def watch(self, descriptor: int, ready: Callable[[], None], writing: bool) -> None:
        """Watch a descriptor until it is closed."""
        self._ready[descriptor] = ready
        self._epoll.register(descriptor, select.EPOLLOUT if writing else select.EPOLLIN)

    def wait(self, seconds: float) -> None:
        """Wait until something happens, then serve all that happened."""
        events = self._epoll.poll(seconds)
        while events:
            for descriptor, _event in events:
                self._ready[descriptor]()
            events = self._epoll.poll(0)


class Run:
    """One run.

    :param namespaces: the open namespaces.
    :param timeout: seconds that each probe may take (float).
    :param room: descriptors that its sockets may take (int).
    """

    def __init__(self, namespaces: Namespaces, timeout: float, room: int) -> None:
        self._namespaces, self._timeout = namespaces, timeout
        self._limit, self._part = max(1, min(_FLYING, room // _PER_PROBE)), _PART
        self._poller = Poller()
        self._pingers = Pingers(namespaces, self._poller.watch, self._decide)
        self._sockets = Sockets(namespaces, self._poller.watch, self._decide)
        self._listeners = Listeners(namespaces, self._poller.watch)
        self._neighbours = Neighbours(namespaces)
        self._paths = Paths(namespaces)
        self._shares = {six: Shares(_LEAST) for six in (False, True)}
        self._timeline = Timeline(timeout)
        self._flying: set[Flight] = set()
        self._crowded = False

    def close(self) -> None:
        """Close every socket of the run and remove the neighbour entries that it caused."""
        for flight in self._flying:
            self._transport(flight).forget(flight)
        self._pingers.close()
        self._listeners.close()
        self._poller.close()
        self._neighbours.remove({each.name: self._paths.seen for each in self._namespaces})

    def serve(self, listeners: Iterable[Listen]) -> None:
        """Be the server where probes need one.

        :raises OSError: if the kernel refuses.
        """
        self._listeners.open(listeners)

    def outcomes(self, probes: Sequence[Probe]) -> list[Outcome]:
        """Send probes until each is decided.

        A probe without a reply is believed only if the machine dropped no packets meanwhile. If it did, such probes
        are sent anew, fewer at a time.

        :raises OSError: if the kernel refuses what is not an answer.
        """
        flights = [Flight(index, probe, self._paths.keys(probe)) for index, probe in enumerate(probes)]
        found: dict[int, Outcome] = {}
        before = self._drops()
        for _again in range(1 + _AGAIN):
            self._fly(deque(flights))
            found.update((flight.index, flight.outcome) for flight in flights if flight.outcome is not None)
            after = self._drops()
            if after == before and not self._crowded:
                break
            before, self._crowded = after, False
            self._limit, self._part = max(1, self._limit // _FEWER), self._part / _FEWER
            flights = [Flight(each.index, each.probe, each.keys) for each in flights if each.silent()]
        return [found[index] for index in range(len(probes))]

    def _drops(self) -> int:
        """How often the machine dropped packets for want of room, since it runs."""
        return sum(table.fulls for table in self._neighbours.tables().values()) + _backlog_drops()

    def _fly(self, waiting: deque[Flight]) -> None:
        for six in self._shares:
            self._make_room(six)
        while waiting or self._flying:
            more = self._launch(waiting)
            looked = time.monotonic()
            deadline = self._timeline.next()
            self._poller.wait(0 if more or deadline is None else max(0.0, deadline - looked))
            # replies that had come by then are read: what is over its time now had none
            self._retry(looked)
            for flight in self._timeline.expired(looked):
                self._decide(flight, Outcome(reachable=False, reason=flight.doubt, rtt_ms=None))

    def _launch(self, waiting: deque[Flight]) -> bool:
        """Send a burst; True if there may be room for another."""
        for _flight in range(_BURST):
            if not waiting or len(self._flying) >= self._limit:
                return False
            flight = waiting[0]
            shares = self._shares[flight.six]
            if not shares.take(flight):
                if shares.idle_count * 4 < shares.budget:
                    return False
                self._make_room(flight.six)
                if not shares.take(flight):
                    return False
            waiting.popleft()
            self._flying.add(flight)
            self._timeline.start(flight, time.monotonic())
            self._send(flight)
        return True

    def _make_room(self, six: bool) -> None:
        """Remove the neighbour entries that are no longer in use, and see how many there may be."""
        shares = self._shares[six]
        idle = shares.idle()
        self._neighbours.remove(idle)
        shares.forget((name, address) for name, addresses in idle.items() for address in addresses)
        table = self._neighbours.tables().get(socket.AF_INET6 if six else socket.AF_INET)
        free = max(0, table.most - table.entries) if table else 0
        shares.budget = max(_LEAST, len(shares) + int(free * self._part))

    def _send(self, flight: Flight) -> None:
        transport = self._transport(flight)
        transport.prepare(flight)
        try:
            transport.send(flight, self._paths.zone(flight.probe))
        except OSError as exc:
            code = exc.errno or 0
            if code in reasons.BUSY:
                self._crowded = True
                flight.doubt = reasons.of_errno(code)
            elif code == errno.EADDRNOTAVAIL and flight.six:
                flight.doubt = reasons.of_errno(code)
            else:
                self._decide(flight, Outcome(reachable=False, reason=reasons.of_errno(code), rtt_ms=None))

    def _retry(self, now: float) -> None:
        """Send again what had no answer yet.

        Where the next hop itself has not answered, nothing was sent at all: the kernel asks for it once a second, which
        may be too late. So its entry is removed, and the kernel asks anew, for all probes that wait for it.
        """
        due = self._timeline.retries(now)
        stuck: dict[str, set[bytes]] = {}
        for name in {flight.keys[0][0] for flight in due if flight.keys}:
            unresolved = self._neighbours.unresolved(name)
            hops = {flight.keys[0][1] for flight in due if flight.keys and flight.keys[0][0] == name}
            if hops & unresolved:
                stuck[name] = hops & unresolved
        for name, hops in stuck.items():
            for hop in hops:
                for flight in self._users((name, hop)):
                    self._transport(flight).withdraw(flight)
                    due.append(flight)
        self._neighbours.remove(stuck)
        for flight in dict.fromkeys(due):
            self._send(flight)

    def _users(self, key: Key) -> list[Flight]:
        """Flights whose next hop a neighbour is."""
        users = [flight for shares in self._shares.values() for flight in shares.users(key)]
        return [flight for flight in users if flight.keys[0] == key]

    def _decide(self, flight: Flight, outcome: Outcome) -> None:
        if flight.outcome is None:
            flight.outcome = outcome
            self._flying.discard(flight)
            self._shares[flight.six].give_back(flight)
            self._transport(flight).forget(flight)

    def _transport(self, flight: Flight) -> Pingers | Sockets:
        return self._pingers if flight.probe.protocol == "icmp" else self._sockets


def _backlog_drops() -> int:
    """Packets dropped because a CPU's backlog was full, since the machine runs."""
    try:
        with open("/proc/net/softnet_stat", encoding="ascii") as lines:
            return sum(int(line.split()[1], 16) for line in lines)
    except OSError:
        return 0
