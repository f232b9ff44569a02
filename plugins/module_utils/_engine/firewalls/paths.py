# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways that a lab's packets have to go on the host, and who would drop them there. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from ipaddress import ip_address
from typing import Any

from ..._model.lab import port_ranges
from ..._model.values import parse_network
from .exceptions import DOCKER, Facts
from .ruleset import DROP, Firewalls, Packet, Verdict, owner, verdicts
from .words import exactly, one_of

#: an address outside for a packet to go to, of the ranges for documentation
ELSEWHERE = {False: "198.51.100.1", True: "2001:db8::1"}

#: what a finding is about on a host that has no lab yet
TO_COME = "a lab to come"


@dataclass(frozen=True)
class Finding:
    """Something that keeps packets from where they should go.

    :param object: what of the lab it is about, e.g. ``v-net-0`` (str).
    :param path: which way is blocked, in words.
    :param cause: what happens, e.g. ``ufw drops its packets``.
    :param blame: the chain, rule or setting, in the words of its own tool.
    :param remedy: what to do about it.
    :param severity: ``error`` if packets are lost for certain, ``warning`` if they may be.
    """

    object: str
    path: str
    cause: str
    blame: str
    remedy: str
    severity: str = "error"

    def as_dict(self) -> dict[str, Any]:
        """The finding as a module returns it."""
        return asdict(self)

    def claim(self) -> str:
        """What cannot go which way, and why, without its full stop."""
        cannot = "cannot" if self.severity == "error" or self.object == TO_COME else "perhaps cannot"
        return f"{self.object} {cannot} {self.path}: {self.cause}"

    def text(self) -> str:
        """One sentence for a person, and the remedy."""
        return f"{self.claim()} ({self.blame}). {self.remedy}"


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


def ways(lab: Facts) -> Iterator[Way]:
    """All ways that a lab needs: to the host and back, within bridges, out by NAT, in by forwards, between links."""
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
        path = f"take the forward to {to} {protocol}/{port_ranges.text(*run)}"
        for dev in lab.links(f"{to}/{128 if six else 32}"):
            packet = Packet("forward", six, iif, dev, ELSEWHERE[six], to, protocol, str(run[0]))
            yield Way(dev, path, replace(packet, status=frozenset({"dnat"})))
    for name, dev, local, remote, port in lab.tunnels:
        packet = Packet("input", ":" in local, dev, "", remote, local, "udp", str(port))
        yield Way(name, f"take packets of other hosts (UDP {port}, from {remote})", packet)
        packet = replace(packet, hook="output", iif="", oif=dev, saddr=local, daddr=remote)
        yield Way(name, f"send packets to other hosts (UDP {port}, to {remote})", packet)
    for dev, subnet, oif, other in lab.routed:
        source, target = _inside(lab, dev, subnet), _inside(lab, oif, other)
        packet = Packet("forward", ":" in subnet, dev, oif, source, target, "tcp")
        yield Way(dev, f"reach {other} on {oif} from {subnet}", packet, routed=True)


def _inside(lab: Facts, dev: str, subnet: str) -> str:
    """An address of a subnet that is not the host's."""
    return next(hosts(subnet, host)[0] for name, prefix, host in lab.subnets if (name, prefix) == (dev, subnet))


def _group(address: str) -> str:
    """The group of neighbours that an address of IPv6 is asked for in (RFC 4291, 2.7.1)."""
    return str(ip_address(int(ip_address("ff02::1:ff00:0")) | int(ip_address(address)) & 0xFFFFFF))


def hosts(subnet: str, but: str) -> tuple[str, str]:
    """Two addresses of a subnet that are not the host's."""
    net = parse_network(subnet)
    found = [str(net[number]) for number in range(min(4, net.num_addresses)) if str(net[number]) != but]
    first = found[1] if len(found) > 1 else found[0]
    return first, found[2] if len(found) > 2 else first


def findings(lab: Facts, firewalls: Firewalls) -> list[Finding]:
    """What would drop a lab's packets: the most certain for each way."""
    found = [finding for way in ways(lab) for finding in blocked(firewalls, way)]
    return [*unread(firewalls), *found, *_unrouted(lab, firewalls)]


def _unrouted(lab: Facts, firewalls: Firewalls) -> Iterator[Finding]:
    """Bridges whose frames firewalld's reverse path filter of IPv6 drops, since the host has no address on them."""
    chains = [chain for chain in firewalls.chains if chain.table == "firewalld" and chain.hook == "prerouting"]
    chain = next((each for each in chains if any(rule.verdict == DROP for rule in each.rules)), None)
    if chain is None or 6 not in firewalls.bridged:
        return
    routed = {(dev, subnet) for dev, subnet, _host in lab.subnets}
    for dev, subnet in lab.bridged:
        if ":" in subnet and (dev, subnet) not in routed:
            yield Finding(
                dev, f"pass packets between its namespaces ({subnet})", "firewalld drops its packets",
                f"table inet firewalld, chain {chain.name} (IPv6_rpfilter): the host has no route to {subnet} by {dev}",
                f"Give {dev} an address of {subnet}, or keep such frames out of packet filters: "
                f"net.bridge.bridge-nf-call-ip6tables = 0.",
            )  # fmt: skip


def unread(firewalls: Firewalls) -> list[Finding]:
    """Rules that are there and that no program can tell."""
    return [
        Finding(
            "packets of the lab", "pass", "there are rules that cannot be read", f"no program {program}",
            "Install the package iptables.", "warning",
        )
        for program in firewalls.unread
    ]  # fmt: skip


def blocked(firewalls: Firewalls, way: Way) -> list[Finding]:
    """What blocks a way, for certain if there is such; none if it is open."""
    drops = [pair for packet in way.packets() for pair in verdicts(firewalls, packet)]
    drops.sort(key=lambda pair: not pair[0])
    return [_finding(firewalls, way, verdict, certain) for certain, verdict in drops[:1]]


def _finding(firewalls: Firewalls, way: Way, verdict: Verdict, certain: bool) -> Finding:
    chain = verdict.chain
    who = owner(firewalls, chain)
    what = f"rule {verdict.rule.text}" if verdict.rule else f"policy {chain.policy.upper()}"
    verb = "drops" if certain else "may drop"
    table = f"table {chain.family} {chain.table}" if chain.tool == "nft" else f"table {chain.table} of {chain.tool}"
    blame = f"{table}, chain {chain.name}, {what}"
    severity = "error" if certain else "warning"
    remedy = _remedy(who, way, chain.tool)
    if who == "firewalld" and firewalls.withheld and not way.routed:
        remedy = (
            "firewalld has settings that are not kept, and making a policy for the lab would lose them. Keep them "
            "(firewall-cmd --runtime-to-permanent) or drop them (firewall-cmd --reload), and run the lab's task again."
        )
    return Finding(way.object, way.path, f"{who} {verb} its packets", blame, remedy, severity)


def _remedy(who: str, way: Way, tool: str) -> str:
    dev, packet = shlex.quote(way.object), way.packet
    if packet.hook != "forward" and packet.protocol == "udp":
        return _remedy_tunnel(who, packet, tool)
    if packet.hook != "forward":
        open_ = {
            "ufw": f"ufw allow in on {dev}",
            "firewalld": f"firewall-cmd --zone=trusted --change-interface={dev}",
        }.get(who, f"accept what comes in on {dev} in that chain")
        return f"netns.lab opens nothing of the host itself. If it is to be open: {open_}."
    if packet.bridged:
        return (
            f"Set firewall_exceptions: auto, where that firewall has a place for it, or keep such frames out of it: "
            f"net.bridge.bridge-nf-call-{'ip6' if packet.six else 'ip'}tables = 0."
        )
    if way.routed and (tool != "nft" or who == "firewalld"):
        return _remedy_routed(who, way, tool)
    if who == "Docker":
        return f"Allow {dev} in its chain {DOCKER}, or set firewall_exceptions: auto."
    if who == "ufw":
        return f"Allow it: ufw route allow in on {dev} (or out on {dev}), or set firewall_exceptions: auto."
    if who == "firewalld":
        return "Allow it by a policy of firewalld, or set firewall_exceptions: auto (or firewalld)."
    if tool != "nft":
        return f"Accept packets from and to {dev} in that chain before it, or set firewall_exceptions: iptables."
    name = exactly(way.object)
    return (
        f"Accept packets from and to {dev} there: add "
        f'iifname "{name}" accept and oifname "{name}" accept to that chain. '
        f"An accept in another table does not undo a drop."
    )


def _remedy_tunnel(who: str, packet: Packet, tool: str) -> str:
    """What to do for packets of a tunnel between hosts."""
    way, verb = ("in", "from") if packet.hook == "input" else ("out", "to")
    other = packet.saddr if packet.hook == "input" else packet.daddr
    chain, option = ("INPUT", "-s") if packet.hook == "input" else ("OUTPUT", "-d")
    port = packet.dport
    if who == "ufw":
        ends = f"from {other} to any" if packet.hook == "input" else f"to {other}"
        command = f"ufw allow {way} proto udp {ends} port {port}"
    elif who == "firewalld":
        command = f"firewall-cmd --add-port={port}/udp, and the same with --permanent"
    elif tool != "nft":
        program = tool.replace("iptables", "ip6tables") if packet.six else tool
        command = f"{program} -I {chain} -p udp {option} {other} --dport {port} -j ACCEPT"
    else:
        field = "saddr" if packet.hook == "input" else "daddr"
        command = f"add {'ip6' if packet.six else 'ip'} {field} {other} udp dport {port} accept to that chain"
    return f"netns.lab opens nothing of the host itself. To let packets {verb} {other} through: {command}."


def _remedy_routed(who: str, way: Way, tool: str) -> str:
    """What to do for packets between two links of a lab: the firewall's administrator has the word."""
    links = shlex.quote(way.packet.iif), shlex.quote(way.packet.oif)
    if who == "ufw":
        command = f"ufw route allow in on {links[0]} out on {links[1]}"
    elif who == "firewalld":
        command = f"firewall-cmd --zone=trusted --change-interface={links[0]}, and the same for {links[1]}"
    else:
        program = tool.replace("iptables", "ip6tables") if way.packet.six else tool
        chain = DOCKER if who == "Docker" else "FORWARD"
        there, back = (f"{program} -I {chain} -i {iif} -o {oif} -j ACCEPT" for iif, oif in (links, links[::-1]))
        command = f"{there}, and for the answers {back}"
    return f"netns.lab asks only for what its NAT needs. If the host is to pass them: {command}."
