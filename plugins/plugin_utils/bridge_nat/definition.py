# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of a lab: a subnet and a list of names become a whole definition for ``topology``. Pure.

Everything is given out in the order of the list and by nothing else, so the same variables always give the same lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._model import addressing, naming, values
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat import read
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat.allocation import (
    LinkNames,
    Subnet,
    give_addresses,
    read_subnets,
)

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


def _read_namespaces(value: Any) -> list[tuple[str, read.Entry]]:
    """The namespaces, each as a dictionary with its name, none of them twice."""
    where = read.PREFIX + "namespaces"
    if not value:
        raise InvalidArgument(where, "the names of the namespaces, e.g. [red, blue]", "none", "Name at least one.")
    if isinstance(value, list):
        value = [{"name": entry} if isinstance(entry, str) else entry for entry in value]
    seen: dict[str, str] = {}
    named = read.entries(where, value)
    for place, entry in named:
        read.known(place, entry, NAMESPACE_OPTIONS)
        name = naming.netns_name(f"{place}.name", read.text(f"{place}.name", entry.get("name")))
        if name in seen:
            remedy = "Give it another name, or remove one of the two."
            found = f"{name!r}, which is already used by {seen[name]}"
            raise InvalidArgument(f"{place}.name", "a name given once", found, remedy)
        seen[name] = place
    return named


def _routes(
    given: read.Entry, namespaces: list[tuple[str, read.Entry]], subnets: list[Subnet], gateways: list[str]
) -> list[read.Entry]:
    """The default routes and the extra ones; a route in a namespace without a gateway takes the lab's."""
    routes = []
    for _place, entry in namespaces:
        wanted = entry.get("default_route")
        if given["default_route"] if wanted is None else wanted:
            routes += [{"netns": entry["name"], "dst": "default", "gateway": gateway} for gateway in gateways]
    names = [entry["name"] for _place, entry in namespaces]
    of_family = {subnet.version: gateway for subnet, gateway in zip(subnets, gateways)}
    for place, entry in read.entries(read.PREFIX + "routes", given["routes"]):
        route = {key: value for key, value in entry.items() if value is not None}
        netns = route.get("netns")
        if netns is not None and netns not in names:
            remedy = f"Namespaces of this lab: {', '.join(names)}. Without netns it is a route of the host."
            raise InvalidArgument(f"{place}.netns", "a namespace of this lab", repr(netns), remedy)
        plain = route.get("type", "unicast") == "unicast" and "gateway" not in route and "dev" not in route
        if netns is not None and plain:
            dst = read.text(f"{place}.dst", route.get("dst"))
            default = dst == "default"
            net = None if default else addressing.parse_network(addressing.prefix(f"{place}.dst", dst))
            family = subnets[0].version if net is None else net.version
            if family not in of_family:
                remedy = "Give the route a gateway."
                raise InvalidArgument(place, f"an IPv{family} gateway for {dst}", "a lab without one", remedy)
            route["gateway"] = of_family[family]
        routes.append(route)
    return routes


def _masquerades(given: read.Entry, subnets: list[Subnet]) -> list[read.Entry]:
    if not given["masquerade"]:
        return []
    exclude = given["masquerade_exclude"] or []
    where = read.PREFIX + "masquerade_exclude"
    if not isinstance(exclude, list):
        raise InvalidArgument(where, "a list of prefixes", repr(exclude), "Write it as a list.")
    prefixes = [addressing.prefix(f"{where}[{index}]", read.text(where, text)) for index, text in enumerate(exclude)]
    entries = []
    for subnet in subnets:
        entry: read.Entry = {"source": str(subnet.net)}
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


def _port_forwards(given: read.Entry, addresses: dict[str, list[str]]) -> list[read.Entry]:
    """The port forwards, with the names of namespaces replaced by their addresses: one entry for each family."""
    entries = []
    for place, entry in read.entries(read.PREFIX + "port_forwards", given["port_forwards"]):
        read.known(place, entry, _FORWARD_OPTIONS)
        if entry.get("protocol") not in ("tcp", "udp"):
            found = "none" if entry.get("protocol") is None else repr(entry["protocol"])
            remedy = "A port needs a protocol: choose tcp or udp."
            raise InvalidArgument(f"{place}.protocol", "tcp or udp", found, remedy)
        forward = read.given(entry, _FORWARD_OPTIONS)
        if "port" not in forward:
            raise InvalidArgument(f"{place}.port", "the port on the host", "none", "Give the port.")
        forward["port"] = str(forward["port"])
        values.ports(f"{place}.port", forward["port"])
        target = read.text(f"{place}.to", forward.get("to"))
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


def _by_family(place: str, forward: read.Entry, own: list[str], port: str) -> list[read.Entry]:
    """One forward to a namespace as one entry for each of its addresses, with the listening addresses of its family."""
    listen = forward.get("listen") or []
    if not isinstance(listen, list):
        raise InvalidArgument(f"{place}.listen", "a list of addresses", repr(listen), "Write it as a list.")
    sixes = {":" in address for address in own}
    for index, text in enumerate(listen):
        where = f"{place}.listen[{index}]"
        if (":" in addressing.host_address(where, read.text(where, text))) not in sixes:
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


def topology(options: Mapping[str, Any]) -> dict[str, list[read.Entry]]:
    """Turn the short form into a definition, lists of entries as ``netns.lab.topology`` takes them.

    :param options: the variables of the role ``bridge_nat`` without prefix; None and an empty text mean "not given".
    :returns: namespaces, bridges, veths, sysctls, routes, masquerades and port_forwards, each a list.
    :raises InvalidArgument: for anything that cannot be a lab; the message names the variable.
    """
    if not isinstance(options, Mapping):
        remedy = f"Options: {', '.join(OPTIONS)}."
        raise InvalidArgument("bridge_nat_topology", "a dictionary of options", repr(options), remedy)
    read.known("bridge_nat_topology", dict(options), tuple(OPTIONS))
    given = {key: default if options.get(key) in (None, "") else options[key] for key, default in OPTIONS.items()}
    bridge = naming.link_name(read.PREFIX + "bridge", read.text(read.PREFIX + "bridge", given["bridge"]))
    namespaces = _read_namespaces(given["namespaces"])
    subnets = read_subnets(given)
    gateways, addresses = give_addresses(given, namespaces, subnets)
    mtu = {} if given["mtu"] is None else {"mtu": given["mtu"]}
    names = LinkNames(bridge)
    veths, macs = [], {}
    for place, entry in namespaces:
        name = entry["name"]
        own = {**mtu, **read.given(entry, ("mac", "mtu"))}
        if "mac" in own:
            own["mac"] = addressing.mac(f"{place}.mac", read.text(f"{place}.mac", own["mac"]))
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
    at_gateway = {} if given["host"] is None else {"host": read.text(f"{read.PREFIX}host", given["host"])}
    return {
        "namespaces": [read.given(entry, ("name", *NETNS_OPTIONS)) for _place, entry in namespaces],
        "bridges": [{"name": bridge, "addresses": gateway_interfaces, **mtu, **at_gateway}],
        "veths": veths,
        "sysctls": [{**entry, **at_gateway} for entry in forwarding] if given["ip_forward"] else [],
        "routes": _routes(given, namespaces, subnets, gateways),
        "masquerades": [{**entry, **at_gateway} for entry in _masquerades(given, subnets)],
        "port_forwards": [{**entry, **at_gateway} for entry in _port_forwards(given, addresses)],
    }
