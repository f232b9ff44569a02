# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of probes over a network that is a table, with a clock that only waiting moves."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.known import Neighbour
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.run import Run
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.schedule import Decide, Flight, Key
from ansible_collections.netns.lab.plugins.module_utils._model.reachability.expectations import (
    Outcome,
    Probe,
    pairs,
)

TIMEOUT = 4.0
REACHED = Outcome(reachable=True, reason="", rtt_ms=1.0)


@dataclass
class Network:
    """Answers by target.

    :param answers: target -> the attempt of all on which it answers; others never do.
    :param codes: target -> the numbers with which the kernel refuses the first attempts.
    :param most: entries of the neighbour table.
    :param full: how often packets are dropped, from one look to the next.
    """

    answers: dict[str, int] = field(default_factory=dict)
    codes: dict[str, list[int]] = field(default_factory=dict)
    most: int = 1024
    full: list[int] = field(default_factory=list)
    clock: float = 0.0
    sent: list[tuple[float, str]] = field(default_factory=list)
    entries: set[Key] = field(default_factory=set)
    crowd: int = 0
    forgotten: int = 0
    _waiting: list[Flight] = field(default_factory=list)
    _decide: Optional[Decide] = None

    def begin(self, decide: Decide) -> None:
        self._decide = decide

    def now(self) -> float:
        return self.clock

    def wait(self, seconds: float) -> None:
        answered, self._waiting = self._waiting, []
        for flight in answered:
            self._decide(flight, REACHED)
        if not answered:
            self.clock += seconds

    def keys(self, probe: Probe) -> tuple[Key, ...]:
        return ((probe.source, probe.address.encode()),)

    def send(self, flight: Flight) -> OSError | None:
        target = flight.probe.address
        self.sent.append((self.clock, target))
        code = self.codes[target].pop(0) if self.codes.get(target) else 0
        if not code:
            self.entries |= set(flight.keys)
            self.crowd = max(self.crowd, len(self.entries))
            flight.tickets.append(None)
            if self.answers.get(target) == len([each for _at, each in self.sent if each == target]):
                self._waiting.append(flight)
        return OSError(code, os.strerror(code)) if code else None

    def withdraw(self, flight: Flight) -> None:
        flight.tickets.clear()

    def forget(self, flight: Flight) -> None:
        self.forgotten += 1

    def give(self, entries: Mapping[Key, bytes]) -> list[Key]:
        return []

    def remove(self, entries: Mapping[str, Collection[bytes]], asked: bool) -> dict[Key, Neighbour]:
        self.entries -= {(name, address) for name, addresses in entries.items() for address in addresses}
        return {}

    def unresolved(self, name: str) -> set[bytes]:
        return set()

    def free_neighbours(self, six: bool) -> int:
        return self.most - len(self.entries)

    def drops(self) -> int:
        return self.full.pop(0) if self.full else 0


def outcomes(network: Network, *targets: str, room: int = 4096) -> list[Outcome]:
    return Run(network, TIMEOUT, room).outcomes([Probe("red", target, "", "icmp", 0) for target in targets])


def test_what_answers_is_reached_at_once_and_what_does_not_is_sent_again_until_its_time_is_over() -> None:
    network = Network({"near": 1, "slow": 2})
    assert [each.reachable for each in outcomes(network, "near", "slow", "gone")] == [True, True, False]
    assert [at for at, target in network.sent if target == "gone"] == [0, TIMEOUT / 4, TIMEOUT / 2]
    assert [target for _at, target in network.sent].count("near") == 1 and network.clock == TIMEOUT


@pytest.mark.parametrize(
    ("code", "reason", "seconds"),
    [(errno.ENETUNREACH, "network unreachable", 0), (errno.ENOBUFS, "no buffer space available", TIMEOUT)],
)
def test_a_refusal_is_an_answer_but_for_want_of_room(code: int, reason: str, seconds: float) -> None:
    network = Network(codes={"x": [code] * 99})
    assert outcomes(network, "x") == [Outcome(reachable=False, reason=reason, rtt_ms=None)]
    # want of room is tried once more, as if packets had been dropped
    assert network.clock == (2 * seconds)


def test_silence_is_believed_only_if_the_machine_dropped_nothing() -> None:
    assert [each.reachable for each in outcomes(Network({"x": 4}, full=[0, 1, 1]), "x")] == [True]
    assert [each.reachable for each in outcomes(Network({"x": 4}), "x")] == [False]


def test_many_probes_share_a_small_neighbour_table() -> None:
    targets = [f"10.0.{number // 250}.{number % 250}" for number in range(500)]
    network = Network(dict.fromkeys(targets, 1), most=40)
    assert all(each.reachable for each in outcomes(network, *targets))
    assert network.crowd <= 40 and network.forgotten == 500


def test_a_run_that_breaks_off_forgets_what_is_under_way() -> None:
    class Broken(Network):
        def wait(self, seconds: float) -> None:
            raise KeyboardInterrupt

    network = Broken()
    with pytest.raises(KeyboardInterrupt):
        outcomes(network, "a", "b")
    assert network.forgotten == 2


# -- neighbours of a mesh ---------------------------------------------------------------------------------------------

NAMES = [f"n{number:03}" for number in range(300)]
FAR, BACK = ("n050", b"n090"), ("n090", b"n050")


@dataclass
class Link(Network):
    """A link that all namespaces are on; the name of each is its address.

    :param slow: how often a neighbour that is asked by unicast has to be looked at until it has answered.
    :param deaf: entries that are never resolved: the neighbour does not hear that namespace's ARP.
    :param silent: entries whose neighbour answers ARP, and no probe.
    :param hardware: link-layer addresses that are not made of the name.
    """

    slow: int = 0
    deaf: set[Key] = field(default_factory=set)
    silent: set[Key] = field(default_factory=set)
    hardware: dict[Key, bytes] = field(default_factory=dict)
    #: how often each neighbour was asked for by broadcast
    broadcasts: dict[Key, int] = field(default_factory=dict)
    #: entries that the kernel was given, with how often they were looked at, and all that it ever was given
    given: dict[Key, int] = field(default_factory=dict)
    ever: set[Key] = field(default_factory=set)
    asked_by_itself: set[Key] = field(default_factory=set)

    def keys(self, probe: Probe) -> tuple[Key, ...]:
        return (probe.source, probe.address.encode()), (probe.address, probe.source.encode())

    def send(self, flight: Flight) -> OSError | None:
        self.sent.append((self.clock, flight.probe.address))
        there, back = flight.keys
        if there not in self.entries:
            self.broadcasts[there] = self.broadcasts.get(there, 0) + 1
            if there in self.deaf:
                return None
            self.entries |= {there, back}
            self.asked_by_itself.add(there)
        if there not in self.silent:
            self._waiting.append(flight)
        return None

    def give(self, entries: Mapping[Key, bytes]) -> list[Key]:
        self.ever |= entries.keys()
        self.entries |= entries.keys()
        self.given.update(dict.fromkeys(entries, 0))
        return list(entries)

    def remove(self, entries: Mapping[str, Collection[bytes]], asked: bool) -> dict[Key, Neighbour]:
        found = {}
        for key in {(name, address) for name, addresses in entries.items() for address in addresses} & self.entries:
            looks = self.given.get(key, self.slow)
            stays = looks < self.slow and not asked
            answered = key in self.asked_by_itself or (key in self.given and looks >= self.slow)
            found[key] = Neighbour(self.hardware.get(key, key[1]), answered and key not in self.deaf, stays)
            if stays:
                self.given[key] += 1
            else:
                self.entries.discard(key)
                self.asked_by_itself.discard(key)
                self.given.pop(key, None)
        return found


def unreachable(network: Link, count: int) -> list[Key]:
    """Those of a mesh that are not reached."""
    asked = [Probe(one, other, "", "icmp", 0) for pair in pairs(NAMES[:count]) for one, other in (pair, pair[::-1])]
    found = Run(network, TIMEOUT, 4096).outcomes(asked)
    assert not network.entries or network.deaf or network.silent
    return [
        (probe.source, probe.address.encode()) for probe, each in zip(asked, found, strict=True) if not each.reachable
    ]


@pytest.mark.parametrize("slow", [0, 3])
def test_in_a_mesh_each_asks_by_broadcast_and_is_asked_for_and_then_no_more(slow: int) -> None:
    asked = {}
    for count in (50, 300):
        network = Link(slow=slow)
        assert unreachable(network, count) == []
        assert len(network.sent) == count * (count - 1)
        asked[count] = sum(network.broadcasts.values())
        names = set(NAMES[:count])
        assert {name for name, _address in network.broadcasts} == names
        assert {address.decode() for _name, address in network.broadcasts} == names
    # those of the first turn, and those that nobody had asked for by then
    assert asked[50] < asked[300] < 600


def test_an_answer_is_not_believed_where_the_next_hop_does_not_answer() -> None:
    network = Link(deaf={FAR})
    assert unreachable(network, 100) == [FAR]
    assert FAR in network.ever
    assert network.broadcasts[FAR] == 3  # as often as any that does not answer
    assert BACK not in network.broadcasts


def test_of_what_is_unreachable_the_kernel_has_asked_for_the_neighbour_itself() -> None:
    network = Link(silent={FAR})
    assert unreachable(network, 100) == [FAR]
    assert FAR in network.ever
    assert network.broadcasts[FAR] == 1


def test_an_address_that_two_neighbours_have_is_not_given() -> None:
    network = Link(hardware={("n003", b"n002"): b"another"})
    assert unreachable(network, 100) == []
    assert {address for _name, address in network.ever} == {name.encode() for name in NAMES[:100]} - {b"n002"}


def test_a_pair_that_hears_nothing_of_each_other_takes_its_time_once() -> None:
    network = Link(deaf={FAR}, silent={FAR})
    assert unreachable(network, 100) == [FAR]
    assert network.clock < 2 * TIMEOUT
