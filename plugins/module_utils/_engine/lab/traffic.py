# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the objects of a lab to the packets that firewalls of its host have a say in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..._model.addressing import parse_interface, parse_network
from ..firewalls.traffic import Traffic
from ..firewalls.words import one_of
from ..state import Key, Objects
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.nat import ForwardKey, MasqueradeKey
from .kinds.route import RouteKey
from .kinds.sysctl import SysctlKey, forwarding

#: how many links are tried for a way from one of them
_NEAR = 16


def traffic_of(keys: dict[Key, tuple[str, Any]], objects: Objects, state: State) -> Traffic:
    """The packets of a lab that firewalls of its host have a say in.

    :param keys: the objects that the lab has, or will have: where its entry is, and its attributes.
    :param objects: the objects of the host, as they will be.
    :param state: what else was read of the host.
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
    """The lab's VXLAN interfaces in the host's namespace, each with one of its remotes."""
    carriers = {key.host: key.dev for key in objects if isinstance(key, AddressKey) and not key.netns}
    for key in keys:
        attrs = objects.get(key, {})
        if isinstance(key, LinkKey) and not key.netns and attrs.get("local") and attrs.get("remotes"):
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
