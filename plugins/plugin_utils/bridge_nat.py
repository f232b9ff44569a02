# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of a lab: a subnet and a list of names become a whole definition for ``topology``. Pure.

Everything is given out in the order of the list and by nothing else, so the same variables always give the same lab.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._model import addressing, naming, values
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

Entry = dict[str, Any]

#: what a variable's name begins with; the messages name the variables of the role
PREFIX = "bridge_nat_"

#: options of the short form with their defaults: the role's variables without their prefix
OPTIONS: dict[str, Any] = {
    "subnet": None,
    "subnet6": None,
    "namespaces": None,
    "bridge": "v-net-0",
    "gateway": None,
    "gateway6": None,
    "mtu": None,
    "default_route": True,
    "routes": None,
    "masquerade": True,
    "masquerade_out_interface": None,
    "masquerade_exclude": None,
    "ip_forward": True,
    "port_forwards": None,
    "host": None,
}

#: options of a namespace's entry that go to ``topology`` as they are
NETNS_OPTIONS = ("lo_up", "sysctls", "resolv_conf", "hosts", "host")
#: all options of a namespace's entry
NAMESPACE_OPTIONS = ("name", "address", "address6", "mac", "mtu", "default_route", *NETNS_OPTIONS)
#: options of a port forward that go to ``topology`` as they are
_FORWARD_OPTIONS = ("protocol", "port", "to", "listen", "hairpin")

_FORWARDING = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}


class Subnet:
    """A subnet and who has which of its addresses.

    :param option: the option that it comes from, ``subnet`` or ``subnet6`` (str).
    :param value: the prefix (str).
    :raises InvalidArgument: for a subnet that cannot be one.
    """

    def __init__(self, option: str, value: Any) -> None:
        self.where = PREFIX + option
        self.net = addressing.parse_network(addressing.prefix(self.where, _text(self.where, value)))
        six = option == "subnet6"
        #: the options that pin addresses of this subnet
        self.address_option, self.gateway_option = ("address6", "gateway6") if six else ("address", "gateway")
        self.owners: dict[str, str] = {}
        if six and self.version == 4:
            remedy = "Put an IPv4 subnet in bridge_nat_subnet."
            raise InvalidArgument(self.where, "an IPv6 prefix, e.g. fd00:15::/64", repr(value), remedy)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.net.version

    @property
    def capacity(self) -> int:
        """How many addresses it can give out."""
        small = self.net.prefixlen >= self.net.max_prefixlen - 1
        reserved = 0 if small else 1 if self.version == 6 else 2
        return self.net.num_addresses - reserved

    def _usable(self, address: addressing.Address) -> str:
        """Empty for an address that a link may have, else what it is instead."""
        if self.net.prefixlen >= self.net.max_prefixlen - 1:
            return ""
        if address == self.net.network_address:
            return "the subnet's own address" if self.version == 4 else "the subnet's router anycast address"
        if self.version == 4 and address == self.net.broadcast_address:
            return "the subnet's broadcast address"
        return ""

    def pin(self, where: str, value: Any, owner: str) -> str:
        """Give one address to an owner who asks for it.

        :param where: the option, for an error (str).
        :param value: the address as given.
        :param owner: who asks for it, for errors of others (str).
        :returns: the address in its canonical form.
        :raises InvalidArgument: if it lies outside, is reserved, or is given already.
        """
        text = addressing.host_address(where, _text(where, value))
        address = addressing.parse_interface(text).ip
        wanted = f"an address of {self.net}"
        if address not in self.net or "%" in text:
            raise InvalidArgument(where, wanted, f"{text}, which is outside", "Choose one inside the subnet.")
        reserved = self._usable(address)
        if reserved:
            raise InvalidArgument(where, wanted, f"{text}, {reserved}", "Choose another one: a link cannot have it.")
        if text in self.owners:
            found = f"{text}, which is already used by {self.owners[text]}"
            raise InvalidArgument(where, f"{wanted} that is not used yet", found, "Pin another address.")
        self.owners[text] = owner
        return text

    def free(self) -> Iterator[str]:
        """The addresses that nobody has, in order."""
        return (text for text in map(str, self.net.hosts()) if text not in self.owners)

    def interface(self, address: str) -> str:
        """An address with the subnet's prefix length.

        :param address: the address (str).
        """
        return f"{address}/{self.net.prefixlen}"


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(where, "a string", repr(value), "Write it in quotes.")
    return value


def _entries(where: str, value: Any) -> list[tuple[str, Entry]]:
    """A list of entries with the name of each; None is an empty list."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidArgument(where, "a list", repr(value), "Write it as a list.")
    named = [(f"{where}[{index}]", entry) for index, entry in enumerate(value)]
    for name, entry in named:
        if not isinstance(entry, Mapping):
            raise InvalidArgument(name, "an entry (a dictionary of options)", repr(entry), "Write it as key: value.")
    return named


def _known(where: str, entry: Entry, options: tuple[str, ...]) -> None:
    for key in entry:
        if key not in options:
            remedy = f"Options here: {', '.join(sorted(options))}."
            raise InvalidArgument(f"{where}.{key}", "a known option", repr(str(key)), remedy)


def _given(entry: Entry, options: tuple[str, ...]) -> Entry:
    return {key: entry[key] for key in options if entry.get(key) is not None}


def _read_namespaces(value: Any) -> list[tuple[str, Entry]]:
    """The namespaces, each as a dictionary with its name, none of them twice."""
    where = PREFIX + "namespaces"
    if not value:
        raise InvalidArgument(where, "the names of the namespaces, e.g. [red, blue]", "none", "Name at least one.")
    if isinstance(value, list):
        value = [{"name": entry} if isinstance(entry, str) else entry for entry in value]
    seen: dict[str, str] = {}
    named = _entries(where, value)
    for place, entry in named:
        _known(place, entry, NAMESPACE_OPTIONS)
        name = naming.netns_name(f"{place}.name", _text(f"{place}.name", entry.get("name")))
        if name in seen:
            remedy = "Give it another name, or remove one of the two."
            raise InvalidArgument(f"{place}.name", "a name given once", f"{name!r}, as in {seen[name]}", remedy)
        seen[name] = place
    return named


def _read_subnets(given: Entry) -> list[Subnet]:
    subnets = [Subnet(option, given[option]) for option in ("subnet", "subnet6") if given[option] is not None]
    if not subnets:
        raise InvalidArgument(PREFIX + "subnet", "a subnet, e.g. 192.168.15.0/24", "nothing", "Give the lab a subnet.")
    if len(subnets) == 2 and subnets[0].version == 6:
        remedy = "Two IPv6 subnets are not supported here: give one of them, or use netns.lab.topology."
        raise InvalidArgument(PREFIX + "subnet", "an IPv4 subnet beside subnet6", str(subnets[0].net), remedy)
    return subnets


def _pins_have_subnets(given: Entry, namespaces: list[tuple[str, Entry]], subnets: list[Subnet]) -> None:
    """An address that is pinned belongs to a subnet that is given."""
    pins = [(PREFIX + option, option, given) for option in ("gateway", "gateway6")]
    pins += [(f"{place}.{option}", option, entry) for place, entry in namespaces for option in ("address", "address6")]
    known = {option for subnet in subnets for option in (subnet.address_option, subnet.gateway_option)}
    for where, option, entry in pins:
        if entry.get(option) is not None and option not in known:
            missing = PREFIX + ("subnet6" if option.endswith("6") else "subnet")
            remedy = f"Set {missing} too, or omit {option}."
            raise InvalidArgument(where, f"an address of {missing}", "no such subnet", remedy)


def _give_addresses(
    given: Entry, namespaces: list[tuple[str, Entry]], subnets: list[Subnet]
) -> tuple[list[str], dict[str, list[str]]]:
    """Who gets which address: first what is pinned, then the gateway, then the others in the order of the list.

    :returns: the gateway of each subnet, and for each namespace its address of each subnet.
    """
    gateways: list[str] = []
    addresses: dict[str, list[str]] = {entry["name"]: [] for _place, entry in namespaces}
    _pins_have_subnets(given, namespaces, subnets)
    for subnet in subnets:
        needed = len(namespaces) + 1
        if subnet.capacity < needed:
            found = f"{subnet.net}, which has {subnet.capacity}"
            wanted = f"{needed} addresses, one for each of {len(namespaces)} namespaces and one for the bridge"
            remedy = "Use a shorter prefix length, or fewer namespaces."
            raise InvalidArgument(subnet.where, wanted, found, remedy)
        pinned = {}
        for place, entry in namespaces:
            value = entry.get(subnet.address_option)
            if value is not None:
                where = f"{place}.{subnet.address_option}"
                pinned[entry["name"]] = subnet.pin(where, value, f"namespace {entry['name']}")
        gateway = given[subnet.gateway_option]
        if gateway is not None:
            gateways.append(subnet.pin(PREFIX + subnet.gateway_option, gateway, "the gateway"))
        free = subnet.free()
        if gateway is None:
            gateways.append(next(free))
        for name, list_ in addresses.items():
            list_.append(pinned.get(name) or next(free))
    return gateways, addresses


def _cut(text: str, size: int) -> str:
    """The beginning of a text in at most so many bytes."""
    return text.encode()[:size].decode(errors="ignore")


class LinkNames:
    """Names of links, each given out once: the plain one where it fits and is free, else a short one with a hash.

    :param taken: names that are given out already.
    """

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def take(self, name: str, tail: str = "") -> str:
        """``veth-NAME`` with an optional tail, in at most 15 bytes.

        :param name: what the link is for (str).
        :param tail: what it ends with (str).
        """
        chosen = f"veth-{name}{tail}"
        room = naming.LINK_NAME_MAX - len("veth-") - len(tail)
        salt = 0
        while len(chosen.encode()) > naming.LINK_NAME_MAX or chosen in self._taken:
            digest = hashlib.sha256(f"{name}/{salt}".encode()).digest()
            chosen = f"veth-{_cut(name, room - 4)}{b32encode(digest).decode().lower()[:4]}{tail}"
            salt += 1
        self._taken.add(chosen)
        return chosen


def _routes(
    given: Entry, namespaces: list[tuple[str, Entry]], subnets: list[Subnet], gateways: list[str]
) -> list[Entry]:
    """The default routes and the extra ones; a route in a namespace without a gateway takes the lab's."""
    routes = []
    for _place, entry in namespaces:
        wanted = entry.get("default_route")
        if given["default_route"] if wanted is None else wanted:
            routes += [{"netns": entry["name"], "dst": "default", "gateway": gateway} for gateway in gateways]
    names = [entry["name"] for _place, entry in namespaces]
    of_family = {subnet.version: gateway for subnet, gateway in zip(subnets, gateways)}
    for place, entry in _entries(PREFIX + "routes", given["routes"]):
        route = {key: value for key, value in entry.items() if value is not None}
        netns = route.get("netns")
        if netns is not None and netns not in names:
            remedy = f"Namespaces of this lab: {', '.join(names)}. Without netns it is a route of the host."
            raise InvalidArgument(f"{place}.netns", "a namespace of this lab", repr(netns), remedy)
        plain = route.get("type", "unicast") == "unicast" and "gateway" not in route and "dev" not in route
        if netns is not None and plain:
            dst = _text(f"{place}.dst", route.get("dst"))
            default = dst == "default"
            net = None if default else addressing.parse_network(addressing.prefix(f"{place}.dst", dst))
            family = subnets[0].version if net is None else net.version
            if family not in of_family:
                remedy = "Give the route a gateway."
                raise InvalidArgument(place, f"an IPv{family} gateway for {dst}", "a lab without one", remedy)
            route["gateway"] = of_family[family]
        routes.append(route)
    return routes


def _masquerades(given: Entry, subnets: list[Subnet]) -> list[Entry]:
    if not given["masquerade"]:
        return []
    exclude = given["masquerade_exclude"] or []
    where = PREFIX + "masquerade_exclude"
    if not isinstance(exclude, list):
        raise InvalidArgument(where, "a list of prefixes", repr(exclude), "Write it as a list.")
    prefixes = [addressing.prefix(f"{where}[{index}]", _text(where, text)) for index, text in enumerate(exclude)]
    entries = []
    for subnet in subnets:
        entry: Entry = {"source": str(subnet.net)}
        if given["masquerade_out_interface"] is not None:
            entry["out_interface"] = given["masquerade_out_interface"]
        own = [text for text in prefixes if addressing.parse_network(text).version == subnet.version]
        if own:
            entry["exclude"] = own
        entries.append(entry)
    return entries


def _endpoint(address: str, port: str) -> str:
    host = f"[{address}]" if ":" in address and port else address
    return f"{host}:{port}" if port else host


def _port_forwards(given: Entry, addresses: dict[str, list[str]]) -> list[Entry]:
    """The port forwards, with the names of namespaces replaced by their addresses: one entry for each family."""
    entries = []
    for place, entry in _entries(PREFIX + "port_forwards", given["port_forwards"]):
        _known(place, entry, _FORWARD_OPTIONS)
        if entry.get("protocol") not in ("tcp", "udp"):
            found = "none" if entry.get("protocol") is None else repr(entry["protocol"])
            remedy = "A port needs a protocol: choose tcp or udp."
            raise InvalidArgument(f"{place}.protocol", "tcp or udp", found, remedy)
        forward = _given(entry, _FORWARD_OPTIONS)
        if "port" not in forward:
            raise InvalidArgument(f"{place}.port", "the port on the host", "none", "Give the port.")
        forward["port"] = str(forward["port"])
        values.ports(f"{place}.port", forward["port"])
        target = _text(f"{place}.to", forward.get("to"))
        name, _colon, port = target.partition(":")
        if name not in addresses:
            try:
                values.endpoint(f"{place}.to", target)
            except InvalidArgument:
                wanted = "the name of a namespace of this lab, or an address, each with or without :PORT"
                remedy = f"Namespaces of this lab: {', '.join(addresses)}."
                raise InvalidArgument(f"{place}.to", wanted, repr(target), remedy) from None
            entries.append(forward)
            continue
        if port:
            values.ports(f"{place}.to", port)
        entries += _by_family(place, forward, addresses[name], port)
    return entries


def _by_family(place: str, forward: Entry, own: list[str], port: str) -> list[Entry]:
    """One forward to a namespace as one entry for each of its addresses, with the listening addresses of its family."""
    listen = forward.get("listen") or []
    if not isinstance(listen, list):
        raise InvalidArgument(f"{place}.listen", "a list of addresses", repr(listen), "Write it as a list.")
    sixes = {":" in address for address in own}
    for index, text in enumerate(listen):
        where = f"{place}.listen[{index}]"
        if (":" in addressing.host_address(where, _text(where, text))) not in sixes:
            remedy = "Forwarding needs an address of the same family: give the lab a subnet of that family."
            raise InvalidArgument(where, "an address of the destination's family", repr(text), remedy)
    entries = []
    for address in own:
        entry = {**forward, "to": _endpoint(address, port)}
        if listen:
            entry["listen"] = [text for text in listen if (":" in text) == (":" in address)]
            if not entry["listen"]:
                continue
        entries.append(entry)
    return entries


def topology(options: Mapping[str, Any]) -> dict[str, list[Entry]]:
    """Turn the short form into a definition, lists of entries as ``netns.lab.topology`` takes them.

    :param options: the variables of the role ``bridge_nat`` without prefix; None and an empty text mean "not given".
    :returns: namespaces, bridges, veths, sysctls, routes, masquerades and port_forwards, each a list.
    :raises InvalidArgument: for anything that cannot be a lab; the message names the variable.
    """
    if not isinstance(options, Mapping):
        remedy = f"Options: {', '.join(OPTIONS)}."
        raise InvalidArgument("bridge_nat_topology", "a dictionary of options", repr(options), remedy)
    _known("bridge_nat_topology", dict(options), tuple(OPTIONS))
    given = {key: default if options.get(key) in (None, "") else options[key] for key, default in OPTIONS.items()}
    bridge = naming.link_name(PREFIX + "bridge", _text(PREFIX + "bridge", given["bridge"]))
    namespaces = _read_namespaces(given["namespaces"])
    subnets = _read_subnets(given)
    gateways, addresses = _give_addresses(given, namespaces, subnets)
    mtu = {} if given["mtu"] is None else {"mtu": given["mtu"]}
    names = LinkNames(bridge)
    veths, macs = [], {}
    for place, entry in namespaces:
        name = entry["name"]
        own = {**mtu, **_given(entry, ("mac", "mtu"))}
        if "mac" in own:
            own["mac"] = addressing.mac(f"{place}.mac", _text(f"{place}.mac", own["mac"]))
            if own["mac"] in macs:
                found = f"{own['mac']}, which is already used by {macs[own['mac']]}"
                raise InvalidArgument(f"{place}.mac", "a MAC address given once", found, "Choose another one.")
            macs[own["mac"]] = f"namespace {name}"
        port = {"mtu": own["mtu"]} if "mtu" in own else {}
        interfaces = [subnet.interface(address) for subnet, address in zip(subnets, addresses[name])]
        veths.append(
            {
                "name": names.take(name),
                "netns": name,
                "addresses": interfaces,
                **own,
                "peer": {"name": names.take(name, "-br"), "bridge": bridge, **port},
            }
        )
    gateway_interfaces = [subnet.interface(gateway) for subnet, gateway in zip(subnets, gateways)]
    forwarding = [{"name": _FORWARDING[subnet.version], "value": "1"} for subnet in subnets]
    at_gateway = {} if given["host"] is None else {"host": _text(f"{PREFIX}host", given["host"])}
    return {
        "namespaces": [_given(entry, ("name", *NETNS_OPTIONS)) for _place, entry in namespaces],
        "bridges": [{"name": bridge, "addresses": gateway_interfaces, **mtu, **at_gateway}],
        "veths": veths,
        "sysctls": [{**entry, **at_gateway} for entry in forwarding] if given["ip_forward"] else [],
        "routes": _routes(given, namespaces, subnets, gateways),
        "masquerades": [{**entry, **at_gateway} for entry in _masquerades(given, subnets)],
        "port_forwards": [{**entry, **at_gateway} for entry in _port_forwards(given, addresses)],
    }
