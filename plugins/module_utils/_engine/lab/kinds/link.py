# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links. What is particular to veth pairs, bridges and others stands in :mod:`..links`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.addressing import IPV6_MTU
from ...._model.errors import Conflict, InvalidArgument
from ...._model.lab.bridge_port import BridgePort
from ...._model.lab.end import End
from ...._model.lab.kinds import KINDS as OPTIONS
from ...plan import CREATE, DELETE, Step
from ...state import DIRECT, GROUP, PEER, Attrs, Change, Key, Objects, is_marked, place
from ..links import table as link_kinds
from ..links.lists import some as some_of
from ..want import Want
from ..words import differing, some
from .address import want_address
from .kind import Kind, Listing, Stage, Turn, is_link

if TYPE_CHECKING:
    from ...._model.lab.topology import Topology
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..removal import Removal
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Wants


class _Link(NamedTuple):
    sort: str
    netns: str
    name: str


class LinkKey(Key, _Link):
    """A link by its name.

    Attributes: kind, up, mtu, mac, bridge, peer, addrgenmode, group, and those of its kind and of its port.
    """

    __slots__ = ()

    def __new__(cls, netns: str, name: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("link", netns, name))

    def describe(self) -> str:
        """``link red/eth0``."""
        return f"link {place(self.netns, self.name)}"

    def named(self) -> str:
        """``red/eth0``."""
        return place(self.netns, self.name)

    @property
    def is_innate(self) -> bool:
        """Loopback is."""
        return self.name == "lo"


_PORT_OPTIONS = frozenset({"hairpin", "isolated", "learning", "flood", "cost", "priority", "bridge_fdb"})


def off_bridge(attrs: Attrs) -> Attrs:
    """A link's attributes once it is no port any more.

    :param attrs: its attributes (dict).
    """
    return {**{name: value for name, value in attrs.items() if name not in _PORT_OPTIONS}, "bridge": ""}


class _Kind(Kind):
    sort = "link"
    key = LinkKey
    stage = Stage.LINK
    shared = False
    in_netns = True
    given_back = True
    half_made = True
    adoption_is_told = True
    info_list = "links"
    quiet = frozenset({"kind", "group", "bridge_mtu", "bridge_fdb"})
    common = frozenset(
        {"mtu", "mac", "addrgenmode", "hairpin", "isolated", "learning", "flood", "cost", "priority"}
        | {"forward_delay", "stp", "vlan_filtering"}
    )
    marks = frozenset({"group", "bridge_fdb"})

    def stage_of(self, key: LinkKey, attrs: Attrs) -> int:
        """Bridges come before their ports."""
        del key
        kind = link_kinds.find(attrs)
        return Stage.BRIDGE if kind is not None and kind.first else self.stage

    def links(self, key: LinkKey, attrs: Attrs) -> list[str]:
        """Its bridge, and the one that it lies over."""
        del key
        return [name for name in (attrs.get("bridge"), link_kinds.over(attrs)) if name]

    def needed_link(self, want: Want) -> tuple[Optional[str], Optional[str]]:
        """The one that it lies over, by the option of its kind."""
        kind = link_kinds.find(want.attrs)
        return super().needed_link(want) if kind is None else (kind.over, want.attrs.get(kind.over))

    def host_link_changed(self, change: Change) -> Optional[str]:
        """The one that it takes all packets of, else itself, if more than its options change."""
        name, before, after = change.key.name, change.before, change.after
        if before is None or after is None:
            kind = link_kinds.find(after or {})
            return (None if kind is None else kind.seizes(after or {})) or name
        return name if any(before.get(each) != after.get(each) for each in ("up", "mac", "bridge")) else None

    def may_be_made(self, key: LinkKey) -> bool:
        """Any name that the kernel takes."""
        return is_link(key.name)

    def ask(self, scope: Scope, key: LinkKey) -> None:
        """Ask for the namespace; for the host's own, for its routes and for what looks after links, too."""
        scope.namespaces.add(key.netns)
        if not key.netns:
            scope.host_links = scope.host_routes = True

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One that the session's packets pass, or that takes them from the link that they come by."""
        if change.key.name in path.devs:
            return "carries your SSH session"
        for attrs in (change.before, change.after):
            kind = None if attrs is None else link_kinds.find(attrs)
            seized = None if kind is None else kind.seizes(attrs)
            if seized in path.devs:
                return f"takes all packets of {seized}, which carries your SSH session"
        return None

    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """Refuse what is foreign; remove one of ours that the kernel does not change into what is wanted."""
        if "kind" not in want.attrs:
            return
        if attrs is not None and planner.ledger.in_progress(want.key, attrs):
            planner.take_away(want.key, attrs, "left by a run that was interrupted")
            attrs = None
        if attrs is not None and attrs["kind"] != want.attrs["kind"]:
            found = f"a link of kind {attrs['kind'] or 'physical'} with this name"
            remedy = "It is not replaced: choose another name, or remove that link."
            raise Conflict(f"{want.where} ({want.key.describe()})", f"a {want.attrs['kind']}", found, remedy)
        kind = link_kinds.of(want.attrs["kind"])
        kind.prepare(want, planner)
        if attrs is None:
            return
        differs = kind.anew(want.attrs, attrs)
        if not differs:
            planner.refuse_foreign(want, attrs)
            return
        reason = ", ".join(differing(name, attrs, want.attrs[name]) for name in differs)
        if not (is_marked(attrs) and (not planner.strict or planner.ledger.mine(want.key, attrs))):
            remedy = "It is not replaced: choose another name, or remove that link first."
            found = f"{planner.whose(want)} ({reason})"
            raise Conflict(f"{want.where} ({want.key.describe()})", "to create it", found, remedy)
        planner.take_away(want.key, attrs, reason)

    def removal_turn(self, key: LinkKey, attrs: Attrs) -> tuple[int, int]:
        """Links before the bridges that they are ports of."""
        del key
        kind = link_kinds.find(attrs)
        return Turn.BRIDGE if kind is not None and kind.first else Turn.LINK, 0

    def remove(self, planner: Reconciler, key: LinkKey, reason: str) -> None:
        """Remove it under its own name; what another link is called besides is no hindrance."""
        attrs = planner.now.get(key)
        if attrs is not None:
            planner.take_away(key, attrs, reason)

    takes_others = True

    def takes_along(self, change: Change) -> bool:
        """Also where it goes down."""
        before, after = change.before or {}, change.after
        return after is None or bool(before.get("up") and after.get("up") is False)

    def turns_ipv6_off(self, change: Change) -> Optional[str]:
        """An MTU too small for it does."""
        mtu, new = (change.before or {}).get("mtu"), (change.after or {}).get("mtu")
        return change.key.name if mtu and new and new < IPV6_MTU <= mtu else None

    def go_along(self, removal: Removal, key: LinkKey, now: Objects, found: dict[Key, Change]) -> None:
        """Its peer, and what is on it."""
        removal.add_link(key, now, found, DIRECT)

    def create(self, planner: Reconciler, want: Want) -> None:
        """Make it, with its peer."""
        if "kind" not in want.attrs:
            netns, name = want.key.netns, want.key.name
            there = sorted(key.name for key in planner.now if isinstance(key, LinkKey) and key.netns == netns)
            found = f"no such link in {'namespace ' + netns if netns else 'the host namespace'} (it has {some(there)})"
            remedy = "Give an existing link, or create it first."
            raise InvalidArgument(f"{want.where}.dev", f"an existing link {name!r}", found, remedy)
        name, peer = link_kinds.of(want.attrs["kind"]).named(want.key, want.attrs), want.attrs.get("peer")
        ends = [want, planner.wants[LinkKey(*peer)]] if peer else [want]
        if peer and want.key.netns and not ends[1].key.netns:
            ends.reverse()
        changes = tuple(
            Change(end.key, None, {**end.create, **end.attrs}, via) for end, via in zip(ends, (DIRECT, PEER))
        )
        planner.emit(Step(want.kind, name, CREATE, "does not exist", changes))

    def kept(self, attrs: Attrs, differs: Attrs) -> Attrs:
        """The options of a port do not stay when it changes bridges."""
        return off_bridge(attrs) if "bridge" in differs else attrs

    def after_change(self, planner: Reconciler, change: Change) -> None:
        """One that goes down takes its routes and IPv6 addresses along; the plan says so."""
        if change.before and change.after and change.before.get("up") and change.after.get("up") is False:
            for lost in planner.removal.with_down(change.key, planner.now):
                reason = f"{change.key.describe()} goes down"
                planner.emit(Step(lost.key.sort, lost.key.named(), DELETE, reason, (lost,)))

    def is_restorable(self, change: Change) -> bool:
        """One that went along with a namespace may be of a kind that no lab makes."""
        if change.before is not None or change.after is None:
            return True
        kind = link_kinds.find(change.after)
        return kind is not None and kind.restorable(change.after)

    def is_anothers(self, attrs: Attrs) -> bool:
        """One without our mark is."""
        return not is_marked(attrs)

    def may_be_adopted(self, want: Want, attrs: Attrs) -> bool:
        """Not one that is only put on a bridge."""
        del attrs
        return "kind" in want.attrs

    def word(self, attrs: Attrs) -> str:
        """Its own kind."""
        return attrs["kind"] if attrs["kind"] in link_kinds.LINKS else self.sort

    def step_name(self, key: LinkKey, attrs: Attrs) -> str:
        """As its kind names it."""
        kind = link_kinds.find(attrs)
        return key.named() if kind is None else kind.named(key, attrs)

    def title(self, key: LinkKey, attrs: Attrs) -> str:
        """Its kind and its name."""
        return f"{attrs.get('kind') or 'link'} {key.named()}"

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """Of lists that may be long only what ``other`` does not have, of a peer its name."""
        value, kind = attrs.get(name), link_kinds.find(attrs)
        if kind is not None and name in kind.long:
            known = (other or {}).get(name, ())
            return some_of([entry for entry in value or () if entry not in known], limit=2 if other else 0)
        return place(*value) if name == "peer" and value else value

    def info(self, key: LinkKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """All that was read of it."""
        del state, record
        peer = attrs.get("peer")
        told = {name: value for name, value in attrs.items() if name not in ("peer", "bridge", "group")}
        return {
            "netns": key.netns,
            "name": key.name,
            **told,
            "bridge": attrs.get("bridge") or None,
            "peer": {"netns": peer[0], "name": peer[1]} if peer else None,
        }


# -- what descriptions want ------------------------------------------------------------------------------------------


def settle(wants: Wants) -> None:
    """Have wanted links take account of each other, once all are known.

    Ports set the wanted MTU of their bridge again: one that nobody set gives way to that of a port. The bridge of a
    VXLAN interface that does not learn keeps its known places, and learns nothing from it: what a bridge learns from
    such a port stays for minutes after a namespace has moved here from another host, and frames for it would still go
    into the VXLAN and be lost.

    :param wants: what is wanted.
    """
    for want in wants.values():
        bridge = wants.get(LinkKey(want.key.netns, want.attrs["bridge"])) if want.attrs.get("bridge") else None
        if bridge is not None and bridge.attrs.get("mtu") is not None:
            want.create["bridge_mtu"] = bridge.attrs["mtu"]
        if want.attrs.get("fdb_learning") is False and want.attrs.get("bridge") and "fdb" in want.attrs:
            want.attrs["bridge_fdb"] = [mac for mac, _place in want.attrs["fdb"]]
            want.attrs.setdefault("learning", False)


def ports_to_free(topology: Topology) -> dict[Key, Optional[str]]:
    """The links that are to leave their bridge, each with the bridge named (None: whichever it is).

    :param topology: a description of things to be absent (Topology).
    """
    return {LinkKey(port.netns, port.dev): port.bridge for port in topology["bridge_ports"]}


def _end(end: End, kind: str) -> Want:
    attrs: Attrs = {"kind": kind, "up": end.up}
    create: Attrs = {"group": GROUP}
    for name in ("bridge", "mtu", "mac", "addrgenmode"):
        value = getattr(end, name)
        if value is not None and value != "auto":
            attrs[name] = value
    if end.addrgenmode is None and not end.six and (end.mtu is None or end.mtu >= IPV6_MTU):
        create["addrgenmode"] = "none"
    return Want(LinkKey(end.netns, end.name), kind, end.where, attrs, create)


def _listing(option: str) -> Listing:
    """A list whose entries are links: these, and their addresses."""

    def want(wants: Wants, item: Any, seed: str) -> None:
        [kind] = link_kinds.kinds_of(option, item)
        ends = tuple(OPTIONS[option].ends(item))
        for end in ends:
            found = _end(end, kind)
            link_kinds.of(kind).fill(found, item, end, seed)
            wants[found.key] = found
        for end in ends:
            for index, text in enumerate(end.addresses or ()):
                want_address(wants, f"{end.where}.addresses[{index}]", end.netns, end.name, text)

    def remove(item: Any) -> list[Key]:
        return [LinkKey(item.end.netns, item.end.name)]

    return Listing(want, remove)


def _want_port(wants: Wants, item: BridgePort, _seed: str) -> None:
    key = LinkKey(item.netns, item.dev)
    want = wants.setdefault(key, Want(key, "bridge_port", item.where))
    if want.attrs.get("bridge", item.bridge) != item.bridge:
        found = f"{item.bridge}, but {want.where} says {want.attrs['bridge']}"
        raise InvalidArgument(f"{item.where}.bridge", "one bridge for a port", found, "Use the same bridge in both.")
    want.attrs.update(bridge=item.bridge, **dict(item.options))


def _remove_port(_item: BridgePort) -> list[Key]:
    """It leaves its bridge and stays."""
    return []


KINDS = (_Kind(),)
LISTS = {**{option: _listing(option) for option in link_kinds.LISTS}, "bridge_ports": Listing(_want_port, _remove_port)}
