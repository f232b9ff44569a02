# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several labs on a host: what they share goes with the last one, what one of them or nobody made is not touched."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict
from hypothesis import given

from ..support.engine import (
    apply,
    assert_as_before,
    assert_nothing_to_do,
    assert_stands,
    remove,
    single,
)
from ..support.host import FakeHost
from ..support.oracle import lacking
from ..support.topologies import Lab, host_of, hosts, labs

#: labs that share all that labs may share: a sysctl, /run/netns, /etc/netns, the nft table
SHARING = {
    name: {
        "namespaces": [{"name": name, "hosts": f"{name}\n"}],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
        "masquerades": [{"source": f"10.{number}.0.0/24"}],
    }
    for number, name in enumerate(["one", "two", "three"])
}


@pytest.mark.parametrize("order", list(itertools.permutations(SHARING)), ids="-".join)
@pytest.mark.parametrize("forward", ["0", "1"])
def test_shared_things_go_with_the_last_lab(order: list[str], forward: str) -> None:
    host = host_of(forward, (), alien=False)
    fresh = host.copy()
    for name, lab in SHARING.items():
        apply(host, lab, name)
    for name in order:
        assert host.kernel.space("").sysctls["net.ipv4.ip_forward"] == "1"
        assert host.kernel.mounted and "/etc/netns" in host.kernel.paths and host.kernel.space("").nat
        remove(host, name)
    assert_as_before(host, fresh)


@given(hosts(), labs(), labs(mark="b"))
def test_two_labs_side_by_side(host: FakeHost, one: Lab, other: Lab) -> None:
    fresh = host.copy()
    apply(host, one, "one")
    apply(host, other, "other")
    assert lacking(one, host.kernel) == lacking(other, host.kernel) == []
    assert_nothing_to_do(host, one, "one")
    assert_nothing_to_do(host, other, "other")
    again = host.copy()
    for each, first, last, lab in ((host, "one", "other", other), (again, "other", "one", one)):
        remove(each, first)
        assert_stands(each, lab, fresh, last)
        remove(each, last)
        assert_as_before(each, fresh)


def test_single_modules_share_with_labs() -> None:
    host = host_of("0", (), alien=False)
    fresh = host.copy()
    apply(host, SHARING["one"], "one")
    single(host, "sysctls", {"name": "net.ipv4.ip_forward", "value": "1"})
    single(host, "namespaces", {"name": "red", "hosts": "\n"})
    remove(host, "one")
    assert host.kernel.space("").sysctls["net.ipv4.ip_forward"] == "1"
    assert host.kernel.paths["/etc/netns/red/hosts"] == "\n"
    single(host, "namespaces", {"name": "red"}, "absent")
    single(host, "sysctls", {"name": "net.ipv4.ip_forward", "value": "1"}, "absent")
    assert_as_before(host, fresh)


def test_a_record_of_single_modules_keeps_what_a_task_does_not_speak_of() -> None:
    host = host_of("0", (), alien=False)
    fresh = host.copy()
    single(host, "sysctls", {"name": "net.ipv4.ip_forward", "value": "1"})
    single(host, "namespaces", {"name": "red", "resolv_conf": "\n"})
    single(host, "bridges", {"name": "br1"})
    single(host, "veths", {"name": "ve0", "netns": "red", "peer": {"name": "ve0-p", "bridge": "br1"}})
    single(host, "routes", {"netns": "red", "dst": "10.9.0.0/24", "type": "blackhole", "table": "100"})
    single(host, "namespaces", {"name": "red"}, "absent")
    single(host, "bridges", {"name": "br1"}, "absent")
    single(host, "sysctls", {"name": "net.ipv4.ip_forward", "value": "1"}, "absent")
    assert_as_before(host, fresh)


@pytest.mark.parametrize("forward", ["0", "1"])
def test_two_labs_that_want_different_values_of_a_sysctl(forward: str) -> None:
    """Also where the first found the value that it wants."""
    host = host_of(forward, (), alien=False)
    apply(host, SHARING["one"], "one")
    before = host.copy()
    with pytest.raises(Conflict, match=r"ip_forward = 0; found lab one has set it to 1"):
        apply(host, {"sysctls": [{"name": "net.ipv4.ip_forward", "value": "0"}]}, "two")
    assert_as_before(host, before)


#: a lab with one thing of each kind that may stand in its way
LAB: Lab = {
    "namespaces": [{"name": "red", "hosts": "10.1.0.1 red\n"}],
    "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24"]}],
    "veths": [{"name": "ve0", "netns": "red", "peer": {"name": "ve0-p", "bridge": "br1"}}],
    "routes": [{"dst": "10.201.0.0/24", "gateway": "10.1.0.1"}],
    "rules": [{"priority": 100, "from": "10.1.0.0/16", "table": "100"}],
}


def _netns(host: FakeHost) -> None:
    host.kernel.mkdir("/run/netns")
    host.kernel.mount()
    host.kernel.netns_add("red")


def _veth_pair_of_the_name(host: FakeHost) -> None:
    host.kernel.veth_add(("", "ve0-p"), ("", "elsewhere"))


def _bridge(host: FakeHost) -> None:
    host.kernel.link_add("", "br1", _like(host, "docker0"))


def _link_of_another_kind(host: FakeHost) -> None:
    host.kernel.link_add("", "br1", _like(host, "spare0"))


def _like(host: FakeHost, name: str) -> Any:
    return host.copy().kernel.link("", name)


def _file(host: FakeHost) -> None:
    for path in ("/etc/netns", "/etc/netns/red"):
        host.kernel.mkdir(path)
    host.kernel.write("/etc/netns/red/hosts", "somebody else's\n")


def _route(host: FakeHost) -> None:
    host.kernel.route_replace("", (254, "10.201.0.0/24", 0), {"type": "unicast", "gateway": "10.0.2.9"})


def _rule(host: FakeHost) -> None:
    host.kernel.rule_add("", (False, 100), {"from": None, "to": None, "iif": None, "fwmark": None, "table": 7})


FOREIGN = {
    "namespaces[0] (netns red)": _netns,
    "(link ve0-p)": _veth_pair_of_the_name,
    "bridges[0] (link br1)": _bridge,
    "a bridge; found a link of kind dummy": _link_of_another_kind,
    "(file /etc/netns/red/hosts)": _file,
    "routes[0] (route 10.201.0.0/24)": _route,
    "rules[0] (rule 100)": _rule,
}


@pytest.mark.parametrize(("word", "prepare"), FOREIGN.items(), ids=[each.__name__[1:] for each in FOREIGN.values()])
def test_a_foreign_object_of_a_wanted_name_is_a_conflict(word: str, prepare: Any) -> None:
    host = host_of("0", (), alien=False)
    prepare(host)
    before = host.copy()
    with pytest.raises(Conflict) as caught:
        apply(host, LAB)
    assert word in str(caught.value)
    assert_as_before(host, before)
    assert host.acts == 0
    host.kernel = host_of("0", (), alien=False).kernel
    apply(host, LAB)
    before = host.copy()
    host.files.clear()
    with pytest.raises(Conflict):
        apply(host, LAB)
    assert before.kernel.dump() == host.kernel.dump(), "without its record all of a lab is foreign"


@pytest.mark.parametrize("resource", ["namespaces", "bridges", "masquerades", "port_forwards"])
def test_what_another_lab_made_is_a_conflict(resource: str) -> None:
    entry = {
        "namespaces": {"name": "red"},
        "bridges": {"name": "br1"},
        "masquerades": {"source": "10.1.0.0/24"},
        "port_forwards": {"protocol": "tcp", "port": 80, "to": "10.1.0.1"},
    }[resource]
    for first in ("one", "+modules"):
        host = host_of("0", (), alien=False)
        if first == "one":
            apply(host, {resource: [entry]}, "one")
        else:
            single(host, resource, entry)
        before = host.copy()
        with pytest.raises(Conflict, match="of the single modules" if first == "+modules" else "one of lab one"):
            apply(host, {resource: [entry]}, "two")
        assert_as_before(host, before)


def test_a_namespace_made_anew_by_somebody_else_is_not_ours() -> None:
    host = host_of("0", (), alien=False)
    apply(host, {"namespaces": [{"name": "red"}]})
    host.kernel.netns_del("red")
    host.kernel.netns_add("red")
    before = host.copy()
    with pytest.raises(Conflict, match="netns red"):
        apply(host, {"namespaces": [{"name": "red"}]})
    assert_as_before(host, before)
    remove(host)
    assert "red" in host.kernel.names


def test_names_that_begin_alike_are_different() -> None:
    host = host_of("0", (), alien=False)
    apply(host, {"namespaces": [{"name": "red2"}]}, "two")
    before = host.copy()
    assert not single(host, "namespaces", {"name": "red"}, "absent").changed
    assert_as_before(host, before)


def test_a_borrowed_link_is_given_back() -> None:
    """A port that the lab put onto a bridge, neither of them its own."""
    host = host_of("0", (), alien=False)
    fresh = host.copy()
    apply(host, {"bridge_ports": [{"dev": "spare0", "bridge": "docker0", "hairpin": True}]})
    assert host.kernel.link("", "spare0").bridge == "docker0"
    apply(host, {"bridges": [{"name": "br1"}], "bridge_ports": [{"dev": "spare0", "bridge": "br1"}]})
    assert host.kernel.link("", "spare0").bridge == "br1"
    remove(host)
    assert_as_before(host, fresh)
