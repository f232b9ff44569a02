# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever one thing of a lab drifts, check mode names it and one run repairs exactly it.

Labs made at random, on the real kernel. ``make soak`` tries everything of many labs, the ordinary run some.
"""

from __future__ import annotations

import random

import pytest
from unit.support.topologies import lab_of

from ..support.drifting import Drift
from ..support.faulty import Fresh
from ..support.labs import Lab


def _labs_drift(fresh: Fresh, lot: int, labs: int, most: int) -> int:
    """Let labs drift that are drawn by lot; the same number draws the same ones.

    :param most: how much of each lab.
    :returns: how many drifts there were.
    """
    chance, count = random.Random(lot), 0

    def chosen(acts: list[Drift]) -> list[Drift]:
        return chance.sample(acts, min(most, len(acts)))

    for _turn in range(labs):
        with fresh() as faulty:
            count += faulty.drifts(_unambiguous(lab_of(chance.randbytes(250), size=2)), chosen)
    return count


def _unambiguous(lab: Lab) -> Lab:
    """Without routes that two links are good for: which of them a route has depends on their past."""
    looped = [veth.get("netns") for veth in lab.get("veths", ()) if veth.get("netns") == veth["peer"].get("netns")]
    routes = lab.get("routes", ())
    return {**lab, "routes": [each for each in routes if each.get("dev") or each.get("netns") not in looped]}


def test_some_of_a_lab_drifts(fresh: Fresh) -> None:
    assert _labs_drift(fresh, lot=0, labs=3, most=8) >= 16


def test_elements_and_rules_are_changed_or_have_others_beside_them(fresh: Fresh) -> None:
    """Ranges that keep their ports and that shift, at an address and at any; a masquerade."""
    forwards = [
        {"protocol": "udp", "port": "800-801", "to": "10.1.0.7"},
        {"protocol": "tcp", "port": "90-91", "to": "[fd00:1::7]:190"},
        {"protocol": "tcp", "port": "700-701", "to": "10.1.0.7:1700", "listen": ["10.1.0.254"]},
    ]
    lab: Lab = {
        "bridges": [{"name": "br1", "addresses": ["10.1.0.254/24", "fd00:1::fe/64"]}],
        "port_forwards": forwards,
        "masquerades": [{"source": "10.1.0.0/24"}],
    }
    with fresh() as faulty:
        acts = ("add element", "delete map", "add rule")
        assert faulty.drifts(lab, lambda found: [act for act in found if any(each in act.script for each in acts)]) > 12


@pytest.mark.soak
@pytest.mark.parametrize("lot", range(1, 21))
def test_all_of_a_lab_drifts(fresh: Fresh, lot: int) -> None:
    """A hundred labs in all."""
    print(_labs_drift(fresh, lot, labs=5, most=1000), "drifts")
