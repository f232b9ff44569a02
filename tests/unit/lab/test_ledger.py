# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records: what is written is read again, what is damaged or of another release is refused, and who holds what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import formats, info
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.link import LinkKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import ForwardKey, MasqueradeKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.ledger import Ledger
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.record import SINGLE, Record, both
from ansible_collections.netns.lab.plugins.module_utils._engine.plan import Step
from ansible_collections.netns.lab.plugins.module_utils._engine.state import GROUP, Change
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, LabError
from hypothesis import given
from hypothesis import strategies as st

from ..support.engine import apply, assert_as_before, entries, remove, single
from ..support.host import FakeHost
from ..support.oracle import lacking
from ..support.topologies import Lab, host_of, hosts, labs

FORWARD = SysctlKey("", "net.ipv4.ip_forward")
RED, LINK = NetnsKey("red"), LinkKey("", "br1")


def host() -> FakeHost:
    return host_of("0", (), alien=False)


def ledger(own: Record, *others: Record, **inodes: int) -> Ledger:
    return Ledger(own, [*others], inodes)


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_was_written() -> None:
    record = Record(
        "lab",
        {"namespaces": [{"name": "red"}]},
        {RED, LINK, FORWARD, RouteKey("red", 254, "0.0.0.0/0", 0), ForwardKey("", "tcp", False, "", 80, 80)},
        {FORWARD: ("0", "1"), SysctlKey("red", "net.ipv4.ip_forward"): (None, "1")},
        {"red": 4026532000},
        {LinkKey("", "eth1"): {"bridge": "", "hairpin": None}},
        {FORWARD: {MasqueradeKey("", "10.0.0.0/8", ""), FORWARD}},
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
    assert records[-1].target == {}


#: records of other releases: an older reader's, a later one that earlier readers may use, and one that they may not
LATER = {"version": formats.VERSION + 1, "release": "9.9.9"}
READABLE, UNREADABLE = {**LATER, "minimum": formats.VERSION}, {**LATER, "minimum": formats.VERSION + 1}


def test_a_record_says_what_every_reader_will_look_for() -> None:
    data = Record("red-blue").as_dict()
    assert (data["version"], data["minimum"], data["release"], data["lab"]) == (1, 1, formats.RELEASE, "red-blue")


def test_a_record_that_only_later_releases_read_is_a_conflict() -> None:
    data = {**Record("red-blue").as_dict(), **UNREADABLE}
    with pytest.raises(Conflict, match=r"record of lab red-blue: .*release '9.9.9'.*Use that release") as caught:
        Record.from_dict(data, "red-blue")
    assert "adopt: true" in caught.value.remedy
    del data["made"]
    data["sysctls"] = {"in": "another shape"}
    with pytest.raises(Conflict, match="9.9.9"):
        Record.from_dict(data, "red-blue")


def test_what_a_later_release_adds_is_handed_on() -> None:
    """An older release reads what is said to be good for it, and keeps the rest through all that it writes itself."""
    at = host()
    lab: Lab = {"namespaces": [{"name": "red"}], "bridges": [{"name": "br1"}]}
    apply(at, lab)
    added = {"later": {"of": ["a later release"]}, "another": 7}
    at.files["lab"] = json.dumps({**json.loads(at.files["lab"]), **READABLE, **added})
    apply(at, {**lab, "bridges": []})
    data = json.loads(at.files["lab"])
    assert {name: data[name] for name in added} == added
    assert {name: data[name] for name in READABLE} == READABLE, "what is in it is of that format"
    apply(at, lab)
    remove(at)
    assert_as_before(at, host())


@pytest.mark.parametrize("version", [0, -1, str(formats.VERSION), None, True, 1.0, [1]])
@pytest.mark.parametrize("name", ["version", "minimum"])
def test_a_record_without_a_number_is_damaged(name: str, version: Any) -> None:
    data = {**Record("red-blue").as_dict(), name: version}
    with pytest.raises(Conflict, match="record of lab red-blue: .*damaged"):
        Record.from_dict(data, "red-blue")


DAMAGE: dict[str, Any] = {
    **{f"no {name}": {name: ...} for name in Record("lab").as_dict() if name != "release"},
    "another lab's": {"lab": "other"},
    "a path as its lab": {"lab": "../../etc/cron.d/x"},
    "a number as its lab": {"lab": 7},
    "inodes of texts": {"inodes": {"red": "7"}},
    "a sysctl that is a link": {"sysctls": [[*LINK, "0", "1"]]},
    "a sysctl of numbers": {"sysctls": [[*FORWARD, 0, 1]]},
    "a sysctl elsewhere": {"sysctls": [["sysctl", "", "kernel.core_pattern", "|/bin/sh", "x"]]},
    "a sysctl above": {"sysctls": [["sysctl", "", "net.//.//.//.//.tmp.x", "0", "1"]]},
    "along with one elsewhere": {"side_effects": [[*FORWARD, {"kernel.core_pattern": ["|/bin/sh", "1"]}]]},
    "askers of paths": {"requested_by": [[*FORWARD, [["file", "/etc/passwd"]]]]},
    **{
        f"made {key}": {"made": [key]}
        for key in (
            ["file", "/etc/passwd"],
            ["file", "/etc/netns/../passwd"],
            ["file", "/etc/netns/red/../../passwd"],
            ["file", "/etc/netns/red/other"],
            ["file", "/etc/netns/hosts"],
            ["file", "/etc/netns/red"],
            ["directory", "/etc"],
            ["directory", "/run"],
            ["directory", "/etc/netns/.."],
            ["directory", "/etc/netns/"],
            ["directory", "/etc/netns/red/hosts"],
            ["netns_dir", "/tmp"],
            ["netns_dir", "/etc/netns"],
            ["netns", "../../etc/passwd"],
            ["netns", ""],
            ["netns", ".."],
            ["netns", "red", "blue"],
            ["netns", 7],
            ["link", "../x", "a"],
            ["link", "", "../a"],
            ["link", "", 7],
            ["link", "red"],
            ["address", "", "a/b", "1"],
            ["sysctl", "", "kernel.hostname"],
            ["sysctl", "", "net.ipv4.conf./.x"],
            ["route", "", {"a": 1}, "", 0],
            ["firmware", "x"],
            ["link", ["red"], "a"],
            ["masquerade", "", "10.0.0.0/8\nadd rule", ""],
            [["file"], "x"],
        )
    },
    "begun is a text": {"in_progress": "red"},
    "made of texts": {"made": ["netns red"]},
    "made of too little": {"made": [["netns"]]},
    "made is a number": {"made": 7},
    "sysctls of one": {"sysctls": [[1]]},
    "inodes is a list": {"inodes": [1]},
    "definition is a text": {"definition": "red"},
    "borrowed is a number": {"prior_attrs": [[*LINK, 7]]},
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=[name.replace(" ", "-") for name in DAMAGE])
def test_a_damaged_record_is_a_conflict(damage: dict[str, Any]) -> None:
    data = {**Record("lab", {}, {RED}).as_dict(), **damage}
    data = {name: value for name, value in data.items() if value is not ...}
    with pytest.raises(Conflict, match="damaged") as caught:
        Record.from_dict(data, "lab")
    assert caught.value.remedy


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


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda part: st.one_of(st.lists(part, max_size=4), st.dictionaries(st.text(), part, max_size=4)),
    max_leaves=12,
)
SORTS = [
    "file",
    "directory",
    "netns_dir",
    "netns",
    "link",
    "address",
    "sysctl",
    "route",
    "rule",
    "forward",
    "masquerade",
]
#: keys that are nearly those of a lab
NEARLY = st.lists(
    st.one_of(st.sampled_from([*SORTS, "", "/etc/passwd", "/run/netns", "red", "net.ipv4.ip_forward", "eth0"]), JSON),
    max_size=7,
)
FIELDS = [name for name in Record("lab").as_dict() if name not in ("version", "minimum", "release", "lab")]


@given(st.dictionaries(st.sampled_from(FIELDS), st.one_of(JSON, st.lists(NEARLY, max_size=3)), min_size=1))
def test_any_record_is_read_or_refused_and_never_leads_out_of_a_lab(parts: dict[str, Any]) -> None:
    """With whatever in it: an error in words, or a run that touches nothing that a lab cannot have made."""
    at = host_of("0", ("/etc/netns",), alien=True)
    at.files["lab"] = json.dumps({**Record("lab").as_dict(), **parts})
    before = at.copy()
    for act in (lambda: apply(at, {"bridges": [{"name": "br7"}]}), lambda: remove(at)):
        try:
            act()
        except LabError as error:
            assert error.remedy
    at.files.clear()
    assert {"/etc", "/etc/netns", "/run"} <= set(at.kernel.paths)
    assert at.kernel.space("").links.keys() >= before.kernel.space("").links.keys()


# -- who made what ---------------------------------------------------------------------------------------------------


def test_a_namespace_is_known_by_its_inode() -> None:
    own = Record("lab", made={RED, LinkKey("red", "a")}, inodes={"red": 7})
    assert ledger(own, red=7).mine(RED, {}) and ledger(own, red=7).mine(LinkKey("red", "a"), {"group": GROUP})
    assert not ledger(own, red=8).mine(RED, {}) and not ledger(own, red=8).mine(LinkKey("red", "a"), {"group": GROUP})
    assert ledger(own).mine(RED, None), "it is gone, so nobody else's"
    own.inodes.clear()
    assert ledger(own, red=8).mine(RED, {}), "a run was killed before it could look"
    assert not ledger(Record("lab"), red=7).mine(RED, {})


def test_a_link_is_known_by_its_mark() -> None:
    own = Record("lab", made={LINK})
    assert ledger(own).mine(LINK, {"group": GROUP}) and ledger(own).mine(LINK, None)
    assert not ledger(own).mine(LINK, {"group": 0})
    assert not ledger(own).mine(LinkKey("", "br2"), {"group": GROUP})


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
    assert (way.definition, way.target, way.made) == ({"a": [1]}, {"b": [2]}, {RED, LINK, FORWARD})
    assert way.in_progress == {LINK}, "the link may be half made"
    assert way.sysctls == {FORWARD: ("0", None)} and way.prior_attrs == {LINK: {"bridge": ""}}
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
        others = [entry for option in ("bridges", "vxlans", "links") for entry in definition.get(option, ())]
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
