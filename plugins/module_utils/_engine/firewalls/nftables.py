# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of nftables that nobody else answers for: there is no place in them for others. nft(8).

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from ..finding import Finding
from .permit import Permit
from .ruleset import Chain, Firewalls, Packet, named
from .traffic import Traffic
from .words import exactly

NAME, TOOL = "nftables", "nft"
CHOICES: tuple[str, ...] = ()
MUST_RUN: tuple[str, ...] = ()
UNIT, SERVICE, BUILD_AGAIN = "nftables.service", "nftables", True
WITHHELD = ""


def owner(chain: Chain, names: Collection[str]) -> str:
    """Whatever is nobody else's, by the name of its service if that is a known one."""
    return named(chain, names) or f"nft table {chain.family} {chain.table}"


def claims(firewalls: Firewalls, chain: Chain) -> bool:
    """No chain of iptables."""
    return False


def places(permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
    """None."""
    return iter(())


def has(place: str) -> bool:
    """There is none."""
    return False


def permits(permit: Permit) -> Iterator[Permit]:
    """None."""
    return iter(())


def text(permit: Permit) -> str:
    """None."""
    return ""


def holds(place: str, six: bool, chain: Chain) -> bool:
    """No chain."""
    return False


def ours(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """None."""
    return iter(())


def open_host(dev: str) -> str:
    """To have the host take what comes in by a link."""
    return f"accept what comes in on {shlex.quote(dev)} in that chain"


def open_tunnel(packet: Packet, tool: str) -> str:
    """The command that accepts VXLAN packets into or out of the host."""
    family, field = "ip6" if packet.six else "ip", "saddr" if packet.hook == "input" else "daddr"
    return f"add {family} {field} {packet.far} udp dport {packet.dport} accept to that chain"


def open_routed(packet: Packet, tool: str) -> str:
    """As for any packets of a link."""
    return ""


def open_forward(dev: str) -> str:
    """To let packets of a link through."""
    name = exactly(dev)
    return (
        f"Accept packets from and to {shlex.quote(dev)} there: add "
        f'iifname "{name}" accept and oifname "{name}" accept to that chain. '
        f"An accept in another table does not undo a drop."
    )


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """Nothing but what its chains tell."""
    return iter(())
