# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the nft table ``inet netns_lab`` of a namespace, and the table itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...._model.lab import port_ranges
from ...state import NFT_TABLE, Key, within
from .kind import Kind, Stage

if TYPE_CHECKING:
    from ..scope import Scope


class _NatTable(NamedTuple):
    sort: str
    netns: str


class NatTableKey(Key, _NatTable):
    """The table of a namespace.

    Attributes: flags, chains, sets, rules; ``foreign`` and ``in_front`` of others; see :mod:`..nat.table`.
    """

    __slots__ = ()

    def __new__(cls, netns: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("nat_table", netns))

    def describe(self) -> str:
        """``nft table inet netns_lab in red``."""
        return f"nft table inet {NFT_TABLE}{within(self.netns)}"


class _Masquerade(NamedTuple):
    sort: str
    netns: str
    source: str
    out_interface: str


class MasqueradeKey(Key, _Masquerade):
    """Source NAT of a prefix. Attributes: exclude; ``each``: those of its rules, if several."""

    __slots__ = ()

    def __new__(cls, netns: str, source: str, out_interface: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("masquerade", netns, source, out_interface))

    def describe(self) -> str:
        """``masquerade 10.0.0.0/24 out eth0 in red``."""
        out = f" out {self.out_interface}" if self.out_interface else ""
        return f"masquerade {self.source}{out}{within(self.netns)}"


class _Forward(NamedTuple):
    sort: str
    netns: str
    protocol: str
    six: bool
    listen: str
    first: int
    last: int


class ForwardKey(Key, _Forward):
    """A port forward, or a range of them.

    Attributes: to, to_port: where ``first`` leads, the others of the range one to one; ``stands``: its elements, if
    others than it should have; see :mod:`..nat.elements`.
    """

    __slots__ = ()

    def __new__(cls, netns: str, protocol: str, six: bool, listen: str, first: int, last: int):
        """Fill in the sort."""
        return tuple.__new__(cls, ("forward", netns, protocol, six, listen, first, last))

    @property
    def at(self) -> tuple[str, str, bool, str]:
        """Where it listens, but for its ports: namespace, protocol, family, address."""
        return self.netns, self.protocol, self.six, self.listen

    def describe(self) -> str:
        """``port_forward tcp/80 on 192.0.2.1 in red``."""
        at = f" on {self.listen}" if self.listen else (" (IPv6)" if self.six else "")
        return f"port_forward {self.protocol}/{port_ranges.text(self.first, self.last)}{at}{within(self.netns)}"


class _Hairpin(NamedTuple):
    sort: str
    netns: str
    source: str
    to: str
    protocol: str
    first: int
    last: int


class HairpinKey(Key, _Hairpin):
    """The way back for who is in a forward's own subnet; ports of the target. No attributes."""

    __slots__ = ()

    def __new__(cls, netns: str, source: str, to: str, protocol: str, first: int, last: int):
        """Fill in the sort."""
        return tuple.__new__(cls, ("hairpin", netns, source, to, protocol, first, last))

    def describe(self) -> str:
        """``hairpin 10.0.0.0/24 to 10.0.0.2 tcp/80 in red``."""
        ports = port_ranges.text(self.first, self.last)
        return f"hairpin {self.source} to {self.to} {self.protocol}/{ports}{within(self.netns)}"


class _Kind(Kind):
    shared = False
    in_netns = True
    stage = Stage.NAT

    def ask(self, scope: Scope, key: Key) -> None:
        """Ask for the NAT of the namespace; for what drops packets on their way through the host, too."""
        scope.namespaces.add(key.netns)
        scope.nat.add(key.netns)
        scope.firewalls |= not key.netns


class _Table(_Kind):
    sort = "nat_table"
    key = NatTableKey
    stage = Stage.NAT_TABLE


class _MasqueradeKind(_Kind):
    sort = "masquerade"
    key = MasqueradeKey


class _ForwardKind(_Kind):
    sort = "forward"
    key = ForwardKey

    def ask(self, scope: Scope, key: ForwardKey) -> None:
        """Ask for what has a forward's packets pass within a bridge, too."""
        super().ask(scope, key)
        scope.forwards |= not key.netns


class _HairpinKind(_Kind):
    sort = "hairpin"
    key = HairpinKey


#: the keys of all that is in the table, and of the table
NAT = (NatTableKey, MasqueradeKey, ForwardKey, HairpinKey)
KINDS = (_Table(), _MasqueradeKind(), _ForwardKind(), _HairpinKind())
