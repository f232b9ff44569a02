# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``addresses``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Optional

from .. import addressing, naming
from ..reading import Options, Spec
from .kind import LINK, Address, Kind, in_netns, links_named, netns, nothing, unchecked

SPEC: Spec = {
    "netns": {"type": "str"},
    "dev": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "broadcast": {"type": "str"},
}


class AddressEntry(NamedTuple):
    """One address of a link."""

    where: str
    netns: str
    dev: str
    address: str
    broadcast: Optional[str]


def read(where: str, given: Options) -> AddressEntry:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    text = addressing.address(f"{where}.address", given["address"])
    broadcast = given["broadcast"]
    if broadcast is not None:
        broadcast = addressing.broadcast(f"{where}.broadcast", broadcast, text)
    dev = naming.link_name(f"{where}.dev", given["dev"])
    if dev != "lo":
        addressing.on_the_wire(f"{where}.address", text)
    return AddressEntry(where, netns(where, given), dev, text, broadcast)


def _addresses(entry: AddressEntry) -> Iterator[Address]:
    yield Address(f"{entry.where}.address", entry.netns, entry.dev, entry.address)


KIND = Kind(
    option="addresses",
    module="netns_address",
    spec=SPEC,
    required=(),
    by_name=False,
    read=read,
    namespaces=in_netns,
    ends=nothing,
    addresses=_addresses,
    joins=nothing,
    once=nothing,
    renamed=links_named("dev"),
    check=unchecked,
    placed=LINK,
    steers=True,
)
