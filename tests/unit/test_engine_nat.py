# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table comes with the first thing in it and goes with the last; hairpins follow the forwards and the subnets."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.wanted import NAT_RULES

from .support.engine import apply, assert_as_before, assert_nothing_to_do, remove, single
from .support.host import FakeHost
from .support.kernel import Nat
from .support.topologies import Lab, host_of

BRIDGE: Lab = {"bridges": [{"name": "br1", "addresses": ["10.1.0.254/24", "fd00:1::fe/64"]}]}
HAIRPIN = ("10.1.0.0/24", "10.1.0.7", "tcp", 8080)


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
    assert nat(at, netns).rules == list(NAT_RULES)
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
    nat(at).rules = list(NAT_RULES[2:])
    nat(at).forwards["tcp", False, "", 9] = ("10.9.0.9", 9)
    [step] = apply(at, lab).plan()
    assert (step["kind"], step["action"]) == ("nat_table", "change")
    assert all(rule in step["reason"] for rule in NAT_RULES[:2])
    assert nat(at).rules == list(NAT_RULES) and ("tcp", False, "", 9) in nat(at).forwards


def test_an_empty_table_that_a_removal_finds_goes() -> None:
    at = host()
    fresh = at.copy()
    apply(at, {"masquerades": [{"source": "10.1.0.0/24"}]})
    nat(at).masquerades.clear()
    remove(at)
    assert_as_before(at, fresh)


@pytest.mark.parametrize(
    ("to", "hairpins"),
    [("10.1.0.7:8080", {HAIRPIN}), ("10.1.0.7", {("10.1.0.0/24", "10.1.0.7", "tcp", 80)}), ("10.2.0.7:8080", set()),
     ("[fd00:1::7]:8080", {("fd00:1::/64", "fd00:1::7", "tcp", 8080)})],
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
    assert nat(at).hairpins == {("10.1.0.0/24", "10.1.0.8", "tcp", 81)}


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
        ("tcp", False, listen, 80 + n): ("10.9.0.7", 8080 + n) for listen in ("10.0.2.15", "10.0.2.16") for n in (0, 1)
    }
    narrower = {"port_forwards": [forward("81", "10.9.0.7:8081", listen=["10.0.2.15"])]}
    assert kinds(apply(at, narrower).plan()) == ["delete port_forward"] * 3
    assert nat(at).forwards == {("tcp", False, "10.0.2.15", 81): ("10.9.0.7", 8081)}


def test_a_forward_that_turns_is_one_change() -> None:
    at = host()
    apply(at, {"port_forwards": [forward(80, "10.9.0.7")]})
    [step] = apply(at, {"port_forwards": [forward(80, "10.9.0.8:81")]}).plan()
    assert step["action"] == "change" and step["reason"] == "to is 10.9.0.7, wanted 10.9.0.8, to_port is 80, wanted 81"


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
    own = {**lab, "bridge_ports": [{"dev": "ve0-p", "bridge": "br1", "hairpin": False}]}
    apply(at, own)
    assert at.kernel.link("", "ve0-p").port["hairpin"] is False, "an entry has its own word on it"
    apply(at, {"port_forwards": [forward(80)]})
    remove(at)
    assert_as_before(at, fresh)
