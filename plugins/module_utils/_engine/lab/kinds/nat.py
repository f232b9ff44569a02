# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the nft table ``inet netns_lab`` of a namespace, and the table itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.lab import port_ranges
from ...._model.lab.masquerade import Masquerade
from ...._model.lab.port_forward import PortForward
from ...state import NFT_TABLE, Attrs, Change, Key, within
from ..nat import table as nat_table
from ..want import Want
from .kind import Kind, Listing, Stage, nothing, untouched
from .sysctl import SysctlKey, forwarding, want_value

if TYPE_CHECKING:
    from ..host_state import State
    from ..nat.conntrack import Concerned
    from ..reconcile import Reconciler
    from ..record import Record
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Wants


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

    def remove(self, planner: Reconciler, key: Key, reason: str) -> None:
        """A namespace's NAT is planned as a whole; see :mod:`..nat.nat`."""

    def want(self, planner: Reconciler, want: Want) -> None:
        """As for :meth:`remove`."""

    @abstractmethod
    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """Each kind of NAT says so itself."""


class _Table(_Kind):
    sort = "nat_table"
    key = NatTableKey
    stage = Stage.NAT_TABLE
    make_way = nothing
    touches_session = untouched
    on_record = False
    can_be_lost = False
    is_missed = False
    quiet = frozenset({"rules", "chains", "sets", "foreign", "in_front"})
    marks = frozenset({"rules", "chains", "sets"})

    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """What is in the table says it."""

    def may_be_adopted(self, want: Want, attrs: Attrs) -> bool:
        """It is nobody's: it comes with the first thing in it and goes with the last."""
        del want, attrs
        return False

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """What it is made of is in order or not."""
        value = super().value(name, attrs, other)
        if name in self.marks and value not in (None, "", []):
            return "in order" if value == nat_table.WANTED[name] else "amiss"
        return value


class _OfDescription(_Kind):
    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """One of another lab's, or of nobody's, is left alone."""
        if attrs is None or planner.ledger.mine(want.key, attrs):
            return
        differs = any(attrs.get(name) != value for name, value in want.attrs.items())
        if planner.strict or (differs and planner.ledger.holder(want.key)):
            planner.refuse(want)


class _MasqueradeKind(_OfDescription):
    sort = "masquerade"
    key = MasqueradeKey
    info_list = "masquerades"
    faults = frozenset({"each"})

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One that takes in the address of the session's own end, and does not exclude the other."""
        excluded = (change.after or change.before or {}).get("exclude") or ()
        if not path.covers(change.key.source, path.own) or any(path.covers(net, path.peer) for net in excluded):
            return None
        return "is for the address of your SSH session"

    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """Those that it translates, or no longer does."""
        concerned.add_masquerade(change)

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """Of several rules their number."""
        value = super().value(name, attrs, other)
        return f"{len(value)} rules" if name == "each" and value else value

    def info(self, key: MasqueradeKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Its prefix, and what is left out."""
        del state, record
        out = key.out_interface or None
        return {"netns": key.netns, "source": key.source, "out_interface": out, "exclude": attrs["exclude"]}


class _ForwardKind(_OfDescription):
    sort = "forward"
    key = ForwardKey
    info_list = "port_forwards"
    faults = frozenset({"stands"})

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One that takes the session's port."""
        key, at = change.key, ("", None, path.address)
        if key.protocol != "tcp" or key.six != (path.peer.version == 6) or key.listen not in at:
            return None
        return "takes new SSH connections" if key.first <= path.port <= key.last else None

    def ask(self, scope: Scope, key: ForwardKey) -> None:
        """Ask for what has a forward's packets pass within a bridge, too."""
        super().ask(scope, key)
        scope.forwards |= not key.netns

    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """Those that it translates, or no longer does."""
        concerned.add_forward(change)

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """The elements that stand in the place of its own."""
        value = super().value(name, attrs, other)
        if name != "stands" or not value:
            return value
        return ",".join(f"{kind} {port_ranges.text(*run)} to {to}:{port}" for kind, *run, to, port in value)

    def info(self, key: ForwardKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Where it listens, and where it leads."""
        del state, record
        to = f"[{attrs['to']}]" if key.six else attrs["to"]
        return {
            "netns": key.netns,
            "protocol": key.protocol,
            "port": port_ranges.text(key.first, key.last),
            "listen": key.listen or None,
            "to": f"{to}:{attrs['to_port']}",
            "whole": "stands" not in attrs,
        }


class _HairpinKind(_Kind):
    sort = "hairpin"
    key = HairpinKey
    make_way = nothing
    touches_session = untouched
    can_be_lost = False
    is_missed = False

    def concern_flows(self, concerned: Concerned, change: Change) -> None:
        """Those that it translates, or no longer does."""
        concerned.add_hairpin(change)


#: the keys of all that is in the table, and of the table
NAT = (NatTableKey, MasqueradeKey, ForwardKey, HairpinKey)
KINDS = (_Table(), _MasqueradeKind(), _ForwardKind(), _HairpinKind())
# -- what descriptions want ------------------------------------------------------------------------------------------


def _want_table(wants: Wants, where: str, netns: str) -> None:
    key = NatTableKey(netns)
    wants.setdefault(key, Want(key, "nat_table", where, nat_table.WANTED))


def _want_masquerade(wants: Wants, item: Masquerade, _seed: str) -> None:
    _want_table(wants, item.where, item.netns)
    key = MasqueradeKey(item.netns, item.source, item.out_interface)
    wants[key] = Want(key, "masquerade", item.where, {"exclude": list(item.exclude)})
    if item.ip_forward:
        sysctl = SysctlKey(item.netns, forwarding(item.source))
        want_value(wants, f"{item.where}.ip_forward", sysctl, "1", key)


def _remove_masquerade(item: Masquerade) -> list[Key]:
    return [MasqueradeKey(item.netns, item.source, item.out_interface)]


def _want_forward(wants: Wants, item: PortForward, _seed: str) -> None:
    _want_table(wants, item.where, item.netns)
    for key in _forward_keys(item):
        attrs = {"to": item.to, "to_port": item.to_port}
        wants[key] = Want(key, "port_forward", item.where, attrs, hairpin=item.hairpin)


def _forward_keys(item: PortForward) -> list[Key]:
    """One for each address listened on. Where ``to`` is not known (a removal), both families are named."""
    if item.listen:
        ends: list[tuple[bool, str]] = [(":" in text, text) for text in item.listen]
    elif item.to:
        ends = [(":" in item.to, "")]
    else:
        ends = [(False, ""), (True, "")]
    run = (item.ports[0], item.ports[-1])
    return [ForwardKey(item.netns, item.protocol, six, listen, *run) for six, listen in ends]


LISTS = {
    "masquerades": Listing(_want_masquerade, _remove_masquerade),
    "port_forwards": Listing(_want_forward, _forward_keys),
}
