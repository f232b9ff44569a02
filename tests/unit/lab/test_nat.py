# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table comes with the first thing in it and goes with the last; hairpins follow the forwards and the subnets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.nat.table import WANTED
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict

from ..support.engine import apply, assert_as_before, assert_nothing_to_do, remove, single
from ..support.host import FakeHost
from ..support.kernel import Nat
from ..support.topologies import Lab, host_of

BRIDGE: Lab = {"bridges": [{"name": "br1", "addresses": ["10.1.0.254/24", "fd00:1::fe/64"]}]}
HAIRPIN = ("10.1.0.0/24", "10.1.0.7", "tcp", 8080, 8080)


def host(bridge_nf: bool = False) -> FakeHost:
    return host_of("0", (), alien=False, bridge_nf=bridge_nf)


def nat(at: FakeHost, netns: str = "") -> Nat:
    found = at.kernel.space(netns).nat
    assert found is not None
    return found


def forward(port: Any, to: str = "10.1.0.7:8080", **options: Any) -> Lab:
    return {"protocol": "tcp", "port": port, "to": to, **options}


def with_forwards(*forwards: Lab) -> Lab:
    return {**BRIDGE, "port_forwards": [*forwards]}


def kinds(steps: list[dict[str, str]]) -> list[str]:
    return [f"{step['action']} {step['kind']}" for step in steps]


@pytest.mark.parametrize(
    "entries", [{"masquerades": [{"source": "10.1.0.0/24"}]}, {"port_forwards": [forward(80, "10.9.0.1")]}]
)
@pytest.mark.parametrize("netns", ["", "red"])
def test_the_table_comes_with_the_first_thing_and_goes_with_the_last(entries: Lab, netns: str) -> None:
    at = host()
    lab: Lab = {"namespaces": [{"name": "red"}]}
    apply(at, lab)
    fresh = at.copy()
    [(resource, [entry])] = entries.items()
    full = {**lab, resource: [{**entry, "netns": netns} if netns else entry]}
    assert kinds(apply(at, full).plan()) == [
        "create nat_table",
        f"create {'masquerade' if 'source' in entry else 'port_forward'}",
    ]
    assert nat(at, netns).shape == WANTED
    assert at.kernel.space("" if netns else "red").nat is None
    assert_nothing_to_do(at, full)
    assert "delete nat_table" in kinds(apply(at, lab).plan())
    assert_as_before(at, fresh)


def test_the_table_stays_as_long_as_anybody_is_in_it() -> None:
    at = host()
    fresh = at.copy()
    apply(at, {"masquerades": [{"source": "10.1.0.0/24"}]}, "one")
    apply(at, {"masquerades": [{"source": "10.2.0.0/24"}]}, "two")
    single(at, "port_forwards", forward(80, "10.9.0.1"))
    remove(at, "one")
    assert set(nat(at).masquerades) == {("10.2.0.0/24", "")}
    remove(at, "two")
    assert nat(at).masquerades == {} and len(nat(at).forwards) == 1
    single(at, "port_forwards", forward(80, "10.9.0.1"), "absent")
    assert_as_before(at, fresh)


def test_a_table_of_which_rules_are_lost_is_repaired_and_what_is_in_it_stays() -> None:
    at, lab = host(), {"masquerades": [{"source": "10.1.0.0/24"}]}
    apply(at, lab)
    rules = WANTED["rules"]["prerouting"]
    nat(at).shape["rules"]["prerouting"] = rules[2:]
    nat(at).forwards["tcp", False, "", 9, 9] = ("10.9.0.9", 9)
    [step] = apply(at, lab).plan()
    assert (step["kind"], step["action"]) == ("nat_table", "change")
    assert all(rule in step["reason"] for rule in rules[:2])
    assert nat(at).shape == WANTED and ("tcp", False, "", 9, 9) in nat(at).forwards


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        ({"flags": ["dormant"]}, "dormant"),
        ({"chains": {"prerouting": ["nat", "prerouting", 5, "accept"]}}, "no chain output"),
        ({"chains": {**WANTED["chains"], "output": ["nat", "output", 5, "drop"]}}, "output is nat output 5 drop"),
        ({"rules": {**WANTED["rules"], "output": WANTED["rules"]["output"][::-1]}}, "in another order"),
        ({"rules": {**WANTED["rules"], "output": [*WANTED["rules"]["output"], "own range"]}}, "twice"),
        ({"sets": WANTED["sets"][1:]}, WANTED["sets"][0]),
    ],
)
def test_a_table_that_stands_and_does_not_work_is_repaired(edit: Lab, word: str) -> None:
    at, lab = host(), with_forwards(forward(80))
    apply(at, lab)
    nat(at).shape.update(edit)
    [step] = apply(at, lab).plan()
    assert (step["kind"], step["action"]) == ("nat_table", "change") and word in step["reason"]
    assert nat(at).shape == WANTED
    assert_nothing_to_do(at, lab)


def test_a_rule_of_others_that_comes_first_is_named_and_one_that_comes_after_is_nobodys_business() -> None:
    at, lab = host(), with_forwards(forward(80))
    apply(at, lab)
    nat(at).shape.update(foreign=["rule 99 of prerouting"])
    assert_nothing_to_do(at, lab)
    nat(at).shape.update(in_front=["rule 99 of prerouting"])
    with pytest.raises(Conflict, match=r"rule 99 of prerouting.*nft delete rule inet netns_lab prerouting handle 99"):
        apply(at, lab)


def test_a_table_in_which_others_have_something_stays() -> None:
    at = host()
    apply(at, with_forwards(forward(80)))
    nat(at).shape.update(foreign=["set mine"])
    remove(at)
    assert nat(at).forwards == {} and nat(at).shape["foreign"] == ["set mine"]


def test_an_empty_table_that_a_removal_finds_goes() -> None:
    at = host()
    fresh = at.copy()
    apply(at, {"masquerades": [{"source": "10.1.0.0/24"}]})
    nat(at).masquerades.clear()
    remove(at)
    assert_as_before(at, fresh)


@pytest.mark.parametrize(
    ("to", "hairpins"),
    [("10.1.0.7:8080", {HAIRPIN}), ("10.1.0.7", {("10.1.0.0/24", "10.1.0.7", "tcp", 80, 80)}), ("10.2.0.7:8080", set()),
     ("[fd00:1::7]:8080", {("fd00:1::/64", "fd00:1::7", "tcp", 8080, 8080)})],
)  # fmt: skip
def test_a_forward_into_a_subnet_of_its_own_has_a_hairpin(to: str, hairpins: set[Any]) -> None:
    at = host()
    apply(at, with_forwards(forward(80, to)))
    assert nat(at).hairpins == hairpins
    apply(at, with_forwards(forward(80, to, hairpin=False)))
    assert nat(at).hairpins == set()
    apply(at, with_forwards(forward(80, to)))
    assert nat(at).hairpins == hairpins
    apply(at, BRIDGE)
    assert at.kernel.space("").nat is None


def test_a_hairpin_goes_with_the_last_forward_to_its_target() -> None:
    at = host()
    both, one = with_forwards(forward(80), forward(81)), with_forwards(forward(81))
    apply(at, both)
    assert nat(at).hairpins == {HAIRPIN}
    apply(at, one)
    assert nat(at).hairpins == {HAIRPIN}
    assert_nothing_to_do(at, one)
    apply(at, with_forwards(forward(81, "10.1.0.8")))
    assert nat(at).hairpins == {("10.1.0.0/24", "10.1.0.8", "tcp", 81, 81)}


def test_forwards_of_two_labs_to_one_target_share_a_hairpin() -> None:
    at = host()
    apply(at, with_forwards(forward(80)), "one")
    apply(at, {"port_forwards": [forward(81)]}, "two")
    remove(at, "two")
    assert nat(at).hairpins == {HAIRPIN}
    assert_nothing_to_do(at, with_forwards(forward(80)), "one")
    apply(at, {"port_forwards": [forward(81)]}, "two")
    single(at, "port_forwards", forward(82))
    single(at, "port_forwards", forward(82), "absent")
    assert nat(at).hairpins == {HAIRPIN}


def test_a_hairpin_follows_the_subnet() -> None:
    at = host()
    apply(at, with_forwards(forward(80)))
    wider = {**with_forwards(forward(80)), "bridges": [{"name": "br1", "addresses": ["10.1.0.254/16"]}]}
    apply(at, wider)
    assert nat(at).hairpins == {("10.1.0.0/16", *HAIRPIN[1:])}
    assert_nothing_to_do(at, wider)
    none = {**wider, "bridges": [{"name": "br1"}]}
    apply(at, none)
    assert nat(at).hairpins == set()


def test_a_lost_hairpin_comes_back() -> None:
    at, lab = host(), with_forwards(forward(80))
    apply(at, lab)
    nat(at).hairpins.clear()
    [step] = apply(at, lab).plan()
    assert (step["kind"], step["object"], step["action"]) == ("port_forward", "tcp/80", "change")
    assert nat(at).hairpins == {HAIRPIN}


def test_a_range_goes_to_ports_one_to_one_at_every_address() -> None:
    at = host()
    lab = {"port_forwards": [forward("80-81", "10.9.0.7:8080", listen=["10.0.2.15", "10.0.2.16"])]}
    apply(at, lab)
    assert nat(at).forwards == {
        ("tcp", False, listen, 80, 81): ("10.9.0.7", 8080) for listen in ("10.0.2.15", "10.0.2.16")
    }
    narrower = {"port_forwards": [forward("81", "10.9.0.7:8081", listen=["10.0.2.15"])]}
    assert kinds(apply(at, narrower).plan()) == ["delete port_forward"] * 2 + ["create port_forward"]
    assert nat(at).forwards == {("tcp", False, "10.0.2.15", 81, 81): ("10.9.0.7", 8081)}


def test_a_range_of_all_ports_is_one_step_and_one_line() -> None:
    at = host()
    for to in ("10.9.0.7", "10.9.0.8"):
        result = apply(at, {"port_forwards": [forward("1-65535", to)]})
        assert [step["object"] for step in result.plan() if step["kind"] == "port_forward"] == ["tcp/1-65535"]
        assert f"port_forward tcp/1-65535  to={to}" in result.diff()["after"]
    assert nat(at).forwards == {("tcp", False, "", 1, 65535): ("10.9.0.8", 1)}


def test_ports_of_a_range_that_are_lost_or_lead_elsewhere_are_put_right() -> None:
    at = host()
    lab = {"port_forwards": [forward("80-90", "10.9.0.7:8080")]}
    apply(at, lab)
    shift = ["shift", 80, 90, "10.9.0.7", 8080]
    ports = [["forward", 80, 80, "10.9.0.7", 8080], ["forward", 82, 82, "10.9.0.9", 1]]
    ports += [["forward", 83, 90, "10.9.0.7", 8083]]
    at.stands["", "tcp", False, "", 80, 90] = [*ports, shift]
    [step] = apply(at, lab).plan()
    assert step["action"] == "change" and "2 of its ports" in step["reason"] and "81" in step["reason"]
    assert_nothing_to_do(at, lab)


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [("80-90", "85"), ("80-90", "90-95"), ("85", "80-90"), ("80-90", "70-99"), ("80", "79-80")],
)
def test_a_port_that_another_forward_has_is_a_conflict_that_names_it(standing: str, wanted: str) -> None:
    at = host()
    apply(at, {"port_forwards": [forward(standing)]}, "one")
    words = rf"port_forwards\[0\] \(port_forward tcp/{wanted}\).*port_forward tcp/{standing} of lab one"
    with pytest.raises(Conflict, match=words):
        apply(at, {"port_forwards": [forward(wanted)]}, "two")
    with pytest.raises(Conflict, match=rf"tcp/{standing} of lab one"):
        single(at, "port_forwards", forward(wanted))
    apply(at, {"port_forwards": [forward(wanted, protocol="udp"), forward(wanted, listen=["10.0.2.15"])]}, "two")
    apply(at, {"port_forwards": [forward(wanted)]}, "one")
    assert [key[3:] for key in nat(at).forwards if key[:3] == ("tcp", False, "")] != []


def test_a_part_of_a_range_is_not_removed() -> None:
    at = host()
    single(at, "port_forwards", forward("80-90"))
    with pytest.raises(Conflict, match=r"tcp/85.*to remove it.*tcp/80-90"):
        single(at, "port_forwards", forward("85"), "absent")
    single(at, "port_forwards", forward("91"), "absent")
    single(at, "port_forwards", forward("80-90"), "absent")
    assert at.kernel.space("").nat is None


def test_what_others_put_into_the_table_is_not_taken_over() -> None:
    at = host()
    apply(at, with_forwards(forward(80)), "one")
    nat(at).forwards["tcp", False, "", 9, 9] = ("10.9.0.9", 9)
    nat(at).masquerades["10.3.0.0/24", ""] = ["10.3.0.0/24"]
    for lab in (
        {"port_forwards": [forward(9, "10.9.0.9:9")]},
        {"port_forwards": [forward("8-10")]},
        {"masquerades": [{"source": "10.3.0.0/24"}]},
    ):
        with pytest.raises(Conflict, match="that netns.lab did not create"):
            apply(at, lab, "two")
    apply(at, {"port_forwards": [forward(9, "10.9.0.9:9")]}, "two", adopt=True)
    remove(at, "two")
    assert ("tcp", False, "", 9, 9) not in nat(at).forwards


def test_a_forward_that_turns_is_one_change() -> None:
    at = host()
    apply(at, {"port_forwards": [forward(80, "10.9.0.7")]})
    [step] = apply(at, {"port_forwards": [forward(80, "10.9.0.8:81")]}).plan()
    assert step["action"] == "change"
    assert step["reason"] == "to is 10.9.0.7, expected 10.9.0.8, to_port is 80, expected 81"


def test_a_masquerade_has_what_it_excludes_and_its_way_out() -> None:
    at = host()
    entry = {"source": "10.1.0.0/24", "out_interface": "eth0", "exclude": ["10.2.0.0/16", "192.168.0.0/16"]}
    apply(at, {"masquerades": [entry]})
    assert nat(at).masquerades == {("10.1.0.0/24", "eth0"): ["10.1.0.0/24", "10.2.0.0/16", "192.168.0.0/16"]}
    [step] = apply(at, {"masquerades": [{**entry, "exclude": []}]}).plan()
    assert step["action"] == "change" and "exclude" in step["reason"]
    assert nat(at).masquerades == {("10.1.0.0/24", "eth0"): ["10.1.0.0/24"]}


@pytest.mark.parametrize(
    ("source", "sysctl"), [("10.1.0.0/24", "net.ipv4.ip_forward"), ("fd00:1::/64", "net.ipv6.conf.all.forwarding")]
)
def test_ip_forward_remembers_what_was_there(source: str, sysctl: str) -> None:
    at = host()
    fresh = at.copy()
    for entry in ({"source": source, "ip_forward": True}, {"source": source}):
        single(at, "masquerades", {"source": source, "ip_forward": True})
        assert at.kernel.space("").sysctls[sysctl] == "1"
        single(at, "masquerades", entry, "absent")
        assert_as_before(at, fresh)
    single(at, "masquerades", {"source": source, "ip_forward": True})
    single(at, "masquerades", {"source": source, "out_interface": "eth0", "ip_forward": True})
    single(at, "masquerades", {"source": source}, "absent")
    assert at.kernel.space("").sysctls[sysctl] == "1", "another masquerade asks for it"
    single(at, "masquerades", {"source": source, "out_interface": "eth0"}, "absent")
    assert_as_before(at, fresh)


#: a target behind a port of a bridge, which reaches itself by a forward
TARGET: Lab = {
    **BRIDGE,
    "namespaces": [{"name": "red"}],
    "veths": [
        {"name": "ve0", "netns": "red", "addresses": ["10.1.0.7/24"], "peer": {"name": "ve0-p", "bridge": "br1"}}
    ],
}


@pytest.mark.parametrize("bridge_nf", [False, True])
def test_the_port_of_a_target_sends_frames_back_where_bridges_pass_nat(bridge_nf: bool) -> None:
    at = host(bridge_nf)
    fresh = at.copy()
    lab = {**TARGET, "port_forwards": [forward(80)]}
    apply(at, lab)
    assert at.kernel.link("", "ve0-p").port["hairpin"] is bridge_nf
    assert_nothing_to_do(at, lab)
    apply(at, TARGET)
    assert at.kernel.link("", "ve0-p").port["hairpin"] is False
    apply(at, lab)
    for to, on in (("10.1.0.8:8080", False), ("10.1.0.7:8080", bridge_nf), ("10.1.0.9:8080", False)):
        apply(at, {**TARGET, "port_forwards": [forward(80, to)]})
        assert at.kernel.link("", "ve0-p").port["hairpin"] is on, "the only forward that needed it leads elsewhere"
    apply(at, lab)
    apply(at, {**TARGET, "port_forwards": [forward(80, hairpin=False)]})
    assert at.kernel.link("", "ve0-p").port["hairpin"] is False
    own = {**lab, "bridge_ports": [{"dev": "ve0-p", "bridge": "br1", "hairpin": False}]}
    apply(at, own)
    assert at.kernel.link("", "ve0-p").port["hairpin"] is False, "an entry has its own word on it"
    apply(at, {"port_forwards": [forward(80)]})
    remove(at)
    assert_as_before(at, fresh)
