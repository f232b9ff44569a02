# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways that a lab's packets have to go on the host, and who would drop them there. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Any

from ..._model.addressing import parse_network
from ..._model.lab import port_ranges
from ..finding import Finding
from .provider import PROVIDERS, Provider, owner
from .ruleset import Firewalls, Packet, Verdict, verdicts
from .traffic import Traffic
from .words import one_of

#: an address outside for a packet to go to, of the ranges for documentation
ELSEWHERE = {False: "198.51.100.1", True: "2001:db8::1"}


@dataclass(frozen=True)
class Way:
    """One way, as the packet that goes it; the answer goes the other way round.

    ``routed`` says that the host routes it between two links of the lab, which a lab asks no firewall for.
    """

    object: str
    path: str
    packet: Packet
    routed: bool = False

    def packets(self) -> Iterator[Packet]:
        """The first packet of a connection and its answer; within a bridge, those that find the neighbour before."""
        there = self.packet
        if there.bridged and there.six:
            asking = replace(there, protocol="icmp", icmp="nd-neighbor-solicit", state="untracked")
            yield replace(asking, daddr=_group(there.daddr))
            yield replace(asking, icmp="nd-neighbor-advert", saddr=there.daddr, daddr=there.saddr)
        yield there
        hook = {"input": "output", "output": "input"}.get(there.hook, there.hook)
        back = replace(there, hook=hook, iif=there.oif, oif=there.iif, saddr=there.daddr, daddr=there.saddr)
        yield replace(back, dport="", icmp="echo-reply" if there.icmp else "", state="established")


def ways(lab: Traffic) -> Iterator[Way]:
    """All ways that a lab needs: to the host and back, within bridges, out by NAT, in by forwards, between links.

    :param lab: the packets of the lab.
    """
    for dev, subnet, host in lab.subnets:
        six = ":" in subnet
        inside = hosts(subnet, host)[0]
        ping: dict[str, Any] = {"protocol": "icmp", "icmp": "echo-request"}
        yield Way(dev, f"be reached from the host at {subnet}",
                  Packet("output", six, oif=dev, saddr=host, daddr=inside, **ping))  # fmt: skip
        yield Way(dev, "reach the host", Packet("input", six, iif=dev, saddr=inside, daddr=host, **ping))
    for dev, subnet in lab.bridged:
        own = {host for name, prefix, host in lab.subnets if (name, prefix) == (dev, subnet)}
        inside, other = hosts(subnet, next(iter(own), ""))
        packet = Packet("forward", ":" in subnet, dev, dev, inside, other, "tcp", bridged=True)
        yield Way(dev, f"pass packets between its namespaces ({subnet})", packet)
    for _where, source, out in lab.masquerades:
        six = ":" in source
        for dev in lab.links(source):
            oif = one_of(out, lab.defaults.get(6 if six else 4, ""))
            inside = hosts(source, "")[0]
            packet = Packet("forward", six, dev, oif, inside, ELSEWHERE[six], "tcp")
            yield Way(dev, f"reach the outside from {source}", packet)
    for _where, to, protocol, run in lab.forwards:
        six = ":" in to
        iif = lab.defaults.get(6 if six else 4, "")
        path = f"receive what is forwarded to {to} {protocol}/{port_ranges.text(*run)}"
        for dev in lab.links(f"{to}/{128 if six else 32}"):
            packet = Packet("forward", six, iif, dev, ELSEWHERE[six], to, protocol, str(run[0]))
            yield Way(dev, path, replace(packet, status=frozenset({"dnat"})))
    for name, dev, local, remote, port in lab.tunnels:
        packet = Packet("input", ":" in local, dev, "", remote, local, "udp", str(port))
        yield Way(name, f"receive packets from other hosts (UDP {port}, from {remote})", packet)
        packet = replace(packet, hook="output", iif="", oif=dev, saddr=local, daddr=remote)
        yield Way(name, f"send packets to other hosts (UDP {port}, to {remote})", packet)
    for dev, subnet, oif, other in lab.routed:
        source, target = _inside(lab, dev, subnet), _inside(lab, oif, other)
        packet = Packet("forward", ":" in subnet, dev, oif, source, target, "tcp")
        yield Way(dev, f"reach {other} on {oif} from {subnet}", packet, routed=True)


def _inside(lab: Traffic, dev: str, subnet: str) -> str:
    """An address of a subnet that is not the host's."""
    return next(hosts(subnet, host)[0] for name, prefix, host in lab.subnets if (name, prefix) == (dev, subnet))


def _group(address: str) -> str:
    """The group of neighbours that an address of IPv6 is asked for in (RFC 4291, 2.7.1)."""
    return str(ip_address(int(ip_address("ff02::1:ff00:0")) | int(ip_address(address)) & 0xFFFFFF))


def hosts(subnet: str, but: str) -> tuple[str, str]:
    """Two addresses of a subnet that are not the host's.

    :param subnet: the prefix (str).
    :param but: the host's address in it; empty where it has none (str).
    """
    net = parse_network(subnet)
    found = [str(net[number]) for number in range(min(4, net.num_addresses)) if str(net[number]) != but]
    first = found[1] if len(found) > 1 else found[0]
    return first, found[2] if len(found) > 2 else first


def findings(lab: Traffic, firewalls: Firewalls) -> list[Finding]:
    """What would drop a lab's packets: the most certain for each way.

    :param lab: the packets of the lab.
    :param firewalls: what was read of the host, with the firewall exceptions of the lab.
    """
    found = [finding for way in ways(lab) for finding in blocked(firewalls, way)]
    more = [finding for provider in PROVIDERS for finding in provider.findings(lab, firewalls)]
    return [*unread(firewalls), *found, *more]


def unread(firewalls: Firewalls) -> list[Finding]:
    """Rules that are there and that no program can tell.

    :param firewalls: what was read of the host.
    """
    return [
        Finding(
            "packets of the lab", "pass", "some firewall rules cannot be read", f"no program {program}",
            "Install the package iptables.", "warning",
        )
        for program in firewalls.unread
    ]  # fmt: skip


def blocked(firewalls: Firewalls, way: Way) -> list[Finding]:
    """What blocks a way, for certain if there is such; none if it is open.

    :param firewalls: what was read of the host.
    :param way: the way.
    """
    drops = [pair for packet in way.packets() for pair in verdicts(firewalls, packet)]
    drops.sort(key=lambda pair: not pair[0])
    return [_finding(firewalls, way, verdict, certain) for certain, verdict in drops[:1]]


def _finding(firewalls: Firewalls, way: Way, verdict: Verdict, certain: bool) -> Finding:
    chain = verdict.chain
    provider, who = owner(firewalls, chain)
    what = f"rule {verdict.rule.text}" if verdict.rule else f"policy {chain.policy.upper()}"
    verb = "drops" if certain else "may drop"
    table = f"table {chain.family} {chain.table}" if chain.tool == "nft" else f"table {chain.table} of {chain.tool}"
    source = f"{table}, chain {chain.name}, {what}"
    withheld = provider.NAME in firewalls.withheld and not way.routed
    remedy = provider.WITHHELD if withheld else _remedy(provider, way, chain.tool)
    return Finding(
        way.object, way.path, f"{who} {verb} its packets", source, remedy, "error" if certain else "warning", who
    )


def _remedy(provider: Provider, way: Way, tool: str) -> str:
    packet = way.packet
    if packet.hook != "forward" and packet.protocol == "udp":
        verb, command = "from" if packet.hook == "input" else "to", provider.open_tunnel(packet, tool)
        return f"netns.lab does not open the host itself. To let packets {verb} {packet.far} through: {command}."
    if packet.hook != "forward":
        return f"netns.lab does not open the host itself. To open it: {provider.open_host(way.object)}."
    if packet.bridged:
        return (
            f"Set firewall_exceptions: auto if that firewall has a place for exceptions, or keep bridged frames out: "
            f"net.bridge.bridge-nf-call-{'ip6' if packet.six else 'ip'}tables = 0."
        )
    command = provider.open_routed(packet, tool) if way.routed else ""
    if command:
        return f"netns.lab adds exceptions only for its own NAT. To have the host forward these packets: {command}."
    return provider.open_forward(way.object)
