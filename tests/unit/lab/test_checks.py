# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan must not do is refused before anything is touched: nowhere to go, too much, somebody else's way in."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.checks import BRIDGE_PORTS_MAX, advice
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import State
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.netns import NetnsKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.want import Want
from ansible_collections.netns.lab.plugins.module_utils._engine.plan import Outcome, Step
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change
from ansible_collections.netns.lab.plugins.module_utils._model.errors import (
    Conflict,
    Dependency,
    InvalidArgument,
    LabError,
)

from ..support.engine import apply, assert_as_before, assert_nothing_to_do, remove, single
from ..support.host import FakeHost
from ..support.oracle import lacking
from ..support.topologies import FOREIGN_BRIDGE, SPARE, UPLINK, Lab, host_of

RED: Lab = {
    "namespaces": [{"name": "red"}],
    "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24"]}],
    "veths": [
        {"name": "ve0", "netns": "red", "addresses": ["10.1.0.1/24"], "peer": {"name": "ve0-p", "bridge": "br1"}}
    ],
}


def host() -> FakeHost:
    return host_of("0", (), alien=False)


def refused(kind: type[LabError], lab: Lab, at: FakeHost | None = None, **switches: bool) -> LabError:
    """The error of a run; nothing was touched, and check mode says the same."""
    at = at or host()
    before = at.copy()
    at.acts = 0
    with pytest.raises(kind) as caught:
        apply(at, lab, **switches)
    assert at.acts == 0
    assert_as_before(at, before)
    with pytest.raises(kind) as again:
        apply(at, lab, check=True, **switches)
    assert str(again.value) == str(caught.value)
    return caught.value


def test_a_namespace_that_is_not_there_is_told_with_those_that_are() -> None:
    at = host()
    single(at, "namespaces", {"name": "blue"})
    error = refused(InvalidArgument, {"sysctls": [{"netns": "blu", "name": "net.a.b", "value": "1"}]}, at)
    assert "(there are: blue)" in str(error)


def test_a_table_by_a_name_of_the_hosts_is_a_number() -> None:
    at = host()
    lab: Lab = {
        "rules": [{"priority": 7, "table": "uplink"}],
        "routes": [{"dst": "10.9.0.0/16", "type": "blackhole", "table": "backup"}],
    }
    apply(at, lab)
    space = at.kernel.space("")
    assert space.rules[False, 7]["table"] == 100 and (200, "10.9.0.0/16", 0) in space.routes
    assert apply(at, lab).plan() == []
    single(at, "routes", {"dst": "10.9.0.0/16", "table": "backup"}, "absent")
    assert (200, "10.9.0.0/16", 0) not in space.routes
    unknown = refused(InvalidArgument, {"rules": [{"priority": 7, "table": "uplnk"}]})
    assert unknown.obj == "rules[0].table" and "uplink (100), backup (200)" in str(unknown)
    routes = [{"dst": "10.9.0.0/16", "type": "blackhole", "table": table} for table in ("backup", "200")]
    assert "one route for" in str(refused(InvalidArgument, {"routes": routes}))


#: name -> (additions to the lab, the entry at fault, words)
NOWHERE: dict[str, tuple[Lab, str, str]] = {
    "netns of a veth": ({"veths": [{"name": "a", "netns": "blue", "peer": {"name": "b"}}]}, "veths[0].netns", "there are: "),
    "netns of an address": (
        {"addresses": [{"netns": "blue", "dev": "a", "address": "10.5.0.1/24"}]}, "addresses[0].netns", "'blue'"),
    "netns of a route": ({"routes": [{"netns": "blue", "dst": "default", "dev": "a"}]}, "routes[0].netns", "'blue'"),
    "netns of a rule": ({"rules": [{"netns": "blue", "priority": 9, "table": "9"}]}, "rules[0].netns", "'blue'"),
    "netns of a sysctl": ({"sysctls": [{"netns": "blue", "name": "net.a.b", "value": "1"}]}, "sysctls[0].netns", "'blue'"),
    "netns of a masquerade": (
        {"masquerades": [{"netns": "blue", "source": "10.1.0.0/24"}]}, "masquerades[0].netns", "'blue'"),
    "netns of a bridge": ({"bridges": [{"name": "br2", "netns": "blue"}]}, "bridges[0].netns", "'blue'"),
    "bridge of a peer": (
        {"veths": [{"name": "a", "peer": {"name": "b", "bridge": "br9"}}]}, "veths[0].peer.bridge", "Create it first"),
    "bridge in another namespace": (
        {**RED, "veths": [{"name": "a", "peer": {"name": "b", "netns": "red", "bridge": "br1"}}]},
        "veths[0].peer.bridge", "nothing of this name in namespace red"),
    "bridge that is none": (
        {"veths": [{"name": "a", "peer": {"name": "b", "bridge": SPARE}}]}, "veths[0].peer.bridge", "a link of kind dummy"),
    "dev of an address": ({"addresses": [{"dev": "nope", "address": "10.5.0.1/24"}]}, "addresses[0].dev", "'nope'"),
    "dev of a route": ({"routes": [{"dst": "10.5.0.0/24", "dev": "nope"}]}, "routes[0].dev", "'nope'"),
    "dev of a port": (
        {"bridge_ports": [{"dev": "nope", "bridge": FOREIGN_BRIDGE}]}, "bridge_ports[0].dev", f"(it has {FOREIGN_BRIDGE}, "),
    "link of a sysctl": (
        {"sysctls": [{"name": "net.ipv4.conf.nope.rp_filter", "value": "1"}]}, "sysctls[0]", "no link 'nope' in the host"),
    "link of a sysctl in a new namespace": (
        {"namespaces": [{"name": "red", "sysctls": {"net.ipv4.conf.nope.rp_filter": 1}}]},
        "namespaces[0].sysctls.net.ipv4.conf.nope.rp_filter", "no link 'nope' in namespace red"),
    "gateway": ({**RED, "routes": [{"netns": "red", "dst": "default", "gateway": "10.2.0.1"}]}, "routes[0].gateway",
                "which no link reaches (subnets there: 10.1.0.0/24 dev ve0"),
    "gateway of the other family": (
        {**RED, "routes": [{"netns": "red", "dst": "default", "gateway": "fd00::1"}]}, "routes[0].gateway", "no link reaches"),
    "gateway by another link": (
        {**RED, "routes": [{"dst": "10.9.0.0/24", "gateway": "10.1.0.1", "dev": SPARE}]}, "routes[0].gateway", f"on {SPARE}"),
    "link-local gateway without dev": (
        {**RED, "routes": [{"netns": "red", "dst": "default", "gateway": "fe80::1"}]}, "routes[0].gateway", "without a dev"),
}  # fmt: skip


@pytest.mark.parametrize(("lab", "entry", "words"), NOWHERE.values(), ids=[name.replace(" ", "-") for name in NOWHERE])
def test_what_is_spoken_of_must_be_there(lab: Lab, entry: str, words: str) -> None:
    error = refused(InvalidArgument, lab)
    assert error.obj == entry
    assert words in str(error)


def test_a_sysctl_that_the_kernel_lacks_is_a_dependency() -> None:
    error = refused(Dependency, {"sysctls": [{"name": "net.bridge.bridge-nf-call-iptables", "value": "0"}]})
    assert "modprobe br_netfilter" in error.remedy
    refused(Dependency, {"sysctls": [{"name": f"net.ipv4.conf.{SPARE}.nothing", "value": "0"}]})


@pytest.mark.parametrize(
    "routes",
    [
        [{"netns": "red", "dst": "default", "gateway": "10.1.0.254"}],
        [
            {"netns": "red", "dst": "10.7.0.0/24", "dev": "ve0"},
            {"netns": "red", "dst": "default", "gateway": "10.7.0.1"},
        ],
        [{"netns": "red", "dst": "default", "gateway": "10.9.9.9", "dev": "ve0", "onlink": True}],
        [{"dst": "10.9.0.0/24", "gateway": "10.0.2.77"}],
    ],
    ids=["in a subnet", "on a route", "on the link itself", "by the host's own link"],
)
def test_a_gateway_that_is_reached_is_taken(routes: list[Lab]) -> None:
    at, lab = host(), {**RED, "routes": routes}
    apply(at, lab)
    assert lacking(lab, at.kernel) == []


def test_a_gateway_whose_link_goes_is_not_reached() -> None:
    at, route = host(), {"dst": "10.9.0.0/24", "gateway": "10.1.0.1"}
    apply(at, {**RED, "routes": [route]})
    error = refused(InvalidArgument, {"namespaces": RED["namespaces"], "routes": [route]}, at)
    assert error.obj == "routes[0].gateway"


# -- subnets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["10.0.2.200/24", "10.0.2.200/25", "10.0.0.1/8", "10.250.7.1/24", "172.17.5.1/24"])
def test_a_subnet_that_the_host_reaches_otherwise_is_refused(address: str) -> None:
    lab = {"bridges": [{"name": "br1", "addresses": [address]}]}
    error = refused(Conflict, lab)
    assert error.obj == "bridges[0].addresses[0]" and "allow_overlap" in error.remedy
    at = host()
    with pytest.raises(Conflict):
        single(at, "bridges", lab["bridges"][0])
    apply(at, lab, allow_overlap=True)
    assert lacking(lab, at.kernel) == []


def test_subnets_of_one_description_do_not_overlap_on_the_host() -> None:
    lab = {"bridges": [{"name": f"br{n}", "addresses": [f"10.1.{n}.1/{length}"]} for n, length in ((1, 24), (2, 16))]}
    assert "10.1.1.0/24 on br1 of the same definition" in str(refused(Conflict, lab))
    apply(host(), lab, allow_overlap=True)


def test_a_subnet_may_be_inside_namespaces_as_often_as_wanted() -> None:
    ends = [{"name": f"ve{n}", "netns": "red", "addresses": [f"10.0.2.{n}/24"]} for n in (1, 2)]
    lab = {"namespaces": [{"name": "red"}], "veths": [{**ends[0], "peer": ends[1]}]}
    apply(host(), lab)


@pytest.mark.parametrize("link_local", ["169.254.7.1/16", "fe80::7/64"])
def test_link_local_subnets_are_on_every_link(link_local: str) -> None:
    apply(host(), {"bridges": [{"name": f"br{n}", "addresses": [link_local.replace("7", str(n))]} for n in (1, 2)]})


def test_the_default_route_is_no_overlap_and_an_address_that_stands_is_none() -> None:
    at, lab = host(), {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24"]}]}
    apply(at, lab)
    assert_nothing_to_do(at, lab)
    at.kernel.route_replace("", (254, "10.1.0.0/16", 0), {"type": "unicast", "dev": SPARE})
    assert_nothing_to_do(at, lab)


def test_a_subnet_may_move_to_another_link() -> None:
    at = host()
    apply(at, {"bridges": [{"name": "br1", "addresses": ["10.1.0.1/24"]}]})
    moved = {"bridges": [{"name": "br1"}, {"name": "br2", "addresses": ["10.1.0.1/24"]}]}
    apply(at, moved)
    assert lacking(moved, at.kernel) == [] and at.kernel.link("", "br1").addresses == {}


# -- the way in ------------------------------------------------------------------------------------------------------

#: acts upon the link of the default route
MANAGED: dict[str, Lab] = {
    "enslave": {"bridges": [{"name": "br1"}], "bridge_ports": [{"dev": UPLINK, "bridge": "br1"}]},
    "address": {"addresses": [{"dev": UPLINK, "address": "10.5.0.1/24"}]},
}


@pytest.mark.parametrize("lab", MANAGED.values(), ids=list(MANAGED))
def test_the_way_in_is_left_alone_unless_allowed(lab: Lab) -> None:
    error = refused(Conflict, lab)
    assert UPLINK in error.found and "allow_management" in error.remedy
    at = host()
    fresh = at.copy()
    apply(at, lab, allow_management=True)
    assert lacking(lab, at.kernel) == []
    assert_nothing_to_do(at, lab)
    with pytest.raises(Conflict, match="allow_management"):
        remove(at)
    before = at.copy()
    with pytest.raises(Conflict, match="allow_management"):
        apply(at, {})
    assert_as_before(at, before)
    apply(at, {}, allow_management=True)
    assert_as_before(at, fresh)


def test_the_default_route_is_not_turned_by_a_single_module() -> None:
    at = host()
    before = at.copy()
    for entry, state in (({"dst": "default", "gateway": "10.0.2.9"}, "present"), ({"dst": "default"}, "absent")):
        with pytest.raises(Conflict, match="allow_management"):
            single(at, "routes", entry, state)
        assert_as_before(at, before)
    single(at, "routes", {"dst": "default", "gateway": "10.0.2.9"}, allow_management=True)
    assert at.kernel.space("").routes[254, "0.0.0.0/0", 0]["gateway"] == "10.0.2.9"


def test_a_port_of_the_way_in_may_be_shaped() -> None:
    """What does not cut anybody off is allowed."""
    at = host()
    at.kernel.link_master("", UPLINK, FOREIGN_BRIDGE)
    single(at, "bridge_ports", {"dev": UPLINK, "bridge": FOREIGN_BRIDGE, "cost": 9})
    assert at.kernel.link("", UPLINK).port["cost"] == 9


# -- too much --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", [0, 1])
def test_a_bridge_takes_1023_ports(standing: int) -> None:
    """Those that stand count too."""
    at = host()
    if standing:
        at.kernel.link_master("", SPARE, FOREIGN_BRIDGE)
    count = BRIDGE_PORTS_MAX - standing
    veths = [{"name": f"a{n}", "peer": {"name": f"b{n}", "bridge": FOREIGN_BRIDGE}} for n in range(count + 1)]
    error = refused(InvalidArgument, {"veths": veths}, at)
    assert (error.obj, error.found) == (f"bridge {FOREIGN_BRIDGE}", "1024 ports")
    assert len(apply(at, {"veths": veths[:count]}, check=True).steps) == count


def test_a_full_neighbour_table_is_warned_of() -> None:
    def warnings(hosts: int, limit: Any, steps: int = 1) -> list[str]:
        wants = {
            key: Want(key, "address", "x") for key in (AddressKey(f"n{n}", "a", "10.0.0.1/8") for n in range(hosts))
        }
        step = Step("netns", "red", "create", "does not exist", (Change(NetnsKey("red"), None, {}),))
        return advice(State(neighbour_limit=limit), wants, Outcome([step] * steps, {}))

    assert warnings(512, 1024) == warnings(513, None) == warnings(513, 1024, steps=0) == []
    [text] = warnings(513, 1024)
    assert "513 namespaces" in text and "gc_thresh3 (and gc_thresh2) = 2052" in text
