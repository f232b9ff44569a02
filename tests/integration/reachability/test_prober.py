# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober against the kernel: networks are built with ip(8) and nft(8), then asked about."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from ..support.network import serve
from ..support.sandbox import Sandbox

Result = dict[str, Any]

#: long enough for a loaded machine where an answer is expected, short where none is
PATIENT, BRIEF = 2.0, 0.3


def probe(sandbox: Sandbox, *expectations: dict[str, Any], timeout: float = PATIENT, **options: Any) -> Result:
    """Run the module."""
    given = {"expectations": list(expectations)} if expectations else {}
    return sandbox.module("reachability", {**given, "timeout": timeout, **options})


def one(sandbox: Sandbox, source: str, to: str, timeout: float = PATIENT, **more: Any) -> Result:
    """The matrix entry of a single pair."""
    found = probe(sandbox, {"from": source, "to": to, **more}, timeout=timeout)
    assert "matrix" in found, found
    (entry,) = found["matrix"]
    return entry


def reason(sandbox: Sandbox, source: str, to: str, timeout: float = PATIENT, **more: Any) -> str:
    """Why a pair is unreachable."""
    found = one(sandbox, source, to, timeout, **more)
    assert (found["result"], found["rtt_ms"]) == ("unreachable", None)
    return str(found["reason"])


def reasons(sandbox: Sandbox, source: str, to: str, timeout: float, netns: str | None = None) -> dict[str, str]:
    """Why an address cannot be reached by each protocol; empty for one by which it can."""
    asked: list[dict[str, Any]] = [{"from": source, "to": to}]
    for protocol in ("tcp", "udp"):
        listen = {"listen": {"netns": netns}} if netns else {}
        asked.append({"from": source, "to": to, "protocol": protocol, "port": 80, **listen})
    found = probe(sandbox, *asked, timeout=timeout)
    assert len(found["matrix"]) == 3, found
    return {entry["protocol"]: entry["reason"] for entry in found["matrix"]}


def reached(sandbox: Sandbox, source: str, to: str, timeout: float = PATIENT, **more: Any) -> bool:
    """Whether a pair is reachable, and told so in all ways."""
    found = one(sandbox, source, to, timeout, **more)
    if found["result"] == "reachable":
        assert found["reason"] == ""
        assert 0 < found["rtt_ms"] < 1000 * timeout
    return bool(found["result"] == "reachable")


@pytest.fixture
def switch(sandbox: Sandbox) -> Sandbox:
    """Red (.1) and blue (.2) on a bridge of the host (.5), both families, no default routes."""
    sandbox.sh(
        """
        ip link add br0 type bridge
        ip link set br0 addrgenmode none
        ip address add 192.168.15.5/24 dev br0
        ip address add fd00::5/64 dev br0 nodad
        for name in red blue; do
            ip netns add $name
            ip link add veth-$name type veth peer name eth0 netns $name
            ip link set veth-$name addrgenmode none
            ip link set veth-$name master br0 up
            ip -n $name link set lo up
        done
        ip link set br0 up
        ip -n red address add 192.168.15.1/24 dev eth0
        ip -n blue address add 192.168.15.2/24 dev eth0
        ip -n red address add fd00::1/64 dev eth0 nodad
        ip -n blue address add fd00::2/64 dev eth0 nodad
        ip -n red link set eth0 up
        ip -n blue link set eth0 up
        """
    )
    return sandbox


@pytest.fixture
def routed(sandbox: Sandbox) -> Sandbox:
    """Red (10.1.0.1) and blue (10.2.0.1) on two veth pairs to the namespace router, which forwards both families."""
    sandbox.sh(
        """
        ip netns add router
        ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
        # a router sends no more than one error a second to anybody, after a few
        ip netns exec router sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
        for name in red:1 blue:2; do
            number=${name#*:}; name=${name%:*}
            ip netns add $name
            ip -n $name link set lo up
            ip -n router link add $name type veth peer name eth0 netns $name
            ip -n router address add 10.$number.0.254/24 dev $name
            ip -n router address add fd00:$number::254/64 dev $name nodad
            ip -n router link set $name up
            ip -n $name address add 10.$number.0.1/24 dev eth0
            ip -n $name address add fd00:$number::1/64 dev eth0 nodad
            ip -n $name link set eth0 up
            ip -n $name route add default via 10.$number.0.254
            ip -n $name route add default via fd00:$number::254
        done
        ip -n router link set lo up
        """
    )
    return sandbox


def _neighbours(sandbox: Sandbox) -> str:
    """The neighbour tables of all namespaces, without the entries for multicast, which the kernel makes by itself."""
    return sandbox.sh("""ip neighbour; ip -all netns exec sh -c "ip neighbour | sed 's/ [A-Z]* *$//' | sort" """)


# -- icmp -------------------------------------------------------------------------------------------------------------


def test_names_stand_for_an_address_of_each_family(switch: Sandbox) -> None:
    found = probe(
        switch,
        {"from": "red", "to": "blue"},
        {"from": "red", "to": "host"},
        {"to": "red"},
        {"from": "host", "to": "host"},
        {"from": "red", "to": "red"},
    )
    assert not found.get("failed"), found
    assert found["changed"] is False
    pairs = [(entry["from"], entry["to"], entry["address"]) for entry in found["matrix"]]
    assert pairs == [
        ("red", "blue", "192.168.15.2"),
        ("red", "blue", "fd00::2"),
        ("red", "host", "192.168.15.5"),
        ("red", "host", "fd00::5"),
        ("host", "red", "192.168.15.1"),
        ("host", "red", "fd00::1"),
        ("host", "host", "192.168.15.5"),
        ("host", "host", "fd00::5"),
        ("red", "red", "192.168.15.1"),
        ("red", "red", "fd00::1"),
    ]


def test_of_several_addresses_the_one_on_the_sources_subnet_is_probed(switch: Sandbox) -> None:
    switch.sh("ip -n blue address replace 10.9.9.9/24 dev lo; ip -n blue address add 10.0.0.2/24 dev eth0")
    switch.sh("ip -n red address flush dev eth0 scope global; ip -n red address add 10.0.0.1/24 dev eth0")
    assert one(switch, "red", "blue")["address"] == "10.0.0.2"
    switch.sh("ip -n red address flush dev eth0 scope global; ip -n red address add 172.16.0.1/24 dev eth0")
    assert one(switch, "red", "blue", BRIEF)["address"] == "192.168.15.2"
    switch.sh("ip -n blue address flush dev eth0 scope global")
    assert one(switch, "red", "blue", BRIEF)["address"] == "10.9.9.9"


def test_a_namespace_without_an_address_is_unreachable(switch: Sandbox) -> None:
    switch.sh("ip netns add green")
    assert reason(switch, "red", "green", expect="unreachable") == "no address"


def test_a_namespace_named_host_is_not_the_hosts_own(switch: Sandbox) -> None:
    switch.sh("ip netns add host; ip -n host link set lo up; ip -n host address add 10.7.7.7/32 dev lo")
    found = probe(switch, {"from": "host", "to": "10.7.7.7"}, {"to": "10.7.7.7", "expect": "unreachable"})
    assert [(entry["from"], entry["result"]) for entry in found["matrix"]] == [
        ("host", "reachable"),
        ("(host)", "unreachable"),
    ]


def test_a_route_that_refuses_is_told_at_once(switch: Sandbox) -> None:
    for target in ("198.51.100.1", "2001:db8::1"):
        for route, why in (
            ("", "network unreachable"),
            ("unreachable", "host unreachable"),
            ("prohibit", "prohibited"),
            ("blackhole", "discarded by a blackhole route"),
        ):
            if route:
                switch.sh(f"ip -n red route replace {route} {target}")
            started = time.monotonic()
            assert reasons(switch, "red", target, 30) == dict.fromkeys(("icmp", "tcp", "udp"), why)
            assert time.monotonic() - started < 20


@pytest.mark.parametrize("target", ["10.2.0.1", "fd00:2::1"])
def test_what_a_router_says_is_the_reason(routed: Sandbox, target: str) -> None:
    assert reasons(routed, "red", target, PATIENT, "blue") == {"icmp": "", "tcp": "", "udp": ""}
    routed.sh(
        """
        nft add table inet t
        nft 'add chain inet t f { type filter hook forward priority 0; }'
        """,
        "router",
    )
    for verdict, why in (
        ("drop", "no reply"),
        ("reject with icmpx type no-route", "network unreachable"),
        ("reject with icmpx type host-unreachable", "host unreachable"),
        ("reject with icmpx type admin-prohibited", "prohibited"),
        ("reject with icmpx type port-unreachable", "port unreachable"),
    ):
        routed.sh(f"nft flush chain inet t f; nft add rule inet t f {verdict}", "router")
        timeout = BRIEF if verdict == "drop" else PATIENT
        assert reasons(routed, "red", target, timeout, "blue") == dict.fromkeys(("icmp", "tcp", "udp"), why)


def test_the_own_firewall_is_the_reason(switch: Sandbox) -> None:
    switch.sh(
        """
        nft add table inet t
        nft 'add chain inet t o { type filter hook output priority 0; policy drop; }'
        """,
        "red",
    )
    found = reasons(switch, "red", "192.168.15.2", BRIEF)
    assert found == {"icmp": "prohibited", "tcp": "no reply", "udp": "prohibited"}


def test_a_route_without_a_way_back_gives_no_reply(routed: Sandbox) -> None:
    assert reached(routed, "red", "10.2.0.1")
    routed.sh("ip -n blue route del default via 10.2.0.254")
    assert reason(routed, "red", "10.2.0.1", BRIEF) == "no reply"


def test_a_loop_of_routers_exceeds_the_hop_limit(routed: Sandbox) -> None:
    routed.sh(
        "ip -n router route add 198.51.100.0/24 via 10.2.0.1; ip -n blue route add 198.51.100.0/24 via 10.2.0.254"
    )
    routed.sh("ip netns exec blue sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0")
    assert reason(routed, "red", "198.51.100.1") == "hop limit exceeded"


def test_the_kernel_gives_up_on_a_silent_neighbour(switch: Sandbox) -> None:
    """It asks three times, a second apart. What our fresh starts at 2.5 s and 5 s cause is not taken for its answer."""
    found = one(switch, "red", "192.168.15.77", 10)
    assert found["reason"] == "host unreachable"


def test_a_link_local_target_needs_its_link(switch: Sandbox) -> None:
    switch.sh("ip -n blue address add fe80::2/64 dev eth0 nodad; ip -n red address add fe80::1/64 dev eth0 nodad")
    assert reached(switch, "red", "fe80::2%eth0")
    assert reached(switch, "red", "fe80::2%eth0", protocol="tcp", port=80, listen={"netns": "blue"})
    assert reached(switch, "red", "fe80::2%eth0", protocol="udp", port=80, listen={"netns": "blue"})
    assert reason(switch, "red", "fe80::2%eth9") == "no such link"


def test_addresses_that_are_still_tentative_are_waited_for(switch: Sandbox) -> None:
    switch.sh(
        """
        for name in red blue; do
            ip -n $name address flush dev eth0 scope global
            ip netns exec $name sysctl -qw net.ipv6.conf.eth0.dad_transmits=4
        done
        ip -n blue address add fd01::2/64 dev eth0
        ip -n red address add fd01::1/64 dev eth0
        ip -n red address show dev eth0 tentative | grep -q fd01::1
        """
    )
    assert reached(switch, "red", "fd01::2", BRIEF)


@pytest.mark.parametrize(("family", "target"), [("ip", "192.168.15.2"), ("ip6", "fd00::2")])
def test_what_is_lost_is_sent_again(switch: Sandbox, family: str, target: str) -> None:
    """Two of three packets are lost: the third attempt, after half of the timeout, comes through."""
    echo = "icmp type echo-request" if family == "ip" else "icmpv6 type echo-request"
    matches = (echo, "udp dport 80", "tcp flags syn")
    switch.sh(
        f"""
        nft add table {family} t
        nft 'add chain {family} t i {{ type filter hook input priority 0; }}'
        """
        + "\n".join(f"nft 'add rule {family} t i {match} numgen inc mod 3 < 2 counter drop'" for match in matches),
        "blue",
    )
    # the kernel itself would send a second SYN after one second
    assert reasons(switch, "red", target, 0.9, "blue") == {"icmp": "", "tcp": "", "udp": ""}
    assert switch.sh(f"nft list table {family} t", "blue").count("packets 2 ") == 3


def test_a_lost_arp_request_is_sent_again(switch: Sandbox) -> None:
    """The kernel would ask again after one second only."""
    switch.sh(
        """
        nft add table arp t
        nft 'add chain arp t i { type filter hook input priority 0; }'
        nft 'add rule arp t i arp operation request numgen inc mod 3 < 2 counter drop'
        """,
        "blue",
    )
    for number, more in enumerate(({}, {"protocol": "tcp"}, {"protocol": "udp"}), 1):
        served = {**more, "port": 80, "listen": {"netns": "blue"}} if more else {}
        assert reached(switch, "red", "192.168.15.2", 0.9, **served)
        assert f"packets {2 * number} " in switch.sh("nft list table arp t", "blue")


# -- tcp, udp, listen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("protocol", "closed"), [("tcp", "refused"), ("udp", "port unreachable")])
def test_nobody_listens_unless_asked_for(switch: Sandbox, protocol: str, closed: str) -> None:
    asked = {"from": "red", "to": "blue", "protocol": protocol}
    pairs = [
        {**asked, "port": 80},
        {**asked, "port": 81, "listen": {}},
        {**asked, "port": 82, "listen": {"port": 83}},
        {**asked, "port": 84, "listen": {"netns": "red"}},
    ]
    for _again in range(2):
        found = [(entry["port"], entry["reason"]) for entry in probe(switch, *pairs)["matrix"]]
        assert found == [
            (port, why) for port, why in ((80, closed), (81, ""), (82, closed), (84, closed)) for _v in "46"
        ]
    assert switch.sh("ss -Htuan", "blue") == switch.sh("ss -Htuan", "red") == ""


def test_a_server_of_one_entry_is_not_seen_by_another(switch: Sandbox) -> None:
    asked = {"from": "red", "to": "192.168.15.2", "protocol": "tcp", "port": 80}
    found = probe(switch, {**asked, "listen": {"netns": "blue"}}, {**asked, "expect": "unreachable"})
    assert [entry["result"] for entry in found["matrix"]] == ["reachable", "unreachable"]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_server_that_is_there_is_used_as_it_is(switch: Sandbox, protocol: str) -> None:
    serve(switch, "blue", 80, protocol)
    asked = {"protocol": protocol, "port": 80}
    assert reached(switch, "red", "192.168.15.2", **asked)
    assert reached(switch, "red", "192.168.15.2", **asked, listen={"netns": "blue"})
    # the other family is free, and served
    assert reached(switch, "red", "fd00::2", **asked, listen={"netns": "blue"})


def test_a_connection_to_a_server_that_waits_leaves_nothing(switch: Sandbox) -> None:
    switch.background([sys.executable, "-u", "-m", "http.server", "80"], "blue").wait_for("Serving HTTP")
    assert reached(switch, "red", "192.168.15.2", protocol="tcp", port=80)
    assert switch.sh("ss -Htan", "red") == ""


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_second_address_answers_by_itself(switch: Sandbox, protocol: str) -> None:
    switch.sh("ip -n blue address add 192.168.15.22/24 dev eth0; ip -n blue address add fd00::22/64 dev eth0 nodad")
    for target in ("192.168.15.22", "fd00::22"):
        assert reached(switch, "red", target, protocol=protocol, port=80, listen={"netns": "blue"})


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_port_forward_is_proved_without_a_server(routed: Sandbox, protocol: str) -> None:
    asked = {"protocol": protocol, "port": 8080, "listen": {"netns": "blue", "port": 80}}
    assert reason(routed, "red", "10.1.0.254", **asked) in ("refused", "port unreachable")
    routed.sh(
        f"""
        nft add table ip t
        nft 'add chain ip t p {{ type nat hook prerouting priority dstnat; }}'
        nft add rule ip t p ip daddr 10.1.0.254 {protocol} dport 8080 dnat to 10.2.0.1:80
        """,
        "router",
    )
    assert reached(routed, "red", "10.1.0.254", **asked)


def test_a_masqueraded_source_hears_its_replies(routed: Sandbox) -> None:
    routed.sh("ip -n blue route del default via 10.2.0.254")
    pairs = [
        {"from": "red", "to": "10.2.0.1"},
        {"from": "red", "to": "10.2.0.1", "protocol": "tcp", "port": 80, "listen": {"netns": "blue"}},
        {"from": "red", "to": "10.2.0.1", "protocol": "udp", "port": 80, "listen": {"netns": "blue"}},
    ]
    assert [entry["result"] for entry in probe(routed, *pairs, timeout=BRIEF)["matrix"]] == ["unreachable"] * 3
    routed.sh(
        """
        nft add table ip t
        nft 'add chain ip t p { type nat hook postrouting priority srcnat; }'
        nft add rule ip t p ip saddr 10.1.0.0/24 oif blue masquerade
        """,
        "router",
    )
    assert [entry["result"] for entry in probe(routed, *pairs)["matrix"]] == ["reachable"] * 3


# -- the verdict ------------------------------------------------------------------------------------------------------


def test_it_fails_with_exactly_the_pairs_that_differ(switch: Sandbox) -> None:
    switch.sh("ip -n blue address del fd00::2/64 dev eth0; ip -n blue address add fd00::3/64 dev eth0 nodad")
    found = probe(
        switch,
        {"from": "red", "to": "blue", "why": "one switch"},
        {"from": "red", "to": "fd00::2", "why": "it had this address"},
        {"from": "red", "to": "198.51.100.1", "expect": "unreachable"},
        {"from": "red", "to": "192.168.15.5", "expect": "unreachable"},
        timeout=BRIEF,
    )
    assert found["failed"]
    assert found["error"]["kind"] == "Verification"
    assert found["differences"] == [
        "red -> fd00::2 icmp: expected reachable, found unreachable (no reply): it had this address",
        "red -> 192.168.15.5 icmp: expected unreachable, found reachable",
    ]
    assert all(line in found["msg"] for line in found["differences"])
    assert "one switch" not in found["msg"]
    assert (found["passed"], found["differing"]) == (3, 2)
    assert [line.split()[0] for line in found["table"][1:]] == ["ok", "ok", "FAIL", "ok", "FAIL"]


def test_check_mode_probes_as_well(switch: Sandbox) -> None:
    asked = {"expectations": [{"from": "red", "to": "192.168.15.77"}], "timeout": BRIEF}
    assert switch.module("reachability", asked, check=True)["error"]["kind"] == "Verification"


def test_bad_input_is_refused_before_any_packet(switch: Sandbox) -> None:
    switch.sh(
        """
        nft add table inet t
        nft 'add chain inet t o { type filter hook output priority 0; }'
        nft add rule inet t o icmp type echo-request counter
        """,
        "red",
    )
    found = probe(switch, {"from": "red", "to": "192.168.15.2"}, {"from": "green", "to": "red"})
    assert found["error"]["kind"] == "InvalidArgument"
    assert found["error"]["object"] == "expectations[1].from"
    assert "blue, red" in found["msg"]
    assert "packets 0 " in switch.sh("nft list table inet t", "red")
    assert probe(switch)["error"]["kind"] == "InvalidArgument"
    nobody = probe(switch, mesh="nobody")
    assert (nobody["error"]["kind"], nobody["error"]["object"]) == ("InvalidArgument", "mesh")


@pytest.mark.root
def test_without_privileges_it_says_so(switch: Sandbox) -> None:
    for source in ("red", "host"):
        asked = {"expectations": [{"from": source, "to": "127.0.0.1"}]}
        found = switch.module("reachability", asked, wrapper=["setpriv", "--reuid=65534", "--clear-groups"])
        assert found["error"]["kind"] == "Permission", found


# -- many -------------------------------------------------------------------------------------------------------------


def lab(sandbox: Sandbox, count: int) -> list[str]:
    """A lab, built by the product, of namespaces on one bridge."""
    names = [f"n{index}" for index in range(count)]
    sandbox.apply(
        "topology",
        {
            "name": "many",
            "namespaces": [{"name": name} for name in names],
            "bridges": [{"name": "br0"}],
            "veths": [
                {
                    "name": "eth0",
                    "netns": name,
                    "addresses": [f"10.0.{index // 200}.{index % 200 + 1}/16"],
                    "peer": {"name": f"p{index}", "bridge": "br0"},
                }
                for index, name in enumerate(names)
            ],
        },
    )
    return names


def test_a_mesh_of_a_hundred_leaves_the_neighbour_tables_as_they_were(sandbox: Sandbox) -> None:
    """9,900 pairs and a table of 1,024 entries.

    The kernel asks again for a neighbour it has used for five seconds, however slow the run is: not here.
    """
    names = lab(sandbox, 100)
    sandbox.sh("ip -all netns exec sysctl -qw net.ipv4.neigh.eth0.delay_first_probe_time=600")
    mac = (sandbox.link("eth0", "n1") or {})["address"]
    sandbox.sh(f"ip -n n0 neighbour add 10.0.0.2 dev eth0 lladdr {mac} nud stale")
    sandbox.sh("ip -n n3 neighbour add 10.0.200.1 dev eth0 lladdr 02:00:00:00:00:01 nud permanent")
    before = _neighbours(sandbox)
    assert before.count("lladdr") == 2
    frames = _frames(sandbox)
    found = probe(sandbox, mesh="many")
    assert not found.get("failed"), found["msg"]
    assert found["passed"] == 9900
    assert found["mesh"] == {one: dict.fromkeys(set(names) - {one}, "reachable") for one in names}
    assert found["matrix"] == []
    assert _neighbours(sandbox) == before
    # an echo, its reply and two frames of ARP; 50 more if each neighbour were asked for by broadcast
    assert 3 < (_frames(sandbox) - frames) / 9900 < 20
    # two that do not hear each other's ARP, though each hears everybody else's: they are not taken to reach each other
    sandbox.sh("nft add table arp f; nft 'add chain arp f i { type filter hook input priority 0; }'", "n90")
    sandbox.sh("nft add rule arp f i arp saddr ip 10.0.0.51 drop", "n90")
    found = probe(sandbox, mesh="many")
    assert {(entry["from"], entry["to"]) for entry in found["matrix"]} == {("n50", "n90"), ("n90", "n50")}
    assert found["passed"] == 9898
    assert _neighbours(sandbox) == before


def _frames(sandbox: Sandbox) -> int:
    """The frames that all ports of the bridge have sent into namespaces."""
    return int(sandbox.sh("cat /sys/class/net/p*/statistics/tx_packets | awk '{n += $1} END {print n}'"))


def test_a_mesh_names_the_dead(sandbox: Sandbox) -> None:
    names = lab(sandbox, 12)
    sandbox.sh("ip link set p7 down; bridge link set dev p3 isolated on; bridge link set dev p4 isolated on")
    found = probe(sandbox, mesh="many", timeout=BRIEF)
    dead = {(one, other) for one in names for other in names if one != other and "n7" in (one, other)}
    dead |= {("n3", "n4"), ("n4", "n3")}
    assert {(entry["from"], entry["to"]) for entry in found["matrix"]} == dead
    bad = {(one, to) for one, targets in found["mesh"].items() for to, word in targets.items() if word != "reachable"}
    assert bad == dead
    assert len(found["differences"]) == len(dead) == 24
    assert "and 4 more" in found["msg"]
    assert found["table"][-1].startswith("108 of 132 reachable")


def test_pairs_that_do_not_answer_share_their_timeout(sandbox: Sandbox) -> None:
    """1,560 silent pairs one after another would take eight minutes."""
    lab(sandbox, 40)
    sandbox.sh("for port in $(seq 0 39); do bridge link set dev p$port isolated on; done")
    started = time.monotonic()
    found = probe(sandbox, mesh="many", timeout=BRIEF)
    assert found.get("passed") == 0, found
    assert len(found["matrix"]) == 1560
    assert time.monotonic() - started < 15


def test_many_connections_at_a_time(switch: Sandbox) -> None:
    pairs = [
        {"from": source, "to": target, "protocol": protocol, "port": port, "listen": {"netns": netns}}
        for source in ("red", "host")
        for target, netns in (("192.168.15.2", "blue"), ("fd00::2", "blue"))
        for protocol in ("tcp", "udp")
        for port in range(1000, 1200)
    ]
    found = probe(switch, *pairs, timeout=5.0)
    assert not found.get("failed"), found["msg"]
    assert found["passed"] == 1600
    assert switch.sh("ss -Htuan", "blue") == ""
