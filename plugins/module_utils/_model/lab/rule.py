# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``rules``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from .. import addressing, naming, values
from ..errors import InvalidArgument
from ..reading import Options, Spec
from .kind import ALL, Kind, Once, in_netns, links_named, netns, nothing, optional, unchecked

SPEC: Spec = {
    "netns": {"type": "str"},
    "priority": {"type": "int"},  # required, but read() says how to choose one
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
    "from": {"type": "str"},
    "to": {"type": "str"},
    "iif": {"type": "str"},
    "fwmark": {"type": "str"},
    "table": {"type": "str"},
}


class Rule(NamedTuple):
    """A policy rule; its identity is namespace, family and priority."""

    where: str
    netns: str
    priority: int
    six: bool
    src: Optional[str]
    dst: Optional[str]
    iif: Optional[str]
    fwmark: Optional[str]
    table: int | str | None


#: prefixes, and a mark, that leave nothing out
_EVERYTHING = ("0.0.0.0/0", "::/0", "0x0/0x0")


def read(where: str, given: Options) -> Rule:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    :raises InvalidArgument: for options that do not go together.
    """
    src = optional(addressing.prefix, f"{where}.from", given["from"])
    dst = optional(addressing.prefix, f"{where}.to", given["to"])
    six = addressing.family(where, {"from": src, "to": dst})
    src, dst = (None if text in _EVERYTHING else text for text in (src, dst))
    if given["family"] is not None:
        if six is not None and six != (given["family"] == "ipv6"):
            remedy = "Omit family: the prefixes determine it."
            raise InvalidArgument(f"{where}.family", "the family of the prefixes", given["family"], remedy)
        six = given["family"] == "ipv6"
    mark = optional(values.fwmark, f"{where}.fwmark", given["fwmark"])
    if given["priority"] is None:
        remedy = (
            "Choose a number from 1 to 32765 that no other rule has (ip rule list shows those in use). The "
            "lowest is evaluated first, the table main at 32766. 100, 200, 300 leave room between."
        )
        raise InvalidArgument(f"{where}.priority", "the priority of the rule", "nothing", remedy)
    priority = values.integer(f"{where}.priority", given["priority"], 1, 0xFFFFFFFF, "a priority")
    return Rule(
        where,
        netns(where, given),
        priority,
        bool(six),
        src,
        dst,
        optional(naming.link_name, f"{where}.iif", given["iif"]),
        None if mark in _EVERYTHING else mark,
        None if given["table"] is None else values.table(f"{where}.table", given["table"]),
    )


def _once(entry: Rule) -> Iterator[Once]:
    yield Once("one rule for a priority", entry.where, (entry.netns, entry.six, entry.priority))


KIND = Kind(
    option="rules",
    module="netns_rule",
    spec=SPEC,
    required=("table",),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=links_named("iif"),
    check=unchecked,
    placed=ALL,
    steers=True,
)
