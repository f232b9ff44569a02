# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``sysctls``; names and values of sysctls as a user writes them, in the form in which the kernel has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from ..errors import InvalidArgument
from ..reading import Options, Spec
from .kind import ALL, Kind, Once, Rename, in_netns, netns, nothing, unchecked

SPEC: Spec = {
    "netns": {"type": "str"},
    "name": {"type": "str", "required": True},
    "value": {"type": "str"},
}

#: what two entries may not say differently, wherever they say it
ONCE = "a sysctl given once"

#: separators are dots or slashes, whichever comes first; the other one stands for itself within a part (sysctl(8))
_SWAP = str.maketrans("./", "/.")
#: a number as the kernel reads it: hexadecimal, octal or decimal
_NUMBER = re.compile(r"(-?)(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})")
_PORTS = re.compile(r"([1-9][0-9]{0,4}|0)(?:-([1-9][0-9]{0,4}))?")
#: bit masks, whose digits are hexadecimal without saying so
_MASKS = frozenset({"net.core.rps_default_mask", "net.core.flow_limit_cpu_bitmap"})
_PORT_LISTS = frozenset({"net.ipv4.ip_local_reserved_ports"})
_SWITCH = {"true": "1", "false": "0"}


class Sysctl(NamedTuple):
    """One sysctl and its value, white space folded."""

    where: str
    netns: str
    name: str
    value: str


def read(where: str, given: Options) -> Sysctl:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    dotted = name(f"{where}.name", given["name"])
    text = "" if given["value"] is None else value(f"{where}.value", dotted, given["value"])
    return Sysctl(where, netns(where, given), dotted, text)


def name(where: str, value: Any) -> str:
    """The name of a sysctl of the network, dotted; a ``/`` in it stands for a dot inside a part.

    :param where: the option, for an error (str).
    :param value: the name as given.
    :raises InvalidArgument: for one that is not below ``net.``, and for what is an act and no setting.
    """
    if not isinstance(value, str) or not _is_name(value):
        wanted = "the name of a sysctl under net., e.g. net.ipv4.ip_forward"
        raise InvalidArgument(where, wanted, repr(value), "Only sysctls below net. can be set: correct the name.")
    slash, dot = value.find("/"), value.find(".")
    dotted = value.translate(_SWAP) if slash != -1 and (dot == -1 or slash < dot) else value
    if dotted.endswith(".route.flush"):
        found = f"{dotted}, which only triggers an action and has no value"
        raise InvalidArgument(where, "a setting", found, "Omit it.")
    return dotted


def _is_name(value: str) -> bool:
    """Whether it is a path below net: each part a name that a directory can have."""
    if value[:4] not in ("net.", "net/") or any(char.isspace() or not char.isprintable() for char in value):
        return False
    parts = value.replace("/", ".").split(".")
    return len(parts) > 1 and all(parts)


def value(where: str, sysctl: str, given: Any) -> str:
    """A value as the kernel would say it, as far as that is known.

    :param where: the option, for an error (str).
    :param sysctl: the name, dotted (str).
    :param given: the text, the number, or the switch that the user wrote.
    :raises InvalidArgument: if it is none of these, or empty.
    """
    text = " ".join(str(given).split())
    if not text or not text.isascii() or not isinstance(given, (str, int)):
        raise InvalidArgument(where, "a value", repr(given), "Give the value to write.")
    if text.lower() in _SWITCH:
        return _SWITCH[text.lower()]
    if sysctl in _MASKS:
        return text
    if sysctl in _PORT_LISTS:
        return _ranges(text) or text
    return " ".join(map(_number, text.split()))


def _number(word: str) -> str:
    found = _NUMBER.fullmatch(word)
    if found is None:
        return word
    digits = found[2].lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") and digits != "0" else 10
    try:
        return str(int(found[1] + digits, base))
    except ValueError:
        return word


def _ranges(text: str) -> Optional[str]:
    """A list of ports, sorted and joined where they adjoin; None for what is no such list."""
    found = []
    for part in text.split(","):
        match = _PORTS.fullmatch(part.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            return None
        found.append((int(match[1]), int(match[2] or match[1])))
    joined: list[list[int]] = []
    for low, high in sorted(found):
        if joined and low <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], high)
        else:
            joined.append([low, high])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in joined)


def link_of(dotted: str) -> Optional[str]:
    """The link that a sysctl belongs to (``net.ipv4.conf.NAME.x``, ``net.ipv4.neigh.NAME.x``), if any.

    :param dotted: the name of the sysctl, as :func:`name` returns it (str).
    """
    parts = dotted.split(".")
    if len(parts) == 5 and parts[2] in ("conf", "neigh") and parts[3] not in ("all", "default"):
        return parts[3].replace("/", ".")
    return None


def name_renamed(where: str, dotted: str, rename: Rename) -> str:
    """The name of a sysctl with another name for the link that it belongs to.

    :param where: the namespace, ``""`` for the host's (str).
    :param dotted: the name of the sysctl, as :func:`name` returns it (str).
    :param rename: the present name of a link by its namespace and its name.
    """
    link = link_of(dotted)
    if link is None:
        return dotted
    parts = dotted.split(".")
    parts[3] = rename(where, link).replace(".", "/")
    return ".".join(parts)


def _once(entry: Sysctl) -> Iterator[Once]:
    yield Once(ONCE, entry.where, (entry.netns, entry.name))


def _renamed(entry: Sysctl, rename: Rename) -> Sysctl:
    return entry._replace(name=name_renamed(entry.netns, entry.name, rename))


KIND = Kind(
    option="sysctls",
    module="netns_sysctl",
    spec=SPEC,
    required=("value",),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=_renamed,
    check=unchecked,
    placed=ALL,
    steers=False,
)
