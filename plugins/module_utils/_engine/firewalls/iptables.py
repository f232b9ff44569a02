# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of iptables, and the chain FORWARD of a host on which nobody else answers for it. iptables(8).

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from ..finding import Finding
from .permit import ANSWERS, TRANSLATED, Permit
from .ruleset import COMMENT, DROP, FORWARD, REJECT, Chain, Firewalls, Packet, named
from .traffic import Traffic
from .words import join, to_iptables

NAME = TOOL = "iptables"
CHOICES: tuple[str, ...] = ("iptables",)
MUST_RUN: tuple[str, ...] = ()
UNIT, SERVICE, BUILD_AGAIN = "", "iptables", False
WITHHELD = ""

_STATES = {ANSWERS: "RELATED,ESTABLISHED", TRANSLATED: "DNAT"}
_MARK = f"--comment {COMMENT} "


def owner(chain: Chain, names: Collection[str]) -> str:
    """Any chain of iptables, by the name of the program that it is for, or of its service if that is a known one."""
    return (named(chain, names) or chain.tool) if chain.tool != "nft" else ""


def claims(firewalls: Firewalls, chain: Chain) -> bool:
    """What drops packets, by its policy or by a rule."""
    return chain.policy == DROP or any(rule.verdict in (DROP, REJECT) for rule in chain.rules)


def places(permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
    """The chains FORWARD themselves."""
    return (place(chain, FORWARD) for chain in claimed)


def place(chain: Chain, name: str) -> str:
    """The place that is a chain beside another, such as ``iptables-nft ip FORWARD``.

    :param chain: the chain beside it.
    :param name: the chain's name (str).
    """
    return f"{chain.tool} {chain.family} {name}"


def has(place: str) -> bool:
    """Whether it is FORWARD of one of them."""
    return place.endswith(f" {FORWARD}")


def permits(permit: Permit) -> Iterator[Permit]:
    """One rule for each, which tells a forward by its connection and not by its port."""
    yield permit.by_links()._replace(port="")


def text(permit: Permit) -> str:
    """As ``iptables-save`` prints it."""
    words = []
    ends = (
        ("-s", permit.saddr), ("-d", permit.daddr), ("-i", to_iptables(permit.iif)), ("-o", to_iptables(permit.oif)),
        ("-p", permit.protocol),
    )  # fmt: skip
    for option, value in ends:
        words += [option, value] if value else []
    words += ["-m", "conntrack", "--ctstate", _STATES[permit.states]] if permit.states else []
    return join([*words, "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"])


def holds(place: str, six: bool, chain: Chain) -> bool:
    """The chain that the place names."""
    return chain.table == "filter" and place == f"{chain.tool} {chain.family} {chain.name}"


def ours(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """What has our comment in FORWARD."""
    return ours_in(firewalls, FORWARD)


def ours_in(firewalls: Firewalls, name: str) -> Iterator[tuple[str, str]]:
    """What has our comment in a chain of iptables, as (place, rule).

    :param firewalls: what was read of the host's firewalls.
    :param name: the chain's name (str).
    """
    for chain in firewalls.chains:
        if chain.tool != "nft" and chain.table == "filter" and chain.name == name:
            for rule in chain.rules:
                if _MARK in rule.text:
                    yield place(chain, name), rule.text


def open_host(dev: str) -> str:
    """To have the host take what comes in by a link."""
    return f"accept what comes in on {shlex.quote(dev)} in that chain"


def open_tunnel(packet: Packet, tool: str) -> str:
    """The command that accepts VXLAN packets into or out of the host."""
    chain, option = ("INPUT", "-s") if packet.hook == "input" else ("OUTPUT", "-d")
    return f"{_program(packet, tool)} -I {chain} -p udp {option} {packet.far} --dport {packet.dport} -j ACCEPT"


def open_routed(packet: Packet, tool: str, chain: str = FORWARD) -> str:
    """To let packets pass between two links.

    :param chain: the chain for that (str).
    """
    links, program = (shlex.quote(packet.iif), shlex.quote(packet.oif)), _program(packet, tool)
    there, back = (f"{program} -I {chain} -i {iif} -o {oif} -j ACCEPT" for iif, oif in (links, links[::-1]))
    return f"{there}, and for the answers {back}"


def open_forward(dev: str) -> str:
    """To let packets of a link through."""
    dev = shlex.quote(dev)
    return f"Accept packets from and to {dev} earlier in that chain, or set firewall_exceptions: iptables."


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """Nothing but what its chains tell."""
    return iter(())


def _program(packet: Packet, tool: str) -> str:
    return tool.replace("iptables", "ip6tables") if packet.six else tool
