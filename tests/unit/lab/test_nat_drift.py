# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever elements of the table somebody takes away, changes or adds within a lab's ports: one run puts them right.

The table is a dictionary that understands the text which nft is given, and is read as the kernel packs it.
"""

from __future__ import annotations

import re
import socket
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import (
    NAT,
    ForwardKey,
    HairpinKey,
    MasqueradeKey,
    NatTableKey,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.nat import elements as nat_elements
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.nat import nat
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.nat.table import WANTED
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.want import Want
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Key, Objects
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.nat import reader as nat_reader
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.nat import writer as nat_writer
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.nf_tables import Element
from hypothesis import given
from hypothesis import strategies as st

#: the elements of the table: by map and key, to what each leads (nothing in a set)
Table = dict[tuple[str, str], str]

TABLE: Objects = {
    NatTableKey(""): dict(WANTED),
    AddressKey("", "br1", "10.1.0.254/24"): {},
    AddressKey("", "br1", "fd00:1::fe/64"): {},
}
#: a forward of each form, in each family, at an address and at any: each has a map of its own
FORWARDS: dict[Key, tuple[str, int]] = {
    ForwardKey("", protocol, six, listen, first, last): (to, to_port)
    for six, address, to in ((False, "10.0.2.15", "10.1.0.7"), (True, "fd00:2::f", "fd00:1::7"))
    for listen in ("", address)
    for protocol, first, last, to_port in (
        ("tcp", 80, 80, 8080), ("tcp", 800, 805, 800), ("udp", 800, 805, 9000), ("tcp", 90, 91, 190)
    )
}  # fmt: skip
WANTS = {
    key: Want(key, "port_forward", f"port_forwards[{at}]", {"to": to, "to_port": to_port}, hairpin=True)
    for at, (key, (to, to_port)) in enumerate(FORWARDS.items())
}


def written(table: Table, changes: list[Change]) -> Table:
    """The table after nft(8) was given the script of some changes."""
    after = dict(table)
    for line in nat_writer.script(changes, []).splitlines():
        if not line or line.startswith(("add table", "add map", "add set", "add chain", "insert rule")):
            continue
        verb, name, elements = re.fullmatch(r"(add|delete) element inet netns_lab (\w+) \{ (.*) \}", line).groups()
        for element in elements.split(", "):
            key, _colon, value = element.partition(" : ")
            assert ((name, key) in after) == (verb == "delete"), f"{line}, of {after}"
            if verb == "add":
                assert not any(other == name and overlap(key, have) for other, have in after), f"{line}, of {after}"
                after[name, key] = value
            else:
                del after[name, key]
    return after


def overlap(one: str, other: str) -> bool:
    """Whether two keys have a port in common, as an interval map refuses."""
    (*head, ports), (*heads, others) = one.split(" . "), other.split(" . ")
    spans = [(int(text.split("-")[0]), int(text.split("-")[-1])) for text in (ports, others)]
    return head == heads and spans[0][0] <= spans[1][1] and spans[1][0] <= spans[0][1]


def read(table: Table, recorded: Any = WANTS) -> Objects:
    """What is read of a table, in the light of the records."""
    objects = dict(TABLE)
    reading = nat_reader._Reading("", objects)
    for name in WANTED["sets"]:
        reading.elements(name, (packed(*item) for item in table.items() if item[0][0] == name))
    reading.ports()
    assert reading.foreign == []
    nat_elements.by_record(objects, recorded, recorded)
    return objects


def packed(place: tuple[str, str], value: str) -> Element:
    name, text = place
    *fields, ports = text.split(" . ")
    first, _dash, last = ports.partition("-")
    key, end = ([*fields, port] for port in (first, last or first))
    if name.startswith("hairpin"):
        low, length = fields[0].split("/")
        width = 16 if ":" in low else 4
        number = int.from_bytes(_bytes(low), "big") | ((1 << (8 * width - int(length))) - 1)
        key[0], end[0] = (
            low,
            socket.inet_ntop(socket.AF_INET6 if width == 16 else socket.AF_INET, number.to_bytes(width, "big")),
        )
    data = b"".join(map(_bytes, value.split(" . "))) if value else b""
    wide = not name.startswith("forward")
    return Element(b"".join(map(_bytes, key)), b"".join(map(_bytes, end)) if wide else b"", data)


def _bytes(field: str) -> bytes:
    """A field of a key as the kernel pads it: an address, a protocol's number or a port."""
    if field.isdigit():
        return bytes([int(field), 0, 0, 0]) if int(field) in (6, 17) else int(field).to_bytes(2, "big") + bytes(2)
    return socket.inet_pton(socket.AF_INET6 if ":" in field else socket.AF_INET, field)


def planned(table: Table, wants: Any = WANTS, remove: Optional[set[Key]] = None) -> list[Change]:
    steps = nat.steps(
        read(table), {NatTableKey(""): Want(NatTableKey(""), "nat_table", "", WANTED), **wants}, remove or set()
    )
    assert all(step.reason for step in steps)
    return [change for step in steps for change in step.changes]


BUILT = written({}, planned({}))


def test_every_map_and_set_has_something_in_it() -> None:
    assert {name for name, _key in BUILT} == set(WANTED["sets"])
    assert planned(BUILT) == []


@st.composite
def drifted(draw: st.DrawFn) -> Table:
    """Some elements lost, some that lead elsewhere, some added within the ports of the lab."""
    table = dict(BUILT)
    for place in draw(st.lists(st.sampled_from(sorted(BUILT)), min_size=1, max_size=12, unique=True)):
        name, key = place
        value = table.pop(place)
        if name.startswith("hairpin"):
            continue
        act = draw(st.sampled_from(["lost", "elsewhere", "narrower"]))
        other = value.replace("::7", "::8").replace("0.7", "0.8")
        head, _dot, ports = key.rpartition(" . ")
        if act == "elsewhere":
            table[place] = other
        elif act == "narrower" and "-" in ports:
            first, last = map(int, ports.split("-"))
            low, high = sorted((draw(st.integers(first, last)), draw(st.integers(first, last))))
            table[name, f"{head} . {low}-{high}" if low < high else f"{head} . {low}"] = draw(
                st.sampled_from([value, other])
            )
    for key in draw(st.lists(st.sampled_from(sorted(FORWARDS)), max_size=4)):
        _sort, _netns, protocol, six, listen, first, last = key
        kind = draw(st.sampled_from(["forward", "range", "shift"]))
        low, high = sorted((draw(st.integers(first, last)), draw(st.integers(first, last))))
        high = low if kind == "forward" else high
        fields = [listen] if listen else []
        number = {"tcp": "6", "udp": "17"}[protocol]
        text = " . ".join([*fields, number, f"{low}-{high}" if low < high else f"{low}"])
        name = f"{kind}{'_at' if listen else ''}{6 if six else 4}"
        if not any(other == name and overlap(text, have) for other, have in table):
            table[name, text] = FORWARDS[key][0] + ("" if kind == "range" else " . 7")
    return table


@given(drifted())
def test_drift_is_named_and_repaired_and_the_repair_can_be_undone(table: Table) -> None:
    changes = planned(table)
    assert bool(changes) == (table != BUILT)
    after = in_phases(table, changes)
    assert after == BUILT and planned(after) == []
    assert in_phases(after, [change.inverse() for change in reversed(changes)]) == table


def in_phases(table: Table, changes: list[Change]) -> Table:
    """As the writer does it: what goes first, then what comes."""
    gone = [change for change in changes if change.after is None]
    return written(written(table, gone), [change for change in changes if change.after is not None])


@given(drifted())
def test_a_removal_takes_what_drifted_too(table: Table) -> None:
    now = read(table)
    assert {key for key in now if isinstance(key, ForwardKey)} <= set(FORWARDS)
    taken = [change for step in nat.steps(now, {}, set(FORWARDS)) for change in step.changes]
    assert taken[0].key == NatTableKey("") and all(change.after is None for change in taken)
    assert {change.key for change in taken} == {key for key in now if isinstance(key, NAT)}
    assert written(table, [change for change in taken if isinstance(change.key, (ForwardKey, HairpinKey))]) == {}


@given(drifted())
def test_what_drifted_is_not_left_in_a_table_that_stays(table: Table) -> None:
    """Another lab has something in it; of ours the records tell of the hairpins too."""
    other = MasqueradeKey("", "10.3.0.0/24", "")
    now = {**read(table), other: {"exclude": []}}
    ours = {key for key in read(BUILT) if key[0] in ("forward", "hairpin")}
    changes = [change for step in nat.steps(now, {}, ours) for change in step.changes]
    assert written(table, changes) == {}


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("range4", "6 . 803-807", (803, 807)),
        ("forward4", "6 . 806", (806, 806)),
        ("range4", "6 . 700-900", (700, 900)),
    ],
)
def test_what_has_ports_of_nobody_is_left_as_it_is(name: str, text: str, key: tuple[int, int]) -> None:
    lost = {place: value for place, value in BUILT.items() if place != ("range4", "6 . 800-805")}
    now = read({**lost, (name, text): "10.1.0.7" + ("" if name == "range4" else " . 806")})
    assert ForwardKey("", "tcp", False, "", *key) in now
    assert ForwardKey("", "tcp", False, "", 800, 805) not in now


def test_of_records_that_overlap_that_which_stands_comes_first_then_that_which_is_wanted() -> None:
    one, other = (ForwardKey("", "tcp", False, "", *run) for run in ((80, 90), (85, 95)))
    stray = ForwardKey("", "tcp", False, "", 86, 86)
    leads = {"to": "10.1.0.7", "to_port": 86}
    for objects, wanted, key in (
        ({one: {"to": "10.1.0.7", "to_port": 80}}, {other}, one), ({}, {other}, other), ({}, {one}, one)
    ):  # fmt: skip
        found: Objects = {**objects, stray: dict(leads)}
        nat_elements.by_record(found, {one, other}, wanted)
        assert [*found] == [key] and ["forward", 86, 86, "10.1.0.7", 86] in found[key]["stands"]
