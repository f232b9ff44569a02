# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link-layer addresses that neighbours answered with, so that not every source has to ask everybody for them. Pure.

A broadcast goes to every port of a bridge: a mesh of n namespaces in which each pair asks costs n times as much a pair.
So a namespace asks by broadcast until one has answered, and a neighbour is asked for by broadcast until it has answered
one. From then on the kernel is given its address, as one to be confirmed: it asks the neighbour itself, by unicast, and
what that one has not answered is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from .schedule import Flight, Key


class Neighbour(NamedTuple):
    """What the kernel's table says of a neighbour.

    :param hardware: its link-layer address, empty if it did not answer (bytes).
    :param confirmed: whether it answered this namespace (bool).
    :param asked: whether it is being asked by unicast, and was not removed for that (bool).
    """

    hardware: bytes
    confirmed: bool
    asked: bool


#: where more than a part of the flights were not confirmed, and more than a few, the kernel is given nothing any more
_PART, _FEW = 0.125, 64

_NOTHING = Neighbour(b"", confirmed=False, asked=False)


class Known:
    """What was learned, and the entries that the kernel was given."""

    def __init__(self) -> None:
        #: by address; empty where two neighbours answered, as in two networks with the same addresses
        self._hardware: dict[bytes, bytes] = {}
        #: namespaces whose broadcasts are heard, each with the size of an address of the family
        self._heard: set[tuple[str, int]] = set()
        #: the flights whose next hop an entry is that the kernel was given
        self._given: dict[Key, list[Flight]] = {}
        self._unconfirmed: list[Flight] = []
        self._relied = 0
        self._stopped = False

    def hardware(self, flight: Flight, new: Iterable[Key]) -> dict[Key, bytes]:
        """Entries that the kernel can be given for a flight.

        :param flight: the flight.
        :param new: its entries that nobody holds yet.
        """
        if self._stopped or len(flight.keys) != 2 or flight.probe.dev:
            return {}  # behind a router there are few neighbours, and a link-local address is not that of one link
        known, heard = self._hardware, self._heard
        return {(name, to): known[to] for name, to in new if known.get(to) and (name, len(to)) in heard}

    def give(self, keys: Iterable[Key]) -> None:
        """Note entries that the kernel has taken.

        :param keys: the entries.
        """
        for key in keys:
            self._given[key] = []

    def rely(self, flight: Flight) -> None:
        """Note that a flight is sent to an entry that the kernel was given, if it is.

        :param flight: the flight.
        """
        if flight.keys and flight.keys[0] in self._given:
            self._given[flight.keys[0]].append(flight)
            self._relied += 1

    def is_given(self, key: Key) -> bool:
        """Whether an entry was given to the kernel, and is not confirmed yet.

        :param key: the entry.
        """
        return key in self._given

    @property
    def is_open(self) -> bool:
        """Whether something that was given is not confirmed yet."""
        return bool(self._given)

    def learn(self, removed: Iterable[Key], found: Mapping[Key, Neighbour]) -> list[Key]:
        """Take in what entries said.

        :param removed: the entries that were to be removed.
        :param found: what the table said of them; one that had gone by then says nothing.
        :returns: those that are gone.
        """
        gone = []
        for key in removed:
            neighbour = found.get(key, _NOTHING)
            if neighbour.asked:
                continue
            gone.append(key)
            flights = self._given.pop(key, None)
            if flights is None:
                self._note(key, neighbour)
            elif not neighbour.confirmed:
                # one that is under way goes on with what the kernel finds by itself
                self._unconfirmed += [flight for flight in flights if flight.outcome is not None]
        if len(self._unconfirmed) > _FEW + self._relied * _PART:
            self._stopped = True
        return gone

    def _note(self, key: Key, neighbour: Neighbour) -> None:
        """Take in what the kernel found by itself. An address that it was told by a question proves no answer."""
        name, address = key
        if neighbour.confirmed:
            self._heard.add((name, len(address)))
            self._hardware.setdefault(address, neighbour.hardware)
        if neighbour.hardware and self._hardware.get(address, neighbour.hardware) != neighbour.hardware:
            self._hardware[address] = b""

    def take_unconfirmed(self) -> list[Flight]:
        """Flights whose next hop did not answer when it was asked: whatever was heard of them is not believed.

        From here on the kernel is given nothing: they are to be sent anew.
        """
        found, self._unconfirmed, self._stopped = self._unconfirmed, [], True
        return found
