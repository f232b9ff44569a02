# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a description to the objects that it wants, with nothing but what the description gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from ..._model.errors import InvalidArgument
from ..._model.lab.bridge_port import BridgePort
from ..._model.lab.end import End
from ..._model.lab.kinds import KINDS
from ..._model.lab.masquerade import Masquerade
from ..._model.lab.netns import Namespace
from ..._model.lab.port_forward import PortForward
from ..._model.lab.route import Route
from ..._model.lab.rule import Rule
from ..._model.lab.topology import Topology
from ..._model.values import IPV6_MTU, parse_interface
from ..state import GROUP, PROTOCOL, Attrs, Key
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.nat import ForwardKey, MasqueradeKey, NatTableKey
from .kinds.netns import NetnsKey
from .kinds.paths import NETNS_DIR, NETNS_ETC, NETNS_HOME, DirectoryKey, FileKey
from .kinds.route import RouteKey
from .kinds.rule import RuleKey
from .kinds.sysctl import SysctlKey
from .links import table as link_kinds
from .nat import table as nat_table


@dataclass
class Want:
    """One object as it is to be.

    ``create`` holds what is set only where the object is made; ``hairpin`` is a port forward's own wish; ``askers`` are
    the objects that want a sysctl for their sake; ``why`` is the reason where the description does not name the object;
    ``asked`` is a sysctl's value as the description says it, where the kernel has other words for that.
    """

    key: Key
    kind: str
    where: str
    attrs: Attrs = field(default_factory=dict)
    create: Attrs = field(default_factory=dict)
    hairpin: bool = False
    askers: set[Key] = field(default_factory=set)
    why: str = ""
    asked: str = ""


Wants = dict[Key, Want]


def wanted(topology: Topology, seed: str) -> Wants:
    """Every object that a description names, in the order of creation.

    :param seed: what tells this host from others (machine-id), for addresses that are made up (str).
    :raises InvalidArgument: if two entries want different things of one object.
    """
    wants: Wants = {}
    for item in topology["namespaces"]:
        _namespace(wants, item)
    for option in link_kinds.LISTS:
        for link in topology[option]:
            _links(wants, option, link, seed)
    for port in topology["bridge_ports"]:
        _port(wants, port)
    for entry in topology["addresses"]:
        attrs = {} if entry.broadcast is None else {"broadcast": entry.broadcast}
        _address(wants, entry.where, entry.netns, entry.dev, entry.address, attrs)
    for sysctl in topology["sysctls"]:
        _sysctl(wants, sysctl.where, sysctl.netns, sysctl.name, sysctl.value)
    for route in topology["routes"]:
        _route(wants, route)
    for rule in topology["rules"]:
        _rule(wants, rule)
    for masquerade in topology["masquerades"]:
        _masquerade(wants, masquerade)
    for forward in topology["port_forwards"]:
        _forward(wants, forward)
    _hold_mtus(wants)
    _keep_places(wants)
    return wants


def _hold_mtus(wants: Wants) -> None:
    """Have ports set the wanted MTU of their bridge again: one that nobody set gives way to that of a port."""
    for want in wants.values():
        bridge = wants.get(LinkKey(want.key.netns, want.attrs["bridge"])) if want.attrs.get("bridge") else None
        if bridge is not None and bridge.attrs.get("mtu") is not None:
            want.create["bridge_mtu"] = bridge.attrs["mtu"]


def _keep_places(wants: Wants) -> None:
    """Have the bridge of a VXLAN interface that does not learn keep its known places, and learn nothing from it.

    What a bridge learns from such a port stays for minutes after a namespace has moved here from another host: frames
    for it would still go into the tunnel and be lost.
    """
    for want in wants.values():
        if want.attrs.get("fdb_learning") is False and want.attrs.get("bridge") and "fdb" in want.attrs:
            want.attrs["bridge_fdb"] = [mac for mac, _place in want.attrs["fdb"]]
            want.attrs.setdefault("learning", False)


def _add(wants: Wants, want: Want) -> None:
    wants[want.key] = want


def _namespace(wants: Wants, item: Namespace) -> None:
    for key in (NETNS_DIR, NETNS_HOME):
        wants.setdefault(key, Want(key, "netns_dir", item.where))
    _add(wants, Want(NetnsKey(item.name), "netns", item.where, {"lo_up": item.lo_up}))
    for file, content in (("resolv.conf", item.resolv_conf), ("hosts", item.hosts)):
        if content is None:
            continue
        home = f"{NETNS_ETC}/{item.name}"
        for path in (NETNS_ETC, home):
            wants.setdefault(DirectoryKey(path), Want(DirectoryKey(path), "directory", item.where))
        _add(wants, Want(FileKey(f"{home}/{file}"), "file", item.where, {"content": content}))
    for name, value in item.sysctls:
        _sysctl(wants, f"{item.where}.sysctls.{name}", item.name, name, value)


def _link(end: End, kind: str) -> Want:
    attrs: Attrs = {"kind": kind, "up": end.up}
    create: Attrs = {"group": GROUP}
    for name in ("bridge", "mtu", "mac", "addrgenmode"):
        value = getattr(end, name)
        if value is not None and value != "auto":
            attrs[name] = value
    if end.addrgenmode is None and not end.six and (end.mtu is None or end.mtu >= IPV6_MTU):
        create["addrgenmode"] = "none"
    return Want(LinkKey(end.netns, end.name), kind, end.where, attrs, create)


def _links(wants: Wants, option: str, item: Any, seed: str) -> None:
    """The links of an entry and their addresses."""
    [kind] = link_kinds.kinds_of(option, item)
    ends = tuple(KINDS[option].ends(item))
    for end in ends:
        want = _link(end, kind)
        link_kinds.of(kind).fill(want, item, end, seed)
        _add(wants, want)
    for end in ends:
        for index, text in enumerate(end.addresses or ()):
            _address(wants, f"{end.where}.addresses[{index}]", end.netns, end.name, text, {})


def _port(wants: Wants, item: BridgePort) -> None:
    key = LinkKey(item.netns, item.dev)
    want = wants.setdefault(key, Want(key, "bridge_port", item.where))
    if want.attrs.get("bridge", item.bridge) != item.bridge:
        found = f"{item.bridge}, but {want.where} says {want.attrs['bridge']}"
        raise InvalidArgument(f"{item.where}.bridge", "one bridge for a port", found, "Let both name the same bridge.")
    want.attrs.update(bridge=item.bridge, **dict(item.options))


def _address(wants: Wants, where: str, netns: str, dev: str, text: str, attrs: Attrs) -> None:
    key = AddressKey(netns, dev, text)
    create: Attrs = {}
    parsed = parse_interface(text)
    if parsed.version == 4:
        create["broadcast"] = str(parsed.network.broadcast_address) if parsed.network.prefixlen < 31 else None
    _add(wants, Want(key, "address", where, {**attrs, "raw": None}, create))


def _sysctl(wants: Wants, where: str, netns: str, name: str, value: str, asker: Optional[Key] = None) -> None:
    key = SysctlKey(netns, name)
    known = wants.get(key)
    if known is not None and known.attrs["value"] != value:
        found = f"{value}, but {known.where} wants {known.attrs['value']}"
        raise InvalidArgument(where, f"one value for {name}", found, "Let both want the same value.")
    wants.setdefault(key, Want(key, "sysctl", where, {"value": value})).askers.add(asker or key)


def _route(wants: Wants, item: Route) -> None:
    if item.type == "unicast" and item.gateway is None and item.dev is None:
        remedy = "Give the gateway, or the link that the destination lies on."
        dst = "default" if item.dst in ("0.0.0.0/0", "::/0") else item.dst
        raise InvalidArgument(item.where, "a gateway or a dev", f"neither, for {dst}", remedy)
    six = ":" in item.dst
    metric = item.metric if item.metric is not None else 1024 if six else 0
    attrs: Attrs = {"type": item.type, "raw": None}
    if item.type == "unicast":
        attrs["gateway"] = item.gateway
    for name in ("dev", "src", "onlink"):
        if getattr(item, name) is not None:
            attrs[name] = getattr(item, name)
    key = RouteKey(item.netns, item.table, item.dst, metric)
    _add(wants, Want(key, "route", item.where, attrs, {"protocol": PROTOCOL}))


def _rule(wants: Wants, item: Rule) -> None:
    attrs: Attrs = {"from": item.src, "to": item.dst, "iif": item.iif, "fwmark": item.fwmark, "table": item.table}
    attrs["raw"] = None
    key = RuleKey(item.netns, item.six, item.priority)
    _add(wants, Want(key, "rule", item.where, attrs, {"protocol": PROTOCOL}))


def _nat_table(wants: Wants, where: str, netns: str) -> None:
    key = NatTableKey(netns)
    wants.setdefault(key, Want(key, "nat_table", where, nat_table.WANTED))


def _masquerade(wants: Wants, item: Masquerade) -> None:
    _nat_table(wants, item.where, item.netns)
    key = MasqueradeKey(item.netns, item.source, item.out_interface)
    _add(wants, Want(key, "masquerade", item.where, {"exclude": list(item.exclude)}))
    if item.ip_forward:
        _sysctl(wants, f"{item.where}.ip_forward", item.netns, forwarding(item.source), "1", key)


def forwarding(prefix: str) -> str:
    """The sysctl that lets packets of a prefix's family pass through."""
    return "net.ipv6.conf.all.forwarding" if ":" in prefix else "net.ipv4.ip_forward"


def _forward(wants: Wants, item: PortForward) -> None:
    _nat_table(wants, item.where, item.netns)
    for key in forward_keys(item):
        attrs = {"to": item.to, "to_port": item.to_port}
        _add(wants, Want(key, "port_forward", item.where, attrs, hairpin=item.hairpin))


def forward_keys(item: PortForward) -> list[Key]:
    """The keys of a port forward: one for each address listened on.

    Where ``to`` is not known (a removal), both families are named.
    """
    if item.listen:
        ends: list[tuple[bool, str]] = [(":" in text, text) for text in item.listen]
    elif item.to:
        ends = [(":" in item.to, "")]
    else:
        ends = [(False, ""), (True, "")]
    run = (item.ports[0], item.ports[-1])
    return [ForwardKey(item.netns, item.protocol, six, listen, *run) for six, listen in ends]


def to_remove(topology: Topology) -> list[Key]:
    """The keys of the objects that a description of things to be absent names.

    A port is not removed: it leaves its bridge; see :func:`ports_to_free`.
    """
    keys: list[Key] = []
    for item in topology["namespaces"]:
        keys += [NetnsKey(item.name), *(SysctlKey(item.name, name) for name, _value in item.sysctls)]
        home = f"{NETNS_ETC}/{item.name}"
        keys += [FileKey(f"{home}/{file}") for file in ("resolv.conf", "hosts")] + [DirectoryKey(home)]
        keys += [DirectoryKey(NETNS_ETC), NETNS_DIR, NETNS_HOME]
    keys += [LinkKey(item.end.netns, item.end.name) for option in link_kinds.LISTS for item in topology[option]]
    keys += [AddressKey(entry.netns, entry.dev, entry.address) for entry in topology["addresses"]]
    keys += [SysctlKey(entry.netns, entry.name) for entry in topology["sysctls"]]
    for route in topology["routes"]:
        metric = route.metric if route.metric is not None else 1024 if ":" in route.dst else 0
        keys.append(RouteKey(route.netns, route.table, route.dst, metric))
    keys += [RuleKey(rule.netns, rule.six, rule.priority) for rule in topology["rules"]]
    keys += [MasqueradeKey(nat.netns, nat.source, nat.out_interface) for nat in topology["masquerades"]]
    for forward in topology["port_forwards"]:
        keys += forward_keys(forward)
    return keys


def ports_to_free(topology: Topology) -> dict[Key, Optional[str]]:
    """The links that are to leave their bridge, each with the bridge named (None: whichever it is)."""
    return {LinkKey(port.netns, port.dev): port.bridge for port in topology["bridge_ports"]}
