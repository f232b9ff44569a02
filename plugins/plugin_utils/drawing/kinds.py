# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn of an entry of each list, and how it is found again in what ``topology_info`` returns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from ansible_collections.netns.lab.plugins.module_utils._model import addressing, values
from ansible_collections.netns.lab.plugins.module_utils._model.lab.address import AddressEntry
from ansible_collections.netns.lab.plugins.module_utils._model.lab.bridge import Bridge
from ansible_collections.netns.lab.plugins.module_utils._model.lab.bridge_port import BridgePort
from ansible_collections.netns.lab.plugins.module_utils._model.lab.link import Link
from ansible_collections.netns.lab.plugins.module_utils._model.lab.masquerade import Masquerade
from ansible_collections.netns.lab.plugins.module_utils._model.lab.netns import Namespace
from ansible_collections.netns.lab.plugins.module_utils._model.lab.port_forward import PortForward
from ansible_collections.netns.lab.plugins.module_utils._model.lab.route import Route
from ansible_collections.netns.lab.plugins.module_utils._model.lab.rule import Rule
from ansible_collections.netns.lab.plugins.module_utils._model.lab.sysctl import Sysctl
from ansible_collections.netns.lab.plugins.module_utils._model.lab.veth import Veth
from ansible_collections.netns.lab.plugins.module_utils._model.lab.vxlan import Vxlan

if TYPE_CHECKING:
    from .scene import Builder, Key

Told = Mapping[str, Any]

#: the number of a routing table that needs no mention
MAIN_TABLE = 254


class Drawn(NamedTuple):
    """How the entries of one list are drawn.

    ``draw`` puts one into a scene. ``told`` is the list of ``topology_info`` that has what the kernel has of them;
    ``found`` gives the keys of one of its items, as ``draw`` has them in its facts.
    """

    draw: Callable[[Builder, Any], None]
    told: str
    found: Callable[[str, Told], Iterator[Key]]


def _nothing(_netns: str, _told: Told) -> Iterator[Key]:
    yield from ()


def _namespace(builder: Builder, entry: Namespace) -> None:
    for name, value in entry.sysctls:
        _one_sysctl(builder, entry.name, name, value)


def _bridge(builder: Builder, entry: Bridge) -> None:
    link = builder.end(entry.end)
    builder.space(link.netns).bridges.append(link)


def _veth(builder: Builder, entry: Veth) -> None:
    if entry.peer is None:
        return
    here, there = builder.end(entry.end), builder.end(entry.peer)
    here.peer, there.peer = there, here
    builder.scene.pairs.append((here, there))
    for link in (here, there):
        builder.space(link.netns).links.append(link)


def _vxlan(builder: Builder, entry: Vxlan) -> None:
    link = builder.end(entry.end)
    builder.space(link.netns).links.append(link)
    text = f"vxlan {entry.id} to {', '.join(entry.remotes) or 'nobody'}"
    builder.fact(link.addresses, text, ("vxlan", link.netns, link.name, entry.id, entry.remotes))


def _vxlan_found(netns: str, told: Told) -> Iterator[Key]:
    if told.get("kind") == "vxlan":
        yield "vxlan", netns, told["name"], told["id"], tuple(told["remotes"])


def _link(builder: Builder, entry: Link) -> None:
    link = builder.end(entry.end)
    builder.space(link.netns).links.append(link)
    words = [str(word) for option in entry.options for word in option]
    builder.fact(link.addresses, " ".join([entry.kind or "", *words]), ("link", link.netns, link.name, entry.kind))


def _link_found(netns: str, told: Told) -> Iterator[Key]:
    yield "link", netns, told["name"], told.get("kind")


def _bridge_port(builder: Builder, entry: BridgePort) -> None:
    builder.link(entry.netns, entry.dev).bridge = entry.bridge or ""


def _address(builder: Builder, entry: AddressEntry) -> None:
    builder.address(builder.link(entry.netns, entry.dev), entry.address)


def _address_found(netns: str, told: Told) -> Iterator[Key]:
    yield "address", netns, told["dev"], told["address"]


def _sysctl(builder: Builder, entry: Sysctl) -> None:
    _one_sysctl(builder, entry.netns, entry.name, entry.value)


def _one_sysctl(builder: Builder, netns: str, name: str, value: str) -> None:
    builder.fact(builder.space(netns).notes, f"{name} = {value}", ("sysctl", netns, name, value))


def _sysctl_found(netns: str, told: Told) -> Iterator[Key]:
    yield "sysctl", netns, told["name"], str(told["value"])


def _route(builder: Builder, entry: Route) -> None:
    key = ("route", entry.netns, entry.table, entry.dst, entry.type, entry.gateway, entry.metric)
    builder.fact(builder.space(entry.netns).routes, route_text(entry), key)


def _route_found(netns: str, told: Told) -> Iterator[Key]:
    """One with its metric, and one without."""
    dst = addressing.destination("dst", told["dst"], told.get("family") == "ipv6")
    way = (values.table("table", str(told["table"])), dst, told.get("type") or "unicast", told.get("gateway"))
    yield ("route", netns, *way, None)
    yield ("route", netns, *way, told.get("metric"))


def route_text(route: Route) -> str:
    """A route in the words of ip-route(8).

    :param route: the route as read.
    """
    dst = "default" if route.dst in ("0.0.0.0/0", "::/0") else route.dst
    parts = [dst if route.type == "unicast" else f"{route.type} {dst}"]
    for word, value in (("via", route.gateway), ("dev", route.dev), ("src", route.src), ("metric", route.metric)):
        parts += [f"{word} {value}"] if value is not None else []
    parts += [f"table {route.table}"] if route.table != MAIN_TABLE else []
    return " ".join(parts)


def _rule(builder: Builder, entry: Rule) -> None:
    parts = [f"rule {entry.priority}:", f"from {entry.src or 'all'}"]
    for word, value in (("to", entry.dst), ("iif", entry.iif), ("fwmark", entry.fwmark), ("lookup", entry.table)):
        parts += [f"{word} {value}"] if value is not None else []
    builder.fact(builder.space(entry.netns).notes, " ".join(parts), ("rule", entry.netns, entry.six, entry.priority))


def _rule_found(netns: str, told: Told) -> Iterator[Key]:
    yield "rule", netns, told.get("family") == "ipv6", told["priority"]


def _masquerade(builder: Builder, entry: Masquerade) -> None:
    netns, source, out = entry.netns, entry.source, entry.out_interface
    text = f"masquerade {source}{f' out {out}' if out else ''}"
    builder.fact(builder.space(netns).nat, text, ("masquerade", netns, source, out))


def _masquerade_found(netns: str, told: Told) -> Iterator[Key]:
    yield "masquerade", netns, told["source"], told.get("out_interface") or ""


def _port_forward(builder: Builder, entry: PortForward) -> None:
    first, last = entry.ports[0], entry.ports[-1]
    ports = f"{first}-{last}" if last > first else f"{first}"
    to_ports = f"{entry.to_port}-{entry.to_port + last - first}" if last > first else f"{entry.to_port}"
    owner = f" ({builder.owners[entry.to]})" if entry.to in builder.owners else ""
    to = f"{_endpoint(entry.to, to_ports)}{owner}"
    target = _endpoint(entry.to, str(entry.to_port))
    for listen in entry.listen or ("",):
        text = f"{entry.protocol} {_endpoint(listen, ports) if listen else f'port {ports}'} → {to}"
        key = ("forward", entry.netns, entry.protocol, listen, ports, target)
        builder.fact(builder.space(entry.netns).nat, text, key)


def _port_forward_found(netns: str, told: Told) -> Iterator[Key]:
    if told.get("whole", True):
        yield "forward", netns, told["protocol"], told.get("listen") or "", str(told["port"]), told["to"]


def _endpoint(address: str, port: str) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


#: list option of ``topology`` -> how its entries are drawn
KINDS_DRAWN: dict[str, Drawn] = {
    "namespaces": Drawn(_namespace, "namespaces", _nothing),
    "bridges": Drawn(_bridge, "links", _nothing),
    "veths": Drawn(_veth, "links", _nothing),
    "vxlans": Drawn(_vxlan, "links", _vxlan_found),
    "links": Drawn(_link, "links", _link_found),
    "bridge_ports": Drawn(_bridge_port, "links", _nothing),
    "addresses": Drawn(_address, "addresses", _address_found),
    "sysctls": Drawn(_sysctl, "sysctls", _sysctl_found),
    "routes": Drawn(_route, "routes", _route_found),
    "rules": Drawn(_rule, "rules", _rule_found),
    "masquerades": Drawn(_masquerade, "masquerades", _masquerade_found),
    "port_forwards": Drawn(_port_forward, "port_forwards", _port_forward_found),
}
