# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry of a tunnel from host to host. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from . import entries, values
from .errors import InvalidArgument

#: the highest VXLAN network identifier (24 bits)
ID_MAX = (1 << 24) - 1


class Vxlan(NamedTuple):
    """One end of a VXLAN: ``remotes`` are the other ends, each of which is sent what has no known place."""

    where: str
    end: entries.End
    id: Optional[int]
    local: Optional[str]
    remotes: tuple[str, ...]
    dev: Optional[str]
    dstport: int


def vxlan(where: str, given: dict[str, Any]) -> Vxlan:
    """Read a ``vxlan`` entry (options filled in)."""
    number = given["id"]
    if number is not None:
        number = values.integer(f"{where}.id", number, 1, ID_MAX, "a VXLAN network identifier (VNI)")
    local = None if given["local"] is None else values.host_address(f"{where}.local", given["local"])
    remotes = []
    for index, text in enumerate(given["remotes"] or ()):
        remotes.append(_remote(f"{where}.remotes[{index}]", text, local, remotes))
    dev = None if given["dev"] is None else values.link_name(f"{where}.dev", given["dev"])
    dstport = values.integer(f"{where}.dstport", given["dstport"], 1, 65535, "a UDP port")
    end = entries.end(where, given)
    if end.mac == "auto":
        remedy = "Leave mac away to keep the kernel's random one."
        raise InvalidArgument(f"{where}.mac", "a MAC address", "'auto'", remedy)
    return Vxlan(where, end, number, local, tuple(sorted(remotes)), dev, dstport)


def _remote(where: str, text: str, local: Optional[str], before: list[str]) -> str:
    address = values.host_address(where, text)
    if local is not None and (":" in address) != (":" in local):
        raise InvalidArgument(where, "an address of the family of local", address, "Do not mix IPv4 and IPv6.")
    if address == local:
        raise InvalidArgument(where, "the address of another host", f"{address}, which is local", "Leave it away.")
    if address in before:
        raise InvalidArgument(where, "an address given once", f"{address} again", "Remove one of the two.")
    return address
