# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else an entry may hold: texts, numbers, tables, marks, ports. Each reader returns the canonical form or raises.

``where`` is the name of the option in the user's description, e.g. ``veths[0].peer.name``; it begins every message.
"""

from __future__ import annotations

import re

from . import addressing
from .errors import InvalidArgument

TABLES = {"default": 253, "main": 254, "local": 255}
#: of ASCII digits, and few enough for int()
_NUMBER = re.compile(r"[0-9]{1,10}")
_MARK = re.compile(r"(0x[0-9a-f]{1,8}|0|[1-9][0-9]{0,9})(?:/(0x[0-9a-f]{1,8}|0|[1-9][0-9]{0,9}))?", re.IGNORECASE)
#: what iproute2 takes as a name, told from numbers by how it begins
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.+-]{0,127}")
_ENDPOINT = re.compile(r"\[([^]]*)\](?::(.*))?|([^:[]*):([^:]*)", re.DOTALL)


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
    if "[" not in value and ":" in head and tail.isdecimal() and addressing.is_address(head):
        remedy = f"Put the address in brackets: [{value}], or [{head}]:{tail} if {tail} is the port."
        raise InvalidArgument(where, "an address, or an address and a port", f"{value!r}, which is ambiguous", remedy)
    found = _ENDPOINT.fullmatch(value)
    if not found:
        return addressing.host_address(where, value), None
    six, port_six, four, port_four = found.groups()
    address_ = addressing.host_address(where, four if six is None else six)
    port = port_four if six is None else port_six
    if port is None:
        return address_, None
    if "-" in port:
        remedy = "Write the first port only: a range maps one to one to the ports from there on."
        raise InvalidArgument(where, "an address and one port, e.g. 192.168.15.2:80", repr(value), remedy)
    return address_, ports(where, port)[0]
