# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The addresses and prefixes an entry may hold. Each reader returns the canonical form or raises.

``where`` is the name of the option in the user's description, e.g. ``veths[0].peer.name``; it begins every message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Optional, Union

from .errors import InvalidArgument

Address = Union[IPv4Address, IPv6Address]
Interface = Union[IPv4Interface, IPv6Interface]
Network = Union[IPv4Network, IPv6Network]
#: the smallest MTU of a link that carries IPv6 (RFC 8200)
IPV6_MTU = 1280
#: of ASCII digits, and few enough for int()
_LENGTH = re.compile(r"[0-9]{1,10}")
_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")


@lru_cache(maxsize=65536)
def parse_interface(value: str) -> Interface:
    """``192.168.15.1/24`` as an object of :mod:`ipaddress`; the caller knows that it is good.

    :param value: an address with or without its prefix length (str).
    """
    return ip_interface(value)


@lru_cache(maxsize=65536)
def subnet(value: str) -> str:
    """The prefix that an address of a link lies in, e.g. ``192.168.15.0/24``.

    :param value: the address with its prefix length (str), which is good.
    """
    return str(parse_interface(value).network)


def address(where: str, value: str) -> str:
    """An address of a link with its prefix length, e.g. ``192.168.15.1/24``.

    :param where: the option, for an error (str).
    :param value: the address (str).
    :returns: the canonical text.
    :raises InvalidArgument: without a prefix length, or if it is not an address that a link may have.
    """
    host, slash, length = value.partition("/")
    wanted = "an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64"
    try:
        parsed = parse_interface(value)
    except ValueError as exc:
        raise InvalidArgument(where, wanted, f"{value!r} ({exc})", "Correct the address.") from None
    if not slash:
        hint = f"{host}/24" if parsed.version == 4 else f"{host}/64"
        remedy = f"Add the prefix length of the subnet, e.g. {hint}."
        raise InvalidArgument(where, wanted, f"{value!r}, which has no prefix length", remedy)
    if not _LENGTH.fullmatch(length):
        raise InvalidArgument(where, wanted, repr(value), f"Write the length in bits: {parsed.with_prefixlen}.")
    if "%" in host:
        remedy = f"The link has an option of its own: write {host.partition('%')[0]}/{length}."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    reason = _no_host(parsed.ip) or _no_host_of(parsed)
    if reason:
        remedy = "A link cannot have this address: choose a unicast address."
        raise InvalidArgument(where, wanted, f"{value!r}, {reason}", remedy)
    return f"{ip_text(parsed.ip)}/{parsed.network.prefixlen}"


def _no_host(ip: Address) -> str:
    """What an address is that no host can have, empty where one can."""
    if ip.is_multicast:
        return "a multicast address"
    if ip.is_unspecified:
        return "the unspecified address"
    if ip.version == 4:
        return "the limited broadcast address" if int(ip) == 0xFFFFFFFF else ""
    return f"an IPv4-mapped address: write {ip.ipv4_mapped}" if ip.ipv4_mapped else ""


def _no_host_of(given: Interface) -> str:
    """What an address is that no host of its subnet can have; /31 and /127 (RFC 3021, 6164) have hosts only."""
    net = given.network
    if net.max_prefixlen - net.prefixlen < 2:
        return ""
    if given.ip == net.network_address:
        return f"the address of the subnet {net} itself"
    return f"the broadcast address of {net}" if given.version == 4 and given.ip == net.broadcast_address else ""


def on_the_wire(where: str, value: str) -> str:
    """Hold the address of a link that is not ``lo`` against what never leaves a host.

    :param where: the option, for an error (str).
    :param value: an address as :func:`address` returns it (str).
    :raises InvalidArgument: for one of 127.0.0.0/8 or ::1.
    """
    if value.startswith(("127.", "::1/")):
        wanted = "an address that other hosts can reach"
        raise InvalidArgument(where, wanted, f"{value}, a loopback address", "Give it to lo, or choose another one.")
    return value


def broadcast(where: str, value: str, of: str) -> str:
    """The broadcast address of a link's address.

    :param where: the option, for an error (str).
    :param value: the broadcast address (str).
    :param of: the address, as :func:`address` returns it (str).
    :raises InvalidArgument: if it is IPv6, or lies outside of the subnet and is not 255.255.255.255.
    """
    subnet = parse_interface(of).network
    if subnet.version == 6 or ":" in value:
        remedy = "IPv6 has no broadcast: omit it."
        raise InvalidArgument(where, "the broadcast address of an IPv4 address", f"{value!r} for {of}", remedy)
    last = str(subnet[-1])
    wanted = f"an address of {subnet}, e.g. {last}, or 255.255.255.255"
    try:
        parsed = _parse_address(value)
    except ValueError as exc:
        raise InvalidArgument(where, wanted, f"{value!r} ({exc})", "Correct the address.") from None
    if parsed not in subnet and value != "255.255.255.255":
        raise InvalidArgument(where, wanted, repr(value), "Omit it to have the last address of the subnet.")
    return str(parsed)


def ip_text(address_: Address) -> str:
    """An address as the kernel's tools write it.

    Python's own text is another one where IPv6 holds an IPv4 address, by version: ``::ffff:1.2.3.4``, ``::1.2.3.4``.

    :param address_: without a zone.
    """
    if address_.version == 6:
        high, low = int(address_) >> 32, int(address_) & 0xFFFFFFFF
        if high == 0xFFFF or (high == 0 and low > 0xFFFF):
            return f"::{'ffff:' if high else ''}{IPv4Address(low)}"
    return str(address_)


def _network_text(net: Network) -> str:
    return f"{ip_text(net.network_address)}/{net.prefixlen}"


@lru_cache(maxsize=65536)
def _parse_address(value: str) -> Address:
    return ip_address(value)


def is_address(value: str) -> bool:
    """Whether a text is an address, of either family.

    :param value: the text (str).
    """
    try:
        _parse_address(value)
    except ValueError:
        return False
    return True


def host_address(where: str, value: str) -> str:
    """A lone address without a prefix length, e.g. a gateway.

    :param where: the option, for an error (str).
    :param value: the address (str).
    :raises InvalidArgument: for anything but one IPv4 or IPv6 address.
    """
    wanted = "the address of one host, e.g. 192.168.15.5"
    try:
        parsed = _parse_address(value)
    except ValueError as exc:
        remedy = "Omit the prefix length." if "/" in value else "Correct the address."
        raise InvalidArgument(where, wanted, f"{value!r} ({exc})", remedy) from None
    if "%" in value:
        remedy = f"The link has an option of its own: write {value.partition('%')[0]}."
        raise InvalidArgument(where, wanted, repr(value), remedy)
    reason = _no_host(parsed)
    if reason:
        remedy = "A host cannot have this address: choose a unicast address."
        raise InvalidArgument(where, wanted, f"{value!r}, {reason}", remedy)
    return ip_text(parsed)


@lru_cache(maxsize=65536)
def parse_network(value: str) -> Network:
    """A prefix as an object of :mod:`ipaddress`; the caller knows that it is good.

    :param value: the prefix (str).
    """
    return ip_network(value)


def prefix(where: str, value: str) -> str:
    """A prefix without host bits, e.g. ``192.168.15.0/24``; a lone address is a prefix of full length.

    :param where: the option, for an error (str).
    :param value: the prefix (str).
    :raises InvalidArgument: for anything else, and for host bits.
    """
    wanted = "a prefix, e.g. 192.168.15.0/24"
    if "%" in value:
        raise InvalidArgument(where, wanted, repr(value), "A prefix belongs to no link: omit '%' and the link.")
    try:
        return _network_text(parse_network(value))
    except ValueError as exc:
        try:
            net = ip_network(value, strict=False)
        except ValueError:
            raise InvalidArgument(where, wanted, f"{value!r} ({exc})", "Correct the prefix.") from None
        remedy = f"The subnet of this address is {net}: use that."
        raise InvalidArgument(where, wanted, f"{value!r}, which has host bits set", remedy) from None


def collapsed(prefixes: Iterable[str]) -> list[str]:
    """Prefixes of one family as few as possible, in order: what an interval set makes of them.

    :param prefixes: the prefixes (str), all IPv4 or all IPv6.
    """
    return [_network_text(net) for net in collapse_addresses([parse_network(text) for text in prefixes])]


def destination(where: str, value: str, six: bool) -> str:
    """The destination of a route: ``default`` or a prefix.

    :param where: the option, for an error (str).
    :param value: the destination (str).
    :param six: whether a plain ``default`` means IPv6 (bool).
    :returns: the prefix, ``0.0.0.0/0`` or ``::/0`` for ``default``.
    """
    if value == "default":
        return "::/0" if six else "0.0.0.0/0"
    return prefix(where, value)


def mac(where: str, value: str) -> str:
    """An Ethernet address of one station, lower case.

    :param where: the option, for an error (str).
    :param value: the address (str), six bytes in hexadecimal.
    :raises InvalidArgument: for anything else, and for a multicast address.
    """
    text = value.lower().replace("-", ":")
    if not _MAC.fullmatch(text):
        raise InvalidArgument(where, "a MAC address, e.g. 02:00:00:00:00:01", repr(value), "Correct it.")
    if int(text[:2], 16) & 1 or text == "00:00:00:00:00:00":
        remedy = f"The lowest bit of the first byte means multicast: use e.g. 02{text[2:]}."
        raise InvalidArgument(where, "a unicast MAC address", repr(value), remedy)
    return text


def family(where: str, texts: dict[str, Optional[str]]) -> Optional[bool]:
    """The address family that some values of an entry have, on which all must agree.

    :param where: the entry's name, e.g. ``routes[0]`` (str).
    :param texts: addresses and prefixes by their options; one that is None tells nothing.
    :returns: True for IPv6, False for IPv4, None where nothing tells.
    :raises InvalidArgument: if they do not agree.
    """
    told = {key: ":" in text for key, text in texts.items() if text is not None}
    if len(set(told.values())) > 1:
        found = ", ".join(f"{key} {texts[key]}" for key in told)
        raise InvalidArgument(where, "one address family", found, "Do not mix IPv4 and IPv6 in one entry.")
    return next(iter(told.values()), None)
