# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When probes are sent again and given up, how neighbour entries are shared, how long a reply took, why none came."""

from __future__ import annotations

import errno
import os
import socket
import struct
import time

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability import reasons
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.schedule import (
    RETRIES,
    Flight,
    Shares,
    Timeline,
)
from ansible_collections.netns.lab.plugins.module_utils._kernel.reachability import clock
from ansible_collections.netns.lab.plugins.module_utils._model.reachability.expectations import Outcome, Probe
from hypothesis import given
from hypothesis import strategies as st

PROBE = Probe("red", "10.0.0.1", "", "icmp", 0)
GOOD = Outcome(reachable=True, reason="", rtt_ms=0.1)


def flight(index: int = 0, *keys: tuple[str, bytes]) -> Flight:
    """A flight with its neighbour entries."""
    return Flight(index, PROBE, keys)


def test_a_flight_is_sent_again_twice_and_then_given_up() -> None:
    timeline, one = Timeline(4.0), flight()
    assert timeline.next() is None
    timeline.start(one, 100.0)
    assert timeline.next() == 101.0
    assert timeline.retries(100.9) == []
    assert timeline.retries(101.0) == [one]
    assert timeline.next() == 102.0
    assert timeline.retries(101.9) == []
    assert timeline.retries(102.0) == [one]
    assert timeline.retries(103.9) == timeline.expired(103.9) == []
    assert timeline.next() == 104.0
    assert timeline.expired(104.0) == [one]
    assert timeline.next() is None


def test_a_decided_flight_has_no_deadlines() -> None:
    timeline, one, other = Timeline(4.0), flight(0), flight(1)
    timeline.start(one, 0.0)
    timeline.start(other, 1.0)
    one.outcome = GOOD
    assert timeline.next() == 2.0
    assert timeline.retries(100.0) == [other]
    assert timeline.expired(100.0) == [other]


@given(st.lists(st.floats(0, 10), max_size=30), st.lists(st.floats(0, 20), max_size=30))
def test_every_deadline_comes_once_and_not_too_early(starts: list[float], looks: list[float]) -> None:
    timeline = Timeline(4.0)
    flights = [flight(index) for index in range(len(starts))]
    for each, start in zip(flights, sorted(starts), strict=True):
        timeline.start(each, start)
    again = dict.fromkeys(flights, 0)
    ended: list[Flight] = []
    for now in [*sorted(looks), 100.0]:
        due = timeline.next()
        retries, expired = timeline.retries(now), timeline.expired(now)
        if retries or expired:
            assert due is not None
            assert due <= now
        for each in retries:
            assert now - each.started >= 4.0 * RETRIES[0] - 1e-9
            again[each] += 1
        for each in expired:
            assert now - each.started >= 4.0 - 1e-9
        ended += expired
    assert sorted(each.index for each in ended) == list(range(len(flights)))
    assert all(1 <= count <= len(RETRIES) for count in again.values())


A, B, C = ("red", b"a"), ("blue", b"b"), ("red", b"c")


def test_two_directions_of_a_pair_share_their_entries() -> None:
    shares = Shares(2)
    there, back, third = flight(0, A, B), flight(1, B, A), flight(2, C)
    assert shares.take(there) == [A, B]
    assert shares.take(back) == []
    assert len(shares) == 2
    assert shares.users(A) == [there, back]
    assert shares.take(third) is None
    shares.give_back(there)
    assert shares.idle_count == 0
    assert shares.idle() == {}
    shares.give_back(back)
    assert shares.idle() == {"red": {b"a"}, "blue": {b"b"}}
    assert shares.idle_count == 2
    shares.forget([A, B])
    assert len(shares) == shares.idle_count == 0


def test_a_lone_flight_always_goes_and_one_without_neighbours_too() -> None:
    shares = Shares(0)
    assert shares.take(flight(0, A, B)) == [A, B]
    assert shares.take(flight(1, C)) is None
    assert shares.take(flight(2)) == []


def test_an_entry_that_is_used_again_is_not_forgotten() -> None:
    shares = Shares(5)
    one, other = flight(0, A), flight(1, A)
    shares.take(one)
    shares.give_back(one)
    shares.take(other)
    assert shares.idle_count == 0
    shares.forget([A])
    assert len(shares) == 1
    assert shares.users(A) == [other]


_keys = st.lists(st.sampled_from([(name, bytes([number])) for name in "abc" for number in range(4)]), max_size=3)


@given(st.integers(0, 8), st.lists(st.tuples(_keys, st.integers(0, 3)), max_size=60))
def test_shares_never_lose_count(budget: int, steps: list[tuple[list[tuple[str, bytes]], int]]) -> None:
    shares = Shares(budget)
    flying: list[Flight] = []
    for index, (keys, ends) in enumerate(steps):
        one = flight(index, *dict.fromkeys(keys))
        held = len(shares)
        if shares.take(one) is not None:
            flying.append(one)
            assert len(shares) <= max(budget, held) or len(flying) == 1
        for _end in range(min(ends, len(flying))):
            shares.give_back(flying.pop(0))
        used = {key for each in flying for key in each.keys}
        idle = {(name, address) for name, addresses in shares.idle().items() for address in addresses}
        assert not used & idle
        assert len(idle) == shares.idle_count
        assert len(shares) == len(used) + len(idle)
        if ends == 3:
            shares.forget([*idle, *used, ("x", b"")])
            assert len(shares) == len(used)
            assert shares.idle_count == 0


def test_only_what_was_not_heard_of_is_tried_again() -> None:
    one = flight()
    assert not one.silent()
    for outcome, silent in (
        (GOOD, False),
        (Outcome(False, reasons.NO_REPLY, None), True),
        (Outcome(False, "refused", None), False),
    ):
        one.outcome = outcome
        assert one.silent() is silent


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (errno.ENETUNREACH, "network unreachable"),
        (errno.EHOSTUNREACH, "host unreachable"),
        (errno.EACCES, "prohibited"),
        (errno.EPERM, "prohibited"),
        (errno.ECONNREFUSED, "refused"),
        (errno.EPIPE, "broken pipe"),
    ],
)
def test_reasons_of_errors(code: int, text: str) -> None:
    assert reasons.of_error(OSError(code, os.strerror(code))) == text


@pytest.mark.parametrize(
    ("six", "kind", "code", "text"),
    [
        (False, 3, 0, "network unreachable"),
        (False, 3, 1, "host unreachable"),
        (False, 3, 3, "port unreachable"),
        (False, 3, 13, "prohibited"),
        (False, 3, 15, "host unreachable"),
        (False, 11, 0, "hop limit exceeded"),
        (False, 12, 0, ""),
        (True, 1, 0, "network unreachable"),
        (True, 1, 1, "prohibited"),
        (True, 1, 3, "host unreachable"),
        (True, 1, 4, "port unreachable"),
        (True, 2, 0, "packet too big"),
        (True, 3, 0, "hop limit exceeded"),
        (True, 4, 0, ""),
    ],
)
def test_reasons_of_icmp(six: bool, kind: int, code: int, text: str) -> None:
    assert reasons.of_icmp(six, kind, code) == text


def test_a_reply_is_timed_when_the_kernel_had_it() -> None:
    sent = 1_700_000_000_999_000_000
    stamp = (socket.SOL_SOCKET, 35, struct.pack("@ll", 1_700_000_001, 500_000))
    assert clock.since(sent, [(socket.IPPROTO_IP, 8, b""), stamp]) == 1.5
    assert clock.since(sent + 5_000_000, [stamp]) == 0.001
    assert 2000 <= clock.since(time.time_ns() - 2_000_000_000, []) < 60000


def test_the_kernel_gives_the_stamp_and_the_time_of_a_handshake() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        clock.stamp(receiver)
        sent = time.time_ns()
        receiver.sendto(b"x", receiver.getsockname())
        _data, control, _flags, _peer = receiver.recvmsg(1, clock.CONTROL)
        assert len(control) == 1
        assert clock.since(sent, control) == clock.since(sent, control)  # read twice, at two times
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        sent = time.time_ns() - 10**12
        assert clock.handshake(client, sent) < 10**6
