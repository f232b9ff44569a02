# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Any call of the kernel that fails is undone or told; a kill around any call is healed by one run.

The labs of the seeds and labs made at random, any of them from any other, on the real kernel. ``make soak`` tries every
call of all of them, the ordinary run some.
"""

from __future__ import annotations

import errno
import itertools

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from unit.support.topologies import lab_of

from ..support.dumps import assert_same
from ..support.faulty import NOTHING, Count, Faulty, Fresh
from ..support.labs import Lab, bridge_nat, ipv6_star, two_veth_pairs, veth_pair
from ..support.sandbox import Sandbox

SEEDS: dict[str, Lab] = {
    "nothing": NOTHING,
    "bridge and NAT": bridge_nat(rules=[{"netns": "red", "priority": 100, "from": "192.168.15.0/24", "table": "9"}]),
    "veth pair": veth_pair(),
    "two veth pairs": two_veth_pairs(name="star"),
    "IPv6": ipv6_star(),
}
PAIRS = list(itertools.permutations(SEEDS, 2))


def test_labs_of_the_seeds(sandbox: Sandbox) -> None:
    """Some calls of a build, of a change and of a removal; all of them are in the long form."""
    faulty = Faulty(sandbox)
    faulty.between(NOTHING, SEEDS["bridge and NAT"], slice(1, None, 8))
    faulty.between(SEEDS["bridge and NAT"], SEEDS["veth pair"], slice(3, None, 24))
    faulty.between(SEEDS["veth pair"], NOTHING, slice(2, None, 12))
    assert faulty.count.killed >= 5 and faulty.count.refused >= 14
    print(faulty.count)


@pytest.mark.parametrize(
    ("call", "refused"),
    [("netlink delroute", "route 10.202.0.0/24"), ("netlink deladdr", "address 10.6.0.253/24 dev br2")],
)
def test_what_is_not_removed_does_not_go_along_with_another(sandbox: Sandbox, call: str, refused: str) -> None:
    """With its first address a link loses the others of the subnet, and with its last address its routes."""
    bridge = {"name": "br2", "addresses": ["10.6.0.252/24", "10.6.0.253/24"]}
    one: Lab = {"bridges": [bridge], "routes": [{"dst": "10.202.0.0/24", "gateway": "10.6.0.99"}]}
    other: Lab = {"bridges": [{"name": "br2", "addresses": []}]}
    faulty = Faulty(sandbox)
    faulty.apply(one)
    number = faulty.apply(other).index(call)
    for lab in (NOTHING, one):
        faulty.apply(lab)
    before = faulty.state()
    assert faulty.run(other, "refuse", (number,), errno.ENOBUFS)["error"]["object"] == refused
    assert_same(before, faulty.state())


def test_a_veth_pair_whose_peer_the_kernel_does_not_tell_is_not_removed(sandbox: Sandbox) -> None:
    """It was taken for one to elsewhere, and recreated."""
    faulty = Faulty(sandbox)
    faulty.apply(veth_pair())
    before, calls = sandbox.dump(), faulty.apply(veth_pair())
    answer = faulty.run(veth_pair(), "refuse", (calls.index("ask getnsid"),), errno.ENOMEM)
    assert answer["error"]["kind"] == "Kernel" and not answer["changed"], answer
    assert_same(before, sandbox.dump())


@pytest.mark.soak
@pytest.mark.parametrize("pair", PAIRS, ids=[" to ".join(pair).replace(" ", "-") for pair in PAIRS])
def test_every_call_between_any_two_labs_of_the_seeds(sandbox: Sandbox, pair: tuple[str, str]) -> None:
    faulty = Faulty(sandbox)
    faulty.between(SEEDS[pair[0]], SEEDS[pair[1]])
    print(faulty.count)


def _random(fresh: Fresh, examples: int, step: int, lot: int = 0) -> Count:
    """From any lab to any other.

    :param lot: which labs are drawn; the same number draws the same ones.
    """
    total = Count()
    drawn = st.binary(min_size=250, max_size=250)

    @seed(lot)
    @settings(
        max_examples=examples,
        deadline=None,
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
@pytest.mark.parametrize("lot", range(1, 21))
def test_every_call_between_labs_made_at_random(fresh: Fresh, lot: int) -> None:
    """Two hundred labs in all."""
    print(_random(fresh, examples=5, step=1, lot=lot))
