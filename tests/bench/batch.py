# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A description in the words of ``ip -batch``, ``sysctl`` and ``nft -f``, which do the same and nothing else."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

Options = dict[str, Any]
Entry = dict[str, Any]

_NAT = """table inet bench {{
{sets}}}
"""
_MASQUERADE = """    set sources {{
        type ipv4_addr
        flags interval
        elements = {{ {sources} }}
    }}
    chain postrouting {{
        type nat hook postrouting priority srcnat
        ip saddr @sources masquerade
    }}
"""
_FORWARD = """    map ports {{
        type inet_service : ipv4_addr . inet_service
        elements = {{ {ports} }}
    }}
    chain prerouting {{
        type nat hook prerouting priority dstnat
        dnat ip to tcp dport map @ports
    }}
"""


def scripts(options: Options, file: Callable[[str, str], str]) -> tuple[str, str]:
    """The shell scripts that build and remove a lab.

    :param options: what ``topology`` is given.
    :param file: writes a file by its name and its text, and says where.
    """
    insides: dict[str, list[str]] = defaultdict(list)
    host = [f"netns add {each['name']}" for each in options.get("namespaces", ())]
    for bridge in options.get("bridges", ()):
        insides[bridge.get("netns", "")].append(f"link add {bridge['name']} type bridge")
    first = {netns: _run(netns, f"bridges-{netns}", lines, file) for netns, lines in insides.items()}
    build = [_run("", "namespaces", host, file), *first.values()]
    build.append(_run("", "links", list(_pairs(options)), file))
    insides = defaultdict(list)
    for netns, line in _inside(options):
        insides[netns].append(line)
    build += [_run(netns, f"inside-{netns}", lines, file) for netns, lines in insides.items()]
    build += [*_remotes(options, file), *_sysctls(options, file)]
    nat = _nat(options)
    build += [f"nft -f {file('nat.nft', nat)}"] if nat else []
    return _script(build), _script(_gone(options, bool(nat), file))


def _script(lines: list[str]) -> str:
    return "\n".join(["set -e", *(line for line in lines if line)]) + "\n"


def _run(netns: str, name: str, lines: list[str], file: Callable[[str, str], str]) -> str:
    inside = f" -n {netns}" if netns else ""
    return f"ip{inside} -batch {file(f'{name}.batch', chr(10).join(lines))}" if lines else ""


def _pairs(options: Options) -> Iterator[str]:
    """Each pair is born where it belongs."""
    for veth in options.get("veths", ()):
        peer = veth["peer"]
        one = f"name {veth['name']}" + (f" netns {veth['netns']}" if veth.get("netns") else "")
        other = f"name {peer['name']}" + (f" netns {peer['netns']}" if peer.get("netns") else "")
        yield f"link add {one} type veth peer {other}"


def _ends(options: Options) -> Iterator[Entry]:
    for veth in options.get("veths", ()):
        yield from (veth, veth["peer"])
    yield from options.get("bridges", ())


def _inside(options: Options) -> Iterator[tuple[str, str]]:
    """What is done within the namespaces, the host's among them, as (netns, line)."""
    for space in options.get("namespaces", ()):
        yield space["name"], "link set lo up"
    for end in _ends(options):
        netns, name = end.get("netns", ""), end["name"]
        yield netns, f"link set {name}" + (f" master {end['bridge']}" if end.get("bridge") else "") + " up"
        for address in end.get("addresses", ()):
            long = ipaddress.ip_interface(address).network.prefixlen < 31
            yield netns, f"address add {address}{' broadcast +' if long else ''} dev {name}"
    for port in options.get("bridge_ports", ()):
        yield port.get("netns", ""), f"link set {port['dev']} type bridge_slave hairpin on"
    for vxlan in options.get("vxlans", ()):
        own = f"id {vxlan['id']} local {vxlan['local']} dev eth0 dstport 4789"
        yield vxlan.get("netns", ""), f"link add {vxlan['name']} up type vxlan {own}"
    for link in options.get("links", ()):
        netns = link.get("netns", "")
        yield netns, f"link add {link['name']} link {link['link']} up type {link['kind']}"
    for route in options.get("routes", ()):
        yield route.get("netns", ""), f"route add {route['dst']} via {route['gateway']}"
    for rule in options.get("rules", ()):
        yield rule.get("netns", ""), f"rule add priority {rule['priority']} from {rule['from']} table {rule['table']}"


def _remotes(options: Options, file: Callable[[str, str], str]) -> list[str]:
    return [
        f"bridge -n {vxlan['netns']} -batch {file('fdb.batch', chr(10).join(lines))}"
        for vxlan in options.get("vxlans", ())
        if (
            lines := [
                f"fdb append 00:00:00:00:00:00 dev {vxlan['name']} dst {remote}" for remote in vxlan.get("remotes", ())
            ]
        )
    ]


def _sysctls(options: Options, file: Callable[[str, str], str]) -> list[str]:
    values: dict[str, list[str]] = defaultdict(list)
    for space in options.get("namespaces", ()):
        for name, value in space.get("sysctls", {}).items():
            values[space["name"]].append(f"{name} = {value}")
    for sysctl in options.get("sysctls", ()):
        values[sysctl.get("netns", "")].append(f"{sysctl['name']} = {sysctl['value']}")
    return [
        f"{f'ip netns exec {netns} ' if netns else ''}sysctl -q -p {file(f'sysctl-{netns}', chr(10).join(lines))}"
        for netns, lines in values.items()
    ]


def _nat(options: Options) -> str:
    sources = ", ".join(each["source"] for each in options.get("masquerades", ()))
    ports = ", ".join(f"{each['port']} : {each['to'].replace(':', ' . ')}" for each in options.get("port_forwards", ()))
    sets = (_MASQUERADE.format(sources=sources) if sources else "") + (_FORWARD.format(ports=ports) if ports else "")
    return _NAT.format(sets=sets) if sets else ""


def _gone(options: Options, nat: bool, file: Callable[[str, str], str]) -> list[str]:
    """Links of the host go in one wait, as ip can do it: by their group."""
    host = [end["name"] for end in _ends(options) if not end.get("netns")]
    lines = [f"link set {name} group 7" for name in host] + (["link delete group 7"] if host else [])
    lines += [f"netns delete {each['name']}" for each in options.get("namespaces", ())]
    return [_run("", "gone", lines, file), "nft delete table inet bench" if nat else ""]
