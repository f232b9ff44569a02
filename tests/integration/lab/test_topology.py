# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module topology: whole labs built, repeated, redefined with pruning, and taken away to the byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused, steps
from ..support.dumps import assert_same, comparable
from ..support.labs import DROP, Lab, absent, bridge_nat, change, ipv6_star, star, two_veth_pairs, veth_pair
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox

LABS = [bridge_nat, two_veth_pairs, veth_pair, ipv6_star]


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_comes_stays_and_goes(sandbox: Sandbox, outside: Outside, lab: Callable[[], Lab]) -> None:
    sandbox.sh("ip netns add foreign; nft add table inet foreign; mkdir -p /etc/netns/foreign")
    before = sandbox.dump()
    done = converge(sandbox, "topology", lab())
    assert {action for _kind, action in steps(done)} <= {"create", "change"}
    assert sandbox.namespaces() == {"red", "blue", "foreign"}
    done = converge(sandbox, "topology", absent(lab()))
    assert {action for _kind, action in steps(done)} <= {"delete", "change"}
    assert_same(before, sandbox.dump())


def test_the_bridge_nat_lab_as_ip_shows_it(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    for name, address in (("red", "192.168.15.1/24"), ("blue", "192.168.15.2/24")):
        link, port, lo = sandbox.link(f"veth-{name}", name), sandbox.link(f"veth-{name}-br"), sandbox.link("lo", name)
        assert link and port and lo
        assert all("UP" in item["flags"] for item in (link, port, lo))
        assert port["master"] == "v-net-0"
        assert sandbox.addresses(f"veth-{name}", name) == [address]
        (route,) = (item for item in sandbox.ip("route", name) if item["dst"] == "default")
        assert (route["gateway"], route["dev"]) == ("192.168.15.5", f"veth-{name}")
    assert sandbox.addresses("v-net-0") == ["192.168.15.5/24"]
    assert sandbox.sysctl("net.ipv4.ip_forward") == "1"
    tables = [(item["table"]["family"], item["table"]["name"]) for item in sandbox.nft() if "table" in item]
    assert tables == [("inet", "netns_lab")]


def test_links_without_ipv6_stay_silent(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    for netns in ("", "red", "blue"):
        for link in sandbox.ip("address", netns):
            if link["ifname"] != "lo":
                assert [info for info in link["addr_info"] if info["family"] == "inet6"] == [], link


def test_plan_and_diff_name_each_object_in_the_order_of_its_making(sandbox: Sandbox) -> None:
    done = sandbox.apply("topology", bridge_nat())
    kinds = list(dict.fromkeys(step["kind"] for step in done["plan"]))
    order = ["netns", "sysctl", "bridge", "veth", "address", "route", "masquerade", "port_forward"]
    assert [kind for kind in kinds if kind in order] == [kind for kind in order if kind in kinds]
    assert {"netns", "bridge", "veth", "route", "masquerade", "port_forward", "sysctl"} <= set(kinds)
    text = done["diff"]["after"]
    for word in ("red", "blue", "v-net-0", "veth-red", "192.168.15.1/24", "192.168.15.5", "ip_forward", "80"):
        assert word in text, word


def test_a_list_that_is_not_given_is_empty_and_none_is_needed(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    sandbox.apply("topology", {"name": "nothing"})
    sandbox.apply("topology", {"name": "nothing", "state": "absent"})
    assert_nothing_to_do(sandbox, "topology", {"name": "nothing", "state": "absent"})
    assert_same(before, sandbox.dump())


PRUNED: dict[str, dict[str, object]] = {
    "masquerade": {"masquerades": DROP},
    "port_forward": {"port_forwards": DROP},
    "nat": {"masquerades": DROP, "port_forwards": DROP},
    "route": {"routes.1": DROP},
    "sysctl": {"sysctls": DROP},
    "address": {"veths.0.addresses.0": DROP, "routes.0": DROP},
    "other address": {"veths.0.addresses.0": "192.168.15.9/24"},
    "veth pair": {"veths.1": DROP, "routes.1": DROP},
    "namespace": {"namespaces.0": DROP, "veths.0": DROP, "routes.0": DROP},
    "port off its bridge": {"veths.0.peer.bridge": DROP, "routes.0": DROP},
    "everything": dict.fromkeys(set(bridge_nat()) - {"name"}, DROP),
}


@pytest.mark.parametrize("changes", PRUNED.values(), ids=[name.replace(" ", "-") for name in PRUNED])
def test_a_new_definition_prunes_to_what_a_fresh_build_of_it_is(sandbox: Sandbox, changes: dict[str, object]) -> None:
    empty = sandbox.dump()
    smaller = change(bridge_nat(), changes)
    sandbox.apply("topology", smaller)
    fresh = comparable(sandbox.dump())
    sandbox.apply("topology", absent(smaller))
    sandbox.apply("topology", bridge_nat())
    converge(sandbox, "topology", smaller)
    assert_same(fresh, comparable(sandbox.dump()))
    sandbox.apply("topology", absent(smaller))
    assert_same(empty, sandbox.dump())


def test_growing_a_lab_equals_building_the_larger_one(sandbox: Sandbox) -> None:
    larger = star(("red", "blue", "green"))
    sandbox.apply("topology", larger)
    fresh = comparable(sandbox.dump())
    sandbox.apply("topology", absent(larger))
    sandbox.apply("topology", star())
    done = converge(sandbox, "topology", larger)
    assert {action for _kind, action in steps(done)} == {"create"}
    assert_same(fresh, comparable(sandbox.dump()))


@pytest.mark.parametrize("prior", ["0", "1"])
def test_teardown_puts_the_prior_forwarding_back(sandbox: Sandbox, prior: str) -> None:
    sandbox.sh(f"sysctl -w net.ipv4.ip_forward={prior}")
    before = sandbox.dump()
    sandbox.apply("topology", bridge_nat())
    assert sandbox.sysctl("net.ipv4.ip_forward") == "1"
    sandbox.apply("topology", absent(bridge_nat()))
    assert sandbox.sysctl("net.ipv4.ip_forward") == prior
    assert_same(before, sandbox.dump())


def test_teardown_puts_back_what_forwarding_set_by_the_way(sandbox: Sandbox, outside: Outside) -> None:
    """Writing ip_forward also writes forwarding of every link and accept_redirects of all."""
    sandbox.sh("sysctl -w net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.forwarding=1")
    before = sandbox.dump()
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("topology", absent(bridge_nat()))
    assert_same(before, sandbox.dump())


def test_the_last_of_two_labs_gives_forwarding_back(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    sandbox.apply("topology", bridge_nat())
    renamed = {
        "namespaces.0.name": "red9", "veths.0.name": "vr9", "veths.0.peer.netns": "red9", "routes.0.netns": "red9",
        "namespaces.1.name": "blue9", "veths.1.name": "vb9", "veths.1.peer.netns": "blue9", "routes.1.netns": "blue9",
    }  # fmt: skip
    sandbox.apply("topology", change(two_veth_pairs(), renamed))
    sandbox.apply("topology", absent(bridge_nat()))
    assert sandbox.sysctl("net.ipv4.ip_forward") == "1"
    assert ping(sandbox, "red9", "198.51.100.2").answered
    sandbox.apply("topology", absent(two_veth_pairs()))
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"
    assert_same(before, sandbox.dump())


def test_a_lab_and_a_module_hold_forwarding_together(sandbox: Sandbox) -> None:
    sandbox.apply("netns_sysctl", {"name": "net.ipv4.ip_forward", "value": "1"})
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("netns_sysctl", {"name": "net.ipv4.ip_forward", "value": "1", "state": "absent"})
    assert sandbox.sysctl("net.ipv4.ip_forward") == "1"
    sandbox.apply("topology", absent(bridge_nat()))
    assert sandbox.sysctl("net.ipv4.ip_forward") == "0"


def test_two_labs_of_the_same_shape_stand_side_by_side(sandbox: Sandbox) -> None:
    one = bridge_nat(name="one")
    two = star(("green", "grey"), name="two")
    elsewhere = {
        "bridges.0": {"name": "v-net-1", "addresses": ["192.168.16.5/24"]},
        "veths.0.addresses.0": "192.168.16.1/24",
        "veths.1.addresses.0": "192.168.16.2/24",
        "veths.0.peer.bridge": "v-net-1",
        "veths.1.peer.bridge": "v-net-1",
        "routes.0.gateway": "192.168.16.5",
        "routes.1.gateway": "192.168.16.5",
        "masquerades": [{"source": "192.168.16.0/24"}],
    }
    two = change(two, elsewhere)
    sandbox.apply("topology", one)
    alone = sandbox.dump()
    converge(sandbox, "topology", two)
    assert_nothing_to_do(sandbox, "topology", one)
    converge(sandbox, "topology", absent(two))
    assert_same(alone, sandbox.dump())


def test_a_record_that_is_lost_with_the_kernel_state_leaves_a_clean_host(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("topology", absent(bridge_nat()))
    assert sandbox.dump()["records"] == []
    assert_nothing_to_do(sandbox, "topology", absent(bridge_nat()))


def test_without_its_record_a_lab_is_foreign_and_stays_as_it_is(sandbox: Sandbox) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.sh("rm -r /run/netns-lab")
    refused(sandbox, "topology", bridge_nat(), "Conflict", "namespaces[0]", "red")
    assert_nothing_to_do(sandbox, "topology", absent(bridge_nat()))
    assert sandbox.namespaces() == {"red", "blue"}


def test_after_a_reboot_files_in_etc_are_found_and_the_lab_is_built_again(sandbox: Sandbox) -> None:
    """A reboot takes the kernel's state and /run, not /etc/netns."""
    lab = change(bridge_nat(), {"namespaces.0.hosts": "192.168.15.2 blue\n"})
    sandbox.apply("topology", lab)
    fresh = comparable(sandbox.dump())
    sandbox.sh(
        """
        ip link del v-net-0; ip link del veth-red-br; ip link del veth-blue-br
        ip -all netns del; umount /run/netns; rmdir /run/netns; rm -r /run/netns-lab
        nft flush ruleset; sysctl -w net.ipv4.ip_forward=0
        """
    )
    converge(sandbox, "topology", lab)
    assert_same(fresh, comparable(sandbox.dump()))
    sandbox.apply("topology", absent(lab))
    assert sandbox.namespaces() == set()
