# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of a lab: what it gives out, what it refuses, and that the role's files agree with it."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.undo import AUTOMATIC
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.lab.spec import topology_spec
from ansible_collections.netns.lab.plugins.module_utils._model.lab.topology import parse
from ansible_collections.netns.lab.plugins.module_utils._model.spec import PERSISTENCE, SWITCHES, TOPOLOGY_SWITCHES
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.allocation import LinkNames
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.definition import (
    NAMESPACE_OPTIONS,
    NETNS_OPTIONS,
    OPTIONS,
    topology,
)
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.read import PREFIX
from hypothesis import assume, given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "bridge_nat"

NAMES = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,24}", fullmatch=True)
NAME_LISTS = st.lists(NAMES, min_size=1, max_size=12, unique=True)
SUBNETS = st.one_of(
    st.builds(
        lambda base, length: str(ip_network((base, length), strict=False)),
        st.integers(0x0A000000, 0x0AFFFFFF),
        st.integers(8, 28),
    ),
    st.builds(
        lambda base, length: str(ip_network((base << 64, length), strict=False)),
        st.integers(0xFD000000_00000000, 0xFDFFFFFF_FFFFFFFF),
        st.integers(48, 124),
    ),
)


def lab(**options: Any) -> dict[str, Any]:
    """A definition of the shortest short form, with what the test changes."""
    return topology({"subnet": "192.168.15.0/24", "namespaces": ["red", "blue"], **options})


def addresses(definition: dict[str, Any]) -> dict[str, list[str]]:
    """What each namespace is given."""
    return {veth["netns"]: veth["addresses"] for veth in definition["veths"]}


def every_address(definition: dict[str, Any]) -> list[str]:
    """What the bridge and the namespaces are given."""
    return [text for link in (*definition["bridges"], *definition["veths"]) for text in link["addresses"]]


def error(**options: Any) -> dict[str, Any]:
    """The error of a short form that is refused."""
    with pytest.raises(InvalidArgument) as caught:
        lab(**options)
    return caught.value.as_dict()


def test_a_subnet_and_two_names_are_the_whole_lab():
    assert lab() == {
        "namespaces": [{"name": "red"}, {"name": "blue"}],
        "bridges": [{"name": "v-net-0", "addresses": ["192.168.15.1/24"]}],
        "veths": [
            {
                "name": "veth-red",
                "netns": "red",
                "addresses": ["192.168.15.2/24"],
                "peer": {"name": "veth-red-br", "bridge": "v-net-0"},
            },
            {
                "name": "veth-blue",
                "netns": "blue",
                "addresses": ["192.168.15.3/24"],
                "peer": {"name": "veth-blue-br", "bridge": "v-net-0"},
            },
        ],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
        "routes": [
            {"netns": "red", "dst": "default", "gateway": "192.168.15.1"},
            {"netns": "blue", "dst": "default", "gateway": "192.168.15.1"},
        ],
        "masquerades": [{"source": "192.168.15.0/24"}],
        "port_forwards": [],
    }


def test_the_lab_of_the_documents():
    built = lab(
        gateway="192.168.15.5",
        namespaces=[{"name": "red", "address": "192.168.15.1"}, {"name": "blue", "address": "192.168.15.2"}],
        routes=[{"netns": "blue", "dst": "192.168.1.0/24"}],
        port_forwards=[{"protocol": "tcp", "port": 80, "to": "blue"}],
    )
    assert addresses(built) == {"red": ["192.168.15.1/24"], "blue": ["192.168.15.2/24"]}
    assert built["bridges"][0]["addresses"] == ["192.168.15.5/24"]
    assert {"netns": "blue", "dst": "192.168.1.0/24", "gateway": "192.168.15.5"} in built["routes"]
    assert built["port_forwards"] == [{"protocol": "tcp", "port": "80", "to": "192.168.15.2"}]


@given(SUBNETS, NAME_LISTS)
def test_addresses_are_distinct_and_inside_and_the_same_every_time(subnet, names):
    net = ip_network(subnet)
    assume(net.num_addresses - 2 > len(names))
    built = lab(subnet=subnet, namespaces=names)
    given_out = [ip_interface(text) for text in every_address(built)]
    assert len({one.ip for one in given_out}) == len(names) + 1
    assert {one.network for one in given_out} == {net}
    assert net.network_address not in {one.ip for one in given_out}
    if net.version == 4:
        assert net.broadcast_address not in {one.ip for one in given_out}
    assert built == lab(subnet=subnet, namespaces=list(names))
    parse(built)  # the engine takes it


@given(NAME_LISTS, NAMES)
def test_a_name_at_the_end_changes_nothing_for_the_others(names, last):
    assume(last not in names)
    before, after = lab(namespaces=names), lab(namespaces=[*names, last])
    for option in ("bridges", "sysctls", "masquerades", "port_forwards"):
        assert after[option] == before[option]
    for option in ("namespaces", "veths", "routes"):
        assert after[option][: len(before[option])] == before[option]
        assert len(after[option]) == len(before[option]) + 1


@given(NAME_LISTS, st.data())
def test_pinned_addresses_are_honoured_and_given_to_nobody_else(names, data):
    hosts = st.integers(1, 254).map(lambda last: f"192.168.15.{last}")
    pins = data.draw(st.lists(hosts, unique=True, max_size=len(names) + 1))
    gateway = pins.pop() if pins and data.draw(st.booleans()) else None
    pinned = dict(zip(data.draw(st.permutations(names)), pins, strict=False))
    built = lab(
        namespaces=[{"name": name, "address": pinned[name]} if name in pinned else name for name in names],
        gateway=gateway,
    )
    given_out = addresses(built)
    for name, address in pinned.items():
        assert given_out[name] == [f"{address}/24"]
    if gateway:
        assert built["bridges"][0]["addresses"] == [f"{gateway}/24"]
    assert len(set(every_address(built))) == len(names) + 1


@given(st.lists(NAMES, min_size=1, max_size=40, unique=True))
def test_names_of_links_fit_and_never_collide(names):
    built = lab(namespaces=names)
    links = [end["name"] for veth in built["veths"] for end in (veth, veth["peer"])]
    assert len({*links, "v-net-0"}) == len(links) + 1
    assert all(len(name.encode()) <= 15 for name in links)
    for name, veth in zip(names, built["veths"], strict=True):
        if len(name) <= 7 and not name.endswith("-br"):
            assert veth["name"] == f"veth-{name}"


def test_a_thousand_long_names_that_begin_alike():
    names = [f"namespace-number-{number}" for number in range(1000)]
    built = lab(subnet="10.0.0.0/16", namespaces=names)
    links = [end["name"] for veth in built["veths"] for end in (veth, veth["peer"])]
    assert len(set(links)) == 2000
    assert max(map(len, links)) == 15


def test_a_name_that_is_taken_gets_a_hash():
    names = LinkNames("veth-red-br")
    first, second = names.take("red", "-br"), names.take("red", "-br")
    assert len({first, second, "veth-red-br"}) == 3
    assert first.startswith("veth-red")
    assert first.endswith("-br")
    assert names.take("x-br") == "veth-x-br"
    assert names.take("x", "-br") != "veth-x-br"


def test_the_bridge_may_be_named_as_a_port_would_be():
    built = lab(bridge="veth-red-br")
    assert built["bridges"][0]["name"] == "veth-red-br"
    assert built["veths"][0]["peer"]["name"] != "veth-red-br"
    assert {veth["peer"]["bridge"] for veth in built["veths"]} == {"veth-red-br"}


def test_a_name_of_many_bytes_is_not_cut_inside_a_character():
    built = lab(namespaces=["äöüäöüäöü"])
    ends = built["veths"][0], built["veths"][0]["peer"]
    assert all(len(end["name"].encode()) <= 15 and "�" not in end["name"] for end in ends)
    parse(built)


def test_both_families():
    built = lab(
        subnet6="fd00:15::/64",
        namespaces=["red", {"name": "blue", "address6": "fd00:15::1"}],
        port_forwards=[{"protocol": "tcp", "port": "80", "to": "blue:8080"}],
    )
    assert built["bridges"][0]["addresses"] == ["192.168.15.1/24", "fd00:15::2/64"]
    assert addresses(built) == {
        "red": ["192.168.15.2/24", "fd00:15::3/64"],
        "blue": ["192.168.15.3/24", "fd00:15::1/64"],
    }
    assert [entry["name"] for entry in built["sysctls"]] == ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"]
    assert [entry["source"] for entry in built["masquerades"]] == ["192.168.15.0/24", "fd00:15::/64"]
    assert [entry["gateway"] for entry in built["routes"]] == ["192.168.15.1", "fd00:15::2"] * 2
    assert [entry["to"] for entry in built["port_forwards"]] == ["192.168.15.3:8080", "[fd00:15::1]:8080"]
    parse(built)


@pytest.mark.parametrize("option", ["subnet", "subnet6"])
def test_ipv6_alone(option):
    built = topology({option: "fd00:15::/64", "namespaces": ["red"]})
    assert addresses(built) == {"red": ["fd00:15::2/64"]}
    assert [entry["name"] for entry in built["sysctls"]] == ["net.ipv6.conf.all.forwarding"]


@pytest.mark.parametrize(("subnet", "own"), [("10.0.0.0/31", "10.0.0.1/31"), ("fd00::/127", "fd00::1/127")])
def test_a_subnet_of_two_addresses_has_room_for_a_bridge_and_one_namespace(subnet, own):
    assert addresses(lab(subnet=subnet, namespaces=["red"])) == {"red": [own]}


def test_an_empty_text_is_not_given():
    """Jinja makes one of none."""
    assert lab(subnet6="", gateway="", mtu="", masquerade_out_interface="") == lab()


def test_switched_off():
    built = lab(masquerade=False, ip_forward=False, default_route=False)
    assert (built["masquerades"], built["sysctls"], built["routes"]) == ([], [], [])


def test_a_namespace_may_differ_in_its_default_route():
    only_blue = lab(namespaces=[{"name": "red", "default_route": False}, "blue"])
    assert [entry["netns"] for entry in only_blue["routes"]] == ["blue"]
    only_red = lab(default_route=False, namespaces=[{"name": "red", "default_route": True}, "blue"])
    assert [entry["netns"] for entry in only_red["routes"]] == ["red"]


def test_what_a_namespace_is_given_reaches_its_entry_and_its_veth():
    red = {
        "name": "red",
        "lo_up": False,
        "sysctls": {"net.ipv4.ip_forward": "1"},
        "resolv_conf": "nameserver 192.168.15.1\n",
        "hosts": "192.168.15.1 host\n",
        "host": "host1",
        "mac": "02:00:00:00:00:0A",
        "mtu": 1400,
    }
    built = lab(namespaces=[red, "blue"], mtu=9000)
    assert built["namespaces"][0] == {key: red[key] for key in ("name", *NETNS_OPTIONS)}
    first, second = built["veths"]
    assert (first["mac"], first["mtu"], first["peer"]["mtu"]) == ("02:00:00:00:00:0a", 1400, 1400)
    assert (second["mtu"], second["peer"]["mtu"], built["bridges"][0]["mtu"]) == (9000, 9000, 9000)


def test_what_leads_out_of_a_lab_over_hosts_is_on_one_of_them():
    built = lab(host="host2", port_forwards=[{"protocol": "tcp", "port": "80", "to": "blue"}])
    there = [*built["bridges"], *built["sysctls"], *built["masquerades"], *built["port_forwards"]]
    assert {entry["host"] for entry in there} == {"host2"}
    assert not any("host" in entry for entry in (*built["veths"], *built["routes"], *built["namespaces"]))


def test_masquerade_options_go_by_family():
    built = lab(
        subnet6="fd00:15::/64",
        masquerade_out_interface="eth0",
        masquerade_exclude=["10.0.0.0/8", "fd00:16::/64", "172.16.0.0/12"],
    )
    assert built["masquerades"] == [
        {"source": "192.168.15.0/24", "out_interface": "eth0", "exclude": ["10.0.0.0/8", "172.16.0.0/12"]},
        {"source": "fd00:15::/64", "out_interface": "eth0", "exclude": ["fd00:16::/64"]},
    ]


def test_extra_routes():
    routes = [
        {"netns": "blue", "dst": "10.0.0.0/8", "gateway": "192.168.15.2"},
        {"netns": "blue", "dst": "10.1.0.0/16", "dev": "veth-blue"},
        {"netns": "blue", "dst": "10.2.0.0/16", "type": "blackhole"},
        {"netns": "blue", "dst": "10.3.0.0/16", "metric": 50},
        {"netns": "blue", "dst": "default", "table": "100"},
        {"netns": "blue", "dst": "fd00:16::/64"},
        {"dst": "10.4.0.0/16", "gateway": "192.168.15.3"},
    ]
    built = lab(routes=routes, default_route=False, subnet6="fd00:15::/64")
    assert built["routes"][:3] == routes[:3]
    assert [entry.get("gateway") for entry in built["routes"][3:]] == [
        "192.168.15.1",
        "192.168.15.1",
        "fd00:15::1",
        "192.168.15.3",
    ]
    parse(built)


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("blue", "192.168.15.3"),
        ("blue:8080", "192.168.15.3:8080"),
        ("192.168.15.3", "192.168.15.3"),
        ("192.168.15.3:8080", "192.168.15.3:8080"),
    ],
)
def test_targets_of_port_forwards(to, found):
    built = lab(port_forwards=[{"protocol": "udp", "port": "53", "to": to, "hairpin": False}])
    assert built["port_forwards"] == [{"protocol": "udp", "port": "53", "to": found, "hairpin": False}]
    parse(built)


def test_listening_addresses_go_by_family():
    forward = {"protocol": "tcp", "port": "80", "to": "blue", "listen": ["10.0.0.1", "fd00::1", "10.0.0.2"]}
    built = lab(subnet6="fd00:15::/64", port_forwards=[forward])
    assert [entry["listen"] for entry in built["port_forwards"]] == [["10.0.0.1", "10.0.0.2"], ["fd00::1"]]
    only_four = lab(subnet6="fd00:15::/64", port_forwards=[{**forward, "listen": ["10.0.0.1"]}])
    assert [entry["to"] for entry in only_four["port_forwards"]] == ["192.168.15.3"]


RED_5 = {"name": "red", "address": "192.168.15.5"}
FORWARD = {"protocol": "tcp", "port": "80", "to": "blue"}


@pytest.mark.parametrize(
    ("options", "where", "found"),
    [
        ({"subnet": None}, "subnet", "nothing"),
        ({"subnet": "192.168.15.1/24"}, "subnet", "host bits"),
        ({"subnet": "192.168.15.0/33"}, "subnet", "192.168.15.0/33"),
        ({"subnet": 24}, "subnet", "24"),
        ({"subnet": "192.168.15.0/30"}, "subnet", "which has 2"),
        ({"subnet": "192.168.15.0/32", "namespaces": ["red"]}, "subnet", "which has 1"),
        ({"subnet": "fd00::/127"}, "subnet", "which has 2"),
        ({"subnet6": "10.0.0.0/24"}, "subnet6", "10.0.0.0/24"),
        ({"subnet": "fd00::/64", "subnet6": "fd01::/64"}, "subnet", "fd00::/64"),
        ({"namespaces": []}, "namespaces", "none"),
        ({"namespaces": "red"}, "namespaces", "'red'"),
        ({"namespaces": ["red", 2]}, "namespaces[1]", "2"),
        ({"namespaces": ["red", "red"]}, "namespaces[1].name", "bridge_nat_namespaces[0]"),
        ({"namespaces": [{"address": "192.168.15.7"}]}, "namespaces[0].name", "None"),
        ({"namespaces": ["veth-red br"]}, "namespaces[0].name", "' '"),
        ({"namespaces": ["a/b"]}, "namespaces[0].name", "'/'"),
        ({"namespaces": [""]}, "namespaces[0].name", "an empty name"),
        ({"namespaces": [".."]}, "namespaces[0].name", "'..'"),
        ({"namespaces": [{"name": "red", "adress": "192.168.15.7"}]}, "namespaces[0].adress", "'adress'"),
        ({"namespaces": [{"name": "red", "address": "192.168.16.7"}]}, "namespaces[0].address", "is outside"),
        ({"namespaces": [{"name": "red", "address": "fd00::7"}]}, "namespaces[0].address", "is outside"),
        ({"namespaces": [{"name": "red", "address": "192.168.15.7/24"}]}, "namespaces[0].address", "192.168.15.7/24"),
        ({"namespaces": [{"name": "red", "address": "192.168.15.0"}]}, "namespaces[0].address", "own address"),
        ({"namespaces": [{"name": "red", "address": "192.168.15.255"}]}, "namespaces[0].address", "broadcast"),
        ({"namespaces": [RED_5, {**RED_5, "name": "blue"}]}, "namespaces[1].address", "used by namespace red"),
        ({"namespaces": [{"name": "red", "address6": "fd00::1"}]}, "namespaces[0].address6", "no such subnet"),
        ({"namespaces": [{"name": "red", "mac": "01:00:00:00:00:01"}]}, "namespaces[0].mac", "01:00:00:00:00:01"),
        (
            {"namespaces": [{"name": name, "mac": "02:00:00:00:00:01"} for name in ("red", "blue")]},
            "namespaces[1].mac",
            "used by namespace red",
        ),
        ({"gateway": "192.168.15.5", "namespaces": [RED_5]}, "gateway", "used by namespace red"),
        ({"gateway": "10.0.0.1"}, "gateway", "is outside"),
        ({"gateway": "192.168.15.255"}, "gateway", "broadcast"),
        ({"gateway6": "fd00::1"}, "gateway6", "no such subnet"),
        ({"subnet": "fd00::/64", "gateway": "fd00::"}, "gateway", "anycast"),
        ({"bridge": "a-name-of-16-byt"}, "bridge", "16 bytes"),
        ({"bridge": "v net"}, "bridge", "' '"),
        ({"port_forwards": [{"port": "80", "to": "blue"}]}, "port_forwards[0].protocol", "none"),
        ({"port_forwards": [{**FORWARD, "protocol": "icmp"}]}, "port_forwards[0].protocol", "'icmp'"),
        ({"port_forwards": [{"protocol": "tcp", "to": "blue"}]}, "port_forwards[0].port", "none"),
        ({"port_forwards": [{**FORWARD, "port": "http"}]}, "port_forwards[0].port", "'http'"),
        ({"port_forwards": [FORWARD, {**FORWARD, "to": "green"}]}, "port_forwards[1].to", "'green'"),
        ({"port_forwards": [{**FORWARD, "to": "blue:http"}]}, "port_forwards[0].to", "'http'"),
        ({"port_forwards": [{**FORWARD, "listen": ["fd00::1"]}]}, "port_forwards[0].listen[0]", "fd00::1"),
        ({"port_forwards": [{**FORWARD, "dport": "80"}]}, "port_forwards[0].dport", "'dport'"),
        ({"routes": [{"netns": "green", "dst": "10.0.0.0/8"}]}, "routes[0].netns", "'green'"),
        ({"routes": [{"netns": "red", "dst": "10.0.0.1/8"}]}, "routes[0].dst", "host bits"),
        ({"routes": [{"netns": "red", "dst": "fd00::/64"}]}, "routes[0]", "without one"),
        ({"masquerade_exclude": ["10.0.0.1/8"]}, "masquerade_exclude[0]", "host bits"),
    ],
)
def test_refused(options, where, found):
    said = error(**options)
    assert said["object"] == PREFIX + where
    assert found in said["found"]
    assert said["kind"] == "InvalidArgument"
    assert said["remedy"].endswith(".")


def test_an_unknown_target_names_the_known_ones():
    assert "red, blue" in error(port_forwards=[{**FORWARD, "to": "green"}])["remedy"]


def test_an_unknown_option_is_named():
    assert error(namespace=["red"])["object"] == "bridge_nat_topology.namespace"


def read(path: Path) -> Any:
    """A YAML file of the role."""
    return yaml.safe_load(path.read_text())


def test_the_role_has_an_option_for_each_of_the_filter_and_its_defaults():
    specs = read(ROLE / "meta" / "argument_specs.yml")["argument_specs"]
    options = specs["main"]["options"]
    stored = ("persistence", "persistence_before", "persistence_drift")
    own = {PREFIX + name for name in ("name", "state", "span", *stored, *TOPOLOGY_SWITCHES, *SWITCHES)}
    assert set(options) == {PREFIX + name for name in OPTIONS} | own
    stated = {name: form["default"] for spec in specs.values() for name, form in spec["options"].items()
              if "default" in form}  # fmt: skip
    # what the playbooks have too has no default in the role: it is theirs that holds then
    plain = {PREFIX + name for name in ("state", "packages", *OPTIONS)}
    defaults = read(ROLE / "defaults" / "main.yml")
    assert defaults == {name: value for name, value in stated.items() if name in plain}
    of_modules = {**topology_spec(), **{f"persistence_{name}": form for name, form in PERSISTENCE.items()}}
    for name in set(stated) - plain:
        assert stated[name] == of_modules[name.replace(PREFIX, "")].get("default", AUTOMATIC), name
    for name, default in OPTIONS.items():
        assert stated.get(PREFIX + name) in (default, [])


def test_the_role_hands_every_option_to_the_filter_and_is_one_task():
    handed = re.findall(r"'(\w+)': bridge_nat_(\w+)", read(ROLE / "vars" / "main.yml")["__bridge_nat_definition"])
    assert handed == [(name, name) for name in OPTIONS]
    (task,) = read(ROLE / "tasks" / "main.yml")
    assert task["netns.lab.bridge_nat"] is None
    assert set(lab()) <= set(KINDS)


def test_the_playbooks_hand_every_switch_to_the_module():
    switches = {*TOPOLOGY_SWITCHES, *SWITCHES}
    playbooks = ROLE.parents[1] / "playbooks"
    (task,) = (task for task in read(playbooks / "tasks" / "topology.yml") if "netns.lab.topology" in task)
    assert set(task["netns.lab.topology"]) == {"name", "definition", "src", "span", *switches}


def tasks(path: Path) -> list[Any]:
    """All tasks of a playbook, those in blocks too."""
    found, left = [], [task for play in read(path) for task in play["tasks"]]
    while left:
        task = left.pop()
        found.append(task)
        left += [*task.get("block", ()), *task.get("rescue", ())]
    return found


def test_no_playbook_beats_the_inventory():
    """What a playbook gives a role, or reads from a file, goes before the inventory: only what it is there for."""
    for path in sorted((ROLE.parents[1] / "playbooks").glob("*.yml")):
        for task in tasks(path):
            role = {"ansible.builtin.include_role", "ansible.builtin.import_role"} & set(task)
            given = set(task.get("vars", ())) if role else set()
            assert given == ({"test_hosts_state"} if path.stem == "test_hosts_down" else set()), path
            assert "ansible.builtin.include_vars" not in task, path


def test_the_role_speaks_the_language_of_the_modules():
    specs = read(ROLE / "meta" / "argument_specs.yml")["argument_specs"]
    options = specs["main"]["options"]
    forwards = options["bridge_nat_port_forwards"]["options"]
    entry = KINDS["port_forwards"].spec
    assert set(forwards) == set(entry) - {"netns"}
    assert all(forwards[name]["type"] == entry[name]["type"] for name in forwards)
    assert set(NETNS_OPTIONS) == set(KINDS["namespaces"].spec) - {"name"} | {"host"}
    said = " ".join(options["bridge_nat_namespaces"]["description"])
    assert all(f"C({name})" in said for name in NAMESPACE_OPTIONS)


def test_ip_address_order_is_the_order_of_the_list():
    names = [f"ns{number}" for number in range(100)]
    given_out = [ip_address(own[0].partition("/")[0]) for own in addresses(lab(namespaces=names)).values()]
    assert given_out == sorted(given_out)
