# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab needs the firewalls of others to let through, and the rules of theirs that do.

Such a rule is a firewall exception: an object of the plan like any other, which is told by its place and its text. The
place is ``ufw``, ``firewalld`` or a chain such as ``iptables-nft ip DOCKER-USER``; the text is in the words of the
place's own tool, and carries the comment :data:`.ruleset.COMMENT` there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from ..._model.errors import Dependency, InvalidArgument
from ..._model.lab import port_ranges
from ..._model.lab.port_ranges import Run
from .permit import ANSWERS, TRANSLATED, Permit
from .provider import PROVIDERS, Provider
from .ruleset import FORWARD, TOOLS, Chain, Firewalls
from .traffic import Traffic
from .words import exactly, one_of


def permits(lab: Traffic, firewalls: Firewalls) -> Iterator[Permit]:
    """What a lab needs to have forwarded: its way out and back, its forwards, and its bridges within.

    :param lab: the packets of the lab.
    :param firewalls: what was read of the host.
    """
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
                yield Permit(where, six, oif=exactly(dev), daddr=host, protocol=protocol, port=port, states=TRANSLATED)
    for (dev, six), where in links.items():
        yield Permit(where, six, oif=exactly(dev), states=ANSWERS)
        yield Permit(where, six, iif=exactly(dev), states=ANSWERS)
    for dev, subnet in lab.bridged:
        six = ":" in subnet
        if (6 if six else 4) in firewalls.bridged:
            yield Permit(f"bridge {dev}", six, iif=exactly(dev), oif=exactly(dev), saddr=subnet, daddr=subnet)


def _targets(lab: Traffic) -> dict[tuple[str, str], tuple[str, list[Run]]]:
    found: dict[tuple[str, str], tuple[str, list[Run]]] = {}
    for where, to, protocol, run in lab.forwards:
        found.setdefault((to, protocol), (where, []))[1].append(run)
    return found


def _ranges(runs: list[Run]) -> list[str]:
    """Ports as iptables and ufw write them: ``80``, ``8000:8010``."""
    return [str(first) if first == last else f"{first}:{last}" for first, last in port_ranges.merged(runs)]


def require(firewalls: Optional[Firewalls], choice: str) -> None:
    """See that a firewall runs that has to.

    :param firewalls: what was read of the host; None where nothing filters.
    :param choice: the option ``firewall_exceptions`` (str).
    :raises Dependency: if it does not.
    """
    for provider in PROVIDERS:
        if choice in provider.MUST_RUN and not (firewalls and firewalls.runs(provider.NAME)):
            remedy = f"Start it (systemctl start {provider.NAME}), or choose firewall_exceptions: auto."
            raise Dependency("firewall_exceptions", f"{provider.NAME} to run on this host", "none that runs", remedy)


def standing(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """The firewall exceptions that there are, of whichever lab.

    :param firewalls: what was read of the host.
    :returns: pairs of the place and the rule in its tool's words (str).
    """
    for provider in PROVIDERS:
        yield from provider.ours(firewalls)


def wanted(lab: Traffic, firewalls: Firewalls, choice: str) -> dict[tuple[str, str], str]:
    """The firewall exceptions that a lab is to have.

    :param lab: the packets of the lab.
    :param firewalls: the rulesets; changed to what they will be with them.
    :param choice: the option ``firewall_exceptions`` (str).
    :returns: for each (place, rule) the entry of the definition that it is for.
    :raises InvalidArgument: if a firewall's tool would take the name of a link for something else.
    """
    asked = [(provider, place, each) for permit, provider, place in _asked(lab, firewalls, choice)
             for each in provider.permits(permit)]  # fmt: skip
    for provider in {provider.NAME: provider for provider, _place, _permit in asked}.values():
        service = firewalls.services.get(provider.NAME)
        if service is not None and service.rules is None and service.loses():
            firewalls.withheld.add(provider.NAME)
    found: dict[tuple[str, str], str] = {}
    chains: dict[tuple[str, bool], list[Chain]] = {}
    for provider, place, permit in asked:
        if provider.NAME in firewalls.withheld:
            continue
        text = _text(provider, permit)
        if (place, text) in found:
            continue
        found[place, text] = permit.where
        if (place, permit.six) not in chains:
            chains[place, permit.six] = [c for c in firewalls.chains if provider.holds(place, permit.six, c)]
        for chain in chains[place, permit.six]:
            chain.rules.insert(0, permit.rule(text))
    return found


def _asked(lab: Traffic, firewalls: Firewalls, choice: str) -> Iterator[tuple[Permit, Provider, str]]:
    """Each permit with each place at which it is asked for, and whose place that is."""
    providers = [provider for provider in PROVIDERS if choice in provider.CHOICES]
    claimed = {six: _claimed(providers, firewalls, "ip6" if six else "ip") for six in (False, True)}
    for permit in permits(lab, firewalls) if providers else ():
        asked = False
        for provider in providers:
            for place in provider.places(permit, firewalls, claimed[permit.six][provider.NAME], asked):
                asked = True
                yield permit, provider, place


def _claimed(providers: list[Provider], firewalls: Firewalls, family: str) -> dict[str, list[Chain]]:
    """The chains FORWARD of iptables that each provider answers for, by its name; each chain is one's alone."""
    chains = [firewalls.chain(tool, family, FORWARD) for tool in TOOLS]
    left = [chain for chain in chains if chain is not None]
    found: dict[str, list[Chain]] = {}
    for provider in providers:
        mine = [provider.claims(firewalls, chain) for chain in left]
        found[provider.NAME] = [chain for chain, claims in zip(left, mine) if claims]
        left = [chain for chain, claims in zip(left, mine) if not claims]
    return found


def _text(provider: Provider, permit: Permit) -> str:
    """A permit in the words of a provider's tool.

    :raises InvalidArgument: if that would take the name of a link for something else.
    """
    try:
        return provider.text(permit)
    except ValueError as exc:
        names = " and ".join(repr(one_of(name, "")) for name in dict.fromkeys((permit.iif, permit.oif)) if name)
        remedy = "Choose another name for the link, or set firewall_exceptions: none, which adds no exceptions."
        wanted = f"names of links that {provider.TOOL} can match"
        raise InvalidArgument(permit.where, wanted, f"{names}, {exc}", remedy) from None
