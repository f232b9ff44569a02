# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation by others that packets of a lab meet: rules made by hand, Docker's, another table of nft. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any, Optional

from ..._model.addressing import parse_network
from ..finding import Finding
from .parse import nft_matches
from .paths import ELSEWHERE, hosts
from .ruleset import Chain, Firewalls, Packet, Rule, Translation, meets
from .traffic import Traffic
from .words import join, one_of

_TARGETS = {"MASQUERADE": "masquerade", "SNAT": "snat", "DNAT": "dnat", "REDIRECT": "redirect", "NETMAP": "netmap"}
_SOURCE = frozenset({"masquerade", "snat", "netmap"})
#: a target as iptables tells it: ``10.0.0.1:80``, ``[fd00::1]:80``, ``10.0.0.1-10.0.0.9``, and nft's bare address
_TARGET = re.compile(r"\[?(?:([0-9.]+)|([0-9a-f:.]+))(?:[]:-]|$)")
#: the priority of our own chain that leads connections into a lab
_OURS = -100


def from_save(chains: list[Chain]) -> Iterator[Translation]:
    """The rules that translate, of a table ``nat`` of iptables.

    :param chains: the chains of that table.
    """
    for chain in chains:
        for rule in chain.rules:
            if rule.target in _TARGETS:
                words = rule.text.split(" ")
                to = next((words[at + 1] for at, word in enumerate(words[:-1]) if word == "--to-destination"), "")
                yield Translation(chain, rule, _TARGETS[rule.target], _address(to), _OURS)


def from_nft(items: list[dict[str, Any]], own: str) -> Iterator[Translation]:
    """The rules that translate, of all tables but our own, from what ``nft -j list ruleset`` prints.

    :param items: that.
    :param own: the name of our table (str).
    """
    bases: dict[tuple[str, str, str], int] = {}
    for item in items:
        told = item.get("chain", {})
        if told.get("type") == "nat":
            bases[told["family"], told["table"], told["name"]] = int(told["prio"])
    tables = {key[:2] for key in bases}
    for item in items:
        told = item.get("rule")
        if told is None or told["table"] == own or (told["family"], told["table"]) not in tables:
            continue
        kind = next((name for part in told["expr"] for name in part if name in _TARGETS.values()), "")
        if kind:
            matches = [each for part in told["expr"] if "match" in part for each in nft_matches(part["match"])]
            value = next((part[kind] for part in told["expr"] if kind in part), None)
            to = value.get("addr") if isinstance(value, dict) else None
            chain = Chain("nft", told["family"], told["table"], told["chain"])
            rule = Rule(tuple(matches), "", "", f"{kind} (handle {told['handle']})")
            priority = bases.get((told["family"], told["table"], told["chain"]), _OURS)
            yield Translation(chain, rule, kind, _address(to) if isinstance(to, str) else "", priority)


def _address(text: str) -> str:
    """The first address of a target as iptables or nft tells it; an empty text where there is none."""
    found = _TARGET.match(text)
    try:
        return str(ip_address(found[1] or found[2])) if found else ""
    except ValueError:
        return ""


def findings(lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
    """The translations of others that packets of a lab meet, each once.

    :param lab: the packets of the lab.
    :param firewalls: what was read of the host.
    """
    nets = [parse_network(subnet) for _dev, subnet, _host in lab.subnets]
    for told in firewalls.translations:
        if told.kind in _SOURCE:
            for _where, source, out in lab.masquerades:
                if _translates(told, lab, source, out):
                    yield _finding(told, source, "also translates its packets", "warning")
                    break
            continue
        taken = _takes(told, lab)
        if taken:
            first = told.priority < _OURS  # of equal ones that comes first which was made last
            cause = "gets its connections first" if first else "would get its connections too"
            yield _finding(told, taken[0], cause, "error" if first and taken[1] else "warning")
        elif told.to and any(ip_address(told.to) in net for net in nets):
            yield _finding(told, told.to, "also forwards connections to it", "warning")


def _translates(told: Translation, lab: Traffic, source: str, out: str) -> bool:
    six = ":" in source
    if told.chain.family not in ("inet", "ip6" if six else "ip"):
        return False
    oif = one_of(out, lab.defaults.get(6 if six else 4, ""))
    packet = Packet("postrouting", six, "", oif, hosts(source, "")[0], ELSEWHERE[six], "tcp")
    return meets(told.rule, packet) is not False


def _takes(told: Translation, lab: Traffic) -> Optional[tuple[str, bool]]:
    """A forward whose connections another rule leads elsewhere, and whether that is certain."""
    for protocol, six, listen, first, last, to in lab.listens:
        if told.chain.family not in ("inet", "ip6" if six else "ip") or told.to == to:
            continue
        for port in dict.fromkeys((first, last)):
            packet = Packet(
                "prerouting",
                six,
                lab.defaults.get(6 if six else 4, ""),
                "",
                ELSEWHERE[six],
                listen,
                protocol,
                str(port),
            )
            met = meets(told.rule, packet)
            if met is not False:
                return f"{protocol}/{port}", met is True
    return None


def _finding(told: Translation, what: str, cause: str, severity: str) -> Finding:
    chain = told.chain
    if chain.tool == "nft":
        table = f"table {chain.family} {chain.table}"
        handle = told.rule.text.rpartition("handle ")[2].rstrip(")")
        command = f"nft delete rule {chain.family} {chain.table} {chain.name} handle {handle}"
    else:
        table = f"table nat of {chain.tool}"
        program = chain.tool.replace("iptables", "ip6tables") if chain.family == "ip6" else chain.tool
        command = f"{program} -t nat -D {join([chain.name])} {told.rule.text}"
    return Finding(
        what, "rely on the lab's own NAT", f"a rule that is not the lab's {cause}",
        f"{table}, chain {chain.name}, rule {told.rule.text}",
        f"netns.lab leaves it alone. To leave NAT to the lab: {command}.", severity,
    )  # fmt: skip
