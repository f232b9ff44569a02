# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of a description as frozen values, read from plain options. Pure; an entry that exists is a good one.

They are named tuples: a module is imported for one task, and eleven dataclasses take 12 ms to define.

``netns`` is ``""`` for the host's own namespace. ``None`` means "not given, hence not managed".
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from .. import values
from ..errors import InvalidArgument
from ..reading import Options
from . import sysctls


class Namespace(NamedTuple):
    """A network namespace and what lies with it under /etc/netns."""

    where: str
    name: str
    lo_up: bool
    sysctls: tuple[tuple[str, str], ...]
    resolv_conf: Optional[str]
    hosts: Optional[str]


class End(NamedTuple):
    """One end of a cable; also what a bridge has in common with it."""

    where: str
    name: str
    netns: str
    bridge: Optional[str]
    addresses: Optional[tuple[str, ...]]
    mtu: Optional[int]
    mac: Optional[str]
    up: bool
    addrgenmode: Optional[str]

    @property
    def six(self) -> bool:
        """Whether it is given an IPv6 address."""
        return any(":" in text for text in self.addresses or ())


class Veth(NamedTuple):
    """A cable. ``peer`` is None only where a cable is to be removed by one end."""

    where: str
    end: End
    peer: Optional[End]


class Bridge(NamedTuple):
    """A switch; ``end`` holds its name, addresses, mtu, mac (None: pinned by us, ``auto``: the kernel's)."""

    where: str
    end: End
    stp: Optional[bool]
    forward_delay: Optional[int]
    vlan_filtering: Optional[bool]


class BridgePort(NamedTuple):
    """A link as a port of a bridge; ``options`` holds only what was given."""

    where: str
    dev: str
    netns: str
    bridge: Optional[str]
    options: tuple[tuple[str, Any], ...]


class AddressEntry(NamedTuple):
    """One address of a link."""

    where: str
    netns: str
    dev: str
    address: str
    broadcast: Optional[str]


class Route(NamedTuple):
    """A route; ``dst`` is a prefix, ``0.0.0.0/0`` or ``::/0`` for default."""

    where: str
    netns: str
    dst: str
    type: str
    gateway: Optional[str]
    dev: Optional[str]
    src: Optional[str]
    metric: Optional[int]
    table: int | str
    onlink: Optional[bool]


class Rule(NamedTuple):
    """A policy rule; its identity is namespace, family and priority."""

    where: str
    netns: str
    priority: int
    six: bool
    src: Optional[str]
    dst: Optional[str]
    iif: Optional[str]
    fwmark: Optional[str]
    table: int | str | None


class Masquerade(NamedTuple):
    """Source NAT of a prefix; ``exclude`` has the source itself, unless that is everything (``0.0.0.0/0``)."""

    where: str
    netns: str
    source: str
    out_interface: str
    exclude: tuple[str, ...]
    ip_forward: Optional[bool]


class PortForward(NamedTuple):
    """Destination NAT of a range of ports, one to one from ``to_port`` on; ``listen`` is empty for any own address."""

    where: str
    netns: str
    protocol: str
    ports: range
    to: str
    to_port: int
    listen: tuple[str, ...]
    hairpin: bool


class Sysctl(NamedTuple):
    """One sysctl and its value, white space folded."""

    where: str
    netns: str
    name: str
    value: str


def _netns(where: str, given: Options) -> str:
    name = given["netns"]
    return values.netns_name(f"{where}.netns", name) if name is not None else ""


def _optional(reader: Any, where: str, value: Any) -> Any:
    return None if value is None else reader(where, value)


def namespace(where: str, given: Options) -> Namespace:
    """Read a ``netns`` entry (options filled in)."""
    named = [(sysctls.name(f"{where}.sysctls", key), key, value) for key, value in (given["sysctls"] or {}).items()]
    wanted = tuple((dotted, sysctls.value(f"{where}.sysctls.{key}", dotted, value)) for dotted, key, value in named)
    name = values.netns_name(f"{where}.name", given["name"])
    files = (_optional(values.content, f"{where}.{file}", given[file]) for file in ("resolv_conf", "hosts"))
    return Namespace(where, name, given["lo_up"], wanted, *files)


def end(where: str, given: Options) -> End:
    """Read one end of a cable, or the part of a bridge that is alike (options filled in)."""
    addresses = given["addresses"]
    if addresses is not None:
        addresses = tuple(_of_wire(f"{where}.addresses[{index}]", text) for index, text in enumerate(addresses))
        _once(where, addresses)
    mac = given["mac"]
    _wide_enough(where, given)
    return End(
        where,
        values.new_link_name(f"{where}.name", given["name"]),
        _netns(where, given),
        _optional(values.link_name, f"{where}.bridge", given.get("bridge")),
        addresses,
        None if given["mtu"] is None else values.integer(f"{where}.mtu", given["mtu"], 68, 65535, "an MTU in bytes"),
        mac if mac is None or mac == "auto" else values.mac(f"{where}.mac", mac),
        given["up"],
        given["addrgenmode"],
    )


def _of_wire(where: str, text: str) -> str:
    return values.on_the_wire(where, values.address(where, text))


def _wide_enough(where: str, given: Options) -> None:
    """A link whose MTU is too small for IPv6 has none of it."""
    mtu = given["mtu"]
    if not isinstance(mtu, int) or mtu >= values.IPV6_MTU:
        return
    for name in ("addrgenmode", "addresses"):
        six = given[name] if name == "addrgenmode" else [text for text in given[name] or () if ":" in text]
        if six:
            wanted = f"an MTU of at least {values.IPV6_MTU} for IPv6"
            raise InvalidArgument(f"{where}.mtu", wanted, f"{mtu} beside {name} {six}", "Raise it, or omit IPv6.")


def _once(where: str, addresses: tuple[str, ...]) -> None:
    seen: dict[str, int] = {}
    for index, text in enumerate(addresses):
        host = text.partition("/")[0]
        if host in seen:
            found = f"{text!r}, which addresses[{seen[host]}] has too"
            raise InvalidArgument(f"{where}.addresses[{index}]", "an address given once", found, "Remove one of them.")
        seen[host] = index


def veth(where: str, given: Options) -> Veth:
    """Read a ``veth`` entry (options filled in, those of the peer too)."""
    here = end(where, given)
    _no_auto(here)
    if given["peer"] is None:
        return Veth(where, here, None)
    there = end(f"{where}.peer", given["peer"])
    _no_auto(there)
    if (here.netns, here.name) == (there.netns, there.name):
        where_ = f"namespace {here.netns}" if here.netns else "the host namespace"
        place = f"{here.name!r} in {where_}, as its other end"
        remedy = "A cable has two ends: give the peer another name or another namespace."
        raise InvalidArgument(f"{where}.peer.name", "the other end of the cable", place, remedy)
    return Veth(where, here, there)


def _no_auto(here: End) -> None:
    if here.mac == "auto":
        remedy = "Leave mac away to keep the kernel's random one."
        raise InvalidArgument(f"{here.where}.mac", "a MAC address", "'auto'", remedy)


def bridge(where: str, given: Options) -> Bridge:
    """Read a ``bridge`` entry (options filled in)."""
    delay = given["forward_delay"]
    if delay is not None:
        low = 2 if given["stp"] else 0
        delay = values.integer(f"{where}.forward_delay", delay, low, 30, "seconds (0 to 1 only without stp)")
    return Bridge(where, end(where, given), given["stp"], delay, given["vlan_filtering"])


_PORT_BOUNDS = {"cost": (1, 65535), "priority": (0, 63)}


def bridge_port(where: str, given: Options) -> BridgePort:
    """Read a ``bridge_port`` entry (options filled in)."""
    options = []
    for key in ("hairpin", "isolated", "learning", "flood", "cost", "priority"):
        value = given[key]
        if value is None:
            continue
        if key in _PORT_BOUNDS:
            value = values.integer(f"{where}.{key}", value, *_PORT_BOUNDS[key], f"a port's {key}")
        options.append((key, value))
    dev = values.link_name(f"{where}.dev", given["dev"])
    master = _optional(values.link_name, f"{where}.bridge", given["bridge"])
    if master == dev:
        remedy = "A bridge cannot be a port of itself: name another link."
        raise InvalidArgument(f"{where}.dev", "a link other than the bridge", repr(dev), remedy)
    return BridgePort(where, dev, _netns(where, given), master, tuple(options))


def address(where: str, given: Options) -> AddressEntry:
    """Read a ``netns_address`` entry (options filled in)."""
    text = values.address(f"{where}.address", given["address"])
    broadcast = given["broadcast"]
    if broadcast is not None:
        broadcast = values.broadcast(f"{where}.broadcast", broadcast, text)
    dev = values.link_name(f"{where}.dev", given["dev"])
    if dev != "lo":
        values.on_the_wire(f"{where}.address", text)
    return AddressEntry(where, _netns(where, given), dev, text, broadcast)


def _family(where: str, texts: dict[str, Optional[str]]) -> Optional[bool]:
    """True for IPv6, False for IPv4, None where nothing tells; all that tell must agree."""
    told = {key: ":" in text for key, text in texts.items() if text is not None}
    if len(set(told.values())) > 1:
        found = ", ".join(f"{key} {texts[key]}" for key in told)
        raise InvalidArgument(where, "one address family", found, "Do not mix IPv4 and IPv6 in one entry.")
    return next(iter(told.values()), None)


def route(where: str, given: Options) -> Route:
    """Read a ``netns_route`` entry (options filled in)."""
    gateway = _optional(values.host_address, f"{where}.gateway", given["gateway"])
    src = _optional(values.host_address, f"{where}.src", given["src"])
    dev = _optional(values.link_name, f"{where}.dev", given["dev"])
    told = {"gateway": gateway, "src": src}
    dst = values.destination(f"{where}.dst", given["dst"], bool(_family(where, told)))
    six = bool(_family(where, {"dst": dst, **told}))
    kind = given["type"]
    if kind != "unicast":
        for key in ("gateway", "dev", "src", "onlink"):
            if given[key]:
                remedy = f"Leave {key} away, or make the type unicast."
                raise InvalidArgument(f"{where}.{key}", f"nothing: the type is {kind}", repr(given[key]), remedy)
    if given["onlink"] and (gateway is None or dev is None):
        raise InvalidArgument(f"{where}.onlink", "a gateway and a dev beside it", "one of them missing", "Give both.")
    metric = given["metric"]
    if metric is not None:
        metric = values.integer(f"{where}.metric", metric, 1 if six else 0, 0xFFFFFFFF, "a metric")
    number = values.table(f"{where}.table", given["table"])
    return Route(where, _netns(where, given), dst, kind, gateway, dev, src, metric, number, given["onlink"])


#: prefixes, and a mark, that leave nothing out
_EVERYTHING = ("0.0.0.0/0", "::/0", "0x0/0x0")


def rule(where: str, given: Options) -> Rule:
    """Read a ``netns_rule`` entry (options filled in)."""
    src = _optional(values.prefix, f"{where}.from", given["from"])
    dst = _optional(values.prefix, f"{where}.to", given["to"])
    six = _family(where, {"from": src, "to": dst})
    src, dst = (None if text in _EVERYTHING else text for text in (src, dst))
    if given["family"] is not None:
        if six is not None and six != (given["family"] == "ipv6"):
            remedy = "Leave family away: the prefixes tell it."
            raise InvalidArgument(f"{where}.family", "the family of the prefixes", given["family"], remedy)
        six = given["family"] == "ipv6"
    mark = _optional(values.fwmark, f"{where}.fwmark", given["fwmark"])
    if given["priority"] is None:
        remedy = (
            "Choose a number from 1 to 32765 that no other rule has (ip rule list shows those that are taken). The "
            "lowest is asked first, the table main at 32766. 100, 200, 300 leave room between."
        )
        raise InvalidArgument(f"{where}.priority", "the rule's place in the list", "nothing", remedy)
    priority = values.integer(f"{where}.priority", given["priority"], 1, 0xFFFFFFFF, "a priority")
    return Rule(
        where,
        _netns(where, given),
        priority,
        bool(six),
        src,
        dst,
        _optional(values.link_name, f"{where}.iif", given["iif"]),
        None if mark in _EVERYTHING else mark,
        None if given["table"] is None else values.table(f"{where}.table", given["table"]),
    )


def sysctl(where: str, given: Options) -> Sysctl:
    """Read a ``netns_sysctl`` entry (options filled in)."""
    name = sysctls.name(f"{where}.name", given["name"])
    value = "" if given["value"] is None else sysctls.value(f"{where}.value", name, given["value"])
    return Sysctl(where, _netns(where, given), name, value)
