# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the floor and the engine make the same kernel state: a floor that did less would be no measure."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from checks import Check
from rivals import Workshop
from sandbox import SANDBOX

_COUNT = 3
#: numbers and names that the kernel draws, clocks, and what follows the carrier a moment later
_DRAWN = re.compile(r"address|ifindex|link_index|.*_id|.*_root|.*_bridge|.*_timer|permaddr|operstate|state")
_CARRIER = {"NO-CARRIER", "LOWER_UP"}
_DUMP = """
"$@" >/dev/null
for netns in '' $(ls /run/netns); do
    for what in '-d link' '-d address' '-d route' '-6 -d route'; do ip ${netns:+-n $netns} -j $what; done
done
sysctl net.ipv4.ip_forward >&2
nft list ruleset >&2
"""


def same(shop: Workshop) -> Check:
    """Let both build the lab, each on a host of its own, and compare what stands."""
    ours, floors = (_state(phases(_COUNT)[0].argv) for phases in (shop.engine_phases, shop.floor_phases))
    differing = [f"{one} / {other}" for one, other in zip(ours, floors, strict=False) if one != other]
    figures = "; ".join(differing)[:600] if differing or len(ours) != len(floors) else "links, addresses, routes, nft"
    return Check("the floor makes the same kernel state as the engine", figures, ours == floors)


def _state(argv: list[str]) -> list[str]:
    ended = subprocess.run([SANDBOX, "sh", "-ec", _DUMP, "sh", *argv], check=True, capture_output=True, text=True)
    lines: list[str] = []
    for dump in ended.stdout.splitlines():
        lines += [json.dumps(each, sort_keys=True) for each in _bare(json.loads(dump or "[]"))]
    return [*lines, *ended.stderr.splitlines()]


def _bare(value: Any) -> Any:
    """A dump without what is drawn. The addresses of links of Ethernet only: those of IP stand in ``local``."""
    if isinstance(value, dict):
        return {key: _bare(part) for key, part in value.items() if not _DRAWN.fullmatch(key)}
    if isinstance(value, list):
        return [_bare(part) for part in value if part != {} and not (isinstance(part, str) and part in _CARRIER)]
    return value
