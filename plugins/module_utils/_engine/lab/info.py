# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands of each lab: its record says what to look for, the kernel what is there. Reads only."""

from __future__ import annotations

from typing import Any, Optional

from ..._model.lab import port_ranges
from ..state import Attrs, Key, Objects
from .host import Host
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
    inside = {key[1] for key in record.made if key[0] == "netns" and key[1] in state.inodes}
    ours = {key: attrs for key, attrs in state.objects.items() if _belongs(key, record, inside)}
    found: dict[str, Any] = {"name": record.lab, "definition": record.definition}
    found.update(
        namespaces=[{"name": key[1], "inode": state.inodes.get(key[1]), **attrs} for key, attrs in _of(ours, "netns")],
        links=[_link(key, attrs) for key, attrs in _of(ours, "link")],
        addresses=[
            {"netns": key[1], "dev": key[2], "address": key[3], "broadcast": attrs.get("broadcast")}
            for key, attrs in _of(ours, "address")
        ],
        routes=[_route(key, attrs) for key, attrs in _of(ours, "route")],
        rules=[
            {"netns": key[1], "family": "ipv6" if key[2] else "ipv4", "priority": key[3], **_selectors(attrs)}
            for key, attrs in _of(ours, "rule")
        ],
        neighbours=host.neighbours(sorted(inside)),
        masquerades=[
            {"netns": key[1], "source": key[2], "out_interface": key[3] or None, "exclude": attrs["exclude"]}
            for key, attrs in _of(ours, "masquerade")
        ],
        port_forwards=[_forward(key, attrs) for key, attrs in _of(ours, "forward")],
        sysctls=[
            {"netns": key[1], "name": key[2], "value": attrs["value"], "prior": record.sysctls.get(key, (None,))[0]}
            for key, attrs in _of(ours, "sysctl")
        ],
        firewall_exceptions=[{"place": key[2], "rule": key[3]} for key, _attrs in _of(ours, "firewall_exception")],
    )
    return found


def _belongs(key: Key, record: Record, inside: set[str]) -> bool:
    """What the lab made, and all that lies in its namespaces but for what every namespace has."""
    if key in record.made:
        return True
    if key[0] in ("netns_dir", "directory", "file", "netns") or key[1] not in inside:
        return False
    return not (key[0] in ("link", "address") and key[2] == "lo") and key[0] != "rule"


def _of(objects: Objects, sort: str) -> list[tuple[Key, Attrs]]:
    return [(key, objects[key]) for key in sorted((key for key in objects if key[0] == sort), key=str)]


def _link(key: Key, attrs: Attrs) -> dict[str, Any]:
    peer = attrs.get("peer")
    told = {name: value for name, value in attrs.items() if name not in ("peer", "bridge", "group")}
    return {
        "netns": key[1],
        "name": key[2],
        **told,
        "bridge": attrs.get("bridge") or None,
        "peer": {"netns": peer[0], "name": peer[1]} if peer else None,
    }


def _selectors(attrs: Attrs) -> dict[str, Any]:
    return {name: attrs[name] for name in ("from", "to", "iif", "fwmark", "table")}


def _route(key: Key, attrs: Attrs) -> dict[str, Any]:
    dst = "default" if key[3] in ("0.0.0.0/0", "::/0") else key[3]
    family = "ipv6" if ":" in key[3] else "ipv4"
    told = {name: attrs[name] for name in ("type", "gateway", "dev", "src", "onlink", "protocol")}
    return {"netns": key[1], "table": key[2], "dst": dst, "family": family, "metric": key[4], **told}


def _forward(key: Key, attrs: Attrs) -> dict[str, Any]:
    _sort, netns, protocol, six, listen, first, last = key
    to = f"[{attrs['to']}]" if six else attrs["to"]
    target = f"{to}:{attrs['to_port']}"
    port = port_ranges.text(first, last)
    return {
        "netns": netns,
        "protocol": protocol,
        "port": port,
        "listen": listen or None,
        "to": target,
        "whole": "stands" not in attrs,
    }
