# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of links."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...state import Attrs, Key, place
from .kind import Kind, Stage
from .link import is_link

if TYPE_CHECKING:
    from ..scope import Scope


class _Address(NamedTuple):
    sort: str
    netns: str
    dev: str
    address: str
    peer: str


class AddressKey(Key, _Address):
    """An address with its prefix length, on a link; ``peer`` only where the same one stands beside another.

    Attributes: broadcast, secondary, dad, raw; other_end, until, text.
    """

    __slots__ = ()

    def __new__(cls, netns: str, dev: str, address: str, peer: str = ""):
        """Fill in the sort."""
        return tuple.__new__(cls, ("address", netns, dev, address, peer))

    @property
    def host(self) -> str:
        """The address without its prefix length."""
        return self.address.partition("/")[0]

    @property
    def six(self) -> bool:
        """Whether it is of IPv6."""
        return ":" in self.address

    def describe(self) -> str:
        """``address 10.0.0.1/24 dev red/eth0``."""
        peer = f" peer {self.peer}" if self.peer else ""
        return f"address {self.address}{peer} dev {place(self.netns, self.dev)}"

    @property
    def is_innate(self) -> bool:
        """Those of loopback are."""
        return self.dev == "lo" and not self.peer and self.address in ("127.0.0.1/8", "::1/128")


class _Kind(Kind):
    sort = "address"
    key = AddressKey
    shared = False
    in_netns = True
    stage = Stage.ADDRESS

    def links(self, key: AddressKey, attrs: Attrs) -> list[str]:
        """Its own."""
        del attrs
        return [key.dev]

    def may_be_made(self, key: AddressKey) -> bool:
        """On any link that may be there."""
        return is_link(key.dev)

    def ask(self, scope: Scope, key: AddressKey) -> None:
        """Ask for the namespace; of link-local ones of IPv6 for this one by name."""
        scope.namespaces.add(key.netns)
        if not key.netns:
            scope.firewalls = scope.host_routes = True
        if key.address.startswith("fe80:"):
            scope.link_local.add(key)


KINDS = (_Kind(),)
