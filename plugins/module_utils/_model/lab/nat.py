# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of translation: masquerades and port forwards, with what no packet can ever meet refused. Pure."""

from __future__ import annotations

from typing import Optional

from .. import values
from ..errors import InvalidArgument
from ..reading import Options
from ..values import LINK_NAME_MAX, parse_interface, parse_network
from .entries import Masquerade, PortForward, _family, _netns

#: what no packet has as its source when it leaves by another link than loopback
_NO_SOURCE = {
    4: ("127.0.0.0/8", "224.0.0.0/4", "0.0.0.0/32", "255.255.255.255/32"),
    6: ("::/127", "ff00::/8", "fe80::/10", "::ffff:0:0/96"),
}
#: what is no destination of a packet that leaves by a link to elsewhere
_NO_DESTINATION = {4: ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"), 6: ("ff00::/8",)}
_EVERYTHING = ("0.0.0.0/0", "::/0")


def masquerade(where: str, given: Options) -> Masquerade:
    """Read a ``nat_masquerade`` entry (options filled in).

    :raises InvalidArgument: for an entry that is wrong, or that can never translate anything.
    """
    dev = "" if given["out_interface"] is None else out_interface(f"{where}.out_interface", given["out_interface"])
    source = _EVERYTHING[0] if given["source"] is None else values.prefix(f"{where}.source", given["source"])
    everything = source in _EVERYTHING
    if everything and not dev:
        found = "no source" if given["source"] is None else f"{source}, which is everything"
        remedy = "Give the prefix of your lab. For all that leaves by one link, give that link as out_interface."
        raise InvalidArgument(f"{where}.source", "a source, or an out_interface", found, remedy)
    net = parse_network(source)
    if any(net.subnet_of(parse_network(never)) for never in _NO_SOURCE[net.version]):  # type: ignore[arg-type]
        remedy = "No packet that leaves has such a source: give the prefix of your lab."
        raise InvalidArgument(f"{where}.source", "a prefix that packets come from", source, remedy)
    exclude = set() if everything else {source}
    for index, text in enumerate(given["exclude"] or ()):
        exclude.add(values.prefix(f"{where}.exclude[{index}]", text))
    for text in exclude:
        _family(where, {"source": source, "exclude": text})
    if values.collapsed([*exclude, *_NO_DESTINATION[net.version]]) == [_EVERYTHING[net.version == 6]]:
        remedy = "Then nothing is translated: leave the entry out, or exclude less."
        raise InvalidArgument(f"{where}.exclude", "destinations that are left to translate for", "all excluded", remedy)
    excluded = tuple(values.collapsed(exclude))
    return Masquerade(where, _netns(where, given), source, dev, excluded, given["ip_forward"])


def out_interface(where: str, value: str) -> str:
    r"""The links that packets leave by: a name, or nft's wildcard ``eth*``; a name that itself ends so is ``eth\*``.

    :raises InvalidArgument: for what is no name of a link, or what nft has no way to write.
    """
    name, literal = value, value.endswith("\\*")
    if literal:
        name = f"{value[:-2]}*"
    values.link_name(where, name)
    wanted = f"a link's name of 1 to {LINK_NAME_MAX} bytes, a * at its end for all that begin so"
    bad = [char for char in '"\\' if char in name]
    if bad:
        remedy = f"nft has no way to write {' or '.join(bad)} in a name: choose another name for the link."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    if value == "*":
        remedy = "Not given, any link is meant: omit it."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    return value


def port_forward(where: str, given: Options) -> PortForward:
    """Read a ``port_forward`` entry (options filled in).

    :raises InvalidArgument: for an entry that is wrong, or that leads where no packet gets.
    """
    ports = values.ports(f"{where}.port", str(given["port"]))
    to, to_port = ("", None) if given["to"] is None else values.endpoint(f"{where}.to", given["to"])
    if to:
        _usable(f"{where}.to", to, "Let the service listen on an address of the host, and lead to that.")
    first = ports[0] if to_port is None else to_port
    if first + len(ports) - 1 > 65535:
        found = f"{given['to']} for {len(ports)} ports"
        raise InvalidArgument(f"{where}.to", "as many ports as the range has", found, "Begin at a lower port.")
    listen = []
    for index, text in enumerate(given["listen"] or ()):
        place = f"{where}.listen[{index}]"
        listen.append(values.host_address(place, text))
        _usable(place, listen[-1], "Connections of the host to loopback are never led elsewhere.")
    for text in listen:
        _family(where, {"to": to or None, "listen": text})
    netns, protocol, hairpin = _netns(where, given), given["protocol"], given["hairpin"]
    return PortForward(where, netns, protocol, ports, to, first, tuple(listen), hairpin)


def _usable(where: str, text: str, loopback: str) -> None:
    """Refuse an address that a connection through the host never has as its destination.

    :param loopback: what to do where it is one of loopback.
    """
    address = parse_interface(text).ip
    remedy: Optional[str] = None
    if address.is_loopback:
        remedy = f"The kernel drops what crosses between loopback and another link. {loopback}"
    elif text == "255.255.255.255":
        remedy = "A broadcast is no connection: give the address of one host."
    elif address.version == 6 and address.ipv4_mapped is not None:
        remedy = f"No packet carries an address of this form: write {address.ipv4_mapped}."
    elif address.version == 6 and address.is_link_local:
        remedy = "It holds on one link only, and packets with it are not forwarded: give an address that is routed."
    if remedy is not None:
        raise InvalidArgument(where, "the address of a host that packets are led to", text, remedy)
