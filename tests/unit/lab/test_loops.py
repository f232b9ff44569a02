# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops of bridges without STP are refused before they are built, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from hypothesis import given
from hypothesis import strategies as st

from ..support.engine import apply, remove, single
from ..support.host import FakeHost
from ..support.topologies import Lab, host_of

BRIDGES = ("br0", "br1", "br2", "br3")


def host() -> FakeHost:
    return host_of("0", (), alien=False)


def joined(pairs: list[tuple[str, str]], **options: Lab) -> Lab:
    """Bridges, and a veth pair between each two that are named; ``options`` are those of bridges by name."""
    veths = [
        {"name": f"x{number}", "bridge": one, "peer": {"name": f"y{number}", "bridge": other}}
        for number, (one, other) in enumerate(pairs)
    ]
    return {"bridges": [{"name": name, **options.get(name, {})} for name in BRIDGES], "veths": veths}


def loops(pairs: list[tuple[str, str]]) -> bool:
    """Whether the graph has a circle: taking away what hangs by one thread leaves something."""
    left = list(pairs)
    while left:
        ends = [end for pair in left for end in pair]
        kept = [pair for pair in left if all(ends.count(end) > 1 for end in pair)]
        if kept == left:
            return True
        left = kept
    return False


@given(st.lists(st.tuples(st.sampled_from(BRIDGES), st.sampled_from(BRIDGES)), max_size=5))
def test_a_loop_is_refused_and_nothing_else(pairs: list[tuple[str, str]]):
    lab, at = joined(pairs), host()
    if not loops(pairs):
        apply(at, lab)
        return
    with pytest.raises(InvalidArgument) as caught:
        apply(at, lab)
    assert at.acts == 0
    assert "stp: true" in caught.value.remedy
    assert "x" in caught.value.found and "<->" in caught.value.found


@pytest.mark.parametrize(
    ("pairs", "options"),
    [
        ([("br0", "br1"), ("br0", "br1")], {"br1": {"stp": True}}),
        ([("br0", "br0")], {"br0": {"stp": True}}),
        ([("br0", "br1"), ("br1", "br2"), ("br2", "br0")], {"br2": {"stp": True}}),
        ([("br0", "br1"), ("br0", "br1")], {"br1": {"up": False}}),
        ([("br0", "br1"), ("br0", "br1")], {"br1": {"vlan_filtering": True}}),
    ],
)
def test_a_bridge_that_breaks_the_loop_is_enough(pairs: list[tuple[str, str]], options: Any):
    apply(host(), joined(pairs, **options))


def test_one_that_is_down_or_isolated_carries_nothing():
    lab = joined([("br0", "br1"), ("br0", "br1")])
    lab["veths"][1]["up"] = False
    apply(host(), lab)
    lab = joined([("br0", "br1"), ("br0", "br1")])
    lab["bridge_ports"] = [{"dev": "x1", "bridge": "br0", "isolated": True}]
    apply(host(), lab)


def test_the_entry_that_closes_the_loop_is_named_whichever_it_is():
    at = host()
    apply(at, joined([("br0", "br1"), ("br1", "br2")]))
    with pytest.raises(InvalidArgument, match=r"veths\[2\].*bridges br0, br1, br2 by x0 <-> y0, x1 <-> y1, x2 <-> y2"):
        apply(at, joined([("br0", "br1"), ("br1", "br2"), ("br2", "br0")]))
    open_end = {"name": "x9", "peer": {"name": "y9", "bridge": "br0"}}
    single(at, "veths", open_end)
    with pytest.raises(InvalidArgument, match=r"x9 <-> y9"):
        single(at, "bridge_ports", {"dev": "x9", "bridge": "br2"})
    single(at, "bridge_ports", {"dev": "x9", "bridge": "br3"})


def test_a_loop_that_stands_keeps_nobody_from_other_work():
    at = host()
    apply(at, joined([("br0", "br1"), ("br0", "br1")], br0={"stp": True}))
    for bridge in at.kernel.space("").links.values():
        bridge.options.update({"stp": False} if bridge.kind == "bridge" else {})
    apply(at, {"namespaces": [{"name": "red"}]}, name="other")
    remove(at)


def test_two_tunnels_of_one_bridge_to_the_same_host_are_told():
    tunnels = [
        {"name": f"v{number}", "id": number, "local": "10.0.2.15", "remotes": ["10.0.2.21"], "bridge": "br0"}
        for number in (1, 2)
    ]
    lab = {"bridges": [{"name": "br0"}, {"name": "br1"}], "vxlans": tunnels}
    (told,) = apply(host(), lab, check=True).warnings
    assert "v1 and v2 on bridge br0 both connect to 10.0.2.21" in told
    lab["vxlans"][1]["bridge"] = "br1"
    assert not apply(host(), lab, check=True).warnings
