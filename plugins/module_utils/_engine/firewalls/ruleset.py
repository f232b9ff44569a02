# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the packet filters of others would do with a packet. Pure: rulesets and packets in, verdicts out.

A match that is not understood is neither true nor false: both ways are followed, and the verdict is "perhaps".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, Optional

ACCEPT, DROP, REJECT, RETURN, JUMP, GOTO, NOTHING = "accept", "drop", "reject", "return", "jump", "goto", ""
#: a field of a match that nothing is known of
UNKNOWN = "unknown"
#: that of a match which no packet of a lab meets, negated or not, as of a header that it does not have
NEVER = "never"
_DEEP = 32
#: the comment of every rule that a lab has at the place of another firewall
COMMENT = "netns-lab"
#: the kinds of iptables, and the chain of its table filter that a packet passes through a host by
TOOLS = ("iptables-nft", "iptables-legacy")
FORWARD = "FORWARD"


class Match(NamedTuple):
    """A condition of a rule: one of ``values`` (or, if ``negated``, none of them) is what the packet has in ``field``.

    Fields are those of :class:`Packet`, or :data:`UNKNOWN` or :data:`NEVER`.
    """

    field: str
    values: tuple[str, ...] = ()
    negated: bool = False


class Rule(NamedTuple):
    """A rule: its conditions, what it does (a verdict), the chain that it goes to, and its text as its tool has it."""

    matches: tuple[Match, ...]
    verdict: str
    target: str = ""
    text: str = ""


@dataclass
class Chain:
    """A chain, in the words of nft(8). ``tool`` is whose words its rules are: nft, iptables-nft or iptables-legacy."""

    tool: str
    family: str
    table: str
    name: str
    hook: str = ""
    priority: int = 0
    policy: str = ACCEPT
    rules: list[Rule] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, str, str]:
        """What chains that can call each other have in common."""
        return (self.tool, self.family, self.table)


class Translation(NamedTuple):
    """A rule of somebody else's that translates addresses.

    :param kind: masquerade, snat, dnat, redirect or netmap (str).
    :param to: the address that it leads to, empty where there is none (str).
    :param priority: of its chain, as nft has it (int).
    """

    chain: Chain
    rule: Rule
    kind: str
    to: str
    priority: int


def _nothing() -> bool:
    return False


class Service(NamedTuple):
    """What a firewall tells of itself besides its chains.

    :param runs: whether it is active (bool).
    :param rules: those of ours that it keeps in its files; None where it has no place for them yet (list of str).
    :param loses: whether making that place would lose settings of others; it takes a second to ask.
    """

    runs: bool
    rules: Optional[list[str]]
    loses: Callable[[], bool] = _nothing


@dataclass
class Firewalls:
    """What was read of the host's packet filters.

    :param chains: all chains of tables that filter.
    :param services: what firewalls tell of themselves besides, by the names of their providers.
    :param withheld: the providers that are not asked, since making their places would lose settings.
    :param unread: the programs that are missing to read rules that are there (list of str).
    :param bridged: the families, 4 and 6, whose frames within a bridge pass the chains of hosts.
    :param translations: the rules that translate.
    """

    chains: list[Chain] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)
    bridged: frozenset[int] = frozenset()
    translations: list[Translation] = field(default_factory=list)

    def runs(self, name: str) -> bool:
        """Whether a firewall is active that tells so itself.

        :param name: its provider's (str).
        """
        return name in self.services and self.services[name].runs

    def kept(self, name: str) -> list[str]:
        """The rules of ours that a firewall keeps in its files.

        :param name: its provider's (str).
        """
        return (self.services[name].rules if name in self.services else None) or []

    def chain(self, tool: str, family: str, name: str) -> Optional[Chain]:
        """A chain of the table filter.

        :param tool: ``nft``, ``iptables-nft`` or ``iptables-legacy`` (str).
        :param family: as nft has it, e.g. ``ip6`` (str).
        :param name: the chain's name (str).
        """
        wanted = (tool, family, "filter", name)
        return next((chain for chain in self.chains if (*chain.place, chain.name) == wanted), None)


@dataclass(frozen=True)
class Packet:
    """A packet at a hook of the host. None, or an empty text, is what is not known.

    :param hook: input, forward or output (str).
    :param state: ``new``, ``established`` or ``untracked`` (str).
    :param status: what was done to its connection, ``dnat`` and ``snat`` (frozenset of str).
    :param bridged: whether it is a frame within one bridge.
    """

    hook: str
    six: bool
    iif: str = ""
    oif: str = ""
    saddr: str = ""
    daddr: str = ""
    protocol: str = ""
    dport: str = ""
    icmp: str = ""
    state: str = "new"
    status: frozenset[str] = frozenset()
    bridged: bool = False

    @property
    def far(self) -> str:
        """The address at the other side, of a packet that comes into the host or leaves it."""
        return self.saddr if self.hook == "input" else self.daddr


class Verdict(NamedTuple):
    """What may become of a packet: accepted, dropped by a rule, or by a chain's policy (then without rule)."""

    dropped: bool
    chain: Chain
    rule: Optional[Rule] = None


def verdicts(firewalls: Firewalls, packet: Packet) -> Iterator[tuple[bool, Verdict]]:
    """Each chain that may drop a packet, in the order in which it meets them.

    :param firewalls: what was read of the host.
    :param packet: the packet, at its hook.
    :returns: pairs of whether it is certain, and the verdict.
    """
    families = {"inet", "ip6" if packet.six else "ip"}
    if packet.bridged:
        passing = {"bridge"} | (families if (6 if packet.six else 4) in firewalls.bridged else set())
        families = passing
    bases = [chain for chain in firewalls.chains if chain.hook == packet.hook and chain.family in families]
    for base in sorted(bases, key=lambda chain: chain.priority):
        table = {chain.name: chain for chain in firewalls.chains if chain.place == base.place}
        ends = [end or Verdict(base.policy == DROP, base) for end in _walk(base, table, packet, 0)]
        drops = [end for end in ends if end.dropped]
        if drops:
            yield len(drops) == len(ends), drops[-1]


def _walk(chain: Chain, table: dict[str, Chain], packet: Packet, depth: int) -> list[Optional[Verdict]]:
    """The ways that a packet may leave a chain; None is its end."""
    ends: list[Optional[Verdict]] = []
    if depth > _DEEP:
        return [None]
    for rule in chain.rules:
        met = meets(rule, packet)
        if met is False or rule.verdict == NOTHING:
            continue
        stays = met is None
        if rule.verdict in (JUMP, GOTO):
            there = _walk(table[rule.target], table, packet, depth + 1) if rule.target in table else [None]
            found = [end for end in there if end is not None]
            back = len(found) != len(there)
            ends += found + ([None] if rule.verdict == GOTO and back else [])
            stays = stays or (back and rule.verdict == JUMP)
        elif rule.verdict == RETURN:
            ends.append(None)
        else:
            ends.append(Verdict(rule.verdict in (DROP, REJECT), chain, rule))
        if not stays:
            return _distinct(ends)
    return _distinct([*ends, None])


def _distinct(ends: list[Optional[Verdict]]) -> list[Optional[Verdict]]:
    """Ways that come to the same, once; so that many unknown matches stay cheap."""
    found: dict[Any, Optional[Verdict]] = {}
    for end in ends:
        found[end and (end.dropped, end.chain.name, end.rule and end.rule.text)] = end
    return list(found.values())


def meets(rule: Rule, packet: Packet) -> Optional[bool]:
    """Whether a packet meets all conditions; None if that cannot be told.

    :param rule: the rule.
    :param packet: the packet, at its hook.
    """
    perhaps = False
    for match in rule.matches:
        met = _met(match, packet)
        if met is False:
            return False
        perhaps = perhaps or met is None
    return None if perhaps else True


def _met(match: Match, packet: Packet) -> Optional[bool]:
    if match.field == NEVER:
        return False
    value = getattr(packet, match.field, None) if match.field != UNKNOWN else None
    if match.field == "status":
        found: Optional[bool] = any(wanted in packet.status for wanted in match.values)
    elif match.field == "ctstate":
        known = {packet.state, *packet.status}
        found = any(wanted in known for wanted in match.values)
    elif match.field in ("bridged", "six"):
        found = str(value).lower() in match.values
    elif match.field in ("iif", "oif"):
        found = _link(match.values, str(value)) if value else (False if _passes_none(match.field, packet) else None)
    elif match.field in ("saddr", "daddr"):
        found = _address(match.values, str(value)) if value else None
    elif match.field == "dport":
        found = False if packet.protocol not in ("tcp", "udp") else _port(match.values, str(value)) if value else None
    elif match.field == "icmp":
        found = False if packet.protocol != "icmp" else (packet.icmp in match.values if packet.icmp else None)
    elif match.field == "protocol":
        found = str(value) in match.values or "all" in match.values if value else None
    else:
        found = None
    return found if found is None else found != match.negated


def _passes_none(name: str, packet: Packet) -> bool:
    """Whether a packet has no such link at its hook: what comes in has no way out yet."""
    return packet.hook == ("input" if name == "oif" else "output")


def _link(values: tuple[str, ...], link: str) -> bool:
    """Whether a link's name is among those that conditions name; see :mod:`.words`."""
    for value in values:
        if value.endswith("\\*"):
            if link == f"{value[:-2]}*":
                return True
        elif link.startswith(value[:-1]) if value.endswith("*") else link == value:
            return True
    return False


def _address(values: tuple[str, ...], text: str) -> Optional[bool]:
    address = ip_address(text)
    perhaps = False
    for value in values:
        first, dash, last = value.partition("-")
        try:
            if dash and ip_address(first).version == address.version:
                if int(ip_address(first)) <= int(address) <= int(ip_address(last)):
                    return True
            elif not dash and address in ip_network(value, strict=False):
                return True
        except ValueError:
            perhaps = True
    return None if perhaps else False


def _port(values: tuple[str, ...], text: str) -> Optional[bool]:
    perhaps = False
    for value in values:
        first, _colon, last = value.replace("-", ":").partition(":")
        if not (first.isdigit() and (last or first).isdigit()):
            perhaps = True
        elif int(first) <= int(text) <= int(last or first):
            return True
    return None if perhaps else False


#: services whose chains are told by how their names begin, and those whose tables of nftables are
_SERVICES = (("LIBVIRT_", "libvirt"), ("CNI-", "CNI"), ("NETAVARK", "Podman"), ("KUBE-", "Kubernetes"))
_TABLES = {"libvirt_network": "libvirt"}


def named(chain: Chain, names: Collection[str]) -> str:
    """Whose a chain is of those services that have no place for rules of others; empty if it is none of theirs.

    :param chain: the chain.
    :param names: the chain's name, and for one at a hook those of all chains of its table.
    """
    return _TABLES.get(chain.table) or next((who for start, who in _SERVICES if begin(names, start)), "")


def begin(names: Iterable[str], start: str) -> bool:
    """Whether one of some names begins so.

    :param names: the names (str).
    :param start: the beginning (str).
    """
    return any(name.startswith(start) for name in names)
