# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single modules that build on each other, with --check on a host where none of it is there yet."""

from __future__ import annotations

from typing import Any

from ..support.cycles import refused
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

#: a playbook's tasks in their order, each with what it builds on
CHAIN: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("netns", {"name": "red"}, ()),
    ("bridge", {"name": "br0", "addresses": ["192.168.15.5/24"]}, ()),
    ("bridge", {"name": "br1", "netns": "red"}, ("netns red",)),
    ("veth", {"name": "eth0", "netns": "red", "addresses": ["192.168.15.1/24"],
              "peer": {"name": "red-br", "bridge": "br0"}}, ("netns red", "link br0")),
    ("bridge_port", {"dev": "red-br", "bridge": "br0", "hairpin": True}, ("link red-br", "link br0")),
    ("netns_address", {"netns": "red", "dev": "eth0", "address": "fd00::1/64"}, ("netns red", "link red/eth0")),
    ("netns_address", {"netns": "red", "dev": "lo", "address": "10.0.0.1/32"}, ("netns red",)),
    ("netns_sysctl", {"netns": "red", "name": "net.ipv4.conf.eth0.rp_filter", "value": "1"}, ("link red/eth0",)),
    ("netns_sysctl", {"netns": "red", "name": "net.ipv4.ip_forward", "value": "1"}, ("netns red",)),
    ("netns_route", {"netns": "red", "dst": "default", "gateway": "192.168.15.5"},
     ("netns red", "gateway 192.168.15.5")),
    ("netns_route", {"dst": "10.9.0.0/16", "gateway": "192.168.15.1"}, ("gateway 192.168.15.1",)),
    ("netns_rule", {"netns": "red", "priority": 100, "table": "9"}, ("netns red",)),
    ("nat_masquerade", {"netns": "red", "source": "10.1.0.0/24", "ip_forward": True}, ("netns red",)),
    ("vxlan", {"name": "vx15", "id": 15, "local": "192.168.15.5", "remotes": ["192.168.15.9"], "mtu": 1450},
     ("local address 192.168.15.5",)),
    ("vxlan", {"name": "vx6", "id": 6, "netns": "red", "local": "fd00::1", "remotes": ["fd00::9"], "mtu": 1400},
     ("netns red", "local address fd00::1")),
    ("port_forward", {"netns": "red", "protocol": "tcp", "port": "80", "to": "192.168.15.1:80"}, ("netns red",)),
]  # fmt: skip


def test_what_is_to_come_is_a_warning_in_check_mode_alone(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    for module, args, needs in CHAIN:
        result = sandbox.apply(module, args, check=True)
        assert result["changed"] is True and result["plan"], (module, result)
        for need in needs:
            assert need in str(result.get("warnings")), (module, need, result)
        assert bool(needs) == bool(result.get("warnings")), result
    assert_same(before, sandbox.dump())
    for module, args, needs in CHAIN:
        if needs and "gateway" not in needs[0]:
            result = sandbox.module(module, args)
            assert result["error"]["kind"] == "InvalidArgument", (module, result)
    assert_same(before, sandbox.dump())


def test_what_was_planned_is_done_and_no_word_is_left(sandbox: Sandbox) -> None:
    for module, args, _needs in CHAIN:
        planned = sandbox.apply(module, args, check=True)
        assert "to come" not in str(planned.get("warnings")) and "not there yet" not in str(planned.get("warnings"))
        done = sandbox.apply(module, args)
        assert planned["plan"] == done["plan"] and done["changed"] is True
        assert sandbox.apply(module, args, check=True)["changed"] is False


def test_a_whole_description_has_all_that_it_needs(sandbox: Sandbox) -> None:
    lab = {"name": "lab", "addresses": [{"netns": "red", "dev": "lo", "address": "10.0.0.1/32"}]}
    refused(sandbox, "topology", lab, "InvalidArgument", "addresses[0].netns", "red")
