# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""ufw: its route rules are there for the packets that a host forwards. ufw(8).

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from ..finding import Finding
from .permit import ANSWERS, Permit
from .ruleset import DROP, FORWARD, TOOLS, Chain, Firewalls, Packet, begin
from .traffic import Traffic
from .words import to_ufw

NAME = TOOL = "ufw"
CHOICES: tuple[str, ...] = ("auto", "iptables")
MUST_RUN: tuple[str, ...] = ()
UNIT, SERVICE, BUILD_AGAIN = "ufw.service", "ufw", False
WITHHELD = ""

PLACE = "ufw"


def owner(chain: Chain, names: Collection[str]) -> str:
    """Chains whose names begin with ufw."""
    return NAME if begin(names, "ufw") else ""


def claims(firewalls: Firewalls, chain: Chain) -> bool:
    """All of a family, if it is active and one of them drops by its policy."""
    if NAME not in firewalls.services:
        return False
    chains = [firewalls.chain(tool, chain.family, FORWARD) for tool in TOOLS]
    return any(each is not None and each.policy == DROP for each in chains)


def places(permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
    """Its route rules, where no other is asked already. It lets answers through by itself."""
    return iter([PLACE] if claimed and not asked and permit.states != ANSWERS else [])


def has(place: str) -> bool:
    """Whether it is that one."""
    return place == PLACE


def permits(permit: Permit) -> Iterator[Permit]:
    """One rule for each."""
    yield permit.by_links()


def text(permit: Permit) -> str:
    """As arguments of ``ufw route``."""
    words = ["allow"]
    words += ["in", "on", to_ufw(permit.iif)] if permit.iif else []
    words += ["out", "on", to_ufw(permit.oif)] if permit.oif else []
    everywhere = "::/0" if permit.six else "0.0.0.0/0"
    to = permit.daddr.partition("/")[0] if permit.daddr.endswith(("/32", "/128")) else permit.daddr
    words += ["from", permit.saddr or everywhere, "to", to or everywhere]
    words += ["port", permit.port] if permit.port else []
    return " ".join([*words, *(["proto", permit.protocol] if permit.protocol else [])])


def holds(place: str, six: bool, chain: Chain) -> bool:
    """The chain in which it has its route rules."""
    family, name = ("ip6", "ufw6-user-forward") if six else ("ip", "ufw-user-forward")
    return chain.table == "filter" and (chain.family, chain.name) == (family, name)


def ours(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """Those that it keeps in its files."""
    return ((PLACE, rule) for rule in firewalls.kept(NAME))


def open_host(dev: str) -> str:
    """To have the host take what comes in by a link."""
    return f"ufw allow in on {shlex.quote(dev)}"


def open_tunnel(packet: Packet, tool: str) -> str:
    """The command that accepts VXLAN packets into or out of the host."""
    ends = f"in proto udp from {packet.far} to any" if packet.hook == "input" else f"out proto udp to {packet.far}"
    return f"ufw allow {ends} port {packet.dport}"


def open_routed(packet: Packet, tool: str) -> str:
    """To let packets pass between two links."""
    return f"ufw route allow in on {shlex.quote(packet.iif)} out on {shlex.quote(packet.oif)}"


def open_forward(dev: str) -> str:
    """To let packets of a link through."""
    dev = shlex.quote(dev)
    return f"Allow it: ufw route allow in on {dev} (or out on {dev}), or set firewall_exceptions: auto."


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """Nothing but what its chains tell."""
    return iter(())
