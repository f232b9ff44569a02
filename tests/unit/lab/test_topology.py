# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A description is read whole, or refused with the entry that is wrong; nothing else ever comes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import wanted
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import single_request, topology_request
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.netns import Namespace
from ansible_collections.netns.lab.plugins.module_utils._model.lab.spec import topology_spec
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import (
    Topology,
    namespaces_of,
    parse,
    parse_entry,
)
from ansible_collections.netns.lab.plugins.module_utils._model.reading import module_options
from hypothesis import given, settings
from hypothesis import strategies as st

from ..support.topologies import Lab, labs

#: for each list the smallest good entry
LEAST: dict[str, Lab] = {
    "namespaces": {"name": "red"},
    "bridges": {"name": "br1"},
    "veths": {"name": "a", "peer": {"name": "b"}},
    "vxlans": {"name": "v", "id": 5, "local": "192.0.2.1"},
    "links": {"name": "d", "kind": "dummy"},
    "bridge_ports": {"dev": "a", "bridge": "br1"},
    "addresses": {"dev": "a", "address": "10.0.0.1/24"},
    "sysctls": {"name": "net.ipv4.ip_forward", "value": "1"},
    "routes": {"dst": "default", "gateway": "10.0.0.1"},
    "rules": {"priority": 1, "table": "main"},
    "masquerades": {"source": "10.0.0.0/24"},
    "port_forwards": {"protocol": "tcp", "port": "80", "to": "10.0.0.2"},
}


def refused(lab: Any) -> InvalidArgument:
    with pytest.raises(InvalidArgument) as caught:
        wanted.wanted(parse(lab), "seed")
    assert caught.value.remedy
    return caught.value


def veth(name: str, **options: Any) -> Lab:
    return {"name": name, "peer": {"name": f"{name}-p"}, **options}


def test_no_description_is_an_empty_one() -> None:
    assert parse({}) == parse(dict.fromkeys(KINDS)) == Topology()
    assert parse({"name": "red", "state": "present", "other": 1}) == Topology()


def test_defaults_are_filled_in() -> None:
    [namespace] = parse({"namespaces": [{"name": "red"}]})["namespaces"]
    assert namespace == Namespace("namespaces[0]", "red", True, (), None, None)
    [veth] = parse({"veths": [LEAST["veths"]]})["veths"]
    assert veth.peer is not None and veth.peer.where == "veths[0].peer"
    assert (veth.end.netns, veth.end.up, veth.end.addresses, veth.end.mtu) == ("", True, None, None)
    [forward] = parse({"port_forwards": [{**LEAST["port_forwards"], "port": "80-82", "to": "10.0.0.2:8080"}]})[
        "port_forwards"
    ]
    assert (forward.ports, forward.to, forward.to_port, forward.listen, forward.hairpin) == (
        range(80, 83),
        "10.0.0.2",
        8080,
        (),
        True,
    )
    [route] = parse({"routes": [{"dst": "default", "gateway": "fd00::1"}]})["routes"]
    assert (route.dst, route.table, route.metric, route.type) == ("::/0", 254, None, "unicast")


@pytest.mark.parametrize("resource", KINDS)
def test_the_least_entry_is_enough_and_each_part_of_it_is_needed(resource: str) -> None:
    assert len(parse({resource: [LEAST[resource]]})[resource]) == 1
    for option in LEAST[resource]:
        less = {key: value for key, value in LEAST[resource].items() if key != option}
        error = refused({resource: [LEAST["namespaces"], less] if resource == "namespaces" else [less]})
        assert error.obj.startswith(f"{resource}[")
        assert error.obj.endswith(f".{option}") or "a gateway or a dev" in error.expected


@pytest.mark.parametrize("resource", KINDS)
def test_unknown_options_and_wrong_choices_are_named(resource: str) -> None:
    error = refused({resource: [{**LEAST[resource], "adress": 1}]})
    assert error.obj == f"{resource}[0].adress" and "Options here: " in error.remedy
    for option, form in KINDS[resource].spec.items():
        if "choices" in form:
            error = refused({resource: [{**LEAST[resource], option: "other"}]})
            assert error.obj == f"{resource}[0].{option}" and form["choices"][0] in error.expected
    error = refused({"veths": [{"name": "a", "peer": {"name": "b", "peer": {}}}]})
    assert error.obj == "veths[0].peer.peer"


#: name -> (description, entry at fault, words)
WRONG: dict[str, tuple[Lab, str, str]] = {
    "16 bytes": ({"veths": [veth("x" * 16)]}, "veths[0].name", "16 bytes"),
    "a space in a peer": ({"veths": [{"name": "a", "peer": {"name": "veth-red br"}}]}, "veths[0].peer.name", "' '"),
    "namespace with a slash": ({"namespaces": [{"name": "a/b"}]}, "namespaces[0].name", "'/'"),
    "no prefix length": ({"veths": [veth("a", addresses=["10.0.0.1"])]}, "veths[0].addresses[0]", "e.g. 10.0.0.1/24"),
    "twice on a link": (
        {"bridges": [{"name": "br1", "addresses": ["10.0.0.1/24", "10.0.0.1/16"]}]}, "bridges[0].addresses[1]", "given once"),
    "twice on a veth": (
        {"veths": [{"name": "a", "addresses": ["10.0.0.1/24"], "peer": {"name": "b", "addresses": ["10.0.0.1/24"]}}]},
        "veths[0].peer.addresses[0]", "already used by veths[0].addresses[0]"),
    "twice on a bridge": (
        {"bridges": [{"name": "br1"}], "veths": [
            {"name": "a", "netns": "red", "addresses": ["10.0.0.1/24"], "peer": {"name": "a-p", "bridge": "br1"}},
            {"name": "b", "netns": "blue", "addresses": ["10.0.0.1/24"], "peer": {"name": "b-p"}}],
         "bridge_ports": [{"dev": "b-p", "bridge": "br1"}]}, "veths[1].addresses[0]", "already used by veths[0].addresses[0]"),
    "again as an address": (
        {"bridges": [{"name": "br1", "addresses": ["10.0.0.1/24"]}],
         "addresses": [{"dev": "br1", "address": "10.0.0.1/24"}]}, "addresses[0].address", "bridges[0].addresses[0]"),
    "its own other end": ({"veths": [{"name": "a", "peer": {"name": "a"}}]}, "veths[0].peer.name", "two ends"),
    "its own other end in a namespace": (
        {"veths": [{"name": "a", "netns": "red", "peer": {"name": "a", "netns": "red"}}]}, "veths[0].peer.name", "namespace red"),
    "a namespace twice": ({"namespaces": [{"name": "red"}] * 2}, "namespaces[1]", "already used by namespaces[0]"),
    "a link twice": ({"veths": [veth("a"), veth("a-p")]}, "veths[1].name", "a-p, which is already used by veths[0].peer.name"),
    "a bridge as a veth": ({"bridges": [{"name": "a"}], "veths": [veth("a")]}, "veths[0].name", "bridges[0].name"),
    "a port twice": ({"bridge_ports": [LEAST["bridge_ports"]] * 2}, "bridge_ports[1]", "a port given once"),
    "a bridge as its own port": ({"bridge_ports": [{"dev": "a", "bridge": "a"}]}, "bridge_ports[0].dev", "a port of itself"),
    "a sysctl twice": (
        {"namespaces": [{"name": "red", "sysctls": {"net.ipv4.ip_forward": 1}}],
         "sysctls": [{"netns": "red", "name": "net/ipv4/ip_forward", "value": "1"}]}, "sysctls[0]", "namespaces[0].sysctls"),
    "a route twice": (
        {"routes": [{"dst": "default", "gateway": "10.0.0.1"}, {"dst": "0.0.0.0/0", "dev": "a"}]}, "routes[1]", "routes[0]"),
    "a rule twice": ({"rules": [LEAST["rules"]] * 2}, "rules[1]", "one rule for a priority"),
    "a source twice": ({"masquerades": [LEAST["masquerades"]] * 2}, "masquerades[1]", "a source given once"),
    "a port taken": (
        {"port_forwards": [{"protocol": "tcp", "port": "8000-8010", "to": "10.0.0.2"},
                           {"protocol": "tcp", "port": "8010", "to": "10.0.0.3"}]},
        "port_forwards[1].port", "tcp/8010, where port_forwards[0] has 8000-8010"),
    "a port taken at an address": (
        {"port_forwards": [{"protocol": "udp", "port": "53", "to": "10.0.0.2", "listen": ["10.9.0.1", "10.9.0.2"]},
                           {"protocol": "udp", "port": "50-60", "to": "10.0.0.3", "listen": ["10.9.0.2"]}]},
        "port_forwards[1].port", "udp/50-60 on 10.9.0.2"),
    "too few ports there": (
        {"port_forwards": [{"protocol": "tcp", "port": "1-10", "to": "10.0.0.2:65530"}]}, "port_forwards[0].to", "lower port"),
    "no protocol": ({"port_forwards": [{"port": "80", "to": "10.0.0.2"}]}, "port_forwards[0].protocol", "is required"),
    "host bits": ({"masquerades": [{"source": "10.0.0.1/24"}]}, "masquerades[0].source", "10.0.0.0/24: use that"),
    "families of a route": ({"routes": [{"dst": "10.0.0.0/8", "gateway": "fd00::1"}]}, "routes[0]", "Do not mix"),
    "families of a rule": ({"rules": [{**LEAST["rules"], "from": "10.0.0.0/8", "to": "fd00::/8"}]}, "rules[0]", "Do not mix"),
    "family of a rule": (
        {"rules": [{**LEAST["rules"], "from": "10.0.0.0/8", "family": "ipv6"}]}, "rules[0].family", "the prefixes determine it"),
    "families of a forward": (
        {"port_forwards": [{**LEAST["port_forwards"], "listen": ["2001:db8::1"]}]}, "port_forwards[0]", "Do not mix"),
    "families of a masquerade": (
        {"masquerades": [{"source": "10.0.0.0/24", "exclude": ["fd00::/8"]}]}, "masquerades[0]", "Do not mix"),
    "no way": ({"routes": [{"dst": "10.0.0.0/8"}]}, "routes[0]", "neither, for 10.0.0.0/8"),
    "a gateway for nothing": (
        {"routes": [{"dst": "10.0.0.0/8", "type": "blackhole", "gateway": "10.0.0.1"}]}, "routes[0].gateway", "blackhole"),
    "half an onlink": ({"routes": [{"dst": "default", "dev": "a", "onlink": True}]}, "routes[0].onlink", "Give both"),
    "metric 0 of IPv6": ({"routes": [{"dst": "fd00::/8", "dev": "a", "metric": 0}]}, "routes[0].metric", "from 1 to"),
    "broadcast of IPv6": (
        {"addresses": [{"dev": "a", "address": "fd00::1/64", "broadcast": "10.0.0.255"}]}, "addresses[0].broadcast", "IPv6"),
    "mtu": ({"veths": [veth("a", mtu=67)]}, "veths[0].mtu", "from 68 to 65535"),
    "auto for a veth": ({"veths": [veth("a", mac="auto")]}, "veths[0].mac", "Omit mac"),
    "delay with stp": ({"bridges": [{"name": "br1", "stp": True, "forward_delay": 1}]}, "bridges[0].forward_delay", "from 2"),
    "no priority of a rule": ({"rules": [{"table": "9"}]}, "rules[0].priority", "ip rule list shows"),
    "priority of a port": (
        {"bridge_ports": [{**LEAST["bridge_ports"], "priority": 64}]}, "bridge_ports[0].priority", "from 0 to 63"),
    "an empty sysctl": ({"sysctls": [{"name": "net.ipv4.ip_forward", "value": " "}]}, "sysctls[0].value", "to write"),
    "a sysctl of the kernel": (
        {"namespaces": [{"name": "red", "sysctls": {"kernel.hostname": "x"}}]}, "namespaces[0].sysctls", "below net."),
    "an entry that is a text": ({"veths": ["red"]}, "veths[0]", "Write it as key: value"),
    "a name that is true": ({"bridges": [{"name": True}]}, "bridges[0].name", "in quotes"),
    "a name that is a number": ({"namespaces": [{"name": 1.5}]}, "namespaces[0].name", "in quotes"),
    "a name that is a whole number": ({"namespaces": [10]}, "namespaces[0]", "quotation marks"),
    "a list that is a text": ({"namespaces": "red"}, "namespaces", "a list of entries"),
    "a text that is a list": ({"namespaces": [{"name": ["red"]}]}, "namespaces[0].name", "a text"),
    "a switch that is a text": ({"namespaces": [{"name": "red", "lo_up": "maybe"}]}, "namespaces[0].lo_up", "true or false"),
    "a number that is a boolean": ({"veths": [veth("a", mtu=True)]}, "veths[0].mtu", "a whole number"),
    "an address that is a number": ({"veths": [veth("a", addresses=[True])]}, "veths[0].addresses[0]", "a text"),
    "addresses that are a boolean": ({"veths": [veth("a", addresses=True)]}, "veths[0].addresses", "a list"),
    "a peer that is a number": ({"veths": [{"name": "a", "peer": 5}]}, "veths[0].peer", "quotation marks"),
    "sysctls that are a list": ({"namespaces": [{"name": "red", "sysctls": ["a"]}]}, "namespaces[0].sysctls", "key: value"),
}  # fmt: skip


@pytest.mark.parametrize(("lab", "entry", "words"), WRONG.values(), ids=[name.replace(" ", "-") for name in WRONG])
def test_what_is_wrong_is_named(lab: Lab, entry: str, words: str) -> None:
    error = refused(lab)
    assert error.obj == entry
    assert words in str(error)


#: pairs that look alike and are none
ALIKE: dict[str, Lab] = {
    "an address on two separate wires": {
        "veths": [
            {"name": "a", "netns": "red", "addresses": ["10.0.0.1/24"], "peer": {"name": "a-p", "netns": "blue"}},
            {"name": "b", "netns": "red", "addresses": ["10.0.0.1/24"], "peer": {"name": "b-p", "netns": "green"}},
        ]
    },
    "two addresses of a subnet": {"bridges": [{"name": "br1", "addresses": ["10.0.0.1/24", "10.0.0.2/24"]}]},
    "a name in two namespaces": {
        "veths": [{"name": "eth0", "netns": "red", "peer": {"name": "eth0", "netns": "blue"}}]
    },
    "red and red2": {"namespaces": [{"name": "red"}, {"name": "red2"}]},
    "routes of two metrics": {"routes": [{"dst": "default", "dev": "a"}, {"dst": "default", "dev": "a", "metric": 5}]},
    "routes of two tables": {"routes": [{"dst": "default", "dev": "a"}, {"dst": "default", "dev": "a", "table": "7"}]},
    "rules of two families": {"rules": [LEAST["rules"], {**LEAST["rules"], "family": "ipv6"}]},
    "a source out of two links": {
        "masquerades": [
            {"source": "10.0.0.0/24", "out_interface": "a"},
            {"source": "10.0.0.0/24", "out_interface": "b"},
        ]
    },
    "forwards of two protocols": {
        "port_forwards": [LEAST["port_forwards"], {**LEAST["port_forwards"], "protocol": "udp"}]
    },
    "forwards of two families": {
        "port_forwards": [LEAST["port_forwards"], {**LEAST["port_forwards"], "to": "fd00::2"}]
    },
    "forwards side by side": {
        "port_forwards": [{**LEAST["port_forwards"], "port": "1-9"}, {**LEAST["port_forwards"], "port": "10-19"}]
    },
    "a port at one address and at any": {
        "port_forwards": [LEAST["port_forwards"], {**LEAST["port_forwards"], "listen": ["10.9.0.1"]}]
    },
}


@pytest.mark.parametrize("lab", ALIKE.values(), ids=[name.replace(" ", "-") for name in ALIKE])
def test_what_only_looks_alike_is_read(lab: Lab) -> None:
    assert parse(lab) != Topology()


def test_two_bridges_for_one_port_are_refused() -> None:
    veth = {"name": "a", "peer": {"name": "b", "bridge": "br1"}}
    topology = parse({"veths": [veth], "bridge_ports": [{"dev": "b", "bridge": "br2"}]})
    with pytest.raises(InvalidArgument, match=r"bridge_ports\[0\].bridge: .*veths\[0\].peer says br1"):
        wanted.wanted(topology, "")


def test_two_values_for_one_sysctl_are_refused() -> None:
    sysctl = {"name": "net.ipv4.ip_forward", "value": "0"}
    topology = parse({"sysctls": [sysctl], "masquerades": [{"source": "10.0.0.0/8", "ip_forward": True}]})
    with pytest.raises(InvalidArgument, match=r"masquerades\[0\].ip_forward: .*sysctls\[0\] has 0"):
        wanted.wanted(topology, "")


@given(labs())
def test_good_descriptions_are_read_alike_from_both_ways(lab: Lab) -> None:
    """As one, through JSON, and entry by entry as single modules read them."""
    topology = parse(lab)
    assert parse(json.loads(json.dumps(lab))) == topology
    for resource in KINDS:
        assert len(topology[resource]) == len(lab.get(resource, ()))
        for entry in lab.get(resource, ()):
            [read] = parse_entry(resource, entry, present=True)[resource]
            assert read.where == KINDS[resource].module
    named = {name for name in namespaces_of(topology) if name}
    assert {item["name"] for item in lab["namespaces"]} <= named


#: JSON as anybody may write it
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.just("10.0.0.1/24"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def mutilated(draw: st.DrawFn) -> Lab:
    """A good description of which some parts are replaced by anything."""
    lab: Any = json.loads(json.dumps(draw(labs())))
    for _turn in range(draw(st.integers(1, 3))):
        there: Any = lab
        key: Any = draw(st.sampled_from([*there]))
        while isinstance(there[key], (dict, list)) and there[key] and draw(st.booleans()):
            there = there[key]
            key = draw(st.sampled_from([*there] if isinstance(there, dict) else range(len(there))))
        there[key] = draw(JSON)
    return lab


@settings(max_examples=300)
@given(st.one_of(mutilated(), st.dictionaries(st.sampled_from([*KINDS, "name", "state"]), JSON), JSON))
def test_anything_is_read_or_refused(lab: Any) -> None:
    try:
        topology = parse(lab)
        wanted.wanted(topology, "seed")
        request = topology_request(lab)
    except InvalidArgument as error:
        assert error.obj and error.remedy and str(error)
    else:
        assert isinstance(topology, Topology) and json.dumps(request.definition)


@given(st.sampled_from([*KINDS]), st.dictionaries(st.text(max_size=6), JSON), st.booleans(), st.data())
def test_any_options_of_a_single_module_are_read_or_refused(
    resource: str, options: Lab, present: bool, data: st.DataObject
) -> None:
    form = KINDS[resource].spec
    options = {**LEAST[resource], **options, data.draw(st.sampled_from([*form])): data.draw(JSON)}
    try:
        topology = parse_entry(resource, options, present)
    except InvalidArgument as error:
        assert error.obj.startswith(KINDS[resource].module)
    else:
        assert len(topology[resource]) == 1


@pytest.mark.parametrize("name", ["", "../lab", "+modules", 7, ["lab"]])
def test_a_lab_has_a_name_that_is_one(name: Any) -> None:
    with pytest.raises(InvalidArgument, match="name: expected a lab's name"):
        topology_request({"name": name})
    assert topology_request({}).lab == topology_request({"name": None}).lab == "lab"


@pytest.mark.parametrize("state", ["Present", "", True, 0, ["absent"]])
def test_a_state_that_is_none_removes_nothing(state: Any) -> None:
    with pytest.raises(InvalidArgument, match="state: expected present or absent"):
        topology_request({"state": state})
    with pytest.raises(InvalidArgument, match="state: expected present or absent"):
        single_request("namespaces", {"name": "red", "state": state})
    assert topology_request({}).present and topology_request({"state": None}).present


@given(labs())
def test_a_definition_is_the_lists_in_one_option(lab: Lab) -> None:
    """The same is built, and the same is recorded, as texts too, which is what Jinja makes of numbers."""
    lists = json.loads(json.dumps(lab), parse_int=str)
    one = topology_request({"name": "lab", "definition": lists})
    other = topology_request({"name": "lab", **module_options(lists, topology_spec())})
    assert (one.topology, one.definition) == (other.topology, other.definition)
    assert one == topology_request({"name": "lab", "definition": json.dumps(lists)})


#: definition and what stands beside it -> the option at fault, words
WRONG_DEFINITIONS: dict[str, tuple[Lab, str, str]] = {
    "a list beside it": ({"definition": {"veths": []}, "routes": [], "rules": []}, "definition", "definition and routes, rules"),
    "no list of it": ({"definition": {"veth": []}}, "definition.veth", "veths"),
    "no dictionary": ({"definition": ["veths"]}, "definition", "key: value"),
    "an entry with a fault": ({"definition": {"veths": [{"name": "a", "mtu": "x"}]}}, "veths[0].mtu", "a whole number"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "at", "words"), WRONG_DEFINITIONS.values(), ids=WRONG_DEFINITIONS)
def test_a_definition_that_is_wrong_is_refused(options: Lab, at: str, words: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        topology_request(options)
    assert caught.value.obj == at and words in str(caught.value)
