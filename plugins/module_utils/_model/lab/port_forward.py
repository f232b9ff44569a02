# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``port_forwards``, with what no packet can ever meet refused. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Optional

from .. import addressing, values
from ..addressing import parse_interface
from ..errors import InvalidArgument
from ..reading import Options, Spec
from . import port_ranges
from .kind import Kind, Rename, in_netns, netns, nothing
from .port_ranges import Claim

SPEC: Spec = {
    "netns": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "port": {"type": "str", "required": True},
    "to": {"type": "str"},
    "listen": {"type": "list", "elements": "str"},
    "hairpin": {"type": "bool", "default": True},
}


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


def read(where: str, given: Options) -> PortForward:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for an entry that is wrong, or that leads where no packet gets.
    """
    ports = values.ports(f"{where}.port", str(given["port"]))
    to, to_port = ("", None) if given["to"] is None else values.endpoint(f"{where}.to", given["to"])
    if to:
        _usable(f"{where}.to", to, "Let the service listen on an address of the host, and forward to that.")
    first = ports[0] if to_port is None else to_port
    if first + len(ports) - 1 > 65535:
        found = f"{given['to']} for {len(ports)} ports"
        raise InvalidArgument(f"{where}.to", "as many ports as the range has", found, "Start at a lower port.")
    listen = []
    for index, text in enumerate(given["listen"] or ()):
        place = f"{where}.listen[{index}]"
        listen.append(addressing.host_address(place, text))
        _usable(place, listen[-1], "The host's connections to loopback are never forwarded.")
    for text in listen:
        addressing.family(where, {"to": to or None, "listen": text})
    protocol, hairpin = given["protocol"], given["hairpin"]
    return PortForward(where, netns(where, given), protocol, ports, to, first, tuple(listen), hairpin)


def _usable(where: str, text: str, loopback: str) -> None:
    """Refuse an address that a connection through the host never has as its destination.

    :param loopback: what to do where it is one of loopback.
    """
    address = parse_interface(text).ip
    remedy: Optional[str] = None
    if address.is_loopback:
        remedy = f"The kernel drops packets between loopback and other links. {loopback}"
    elif text == "255.255.255.255":
        remedy = "It is a broadcast address: give the address of one host."
    elif address.version == 6 and address.ipv4_mapped is not None:
        remedy = f"No packet carries an address of this form: write {address.ipv4_mapped}."
    elif address.version == 6 and address.is_link_local:
        remedy = "Packets with a link-local address are not forwarded: give a global address."
    if remedy is not None:
        raise InvalidArgument(where, "the address of a host to forward to", text, remedy)


def _ports_once(entries: Sequence[PortForward]) -> None:
    """No port in two forwards at one address."""
    claims = [
        Claim((item.netns, item.protocol, ":" in (listen or item.to), listen), item.ports[0], item.ports[-1], number)
        for number, item in enumerate(entries)
        for listen in item.listen or ("",)
    ]
    for one, other in port_ranges.overlapping(claims):
        (index, first), (later, second) = sorted([(one.name, one), (other.name, other)])
        where, listen = entries[later].where, one.group[3]
        protocol, at = one.group[1], f" on {listen}" if listen else ""
        found = f"{protocol}/{port_ranges.text(second.first, second.last)}{at}"
        if index == later:
            raise InvalidArgument(f"{where}.listen", "an address given once", listen, "Remove one of them.")
        found += f", where {entries[index].where} has {port_ranges.text(first.first, first.last)}"
        remedy = "A port has one destination: change or remove one of the two."
        raise InvalidArgument(f"{where}.port", "ports that no other forward uses", found, remedy)


def _same(entry: PortForward, _rename: Rename) -> PortForward:
    """It names no link."""
    return entry


KIND = Kind(
    option="port_forwards",
    module="port_forward",
    spec=SPEC,
    required=("to",),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=nothing,
    renamed=_same,
    check=_ports_once,
    placed="to",
    steers=False,
)
