# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs that span hosts: who has what, how the hosts are joined, what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import topology as model
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.plugin_utils.span.inventory import span_lab
from ansible_collections.netns.lab.plugins.plugin_utils.span.span import SpanLab
from hypothesis import given
from hypothesis import strategies as st

Lab = dict[str, Any]
HOSTS = [f"host{number}" for number in range(1, 6)]
ADDRESS = {host: f"192.0.2.{10 + number}" for number, host in enumerate(HOSTS, 1)}


def inventory(**more: Lab) -> Lab:
    """Five hosts, all of them in ``all``, the first three in ``web``; ``more`` are variables of hosts."""
    hostvars = {host: {"ansible_host": ADDRESS[host], **more.get(host, {})} for host in HOSTS}
    return {"hostvars": hostvars, "groups": {"all": HOSTS, "web": ["host3", "host1", "host2"], "none": []}}


def veth(name: str, address: str, bridge: str = "br0", **options: Any) -> Lab:
    """A namespace's veth pair to a bridge of its host."""
    peer = {"name": f"{name}-p", "bridge": bridge}
    return {"name": f"{name}-v", "netns": name, "addresses": [address], "peer": peer, **options}


def lab(*places: str | None, **more: Any) -> Lab:
    """A namespace on each host named, all on one bridge."""
    return {
        "namespaces": [{"name": f"n{at}", **({"host": host} if host else {})} for at, host in enumerate(places)],
        "bridges": [{"name": "br0"}],
        "veths": [veth(f"n{at}", f"10.1.0.{at + 1}/24") for at in range(len(places))],
        **more,
    }


def cut(definition: Lab, span: Lab | None = None, **more: Lab) -> SpanLab:
    return span_lab("lab", definition, span, inventory(**more))


def refused(definition: Lab, span: Lab | None = None, **more: Lab) -> InvalidArgument:
    with pytest.raises(InvalidArgument) as caught:
        cut(definition, span, **more)
    assert caught.value.remedy
    return caught.value


def one(part: dict[str, list[Lab]], option: str) -> Lab:
    [entry] = part[option]
    return entry


# -- who has what ----------------------------------------------------------------------------------------------------


def test_each_host_has_its_namespaces_with_what_is_in_them():
    definition = lab(
        "host1",
        "host2",
        routes=[{"netns": "n1", "dst": "default", "gateway": "10.1.0.1"}],
        addresses=[{"netns": "n0", "dev": "n0-v", "address": "10.2.0.1/24"}],
        sysctls=[{"netns": "n1", "name": "net.ipv4.ip_forward", "value": "1"}],
    )
    spanned = cut(definition)
    first, second = spanned.part("host1"), spanned.part("host2")
    assert [entry["name"] for entry in first["namespaces"]] == ["n0"]
    assert [entry["name"] for entry in second["namespaces"]] == ["n1"]
    assert (len(first["routes"]), len(second["routes"])) == (0, 1)
    assert (len(first["addresses"]), len(second["addresses"])) == (1, 0)
    assert (len(first["sysctls"]), len(second["sysctls"])) == (0, 1)
    assert not any(spanned.part("host3").values())
    assert spanned.hosts == {"host1": ["n0"], "host2": ["n1"]}


def test_a_definition_is_left_as_it_was():
    definition = lab("host1", "host2", masquerades=[{"source": "10.1.0.0/24"}])
    before = copy.deepcopy(definition)
    spanned = cut(definition, {"mode": "vxlan"})
    for host in HOSTS:
        spanned.part(host)
    assert definition == before


def test_namespaces_of_a_group_are_given_to_its_hosts_in_turn():
    spanned = cut(lab("web", "web", "host5", "web", "web"))
    assert spanned.hosts == {"host1": ["n0", "n4"], "host2": ["n1"], "host3": ["n3"], "host5": ["n2"]}


def test_namespaces_without_a_place_are_spread():
    assert cut(lab(None, None, None), {"hosts": ["host2", "host4"]}).hosts == {"host2": ["n0", "n2"], "host4": ["n1"]}


@given(st.integers(1, 30), st.integers(1, 5))
def test_spread_is_even_and_a_name_at_the_end_moves_nobody(count: int, hosts: int):
    span = {"hosts": HOSTS[:hosts]}
    few, more = cut(lab(*[None] * count), span).hosts, cut(lab(*[None] * (count + 1)), span).hosts
    sizes = [len(more.get(host, ())) for host in span["hosts"]]
    assert max(sizes) - min(sizes) <= 1
    assert all(set(names) <= set(more[host]) for host, names in few.items())


def test_addresses_of_a_bridge_are_on_one_host():
    bridges = [{"name": "br0", "addresses": ["10.1.0.254/24"]}]
    by_first = cut(lab("host2", "host1", bridges=bridges))
    assert one(by_first.part("host2"), "bridges")["addresses"] == ["10.1.0.254/24"]
    assert "addresses" not in one(by_first.part("host1"), "bridges")
    elsewhere = cut(lab("host2", "host1", bridges=[{**bridges[0], "host": "host4"}]))
    assert one(elsewhere.part("host4"), "bridges")["addresses"] == ["10.1.0.254/24"]
    assert elsewhere.across["br0"].hosts == ("host1", "host2", "host4")


def test_translation_is_where_the_gateway_is():
    definition = lab(
        "host1",
        "host2",
        bridges=[{"name": "br0", "addresses": ["10.1.0.254/24"]}],
        masquerades=[{"source": "10.1.0.0/24"}, {"source": "10.9.0.0/24", "host": "host2"}],
        port_forwards=[{"protocol": "tcp", "port": "80", "to": "10.1.0.2:80"}],
        sysctls=[{"name": "net.ipv4.ip_forward", "value": "1"}],
    )
    spanned = cut(definition)
    assert one(spanned.part("host1"), "masquerades")["source"] == "10.1.0.0/24"
    assert one(spanned.part("host2"), "masquerades")["source"] == "10.9.0.0/24"
    assert [len(spanned.part(host)["port_forwards"]) for host in HOSTS[:3]] == [1, 0, 0]
    assert [len(spanned.part(host)["sysctls"]) for host in HOSTS[:3]] == [1, 1, 0]


# -- how they are joined ---------------------------------------------------------------------------------------------


def test_tunnels_join_exactly_the_hosts_with_ports():
    definition = lab("host1", "host2", "host3")
    definition["bridges"].append({"name": "br1"})
    definition["namespaces"].append({"name": "n9", "host": "host4"})
    definition["veths"] += [veth("n9", "10.2.0.1/24", "br1")]
    spanned = cut(definition)
    tunnel = one(spanned.part("host2"), "vxlans")
    assert tunnel["local"] == ADDRESS["host2"]
    assert tunnel["remotes"] == [ADDRESS["host1"], ADDRESS["host3"]]
    assert tunnel["learning"] is False
    for other in ("host1", "host3"):
        part = spanned.part(other)
        macs = {one(part, "veths")["mac"], one(part, "bridges")["mac"]}
        assert {entry["mac"] for entry in tunnel["fdb"] if entry["dst"] == ADDRESS[other]} == macs
    assert (tunnel["bridge"], tunnel["mtu"], tunnel["dstport"]) == ("br0", 1450, 4789)
    assert tunnel["name"] == f"vxlan{tunnel['id']}"
    assert spanned.part("host4")["vxlans"] == []
    assert "mtu" not in one(spanned.part("host4"), "veths")


@given(
    st.lists(st.sampled_from(HOSTS), min_size=1, max_size=12), st.lists(st.sampled_from("ab"), min_size=12, max_size=12)
)
def test_parts_are_the_whole_and_tunnels_match(places: list[str], bridges: list[str]):
    definition = lab(*places, bridges=[{"name": "a"}, {"name": "b"}])
    for veth, bridge in zip(definition["veths"], bridges, strict=False):
        veth["peer"]["bridge"] = bridge
    used = set(bridges[: len(places)])
    definition["bridges"] = [entry for entry in definition["bridges"] if entry["name"] in used]
    spanned = cut(definition)
    parts = {host: spanned.part(host) for host in HOSTS}
    for option in ("namespaces", "veths"):
        names = [entry["name"] for part in parts.values() for entry in part[option]]
        assert sorted(names) == sorted(entry["name"] for entry in definition[option])
    ends = {
        (tunnel["id"], tunnel["local"]): set(tunnel["remotes"]) for part in parts.values() for tunnel in part["vxlans"]
    }
    for (vni, local), remotes in ends.items():
        assert remotes == {other for number, other in ends if number == vni} - {local}
        assert remotes
    for host, part in parts.items():
        topology = model.parse({option: part[option] for option in KINDS})
        assert {item.name for item in topology["namespaces"]} == set(spanned.hosts.get(host, ()))
    proofs = [(entry["from"], entry["to"]) for host in HOSTS for entry in spanned.expectations(host)]
    assert len(set(proofs)) == len(proofs) == len(places) * (len(places) - 1)


def test_identifiers_do_not_change_with_hosts_and_may_be_given():
    few, more = cut(lab("host1", "host2")), cut(lab("host1", "host2", "host3"))
    assert few.across["br0"].vni == more.across["br0"].vni
    assert cut(lab("host1", "host2"), {"vnis": {"br0": 77}}).across["br0"].link == "vxlan77"
    other = span_lab("other", lab("host1", "host2"), None, inventory())
    assert other.across["br0"].vni != few.across["br0"].vni


def test_a_host_built_anew_has_the_same_hardware_addresses():
    end = one(cut(lab("host1", "host2")).part("host1"), "veths")
    assert end["mac"] == one(cut(lab("host1", "host2", "host3")).part("host1"), "veths")["mac"]
    assert end["mac"].startswith("02:")
    spanned = cut(lab("host1", "host2"))
    assert len({one(spanned.part(host), "bridges")["mac"] for host in ("host1", "host2")}) == 2


@pytest.mark.parametrize(
    ("span", "variables", "mtu"),
    [
        (None, {}, 1450),
        ({"mtu": 9000}, {}, 8950),
        (None, {"host2": {"netns_lab_underlay_mtu": 1400}}, 1350),
        ({"addresses": {"host1": "fd00::1", "host2": "fd00::2"}}, {}, 1430),
    ],
)
def test_packets_are_as_large_as_fits_into_the_tunnel(span: Lab | None, variables: dict[str, Lab], mtu: int):
    part = cut(lab("host1", "host2"), span, **variables).part("host1")
    veth = one(part, "veths")
    assert [one(part, "vxlans")["mtu"], one(part, "bridges")["mtu"], veth["mtu"], veth["peer"]["mtu"]] == [mtu] * 4


def test_underlay_addresses_come_from_the_option_then_the_variable_then_the_inventory():
    variables = {"host1": {"netns_lab_underlay": "198.51.100.1"}, "host2": {"netns_lab_underlay": "198.51.100.2"}}
    spanned = cut(lab("host1", "host2", "host3"), {"addresses": {"host2": "203.0.113.2"}}, **variables)
    found = [one(spanned.part(host), "vxlans")["local"] for host in HOSTS[:3]]
    assert found == ["198.51.100.1", "203.0.113.2", ADDRESS["host3"]]


def test_routes_give_each_host_the_subnets_of_the_others():
    definition: Lab = {
        "namespaces": [{"name": "a", "host": "host1"}, {"name": "b", "host": "host2"}],
        "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24"]}, {"name": "br2", "addresses": ["10.2.0.254/24"]}],
        "veths": [veth("a", "10.1.0.1/24", "br1"), veth("b", "10.2.0.1/24", "br2")],
        "masquerades": [{"source": "10.1.0.0/24"}, {"source": "10.2.0.0/24", "exclude": ["172.16.0.0/12"]}],
    }
    spanned = cut(definition, {"mode": "routes"})
    first, second = spanned.part("host1"), spanned.part("host2")
    assert one(first, "routes") == {"dst": "10.2.0.0/24", "gateway": ADDRESS["host2"]}
    assert one(second, "routes") == {"dst": "10.1.0.0/24", "gateway": ADDRESS["host1"]}
    assert first["vxlans"] == second["vxlans"] == []
    assert one(first, "masquerades")["exclude"] == ["10.2.0.0/24"]
    assert one(second, "masquerades")["exclude"] == ["172.16.0.0/12", "10.1.0.0/24"]
    everywhere = cut({**definition, "masquerades": [{"out_interface": "wan"}]}, {"mode": "routes"})
    assert one(everywhere.part("host1"), "masquerades")["exclude"] == ["10.2.0.0/24"]
    assert one(everywhere.part("host2"), "masquerades")["exclude"] == ["10.1.0.0/24"]


def test_a_network_that_reaches_beyond_a_host_is_not_that_hosts_own():
    """No host is told to send packets for the network between the hosts to the one that has a link in it."""
    shared = [
        {"name": f"lan{host}", "kind": "dummy", "host": host, "addresses": [f"10.9.0.{host[-1]}/24"]} for host in HOSTS
    ]
    spanned = cut({**lab("host1"), "links": shared}, {"mode": "routes"})
    for host in HOSTS:
        assert one(spanned.part(host), "links")["name"] == f"lan{host}"
        assert "10.9.0.0/24" not in [route["dst"] for route in spanned.part(host)["routes"]]


def test_expectations_of_the_user_begin_where_their_namespace_is():
    given_ = [
        {"from": "n0", "to": "n1"},
        {"from": "n1", "to": "n2"},
        {"from": "n1", "to": "8.8.8.8", "expect": "unreachable"},
    ]
    spanned = cut(lab("host1", "host2", "host2"))
    assert spanned.expectations("host1", given_) == [{"from": "n0", "to": "10.1.0.2"}]
    assert spanned.expectations("host2", given_) == [{"from": "n1", "to": "n2"}, given_[2]]


def test_of_a_large_lab_each_is_to_reach_the_next():
    spanned = cut(lab(*["web"] * 101, veths=[veth(f"n{at}", f"10.1.{at}.1/16") for at in range(101)]))
    proofs = [(entry["from"], entry["to"]) for host in HOSTS for entry in spanned.expectations(host)]
    assert len(proofs) == len(dict(proofs)) == len({to for _from, to in proofs}) == 101


# -- what is wrong ---------------------------------------------------------------------------------------------------

WRONG: dict[str, tuple[Lab, Lab | None, str, str]] = {
    "an unknown host": (
        lab("host1", "host9"),
        None,
        "namespaces[1].host",
        "'host9', which the inventory does not have",
    ),
    "an empty group": (lab("none"), None, "namespaces[0].host", "a group without hosts"),
    "no place": (lab("host1", None), None, "namespaces[1].host", "nothing"),
    "a namespace of nobody": (
        lab("host1", routes=[{"netns": "x", "dst": "default", "gateway": "10.1.0.9"}]),
        None,
        "routes[0].netns",
        "'x', which is none",
    ),
    "a place beside its namespace's": (
        lab("host1", "host2", routes=[{"netns": "n0", "host": "host2", "dst": "default", "gateway": "10.1.0.9"}]),
        None,
        "routes[0].host",
        "namespace n0 is on host1",
    ),
    "a veth pair between hosts": (
        {
            "namespaces": [{"name": "a", "host": "host1"}, {"name": "b", "host": "host2"}],
            "veths": [{"name": "x", "netns": "a", "peer": {"name": "y", "netns": "b"}}],
        },
        None,
        "veths[0]",
        "a on host1, b on host2",
    ),
    "a veth pair of nowhere": (
        lab("host1", veths=[{"name": "x", "peer": {"name": "y"}}]),
        None,
        "veths[0].host",
        "neither of its ends is in a namespace",
    ),
    "a bridge of nowhere": (
        lab("host1", bridges=[{"name": "br0"}, {"name": "br9"}]),
        None,
        "bridges[1].host",
        "nothing of the lab is attached",
    ),
    "a port of nowhere": (
        lab("host1", bridge_ports=[{"dev": "eth1", "bridge": "br0"}]),
        None,
        "bridge_ports[0].host",
        "the lab has no link 'eth1'",
    ),
    "a veth with a large MTU": (
        lab("host1", "host2", veths=[veth("n0", "10.1.0.1/24", mtu=1500), veth("n1", "10.1.0.2/24")]),
        None,
        "veths[0].mtu",
        "1500",
    ),
    "a wide bridge": (lab("host1", "host2", bridges=[{"name": "br0", "mtu": 1500}]), None, "bridges[0].mtu", "1500"),
    "an address twice on the wire": (
        lab("host1", "host2", veths=[veth("n0", "10.1.0.1/24"), veth("n1", "10.1.0.1/24")]),
        None,
        "veths[1].addresses[0]",
        "veths[0]",
    ),
    "a bridge across with routes": (lab("host1", "host2"), {"mode": "routes"}, "bridges[0]", "ports on host1, host2"),
    "one address for two": (
        lab("host1", "host2"),
        {"addresses": {"host1": ADDRESS["host2"]}},
        "span.addresses",
        "host1 and host2",
    ),
    "both families": (lab("host1", "host2"), {"addresses": {"host1": "fd00::1"}}, "span.addresses", "fd00::1"),
    "an address that is none": (
        lab("host1", "host2"),
        {"addresses": {"host1": "one.example"}},
        "span.addresses.host1",
        "one.example",
    ),
    "an option that is none": (lab("host1"), {"hots": []}, "span.hots", "hots"),
    "a list that is none": ({"namespace": []}, {}, "namespace", "no such one"),
    "an entry with a fault": (
        lab("host1", "host2", rules=[{"netns": "n1", "priority": 0, "table": "main"}]),
        None,
        "rules[0].priority",
        "0",
    ),
    "a VNI too high": (lab("host1", "host2"), {"vnis": {"br0": 1 << 24}}, "span.vnis.br0", "16777216"),
    "no room": (lab("host1", "host2"), {"mtu": 100}, "span.mtu", "100"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name: str):
    definition, span, where, found = WRONG[name]
    error = refused(definition, span)
    assert error.obj == where
    assert found in error.text()


ANYTHING = st.sampled_from(
    [
        None,
        "",
        0,
        -1,
        True,
        [],
        {},
        "x" * 40,
        ["a"],
        {"a": 1},
        "host1",
        "web",
        "zz",
        "10.0.0.1",
        "fd00::1/64",
        [None],
        3.5,
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a description."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in parts for found in _places(part, (*path, key)))]


@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data: st.DataObject):
    whole: Lab = {
        "definition": lab(
            "host1",
            "web",
            None,
            bridges=[{"name": "br0", "addresses": ["10.1.0.254/24"]}],
            routes=[{"netns": "n0", "dst": "default", "gateway": "10.1.0.254"}],
            masquerades=[{"source": "10.1.0.0/24"}],
            port_forwards=[{"protocol": "tcp", "port": "80", "to": "10.1.0.2:80"}],
            bridge_ports=[{"dev": "n0-p", "bridge": "br0", "cost": 3}],
            vxlans=[{"name": "vx", "id": 5, "local": "192.0.2.1", "host": "host2"}],
        ),
        "span": {"hosts": ["all"], "addresses": {"host1": "192.0.2.1"}, "mtu": 1500, "vnis": {"br0": 7}},
    }
    for _turn in range(data.draw(st.integers(1, 3))):
        *parents, last = data.draw(st.sampled_from([path for path in _places(whole) if len(path) > 1]))
        part: Any = whole
        for key in parents:
            part = part[key]
        part[last] = copy.deepcopy(data.draw(ANYTHING))
    try:
        spanned = cut(whole["definition"], whole["span"])
    except InvalidArgument as error:
        assert error.remedy
    else:
        for host in HOSTS:
            spanned.part(host)
            spanned.expectations(host)


def test_a_gateway_keeps_its_hardware_address_wherever_it_is():
    bridges = [{"name": "br0", "addresses": ["10.1.0.254/24"]}]
    at = {home: cut(lab("host1", "host2", bridges=[{**bridges[0], "host": home}])) for home in ("host1", "host2")}
    macs = {home: {host: one(at[home].part(host), "bridges")["mac"] for host in ("host1", "host2")} for home in at}
    assert macs["host1"]["host1"] == macs["host2"]["host2"], "that of the gateway"
    assert len({macs["host1"]["host1"], macs["host1"]["host2"], macs["host2"]["host1"]}) == 3
    given = [{**bridges[0], "host": "host2", "mac": "02:00:00:00:00:01"}]
    assert one(cut(lab("host1", "host2", bridges=given)).part("host2"), "bridges")["mac"] == "02:00:00:00:00:01"
