# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any call of the kernel that fails is undone or told; a kill around any call is healed by one run.

The labs of the seeds and labs made at random, any of them from any other, on the real kernel. ``make soak`` tries every
call of all of them, the ordinary run some.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from unit.support.topologies import FOREIGN_BRIDGE, SPARE, UPLINK, lab_of

from .conftest import PYTHONS
from .support.faulty import NOTHING, Count, Faulty
from .support.labs import Lab, bridge_nat, direct_cable, ipv6_star, two_cables
from .support.sandbox import Launcher, Sandbox

SEEDS: dict[str, Lab] = {
    "nothing": NOTHING,
    "bridge and NAT": bridge_nat(rules=[{"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "9"}]),
    "one cable": direct_cable(),
    "two cables": two_cables(),
    "IPv6": ipv6_star(),
}
PAIRS = list(itertools.permutations(SEEDS, 2))
#: what a host has that no lab made: see unit.support.topologies
HOST = f"""
ip link add {UPLINK} type veth peer name uplink-peer
ip link add {SPARE} type veth peer name spare-peer
ip link add {FOREIGN_BRIDGE} type bridge
for link in {UPLINK} uplink-peer {SPARE} spare-peer {FOREIGN_BRIDGE}; do
    ip link set $link addrgenmode none; ip link set $link up
done
ip address add 10.0.2.15/24 broadcast 10.0.2.255 dev {UPLINK}
ip address add 172.17.0.1/16 broadcast 172.17.255.255 dev {FOREIGN_BRIDGE}
ip route add default via 10.0.2.2
ip route add 10.250.0.0/16 via 10.0.2.3 metric 7
ip rule add from 10.250.0.0/16 table 90 priority 90
"""
Fresh = Callable[[], contextlib.AbstractContextManager[Faulty]]


@pytest.fixture
def fresh(collections: Path, launchers: Callable[[str], Launcher], tmp_path: Path) -> Fresh:
    """Hosts for labs made at random, each good for one."""

    @contextlib.contextmanager
    def made() -> Iterator[Faulty]:
        with contextlib.closing(Sandbox(collections, tmp_path, launchers(PYTHONS[0]))) as sandbox:
            sandbox.sh(HOST)
            yield Faulty(sandbox)

    return made


def test_labs_of_the_seeds(sandbox: Sandbox) -> None:
    """Some calls of a build, of a change and of a removal; all of them are in the long form."""
    faulty = Faulty(sandbox)
    faulty.between(NOTHING, SEEDS["bridge and NAT"], slice(1, None, 8))
    faulty.between(SEEDS["bridge and NAT"], SEEDS["one cable"], slice(3, None, 24))
    faulty.between(SEEDS["one cable"], NOTHING, slice(2, None, 16))
    assert faulty.count.killed >= 5 and faulty.count.refused >= 14
    print(faulty.count)


@pytest.mark.soak
@pytest.mark.parametrize("pair", PAIRS, ids=[" to ".join(pair).replace(" ", "-") for pair in PAIRS])
def test_every_call_between_any_two_labs_of_the_seeds(sandbox: Sandbox, pair: tuple[str, str]) -> None:
    faulty = Faulty(sandbox)
    faulty.between(SEEDS[pair[0]], SEEDS[pair[1]])
    print(faulty.count)


def _random(fresh: Fresh, examples: int, step: int) -> Count:
    """From any lab to any other."""
    total = Count()
    drawn = st.binary(min_size=250, max_size=250)

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=step > 1,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn, drawn, st.integers(0, step - 1))
    def between(one: bytes, other: bytes, first: int) -> None:
        with fresh() as faulty:
            faulty.between(lab_of(one, size=2), lab_of(other, size=2), slice(first, None, step))
            total.add(faulty.count)

    between()
    return total


def test_labs_made_at_random(fresh: Fresh) -> None:
    print(_random(fresh, examples=2, step=30))


@pytest.mark.soak
def test_every_call_between_labs_made_at_random(fresh: Fresh) -> None:
    print(_random(fresh, examples=200, step=1))
