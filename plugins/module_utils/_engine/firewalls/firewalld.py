# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewalld: a policy of the lab's own, with a rich rule a subnet. firewalld.policies(5), firewalld.richlanguage(5).

What its functions take and return: :class:`.provider.Provider`.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator

from ..finding import Finding
from .permit import NEIGHBOURS, Permit
from .ruleset import DROP, Chain, Firewalls, Packet
from .traffic import Traffic

NAME = TOOL = "firewalld"
CHOICES: tuple[str, ...] = ("auto", "firewalld")
MUST_RUN: tuple[str, ...] = ("firewalld",)
UNIT, SERVICE, BUILD_AGAIN = "firewalld.service", "firewalld", True
WITHHELD = (
    "firewalld has runtime settings that are not permanent, and adding a policy for the lab would lose them. Make them "
    "permanent (firewall-cmd --runtime-to-permanent) or drop them (firewall-cmd --reload), then run the task again."
)

PLACE = "firewalld"
_TABLE = "firewalld"
_CHAINS = ("FWD_", "IN_", "FORWARD_ZONES")
#: its words for types of ICMPv6
_ICMP = dict(zip(NEIGHBOURS, ("neighbour-solicitation", "neighbour-advertisement")))


def owner(chain: Chain, names: Collection[str]) -> str:
    """Its table of nftables, and its chains of iptables."""
    return NAME if chain.table == _TABLE or chain.name.startswith(_CHAINS) else ""


def claims(firewalls: Firewalls, chain: Chain) -> bool:
    """No chain of iptables: what is asked of it goes by its program."""
    return False


def places(permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
    """Its policy, where it runs. It lets answers through by itself, and what was translated to a target."""
    return iter([PLACE] if firewalls.runs(NAME) and not permit.states else [])


def has(place: str) -> bool:
    """Whether it is that one."""
    return place == PLACE


def permits(permit: Permit) -> Iterator[Permit]:
    """By addresses, since rich rules know no links: within a bridge the subnet, and neighbour discovery besides."""
    bare = permit._replace(iif="", oif="")
    yield bare
    for icmp in NEIGHBOURS if permit.within and permit.six else ():
        yield bare._replace(saddr="", daddr="", icmp=icmp)


def text(permit: Permit) -> str:
    """As a rich rule."""
    icmp = _ICMP[permit.icmp] if permit.icmp else ""
    told = (("source address", permit.saddr), ("destination address", permit.daddr), ("icmp-type name", icmp))
    words = "".join(f' {name}="{value}"' for name, value in told if value)
    return f'rule family="{"ipv6" if permit.six else "ipv4"}"{words} accept'


def holds(place: str, six: bool, chain: Chain) -> bool:
    """The chain from which it goes to its policies."""
    return chain.table == _TABLE and chain.name == "filter_FORWARD"


def ours(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """The rules of our policy."""
    return ((PLACE, rule) for rule in firewalls.kept(NAME))


def open_host(dev: str) -> str:
    """To have the host take what comes in by a link."""
    return f"firewall-cmd --zone=trusted --change-interface={shlex.quote(dev)}"


def open_tunnel(packet: Packet, tool: str) -> str:
    """The command that accepts VXLAN packets into or out of the host."""
    return f"firewall-cmd --add-port={packet.dport}/udp, and the same with --permanent"


def open_routed(packet: Packet, tool: str) -> str:
    """To let packets pass between two links."""
    iif, oif = shlex.quote(packet.iif), shlex.quote(packet.oif)
    return f"firewall-cmd --zone=trusted --change-interface={iif}, and the same for {oif}"


def open_forward(dev: str) -> str:
    """To let packets of a link through."""
    return "Allow it by a policy of firewalld, or set firewall_exceptions: auto (or firewalld)."


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """Bridges whose frames its reverse path filter of IPv6 drops, since the host has no address on them."""
    chains = [chain for chain in firewalls.chains if chain.table == _TABLE and chain.hook == "prerouting"]
    chain = next((each for each in chains if any(rule.verdict == DROP for rule in each.rules)), None)
    if chain is None or 6 not in firewalls.bridged:
        return
    routed = {(dev, subnet) for dev, subnet, _host in lab.subnets}
    for dev, subnet in lab.bridged:
        if ":" in subnet and (dev, subnet) not in routed:
            yield Finding(
                dev, f"pass packets between its namespaces ({subnet})", f"{NAME} drops its packets",
                f"table inet firewalld, chain {chain.name} (IPv6_rpfilter): the host has no route to {subnet} by {dev}",
                f"Give {dev} an address in {subnet}, or keep bridged frames out of packet filters: "
                f"net.bridge.bridge-nf-call-ip6tables = 0.", firewall=NAME,
            )  # fmt: skip
