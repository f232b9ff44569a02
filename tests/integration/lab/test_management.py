# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The link that carries the default route or the ssh session is left alone unless the user says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import converge, refused
from ..support.labs import bridge_nat
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox

WORDS = ("eth0", "allow_management")

ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "enslave": ("bridge_port", {"dev": "eth0", "bridge": "br9"}),
    "re-address": ("netns_address", {"dev": "eth0", "address": "192.168.1.9/24"}),
    "take its address": ("netns_address", {"dev": "eth0", "address": "192.168.1.2/24", "state": "absent"}),
    "remove": ("veth", {"name": "eth0", "state": "absent"}),
    "take its default route": ("netns_route", {"dst": "default", "state": "absent"}),
    "turn its default route": ("netns_route", {"dst": "default", "gateway": "192.168.1.77"}),
    "enslave in a lab": ("topology", {"name": "lab", "bridge_ports": [{"dev": "eth0", "bridge": "br9"}]}),
    "re-address in a lab": ("topology", {"name": "lab", "addresses": [{"dev": "eth0", "address": "10.9.0.1/24"}]}),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=[name.replace(" ", "-") for name in ACTS])
def test_the_link_of_the_default_route(sandbox: Sandbox, outside: Outside, act: tuple[str, dict[str, Any]]) -> None:
    sandbox.sh("ip link add br9 type bridge; ip link set br9 up")
    module, args = act
    refused(sandbox, module, args, "Conflict", *WORDS)
    assert ping(sandbox, "", "192.168.1.3").answered


def test_it_is_done_when_the_user_says_so(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip link add br9 type bridge; ip link set br9 up")
    converge(sandbox, "bridge_port", {"dev": "eth0", "bridge": "br9", "allow_management": True})
    link = sandbox.link("eth0")
    assert link and link["master"] == "br9"
    converge(sandbox, "netns_address", {"dev": "eth0", "address": "192.168.1.9/24", "allow_management": True})
    assert "192.168.1.9/24" in sandbox.addresses("eth0")


def test_the_link_of_the_ssh_session(sandbox: Sandbox) -> None:
    """No default route here: the session's own address, as sshd hands it down, is what tells."""
    sandbox.sh("ip link add ifb9 type ifb; ip link set ifb9 up; ip address add 203.0.113.2/24 dev ifb9")
    sandbox.sh("ip link add br9 type bridge")
    args = {"dev": "ifb9", "bridge": "br9"}
    session = {"SSH_CONNECTION": "203.0.113.3 50000 203.0.113.2 22"}
    refused(sandbox, "bridge_port", args, "Conflict", "ifb9", "SSH session", "allow_management", env=session)
    other = {"SSH_CONNECTION": "198.51.100.3 50000 198.51.100.2 22"}
    assert sandbox.module("bridge_port", args, env=other)["changed"] is True


def test_the_ipv6_default_route_counts_too(sandbox: Sandbox) -> None:
    sandbox.sh(
        """
        ip link add ifb9 type ifb; ip link set ifb9 up
        ip address add 2001:db8:9::2/64 dev ifb9 nodad; ip -6 route add default via 2001:db8:9::1
        ip link add br9 type bridge
        """
    )
    refused(sandbox, "bridge_port", {"dev": "ifb9", "bridge": "br9"}, "Conflict", "ifb9", "allow_management")


def test_a_link_of_the_name_in_a_namespace_is_another_link(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("netns", {"name": "red"})
    converge(sandbox, "veth", {"name": "eth0", "netns": "red", "peer": {"name": "veth-red"}})
    converge(sandbox, "netns_address", {"netns": "red", "dev": "eth0", "address": "10.9.0.1/24"})


def test_a_lab_beside_the_management_link_needs_no_leave(sandbox: Sandbox, outside: Outside) -> None:
    before = sandbox.ip("address show dev eth0"), sandbox.ip("route show default")
    converge(sandbox, "topology", bridge_nat())
    assert (sandbox.ip("address show dev eth0"), sandbox.ip("route show default")) == before
