# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands of each lab: its record says what to look for, the kernel what is there. Reads only."""

from __future__ import annotations

from typing import Any, Optional

from ..._model.lab import port_ranges
from ..state import Attrs, Key, Objects
from .host import Host
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.paths import PathKey
from .kinds.rule import RuleKey
from .ledger import SINGLE, Record
from .nat import elements as nat_elements
from .scope import scope_of


def labs(host: Host, name: Optional[str] = None) -> list[dict[str, Any]]:
    """Describe the labs of a host.

    :param name: one lab only (str; default: all, what the single modules made under the name ``+modules``).
    :returns: a dictionary a lab: ``name``, ``definition``, then a list for each kind of thing.
    """
    host.require([])
    with host.locked(False):
        records = [record for record in host.records() if name in (None, record.lab)]
        return [_lab(host, record) for record in records if record.made or record.lab != SINGLE]


def _lab(host: Host, record: Record) -> dict[str, Any]:
    scope = scope_of(record.made)
    for netns in scope.namespaces - {""}:
        scope.routes[netns] |= {(False, 254), (True, 254)}
    state = host.read(scope)
    nat_elements.by_record(state.objects, record.made, ())
    inside = {key.netns for key in record.made if isinstance(key, NetnsKey) and key.netns in state.inodes}
    ours = {key: attrs for key, attrs in state.objects.items() if _belongs(key, record, inside)}
    found: dict[str, Any] = {"name": record.lab, "definition": record.definition}
    found.update(
        namespaces=[
            {"name": key.netns, "inode": state.inodes.get(key.netns), **attrs} for key, attrs in _of(ours, "netns")
        ],
        links=[_link(key, attrs) for key, attrs in _of(ours, "link")],
        addresses=[
            {"netns": key.netns, "dev": key.dev, "address": key.address, "broadcast": attrs.get("broadcast")}
            for key, attrs in _of(ours, "address")
        ],
        routes=[_route(key, attrs) for key, attrs in _of(ours, "route")],
        rules=[
            {"netns": key.netns, "family": "ipv6" if key.six else "ipv4", "priority": key.priority, **_selectors(attrs)}
            for key, attrs in _of(ours, "rule")
        ],
        neighbours=host.neighbours(sorted(inside)),
        masquerades=[
            {
                "netns": key.netns,
                "source": key.source,
                "out_interface": key.out_interface or None,
                "exclude": attrs["exclude"],
            }
            for key, attrs in _of(ours, "masquerade")
        ],
        port_forwards=[_forward(key, attrs) for key, attrs in _of(ours, "forward")],
        sysctls=[
            {
                "netns": key.netns,
                "name": key.name,
                "value": attrs["value"],
                "prior": record.sysctls.get(key, (None,))[0],
            }
            for key, attrs in _of(ours, "sysctl")
        ],
        firewall_exceptions=[{"place": key.place, "rule": key.rule} for key, _attrs in _of(ours, "firewall_exception")],
    )
    return found


def _belongs(key: Key, record: Record, inside: set[str]) -> bool:
    """What the lab made, and all that lies in its namespaces but for what every namespace has."""
    if key in record.made:
        return True
    if isinstance(key, (PathKey, NetnsKey)) or key.netns not in inside:
        return False
    return not (
        (isinstance(key, LinkKey) and key.name == "lo") or (isinstance(key, AddressKey) and key.dev == "lo")
    ) and not isinstance(key, RuleKey)


def _of(objects: Objects, sort: str) -> list[tuple[Key, Attrs]]:
    return [(key, objects[key]) for key in sorted((key for key in objects if key.sort == sort), key=str)]


def _link(key: Key, attrs: Attrs) -> dict[str, Any]:
    peer = attrs.get("peer")
    told = {name: value for name, value in attrs.items() if name not in ("peer", "bridge", "group")}
    return {
        "netns": key.netns,
        "name": key.name,
        **told,
        "bridge": attrs.get("bridge") or None,
        "peer": {"netns": peer[0], "name": peer[1]} if peer else None,
    }


def _selectors(attrs: Attrs) -> dict[str, Any]:
    return {name: attrs[name] for name in ("from", "to", "iif", "fwmark", "table")}


def _route(key: Key, attrs: Attrs) -> dict[str, Any]:
    dst = "default" if key.dst in ("0.0.0.0/0", "::/0") else key.dst
    family = "ipv6" if key.six else "ipv4"
    told = {name: attrs[name] for name in ("type", "gateway", "dev", "src", "onlink", "protocol")}
    return {"netns": key.netns, "table": key.table, "dst": dst, "family": family, "metric": key.metric, **told}


def _forward(key: Key, attrs: Attrs) -> dict[str, Any]:
    to = f"[{attrs['to']}]" if key.six else attrs["to"]
    target = f"{to}:{attrs['to_port']}"
    port = port_ranges.text(key.first, key.last)
    return {
        "netns": key.netns,
        "protocol": key.protocol,
        "port": port,
        "listen": key.listen or None,
        "to": target,
        "whole": "stands" not in attrs,
    }
