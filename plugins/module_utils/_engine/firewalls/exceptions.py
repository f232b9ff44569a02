# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab needs the firewalls of others to let through, and the rules of theirs that do.

Such a rule is a firewall exception: an object of the plan like any other, which is told by its place and its text. The
place is ``ufw``, ``firewalld`` or a chain such as ``iptables-nft ip DOCKER-USER``; the text is in the words of the
place's own tool, and carries the comment :data:`.ruleset.COMMENT` there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from ..._model.errors import Dependency, InvalidArgument
from ..._model.lab import port_ranges
from ..._model.lab.port_ranges import Run
from ..._model.values import parse_interface, parse_network
from ..lab.kinds.address import AddressKey
from ..lab.kinds.link import LinkKey
from ..lab.kinds.nat import ForwardKey, MasqueradeKey
from ..lab.kinds.route import RouteKey
from ..lab.kinds.sysctl import SysctlKey
from ..lab.wanted import forwarding
from ..state import Key, Objects, State
from .permit import ANSWERS, TRANSLATED, Permit
from .provider import PROVIDERS, Provider
from .ruleset import FORWARD, TOOLS, Chain, Firewalls
from .traffic import Traffic
from .words import exactly, one_of

#: how many links are tried for a way from one of them
_NEAR = 16


def facts(keys: dict[Key, tuple[str, Any]], objects: Objects, state: State) -> Traffic:
    """What of a lab matters.

    :param keys: the objects that the lab has, or will have: where its entry is, and its attributes.
    :param objects: the state of the host, as it will be.
    """
    masquerades = [
        (where, key.source, key.out_interface)
        for key, (where, _attrs) in keys.items()
        if isinstance(key, MasqueradeKey) and not key.netns
    ]
    forwards = [
        (where, attrs["to"], key.protocol, (attrs["to_port"], attrs["to_port"] + key.last - key.first))
        for key, (where, attrs) in keys.items()
        if isinstance(key, ForwardKey) and not key.netns and attrs
    ]
    nets = [net for net in (parse_network(source) for _where, source, _out in masquerades) if net.prefixlen]
    nets += [parse_interface(to).network for to in {to for _where, to, _protocol, _run in forwards}]
    subnets = []
    for key in objects:
        if not isinstance(key, AddressKey) or key.netns or key.dev == "lo" or key.address.startswith("fe80:"):
            continue
        address = parse_interface(key.address)
        near = any(net.version == address.version and net.overlaps(address.network) for net in nets)
        if key in keys or near:
            subnets.append((key.dev, str(address.network), str(address.ip)))
    masquerades = [each for masquerade in masquerades for each in _narrowed(masquerade, subnets)]
    defaults = {(6 if ":" in dst else 4): dev for dst, dev in state.routes if dst in ("0.0.0.0/0", "::/0")}
    bridged = tuple(_bridged(keys, objects, subnets))
    listens = tuple(
        (*key[2:], attrs["to"])
        for key, (_where, attrs) in keys.items()
        if isinstance(key, ForwardKey) and not key.netns and attrs
    )
    tunnels = tuple(_tunnels(keys, objects))
    return Traffic(
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
    links = [(key, attrs) for key, attrs in objects.items() if isinstance(key, LinkKey)]
    bridges = {key.name for key, attrs in links if not key.netns and attrs.get("kind") == "bridge" and
               (key in keys or key.name in hosts)}  # fmt: skip
    behind = {
        tuple(attrs["peer"]): attrs["bridge"]
        for key, attrs in links
        if not key.netns and attrs.get("bridge") in bridges and attrs.get("peer")
    }
    found = {(dev, subnet): None for dev, subnet, _host in subnets if dev in bridges}
    for key in objects:
        if isinstance(key, AddressKey) and (key.netns, key.dev) in behind:
            net = parse_interface(key.address).network
            if not net.is_link_local:
                found[behind[key.netns, key.dev], str(net)] = None
    yield from found


def _tunnels(keys: dict[Key, tuple[str, Any]], objects: Objects) -> Iterator[tuple[str, str, str, str, int]]:
    """The lab's tunnels over UDP in the host's namespace, each with one of its far ends."""
    carriers = {key.host: key.dev for key in objects if isinstance(key, AddressKey) and not key.netns}
    for key in keys:
        attrs = objects.get(key, {})
        if (
            isinstance(key, LinkKey)
            and not key.netns
            and attrs.get("kind") == "vxlan"
            and attrs.get("local")
            and attrs.get("remotes")
        ):
            dev = attrs.get("dev") or carriers.get(attrs["local"], "")
            yield key.name, dev, attrs["local"], attrs["remotes"][0], attrs["dstport"]


def _routed(
    keys: dict[Key, tuple[str, Any]], subnets: list[tuple[str, str, str]], translated: list[Any]
) -> Iterator[tuple[str, str, str, str]]:
    """Ways between the lab's links that its namespaces' routes go by the host, which the lab has forward.

    One from each link, to the next one that has a way back: they are as many as links, and not as pairs of them.
    """
    hops: dict[str, list[Any]] = {}
    for key, (_where, attrs) in keys.items():
        if isinstance(key, RouteKey) and key.netns and attrs and attrs.get("gateway"):
            hops.setdefault(attrs["gateway"], []).append(parse_network(key.dst))
    for six in (False, True):
        _where, asked = keys.get(SysctlKey("", forwarding("::" if six else "")), ("", None))
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


def permits(lab: Traffic, firewalls: Firewalls) -> Iterator[Permit]:
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

    :param choice: the option ``firewall_exceptions`` (str).
    :raises Dependency: if it does not.
    """
    for provider in PROVIDERS:
        if choice in provider.MUST_RUN and not (firewalls and firewalls.runs(provider.NAME)):
            remedy = f"Start it (systemctl start {provider.NAME}), or choose firewall_exceptions: auto."
            raise Dependency("firewall_exceptions", f"{provider.NAME} to run on this host", "none that runs", remedy)


def standing(firewalls: Firewalls) -> Iterator[tuple[str, str]]:
    """The firewall exceptions that there are, of whichever lab, as (place, rule)."""
    for provider in PROVIDERS:
        yield from provider.ours(firewalls)


def wanted(lab: Traffic, firewalls: Firewalls, choice: str) -> dict[tuple[str, str], str]:
    """The firewall exceptions that a lab is to have.

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
        remedy = "Choose another name for the link, or firewall_exceptions: none, which asks no other firewall."
        wanted = f"links that {provider.TOOL} can let through by their names"
        raise InvalidArgument(permit.where, wanted, f"{names}, {exc}", remedy) from None
