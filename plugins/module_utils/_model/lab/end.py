# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every link has that a lab makes: one end of a veth pair, a bridge, any other. Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from .. import addressing, naming, values
from ..errors import InvalidArgument
from ..reading import Options, Spec
from .kind import Rename, links_named, netns, optional

_SIX_MODES = ["none", "eui64", "random"]
#: the options of a link that can be the port of a bridge
SPEC: Spec = {
    "name": {"type": "str", "required": True},
    "netns": {"type": "str"},
    "bridge": {"type": "str"},
    "addresses": {"type": "list", "elements": "str"},
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "up": {"type": "bool", "default": True},
    "addrgenmode": {"type": "str", "choices": _SIX_MODES},
}


class End(NamedTuple):
    """A link that is made: one end of a veth pair, or what any other has in common with it.

    ``mac`` is None where it was not given, ``auto`` where a bridge is to have the kernel's.
    """

    where: str
    name: str
    netns: str
    bridge: Optional[str]
    addresses: Optional[tuple[str, ...]]
    mtu: Optional[int]
    mac: Optional[str]
    up: bool
    addrgenmode: Optional[str]

    @property
    def six(self) -> bool:
        """Whether it is given an IPv6 address."""
        return any(":" in text for text in self.addresses or ())


def read(where: str, given: Options, auto: bool = False) -> End:
    """Read what all links have in common (options filled in).

    :param where: the link's name in the description, e.g. ``veths[0].peer`` (str).
    :param given: its options (dict).
    :param auto: whether ``mac`` may be ``auto`` (bool).
    :raises InvalidArgument: for an option that is wrong.
    """
    addresses = given["addresses"]
    if addresses is not None:
        addresses = tuple(_of_wire(f"{where}.addresses[{index}]", text) for index, text in enumerate(addresses))
        _once(where, addresses)
    mac = given["mac"]
    if mac == "auto" and not auto:
        remedy = "Omit mac to keep the kernel's random one."
        raise InvalidArgument(f"{where}.mac", "a MAC address", "'auto'", remedy)
    _wide_enough(where, given)
    return End(
        where,
        naming.new_link_name(f"{where}.name", given["name"]),
        netns(where, given),
        optional(naming.link_name, f"{where}.bridge", given.get("bridge")),
        addresses,
        None if given["mtu"] is None else values.integer(f"{where}.mtu", given["mtu"], 68, 65535, "an MTU in bytes"),
        mac if mac is None or mac == "auto" else addressing.mac(f"{where}.mac", mac),
        given["up"],
        given["addrgenmode"],
    )


def _of_wire(where: str, text: str) -> str:
    return addressing.on_the_wire(where, addressing.address(where, text))


def _wide_enough(where: str, given: Options) -> None:
    """A link whose MTU is too small for IPv6 has none of it."""
    mtu = given["mtu"]
    if not isinstance(mtu, int) or mtu >= addressing.IPV6_MTU:
        return
    for name in ("addrgenmode", "addresses"):
        six = given[name] if name == "addrgenmode" else [text for text in given[name] or () if ":" in text]
        if six:
            wanted = f"an MTU of at least {addressing.IPV6_MTU} for IPv6"
            raise InvalidArgument(f"{where}.mtu", wanted, f"{mtu} beside {name} {six}", "Raise it, or omit IPv6.")


def _once(where: str, addresses: tuple[str, ...]) -> None:
    seen: dict[str, int] = {}
    for index, text in enumerate(addresses):
        host = text.partition("/")[0]
        if host in seen:
            found = f"{text!r}, which is already in addresses[{seen[host]}]"
            raise InvalidArgument(f"{where}.addresses[{index}]", "an address given once", found, "Remove one of them.")
        seen[host] = index


#: an end with other names for itself and for its bridge
renamed = links_named("name", "bridge")


def of_entry(entry: Any) -> tuple[End, ...]:
    """The one link of an entry that has an ``end``.

    :param entry: the entry as read.
    """
    return (entry.end,)


def netns_of_entry(entry: Any) -> tuple[str, ...]:
    """The namespace of the one link of an entry that has an ``end``.

    :param entry: the entry as read.
    """
    return (entry.end.netns,)


def entry_renamed(entry: Any, rename: Rename) -> Any:
    """An entry with other names for its ``end`` and for the bridge of that.

    :param entry: the entry as read.
    :param rename: the present name of a link by its namespace and its name.
    """
    other = renamed(entry.end, rename)
    return entry if other is entry.end else entry._replace(end=other)
