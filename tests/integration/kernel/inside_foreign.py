# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links of kinds that the collection does not make, beside a lab: they are neither drift nor in the way, and stay."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from ..support.dumper import clean
from ..support.dumps import assert_same
from ..support.labs import absent, bridge_nat
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox

#: kinds, with what ip(8) needs to make them
KINDS = {
    "bond": "type bond",
    "dummy": "type dummy",
    "geneve": "type geneve id 7 remote 192.168.1.3",
    "gre": "type gre local 192.168.1.2 remote 192.168.1.3",
    "ifb": "type ifb",
    "ipip": "type ipip local 192.168.1.2 remote 192.168.1.3",
    "ipvlan": "link on-this type ipvlan mode l2",
    "macvlan": "link eth0 type macvlan mode bridge",
    "macvtap": "link eth0 type macvtap",
    "nlmon": "type nlmon",
    "sit": "type sit local 192.168.1.2 remote 192.168.1.3",
    "team": "type team",
    "vlan": "link eth0 type vlan id 5",
    "vrf": "type vrf table 9",
    "wireguard": "type wireguard",
}
#: links that the drivers of tunnels make by themselves in every namespace
FALLBACKS = {"gre0", "gretap0", "sit0", "tunl0"}


@pytest.fixture
def foreign(sandbox: Sandbox, outside: Outside) -> Sandbox:
    """A host with a link of every kind, each up and some with addresses and routes."""
    subprocess.run(["modprobe", "-a", "ipip", "sit", "ip_gre"], check=True)
    lines = ["link add on-this type dummy", "link add in-vrf type dummy"]
    for kind, how in KINDS.items():
        on, _type, options = how.partition("type ")
        lines += [f"link add {on} name my-{kind} type {options}", f"link set my-{kind} up"]
    lines += [
        "address add 10.77.0.1/24 dev my-dummy",
        "address add 10.77.1.1/24 dev my-wireguard",
        "link set in-vrf master my-vrf up",
        "address add 192.168.15.5/24 dev in-vrf",
        "route add 10.78.0.0/16 dev my-ipip",
    ]
    sandbox.run(["ip", "-batch", "-"], stdin="\n".join(lines))
    return sandbox


def _links(sandbox: Sandbox) -> list[str]:
    """The links that are not of the lab, with their addresses."""
    found = [link for link in sandbox.ip("-d address") if link.get("group") != "28268"]
    assert {f"my-{kind}" for kind in KINDS} <= {link["ifname"] for link in found}
    return [json.dumps(link, sort_keys=True) for link in clean(found)]


def test_a_lab_comes_works_and_goes_beside_links_of_every_kind(foreign: Sandbox) -> None:
    before, links = foreign.dump(), _links(foreign)
    assert {link["ifname"] for link in foreign.ip("link")} >= FALLBACKS
    lab = bridge_nat()
    assert foreign.apply("topology", lab)["changed"] is True
    assert _links(foreign) == links
    for netns in ("red", "blue"):
        assert {link["ifname"] for link in foreign.ip("link", netns)} == {"lo", f"veth-{netns}", *FALLBACKS, "erspan0"}
    foreign.sh("ip link add mine type wireguard; ip link add other type dummy; ip link set other up", "red")
    foreign.sh("ip link set my-dummy master v-net-0")  # a port of the lab's bridge that is not the lab's
    links = _links(foreign)
    again = foreign.apply("topology", lab)
    assert (again["changed"], again["plan"]) == (False, [])
    assert _links(foreign) == links
    assert {"mine", "other"} <= {link["ifname"] for link in foreign.ip("link", "red")}

    serve(foreign, "blue", 80)
    serve(foreign, OUTSIDE, 81)
    assert ping(foreign, "red", "8.8.8.8").answered
    assert ask(foreign, "red", "192.168.1.3", 81) == "192.168.1.2"
    assert ask(foreign, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    assert foreign.sysctl("net.bridge.bridge-nf-call-iptables") == "1"
    assert ask(foreign, "red", "192.168.1.2", 80) == "192.168.15.5"
    found = foreign.module("reachability", {"mesh": "star"})
    assert not found.get("failed"), found["msg"]

    foreign.sh("ip link set my-dummy nomaster")
    foreign.apply("topology", absent(lab))
    assert_same(before, foreign.dump())


def test_a_name_that_such_a_link_has_is_a_conflict(foreign: Sandbox) -> None:
    links = _links(foreign)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        *((kind, "topology", {"name": "lab", "bridges": [{"name": f"my-{kind}"}]}) for kind in KINDS),
        ("wireguard", "veth", {"name": "a", "peer": {"name": "my-wireguard"}}),
        ("ipvlan", "vxlan", {"name": "my-ipvlan", "id": 15, "local": "192.168.1.2", "remotes": ["192.168.1.3"]}),
        ("dummy", "bridge", {"name": "my-dummy", "state": "absent"}),
    ]
    for kind, module, args in asked:
        found = foreign.module(module, args)
        assert found.get("failed") and found["error"]["kind"] == "Conflict", found
        assert f"my-{kind}" in found["msg"] and f"kind {kind}" in found["msg"], found["msg"]
    assert _links(foreign) == links
    assert [link for link in foreign.ip("link") if link.get("group") == "28268"] == []
