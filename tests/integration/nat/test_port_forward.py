# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port forwards by packets: from outside, by hairpin, from the host itself; and what must not be caught."""

from __future__ import annotations

import pytest

from ..support.cycles import converge
from ..support.labs import COLOURS, bridge_nat, change, star
from ..support.network import OUTSIDE, Outside, ask, serve
from ..support.sandbox import Sandbox


def _forward(**more: object) -> dict[str, object]:
    return {"protocol": "tcp", "port": "80", "to": "192.168.15.2:80", **more}


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_from_outside_the_target_sees_the_real_client(sandbox: Sandbox, outside: Outside, protocol: str) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=[_forward(protocol=protocol)]))
    serve(sandbox, "blue", 80, protocol)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80, protocol) == "192.168.1.3"


@pytest.mark.parametrize("bridge_nf", ["0", "1"])
def test_hairpin_and_the_host_itself(sandbox: Sandbox, outside: Outside, bridge_nf: str) -> None:
    """Also where br_netfilter shows bridged frames to the NAT rules, as Docker and Kubernetes have it."""
    if sandbox.run(["sysctl", "-w", f"net.bridge.bridge-nf-call-iptables={bridge_nf}"], check=False).returncode:
        pytest.skip("this kernel has no br_netfilter loaded")
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, "blue", 80)
    for netns in ("red", "blue"):
        for host in ("192.168.1.2", "192.168.15.5"):
            seen = ask(sandbox, netns, host, 80)
            assert seen == "192.168.15.5", f"{netns} by {host}: {seen}"
    for host in ("192.168.1.2", "192.168.15.5"):
        assert ask(sandbox, "", host, 80) in {"192.168.15.5", "192.168.1.2"}


def test_without_hairpin_the_outside_is_served_all_the_same(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=[_forward(hairpin=False)]))
    serve(sandbox, "blue", 80)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    assert ask(sandbox, "blue", "192.168.1.2", 80, timeout=0.5) == "ETIMEDOUT"


def test_traffic_that_passes_through_is_not_caught(sandbox: Sandbox, outside: Outside) -> None:
    """The tutorials' rule catches port 80 to any address: the lab's own way to the web among it."""
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, "blue", 80)
    serve(sandbox, OUTSIDE, 80)
    for netns in ("red", "blue"):
        assert ask(sandbox, netns, "192.168.1.3", 80) == "192.168.1.2"
        assert ask(sandbox, netns, "8.8.8.8", 80) == "192.168.1.2"
    assert ask(sandbox, "", "8.8.8.8", 80) == "192.168.1.2"
    outside.route_to("192.168.15.0/24")
    assert ask(sandbox, OUTSIDE, "192.168.15.1", 80) == "ECONNREFUSED"
    assert ask(sandbox, OUTSIDE, "192.168.15.2", 80) == "192.168.1.3"


def test_loopback_of_the_host_keeps_its_own_services(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, "blue", 80)
    assert ask(sandbox, "", "127.0.0.1", 80) == "ECONNREFUSED"
    serve(sandbox, "", 80, address="127.0.0.1")
    assert ask(sandbox, "", "127.0.0.1", 80) == "127.0.0.1"


def test_other_ports_and_the_other_protocol_stay_with_the_host(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    serve(sandbox, "blue", 80, "udp")
    serve(sandbox, "", 80, "udp")
    serve(sandbox, "", 81)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80, "udp") == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 81) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 82) == "ECONNREFUSED"


def test_a_range_goes_one_to_one(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat(port_forwards=[_forward(port="8000-8002", to="192.168.15.2:9000")]))
    serve(sandbox, "blue", 9000)
    serve(sandbox, "blue", 9002)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 8000) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 8002) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 8001) == "ECONNREFUSED"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 8003) == "ECONNREFUSED"
    assert ask(sandbox, "red", "192.168.1.2", 8002) == "192.168.15.5"


def test_a_forward_listens_at_its_addresses_only(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip address add 192.168.1.22/24 dev eth0")
    forwards = [
        _forward(listen=["192.168.1.22"]),
        _forward(port="81", to="192.168.15.1", listen=["192.168.1.2", "192.168.1.22"]),
    ]
    sandbox.apply("topology", bridge_nat(port_forwards=forwards))
    serve(sandbox, "blue", 80)
    serve(sandbox, "red", 81)
    assert ask(sandbox, OUTSIDE, "192.168.1.22", 80) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "ECONNREFUSED"
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 81) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.22", 81) == "192.168.1.3"
    assert ask(sandbox, "", "192.168.1.22", 80) in {"192.168.15.5", "192.168.1.2", "192.168.1.22"}


def test_the_same_port_at_two_addresses_goes_two_ways(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip address add 192.168.1.22/24 dev eth0")
    forwards = [_forward(listen=["192.168.1.22"]), _forward(to="192.168.15.1:8080", listen=["192.168.1.2"])]
    sandbox.apply("topology", bridge_nat(port_forwards=forwards))
    serve(sandbox, "red", 8080)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.22", 80) == "ECONNREFUSED"


def test_a_forward_at_one_address_wins_there_over_one_at_any(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh("ip address add 192.168.1.22/24 dev eth0")
    sandbox.apply("topology", bridge_nat())
    other = {"name": "other", "port_forwards": [_forward(to="192.168.15.1:81", listen=["192.168.1.22"])]}
    converge(sandbox, "topology", other)
    serve(sandbox, "blue", 80)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    assert ask(sandbox, OUTSIDE, "192.168.1.22", 80) == "ECONNREFUSED"
    serve(sandbox, "red", 81)
    assert ask(sandbox, OUTSIDE, "192.168.1.22", 80) == "192.168.1.3"
    assert ask(sandbox, "", "192.168.1.22", 80) in {"192.168.15.5", "192.168.1.2", "192.168.1.22"}


def test_a_forward_moves_to_another_target(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", bridge_nat())
    sandbox.apply("topology", change(bridge_nat(), {"port_forwards.0.to": "192.168.15.1:8080"}))
    serve(sandbox, "red", 8080)
    serve(sandbox, "blue", 80)
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "192.168.1.3"
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    assert ask(sandbox, OUTSIDE, "192.168.1.2", 80) == "ECONNREFUSED"


def test_masquerade_goes_out_by_its_link_only_and_spares_the_excluded(sandbox: Sandbox, outside: Outside) -> None:
    outside.route_to("192.168.15.0/24")
    serve(sandbox, OUTSIDE, 80)
    by_link = {"source": "192.168.15.0/24", "out_interface": "eth0"}
    sandbox.apply("topology", bridge_nat(masquerades=[by_link], port_forwards=[]))
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.1.2"
    sandbox.apply("topology", bridge_nat(masquerades=[{**by_link, "out_interface": "eth9"}], port_forwards=[]))
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.15.1"
    excluded = {"source": "192.168.15.0/24", "exclude": ["192.168.1.0/24"]}
    sandbox.apply("topology", bridge_nat(masquerades=[excluded], port_forwards=[]))
    assert ask(sandbox, "red", "192.168.1.3", 80) == "192.168.15.1"
    assert ask(sandbox, "red", "8.8.8.8", 80) == "192.168.1.2"
    half = {"masquerades": [{"source": "192.168.15.0/30", "ip_forward": True}]}
    sandbox.apply("topology", star(COLOURS, **half))
    assert ask(sandbox, "green", "8.8.8.8", 80) == "192.168.1.2"
    assert ask(sandbox, "grey", "8.8.8.8", 80) == "192.168.15.4"
