# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.addressing import parse_interface, parse_network
from ...._model.errors import Conflict
from ...._model.lab.address import Address
from ...state import Attrs, Change, Key, Objects, place
from ..subnets import Subnets
from ..want import Want
from .kind import Kind, Listing, Stage, Turn, is_link
from .route import WHOLE, is_of_others, is_reached, stands_alone, turn

if TYPE_CHECKING:
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..removal import Removal
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Wants


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
    info_list = "addresses"
    quiet = frozenset({"secondary", "dad", "raw", "until", "other_end"})

    def links(self, key: AddressKey, attrs: Attrs) -> list[str]:
        """Its own."""
        del attrs
        return [key.dev]

    def needed_link(self, want: Want) -> tuple[Optional[str], Optional[str]]:
        """The one that has it."""
        return "dev", want.key.dev

    def host_link_changed(self, change: Change) -> Optional[str]:
        """Its own."""
        dev: str = change.key.dev
        return dev

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

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One of the session's link, its own elsewhere, or one whose subnet takes in the other end."""
        if change.key.dev in path.devs:
            return "is on the link of your SSH session"
        if path.is_own(change.key):
            return "is the one of your SSH session"
        net = parse_interface(change.key.address).network
        return f"contains {path.peer}, where you connect from" if path.peer in net else None

    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """Another prefix length is looked at when it is made."""

    takes_others = True

    def takes_along(self, change: Change) -> bool:
        """Whatever becomes of it: routes hang on it."""
        del change
        return True

    def as_described(self, key: AddressKey) -> AddressKey:
        """Without its peer."""
        return key._replace(peer="")

    def goes_without_ipv6(self, key: AddressKey, attrs: Attrs, link: str) -> bool:
        """Those of the link; of all links, but for loopback's."""
        del attrs
        return key.six and (key.dev == link if link else key.dev != "lo")

    def is_told_with_netns(self, key: AddressKey) -> bool:
        """Those of loopback are not."""
        return key.dev != "lo"

    def removal_turn(self, key: AddressKey, attrs: Attrs) -> tuple[int, int]:
        """A subnet's first address comes after the others, which it takes along."""
        del key
        return Turn.ADDRESS, not attrs.get("secondary")

    def losses(self, planner: Reconciler, key: AddressKey) -> tuple[Change, ...]:
        """Of a link that stays. Routes of others come back that need no address, or where its subnet has others.

        Those whose gateway was reached by it have gone with it.
        """
        changes = super().losses(planner, key)
        if any(isinstance(change.key, AddressKey) and change.after is not None for change in changes):
            lost = [change for change in changes if is_of_others(change)]
            changes += tuple(_back(each for each in lost if (each.before or {}).get("src") != key.host))
        gone = [change for change in changes if is_of_others(change) and change.after is None]
        lost = [change for change in gone if (change.before or {}).get("src") != key.host]
        kept = [change for change in lost if stands_alone(change.before or {})]
        near = Subnets((parse_network(change.key.dst), "") for change in kept)
        known = {change.key for change in kept}
        kept += [change for change in lost if change.key not in known and is_reached(change.before or {}, near)]
        return *changes, *_back(kept)

    def go_along(self, removal: Removal, key: AddressKey, now: Objects, found: dict[Key, Change]) -> None:
        """What hangs on it; the others of its subnet are given anew."""
        found[key] = Change(key, now[key], None)
        removal.add_hanging(key, now, found)

    def create(self, planner: Reconciler, want: Want) -> None:
        """One of ours with another prefix length goes first: with both neither would be as it says."""
        for key in planner.others_of(want.key):
            attrs = planner.now[key]
            if not planner.ledger.mine(key, attrs) and (expires(attrs) or not planner.is_in_own(key)):
                text = f", with {attrs['text']}" if attrs.get("text") else ""
                found = f"{key.address} on {place(key.netns, key.dev)}{text}, which netns.lab did not add"
                remedy = "Describe the existing one, or remove it first."
                raise Conflict(f"{want.where} ({want.key.describe()})", "only this prefix length", found, remedy)
            planner.take_away(key, attrs, f"has another prefix length, expected {want.key.address}")
        super().create(planner, want)

    def refuse_change(self, planner: Reconciler, want: Want, attrs: Attrs) -> None:
        """One that somebody renews, or gave, is left alone; within the lab's own it is its own."""
        if not planner.is_in_own(want.key) and expires(attrs):
            remedy = "It comes from DHCP or a router: "
            remedy += "choose another address, or stop that first."
            found = f"one with {attrs['text']}"
            raise Conflict(f"{want.where} ({want.key.describe()})", "a permanent address", found, remedy)
        planner.refuse_foreign_change(want, attrs, "another address")

    def kept(self, attrs: Attrs, differs: Attrs) -> Attrs:
        """What it is carried whole with does not stay."""
        del differs
        return {name: value for name, value in attrs.items() if name not in WHOLE}

    def consequences(self, planner: Reconciler, change: Change) -> tuple[tuple[Change, ...], str]:
        """It is taken away and given anew. Routes of others that go along are put back; the lab's own are made anew."""
        found = {change.key: change}
        planner.removal.add_hanging(change.key, planner.now, found)
        return (*found.values(), *_back(each for each in found.values() if is_of_others(each))), ""

    def undo_turn(self, change: Change) -> tuple[int, ...]:
        """Those that were second in their subnet come last."""
        return (int(bool(change.after and change.after.get("secondary"))), *self.turn(change))

    def undo_parts(self, change: Change) -> list[Change]:
        """One that was second in its subnet and came first makes way before the first one is back."""
        key, before, after, _via = change
        if before is not None and after is not None and after.get("secondary"):
            return [Change(key, before, None), Change(key, None, after)]
        return [change]

    def is_anothers(self, attrs: Attrs) -> bool:
        """One with a lifetime is; what somebody gave by hand in its place is drift of the lab's own."""
        return expires(attrs)

    def info(self, key: AddressKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Its link and what it is."""
        del state, record
        return {"netns": key.netns, "dev": key.dev, "address": key.address, "broadcast": attrs.get("broadcast")}


def expires(attrs: Attrs) -> bool:
    """Whether an address goes by itself, unless it is renewed.

    :param attrs: its attributes (dict).
    """
    return bool(attrs.get("until")) and attrs["until"][1] is not None


def _back(lost: Iterable[Change]) -> list[Change]:
    """The changes that put back what was lost, in the order in which it can be."""
    return sorted((Change(each.key, each.after, each.before) for each in lost), key=turn)


# -- what descriptions want ------------------------------------------------------------------------------------------


def want_address(wants: Wants, where: str, netns: str, dev: str, text: str, attrs: Optional[Attrs] = None) -> None:
    """Want an address on a link.

    :param wants: what is wanted so far.
    :param where: the entry's name (str).
    :param netns: the namespace (str).
    :param dev: the link (str).
    :param text: the address with its prefix length (str).
    :param attrs: what the entry says of it besides (dict; default: nothing).
    """
    net = parse_interface(text).network
    create: Attrs = {}
    if net.version == 4:
        create["broadcast"] = str(net.broadcast_address) if net.prefixlen < 31 else None
    key = AddressKey(netns, dev, text)
    wants[key] = Want(key, "address", where, {**(attrs or {}), "raw": None}, create)


def _want(wants: Wants, item: Address, _seed: str) -> None:
    attrs = {} if item.broadcast is None else {"broadcast": item.broadcast}
    want_address(wants, item.where, item.netns, item.dev, item.address, attrs)


def _remove(item: Address) -> list[Key]:
    return [AddressKey(item.netns, item.dev, item.address)]


KINDS = (_Kind(),)
LISTS = {"addresses": Listing(_want, _remove)}
