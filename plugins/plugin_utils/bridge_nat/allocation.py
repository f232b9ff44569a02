# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which address, and which name of a link, each namespace of the short form gets. Pure.

Both are given out in the order of the list and by nothing else.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Iterator
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._model import addressing, naming
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.plugin_utils.bridge_nat import read


class Subnet:
    """A subnet and who has which of its addresses.

    :param option: the option that it comes from, ``subnet`` or ``subnet6`` (str).
    :param value: the prefix (str).
    :raises InvalidArgument: for a subnet that cannot be one.
    """

    def __init__(self, option: str, value: Any) -> None:
        self.where = read.PREFIX + option
        self.net = addressing.parse_network(addressing.prefix(self.where, read.text(self.where, value)))
        six = option == "subnet6"
        #: the options that pin addresses of this subnet
        self.address_option, self.gateway_option = ("address6", "gateway6") if six else ("address", "gateway")
        self.owners: dict[str, str] = {}
        if six and self.version == 4:
            remedy = "Put an IPv4 subnet in bridge_nat_subnet."
            raise InvalidArgument(self.where, "an IPv6 prefix, e.g. fd00:15::/64", repr(value), remedy)

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.net.version

    @property
    def capacity(self) -> int:
        """How many addresses it can give out."""
        small = self.net.prefixlen >= self.net.max_prefixlen - 1
        reserved = 0 if small else 1 if self.version == 6 else 2
        return self.net.num_addresses - reserved

    def _usable(self, address: addressing.Address) -> str:
        """Empty for an address that a link may have, else what it is instead."""
        if self.net.prefixlen >= self.net.max_prefixlen - 1:
            return ""
        if address == self.net.network_address:
            return "the subnet's own address" if self.version == 4 else "the subnet's router anycast address"
        if self.version == 4 and address == self.net.broadcast_address:
            return "the subnet's broadcast address"
        return ""

    def pin(self, where: str, value: Any, owner: str) -> str:
        """Give one address to an owner who asks for it.

        :param where: the option, for an error (str).
        :param value: the address as given.
        :param owner: who asks for it, for errors of others (str).
        :returns: the address in its canonical form.
        :raises InvalidArgument: if it lies outside, is reserved, or is given already.
        """
        text = addressing.host_address(where, read.text(where, value))
        address = addressing.parse_interface(text).ip
        wanted = f"an address of {self.net}"
        if address not in self.net or "%" in text:
            raise InvalidArgument(where, wanted, f"{text}, which is outside", "Choose one inside the subnet.")
        reserved = self._usable(address)
        if reserved:
            raise InvalidArgument(where, wanted, f"{text}, {reserved}", "Choose another one: a link cannot have it.")
        if text in self.owners:
            found = f"{text}, which is already used by {self.owners[text]}"
            raise InvalidArgument(where, f"{wanted} that is not used yet", found, "Pin another address.")
        self.owners[text] = owner
        return text

    def free(self) -> Iterator[str]:
        """The addresses that nobody has, in order."""
        return (text for text in map(str, self.net.hosts()) if text not in self.owners)

    def interface(self, address: str) -> str:
        """An address with the subnet's prefix length.

        :param address: the address (str).
        """
        return f"{address}/{self.net.prefixlen}"


def read_subnets(given: read.Entry) -> list[Subnet]:
    """The subnets of a lab: one, or one of each family.

    :param given: the variables without their prefix.
    :raises InvalidArgument: for none, or two of IPv6.
    """
    subnets = [Subnet(option, given[option]) for option in ("subnet", "subnet6") if given[option] is not None]
    if not subnets:
        raise InvalidArgument(
            read.PREFIX + "subnet", "a subnet, e.g. 192.168.15.0/24", "nothing", "Give the lab a subnet."
        )
    if len(subnets) == 2 and subnets[0].version == 6:
        remedy = "Two IPv6 subnets are not supported here: give one of them, or use netns.lab.topology."
        raise InvalidArgument(read.PREFIX + "subnet", "an IPv4 subnet beside subnet6", str(subnets[0].net), remedy)
    return subnets


def _pins_have_subnets(given: read.Entry, namespaces: list[tuple[str, read.Entry]], subnets: list[Subnet]) -> None:
    """An address that is pinned belongs to a subnet that is given."""
    pins = [(read.PREFIX + option, option, given) for option in ("gateway", "gateway6")]
    pins += [(f"{place}.{option}", option, entry) for place, entry in namespaces for option in ("address", "address6")]
    known = {option for subnet in subnets for option in (subnet.address_option, subnet.gateway_option)}
    for where, option, entry in pins:
        if entry.get(option) is not None and option not in known:
            missing = read.PREFIX + ("subnet6" if option.endswith("6") else "subnet")
            remedy = f"Set {missing} too, or omit {option}."
            raise InvalidArgument(where, f"an address of {missing}", "no such subnet", remedy)


def give_addresses(
    given: read.Entry, namespaces: list[tuple[str, read.Entry]], subnets: list[Subnet]
) -> tuple[list[str], dict[str, list[str]]]:
    """Who gets which address: first what is pinned, then the gateway, then the others in the order of the list.

    :param given: the variables without their prefix.
    :param namespaces: the entries, each with its place in the list (str).
    :param subnets: those of :func:`read_subnets`.
    :raises InvalidArgument: for a subnet that is too small, or an address that cannot be given.
    :returns: the gateway of each subnet, and for each namespace its address of each subnet.
    """
    gateways: list[str] = []
    addresses: dict[str, list[str]] = {entry["name"]: [] for _place, entry in namespaces}
    _pins_have_subnets(given, namespaces, subnets)
    for subnet in subnets:
        needed = len(namespaces) + 1
        if subnet.capacity < needed:
            found = f"{subnet.net}, which has {subnet.capacity}"
            wanted = f"{needed} addresses, one for each of {len(namespaces)} namespaces and one for the bridge"
            remedy = "Use a shorter prefix length, or fewer namespaces."
            raise InvalidArgument(subnet.where, wanted, found, remedy)
        pinned = {}
        for place, entry in namespaces:
            value = entry.get(subnet.address_option)
            if value is not None:
                where = f"{place}.{subnet.address_option}"
                pinned[entry["name"]] = subnet.pin(where, value, f"namespace {entry['name']}")
        gateway = given[subnet.gateway_option]
        if gateway is not None:
            gateways.append(subnet.pin(read.PREFIX + subnet.gateway_option, gateway, "the gateway"))
        free = subnet.free()
        if gateway is None:
            gateways.append(next(free))
        for name, list_ in addresses.items():
            list_.append(pinned.get(name) or next(free))
    return gateways, addresses


def _cut(text: str, size: int) -> str:
    """The beginning of a text in at most so many bytes."""
    return text.encode()[:size].decode(errors="ignore")


class LinkNames:
    """Names of links, each given out once: the plain one where it fits and is free, else a short one with a hash.

    :param taken: names that are given out already.
    """

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def take(self, name: str, tail: str = "") -> str:
        """``veth-NAME`` with an optional tail, in at most 15 bytes.

        :param name: what the link is for (str).
        :param tail: what it ends with (str).
        """
        chosen = f"veth-{name}{tail}"
        room = naming.LINK_NAME_MAX - len("veth-") - len(tail)
        salt = 0
        while len(chosen.encode()) > naming.LINK_NAME_MAX or chosen in self._taken:
            digest = hashlib.sha256(f"{name}/{salt}".encode()).digest()
            chosen = f"veth-{_cut(name, room - 4)}{b32encode(digest).decode().lower()[:4]}{tail}"
            salt += 1
        self._taken.add(chosen)
        return chosen
