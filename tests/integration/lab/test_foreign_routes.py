# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes and addresses of others, of every shape: never written over, and whole again where they went along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..support.cycles import converge
from ..support.host_groups import until
from ..support.labs import Lab, absent, change
from ..support.sandbox import Sandbox

LAB: Lab = {
    "name": "star",
    "namespaces": [{"name": "red"}],
    "veths": [
        {"name": "v0", "addresses": ["192.0.2.2/24", "fd00::2/64"],
         "peer": {"name": "v1", "netns": "red", "addresses": ["192.0.2.9/24", "fd00::9/64"]}},
        {"name": "w0", "addresses": ["198.51.100.2/24", "fd01::2/64"],
         "peer": {"name": "w1", "netns": "red", "addresses": ["198.51.100.9/24", "fd01::9/64"]}},
    ],
    "routes": [
        {"dst": "10.8.0.0/24", "gateway": "192.0.2.9"}, {"netns": "red", "dst": "default", "gateway": "192.0.2.2"}
    ],
}  # fmt: skip
#: what the kernel refuses as the last thing of a run
REFUSED = {"netns": "red", "dst": "10.5.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}

#: what somebody else has on the lab's links, each a line for ip(8)
ADDRESSES = """
address add 10.0.0.1 peer 10.0.0.2/32 dev v0
address add 10.0.1.1/24 dev v0 label v0:1
address add 10.0.2.1/24 dev v0 noprefixroute
address add 10.0.3.1/24 dev v0 valid_lft 3600 preferred_lft 1800
address add 10.0.4.1/24 dev v0 metric 77
address add 10.0.5.1/24 dev v0 scope link
address add 10.0.6.1/24 dev v0 preferred_lft 0
address add 192.0.2.3/24 dev v0 brd 192.0.2.127
address add fd02::1/64 dev v0 home nodad
address add fd02:1::1/64 dev v0 mngtmpaddr noprefixroute nodad
address add fd02:2::1/64 dev v0 valid_lft 3600 preferred_lft 1800 nodad
address add fd02:3::1 peer fd02:3::2/128 dev v0 nodad
address add fd02:4::1/64 dev v0
"""
ROUTES = """
route add 10.9.0.0/24 via inet6 fe80::1 dev v0
route add 10.9.1.0/24 tos 0x10 via 192.0.2.9
route add 10.9.1.0/24 tos 0x08 via 192.0.2.10
route add 10.9.1.0/24 via 192.0.2.11
route add 10.9.2.0/24 nexthop via 192.0.2.9 weight 3 nexthop via 198.51.100.9 dev w0 weight 2 onlink
route add 10.9.4.0/24 via 192.0.2.9 metric 5 mtu lock 1400 initcwnd 20 realm 3
route add local 10.9.5.0/24 dev v0 table 77
route add throw 10.9.6.0/24 table 77
route add 10.9.7.0/24 dev v0 scope global proto 42 src 192.0.2.3 table 1000
route add 10.9.9.0/24 encap ip id 5 dst 10.0.0.9 dev v0
route append 10.9.10.0/24 via 192.0.2.9
route append 10.9.10.0/24 via 192.0.2.10
route append 10.9.10.0/24 via 192.0.2.11
route append 10.8.0.0/24 via 192.0.2.10
route add 10.0.2.0/24 dev v0 proto kernel src 10.0.2.1 metric 100
route add 10.9.11.0/24 via 192.0.2.9 proto dhcp metric 9
-6 route add fd09::/64 via fd00::1 expires 3600 pref high
-6 route add fd0a::/64 nexthop via fd00::1 nexthop via fd01::1 weight 4
-6 route add fd0b::/64 from fd00::/64 via fd00::1
-6 route add fd0b::/64 via fd00::1
-6 route add fd0d::/64 via fd00::1 proto ra metric 1024 mtu 1300
-6 route add fd0e::/64 dev v0 metric 256 proto kernel
-6 route add default via fe80::1 dev v0 proto ra metric 100 expires 1800
-6 route add unreachable fd0c::/64 table 77
nexthop add id 5 via 192.0.2.9 dev v0 proto static
nexthop add id 6 via 198.51.100.9 dev w0 onlink
nexthop add id 7 group 5,3/6,2
nexthop add id 8 via fd00::1 dev v0
nexthop add id 9 dev v0
nexthop add id 10 group 5/9 type resilient buckets 4 idle_timer 60
route add 10.9.12.0/24 nhid 5
route add 10.9.13.0/24 nhid 7 mtu 1400
route add 10.9.14.0/24 nhid 9 metric 3
route add 10.9.15.0/24 nhid 10 proto 42
-6 route add fd0f::/64 nhid 8
-6 route add fd0f:1::/64 nhid 8 metric 7
"""


def _routing(sandbox: Sandbox, netns: str = "") -> dict[str, list[str]]:
    """All addresses, routes and next hop objects without what the carrier brings; lifetimes to a quarter of an hour.

    The kernel adds an address's own routes when it has looked for duplicates of the address, which is waited for.
    """
    until(lambda: not sandbox.ip("-6 address show tentative", netns), "the end of duplicate address detection")
    found: dict[str, list[str]] = {"address": [], "-4": [], "-6": []}
    for link in sandbox.ip("-d address", netns):
        for info in link["addr_info"]:
            if not info["local"].startswith("fe80"):
                found["address"].append(json.dumps([link["ifname"], _steady(info)], sort_keys=True))
    for family in ("-4", "-6"):
        for route in sandbox.ip(f"-d {family} route show table all", netns):
            if route["dst"] not in ("fe80::/64", "ff00::/8") and not route["dst"].startswith("fe80:"):
                found[family].append(json.dumps(_steady(route), sort_keys=True))
    found["nexthop"] = [json.dumps(_steady(each), sort_keys=True) for each in sandbox.ip("-d nexthop", netns)]
    return {name: sorted(lines) if name != "-4" else lines for name, lines in found.items()}


def _steady(item: dict[str, Any]) -> dict[str, Any]:
    rough = ("valid_life_time", "preferred_life_time", "expires")
    kept = {name: value for name, value in item.items() if name not in ("tentative", "flags")}
    return {name: round(value / 900) if name in rough and value < 2**31 else value for name, value in kept.items()}


def _others(sandbox: Sandbox, netns: str = "") -> None:
    """Somebody else's addresses and routes, as many as this kernel takes."""
    into = f"-n {netns} " if netns else ""
    lines = [line for line in (ADDRESSES + ROUTES).splitlines() if line]
    sandbox.sh("\n".join(f"ip {into}{line} || echo {line!r} >>/run/refused" for line in lines))
    refused = Path(f"{sandbox.scratch}/refused")
    sandbox.sh(f"cp /run/refused {refused} 2>/dev/null || :")
    assert not refused.exists() or "encap" in refused.read_text(encoding="ascii"), refused.read_text(encoding="ascii")


def _assert_same(before: dict[str, list[str]], after: dict[str, list[str]]) -> None:
    lost = {name: [line for line in lines if line not in after[name]] for name, lines in before.items()}
    come = {name: [line for line in lines if line not in before[name]] for name, lines in after.items()}
    assert not any([*lost.values(), *come.values()]), f"lost {lost}\ncome {come}"
    for name in ("-4", "-6"):
        order = [
            [line for line in lines[name] if "10.9.10.0" in line or "10.8.0.0" in line] for lines in (before, after)
        ]
        assert order[0] == order[1]


def test_what_others_have_on_a_link_comes_back_where_a_run_fails(sandbox: Sandbox) -> None:
    sandbox.apply("topology", LAB)
    _others(sandbox)
    before = _routing(sandbox)
    assert len(before["-4"]) > 25 and len(before["-6"]) > 15
    without = change(LAB, {"veths": LAB["veths"][1:], "routes": [REFUSED]})
    renamed = change(LAB, {"veths.0.peer.name": "v2", "routes.+": REFUSED})
    down = change(LAB, {"veths.0.up": False, "routes": [REFUSED]})
    for worse in (without, renamed, down):
        result = sandbox.module("topology", {**worse, "allow_management": True})
        assert result.get("failed") and "10.5.0.0/24" in result["msg"] and "Left behind" not in result["msg"], result[
            "msg"
        ]
        _assert_same(before, _routing(sandbox))
    assert sandbox.apply("topology", LAB)["plan"] == []
    _assert_same(before, _routing(sandbox))


def test_what_others_have_in_a_namespace_comes_back_where_its_removal_fails(sandbox: Sandbox) -> None:
    swapped = change(LAB, {})
    for veth in swapped["veths"]:
        peer = veth["peer"]
        veth["name"], peer["name"], veth["netns"] = peer["name"], veth["name"], "blue"
        peer["netns"], veth["addresses"], peer["addresses"] = "red", peer["addresses"], veth["addresses"]
    swapped["namespaces"].append({"name": "blue"})
    swapped["routes"] = [{"netns": "red", "dst": "10.8.0.0/24", "gateway": "192.0.2.9"}]
    sandbox.apply("topology", swapped)
    _others(sandbox, "red")
    before = _routing(sandbox, "red")
    worse: Lab = {"name": "star", "namespaces": [{"name": "blue"}], "veths": [
        {"name": "x0", "addresses": ["198.51.100.2/24"], "peer": {"name": "x1", "netns": "blue"}}],
        "routes": [{"dst": "10.5.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}]}  # fmt: skip
    result = sandbox.module("topology", worse)
    assert result.get("failed") and "10.5.0.0/24" in result["msg"] and "Left behind" not in result["msg"], result["msg"]
    _assert_same(before, _routing(sandbox, "red"))


def test_an_address_that_is_changed_keeps_what_others_have_with_it(sandbox: Sandbox) -> None:
    """The kernel knows no other broadcast address of an address: it goes, with all routes of a link, and comes back."""
    sandbox.sh("ip link add d0 type veth peer name d0p; ip link set d0 up; ip link set d0p up")
    sandbox.apply("netns_address", {"dev": "d0", "address": "192.0.2.2/24"})
    sandbox.sh(
        "ip route add 10.9.0.0/24 via 192.0.2.9 mtu 1400; ip route add 10.9.1.0/24 tos 0x10 via 192.0.2.9; "
        "ip route add 10.9.2.0/24 dev d0 proto 42 table 1000; ip route append 10.9.0.0/24 via 192.0.2.8; "
        "ip nexthop add id 5 via 192.0.2.9 dev d0; ip route add 10.9.3.0/24 nhid 5"
    )
    before = _routing(sandbox)
    converge(sandbox, "netns_address", {"dev": "d0", "address": "192.0.2.2/24", "broadcast": "192.0.2.127"})
    after = _routing(sandbox)
    assert [line for line in before["-4"] if '"10.9.' in line] == [line for line in after["-4"] if '"10.9.' in line]
    sandbox.apply("netns_address", {"dev": "d0", "address": "192.0.2.2/24", "state": "absent"})
    records = sandbox.dump()["records"]
    assert not any("10.9." in line for line in records), records


#: what stands already: (made by ip, a topology's entry over it, what the Conflict names)
STANDING: dict[str, tuple[str, Lab, str]] = {
    "connected": ("", {"routes": [{"dst": "192.0.2.0/24", "gateway": "192.0.2.9"}]}, "protocol kernel"),
    "connected, IPv6": (
        "", {"routes": [{"dst": "fd00::/64", "metric": 256, "gateway": "fd00::9"}]}, "protocol kernel"),
    "over an IPv6 next hop": (
        "route add 10.9.0.0/24 via inet6 fe80::1 dev d0",
        {"routes": [{"dst": "10.9.0.0/24", "dev": "d0"}]}, "of another family"),
    "several next hops": (
        "route add 10.9.0.0/24 nexthop via 192.0.2.8 nexthop via 192.0.2.9",
        {"routes": [{"dst": "10.9.0.0/24", "gateway": "192.0.2.8"}]}, "several next hops"),
    "metrics": (
        "route add 10.9.0.0/24 via 192.0.2.8 mtu 1400",
        {"routes": [{"dst": "10.9.0.0/24", "gateway": "192.0.2.8"}]}, "metrics"),
    "throw": ("route add throw 10.9.0.0/24", {"routes": [{"dst": "10.9.0.0/24", "type": "blackhole"}]}, "throw"),
    "advertised": (
        "-6 route add default via fd00::9 proto ra metric 1024 expires 1800",
        {"routes": [{"dst": "::/0", "gateway": "fd00::9"}]}, "a lifetime"),
    "peer": (
        "address add 10.0.0.1 peer 10.0.0.2/32 dev d0",
        {"addresses": [{"dev": "d0", "address": "10.0.0.1/32"}]}, "peer"),
    "another length": (
        "address add 10.0.0.1/16 dev d0", {"addresses": [{"dev": "d0", "address": "10.0.0.1/24"}]}, "10.0.0.1/16"),
    "another length, IPv6": (
        "address add fd07::1/48 dev d0", {"addresses": [{"dev": "d0", "address": "fd07::1/64"}]}, "fd07::1/48"),
    "leased": (
        "address add 10.0.0.1/24 dev d0 valid_lft 3600 preferred_lft 3600",
        {"addresses": [{"dev": "d0", "address": "10.0.0.1/24"}]}, "a lifetime"),
    "connected with the lab's own address": (
        "", {"addresses": [{"dev": "d0", "address": "10.7.0.1/24"}],
             "routes": [{"dst": "10.7.0.0/24", "gateway": "192.0.2.9"}]},
        "10.7.0.1/24"),
}  # fmt: skip


def test_what_stands_is_a_conflict_that_names_it_in_check_mode_too(sandbox: Sandbox) -> None:
    sandbox.sh(
        "ip link add d0 type veth peer name d0p; ip link set d0 up; ip link set d0p up; "
        "ip address add 192.0.2.2/24 dev d0; ip address add fd00::2/64 dev d0 nodad"
    )
    for name, (made, lab, words) in STANDING.items():
        if made:
            sandbox.sh(f"ip {made}")
        before = _routing(sandbox)
        for check in (True, False):
            result = sandbox.module("topology", {"name": "a", **lab}, check=check)
            assert result.get("failed") and result["error"]["kind"] == "Conflict", (name, result)
            assert words in result["msg"], (name, result["msg"])
        _assert_same(before, _routing(sandbox))
        if made:
            sandbox.sh(f"ip {made.replace(' add ', ' del ', 1).partition(' expires')[0].partition(' valid_lft')[0]}")


def test_beside_others_a_route_is_made_changed_and_removed_alone(sandbox: Sandbox) -> None:
    sandbox.sh(
        """
        ip link add d0 type veth peer name d0p; ip link set d0 up; ip link set d0p up
        ip address add 192.0.2.2/24 dev d0; ip address add fd00::2/64 dev d0 nodad
        ip route add 10.9.0.0/24 tos 0x10 via 192.0.2.7; ip route add 10.9.0.0/24 metric 5 via 192.0.2.7
        ip -6 route add fd09::/64 metric 5 via fd00::7
        """
    )
    before = _routing(sandbox)
    routes = [{"dst": "10.9.0.0/24", "gateway": "192.0.2.8"}, {"dst": "fd09::/64", "gateway": "fd00::8"}]
    sandbox.apply("topology", {"name": "a", "routes": routes})
    sandbox.sh("ip route append 10.9.0.0/24 via 192.0.2.6; ip -6 route append fd09::/64 via fd00::6")
    assert sandbox.apply("topology", {"name": "a", "routes": routes})["plan"] == []
    routes = [{"dst": "10.9.0.0/24", "gateway": "192.0.2.9"}, {"dst": "fd09::/64", "gateway": "fd00::9"}]
    sandbox.apply("topology", {"name": "a", "routes": routes})
    four = [route["gateway"] for route in sandbox.ip("-4 route show 10.9.0.0/24") if route["dst"] == "10.9.0.0/24"]
    assert sorted(four) == ["192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.9"]
    assert sandbox.apply("topology", {"name": "a", "routes": routes})["plan"] == []
    sandbox.apply("topology", {"name": "a", "state": "absent"})
    sandbox.sh("ip route del 10.9.0.0/24 via 192.0.2.6; ip -6 route del fd09::/64 via fd00::6")
    _assert_same(before, _routing(sandbox))


RACE = """
import subprocess
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError

class Host(LocalHost):
    def read(self, scope):
        state = super().read(scope)
        subprocess.run(ACT, shell=True, check=True)
        return state

try:
    print(run.run(topology_request(LAB), Host(), False).plan())
except LabError as error:
    print(type(error).__name__, error.text())
"""


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("ip route add 10.9.0.0/24 via 192.0.2.7", "via 192.0.2.7"),
        ("ip -6 route add fd09::/64 via fd00::7", "via fd00::7"),
        ("ip address add 10.0.0.1 peer 10.0.0.2/24 dev d0", "peer 10.0.0.2"),
    ],
)
def test_what_comes_between_reading_and_writing_is_a_conflict_and_undone(
    sandbox: Sandbox, act: str, words: str
) -> None:
    sandbox.sh(
        "ip link add d0 type veth peer name d0p; ip link set d0 up; ip link set d0p up; "
        "ip address add 192.0.2.2/24 dev d0; ip address add fd00::2/64 dev d0 nodad"
    )
    routes = [{"dst": "10.9.0.0/24", "gateway": "192.0.2.9"}, {"dst": "fd09::/64", "gateway": "fd00::9"}]
    addresses = [{"dev": "d0", "address": "10.0.0.1/24"}]
    lab = {"name": "a", "namespaces": [{"name": "red"}], "addresses": addresses, "routes": routes}
    script = RACE.replace("ACT", repr(act)).replace("LAB", repr(lab))
    told = sandbox.sh(f"cat >/run/race.py <<'END'\n{script}\nEND\n{sandbox.python} /run/race.py")
    assert told.startswith("Conflict") and words in told and "were rolled back" in told, told
    after = _routing(sandbox)
    assert sandbox.namespaces() == set()
    assert [line for line in after["-4"] + after["-6"] if '"110"' in line] == []


def test_routes_come_by_need_and_go_the_other_way_round(sandbox: Sandbox) -> None:
    routes = [
        {"netns": "red", "dst": "default", "gateway": "10.1.0.1"},
        {"netns": "red", "dst": "::/0", "gateway": "fd01::1"},
        {"netns": "red", "dst": "10.1.0.1/32", "dev": "v1"},
        {"netns": "red", "dst": "fd01::1/128", "dev": "v1"},
    ]
    lab: Lab = {"name": "a", "namespaces": [{"name": "red"}], "routes": routes, "veths": [
        {"name": "v0", "addresses": ["10.1.0.1/32", "fd01::1/128"],
         "peer": {"name": "v1", "netns": "red", "addresses": ["10.1.0.2/32", "fd01::2/128"]}}]}  # fmt: skip
    before = sandbox.dump()
    made = [step["object"] for step in converge(sandbox, "topology", lab)["plan"] if step["kind"] == "route"]
    assert [name.split()[0] for name in made] == ["10.1.0.1/32", "fd01::1/128", "default", "default"]
    plan = sandbox.apply("topology", change(lab, {"routes": []}))["plan"]
    gone = [step["object"] for step in plan if step["kind"] == "route"]
    assert sorted(name.split()[0] for name in gone[:2]) == ["default", "default"]
    sandbox.apply("topology", absent(lab))
    assert sandbox.dump() == before


def test_a_route_of_others_from_an_address_of_a_link_that_goes_comes_back(sandbox: Sandbox) -> None:
    """The kernel drops IPv4 routes with their source, whatever link they use, unless another link has that address."""
    lab: Lab = {
        "name": "lab",
        "veths": [
            {"name": "v0", "addresses": ["10.1.0.1/24"], "peer": {"name": "v1"}},
            {"name": "w0", "addresses": ["10.2.0.1/24"], "peer": {"name": "w1"}},
        ],
    }
    sandbox.sh(
        """
        ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up
        ip address add 192.0.2.2/24 dev d0; ip address add 10.2.0.1/32 dev d0
        """
    )
    sandbox.apply("topology", lab)
    for net, source in (("10.66.0.0/16", "10.1.0.1"), ("10.67.0.0/16", "10.2.0.1")):
        sandbox.sh(f"ip route add {net} via 192.0.2.9 src {source} mtu 1300")
    before = sandbox.ip("-d route")
    failing = [{"dst": "10.77.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}]
    error = sandbox.module("topology", {"name": "lab", "routes": failing})["error"]
    assert error["rolled_back"] is True
    assert sorted(map(str, sandbox.ip("-d route"))) == sorted(map(str, before))
    sandbox.apply("topology", absent(lab))
    assert [route["dst"] for route in sandbox.ip("route") if "mtu" in str(route)] == ["10.67.0.0/16"]


def test_routes_of_others_survive_the_removal_of_a_subnets_first_address(sandbox: Sandbox) -> None:
    """The kernel drops the other addresses of the subnet too, and with them all routes over the link."""
    sandbox.sh("ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up")
    lab: Lab = {"name": "lab", "addresses": [{"dev": "d0", "address": "192.0.2.2/24"}]}
    sandbox.apply("topology", lab)
    sandbox.sh(
        """
        ip address add 192.0.2.3/24 dev d0
        ip route add 10.50.0.0/16 via 192.0.2.9 mtu 1300; ip route add 10.52.0.0/16 via 192.0.2.9 src 192.0.2.3
        """
    )
    before = [route for route in sandbox.ip("-d route") if route["dst"].startswith("10.")]
    sandbox.apply("topology", absent(lab))
    assert [route for route in sandbox.ip("-d route") if route["dst"].startswith("10.")] == before
    assert sandbox.addresses("d0") == ["192.0.2.3/24"]
