# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places that the firewalls of others offer, and what a lab puts there for its packets to pass. Pure.

A firewall exception is an object of the plan like any other: ``("firewall_exception", "", PLACE, RULE)``. The place is
``ufw``, ``firewalld`` or a chain such as ``iptables-nft ip DOCKER-USER``; the rule is in the words of the place's own
tool, and carries the comment :data:`COMMENT` there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ..._model.errors import InvalidArgument
from ..._model.lab import port_ranges
from ..._model.lab.port_ranges import Run
from ..._model.values import parse_interface, parse_network
from ..lab.wanted import Want, Wants, forwarding
from ..state import Key, Objects, State
from .ruleset import ACCEPT, DROP, REJECT, Firewalls, Match, Rule
from .words import exactly, join, one_of, to_iptables, to_ufw

COMMENT = "netns-lab"
UFW, FIREWALLD, DOCKER, FORWARD = "ufw", "firewalld", "DOCKER-USER", "FORWARD"
_TOOLS = ("iptables-nft", "iptables-legacy")
#: how many links are tried for a way from one of them
_NEAR = 16
#: neighbour discovery of IPv6, in firewalld's words and in nft's
NEIGHBOURS = {"neighbour-solicitation": "nd-neighbor-solicit", "neighbour-advertisement": "nd-neighbor-advert"}


class Permit(NamedTuple):
    """Packets that are to pass: those that meet all that is given.

    ``states``: "answers", "dnat" or empty for any. ``icmp``: a type of ICMPv6, in firewalld's words.
    ``iif`` and ``oif`` are conditions on names; see :mod:`.firewall_words`.
    """

    where: str
    six: bool
    iif: str = ""
    oif: str = ""
    saddr: str = ""
    daddr: str = ""
    protocol: str = ""
    port: str = ""
    states: str = ""
    icmp: str = ""

    def iptables(self) -> str:
        """As ``iptables-save`` prints it."""
        states = {"answers": "RELATED,ESTABLISHED", "dnat": "DNAT"}.get(self.states)
        words = []
        ends = (("-s", self.saddr), ("-d", self.daddr), ("-i", to_iptables(self.iif)), ("-o", to_iptables(self.oif)))
        for option, value in ends:
            words += [option, value] if value else []
        words += ["-p", self.protocol] if self.protocol else []
        words += ["-m", "conntrack", "--ctstate", states] if states else []
        return join([*words, "-m", "comment", "--comment", COMMENT, "-j", "ACCEPT"])

    def ufw(self) -> str:
        """As arguments of ``ufw route``."""
        words = ["allow"]
        words += ["in", "on", to_ufw(self.iif)] if self.iif else []
        words += ["out", "on", to_ufw(self.oif)] if self.oif else []
        everywhere = "::/0" if self.six else "0.0.0.0/0"
        to = self.daddr.partition("/")[0] if self.daddr.endswith(("/32", "/128")) else self.daddr
        words += ["from", self.saddr or everywhere, "to", to or everywhere]
        words += ["port", self.port] if self.port else []
        return " ".join([*words, *(["proto", self.protocol] if self.protocol else [])])

    def firewalld(self) -> str:
        """As a rich rule."""
        told = (("source address", self.saddr), ("destination address", self.daddr), ("icmp-type name", self.icmp))
        words = "".join(f' {name}="{value}"' for name, value in told if value)
        return f'rule family="{"ipv6" if self.six else "ipv4"}"{words} accept'

    def at(self, place: str) -> Iterator[Permit]:
        """The same as a place can tell it, which may take several.

        firewalld's rules know no links. What is within a bridge is all of it where links are known. Where only
        addresses are, it is the subnet, and neighbour discovery besides, whose destinations are groups of ff02::/16.
        """
        within = bool(self.iif) and self.iif == self.oif
        if place != FIREWALLD:
            yield self._replace(saddr="", daddr="") if within else self
            return
        bare = self._replace(iif="", oif="")
        yield bare
        for kind in NEIGHBOURS if within and self.six else ():
            yield bare._replace(saddr="", daddr="", icmp=kind)

    def rule(self) -> Rule:
        """As the evaluation of rulesets has it."""
        states = {"answers": ("established", "related"), "dnat": ("dnat",)}.get(self.states, ())
        values = {"iif": self.iif, "oif": self.oif, "saddr": self.saddr, "daddr": self.daddr, "dport": self.port}
        matches = [Match(name, (value,)) for name, value in values.items() if value]
        matches += [Match("protocol", (self.protocol,))] if self.protocol else []
        matches += [Match("icmp", (NEIGHBOURS[self.icmp],))] if self.icmp else []
        return Rule((*matches, *([Match("ctstate", states)] if states else [])), ACCEPT, "", self.iptables())


class Facts(NamedTuple):
    """What of a lab matters to firewalls, on the host's side.

    :param subnets: the prefixes of the host's links, as (link, prefix, the host's address in it).
    :param bridged: the prefixes of what bridges of the lab connect, as (bridge, prefix).
    :param masquerades: (where, source, the condition on the out interface, or empty).
    :param forwards: (where, target, protocol, run of the target's ports).
    :param defaults: the link of the host's default route, by family (4 and 6).
    :param listens: what the forwards listen to, as (protocol, six, listen, first, last, target).
    :param tunnels: the tunnels over UDP, as (link, its carrier, local, remote, port).
    :param routed: ways between two links by the host's routing, as (link, prefix, other link, its prefix).
    """

    subnets: list[tuple[str, str, str]]
    bridged: tuple[tuple[str, str], ...]
    masquerades: list[tuple[str, str, str]]
    forwards: list[tuple[str, str, str, Run]]
    defaults: dict[int, str]
    routed: tuple[tuple[str, str, str, str], ...] = ()
    listens: tuple[tuple[str, bool, str, int, int, str], ...] = ()
    tunnels: tuple[tuple[str, str, str, str, int], ...] = ()

    def links(self, prefix: str) -> list[str]:
        """The links that lead to a prefix, or have a part of it."""
        net = parse_network(prefix) if "/" in prefix else parse_interface(f"{prefix}").network
        found = [dev for dev, subnet, _host in self.subnets if _overlap(subnet, net)]
        return list(dict.fromkeys(found))


def _overlap(subnet: str, net: Any) -> bool:
    other = parse_network(subnet)
    return bool(other.version == net.version and other.overlaps(net))


def facts(keys: dict[Key, tuple[str, Any]], objects: Objects, state: State) -> Facts:
    """What of a lab matters.

    :param keys: the objects that the lab has, or will have: where its entry is, and its attributes.
    :param objects: the state of the host, as it will be.
    """
    masquerades = [(where, key[2], key[3]) for key, (where, _attrs) in keys.items() if key[:2] == ("masquerade", "")]
    forwards = [
        (where, attrs["to"], key[2], (attrs["to_port"], attrs["to_port"] + key[6] - key[5]))
        for key, (where, attrs) in keys.items()
        if key[:2] == ("forward", "") and attrs
    ]
    nets = [net for net in (parse_network(source) for _where, source, _out in masquerades) if net.prefixlen]
    nets += [parse_interface(to).network for to in {to for _where, to, _protocol, _run in forwards}]
    subnets = []
    for key in objects:
        if key[:2] != ("address", "") or key[2] == "lo" or key[3].startswith("fe80:"):
            continue
        address = parse_interface(key[3])
        near = any(net.version == address.version and net.overlaps(address.network) for net in nets)
        if key in keys or near:
            subnets.append((key[2], str(address.network), str(address.ip)))
    masquerades = [each for masquerade in masquerades for each in _narrowed(masquerade, subnets)]
    defaults = {(6 if ":" in dst else 4): dev for dst, dev in state.routes if dst in ("0.0.0.0/0", "::/0")}
    bridged = tuple(_bridged(keys, objects, subnets))
    listens = tuple(
        (*key[2:7], attrs["to"]) for key, (_where, attrs) in keys.items() if key[:2] == ("forward", "") and attrs
    )
    tunnels = tuple(_tunnels(keys, objects))
    return Facts(
        subnets, bridged, masquerades, forwards, defaults, tuple(_routed(keys, subnets, nets)), listens, tunnels
    )


def _narrowed(masquerade: tuple[str, str, str], subnets: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """A masquerade of everything as one of each subnet of the lab, by whatever link but its own."""
    where, source, out = masquerade
    if parse_network(source).prefixlen:
        yield masquerade
        return
    for dev, subnet, _host in subnets:
        if (":" in subnet) == (":" in source) and one_of(out, dev) != dev:
            yield where, subnet, out


def _bridged(
    keys: dict[Key, tuple[str, Any]], objects: Objects, subnets: list[tuple[str, str, str]]
) -> Iterator[tuple[str, str]]:
    """The prefixes of a lab's bridges: the host's on them, and those of the links at the other ends of their ports."""
    hosts = {dev for dev, _subnet, _host in subnets}
    links = [(key, attrs) for key, attrs in objects.items() if key[0] == "link"]
    bridges = {key[2] for key, attrs in links if not key[1] and attrs.get("kind") == "bridge" and
               (key in keys or key[2] in hosts)}  # fmt: skip
    behind = {
        tuple(attrs["peer"]): attrs["bridge"]
        for key, attrs in links
        if not key[1] and attrs.get("bridge") in bridges and attrs.get("peer")
    }
    found = {(dev, subnet): None for dev, subnet, _host in subnets if dev in bridges}
    for key in objects:
        if key[0] == "address" and key[1:3] in behind:
            net = parse_interface(key[3]).network
            if not net.is_link_local:
                found[behind[key[1:3]], str(net)] = None
    yield from found


def _tunnels(keys: dict[Key, tuple[str, Any]], objects: Objects) -> Iterator[tuple[str, str, str, str, int]]:
    """The lab's tunnels over UDP in the host's namespace, each with one of its far ends."""
    carriers = {key[3].partition("/")[0]: key[2] for key in objects if key[:2] == ("address", "")}
    for key in keys:
        attrs = objects.get(key, {})
        if key[:2] == ("link", "") and attrs.get("kind") == "vxlan" and attrs.get("local") and attrs.get("remotes"):
            dev = attrs.get("dev") or carriers.get(attrs["local"], "")
            yield key[2], dev, attrs["local"], attrs["remotes"][0], attrs["dstport"]


def _routed(
    keys: dict[Key, tuple[str, Any]], subnets: list[tuple[str, str, str]], translated: list[Any]
) -> Iterator[tuple[str, str, str, str]]:
    """Ways between the lab's links that its namespaces' routes go by the host, which the lab has forward.

    One from each link, to the next one that has a way back: they are as many as links, and not as pairs of them.
    """
    hops: dict[str, list[Any]] = {}
    for key, (_where, attrs) in keys.items():
        if key[0] == "route" and key[1] and attrs and attrs.get("gateway"):
            hops.setdefault(attrs["gateway"], []).append(parse_network(key[3]))
    for six in (False, True):
        _where, asked = keys.get(("sysctl", "", forwarding("::" if six else "")), ("", None))
        if not asked or asked["value"] == "0":
            continue
        nets = [(dev, parse_network(prefix), host) for dev, prefix, host in subnets if (":" in prefix) == six]
        own = [net for net in translated if (net.version == 6) == six]
        ends = [end for end in nets if end[2] in hops and not any(end[1].overlaps(net) for net in own)]
        for index, (dev, net, host) in enumerate(ends):
            for other, there, back in (ends[index + 1 :] + ends[:index])[:_NEAR]:
                if other != dev and _covered(there, hops[host]) and _covered(net, hops[back]):
                    yield dev, str(net), other, str(there)
                    break


def _covered(net: Any, routes: list[Any]) -> bool:
    return any(route.version == net.version and net.subnet_of(route) for route in routes)


def permits(lab: Facts, firewalls: Firewalls) -> Iterator[Permit]:
    """What a lab needs to have forwarded: its way out and back, its forwards, and its bridges within."""
    links: dict[tuple[str, bool], str] = {}
    for where, source, out in lab.masquerades:
        six = ":" in source
        for dev in lab.links(source):
            links.setdefault((dev, six), where)
            yield Permit(
                where, six, iif=exactly(dev), oif=out or exactly(lab.defaults.get(6 if six else 4, "")), saddr=source
            )
    for (to, protocol), (where, runs) in _targets(lab).items():
        six = ":" in to
        host = f"{to}/{128 if six else 32}"
        for dev in lab.links(host):
            links.setdefault((dev, six), where)
            for port in _ranges(runs):
                yield Permit(where, six, oif=exactly(dev), daddr=host, protocol=protocol, port=port, states="dnat")
    for (dev, six), where in links.items():
        yield Permit(where, six, oif=exactly(dev), states="answers")
        yield Permit(where, six, iif=exactly(dev), states="answers")
    for dev, subnet in lab.bridged:
        six = ":" in subnet
        if (6 if six else 4) in firewalls.bridged:
            yield Permit(f"bridge {dev}", six, iif=exactly(dev), oif=exactly(dev), saddr=subnet, daddr=subnet)


def _targets(lab: Facts) -> dict[tuple[str, str], tuple[str, list[Run]]]:
    found: dict[tuple[str, str], tuple[str, list[Run]]] = {}
    for where, to, protocol, run in lab.forwards:
        found.setdefault((to, protocol), (where, []))[1].append(run)
    return found


def _ranges(runs: list[Run]) -> list[str]:
    """Ports as iptables and ufw write them: ``80``, ``8000:8010``."""
    return [str(first) if first == last else f"{first}:{last}" for first, last in port_ranges.merged(runs)]


def wants(lab: Facts, firewalls: Firewalls, choice: str) -> tuple[Wants, Firewalls]:
    """The firewall exceptions of a lab.

    :param choice: the option ``firewall_exceptions``: auto, none, iptables or firewalld (str).
    :returns: them, and the rulesets as they will be with them.
    """
    found: Wants = {}
    asked = list(permits(lab, firewalls)) if choice != "none" else []
    policy = firewalls.runs_firewalld and firewalls.firewalld is None and choice in ("auto", "firewalld")
    firewalls.withheld = policy and any(not permit.states for permit in asked) and firewalls.loses()
    placed = [(place, each) for permit in asked for place in _places(permit, firewalls, choice)
              for each in permit.at(place.split()[0])]  # fmt: skip
    for place, permit in placed:
        key = ("firewall_exception", "", place, _said(place, permit))
        found.setdefault(key, Want(key, "firewall_exception", permit.where))
    return found, _with(firewalls, placed)


def _said(place: str, permit: Permit) -> str:
    """A rule in the words of a place, in which it is kept there.

    :raises InvalidArgument: if its tool would take the name of a link for something else.
    """
    try:
        if place == FIREWALLD:
            return permit.firewalld()
        return permit.ufw() if place == UFW else permit._replace(port="").iptables()
    except ValueError as exc:
        tool = "ufw" if place == UFW else "iptables"
        names = " and ".join(repr(one_of(name, "")) for name in dict.fromkeys((permit.iif, permit.oif)) if name)
        remedy = "Choose another name for the link, or firewall_exceptions: none, which asks no other firewall."
        wanted = f"links that {tool} can let through by their names"
        raise InvalidArgument(permit.where, wanted, f"{names}, {exc}", remedy) from None


def _places(permit: Permit, firewalls: Firewalls, choice: str) -> Iterator[str]:
    family = "ip6" if permit.six else "ip"
    covered = False
    for tool in _TOOLS if choice in ("auto", "iptables") else ():
        chain = _chain(firewalls, tool, family, choice)
        if chain:
            covered = covered or chain == DOCKER
            yield f"{tool} {family} {chain}"
    if choice in ("auto", "iptables") and _ufw_drops(firewalls, family) and not covered and permit.states != "answers":
        yield UFW
    runs = choice in ("auto", "firewalld") and firewalls.runs_firewalld
    if runs and not permit.states and not firewalls.withheld:
        yield FIREWALLD


def _chain(firewalls: Firewalls, tool: str, family: str, choice: str) -> str:
    """The chain of iptables to put rules into: Docker's for it; FORWARD where iptables was asked for; else none."""
    forward = firewalls.chain(tool, family, FORWARD)
    if forward is None:
        return ""
    drops = forward.policy == DROP
    if drops and any(rule.target == DOCKER for rule in forward.rules) and firewalls.chain(tool, family, DOCKER):
        return DOCKER
    drops = drops or any(rule.verdict in (DROP, REJECT) for rule in forward.rules)
    return FORWARD if choice == "iptables" and drops and not _ufw_drops(firewalls, family) else ""


def _ufw_drops(firewalls: Firewalls, family: str) -> bool:
    chains = [firewalls.chain(tool, family, FORWARD) for tool in _TOOLS]
    return firewalls.ufw is not None and any(chain is not None and chain.policy == DROP for chain in chains)


def _with(firewalls: Firewalls, placed: list[tuple[str, Permit]]) -> Firewalls:
    """The rulesets with the exceptions at their places."""
    for place, permit in placed:
        family = "ip6" if permit.six else "ip"
        names = {f"{tool} {family} {chain}": (tool, chain) for tool in _TOOLS for chain in (DOCKER, FORWARD)}
        user = "ufw6-user-forward" if permit.six else "ufw-user-forward"
        for chain in firewalls.chains:
            same = chain.family == family and (chain.tool, chain.name) == names.get(place)
            same = same or (place == UFW and chain.family == family and chain.name == user)
            same = same or (place == FIREWALLD and chain.table == "firewalld" and chain.name == "filter_FORWARD")
            if same and chain.table in ("filter", "firewalld"):
                chain.rules.insert(0, permit.rule())
    return firewalls
