# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs that grow: shapes of N namespaces, and N entries of one kind; each as options of ``topology``."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

Options = dict[str, Any]
Entry = dict[str, Any]

NAME = "bench"
#: namespaces on one bridge: the kernel takes 1023 ports
PORTS = 1000
#: hosts of one router
HOSTS = 9

_POINT_TO_POINT = ipaddress.IPv4Network("10.128.0.0/9")
_MANY = ipaddress.IPv4Network("10.64.0.0/10")


def _ends(number: int) -> tuple[str, str]:
    """The two addresses of a point-to-point link."""
    first = int(_POINT_TO_POINT.network_address) + 2 * number
    return f"{ipaddress.IPv4Address(first)}/31", f"{ipaddress.IPv4Address(first + 1)}/31"


def _host(address: str) -> str:
    return address.partition("/")[0]


def _name(number: int) -> str:
    return f"ns{number}"


def _pair(number: int, one: tuple[str, str], other: tuple[str, str]) -> Entry:
    """A veth pair between two namespaces, each given with the name that its end has there."""
    first, second = _ends(number)
    peer = {"name": other[1], "netns": other[0], "addresses": [second]}
    return {"name": one[1], "netns": one[0], "addresses": [first], "peer": peer}


def _of(spaces: int, **lists: list[Entry]) -> Options:
    return {"name": NAME, "namespaces": [{"name": _name(n)} for n in range(spaces)], **lists}


# -- shapes of N namespaces --------------------------------------------------------------------------------------------


def star(count: int) -> Options:
    """All on one bridge of the host, :data:`PORTS` at most."""
    return stars(count)


def stars(count: int) -> Options:
    """As many bridges as it takes, each with up to :data:`PORTS` namespaces."""
    bridges, veths, routes = [], [], []
    for number in range(-(-count // PORTS)):
        subnet = ipaddress.IPv4Network((int(_MANY.network_address) + 1024 * number, 22))
        bridges.append({"name": f"br{number}", "addresses": [f"{subnet[-2]}/22"]})
        for n in range(number * PORTS, min(count, (number + 1) * PORTS)):
            end = {"name": "eth0", "netns": _name(n), "addresses": [f"{subnet[1 + n % PORTS]}/22"]}
            veths.append({**end, "peer": {"name": f"port{n}", "bridge": f"br{number}"}})
            routes.append({"netns": _name(n), "dst": "default", "gateway": str(subnet[-2])})
    return _of(count, bridges=bridges, veths=veths, routes=routes)


def pairs(count: int) -> Options:
    """Two by two, those of one half with those of the other."""
    half = count // 2
    veths = [_pair(n, (_name(n), "eth0"), (_name(half + n), "eth0")) for n in range(half)]
    return _of(count, veths=veths)


def ring(count: int) -> Options:
    """Each with the next one, the last with the first."""
    return _of(count, veths=[_pair(n, (_name(n), "next"), (_name((n + 1) % count), "last")) for n in range(count)])


def tree(count: int) -> Options:
    """Each with two below it, and a default route up."""
    veths, routes = [], []
    for n in range(1, count):
        parent = (n - 1) // 2
        veths.append(_pair(n, (_name(n), "above"), (_name(parent), f"below{n % 2}")))
        routes.append({"netns": _name(n), "dst": "default", "gateway": _host(_ends(n)[1])})
    return _of(count, veths=veths, routes=routes)


def routers(count: int) -> Options:
    """Routers in a ring, each with :data:`HOSTS` hosts and a route to those of the next one."""
    size = HOSTS + 1
    number = count // size
    lab_ = _of(number * size)
    veths, routes = [], []
    for router in range(number):
        name, following = _name(router * size), _name((router + 1) % number * size)
        lab_["namespaces"][router * size]["sysctls"] = {"net.ipv4.ip_forward": "1"}
        if number > 1:
            veths.append(_pair(router * size, (name, "next"), (following, "last")))
        for host in range(router * size + 1, (router + 1) * size):
            veths.append(_pair(host, (_name(host), "eth0"), (name, f"host{host % size}")))
            routes.append({"netns": _name(host), "dst": "default", "gateway": _host(_ends(host)[1])})
            if number > 1:
                there = (host + size) % (number * size)
                gateway = _host(_ends(router * size)[1])
                routes.append({"netns": name, "dst": f"{_host(_ends(there)[0])}/31", "gateway": gateway})
    return {**lab_, "veths": veths, "routes": routes}


# -- N entries of one kind ---------------------------------------------------------------------------------------------


def _two(*veths: Entry, **lists: list[Entry]) -> Options:
    """Two namespaces with a link between them, and entries."""
    return _of(2, veths=[_pair(0, (_name(0), "eth0"), (_name(1), "eth0")), *veths], **lists)


def _addresses(count: int) -> Iterator[str]:
    return (str(ipaddress.IPv4Address(int(_MANY.network_address) + 1 + n)) for n in range(count))


def namespaces(count: int) -> Options:
    """Namespaces alone."""
    return _of(count)


def veths(count: int) -> Options:
    """Veth pairs between two namespaces."""
    return _of(2, veths=[_pair(n, (_name(0), f"veth{n}"), (_name(1), f"veth{n}")) for n in range(count)])


def bridges(count: int) -> Options:
    """Bridges of the host, each with a subnet."""
    return _of(0, bridges=[{"name": f"br{n}", "addresses": [_ends(n)[0]]} for n in range(count)])


def bridge_ports(count: int) -> Options:
    """Ports with options, up to :data:`PORTS` on a bridge, in one namespace."""
    switches = [{"name": f"br{n}", "netns": _name(0)} for n in range(-(-count // PORTS))]
    links, ports = [], []
    for n in range(count):
        peer = {"name": f"port{n}", "netns": _name(0), "bridge": f"br{n // PORTS}"}
        links.append({"name": f"veth{n}", "netns": _name(1), "peer": peer})
        ports.append({"dev": f"port{n}", "netns": _name(0), "bridge": f"br{n // PORTS}", "hairpin": True})
    return _of(2, bridges=switches, veths=links, bridge_ports=ports)


def vxlans(count: int) -> Options:
    """VXLAN interfaces of one namespace."""
    own = _host(_ends(0)[0])
    return _two(vxlans=[{"name": f"vx{n}", "netns": _name(0), "id": n + 1, "local": own} for n in range(count)])


def remotes(count: int) -> Options:
    """Remotes of one VXLAN interface."""
    entry = {"name": "vx", "netns": _name(0), "id": 1, "local": _host(_ends(0)[0])}
    return _two(vxlans=[{**entry, "remotes": list(_addresses(count))}])


def links(count: int) -> Options:
    """Macvlan links over one other."""
    entries = [{"name": f"mv{n}", "netns": _name(0), "kind": "macvlan", "link": "eth0"} for n in range(count)]
    return _two(links=entries)


def addresses(count: int) -> Options:
    """Addresses of one link of the host."""
    end = {"name": "lab0", "addresses": [f"{address}/10" for address in _addresses(count)]}
    return _of(1, veths=[{**end, "peer": {"name": "eth0", "netns": _name(0)}}])


def routes(count: int) -> Options:
    """Routes of one namespace."""
    gateway = _host(_ends(0)[1])
    entries = [{"netns": _name(0), "dst": f"{address}/32", "gateway": gateway} for address in _addresses(count)]
    return _two(routes=entries)


def rules(count: int) -> Options:
    """Policy rules of one namespace."""
    sources = enumerate(_addresses(count), 1)
    return _two(rules=[{"netns": _name(0), "priority": n, "from": source, "table": 100} for n, source in sources])


def sysctls(count: int) -> Options:
    """A sysctl for each of as many veth pairs of one namespace."""
    entries = [{"netns": _name(0), "name": f"net.ipv4.conf.veth{n}.rp_filter", "value": "2"} for n in range(count)]
    return {**veths(count), "sysctls": entries}


def masquerades(count: int) -> Options:
    """Sources to masquerade."""
    return _of(0, masquerades=[{"source": f"{address}/32"} for address in _addresses(count)])


def port_forwards(count: int) -> Options:
    """Ports led to one address."""
    entries = [{"protocol": "tcp", "port": 10000 + n, "to": "10.64.0.1:80"} for n in range(count)]
    return _of(0, port_forwards=entries)


SHAPES: dict[str, Callable[[int], Options]] = {
    each.__name__: each for each in (star, stars, pairs, ring, tree, routers)
}
KINDS: dict[str, Callable[[int], Options]] = {
    each.__name__: each
    for each in (
        namespaces, veths, bridges, bridge_ports, vxlans, remotes, links, addresses, routes, rules, sysctls,
        masquerades, port_forwards,
    )
}  # fmt: skip
#: those that do not go to 10,000: a bridge takes 1023 ports
MOST = {"star": PORTS}
