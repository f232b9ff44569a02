# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the nft table ``inet netns_lab`` is made of: its chains, its maps and sets, and the rules of its own."""

from __future__ import annotations

from typing import Any

#: the source of what translates whatever goes out by a link
EVERYTHING = {"ip": "0.0.0.0/0", "ip6": "::/0"}
#: the chains, each with its type, hook, priority and policy
CHAINS: dict[str, list[Any]] = {
    "prerouting": ["nat", "prerouting", -100, "accept"],
    "output": ["nat", "output", -100, "accept"],
    "postrouting": ["nat", "postrouting", 100, "accept"],
}
#: the comments of the rules that each chain begins with, in their order: what each is for
RULES: dict[str, tuple[str, ...]] = {
    "prerouting": (
        "forward at an address",
        "forward at an address (IPv6)",
        "range at an address",
        "range at an address (IPv6)",
        "forward at any own address",
        "forward at any own address (IPv6)",
        "range at any own address",
        "range at any own address (IPv6)",
    ),
    "output": (
        "not from loopback",
        "not from loopback (IPv6)",
        "own forward at an address",
        "own forward at an address (IPv6)",
        "own range at an address",
        "own range at an address (IPv6)",
        "own forward",
        "own forward (IPv6)",
        "own range",
        "own range (IPv6)",
    ),
    "postrouting": ("hairpin", "hairpin (IPv6)"),
}
#: maps of forwards, by what their names begin with: one port each; ranges that keep their ports; and what the ranges
#: are whose ports shift, which no rule looks into: their ports are in the first
FORWARD, RANGE, SHIFT, HAIRPIN = "forward", "range", "shift", "hairpin"
SETS = tuple(
    [f"{name}{at}{family}" for name in (FORWARD, RANGE, SHIFT) for at in ("", "_at") for family in ("4", "6")]
    + [f"{HAIRPIN}4", f"{HAIRPIN}6"]
)
#: the table as it is to be
WANTED: dict[str, Any] = {
    "flags": [],
    "chains": {name: list(spec) for name, spec in CHAINS.items()},
    "sets": sorted(SETS),
    "rules": {chain: list(rules) for chain, rules in RULES.items()},
}
