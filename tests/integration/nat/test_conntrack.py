# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flows that go on through a change of NAT meet the rules of now; all others stay as they are. By packets."""

from __future__ import annotations

from typing import Any

from ..support.labs import absent, bridge_nat, ipv6_star
from ..support.network import OUTSIDE, Outside, ask, ping, serve
from ..support.sandbox import Sandbox

PYTHON = ["python3", "-u", "-c"]
#: accepts connections and keeps them
ACCEPT = """
import socket
server = socket.create_server(("", 80))
print("up")
kept = [server.accept() for _ in range(9)]
"""
#: connects, and once more after a word
CONNECT = """
import socket, sys
for name in ("one", "two", "three"):
    sys.modules[name] = socket.create_connection(("192.168.1.2", 80))
    print(name)
    sys.stdin.readline()
"""
RED, BLUE = "192.168.15.1", "192.168.15.2"


def forwards(*ends: tuple[str, str], **more: Any) -> dict[str, Any]:
    """The lab with forwards of UDP, as (ports, to)."""
    parts = [{"protocol": "udp", "port": port, "to": to} for port, to in ends]
    return bridge_nat(**{"port_forwards": parts, **more})


def flow(sandbox: Sandbox, netns: str, to: str, port: int, source: str, wait: float = 3.0) -> str:
    """The answer to a datagram of one flow, which goes on from one call to the next."""
    return ask(sandbox, netns, to, port, "udp", wait, source, 5000)


def tracked(sandbox: Sandbox) -> set[str]:
    """The flows that the kernel knows, by its own list, without what changes by itself."""
    lines = sandbox.sh("cat /proc/net/nf_conntrack").splitlines()
    return {" ".join(word for word in line.split()[5:] if not word.startswith(("use=", "mark="))) for line in lines}


def test_a_flow_follows_its_forward_and_others_stay(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", forwards())
    for netns, name in (("red", "red"), ("blue", "blue"), ("", "host"), (OUTSIDE, "outside")):
        for port in (53, 54):
            serve(sandbox, netns, port, "udp", answer=name)
    ask_client = ("192.168.1.2", 53, "192.168.1.3")
    others = [
        (OUTSIDE, "192.168.1.2", 54, "192.168.1.3"),
        ("red", "192.168.1.3", 53, RED),
        ("", "192.168.1.3", 53, "192.168.1.2"),
    ]
    assert [flow(sandbox, *other) for other in others] == ["host", "outside", "outside"]
    assert flow(sandbox, OUTSIDE, *ask_client) == "host"
    steps = [
        (forwards(("53", f"{RED}:53")), "red"),
        (forwards(("53", f"{BLUE}:54")), "blue"),
        (forwards(("40-53", f"{RED}:40")), "red"),
        (forwards(("53", f"{BLUE}:53")), "blue"),
        (forwards(), "host"),
        (forwards(("53", f"{RED}:53")), "red"),
    ]
    for lab, name in steps:
        before = tracked(sandbox)
        sandbox.apply("topology", lab, check=True)
        assert tracked(sandbox) == before
        assert not sandbox.apply("topology", lab).get("warnings")
        gone = before - tracked(sandbox)
        assert len(gone) == 1 and "dport=53 " in gone.pop()
        assert flow(sandbox, OUTSIDE, *ask_client) == name
        before = tracked(sandbox)
        assert sandbox.apply("topology", lab)["changed"] is False
        assert tracked(sandbox) == before
    # a run that fails takes its forward back
    broken = forwards(("53", f"{BLUE}:53"), sysctls=[{"name": "net.ipv4.ip_forward", "value": "1"}])
    broken["routes"].append({"netns": "red", "dst": "10.0.0.0/8", "gateway": "127.0.0.1", "dev": "lo", "onlink": True})
    assert sandbox.module("topology", broken)["error"]["rolled_back"] is True
    assert flow(sandbox, OUTSIDE, *ask_client) == "red"
    sandbox.apply("topology", absent(broken))
    assert flow(sandbox, OUTSIDE, *ask_client) == "host"
    assert "dport=54 " in " ".join(tracked(sandbox))


def test_a_flow_meets_a_masquerade_that_comes_later(sandbox: Sandbox, outside: Outside) -> None:
    other = {"source": "10.77.0.0/24"}  # without any NAT the kernel tracks nothing
    bare = forwards(masquerades=[other])
    sandbox.apply("topology", bare)
    serve(sandbox, OUTSIDE, 53, "udp")
    serve(sandbox, "", 53, "udp")
    assert flow(sandbox, "red", "192.168.1.3", 53, RED, 0.2) == "ETIMEDOUT"
    assert flow(sandbox, "red", "192.168.15.5", 53, RED) == RED
    with_nat = forwards(masquerades=[other, {"source": "192.168.15.0/24", "out_interface": "eth0"}])
    kept = {line for line in tracked(sandbox) if "dst=192.168.15.5 " in line}
    sandbox.apply("topology", with_nat)
    assert flow(sandbox, "red", "192.168.1.3", 53, RED) == "192.168.1.2"
    assert kept and kept <= tracked(sandbox)
    sandbox.apply("topology", bare)
    assert flow(sandbox, "red", "192.168.1.3", 53, RED, 0.2) == "ETIMEDOUT"
    outside.route_to("192.168.15.0/24")
    assert flow(sandbox, "red", "192.168.1.3", 53, RED) == RED
    elsewhere = forwards(masquerades=[other, {"source": "192.168.15.0/24", "out_interface": "wan"}])
    before = tracked(sandbox)
    sandbox.apply("topology", elsewhere)  # what leaves by another link is not its business
    assert before == tracked(sandbox)


def test_connections_of_tcp(sandbox: Sandbox, outside: Outside) -> None:
    """One that stands and was not translated goes on; one that was led to a target that is none any more ends."""
    web = [{"protocol": "tcp", "port": "80", "to": f"{RED}:80"}]
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    for netns in ("", "red"):
        sandbox.background([*PYTHON, ACCEPT], netns).wait_for("up")
    client = sandbox.background([*PYTHON, CONNECT], OUTSIDE)
    client.wait_for("one")
    assert client.process.stdin is not None
    sandbox.apply("topology", bridge_nat(port_forwards=web))
    client.process.stdin.write("\n")
    client.process.stdin.flush()
    client.wait_for("two")
    told = tracked(sandbox)
    (kept,) = {line for line in told if "dport=80 " in line and f"src={RED} " not in line}
    (led,) = {line for line in told if f"src={RED} dst=192.168.1.3 sport=80 " in line}
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    assert kept in tracked(sandbox) and led not in tracked(sandbox)


def test_ipv6(sandbox: Sandbox) -> None:
    Outside(sandbox, ipv6=True)
    lab = ipv6_star(masquerades=[])
    sandbox.apply("topology", lab)
    for netns in ("red", "blue"):
        serve(sandbox, netns, 53, "udp", "::", answer=netns)
    serve(sandbox, OUTSIDE, 53, "udp", "::")
    client = (OUTSIDE, "2001:db8:1::2", 53, "2001:db8:1::3")
    assert flow(sandbox, "red", "2001:db8:1::3", 53, "fd00:15::1", 0.2) == "ETIMEDOUT"
    for number, name in ((1, "red"), (2, "blue")):
        forward = {"protocol": "udp", "port": "53", "to": f"[fd00:15::{number}]:53"}
        sandbox.apply("topology", {**lab, "masquerades": [{"source": "fd00:15::/64"}], "port_forwards": [forward]})
        assert flow(sandbox, *client) == name
    assert flow(sandbox, "red", "2001:db8:1::3", 53, "fd00:15::1") == "2001:db8:1::2"


def test_a_ping_that_goes_on_meets_a_masquerade(sandbox: Sandbox, outside: Outside) -> None:
    bare = bridge_nat(masquerades=[], port_forwards=[])
    sandbox.apply("topology", bare)
    steady = sandbox.background(["stdbuf", "-oL", "ping", "-n", "-i", "0.1", "8.8.8.8"], "red")
    steady.wait_for("PING")
    assert not ping(sandbox, "red", "8.8.8.8", 0.2).answered
    sandbox.apply("topology", bridge_nat(port_forwards=[]))
    steady.wait_for("bytes from 8.8.8.8")


def test_a_flow_meets_a_table_that_was_asleep(sandbox: Sandbox, outside: Outside) -> None:
    lab = forwards(("53", f"{RED}:53"))
    sandbox.apply("topology", lab)
    sandbox.sh("nft add table inet netns_lab '{ flags dormant; }'; nft add table ip keeps")
    sandbox.sh("nft add chain ip keeps pre '{ type nat hook prerouting priority 0; }'")  # so that flows are tracked
    for netns, name in (("red", "red"), ("", "host")):
        serve(sandbox, netns, 53, "udp", answer=name)
    client = (OUTSIDE, "192.168.1.2", 53, "192.168.1.3")
    assert flow(sandbox, *client) == "host"
    assert sandbox.apply("topology", lab)["changed"] is True
    assert flow(sandbox, *client) == "red"
