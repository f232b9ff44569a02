# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that a description calls by an altname, ip-link(8), under the names that they have. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..._model.lab import topology as model
from ..._model.lab.topology import Topology
from .order import link_of_sysctl

Place = tuple[str, str]
Names = dict[Place, str]


def resolved(topology: Topology, read: Callable[[set[Place]], Names], whole: bool) -> Topology:
    """A description in which what stands goes by its own name.

    :param read: gives, for some links as (netns, name), the names of those that have another one.
    :param whole: whether the links that the description is about may stand already, and not only those that it
        builds on.
    """
    made = set() if whole else set(_made(topology))
    asked = {place for place in (*_made(topology), *_named(topology)) if place not in made}
    asked = {(netns, name) for netns, name in asked if name not in ("", "lo", "all", "default")}
    names = read(asked) if asked else {}
    if not names:
        return topology
    found = _Renaming(names).topology(topology)
    model.check(found)
    return found


def _ends(topology: Topology) -> Iterator[Any]:
    for item in (*topology.bridges, *topology.veths, *topology.vxlans):
        yield item.end
        if getattr(item, "peer", None) is not None:
            yield item.peer


def _made(topology: Topology) -> Iterator[Place]:
    for end in _ends(topology):
        yield end.netns, end.name


def _named(topology: Topology) -> Iterator[Place]:
    """The links that entries name beside those that they make."""
    for end in _ends(topology):
        yield end.netns, end.bridge or ""
    for vxlan in topology.vxlans:
        yield vxlan.end.netns, vxlan.dev or ""
    for port in topology.bridge_ports:
        yield port.netns, port.dev
        yield port.netns, port.bridge or ""
    for item in (*topology.addresses, *topology.routes):
        yield item.netns, item.dev or ""
    for rule in topology.rules:
        yield rule.netns, rule.iif or ""
    for masquerade in topology.masquerades:
        yield masquerade.netns, "" if masquerade.out_interface.endswith("*") else masquerade.out_interface
    for sysctl in topology.sysctls:
        yield sysctl.netns, link_of_sysctl(sysctl.name) or ""
    for namespace in topology.namespaces:
        for name, _value in namespace.sysctls:
            yield namespace.name, link_of_sysctl(name) or ""


class _Renaming:
    """Puts names in the place of altnames.

    :param names: the name of each link that was called otherwise, by (netns, altname).
    """

    def __init__(self, names: Names) -> None:
        self._names = names

    def topology(self, topology: Topology) -> Topology:
        """A whole description."""
        return replace(
            topology,
            namespaces=tuple(self._namespace(item) for item in topology.namespaces),
            bridges=tuple(item._replace(end=self._end(item.end)) for item in topology.bridges),
            veths=tuple(
                item._replace(end=self._end(item.end), peer=item.peer and self._end(item.peer))
                for item in topology.veths
            ),
            vxlans=tuple(
                item._replace(end=self._end(item.end), dev=self._name(item.end.netns, item.dev))
                for item in topology.vxlans
            ),
            bridge_ports=tuple(self._links(item, "dev", "bridge") for item in topology.bridge_ports),
            addresses=tuple(self._links(item, "dev") for item in topology.addresses),
            routes=tuple(self._links(item, "dev") for item in topology.routes),
            rules=tuple(self._links(item, "iif") for item in topology.rules),
            masquerades=tuple(self._links(item, "out_interface") for item in topology.masquerades),
            sysctls=tuple(item._replace(name=self._sysctl(item.netns, item.name)) for item in topology.sysctls),
        )

    def _name(self, netns: str, name: Any) -> Any:
        return self._names.get((netns, name), name)

    def _links(self, item: Any, *options: str) -> Any:
        return item._replace(**{option: self._name(item.netns, getattr(item, option)) for option in options})

    def _end(self, end: Any) -> Any:
        return self._links(end, "name", "bridge")

    def _namespace(self, item: Any) -> Any:
        return item._replace(sysctls=tuple((self._sysctl(item.name, name), value) for name, value in item.sysctls))

    def _sysctl(self, netns: str, name: str) -> str:
        link = link_of_sysctl(name)
        if link is None or (netns, link) not in self._names:
            return name
        parts = name.split(".")
        parts[3] = self._names[netns, link].replace(".", "/")
        return ".".join(parts)
