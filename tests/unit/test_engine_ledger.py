# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records: what is written is read again, what is damaged or of another release is refused, and who holds what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine import info
from ansible_collections.netns.lab.plugins.module_utils._engine.ledger import SINGLE, VERSION, Ledger, Record, both
from ansible_collections.netns.lab.plugins.module_utils._engine.plan import Step
from ansible_collections.netns.lab.plugins.module_utils._engine.state import GROUP, Change
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, LabError
from hypothesis import given
from hypothesis import strategies as st

from .support.engine import apply, assert_as_before, entries, remove, single
from .support.host import FakeHost
from .support.oracle import lacking
from .support.topologies import Lab, host_of, hosts, labs

FORWARD = ("sysctl", "", "net.ipv4.ip_forward")
RED, LINK = ("netns", "red"), ("link", "", "br1")


def host() -> FakeHost:
    return host_of("0", (), alien=False)


def ledger(own: Record, *others: Record, **inodes: int) -> Ledger:
    return Ledger(own, [*others], inodes)


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written() -> None:
    record = Record(
        "lab",
        {"namespaces": [{"name": "red"}]},
        {RED, LINK, FORWARD, ("route", "red", 254, "0.0.0.0/0", 0), ("forward", "", "tcp", False, "", 80)},
        {FORWARD: ("0", "1"), ("sysctl", "red", "net.ipv4.ip_forward"): (None, "1")},
        {"red": 4026532000},
        {("link", "", "eth1"): {"bridge": "", "hairpin": None}},
        {FORWARD: {("masquerade", "", "10.0.0.0/8", ""), FORWARD}},
        {FORWARD: {"net.ipv4.conf.default.forwarding": ("0", "1")}},
        {"bridges": [{"name": "br1"}]},
    )
    assert Record.from_dict(json.loads(json.dumps(record.as_dict()))) == record


@given(hosts(), labs(), labs())
def test_every_record_that_a_run_writes_is_read_again(at: FakeHost, lab: Lab, other: Lab) -> None:
    apply(at, lab)
    for resource, entry in entries(other)[:2]:
        try:
            single(at, resource, entry)
        except LabError:
            break
    with at.locked(False):
        records = at.records()
    assert [record.lab for record in records] in (["lab"], [SINGLE, "lab"])
    for record in records:
        assert json.loads(at.files[record.lab]) == json.loads(json.dumps(record.as_dict()))
        assert Record.from_dict(json.loads(at.files[record.lab])) == record
    assert records[-1].definition == json.loads(json.dumps(lab)), "the definition is as the user gave it"
    assert records[-1].aim == {}


@pytest.mark.parametrize("version", [0, VERSION + 1, str(VERSION), None])
def test_a_record_of_another_release_is_a_conflict(version: Any) -> None:
    data = {**Record("red-blue").as_dict(), "version": version}
    with pytest.raises(
        Conflict, match="record of lab red-blue: wanted version 1; found version .*release that made it"
    ):
        Record.from_dict(data)


DAMAGE: dict[str, Any] = {
    **{f"no {name}": {name: ...} for name in Record("lab").as_dict() if name not in ("begun", "words")},
    "begun is a text": {"begun": "red"},
    "made of texts": {"made": ["netns red"]},
    "made of too little": {"made": [["netns"]]},
    "made is a number": {"made": 7},
    "sysctls of one": {"sysctls": [[1]]},
    "inodes is a list": {"inodes": [1]},
    "definition is a text": {"definition": "red"},
    "borrowed is a number": {"borrowed": [[*LINK, 7]]},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=[name.replace(" ", "-") for name in DAMAGE])
def test_a_damaged_record_is_a_conflict(damage: dict[str, Any]) -> None:
    data = {**Record("lab", {}, {RED}).as_dict(), **damage}
    data = {name: value for name, value in data.items() if value is not ...}
    with pytest.raises(Conflict, match="damaged") as caught:
        Record.from_dict(data)
    assert caught.value.remedy


def test_a_record_of_an_earlier_release_has_begun_nothing() -> None:
    data = Record("lab", {}, {RED}).as_dict()
    del data["begun"]
    assert Record.from_dict(data) == Record("lab", {}, {RED})


@given(
    st.one_of(st.none(), st.integers(), st.text(), st.lists(st.integers()), st.dictionaries(st.text(), st.integers()))
)
def test_anything_else_is_a_conflict(data: Any) -> None:
    with pytest.raises(Conflict):
        Record.from_dict(data)


def test_a_damaged_record_stops_every_run_before_it_touches_anything() -> None:
    """Also a run of another lab, which cannot know what it must leave alone."""
    at = host()
    apply(at, {"namespaces": [{"name": "red"}]}, "one")
    at.files["one"] = at.files["one"].replace('"made"', '"mad"')
    before = at.copy()
    for name in ("one", "two"):
        with pytest.raises(Conflict):
            apply(at, {"namespaces": [{"name": "blue"}]}, name)
        with pytest.raises(Conflict):
            remove(at, name)
    assert at.dump() == before.dump()


# -- who made what ---------------------------------------------------------------------------------------------------


def test_a_namespace_is_known_by_its_inode() -> None:
    own = Record("lab", made={RED, ("link", "red", "a")}, inodes={"red": 7})
    assert ledger(own, red=7).mine(RED, {}) and ledger(own, red=7).mine(("link", "red", "a"), {"group": GROUP})
    assert not ledger(own, red=8).mine(RED, {}) and not ledger(own, red=8).mine(("link", "red", "a"), {"group": GROUP})
    assert ledger(own).mine(RED, None), "it is gone, so nobody else's"
    own.inodes.clear()
    assert ledger(own, red=8).mine(RED, {}), "a run was killed before it could look"
    assert not ledger(Record("lab"), red=7).mine(RED, {})


def test_a_link_is_known_by_its_mark() -> None:
    own = Record("lab", made={LINK})
    assert ledger(own).mine(LINK, {"group": GROUP}) and ledger(own).mine(LINK, None)
    assert not ledger(own).mine(LINK, {"group": 0})
    assert not ledger(own).mine(("link", "", "br2"), {"group": GROUP})


def test_what_others_hold() -> None:
    one = Record("one", made={FORWARD, LINK}, sysctls={FORWARD: ("0", "1")})
    book = ledger(Record("two"), one)
    assert (book.holder(LINK), book.holder(FORWARD), book.holder(RED)) == ("one", "one", None)
    assert book.prior(FORWARD) == (True, "0") and book.prior(RED) == (False, None)
    assert book.wanted_elsewhere(FORWARD, "1") is None
    assert book.wanted_elsewhere(FORWARD, "0") == ("one", "1")
    one.sysctls[FORWARD] = ("0", None)
    assert book.wanted_elsewhere(FORWARD, "0") is None, "it is on its way: a run was killed"


def test_a_record_under_way_is_good_for_both_ends() -> None:
    old = Record("lab", {"a": [1]}, {RED, FORWARD}, {FORWARD: ("0", "1")}, {"red": 7}, {LINK: {"bridge": ""}})
    new = Record("lab", {"b": [2]}, {LINK, FORWARD}, {FORWARD: ("0", "2")}, {}, {})
    born = (Change(LINK, None, {"kind": "bridge"}), Change(FORWARD, {"value": "1"}, {"value": "2"}))
    way = both(old, new, [Step("bridge", "br1", "create", "does not exist", born)])
    assert (way.definition, way.aim, way.made) == ({"a": [1]}, {"b": [2]}, {RED, LINK, FORWARD})
    assert way.begun == {LINK}, "the link may be half made"
    assert way.sysctls == {FORWARD: ("0", None)} and way.borrowed == {LINK: {"bridge": ""}}
    assert both(Record("lab"), new, []).definition == {"b": [2]}
    assert both(Record("lab"), new, []).sysctls == {FORWARD: ("0", "2")}


@pytest.mark.parametrize(
    ("prior", "drift", "left"), [("0", "1", "0"), ("0", "2", "2"), ("0", "0", "0"), ("1", "1", "1")]
)
def test_a_sysctl_goes_back_unless_somebody_changed_it(prior: str, drift: str, left: str) -> None:
    at = host()
    name = "net.ipv4.conf.all.rp_filter"
    at.kernel.sysctl("", name, prior)
    apply(at, {"sysctls": [{"name": name, "value": "1"}]})
    apply(at, {"sysctls": [{"name": name, "value": "1"}], "namespaces": [{"name": "red"}]})
    at.kernel.sysctl("", name, drift)
    remove(at)
    assert at.kernel.space("").sysctls[name] == left


def test_the_first_prior_value_counts() -> None:
    at = host()
    fresh = at.copy()
    for value in ("1", "2", "1"):
        apply(at, {"sysctls": [{"name": "net.ipv4.conf.all.rp_filter", "value": value}]})
    apply(at, {})
    assert_as_before(at, fresh)


def test_what_the_kernel_writes_along_with_forwarding_goes_back() -> None:
    """The host's links each had a value of their own; one is changed by somebody while the lab stands."""
    at = host()
    fresh = at.copy()
    lab = {"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}], "bridges": [{"name": "br1"}]}
    apply(at, lab)
    sysctls = at.kernel.space("").sysctls
    assert {sysctls[name] for name in at.kernel.forwarding("", "ipv4")} == {"1"}
    again = at.copy()
    remove(at)
    assert_as_before(at, fresh)
    again.kernel.sysctl("", "net.ipv4.conf.eth0.forwarding", "0")
    fresh.kernel.sysctl("", "net.ipv4.conf.eth0.forwarding", "0")
    remove(again)
    assert_as_before(again, fresh)


# -- topology_info ---------------------------------------------------------------------------------------------------


@given(hosts(), labs(), labs(mark="b"))
def test_info_tells_of_each_lab_what_it_has_and_touches_nothing(at: FakeHost, lab: Lab, other: Lab) -> None:
    apply(at, lab, "one")
    apply(at, other, "two")
    before = at.dump()
    for name, definition in (("one", lab), ("two", other)):
        [told] = info.labs(at, name)
        assert json.loads(json.dumps(told)) == json.loads(json.dumps(told, sort_keys=True))
        assert (told["name"], told["definition"]) == (name, json.loads(json.dumps(definition)))
        assert {item["name"] for item in told["namespaces"]} == {item["name"] for item in definition["namespaces"]}
        links = {(item["netns"], item["name"]): item for item in told["links"]}
        for veth in definition.get("veths", ()):
            for end, peer in ((veth, veth["peer"]), (veth["peer"], veth)):
                found = links.pop((end.get("netns", ""), end["name"]))
                assert found["peer"] == {"netns": peer.get("netns", ""), "name": peer["name"]}
                assert found["bridge"] == end.get("bridge") and found["up"] is end.get("up", True)
        others = [*definition.get("bridges", ()), *definition.get("vxlans", ())]
        assert set(links) == {(item.get("netns", ""), item["name"]) for item in others}
        assert len(told["routes"]) >= len(definition.get("routes", ()))
        assert len(told["masquerades"]) == len(definition.get("masquerades", ()))
        for item in told["port_forwards"]:
            assert item.pop("whole")
            entry = {**item, "listen": [item["listen"]] if item["listen"] else [], "hairpin": False}
            assert lacking({"port_forwards": [entry]}, at.kernel) == []
    assert [told["name"] for told in info.labs(at)] == ["one", "two"]
    assert info.labs(at, "three") == []
    assert at.dump() == before


def test_info_tells_of_single_modules() -> None:
    at = host()
    assert info.labs(at) == []
    single(at, "sysctls", {"name": "net.ipv4.ip_forward", "value": "1"})
    [told] = info.labs(at)
    assert told["name"] == SINGLE
    assert told["sysctls"] == [{"netns": "", "name": "net.ipv4.ip_forward", "value": "1", "prior": "0"}]
