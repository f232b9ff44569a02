# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values an entry may hold: names, addresses, prefixes, ports. Each reader returns the canonical form or raises.

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

#: bytes that the kernel keeps for a link's name, the closing zero not counted (IFNAMSIZ - 1)
LINK_NAME_MAX = 15
#: bytes of a file name: a namespace's name is a file under /run/netns
NETNS_NAME_MAX = 255

#: the smallest MTU of a link that carries IPv6 (RFC 8200)
IPV6_MTU = 1280

#: names that the kernel has other uses for
_TAKEN = {
    "lo": "which each namespace has from the start",
    "all": "which stands for every link in net.ipv4.conf.all",
    "default": "which stands for links to come in net.ipv4.conf.default",
}

TABLES = {"default": 253, "main": 254, "local": 255}

_MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
_LAB = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
#: of ASCII digits, and few enough for int()
_NUMBER = re.compile(r"[0-9]{1,10}")
_MARK = re.compile(r"(0x[0-9a-f]{1,8}|0|[1-9][0-9]{0,9})(?:/(0x[0-9a-f]{1,8}|0|[1-9][0-9]{0,9}))?", re.IGNORECASE)
#: what iproute2 takes as a name, told from numbers by how it begins
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]{0,127}")
_ENDPOINT = re.compile(r"\[([^]]*)\](?::(.*))?|([^:[]*):([^:]*)", re.DOTALL)


def _name(where: str, value: str, what: str, limit: int) -> str:
    """What names of links and of namespaces have in common."""
    wanted = f"the name of a {what} (1 to {limit} bytes, without white space, '/', ':' or '%')"
    if value == "":
        raise InvalidArgument(where, wanted, "an empty name", "Give it a name.")
    if value in (".", ".."):
        raise InvalidArgument(where, wanted, f"{value!r}", "'.' and '..' are directories: choose another name.")
    bad = sorted({char for char in value if char.isspace() or char in "/:%" or not char.isprintable()})
    if bad:
        found = f"{value!r} with {', '.join(repr(char) for char in bad)}"
        raise InvalidArgument(where, wanted, found, "Use letters, digits, '-', '_' or '.' instead.")
    size = len(value.encode())
    if size > limit:
        raise InvalidArgument(where, wanted, f"{value!r}, {size} bytes", f"Shorten it to {limit} bytes or less.")
    if value[0] == "-":
        raise InvalidArgument(where, wanted, f"{value!r}", "A leading '-' looks like an option: choose another name.")
    return value


@lru_cache(maxsize=65536)
def _good_link_name(value: str) -> bool:
    return value.isascii() and value.replace("-", "a").replace("_", "a").isalnum() and 0 < len(value) <= LINK_NAME_MAX


def link_name(where: str, value: str) -> str:
    """The name of a link, as the kernel's dev_valid_name() takes it and tools can use it.

    :param where: the option, for an error (str).
    :param value: the name (str), 1 to 15 bytes.
    :raises InvalidArgument: if it is empty, over 15 bytes, ``.``, ``..``, or has white space, ``/``, ``:``, ``%``.
    """
    if _good_link_name(value) and value[0] != "-":
        return value
    return _name(where, value, "link", LINK_NAME_MAX)


def new_link_name(where: str, value: str) -> str:
    """The name of a link that is to be made: not one that means something else already.

    :param where: the option, for an error (str).
    :param value: the name (str), 1 to 15 bytes.
    :raises InvalidArgument: for a name that no link can have, or that should not be given to one.
    """
    if value in _TAKEN:
        wanted = "a name that is free for links"
        raise InvalidArgument(where, wanted, f"{value!r}, {_TAKEN[value]}", "Choose another name.")
    return link_name(where, value)


def netns_name(where: str, value: str) -> str:
    """The name of a namespace: a file under /run/netns.

    :param where: the option, for an error (str).
    :param value: the name (str).
    """
    return _name(where, value, "namespace", NETNS_NAME_MAX)


def content(where: str, value: str) -> str:
    """The content of a text file.

    :param where: the option, for an error (str).
    :param value: the text (str).
    :raises InvalidArgument: for a text that no file should hold.
    """
    try:
        value.encode()
    except UnicodeEncodeError as exc:
        raise InvalidArgument(where, "a text in UTF-8", f"{exc}", "Correct the text.") from None
    return value


def lab_name(where: str, value: str) -> str:
    """The name of a lab: it is the name of its record's file.

    :param where: the option, for an error (str).
    :param value: the name (str).
    :raises InvalidArgument: for a name that no lab can have.
    """
    if not isinstance(value, str) or not _LAB.fullmatch(value):
        wanted = "a lab's name (letters, digits, '_', '.', '-', at most 64, starting with a letter or a digit)"
        raise InvalidArgument(where, wanted, repr(value), "Choose another name.")
    return value


@lru_cache(maxsize=65536)
def parse_interface(value: str) -> Interface:
    """``192.168.15.1/24`` as an object of :mod:`ipaddress`; the caller knows that it is good.

    :param value: an address with or without its prefix length (str).
    """
    return ip_interface(value)


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
    if not _NUMBER.fullmatch(length):
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


def _is_address(value: str) -> bool:
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


def integer(where: str, value: int, low: int, high: int, what: str) -> int:
    """A whole number within its bounds, both included.

    :param where: the option, for an error (str).
    :param value: the number (int).
    :param low: the lowest that is taken (int).
    :param high: the highest that is taken (int).
    :param what: what the number is, for an error (str).
    :raises InvalidArgument: for a number out of bounds.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise InvalidArgument(where, f"{what} from {low} to {high}", repr(value), "Choose a number in this range.")
    return value


def table(where: str, value: str) -> int | str:
    """A routing table: its number, ``main``, ``local`` or ``default``, or a name that the host has for it.

    :param where: the option, for an error (str).
    :param value: the table (str).
    :returns: the number; a name as it is, for the host to say which number it means.
    :raises InvalidArgument: for what is neither a number that a table can have nor a name.
    """
    if value in TABLES:
        return TABLES[value]
    if _TABLE.fullmatch(value):
        return value
    if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= 0xFFFFFFFF:
        wanted = (
            "a routing table: main, local, default, a name of the host's rt_tables or a number from 1 to 4294967295"
        )
        raise InvalidArgument(where, wanted, repr(value), "Use the table's number.")
    return int(value)


def fwmark(where: str, value: str) -> str:
    """A firewall mark with an optional mask, canonical as ``0x1/0xff`` (``0x1`` where the mask is full).

    :param where: the option, for an error (str).
    :param value: the mark (str).
    :raises InvalidArgument: for anything but a mark of 32 bits with or without a mask.
    """
    found = _MARK.fullmatch(value)
    mark, mask = (int(text, 0) for text in found.groups("0xffffffff")) if found else (-1, -1)
    if not found or max(mark, mask) > 0xFFFFFFFF:
        raise InvalidArgument(where, "a mark, e.g. 0x1 or 0x1/0xff", repr(value), "Correct the mark.")
    return hex(mark) if mask == 0xFFFFFFFF else f"{mark:#x}/{mask:#x}"


def ports(where: str, value: str) -> range:
    """A port or a range of ports, e.g. ``80`` or ``8000-8010``.

    :param where: the option, for an error (str).
    :param value: the port or the range (str), 1 to 65535.
    :raises InvalidArgument: for anything else, and for a range that ends before it begins.
    """
    first, dash, last = value.partition("-")
    wanted = "a port from 1 to 65535 or a range, e.g. 80 or 8000-8010"
    if not (_NUMBER.fullmatch(first) and (_NUMBER.fullmatch(last) or not dash)):
        raise InvalidArgument(where, wanted, repr(value), "Write the number of the port.")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= 65535:
        raise InvalidArgument(where, wanted, repr(value), "Choose ports in this range, the lower one first.")
    return range(low, high + 1)


def endpoint(where: str, value: str) -> tuple[str, int | None]:
    """``192.168.15.2:80``, ``[fd00::2]:80`` or a plain address as (address, port or None).

    :param where: the option, for an error (str).
    :param value: the endpoint (str).
    :raises InvalidArgument: also for an IPv6 address without brackets whose end may be meant for a port.
    """
    head, _colon, tail = value.rpartition(":")
    if "[" not in value and ":" in head and tail.isdecimal() and _is_address(head):
        remedy = f"Put the address in brackets: [{value}], or [{head}]:{tail} if {tail} is the port."
        raise InvalidArgument(where, "an address, or an address and a port", f"{value!r}, which is ambiguous", remedy)
    found = _ENDPOINT.fullmatch(value)
    if not found:
        return host_address(where, value), None
    six, port_six, four, port_four = found.groups()
    address_ = host_address(where, four if six is None else six)
    port = port_four if six is None else port_six
    if port is None:
        return address_, None
    if "-" in port:
        remedy = "Write the first port only: a range maps one to one to the ports from there on."
        raise InvalidArgument(where, "an address and one port, e.g. 192.168.15.2:80", repr(value), remedy)
    return address_, ports(where, port)[0]


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
