# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Masquerades and port forwards that no packet could ever meet, or that nft could not be told, are refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import port_ranges
from ansible_collections.netns.lab.plugins.module_utils._model.lab.port_ranges import Claim, Run
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse
from hypothesis import given
from hypothesis import strategies as st


def masquerade(**entry: Any) -> Any:
    return parse({"masquerades": [entry]})["masquerades"][0]


def forward(to: str, **entry: Any) -> Any:
    return parse({"port_forwards": [{"protocol": "tcp", "port": "80", "to": to, **entry}]})["port_forwards"][0]


@pytest.mark.parametrize(
    ("entry", "source", "exclude"),
    [
        ({"out_interface": "wan"}, "0.0.0.0/0", ()),
        ({"out_interface": "wan", "source": "0.0.0.0/0"}, "0.0.0.0/0", ()),
        ({"out_interface": "wan", "source": "::/0"}, "::/0", ()),
        ({"out_interface": "wan", "source": "0.0.0.0/0", "exclude": ["10.0.0.0/8"]}, "0.0.0.0/0", ("10.0.0.0/8",)),
        ({"source": "10.1.0.0/24", "exclude": ["10.1.0.0/16"]}, "10.1.0.0/24", ("10.1.0.0/16",)),
    ],
)
def test_a_source_of_everything_is_not_its_own_exception(entry: Any, source: str, exclude: tuple[str, ...]) -> None:
    found = masquerade(**entry)
    assert (found.source, found.exclude) == (source, exclude)


@pytest.mark.parametrize(
    ("entry", "option", "word"),
    [
        ({}, "source", "out_interface"),
        ({"source": "0.0.0.0/0"}, "source", "everything"),
        ({"source": "::/0"}, "source", "everything"),
        ({"source": "224.0.0.0/4", "out_interface": "wan"}, "source", "has such a source"),
        ({"source": "239.1.0.0/16"}, "source", "has such a source"),
        ({"source": "127.0.0.0/8"}, "source", "has such a source"),
        ({"source": "255.255.255.255"}, "source", "has such a source"),
        ({"source": "fe80::/64"}, "source", "has such a source"),
        ({"source": "::1"}, "source", "has such a source"),
        ({"source": "::ffff:0:0/96"}, "source", "has such a source"),
        ({"source": "10.0.0.0/8", "exclude": ["0.0.0.0/0"]}, "exclude", "[Nn]othing would be"),
        ({"source": "10.0.0.0/8", "exclude": ["128.0.0.0/1", "0.0.0.0/1"]}, "exclude", "[Nn]othing would be"),
        (
            {"source": "10.0.0.0/8", "exclude": ["0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3"]},
            "exclude",
            "[Nn]othing would be",
        ),
        ({"source": "fd00::/8", "exclude": ["::/0"]}, "exclude", "[Nn]othing would be"),
    ],
)
def test_a_masquerade_that_never_translates_is_refused(entry: Any, option: str, word: str) -> None:
    with pytest.raises(InvalidArgument, match=word) as caught:
        masquerade(**entry)
    assert caught.value.obj == f"masquerades[0].{option}"


@pytest.mark.parametrize("name", ["eth0", "eth*", "a\\*", "e*h", "@set", "$x", "{x}", "drop", "ü#;", "a'b", "x,y"])
def test_a_way_out_that_nft_can_be_told(name: str) -> None:
    assert masquerade(source="10.0.0.0/8", out_interface=name).out_interface == name


@pytest.mark.parametrize(
    "name", ['a"b', 'a"drop#', '"', "a\\b", "\\", "a\\\\*", "*", "a\tb", "a\x01", "a b", "a\nb", "x" * 16]
)
def test_a_way_out_that_nft_cannot_be_told_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        masquerade(source="10.0.0.0/8", out_interface=name)
    assert caught.value.obj == "masquerades[0].out_interface"


@pytest.mark.parametrize(
    ("to", "word"),
    [
        ("127.0.0.1:80", "loopback"),
        ("127.9.9.9", "loopback"),
        ("[::1]:80", "loopback"),
        ("255.255.255.255", "broadcast"),
        ("0.0.0.0:80", "A host cannot"),
        ("224.0.0.1", "A host cannot"),
        ("::", "A host cannot"),
        ("ff02::1", "A host cannot"),
        ("::ffff:10.0.0.1", "write 10.0.0.1"),
        ("[fe80::1]:80", "link-local address"),
        ("fe80::1", "link-local address"),
        ("fd00::1:80", r"\[fd00::1:80\], or \[fd00::1\]:80 if 80 is the port"),
        ("2001:db8::8080:443", r"\[2001:db8::8080\]:443"),
    ],
)
def test_a_forward_to_where_no_packet_gets_is_refused(to: str, word: str) -> None:
    with pytest.raises(InvalidArgument, match=word) as caught:
        forward(to)
    assert caught.value.obj == "port_forwards[0].to"


@pytest.mark.parametrize("listen", ["127.0.0.1", "255.255.255.255", "0.0.0.0", "224.0.0.1"])
def test_a_forward_at_where_no_packet_gets_is_refused(listen: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        forward("10.0.0.1", listen=["10.0.0.9", listen])
    assert caught.value.obj == "port_forwards[0].listen[1]"


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("[fd00::1:80]", ("fd00::1:80", 80)),
        ("[fd00::1]:81", ("fd00::1", 81)),
        ("fd00::80", ("fd00::80", 80)),
        ("fd00::1:a", ("fd00::1:a", 80)),
        ("1:2:3:4:5:6:7:8", ("1:2:3:4:5:6:7:8", 80)),
        ("169.254.0.1:81", ("169.254.0.1", 81)),
    ],
)
def test_a_target_that_can_be_read_one_way_only(to: str, found: tuple[str, int]) -> None:
    read = forward(to)
    assert (read.to, read.to_port) == found


@pytest.mark.parametrize(
    ("one", "other", "option"),
    [
        ({"port": "80-90"}, {"port": "85"}, "port"),
        ({"port": "85"}, {"port": "80-90"}, "port"),
        ({"port": "1-65535"}, {"port": "65535"}, "port"),
        ({"port": "80", "listen": ["10.0.0.9"]}, {"port": "70-80", "listen": ["10.0.0.8", "10.0.0.9"]}, "port"),
        ({"port": "1"}, {"port": "80", "listen": ["10.0.0.9", "10.0.0.9"]}, "listen"),
    ],
)
def test_a_port_that_two_entries_name_is_refused(one: Any, other: Any, option: str) -> None:
    entries = [{"protocol": "tcp", "to": "10.0.0.1", **entry} for entry in (one, other)]
    with pytest.raises(InvalidArgument) as caught:
        parse({"port_forwards": entries})
    assert caught.value.obj == f"port_forwards[1].{option}"
    parse({"port_forwards": [entries[0], {**entries[1], "protocol": "udp", "listen": []}]})


_RUNS = st.lists(
    st.tuples(st.integers(1, 40), st.integers(0, 8)).map(lambda run: (run[0], run[0] + run[1])), max_size=8
)


def _ports(runs: list[Run]) -> set[int]:
    return {port for first, last in runs for port in range(first, last + 1)}


@given(_RUNS, _RUNS)
def test_runs_are_sets_of_ports_with_few_members(one: list[Run], other: list[Run]) -> None:
    assert _ports(port_ranges.merged(one)) == _ports(one)
    assert _ports(port_ranges.without(one, other)) == _ports(one) - _ports(other)
    for found in (port_ranges.merged(one), port_ranges.without(one, other)):
        assert all(found[at][1] + 1 < found[at + 1][0] for at in range(len(found) - 1))


@given(_RUNS, _RUNS)
def test_claims_meet_where_they_share_a_port(one: list[Run], other: list[Run]) -> None:
    ours, theirs = ([Claim(("a",), *run, number) for number, run in enumerate(runs)] for runs in (one, other))
    met = [*port_ranges.meeting(ours, theirs)]
    assert bool(met) == bool(_ports(one) & _ports(other))
    assert all(
        mine in ours and other in theirs and mine.first <= other.last and other.first <= mine.last
        for mine, other in met
    )
    assert bool([*port_ranges.overlapping(ours)]) == (sum(last - first + 1 for first, last in one) > len(_ports(one)))
    assert not [*port_ranges.meeting(ours, [claim._replace(group=("b",)) for claim in theirs])]
