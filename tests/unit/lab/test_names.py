# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links by altnames, what is to come, one namespace under two names, bridges under another name: without a kernel."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import altnames, checks, run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import State
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import MasqueradeKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.sysctl import SysctlKey
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.links.bridge import pinned_mac
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import single_request
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.wanted import wanted
from ansible_collections.netns.lab.plugins.module_utils._engine.state import GROUP
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import topology as model

from ..support.engine import apply, assert_nothing_to_do, remove
from ..support.host import FakeHost
from ..support.kernel import Kernel

#: entries that name links, some of which they make
LISTS: dict[str, Any] = {
    "namespaces": [{"name": "red", "sysctls": {"net.ipv4.conf.alt0.rp_filter": "1"}}],
    "bridges": [{"name": "made0"}],
    "veths": [
        {"name": "a", "bridge": "alt0", "peer": {"name": "b", "netns": "red"}},
        {"name": "c", "bridge": "made0", "peer": {"name": "d", "netns": "red"}},
    ],
    "vxlans": [{"name": "v", "id": 7, "local": "10.0.0.1", "dev": "alt0", "bridge": "made0"}],
    "bridge_ports": [{"dev": "alt0", "bridge": "alt1"}],
    "addresses": [{"dev": "alt0", "address": "10.0.0.1/24"}, {"dev": "lo", "address": "10.0.1.1/32"}],
    "routes": [{"dst": "10.9.0.0/16", "dev": "alt0"}, {"dst": "default", "gateway": "10.0.0.9"}],
    "rules": [{"priority": 9, "iif": "alt0", "table": "9"}, {"priority": 10, "iif": "lo", "table": "9"}],
    "masquerades": [
        {"source": "10.1.0.0/24", "out_interface": "alt0"},
        {"source": "10.2.0.0/24", "out_interface": "alt*"},
    ],
    "sysctls": [{"name": "net.ipv4.conf.alt0.rp_filter", "value": "1"}, {"name": "net.ipv4.ip_forward", "value": "1"}],
}


def test_every_place_that_names_a_link_knows_altnames() -> None:
    """One namespace's altname says nothing about another's; nothing is asked about what the description makes."""
    asked: list[set[tuple[str, str]]] = []

    def read(places: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        asked.append(places)
        return {("", "alt0"): "eth0.7", ("", "alt1"): "br7"}

    found = altnames.resolved(model.parse(LISTS), read, whole=False)
    assert asked == [{("", "alt0"), ("", "alt1"), ("red", "alt0")}]
    keys = [*wanted(found, "seed")]
    assert "alt0" not in str([key for key in keys if key[:2] != ("sysctl", "red")])
    assert SysctlKey("", "net.ipv4.conf.eth0/7.rp_filter") in keys
    assert SysctlKey("red", "net.ipv4.conf.alt0.rp_filter") in keys
    assert MasqueradeKey("", "10.2.0.0/24", "alt*") in keys
    values = str([want.attrs for want in wanted(found, "seed").values()])
    assert "alt" not in values and "'br7'" in values and "'made0'" in values
    altnames.resolved(model.parse(LISTS), read, whole=True)
    assert asked[1] > {("", "made0"), ("", "a"), ("red", "b"), ("", "v")}


def test_one_link_by_both_names_is_one_link() -> None:
    twice = [{"dev": name, "address": "10.0.0.1/24"} for name in ("eth0", "alt0")]
    with pytest.raises(InvalidArgument, match="addresses"):
        altnames.resolved(model.parse({"addresses": twice}), lambda _places: {("", "alt0"): "eth0"}, whole=False)


def test_names_of_one_namespace() -> None:
    lab = {"addresses": [{"netns": name, "dev": "lo", "address": f"10.0.0.{n}/32"} for n, name in enumerate("ab", 1)]}
    wants = wanted(model.parse(lab), "seed")
    checks.one_name_each(State(inodes={"a": 5, "b": 6}, home=7), wants)
    checks.one_name_each(State(inodes={"a": 5}, home=7), wants)
    with pytest.raises(Conflict, match="'b' beside namespace 'a'"):
        checks.one_name_each(State(inodes={"a": 5, "b": 5}, home=7), wants)
    lab["addresses"].append({"netns": None, "dev": "lo", "address": "10.0.0.9/32"})
    with pytest.raises(Conflict, match="'a' beside the host's own"):
        checks.one_name_each(State(inodes={"a": 7, "b": 5}, home=7), wanted(model.parse(lab), "seed"))


def _single(host: FakeHost, resource: str, entry: dict[str, Any], to_come: bool) -> run.Result:
    return run.run(single_request(resource, entry, to_come=to_come), host, True)


@pytest.mark.parametrize(
    ("resource", "entry", "named"),
    [
        ("addresses", {"netns": "red", "dev": "eth0", "address": "10.0.0.1/24"}, ["netns red", "link red/eth0"]),
        ("bridge_ports", {"dev": "eth7", "bridge": "br7", "hairpin": True}, ["link br7", "link eth7"]),
        ("veths", {"name": "a", "bridge": "br7", "peer": {"name": "b", "netns": "red"}}, ["link br7", "netns red"]),
        ("routes", {"netns": "red", "dst": "default", "gateway": "10.0.0.9"}, ["netns red", "gateway 10.0.0.9"]),
        (
            "sysctls",
            {"netns": "red", "name": "net.ipv4.conf.eth0.rp_filter", "value": "1"},
            ["netns red", "link red/eth0"],
        ),
        ("masquerades", {"netns": "red", "source": "10.0.0.0/24", "ip_forward": True}, ["netns red"]),
        ("rules", {"netns": "red", "priority": 9, "table": "9"}, ["netns red"]),
    ],
)
def test_what_is_to_come_is_taken_as_there_only_where_the_request_says_so(
    resource: str, entry: dict[str, Any], named: list[str]
) -> None:
    host = FakeHost(Kernel())
    result = _single(host, resource, entry, True)
    assert result.changed
    told = "\n".join(result.warnings)
    assert all(name in told for name in named) and told.count("\n") + 1 == len(named), told
    if resource != "routes":
        with pytest.raises(InvalidArgument):
            _single(host, resource, entry, False)


def test_a_bridge_under_another_name_goes_with_its_lab() -> None:
    host = FakeHost(Kernel())
    lab = {"bridges": [{"name": "br0"}], "veths": [{"name": "a", "bridge": "br0", "peer": {"name": "b"}}]}
    apply(host, lab)
    links = host.kernel.space("").links
    assert (links["br0"].mac, links["br0"].group) == (pinned_mac(host.seed, "", "br0"), GROUP)
    links["other"] = links.pop("br0")
    links["a"].bridge = "other"
    whole = host.copy()
    apply(whole, lab)
    assert "other" not in whole.kernel.space("").links and whole.kernel.space("").links["a"].bridge == "br0"
    assert_nothing_to_do(whole, lab)
    remove(host)
    assert set(links) == {"lo"} and host.files == {}
