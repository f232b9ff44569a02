# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a kernel has what a description says, option by option, and what it has beyond that. Reads no engine code."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import collapse_addresses, ip_network
from typing import Any

from .kernel import SYSCTLS, Kernel, six

Lab = dict[str, Any]

_TABLES = {"main": 254, "100": 100}


def lacking(lab: Lab, kernel: Kernel) -> list[str]:
    """What a description asks for and a kernel does not have."""
    return [
        f"{what}: {found!r}, not {wanted!r}"
        for what, found, wanted in _statements(lab, kernel)
        if (wanted not in found if isinstance(found, (set, frozenset)) else found != wanted)
    ]


def objects(kernel: Kernel) -> set[tuple[Any, ...]]:
    """All that can be named in a kernel, but for addresses that come by themselves; with the host's own sysctls.

    Sysctls of namespaces and of links come and go with these: what they were before the lab is not known.
    """
    found: set[tuple[Any, ...]] = {("path", path, content) for path, content in kernel.paths.items()}
    found.add(("mounted", kernel.mounted))
    for netns, inode in kernel.names.items():
        space = kernel.spaces[inode]
        found.add(("netns", netns))
        for name, link in space.links.items():
            found.add(("link", netns, name, link.kind, link.bridge))
            found |= {("advertised", netns, name)} if link.advertised else set()
            own = {text for text in link.addresses if not text.startswith("fe80") and name != "lo"}
            found |= {("address", netns, name, text) for text in own}
        found |= {("route", netns, *key) for key in space.routes}
        found |= {("rule", netns, *key) for key in space.rules}
        found |= {("sysctl", *item) for item in space.sysctls.items() if not netns and item[0] in SYSCTLS}
        if space.nat is not None:
            found |= {("nat", netns), *(("masquerade", netns, *key) for key in space.nat.masquerades)}
            found |= {("forward", netns, *item) for item in space.nat.forwards.items()}
            found |= {("hairpin", netns, *key) for key in space.nat.hairpins}
    return found


def foreign(kernel: Kernel, before: Kernel) -> list[str]:
    """What an earlier state of a kernel had and that is gone or different, but for sysctls and what a lab may borrow."""
    now = objects(kernel)
    return [
        str(item) for item in objects(before) - now if item[0] not in ("sysctl", "mounted") and item[2:3] != ("spare0",)
    ]


def _statements(lab: Lab, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    """(what, found, wanted) for every option; where a set is found, the thing wanted is to be in it."""
    for entry in lab.get("namespaces", ()):
        yield from _namespace(entry, kernel)
    for entry in lab.get("bridges", ()):
        yield from _end(entry, "bridge", kernel)
        link = kernel.link(entry.get("netns", ""), entry["name"])
        for option in ("stp", "forward_delay", "vlan_filtering"):
            if option in entry:
                yield f"{option} of {entry['name']}", link.options[option], entry[option]
    for entry in lab.get("veths", ()):
        for end, other in ((entry, entry["peer"]), (entry["peer"], entry)):
            yield from _end(end, "veth", kernel)
            link = kernel.link(end.get("netns", ""), end["name"])
            yield f"peer of {end['name']}", link.peer, (kernel.names[other.get("netns", "")], other["name"])
    for entry in lab.get("vxlans", ()):
        yield from _end(entry, "vxlan", kernel)
        yield from _vxlan(entry, kernel)
    for entry in lab.get("links", ()):
        yield from _end(entry, entry["kind"], kernel)
        link = kernel.link(entry.get("netns", ""), entry["name"])
        for option in set(entry) & set(link.options):
            yield f"{option} of {entry['name']}", link.options[option], entry[option]
    for entry in lab.get("bridge_ports", ()):
        link = kernel.link(entry.get("netns", ""), entry["dev"])
        for option, wanted in entry.items():
            if option not in ("dev", "netns"):
                found = link.bridge if option == "bridge" else link.port[option]
                yield f"{option} of port {entry['dev']}", found, wanted
    for entry in lab.get("addresses", ()):
        addresses = kernel.link(entry.get("netns", ""), entry["dev"]).addresses
        yield f"addresses of {entry['dev']}", set(addresses), entry["address"]
        if "broadcast" in entry:
            yield f"broadcast of {entry['address']}", addresses[entry["address"]]["broadcast"], entry["broadcast"]
    for entry in lab.get("sysctls", ()):
        found = kernel.space(entry.get("netns", "")).sysctls.get(entry["name"])
        yield f"sysctl {entry['name']}", found, entry["value"]
    yield from _routing(lab, kernel)
    yield from _nat(lab, kernel)


def _namespace(entry: Lab, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    name = entry["name"]
    yield "namespaces", set(kernel.names), name
    yield f"lo of {name}", kernel.link(name, "lo").up, entry.get("lo_up", True)
    for option, file in (("resolv_conf", "resolv.conf"), ("hosts", "hosts")):
        if option in entry:
            yield file, kernel.paths.get(f"/etc/netns/{name}/{file}"), entry[option]
    for sysctl, value in entry.get("sysctls", {}).items():
        yield f"{sysctl} in {name}", kernel.space(name).sysctls[sysctl], str(int(value))


def _end(entry: Lab, kind: str, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    netns, name = entry.get("netns", ""), entry["name"]
    yield f"links of {netns or 'host'}", set(kernel.space(netns).links), name
    link = kernel.link(netns, name)
    yield f"kind of {name}", link.kind, kind
    yield f"state of {name}", link.up, entry.get("up", True)
    for option in ("bridge", "mtu", "mac", "addrgenmode"):
        if option in entry and entry[option] != "auto":
            yield f"{option} of {name}", getattr(link, option), entry[option]
    for text in entry.get("addresses") or ():
        yield f"addresses of {name}", set(link.addresses), text


def _vxlan(entry: Lab, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    found, name = kernel.link(entry.get("netns", ""), entry["name"]).options, entry["name"]
    for option in ("id", "local", "dev"):
        if option in entry:
            yield f"{option} of {name}", found[option], entry[option]
    yield f"remotes of {name}", sorted(found["remotes"]), sorted(entry.get("remotes", ()))
    if "learning" in entry:
        yield f"learning of {name}", found["fdb_learning"], entry["learning"]
    if "fdb" in entry:
        yield f"fdb of {name}", found["fdb"], [[each["mac"], each["dst"]] for each in entry["fdb"]]


def _routing(lab: Lab, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    for entry in lab.get("routes", ()):
        dst = "0.0.0.0/0" if entry["dst"] == "default" else entry["dst"]
        metric = entry.get("metric", 1024 if six(dst) else 0)
        found = kernel.space(entry.get("netns", "")).routes.get((_TABLES[entry.get("table", "main")], dst, metric), {})
        yield f"type of route {dst}", found.get("type"), entry.get("type", "unicast")
        yield f"gateway of route {dst}", found.get("gateway"), entry.get("gateway")
        for option in ("dev", "src", "onlink"):
            if option in entry:
                yield f"{option} of route {dst}", found.get(option), entry[option]
    for entry in lab.get("rules", ()):
        rules = kernel.space(entry.get("netns", "")).rules
        found = rules.get((entry.get("family") == "ipv6", entry["priority"]), {})
        for option in ("from", "to", "iif"):
            yield f"{option} of rule {entry['priority']}", found.get(option), entry.get(option)
        mark = {"1/0xff": "0x1/0xff"}.get(entry.get("fwmark"), entry.get("fwmark"))
        yield f"fwmark of rule {entry['priority']}", found.get("fwmark"), mark
        yield f"table of rule {entry['priority']}", found.get("table"), _TABLES[entry["table"]]


def _nat(lab: Lab, kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    for entry in lab.get("masquerades", ()):
        nat = kernel.space(entry.get("netns", "")).nat
        wanted = [ip_network(text) for text in (entry["source"], *entry.get("exclude", ()))]
        excluded = nat and nat.masquerades.get((entry["source"], entry.get("out_interface", "")))
        found = excluded and [*collapse_addresses(map(ip_network, excluded))]
        yield f"masquerade of {entry['source']}", found, [*collapse_addresses(wanted)]
        if entry.get("ip_forward"):
            sysctl = "net.ipv6.conf.all.forwarding" if six(entry["source"]) else "net.ipv4.ip_forward"
            yield sysctl, kernel.space(entry.get("netns", "")).sysctls[sysctl], "1"
    for entry in lab.get("port_forwards", ()):
        nat = kernel.space(entry.get("netns", "")).nat
        first, _dash, last = str(entry["port"]).partition("-")
        to, _colon, to_port = entry["to"].partition(":")
        ports, target = (int(first), int(last or first)), (to, int(to_port or first))
        for listen in entry.get("listen") or [""]:
            found = nat and nat.forwards.get((entry["protocol"], False, listen, *ports))
            yield f"forward of {entry['protocol']}/{ports} at {listen or 'any'}", found, target
        yield from _hairpins(entry, target, kernel)


def _hairpins(entry: Lab, target: tuple[str, int], kernel: Kernel) -> Iterator[tuple[str, Any, Any]]:
    """One for a target in a subnet of this namespace's own, where it is asked for."""
    netns = entry.get("netns", "")
    nat, near = kernel.space(netns).nat, target[0].rpartition(".")[0]
    subnets = {
        text.rpartition(".")[0]
        for link in kernel.space(netns).links.values()
        for text in link.addresses
        if not six(text)
    }
    if near in subnets and entry.get("hairpin", True):
        place, port = (f"{near}.0/24", target[0], entry["protocol"]), target[1]
        found = any(each[:3] == place and each[3] <= port <= each[4] for each in (nat.hairpins if nat else ()))
        yield f"hairpin of {netns or 'host'} for {place} {port}", found, True
