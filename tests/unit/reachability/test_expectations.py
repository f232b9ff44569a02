# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expectations, the mesh, the verdict and its tables, without a kernel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import Record
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.check import check, mesh_of
from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.matrix import WHOLE, Cell, compact, rows
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.reachability import expectations as model
from ansible_collections.netns.lab.plugins.module_utils._model.reachability.expectations import (
    EXPECTATION,
    Listen,
    Mesh,
    Outcome,
    Probe,
)
from hypothesis import given
from hypothesis import strategies as st

NAMES = {"red", "blue"}

Entry = dict[str, Any]


def parse_one(names: Iterable[str] = tuple(NAMES), **entry: Any) -> model.Expectation:
    """Read a single entry."""
    (found,) = model.parse([{"from": entry.pop("source", None), **entry}], set(names))
    return found


class Network:
    """A prober that knows the answers: what is reachable is a set of (source, address, protocol, port)."""

    def __init__(self, addresses: dict[str, list[str]], reachable: Iterable[tuple[str, str, str, int]] = ()) -> None:
        self._addresses, self._reachable = addresses, set(reachable)
        self.runs: list[tuple[list[Probe], list[Listen], float]] = []

    def names(self) -> set[str]:
        return set(self._addresses) - {""}

    def addresses(self, names: Iterable[str]) -> dict[str, list[str]]:
        return {name: self._addresses[name] for name in names}

    def run(self, probes: Sequence[Probe], listeners: Iterable[Listen], timeout: float) -> list[Outcome]:
        self.runs.append((list(probes), list(listeners), timeout))
        return [
            Outcome(True, "", 0.1)
            if (probe.source, probe.address, probe.protocol, probe.port) in self._reachable
            else Outcome(False, "no reply", None)
            for probe in probes
        ]


def test_the_mesh_of_a_lab_is_its_namespaces_in_their_order() -> None:
    records = [Record("other"), Record("lab", definition={"namespaces": [{"name": "red"}, {"name": "blue"}]})]
    assert mesh_of("lab", records) == Mesh("lab", ("red", "blue")) and mesh_of("other", records).names == ()
    with pytest.raises(InvalidArgument, match=r"'lap'.*Labs here: lab\."):
        mesh_of("lap", records)


# -- entries ----------------------------------------------------------------------------------------------------------


def test_defaults() -> None:
    found = parse_one(to="blue")
    assert (found.source, found.target, found.address, found.protocol, found.port) == ("", "blue", None, "icmp", 0)
    assert (found.reachable, found.why, found.listen, found.where) == (True, "", None, "expectations[0]")


@pytest.mark.parametrize(
    ("names", "source", "label"),
    [(NAMES, "host", "host"), (NAMES, None, "host"), ({"host"}, None, "(host)"), ({"host"}, "host", "host")],
)
def test_the_host_unless_a_namespace_is_named_so(names: set[str], source: str | None, label: str) -> None:
    found = parse_one(names, source=source, to="192.0.2.1")
    assert model.label(found.source, names) == label


@pytest.mark.parametrize(
    ("to", "target", "address", "dev"),
    [
        ("blue", "blue", None, ""),
        ("host", "", None, ""),
        ("192.168.15.2", None, "192.168.15.2", ""),
        ("FD00:0::0002", None, "fd00::2", ""),
        ("fe80::1%eth0", None, "fe80::1", "eth0"),
    ],
)
def test_targets(to: str, target: str | None, address: str | None, dev: str) -> None:
    found = parse_one(to=to)
    assert (found.target, found.address, found.dev) == (target, address, dev)


@pytest.mark.parametrize(
    ("entry", "where", "text"),
    [
        ({"to": "green"}, "to", "Namespaces here: blue, red"),
        ({"to": "192.168.15.2/24"}, "to", "Omit the prefix length"),
        ({"to": "192.168.15"}, "to", "an address or a namespace"),
        ({"to": ""}, "to", "an address or a namespace"),
        ({"to": "0.0.0.0"}, "to", "one host"),
        ({"to": "224.0.0.1"}, "to", "one host"),
        ({"to": "255.255.255.255"}, "to", "one host"),
        ({"to": "ff02::1"}, "to", "one host"),
        ({"to": "fe80::1"}, "to", "fe80::1%eth0"),
        ({"to": "fd00::1%eth0"}, "to", "write fd00::1"),
        ({"to": "fe80::1%a name"}, "to", "white space"),
        ({"to": "blue", "source": "green"}, "from", "Namespaces here: blue, red"),
        ({}, "to", "required"),
        ({"to": "blue", "protocol": "sctp"}, "protocol", "icmp, tcp, udp"),
        ({"to": "blue", "port": 80}, "port", "icmp has no ports"),
        ({"to": "blue", "listen": {}}, "listen", "icmp has no ports"),
        ({"to": "blue", "protocol": "tcp"}, "port", "the tcp port"),
        ({"to": "blue", "protocol": "udp", "port": 0}, "port", "from 1 to 65535"),
        ({"to": "blue", "protocol": "udp", "port": 65536}, "port", "from 1 to 65535"),
        ({"to": "blue", "expect": "maybe"}, "expect", "reachable, unreachable"),
        ({"to": "blue", "colour": "red"}, "colour", "a known option"),
        ({"to": "192.0.2.1", "protocol": "tcp", "port": 80, "listen": {}}, "listen.netns", "Give the namespace"),
        ({"to": "blue", "protocol": "tcp", "port": 80, "listen": {"netns": "x"}}, "listen.netns", "blue, red"),
        ({"to": "blue", "protocol": "tcp", "port": 80, "listen": {"port": -1}}, "listen.port", "from 1 to 65535"),
        ({"to": "blue", "protocol": "tcp", "port": 80, "listen": {"host": "x"}}, "listen.host", "a known option"),
    ],
)
def test_bad_entries_each_have_their_message(entry: Entry, where: str, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_one(**entry)
    assert caught.value.obj == f"expectations[0].{where}"
    assert text in str(caught.value)


def test_names_are_listed_only_up_to_a_point() -> None:
    with pytest.raises(InvalidArgument, match="and 80 more"):
        parse_one([f"n{index}" for index in range(100)], to="green")


def test_where_the_server_is() -> None:
    asked = {"protocol": "tcp", "port": 80}
    assert parse_one(to="blue", **asked, listen={}).listen == Listen("blue", "tcp", 80)
    assert parse_one(to="host", **asked, listen={"netns": None, "port": None}).listen == Listen("", "tcp", 80)
    assert parse_one(to="192.0.2.1", **asked, listen={"netns": "red", "port": 81}).listen == Listen("red", "tcp", 81)
    assert parse_one(to="red", **asked, listen={"netns": "host"}).listen == Listen("", "tcp", 80)


def test_a_contradiction_names_both_entries() -> None:
    pair = {"from": "red", "to": "blue"}
    assert len(model.parse([pair, pair], NAMES)) == 2
    with pytest.raises(
        InvalidArgument, match=r"expectations\[1\]\.expect: expected reachable, as expectations\[0\] says"
    ):
        model.parse([pair, {**pair, "expect": "unreachable"}], NAMES)
    served = {**pair, "protocol": "tcp", "port": 80, "listen": {}}
    assert model.parse([served, {**served, "listen": None, "expect": "unreachable"}], NAMES)


@pytest.mark.parametrize("value", [0.0, 0.009, 60.1, -1.0, float("nan"), float("inf")])
def test_bad_timeouts(value: float) -> None:
    with pytest.raises(InvalidArgument):
        model.timeout(value)
    with pytest.raises(InvalidArgument):
        check([{"to": "red"}], None, value, Network({"": [], "red": []}))


_texts = st.one_of(st.none(), st.sampled_from(["red", "blue", "host", "10.0.0.1", "fd00::1", "fe80::1%x"]), st.text())
_numbers = st.one_of(st.none(), st.integers(-1, 70000))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "from": _texts,
            "to": _texts,
            "protocol": st.sampled_from(["icmp", "tcp", "udp", None]),
            "port": _numbers,
            "expect": st.sampled_from(["reachable", "unreachable", None]),
            "listen": st.one_of(st.none(), st.fixed_dictionaries({}, optional={"netns": _texts, "port": _numbers})),
            "why": st.one_of(st.none(), st.text()),
        },
    )
)
def test_an_entry_is_good_or_refused(entry: Entry) -> None:
    try:
        (found,) = model.parse([entry], NAMES)
    except InvalidArgument as error:
        option = error.obj.split(".")[1]
        assert option in EXPECTATION
        return
    assert found.source in {"", *NAMES}
    assert (found.target is None) != (found.address is None)
    assert found.target is None or found.target in {"", *NAMES}
    assert (found.protocol == "icmp") == (found.port == 0)
    assert found.listen is None or (found.listen.netns in {"", *NAMES} and found.listen.protocol == found.protocol)


# -- the mesh ---------------------------------------------------------------------------------------------------------


@given(st.integers(2, 60))
def test_in_a_mesh_everybody_meets_everybody_once_and_the_next_one_first(count: int) -> None:
    names = [f"n{index}" for index in range(count)]
    met = model.pairs(names)
    assert {name for pair in met[:count] for name in pair} == set(names)
    assert len({frozenset(pair) for pair in met}) == len(met) == count * (count - 1) // 2


def test_few_of_a_large_mesh_are_busy_at_a_time() -> None:
    met = model.pairs([f"n{index}" for index in range(300)])[300:]
    for start in range(0, len(met), 200):
        assert len({name for pair in met[start : start + 200] for name in pair}) <= 64


def test_a_mesh_is_every_ordered_pair_with_both_directions_together() -> None:
    names = ("red", "blue", "green")
    pairs = [(item.source, item.target) for item in model.mesh(Mesh("lab", names), names)]
    assert sorted(pairs) == sorted((one, other) for one in names for other in names if one != other)
    assert all(pairs[index] == pairs[index + 1][::-1] for index in range(0, len(pairs), 2))


@pytest.mark.parametrize(
    ("names", "text"),
    [((), "two or more namespaces; found none in lab x"), (("red",), "found 1 in"), (("red", "green"), "no green")],
)
def test_a_mesh_that_cannot_be(names: tuple[str, ...], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        model.mesh(Mesh("x", names), NAMES)


# -- which addresses are probed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("here", "there", "probed"),
    [
        (["10.0.0.1/24"], ["10.0.0.2/24"], ["10.0.0.2"]),
        (["10.0.0.1/24"], ["10.9.0.2/24", "10.0.0.2/24"], ["10.0.0.2"]),
        (["10.0.0.1/24"], ["10.9.0.2/24", "10.8.0.2/24"], ["10.9.0.2"]),
        (["10.0.0.1/24", "fd00::1/64"], ["fd01::2/64", "10.0.0.2/24", "fd00::2/64"], ["10.0.0.2", "fd00::2"]),
        (["10.0.0.1/24"], ["10.0.0.2/24", "fd00::2/64"], ["10.0.0.2"]),
        (["10.0.0.1/24"], ["fd00::2/64"], ["fd00::2"]),
        ([], ["10.0.0.2/24", "fd00::2/64"], ["10.0.0.2", "fd00::2"]),
        (["10.0.0.1/24"], [], []),
    ],
)
def test_the_addresses_of_a_namespace(here: list[str], there: list[str], probed: list[str]) -> None:
    network = Network({"": [], "red": here, "blue": there})
    report = check([{"from": "red", "to": "blue"}], None, 1.0, network)
    assert [probe.address for probes, _listeners, _timeout in network.runs for probe in probes] == probed
    assert [row.address for row in report.rows] == (probed or [""])
    if not probed:
        assert report.rows[0].outcome.reason == "no address"


# -- the verdict ------------------------------------------------------------------------------------------------------

TWO = {"": ["10.0.0.5/24"], "red": ["10.0.0.1/24"], "blue": ["10.0.0.2/24"]}


def test_servers_are_not_there_for_those_that_did_not_ask() -> None:
    network = Network(TWO)
    tcp = {"from": "red", "to": "blue", "protocol": "tcp"}
    entries = [
        {**tcp, "port": 80, "listen": {"port": 81}},
        {**tcp, "port": 80, "expect": "unreachable"},
        {"from": "red", "to": "10.0.0.2", "protocol": "udp", "port": 53, "listen": {"netns": "host"}},
    ]
    report = check(entries, None, 0.5, network)
    assert network.runs == [
        ([Probe("red", "10.0.0.2", "", "tcp", 80)], [], 0.5),
        (
            [Probe("red", "10.0.0.2", "", "tcp", 80), Probe("red", "10.0.0.2", "", "udp", 53)],
            [Listen("", "udp", 53), Listen("blue", "tcp", 81)],
            0.5,
        ),
    ]
    assert [row.item.where for row in report.rows] == [f"expectations[{index}]" for index in range(3)]


def test_a_report_with_differences() -> None:
    network = Network(TWO, [("red", "10.0.0.2", "icmp", 0), ("", "10.0.0.1", "tcp", 80)])
    entries = [
        {"from": "red", "to": "blue", "why": "one switch"},
        {"to": "red", "protocol": "tcp", "port": 80, "expect": "unreachable", "why": "nobody serves"},
        {"from": "blue", "to": "10.0.0.9"},
        {"from": "blue", "to": "10.0.0.8", "expect": "unreachable"},
    ]
    report = check(entries, None, 1.0, network)
    found = report.as_dict()
    assert "mesh" not in found
    json.dumps(found)
    assert (found["passed"], found["differing"]) == (2, 2)
    assert found["matrix"][1] == {
        "from": "host",
        "to": "red",
        "address": "10.0.0.1",
        "protocol": "tcp",
        "port": 80,
        "expect": "unreachable",
        "result": "reachable",
        "reason": "",
        "rtt_ms": 0.1,
    }
    assert found["differences"] == [
        "host -> red (10.0.0.1) tcp/80: expected unreachable, found reachable: nobody serves",
        "blue -> 10.0.0.9 icmp: expected reachable, found unreachable (no reply)",
    ]
    assert found["table"] == [
        "      from  to               protocol  found                                       why",
        "ok    red   blue (10.0.0.2)  icmp      reachable                                   one switch",
        "FAIL  host  red (10.0.0.1)   tcp/80    reachable, expected unreachable             nobody serves",
        "FAIL  blue  10.0.0.9         icmp      unreachable (no reply), expected reachable",
        "ok    blue  10.0.0.8         icmp      unreachable (no reply)",
    ]
    error = report.error()
    assert error is not None
    assert error.kind == "Verification"
    assert "expected all 4 pairs as described; found 2 different: " + "; ".join(found["differences"]) in str(error)


def test_a_report_without_differences() -> None:
    network = Network(TWO, [("red", "10.0.0.2", "icmp", 0)])
    assert check([{"from": "red", "to": "blue"}], None, 1.0, network).error() is None


def test_a_long_failure_is_cut_in_the_message_only() -> None:
    report = check([{"to": f"10.1.0.{index}"} for index in range(1, 31)], None, 1.0, Network(TWO))
    assert str(report.error()).count(" -> ") == 20
    assert "and 10 more" in str(report.error())
    assert len(report.as_dict()["differences"]) == 30


def test_a_mesh_is_reported_by_the_order_of_its_names() -> None:
    names = ("c", "a", "b")
    addresses = {"": [], **{name: [f"10.0.0.{index}/24"] for index, name in enumerate(names, 1)}}
    good = [("a", "10.0.0.1", "icmp", 0), ("b", "10.0.0.1", "icmp", 0), ("c", "10.0.0.2", "icmp", 0)]
    report = check([], Mesh("abc", names), 1.0, Network(addresses, good))
    found = report.as_dict()
    assert [(row.source, row.to) for row in report.meshed] == [
        ("c", "a"),
        ("c", "b"),
        ("a", "c"),
        ("a", "b"),
        ("b", "c"),
        ("b", "a"),
    ]
    silent = "unreachable (no reply)"
    assert found["mesh"] == {
        "c": {"a": "reachable", "b": silent},
        "a": {"c": "reachable", "b": silent},
        "b": {"c": "reachable", "a": silent},
    }
    assert [list(targets) for targets in found["mesh"].values()] == [["a", "b"], ["c", "b"], ["c", "a"]]
    assert [(entry["from"], entry["to"]) for entry in found["matrix"]] == [("c", "b"), ("a", "b"), ("b", "a")]
    assert (found["passed"], found["differing"]) == (3, 3)
    assert report.table() == [
        "     123",
        "1 c  .+x",
        "2 a  +.x",
        "3 b  +x.",
        "3 of 6 reachable (+ reachable, x not reachable)",
    ]
    assert "reachability of lab abc: expected all 6 pairs" in str(report.error())


def test_a_mesh_is_told_by_family() -> None:
    addresses = {"": [], "a": ["10.0.0.1/24", "fd00::1/64"], "b": ["10.0.0.2/24", "fd00::2/64"]}
    four, six = ("a", "10.0.0.2", "icmp", 0), ("a", "fd00::2", "icmp", 0)
    for good, word in (
        ({four, six}, "reachable"),
        ({four}, "unreachable by IPv6 (no reply)"),
        ({six}, "unreachable by IPv4 (no reply)"),
        (set(), "unreachable (no reply)"),
    ):
        report = check([], Mesh("ab", ("a", "b")), 1.0, Network(addresses, good))
        assert report.pairs()["a"]["b"] == word
        assert report.as_dict()["passed"] == len(good)


def test_nothing_asked_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="neither"):
        check([], None, 1.0, Network(TWO))


def test_bad_input_is_found_before_any_packet() -> None:
    network = Network(TWO)
    for given_, mesh in (([{"to": "red"}, {"to": "x"}], None), ([{"to": "red"}], Mesh("x", ("red", "gone")))):
        with pytest.raises(InvalidArgument):
            check(given_, mesh, 1.0, network)
    assert network.runs == []


# -- tables -----------------------------------------------------------------------------------------------------------


def test_an_empty_column_is_left_out() -> None:
    assert rows(("", "from", "why"), [("ok", "red", ""), ("FAIL", "b", "")]) == ["      from", "ok    red", "FAIL  b"]


def test_a_matrix_tells_families_apart() -> None:
    names = ["a", "b", "c"]
    bad = {("a", "b", True), ("a", "c", False), ("b", "a", True), ("b", "a", False)}
    cells = [
        Cell(one, other, six, (one, other, six) not in bad)
        for one in names
        for other in names
        if one != other
        for six in (False, True)
    ]
    assert compact(names, cells) == [
        "     123",
        "1 a  .64",
        "2 b  x.+",
        "3 c  ++.",
        "8 of 12 reachable (+ reachable, x not reachable, 4 not reachable by IPv4, 6 not reachable by IPv6)",
    ]


def test_columns_have_their_numbers_above_them() -> None:
    names = [f"n{index}" for index in range(12)]
    cells = [Cell(one, other, False, True) for one in names for other in names if one != other]
    lines = compact(names, cells)
    assert lines[0] == "        " + " " * 9 + "111"
    assert lines[1] == "        123456789012"
    assert lines[2] == " 1 n0   .+++++++++++"
    assert lines[13] == "12 n11  +++++++++++."


def test_a_matrix_too_wide_for_a_screen_is_told_in_words() -> None:
    names = [f"n{index}" for index in range(WHOLE + 1)]
    cells = [Cell(one, other, False, one != "n7") for one in names for other in names if one != other]
    assert compact(names, cells) == [f"n7: reaches 0 of {WHOLE}", f"{WHOLE * WHOLE} of {WHOLE * (WHOLE + 1)} reachable"]
