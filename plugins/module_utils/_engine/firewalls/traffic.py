# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The packets of a lab that the firewalls of its host have a say in."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..._model.addressing import parse_interface, parse_network
from ..._model.lab.port_ranges import Run


class Traffic(NamedTuple):
    """The packets of a lab that the host's firewalls have a say in, told by its links and its NAT.

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
        """The links that lead to a prefix, or have a part of it.

        :param prefix: the prefix, or an address (str).
        """
        net = parse_network(prefix) if "/" in prefix else parse_interface(f"{prefix}").network
        found = [dev for dev, subnet, _host in self.subnets if _overlap(subnet, net)]
        return list(dict.fromkeys(found))


def _overlap(subnet: str, net: Any) -> bool:
    other = parse_network(subnet)
    return bool(other.version == net.version and other.overlaps(net))
