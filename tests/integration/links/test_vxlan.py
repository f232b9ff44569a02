# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module vxlan, against another machine whose end of the tunnel ip(8) has laid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..support.cycles import converge, refused
from ..support.dumps import assert_same, comparable
from ..support.labs import absent
from ..support.network import OUTSIDE, Outside, ping
from ..support.sandbox import Sandbox

TUNNEL: dict[str, Any] = {"name": "vxlan15", "id": 15, "local": "192.168.1.2", "remotes": ["192.168.1.3"], "mtu": 1450}
LAB: dict[str, Any] = {
    "name": "wide",
    "namespaces": [{"name": "red"}],
    "bridges": [{"name": "br0"}],
    "veths": [
        {
            "name": "eth0",
            "netns": "red",
            "addresses": ["10.9.0.1/24"],
            "mtu": 1450,
            "peer": {"name": "red", "bridge": "br0"},
        }
    ],
    "vxlans": [{**TUNNEL, "bridge": "br0"}],
}


def far_ends(sandbox: Sandbox, name: str = "vxlan15") -> list[str]:
    """The other ends of a tunnel, as bridge(8) has them."""
    entries = sandbox.sh(f"bridge fdb show dev {name}").splitlines()
    return sorted(line.split()[2] for line in entries if line.startswith("00:00:00:00:00:00 dst"))


def places(sandbox: Sandbox) -> set[tuple[str, str]]:
    """The known places of a tunnel, those that were not learnt."""
    entries = [line.split() for line in sandbox.sh("bridge fdb show dev vxlan15").splitlines()]
    return {(entry[0], entry[2]) for entry in entries if entry[1] == "dst" and "permanent" in entry} - {
        ("00:00:00:00:00:00", end) for end in far_ends(sandbox)
    }


def shown(sandbox: Sandbox, name: str = "vxlan15") -> dict[str, Any]:
    """What ip(8) tells of a tunnel."""
    link = sandbox.link(name)
    assert link is not None
    return {**link["linkinfo"]["info_data"], "mtu": link["mtu"], "master": link.get("master")}


def other_machine(ipv6: bool = False) -> str:
    """The lines of shell by which the neighbour lays its end."""
    ends = "local 2001:db8:1::3 remote 2001:db8:1::2" if ipv6 else "local 192.168.1.3 remote 192.168.1.2"
    return f"""
        ip link add far type vxlan id 15 {ends} dstport 4789
        ip link set far addrgenmode none
        ip address add 10.9.0.2/24 dev far
        ip link set far mtu {1430 if ipv6 else 1450} up
    """


def test_it_is_laid_changed_and_taken_away(sandbox: Sandbox, outside: Outside) -> None:
    before = sandbox.dump()
    converge(sandbox, "vxlan", {**TUNNEL, "remotes": ["192.168.1.4", "192.168.1.3"]})
    told = shown(sandbox)
    assert (told["id"], told["local"], told["port"], told["link"], told["mtu"]) == (
        15,
        "192.168.1.2",
        4789,
        "eth0",
        1450,
    )
    assert far_ends(sandbox) == ["192.168.1.3", "192.168.1.4"]

    index = sandbox.ip("link show vxlan15")[0]["ifindex"]
    done = converge(sandbox, "vxlan", {**TUNNEL, "remotes": ["192.168.1.3", "192.168.1.5"], "mtu": 1400})
    assert [step["action"] for step in done["plan"]] == ["change"]
    assert far_ends(sandbox) == ["192.168.1.3", "192.168.1.5"]
    assert sandbox.ip("link show vxlan15")[0]["ifindex"] == index, "another far end must not lay the tunnel anew"
    assert shown(sandbox)["mtu"] == 1400

    sandbox.apply("bridge", {"name": "br0"})
    done = converge(sandbox, "vxlan", {**TUNNEL, "id": 16, "dstport": 8472, "bridge": "br0"})
    assert [step["action"] for step in done["plan"]] == ["delete", "create"]
    told = shown(sandbox)
    assert (told["id"], told["port"], told["master"]) == (16, 8472, "br0")
    assert far_ends(sandbox) == ["192.168.1.3"]

    sandbox.apply("bridge", {"name": "br0", "state": "absent"})
    converge(sandbox, "vxlan", {"name": "vxlan15", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_known_places_are_kept_as_they_are_given(sandbox: Sandbox, outside: Outside) -> None:
    one, two = ({"mac": f"02:00:00:00:99:0{number}", "dst": f"192.168.1.{number}"} for number in (3, 4))
    given = {**TUNNEL, "remotes": ["192.168.1.3", "192.168.1.4"], "learning": False}
    converge(sandbox, "vxlan", {**given, "fdb": [one, two]})
    assert places(sandbox) == {(one["mac"], "192.168.1.3"), (two["mac"], "192.168.1.4")}
    assert shown(sandbox)["learning"] is False
    done = converge(sandbox, "vxlan", {**given, "fdb": [{**one, "dst": "192.168.1.4"}]})
    assert [step["action"] for step in done["plan"]] == ["change"]
    assert places(sandbox) == {(one["mac"], "192.168.1.4")}
    sandbox.sh("bridge fdb append 02:00:00:00:99:09 dst 192.168.1.4 dev vxlan15 via eth0")
    assert sandbox.apply("vxlan", given)["changed"] is False, "what is not given is not managed"
    converge(sandbox, "vxlan", {**given, "fdb": []})
    assert places(sandbox) == set()


def bridge_places(sandbox: Sandbox) -> set[str]:
    """What the bridge keeps of the port vxlan15: entries that do not age, and are not addresses of its own."""
    found = json.loads(sandbox.run(["bridge", "-j", "fdb", "show", "dev", "vxlan15"]).stdout)
    return {entry["mac"] for entry in found if entry.get("master") and entry["state"] == "static"}


def test_a_bridge_keeps_known_places_and_learns_nothing_from_the_port(sandbox: Sandbox, outside: Outside) -> None:
    one, two, three = ({"mac": f"02:00:00:00:99:0{number}", "dst": "192.168.1.3"} for number in (3, 4, 5))
    lab = {**LAB, "vxlans": [{**LAB["vxlans"][0], "learning": False, "fdb": [one, two]}]}
    converge(sandbox, "topology", lab)
    assert bridge_places(sandbox) == {one["mac"], two["mac"]}
    sandbox.sh(other_machine(), OUTSIDE)
    sandbox.sh("ip link set far address 02:00:00:00:99:03", OUTSIDE)
    assert ping(sandbox, "red", "10.9.0.2").answered
    sandbox.sh("ip link set far address 02:00:00:00:99:77", OUTSIDE)
    sandbox.sh("ip -n red neighbour flush all")
    assert ping(sandbox, "red", "10.9.0.2").answered, "what is not known goes to all"
    assert "02:00:00:00:99:77" not in sandbox.sh("bridge fdb show br br0"), "nothing is learnt from the port"
    fresh = comparable(sandbox.dump())
    for change in (
        "bridge fdb del 02:00:00:00:99:03 dev vxlan15 master",
        "bridge fdb add 02:00:00:00:99:09 dev vxlan15 master static",
        "bridge link set dev vxlan15 learning on",
        "ip link set vxlan15 nomaster",
    ):
        sandbox.sh(change)
        converge(sandbox, "topology", lab)
        assert_same(fresh, comparable(sandbox.dump()), change)
    # an address that comes here from the other host, and becomes the bridge's own
    here = {
        **lab,
        "vxlans": [{**lab["vxlans"][0], "fdb": [two, three]}],
        "bridges": [{"name": "br0", "mac": one["mac"]}],
    }
    converge(sandbox, "topology", here)
    assert bridge_places(sandbox) == {two["mac"], three["mac"]}
    converge(sandbox, "topology", lab | {"bridges": [{"name": "br0", "mac": "02:00:00:00:99:0a"}]})
    assert bridge_places(sandbox) == {one["mac"], two["mac"]}


def test_frames_reach_a_machine_that_ip_has_joined(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.sh(other_machine(), OUTSIDE)
    sandbox.apply("topology", LAB)
    assert ping(sandbox, "red", "10.9.0.2").answered
    whole = ["ping", "-n", "-c", "1", "-W", "3", "-M", "do", "-s"]
    assert sandbox.run([*whole, "1422", "10.9.0.2"], "red").returncode == 0, "1450 bytes fit"
    too_large = sandbox.run([*whole, "1423", "10.9.0.2"], "red", check=False)
    assert "mtu=1450" in too_large.stdout + too_large.stderr


def test_frames_reach_it_over_ipv6(sandbox: Sandbox) -> None:
    Outside(sandbox, ipv6=True)
    sandbox.sh(other_machine(ipv6=True), OUTSIDE)
    lab = {**LAB, "vxlans": [{**LAB["vxlans"][0], "local": "2001:db8:1::2", "remotes": ["2001:db8:1::3"], "mtu": 1430}]}
    lab["veths"] = [{**LAB["veths"][0], "mtu": 1430}]
    converge(sandbox, "topology", lab)
    assert ping(sandbox, "red", "10.9.0.2").answered


def test_frames_leave_by_the_link_of_the_local_address_only(sandbox: Sandbox, outside: Outside) -> None:
    """A route that leads to the far end by another link does not lead frames there, but for places that were learnt."""
    sandbox.sh(
        """
        ip link add wrong type veth peer name wronger
        ip link set wrong addrgenmode none; ip link set wronger addrgenmode none
        ip link set wrong up; ip link set wronger up
        ip address add 203.0.113.1/24 dev wrong
        ip route add 192.168.1.3/32 via 203.0.113.9
        ip neighbour add 203.0.113.9 lladdr 02:00:00:00:00:99 dev wrong
        """
    )
    sandbox.sh(other_machine(), OUTSIDE)
    sandbox.apply("topology", {**LAB, "vxlans": [{**LAB["vxlans"][0], "learning": False}]})
    assert ping(sandbox, "red", "10.9.0.2").answered
    sandbox.sh("ip netns exec red ping -n -c 1 -W 1 10.9.0.77 || true")
    (link,) = sandbox.ip("-s link show wronger")
    assert link["stats64"]["rx"]["packets"] == 0, link


def test_a_tunnel_is_drift_when_others_change_it(sandbox: Sandbox, outside: Outside) -> None:
    sandbox.apply("topology", LAB)
    fresh = comparable(sandbox.dump())
    for change in (
        "bridge fdb append 00:00:00:00:00:00 dst 192.168.1.9 dev vxlan15",
        "bridge fdb del 00:00:00:00:00:00 dst 192.168.1.3 dev vxlan15 via eth0",
        "ip link del vxlan15",
        "ip link set vxlan15 down",
        "ip link set vxlan15 nomaster",
        "ip link set vxlan15 mtu 1300",
    ):
        sandbox.sh(change)
        converge(sandbox, "topology", LAB)
        assert_same(fresh, comparable(sandbox.dump()), change)
    sandbox.apply("topology", absent(LAB))
    assert sandbox.link("vxlan15") is None


@pytest.mark.parametrize(
    ("args", "kind", "words"),
    [
        ({"local": "192.168.1.77"}, "InvalidArgument", ("local", "192.168.1.77", "192.168.1.2 dev eth0")),
        ({"remotes": ["192.168.1.2"]}, "InvalidArgument", ("remotes[0]", "which is local")),
        ({"remotes": ["fd00::1"]}, "InvalidArgument", ("remotes[0]", "fd00::1", "IPv6")),
        ({"remotes": ["192.168.1.3", "192.168.1.3"]}, "InvalidArgument", ("remotes[1]", "again")),
        ({"id": 0}, "InvalidArgument", ("vxlan.id", "0")),
        ({"id": 1 << 24}, "InvalidArgument", ("vxlan.id", "16777215")),
        ({"dev": "eth9"}, "InvalidArgument", ("dev", "eth9")),
        ({"bridge": "br9"}, "InvalidArgument", ("bridge", "br9")),
        ({"mtu": 1500}, "InvalidArgument", ("mtu", "1450", "eth0 has an MTU of 1500")),
        ({"id": 77}, "Conflict", ("vxlan.id", "77", "theirs")),
        ({"name": "theirs", "id": 78}, "Conflict", ("theirs", "id is 77, expected 78")),
        ({"name": "eth0"}, "Conflict", ("eth0", "a link of kind veth")),
    ],
)
def test_what_is_wrong_is_named(
    sandbox: Sandbox, outside: Outside, args: dict[str, Any], kind: str, words: tuple[str, ...]
) -> None:
    sandbox.sh("ip link add theirs type vxlan id 77 local 192.168.1.2 dev eth0 dstport 4789")
    if args.keys() & {"dev", "bridge", "local"}:  # a single module takes them as to come with --check
        refused(sandbox, "topology", {"name": "lab", "vxlans": [{**TUNNEL, **args}]}, kind, *words)
        return
    refused(sandbox, "vxlan", {**TUNNEL, **args}, kind, *words)


HOLDER = """
import socket, sys
holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
holder.bind((sys.argv[1], 4789))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1"])
def test_a_port_that_a_program_has_is_a_conflict_with_its_name(
    sandbox: Sandbox, outside: Outside, address: str
) -> None:
    holder = sandbox.background([sandbox.python, "-c", HOLDER, address])
    holder.wait_for("ready")
    refused(sandbox, "vxlan", TUNNEL, "Conflict", "vxlan.dstport", "UDP port 4789", "process ", f"{address})")
    converge(sandbox, "vxlan", {**TUNNEL, "dstport": 8472})
    converge(sandbox, "vxlan", {**TUNNEL, "name": "vxlan16", "id": 16, "dstport": 8472})
