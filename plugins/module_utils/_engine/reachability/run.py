# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of probes: as many under way as there is room for, until all are decided. Knows no kernel and no clock."""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Optional, Protocol

from ..._model.reachability.expectations import Outcome, Probe
from . import reasons
from .known import Known, Neighbour
from .schedule import Decide, Flight, Key, Shares, Timeline

#: probes sent before the replies are looked at: their replies fit any socket's buffer
_BURST = 64
#: probes whose neighbour entries are made in one go
_TURN = 512
#: seconds after which the kernel's neighbour tables are looked at again
_TICK = 0.005
#: probes under way at most
_FLYING = 2048
#: descriptors that one tcp or udp probe may take (first attempt and two more, and the server's end)
_PER_PROBE = 4
#: the part of the free neighbour table that the prober takes, and the entries that it takes in any case
_PART, _LEAST = 0.75, 16
#: how often what had no reply is tried again because packets were dropped meanwhile, and how many times fewer at a time
_AGAIN, _FEWER = 1, 2


class Network(Protocol):
    """The open namespaces, and what carries probes between them."""

    def begin(self, decide: Decide) -> None:
        """Be ready to send.

        :param decide: told of each flight that is decided, with its outcome.
        """

    def now(self) -> float:
        """Seconds of a clock that never goes back."""

    def wait(self, seconds: float) -> None:
        """Wait until something happens, then have all that happened decided.

        :param seconds: at most (float).
        """

    def keys(self, probe: Probe) -> tuple[Key, ...]:
        """The neighbour entries that a probe needs; first that of the next hop, nothing if it needs none.

        :param probe: the probe.
        """

    def send(self, flight: Flight) -> Optional[OSError]:
        """Send a probe, or send it once more.

        :param flight: the probe's.
        :returns: the kernel's refusal, if it refuses at once.
        :raises OSError: if it can send none at all.
        """

    def withdraw(self, flight: Flight) -> None:
        """What was sent for a flight will be dropped by the prober itself: its errors are not to be heard.

        :param flight: the flight.
        """

    def forget(self, flight: Flight) -> None:
        """Wait for a flight no longer.

        :param flight: the flight.
        """

    def give(self, entries: Mapping[Key, bytes]) -> list[Key]:
        """Have the kernel ask neighbours by unicast, and send to them meanwhile.

        :param entries: their link-layer addresses.
        :returns: the entries that it took: it has its own opinion of the others, or none.
        """

    def remove(self, entries: Mapping[str, Collection[bytes]], asked: bool) -> Mapping[Key, Neighbour]:
        """Remove neighbour entries that were not there before.

        :param entries: namespace -> addresses of neighbours (bytes each).
        :param asked: whether those go too that the kernel is asking by unicast (bool).
        :returns: what they said.
        """

    def unresolved(self, name: str) -> set[bytes]:
        """Neighbours that were asked for since, and have not answered yet.

        :param name: a namespace (str).
        """

    def free_neighbours(self, six: bool) -> int:
        """How many entries the kernel's neighbour table still takes.

        :param six: whether that of IPv6 is meant (bool).
        """

    def drops(self) -> int:
        """How often the machine dropped packets for want of room, since it runs."""


class Run:
    """One run.

    :param network: that the probes go through.
    :param timeout: seconds that each probe may take (float).
    :param room: descriptors that sockets of probes may take (int).
    """

    def __init__(self, network: Network, timeout: float, room: int) -> None:
        self._network = network
        self._limit, self._part = max(1, min(_FLYING, room // _PER_PROBE)), _PART
        self._shares = {six: Shares(_LEAST) for six in (False, True)}
        self._timeline = Timeline(timeout)
        self._timeout = timeout
        self._known = Known()
        #: flights that have their room, and are to be sent
        self._ready: deque[Flight] = deque()
        self._flying: set[Flight] = set()
        self._crowded = False
        network.begin(self._decide)

    def outcomes(self, probes: Sequence[Probe]) -> list[Outcome]:
        """Send probes until each is decided.

        A probe without a reply is believed only if the machine dropped no packets meanwhile. If it did, such probes
        are sent anew, fewer at a time.

        :param probes: what to send; several may be the same.
        :returns: an outcome for each, in their order.
        :raises OSError: if the kernel refuses what is not an answer.
        """
        flights = [Flight(index, probe, self._network.keys(probe)) for index, probe in enumerate(probes)]
        found: dict[int, Outcome] = {}
        before = self._network.drops()
        for _again in range(1 + _AGAIN):
            try:
                self._fly(deque(flights))
                anew = [Flight(each.index, each.probe, each.keys) for each in self._unconfirmed()]
                self._fly(deque(anew))
            finally:
                for flight in self._flying:
                    self._network.forget(flight)
            flights = list({flight.index: flight for flight in (*flights, *anew)}.values())
            found.update((flight.index, flight.outcome) for flight in flights if flight.outcome is not None)
            after = self._network.drops()
            if after == before and not self._crowded:
                break
            before, self._crowded = after, False
            self._limit, self._part = max(1, self._limit // _FEWER), self._part / _FEWER
            flights = [Flight(each.index, each.probe, each.keys) for each in flights if each.silent()]
        return [found[index] for index in range(len(probes))]

    def _fly(self, waiting: deque[Flight]) -> None:
        for six in self._shares:
            self._make_room(six)
        while waiting or self._ready or self._flying:
            more = self._launch(waiting)
            looked = self._network.now()
            deadline = self._timeline.next()
            self._network.wait(0 if more or deadline is None else max(0.0, deadline - looked))
            # replies that had come by then are read: what is over its time now had none
            self._retry(looked)
            for flight in self._timeline.expired(looked):
                self._decide(flight, Outcome(reachable=False, reason=flight.doubt, rtt_ms=None))

    def _launch(self, waiting: deque[Flight]) -> bool:
        """Send a burst; True if there may be room for another."""
        ready = self._ready
        if not ready:
            self._admit(waiting)
            if not ready:
                return False
        for _flight in range(min(_BURST, len(ready))):
            flight = ready.popleft()
            self._flying.add(flight)
            self._timeline.start(flight, self._network.now())
            self._send(flight)
        return bool(ready or waiting)

    def _admit(self, waiting: deque[Flight]) -> None:
        """Take the room that the next flights need, and give the kernel those of their neighbours that are known."""
        for six, shares in self._shares.items():
            if shares.idle_count >= _TURN // 2:
                self._make_room(six)
        hardware: dict[Key, bytes] = {}
        for _flight in range(min(_TURN, len(waiting), self._limit - len(self._flying))):
            flight = waiting[0]
            new = self._take(flight)
            if new is None:
                break
            hardware.update(self._known.hardware(flight, new))
            self._ready.append(waiting.popleft())
        if hardware:
            self._known.give(self._network.give(hardware))
        if self._known.is_open:
            for flight in self._ready:
                self._known.rely(flight)

    def _take(self, flight: Flight) -> Optional[list[Key]]:
        shares = self._shares[flight.six]
        new = shares.take(flight)
        if new is None and shares.idle_count * 4 >= shares.budget:
            self._make_room(flight.six)
            new = shares.take(flight)
        return new

    def _make_room(self, six: bool, asked: bool = False) -> None:
        """Remove the neighbour entries that are no longer in use, and see how many there may be."""
        shares = self._shares[six]
        shares.forget(self._remove(shares.idle(), asked))
        free = self._network.free_neighbours(six)
        shares.budget = max(_LEAST, len(shares) + int(free * self._part))

    def _remove(self, entries: Mapping[str, Collection[bytes]], asked: bool) -> list[Key]:
        """Remove neighbour entries; those that are gone then.

        :param asked: whether those go too that the kernel is asking by unicast.
        """
        found = self._network.remove(entries, asked)
        return self._known.learn(((name, each) for name, addresses in entries.items() for each in addresses), found)

    def _unconfirmed(self) -> list[Flight]:
        """Flights whose next hop has not confirmed what the kernel was given, in the time that a probe has."""
        end = self._network.now() + self._timeout
        while self._known.is_open:
            late = self._network.now() >= end
            for six in self._shares:
                self._make_room(six, asked=late)
            if self._known.is_open:
                self._network.wait(_TICK)
        return self._known.take_unconfirmed()

    def _send(self, flight: Flight) -> None:
        refusal = self._network.send(flight)
        if refusal is None:
            return
        reason = reasons.of_error(refusal)
        if refusal.errno in reasons.BUSY:
            self._crowded = True
            flight.doubt = reason
        elif refusal.errno == errno.EADDRNOTAVAIL and flight.six:
            flight.doubt = reason
        else:
            self._decide(flight, Outcome(reachable=False, reason=reason, rtt_ms=None))

    def _retry(self, now: float) -> None:
        """Send again what had no answer yet.

        Where the next hop itself has not answered, nothing was sent at all: the kernel asks for it once a second, which
        may be too late. So its entry is removed, and the kernel asks anew, for all probes that wait for it. So it does
        for one that it was given: of what is said to be unreachable it found every neighbour itself.
        """
        due = self._timeline.retries(now)
        hops: dict[str, set[bytes]] = {}
        for flight in due:
            if flight.keys:
                hops.setdefault(flight.keys[0][0], set()).add(flight.keys[0][1])
        stuck: dict[str, set[bytes]] = {}
        for name, wanted in hops.items():
            found = wanted & self._network.unresolved(name)
            if found:
                stuck[name] = found
        for flight in due:
            for name, address in flight.keys:
                if self._known.is_given((name, address)):
                    stuck.setdefault(name, set()).add(address)
        for name, addresses in stuck.items():
            for address in addresses:
                for flight in self._users((name, address)):
                    self._network.withdraw(flight)
                    due.append(flight)
        self._remove(stuck, asked=True)
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
            self._network.forget(flight)
