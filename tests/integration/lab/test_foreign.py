# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is foreign survives: whatever a lab does beside it, and whatever becomes of the lab."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from random import Random

import pytest
from unit.support.topologies import FOREIGN_BRIDGE, SPARE, lab_of

from ..support.dumps import Dump, assert_same
from ..support.faulty import NOTHING, Faulty, Fresh
from ..support.foreign import draw, in_the_way, look, whole
from ..support.host_groups import until
from ..support.labs import Lab
from ..support.sandbox import Sandbox


@dataclass
class Count:
    """Draws that were made, those with something in the lab's way, and those that were built."""

    drawn: int = 0
    blocked: int = 0
    built: int = 0


def assert_stands(before: Dump, now: Dump, why: str) -> None:
    """What was there before is there still, in its order, whatever the lab has added to it."""
    for section, lines in before.items():
        kept = [line for line in now[section] if line in lines]
        was = [line for line in lines if not _shared(section, line)]
        lost = [line for line in was if line not in kept]
        assert not lost, f"{why}: {section} lost {lost}, of {now[section]}"
        assert [line for line in kept if line in was] == was, f"{why}: {section} in another order"


def _shared(section: str, line: str) -> bool:
    """Whether the lab may have its own say in it: a link that it uses, with its port's entries."""
    return section in ("address", "fdb", "qdisc") and any(f'"{name}"' in line for name in (SPARE, FOREIGN_BRIDGE))


def survive(faulty: Faulty, random: Random, count: Count) -> None:
    """One draw: things of somebody else, and two labs over them."""
    sandbox = faulty.sandbox
    lab, other = (faulty.possible(lab_of(random.randbytes(250), size=2)) for _turn in range(2))
    lines = draw(random)
    blocked = in_the_way(lab, random) if random.random() < 0.15 else ""
    script = "\n".join([*lines, blocked])
    told = f"\n{script}\n{lab}\n{other}"
    sandbox.sh(f"set -e\n{script}")
    count.drawn += 1
    before, all_else = look(sandbox), whole(sandbox)

    if blocked:
        answer = faulty.run(lab)
        assert answer["error"] and answer["error"]["kind"] == "Conflict", f"{answer}{told}"
        assert_same(before, look(sandbox), told)
        assert_same(all_else, whole(sandbox), told)
        count.blocked += 1
        return
    calls = _run(faulty, lab, told)
    count.built += 1
    assert_stands(before, look(sandbox), f"built{told}")
    _run(faulty, other, told)
    assert_stands(before, look(sandbox), f"changed{told}")
    answer = faulty.run(lab, "refuse", (random.randrange(len(calls)),), errno.ENOMEM)
    if answer["error"] and not answer["details"].get("left"):
        assert_stands(before, look(sandbox), f"failed: {answer['text']}{told}")
    _run(faulty, other, told)
    _roll_back(faulty, lab, before, told)
    _run(faulty, NOTHING, told)
    assert_same(before, look(sandbox), f"removed{told}")
    assert_same(all_else, whole(sandbox), f"removed{told}")


def _run(faulty: Faulty, lab: Lab, told: str) -> list[str]:
    answer = faulty.run(lab)
    assert not answer.get("error"), f"{answer}{told}"
    calls: list[str] = answer["calls"]
    return calls


def _roll_back(faulty: Faulty, lab: Lab, before: Dump, told: str) -> None:
    """A plan that nobody confirms: the host takes it back after a second."""
    sandbox = faulty.sandbox
    answer = sandbox.module("topology", {"name": "star", **lab, "confirm_timeout": 1})
    assert not answer.get("failed"), f"{answer}{told}"
    if answer["changed"]:
        until(lambda: "star.undone" in sandbox.sh("ls /run/netns-lab"), "the end of its time")
        assert_stands(before, look(sandbox), f"rolled back{told}")


def test_a_bridge_of_somebody_else_keeps_its_address(sandbox: Sandbox) -> None:
    """The kernel gives a bridge the address of its first port, and zeros when its last one leaves."""
    sandbox.sh("ip link add docker0 type bridge; ip link set docker0 up; ip link add spare0 type veth peer name spare1")
    mac = sandbox.ip("link show docker0")[0]["address"]
    port = sandbox.ip("link show spare0")[0]["address"]

    def now() -> str:
        return str(sandbox.ip("link show docker0")[0]["address"])

    joins = {"name": "one", "bridge_ports": [{"dev": "spare0", "bridge": "docker0"}]}
    sandbox.apply("topology", joins)
    assert now() == port
    assert sandbox.apply("topology", joins)["changed"] is False
    done = sandbox.apply("topology", {"name": "one", "state": "absent"})
    assert now() == mac
    assert {"kind": "bridge", "object": "docker0"}.items() <= done["plan"][0].items()
    # a port of the lab's own, a run that fails, a port that leaves while the lab stays
    failing = {"routes": [{"dst": "10.77.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}]}
    own = {"name": "one", "veths": [{"name": "x", "peer": {"name": "y", "bridge": "docker0"}}]}
    assert sandbox.module("topology", {**own, **failing})["error"]["rolled_back"] is True
    assert now() == mac
    sandbox.sh("ip link del docker0; ip link add docker0 type bridge")
    mac = now()
    sandbox.apply("topology", own)
    assert now() != mac
    sandbox.apply("topology", {"name": "one", "veths": [{"name": "x", "peer": {"name": "y"}}]})
    assert now() == mac
    # one that is given its address by hand meanwhile keeps that
    sandbox.apply("topology", own)
    sandbox.sh("ip link set docker0 address 02:00:00:00:77:77")
    sandbox.apply("topology", {"name": "one", "state": "absent"})
    assert now() == "02:00:00:00:77:77"


def test_neighbours_that_somebody_made_stay(sandbox: Sandbox) -> None:
    """The kernel drops them with a link's last IPv4 address, and with its hardware address."""
    sandbox.sh(
        """
        ip link add spare0 type veth peer name spare1; ip link add br9 type bridge
        ip link set spare0 up; ip link set spare1 up; ip link set br9 up
        ip neighbour add 10.9.0.9 lladdr 02:00:00:00:77:01 dev spare0 nud permanent protocol 17
        ip neighbour add 10.9.0.10 lladdr 02:00:00:00:77:02 dev spare0 nud noarp
        ip neighbour add fd00:9::9 lladdr 02:00:00:00:77:03 dev spare0 nud permanent router
        ip neighbour add proxy 10.9.0.11 dev spare0
        ip neighbour add 10.9.1.9 lladdr 02:00:00:00:77:04 dev br9 nud permanent
        """
    )

    def entries() -> list[str]:
        shown = ("nud permanent", "nud noarp", "proxy")
        found = [entry for how in shown for entry in sandbox.ip(f"neighbour show {how}")]
        return sorted(str(entry) for entry in found if entry["dst"].startswith(("10.9.", "fd00:9:")))

    before = entries()
    assert len(before) == 5
    lab = {
        "name": "one",
        "addresses": [{"dev": "spare0", "address": "10.9.0.1/24"}],
        "bridge_ports": [{"dev": "spare1", "bridge": "br9"}],
    }
    sandbox.apply("topology", lab)
    failing = {
        "name": "one",
        "routes": [{"dst": "10.77.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}],
    }
    assert sandbox.module("topology", failing)["error"]["rolled_back"] is True
    assert entries() == before
    sandbox.apply("topology", {"name": "one", "state": "absent"})
    assert entries() == before


@pytest.mark.parametrize("link", ["spare0", "all"])
def test_what_disable_ipv6_takes_comes_back(sandbox: Sandbox, link: str) -> None:
    """The kernel drops the IPv6 addresses of the link and the routes over it, and makes anew what is its own."""
    sandbox.sh(
        """
        ip link add spare0 type veth peer name spare1
        for end in spare0 spare1; do ip link set $end addrgenmode none; ip link set $end up; done
        ip address add fd00:5::1/64 dev spare0 nodad
        ip address add fd00:6::1 peer fd00:6::9/128 dev spare0 nodad
        ip route add fd00:7::/64 via fd00:5::9 metric 77 mtu 1300
        ip route add fd00:8::/64 dev spare0 table 100
        """
    )

    def stands() -> list[str]:
        addresses = [str(item) for item in sandbox.ip("-6 address show dev spare0")]
        return addresses + [str(item) for item in sandbox.ip("-6 -d route show table all dev spare0")]

    before = stands()
    off = {"name": "off", "sysctls": [{"name": f"net.ipv6.conf.{link}.disable_ipv6", "value": 1}]}
    failing = {"routes": [{"dst": "10.7.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}]}
    assert sandbox.module("topology", {**off, **failing})["error"]["rolled_back"] is True
    assert stands() == before
    planned = sandbox.apply("topology", off, check=True)["plan"]
    assert "fd00:5::1/64 dev spare0" in planned[0]["reason"] and "and 1 more" in planned[0]["reason"]
    sandbox.apply("topology", off)
    assert sandbox.ip("-6 address show dev spare0") == []
    assert sandbox.apply("topology", off)["changed"] is False
    # a second lab that wants the same is the one to bring them back
    sandbox.apply("topology", {**off, "name": "also"})
    sandbox.apply("topology", {"name": "off", "state": "absent"})
    assert sandbox.ip("-6 address show dev spare0") == []
    sandbox.apply("topology", {"name": "also", "state": "absent"})
    assert stands() == before
    assert sandbox.sh("ls /run/netns-lab 2>/dev/null || true").split() in ([], ["lock"])


def _draws(fresh: Fresh, first: int, number: int) -> Count:
    count = Count()
    for seed in range(first, first + number):
        with fresh() as faulty:
            try:
                survive(faulty, Random(seed), count)
            except Exception as exc:
                raise AssertionError(f"draw {seed}: {exc}") from exc
    assert count.built >= 0.8 * count.drawn or count.built + count.blocked == count.drawn, count
    return count


def test_what_is_foreign_survives(fresh: Fresh) -> None:
    print(_draws(fresh, 0, 5))


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(1, 21))
def test_what_is_foreign_survives_in_the_long_run(fresh: Fresh, lot: int) -> None:
    """Four hundred draws in all."""
    print(_draws(fresh, 20 * lot, 20))
