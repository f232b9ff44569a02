# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list ``vxlans``. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Optional

from .. import addressing, naming, values
from ..errors import InvalidArgument
from ..reading import Options, Spec
from . import end
from .kind import REACHING, Kind, Once, Rename, nothing, unchecked

#: the highest VXLAN network identifier (24 bits)
ID_MAX = (1 << 24) - 1

SPEC: Spec = {
    **end.SPEC,
    "id": {"type": "int"},
    "local": {"type": "str"},
    "remotes": {"type": "list", "elements": "str"},
    "fdb": {
        "type": "list",
        "elements": "dict",
        "options": {"mac": {"type": "str", "required": True}, "dst": {"type": "str", "required": True}},
    },
    "learning": {"type": "bool"},
    "dev": {"type": "str"},
    "dstport": {"type": "int", "default": 4789},
}


class Vxlan(NamedTuple):
    """One end of a VXLAN: ``remotes`` are the other ends, each of which is sent what has no known place.

    ``fdb`` has the known places, as (MAC, address of the other end).
    """

    where: str
    end: end.End
    id: Optional[int]
    local: Optional[str]
    remotes: tuple[str, ...]
    fdb: Optional[tuple[tuple[str, str], ...]]
    learning: Optional[bool]
    dev: Optional[str]
    dstport: int


def read(where: str, given: Options) -> Vxlan:
    """Read an entry (options filled in).

    :param where: the entry, for an error (str).
    :param given: its options (dict).
    """
    number = given["id"]
    if number is not None:
        number = values.integer(f"{where}.id", number, 1, ID_MAX, "a VXLAN network identifier (VNI)")
    local = None if given["local"] is None else _of_a_host(f"{where}.local", given["local"])
    remotes: list[str] = []
    for index, text in enumerate(given["remotes"] or ()):
        at = f"{where}.remotes[{index}]"
        remotes.append(_new(at, _remote(at, text, local), remotes))
    dev = None if given["dev"] is None else naming.link_name(f"{where}.dev", given["dev"])
    dstport = values.integer(f"{where}.dstport", given["dstport"], 1, 65535, "a UDP port")
    here = end.read(where, given)
    fdb = None if given["fdb"] is None else _fdb(f"{where}.fdb", given["fdb"], local)
    return Vxlan(where, here, number, local, tuple(sorted(remotes)), fdb, given["learning"], dev, dstport)


def _of_a_host(where: str, text: str) -> str:
    """An address by which one host reaches another."""
    address = addressing.host_address(where, text)
    if addressing.parse_interface(address).ip.is_loopback:
        remedy = "Give the host's address on the network between the hosts."
        raise InvalidArgument(
            where, "an address reachable from other hosts", f"{address}, which is not usable between hosts", remedy
        )
    return address


def _remote(where: str, text: str, local: Optional[str]) -> str:
    address = _of_a_host(where, text)
    if local is not None and (":" in address) != (":" in local):
        raise InvalidArgument(where, "an address of the family of local", address, "Do not mix IPv4 and IPv6.")
    if address == local:
        raise InvalidArgument(where, "the address of another host", f"{address}, which is local", "Omit it.")
    return address


def _new(where: str, value: str, before: list[str]) -> str:
    if value in before:
        raise InvalidArgument(where, "a value listed once", f"{value} again", "Remove one of the two.")
    return value


def _fdb(where: str, given: list[Any], local: Optional[str]) -> tuple[tuple[str, str], ...]:
    macs: list[str] = []
    found = []
    for index, entry in enumerate(given):
        at = f"{where}[{index}]"
        macs.append(_new(f"{at}.mac", addressing.mac(f"{at}.mac", entry["mac"]), macs))
        found.append((macs[-1], _remote(f"{at}.dst", entry["dst"], local)))
    return tuple(sorted(found))


def _once(entry: Vxlan) -> Iterator[Once]:
    key = (entry.end.netns, entry.id, entry.dstport)
    yield Once("one VXLAN interface for an id and port", f"{entry.where}.id", key)


def _renamed(entry: Vxlan, rename: Rename) -> Vxlan:
    dev = entry.dev and rename(entry.end.netns, entry.dev)
    return entry._replace(end=end.renamed(entry.end, rename), dev=dev)


KIND = Kind(
    option="vxlans",
    module="vxlan",
    spec=SPEC,
    required=("id", "local"),
    by_name=False,
    read=read,
    namespaces=end.netns_of_entry,
    ends=end.of_entry,
    addresses=nothing,
    joins=nothing,
    once=_once,
    renamed=_renamed,
    check=unchecked,
    placed=REACHING,
    steers=False,
)
