# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of the packet filters of others, of the namespace that the calling thread is in. Changes nothing.

What costs nothing comes first: the list of nft's chains, and the names of the tables that the older iptables has.
"""

from __future__ import annotations

from typing import Any, Optional

from ..._engine.firewalls.ruleset import TOOLS, Chain, Firewalls, Translation
from ..._engine.state import NFT_TABLE
from ..netlink import sysctl
from ..system import nft
from . import iptables
from .provider import PROVIDERS

_NFT, _LEGACY = TOOLS


def look(chains: Optional[list[dict[str, Any]]]) -> Optional[Firewalls]:
    """What there is of others; None where nothing filters and no place is offered.

    :param chains: nft's chains as :func:`.nft.chains` lists them.
    :raises Kernel: if something is there that cannot be read.
    """
    listed = _listed(chains)
    starting = [name for name, provider in PROVIDERS.items() if provider.is_starting(_names(listed))]
    if starting:
        listed = _listed(nft.chains())
    foreign = [told for told in listed if told["table"] != NFT_TABLE]
    tells = any(_filters(told) or told.get("type") == "nat" for told in foreign)
    legacy = [family for family in iptables.FAMILIES if iptables.has_legacy(family)]
    kept = {name: provider.kept() for name, provider in PROVIDERS.items()}
    if not tells and not legacy and not any(rules is not None for rules in kept.values()):
        return None
    found = Firewalls(bridged=sysctl.bridged())
    _read(found, foreign, tells, legacy)
    names = _names(listed) | {(chain.table, chain.name) for chain in found.chains}
    for name, provider in PROVIDERS.items():
        service = provider.service(kept[name], names)
        if service is not None:
            found.services[name] = service
    return found


def _listed(chains: Optional[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [item["chain"] for item in chains or () if "chain" in item]


def _names(listed: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(told["table"], told["name"]) for told in listed}


def _filters(told: dict[str, Any]) -> bool:
    return told.get("type") == "filter" and told["family"] not in ("arp", "netdev")


def _read(into: Firewalls, listed: list[dict[str, Any]], tells: bool, legacy: list[str]) -> None:
    """All chains and translations; those of iptables as its own program tells them, which knows all of its matches.

    :param listed: nft's chains of others.
    :param tells: whether they filter or translate.
    :param legacy: the families of which the older iptables has tables.
    """
    from ..._engine.firewalls import parse, translations  # noqa: PLC0415 - only hosts with firewalls need it
    from . import nftables  # noqa: PLC0415 - as above

    chains: list[Chain] = []
    translating: list[Translation] = []
    if tells:
        items = nftables.ruleset(listed)
        chains, translating = parse.from_nft(items, NFT_TABLE), [*translations.from_nft(items, NFT_TABLE)]
    ours = {told["family"] for told in listed if told["table"] in iptables.TABLES}
    for family in iptables.FAMILIES:
        for tool, there in ((_NFT, family in ours), (_LEGACY, family in legacy)):
            if not there:
                continue
            if not iptables.is_readable(tool, family):
                into.unread += [f"{iptables.program(tool, family)}-save"] if tool == _LEGACY else []
                continue
            told, nat = iptables.saved(tool, family)
            known = {("nft", family, chain.table) for chain in told + nat} if tool == _NFT else set()
            chains = [chain for chain in chains if chain.place not in known] + told
            translating = [each for each in translating if each.chain.place not in known]
            translating += translations.from_save(nat)
    into.chains, into.translations = chains, translating
