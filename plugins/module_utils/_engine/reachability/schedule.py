# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a probe is sent again and when it is given up, and how many neighbour entries are in use. Pure: no clock."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Callable, Optional

from ..._model.reachability.expectations import Outcome, Probe

#: when a probe without an answer is sent again, as parts of its timeout
RETRIES = (0.25, 0.5)

#: a neighbour entry: the namespace that has it, and the neighbour's address as bytes
Key = tuple[str, bytes]


class Flight:
    """One probe under way.

    :param index: its place among the probes (int).
    :param probe: what is sent.
    :param keys: neighbour entries that it makes the kernel hold; the first is the next hop of its source.
    """

    __slots__ = ("doubt", "index", "keys", "outcome", "probe", "six", "started", "tickets")

    def __init__(self, index: int, probe: Probe, keys: tuple[Key, ...]) -> None:
        self.index, self.probe, self.keys = index, probe, keys
        self.started = 0.0
        self.outcome: Optional[Outcome] = None
        #: the reason to give if nothing else is heard
        self.doubt = "no reply"
        #: what its transport keeps of its attempts
        self.tickets: list[Any] = []
        self.six = ":" in probe.address

    def silent(self) -> bool:
        """Whether it is decided, and nothing was heard about it."""
        return self.outcome is not None and not self.outcome.reachable and self.outcome.reason == self.doubt


#: called with a flight that is decided and its outcome
Decide = Callable[[Flight, Outcome], None]
#: called with a descriptor, what to call when something happens there, and whether it is to become writable
Watch = Callable[[int, Callable[[], None], bool], None]


class Timeline:
    """Deadlines of flights. All have the same timeout, so each kind of deadline is a queue in order of start.

    :param timeout: seconds from its start after which a flight has failed (float).
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._retries: list[tuple[float, deque[Flight]]] = [(timeout * part, deque()) for part in RETRIES]
        self._ends: deque[Flight] = deque()

    def start(self, flight: Flight, now: float) -> None:
        """Note that a flight was sent for the first time; ``now`` never goes back.

        :param flight: the flight.
        :param now: the time on a monotonic clock (float), in seconds.
        """
        flight.started = now
        for _after, queue in self._retries:
            queue.append(flight)
        self._ends.append(flight)

    def retries(self, now: float) -> list[Flight]:
        """Flights to be sent again, each once for each of :data:`RETRIES`.

        :param now: the time on a monotonic clock (float), in seconds.
        """
        found = []
        for after, queue in self._retries:
            found += self._pop(queue, now - after)
        return list(dict.fromkeys(found))

    def expired(self, now: float) -> list[Flight]:
        """Flights that are to be given up, each once.

        :param now: the time on a monotonic clock (float), in seconds.
        """
        return self._pop(self._ends, now - self._timeout)

    def next(self) -> Optional[float]:
        """The time of the next deadline; None if nothing is under way."""
        times = []
        for after, queue in (*self._retries, (self._timeout, self._ends)):
            while queue and queue[0].outcome is not None:
                queue.popleft()
            if queue:
                times.append(queue[0].started + after)
        return min(times, default=None)

    @staticmethod
    def _pop(queue: deque[Flight], started: float) -> list[Flight]:
        found = []
        while queue and (queue[0].outcome is not None or queue[0].started <= started):
            flight = queue.popleft()
            if flight.outcome is None:
                found.append(flight)
        return found


class Shares:
    """The neighbour entries that flights make the kernel hold, against the room that its table has.

    An entry is in use as long as one of its flights is under way, and idle from then until it was removed.

    :param budget: entries that may be held at once (int).
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._users: dict[Key, set[Flight]] = {}
        self._busy = self._idle = 0

    def __len__(self) -> int:
        return len(self._users)

    def take(self, flight: Flight) -> Optional[list[Key]]:
        """Count the entries of a flight. A lone flight always goes.

        :param flight: the flight.
        :returns: those that were not held; None if there is no room for them.
        """
        users = self._users
        new = [key for key in flight.keys if key not in users]
        if self._busy and new and len(users) + len(new) > self.budget:
            return None
        for key in flight.keys:
            of_key = users.get(key)
            if of_key is None:
                users[key] = {flight}
            else:
                self._idle -= not of_key
                of_key.add(flight)
        self._busy += 1
        return new

    def give_back(self, flight: Flight) -> None:
        """Stop using the entries of a flight; they are held until :meth:`forget`.

        :param flight: the flight.
        """
        for key in flight.keys:
            users = self._users[key]
            users.discard(flight)
            self._idle += not users
        self._busy -= 1

    @property
    def idle_count(self) -> int:
        """The number of entries that are held and no longer in use."""
        return self._idle

    def users(self, key: Key) -> list[Flight]:
        """Flights that an entry is in use for, in their order.

        :param key: the neighbour entry.
        """
        return sorted(self._users.get(key, ()), key=lambda flight: flight.index)

    def idle(self) -> dict[str, set[bytes]]:
        """Entries that are held and no longer in use, by namespace."""
        found: dict[str, set[bytes]] = {}
        for (name, address), users in self._users.items():
            if not users:
                found.setdefault(name, set()).add(address)
        return found

    def forget(self, gone: Iterable[Key]) -> None:
        """Stop counting entries that were removed.

        :param gone: the entries.
        """
        for key in gone:
            if not self._users.get(key, True):
                del self._users[key]
                self._idle -= 1
