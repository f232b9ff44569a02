# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Docker: its chain DOCKER-USER is there for the rules of others, in whichever iptables it uses.

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from ..finding import Finding
from . import iptables, nftables
from .permit import Permit
from .ruleset import DROP, Chain, Firewalls, Packet, begin
from .traffic import Traffic

NAME, TOOL = "Docker", "iptables"
CHOICES: tuple[str, ...] = ("auto", "iptables")
MUST_RUN: tuple[str, ...] = ()
UNIT, SERVICE, BUILD_AGAIN = "docker.service", "docker", False
WITHHELD = ""

CHAIN = "DOCKER-USER"

permits, text, holds = iptables.permits, iptables.text, iptables.holds


def owner(chain: Chain, names: Collection[str]) -> str:
    """Chains whose names begin with DOCKER, and its tables of nftables."""
    return NAME if chain.table == "docker-bridges" or begin(names, "DOCKER") else ""


def claims(firewalls: Firewalls, chain: Chain) -> bool:
    """One that drops by its policy and goes to its chain for others."""
    if chain.policy != DROP or not any(rule.target == CHAIN for rule in chain.rules):
        return False
    return firewalls.chain(chain.tool, chain.family, CHAIN) is not None


def places(permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
    """Its chain for others beside each."""
    return (iptables.place(chain, CHAIN) for chain in claimed)


def has(place: str) -> bool:
    """Whether it is that chain."""
    return place.endswith(f" {CHAIN}")


def ours(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """What has our comment there."""
    return iptables.ours_in(firewalls, CHAIN)


def open_host(dev: str) -> str:
    """As in iptables: it has no place for that."""
    return iptables.open_host(dev)


def open_tunnel(packet: Packet, tool: str) -> str:
    """As in that tool's own chains."""
    return (nftables if tool == "nft" else iptables).open_tunnel(packet, tool)


def open_routed(packet: Packet, tool: str) -> str:
    """By its chain for others, which it has in iptables alone."""
    return "" if tool == "nft" else iptables.open_routed(packet, tool, CHAIN)


def open_forward(dev: str) -> str:
    """By the same chain."""
    return f"Allow {shlex.quote(dev)} in its chain {CHAIN}, or set firewall_exceptions: auto."


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """Nothing but what its chains tell."""
    return iter(())
