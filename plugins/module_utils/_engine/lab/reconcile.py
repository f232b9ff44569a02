# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands against what is wanted: the steps from one to the other, each with its reason. Pure."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any, Optional

from ..._model.errors import Conflict, Dependency, InvalidArgument
from ..._model.lab import port_ranges
from ..plan import CHANGE, CREATE, DELETE, Outcome, Step
from ..state import DIRECT, PEER, PROTOCOL, Attrs, Change, Key, Objects, is_marked, place
from . import bridge_macs, foreign, ipv6_off, order, sysctls
from .host_state import State
from .kinds import route as routes
from .kinds import rule as policy_rules
from .kinds import sysctl as forwarding
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.nat import NAT, ForwardKey, MasqueradeKey
from .kinds.netns import NetnsKey
from .kinds.paths import NETNS_DIR, NETNS_HOME, DirectoryKey, FileKey, NetnsDirKey, PathKey
from .kinds.route import RouteKey
from .kinds.rule import RuleKey
from .kinds.sysctl import SysctlKey
from .kinds.table import kind_of
from .ledger import Ledger
from .links import table as link_kinds
from .nat import nat
from .removal import Removal, off_bridge
from .wanted import Want, Wants

#: the order in which removals are planned, so that what goes along with another needs no step of its own
_PLANNED = ("netns", "link", "bridge", "route", "address")


class Reconciler:
    """One run of reconciling.

    :param strict: whether what stands and was not made by the lab is a conflict (a topology), or is shaped as asked
        (a single module, where the user names the one object).
    """

    def __init__(self, state: State, wants: Wants, ledger: Ledger, strict: bool) -> None:
        self._state, self._wants, self._ledger, self._strict = state, wants, ledger, strict
        self.now: Objects = dict(state.objects)
        self._removal = Removal(state.objects)
        self.steps: list[Step] = []
        self._held: list[Key] = []
        self._released: list[Key] = []
        self._gone: set[Key] = set()
        #: the addresses that stand, by namespace and link, once they are asked for
        self._lengths: Optional[dict[Key, list[Key]]] = None

    def run(self, remove: dict[Key, str], free: dict[Key, Optional[str]], give_back: dict[Key, str]) -> Outcome:
        """Plan removals, then what has to give way, then what is wanted.

        Removals are planned from the namespaces up, so that what goes along with one needs no step of its own.

        :param remove: keys of the objects to remove, each with the reason.
        :param free: links to take off their bridge (None: whichever it is).
        :param give_back: links that the lab changed but did not make, each with the reason to restore them.
        :raises LabError: Conflict, InvalidArgument or Dependency, before anything is planned in part.
        """
        for key in sorted(remove, key=self._planned):
            self._remove(key, remove)
        for key, bridge in free.items():
            self._free(key, bridge)
        for key, reason in give_back.items():
            if key not in self.now or self.now[key]["kind"] != "bridge":
                self._give_back(key, reason)
        for want in self._wants.values():
            self._make_way(want)
        for want in sorted(self._wants.values(), key=_after_forwarding):
            if not isinstance(want.key, NAT):
                self._want(want)
        self._refuse_taken_ports(remove)
        for step in nat.steps(self.now, self._wants, set(remove)):
            self._emit(step)
        self._held += [key for key in self._wants if kind_of(key).shared and key in self.now]
        self._give_back_macs()
        return Outcome(order.arranged(self.steps), self.now, self._held, self._released)

    def _emit(self, step: Step) -> None:
        self.steps.append(step)
        for change in step.changes:
            if change.after is None:
                self.now.pop(change.key, None)
                self._gone.add(change.key)
            else:
                self.now[change.key] = change.after
                if change.before is None and isinstance(change.key, AddressKey):
                    self._removal.came(change.key)

    # -- removal -------------------------------------------------------------------------------------------------

    def _planned(self, key: Key) -> tuple[int, int, bool]:
        """Namespaces first, then cables, bridges, routes, addresses; directories last, the deepest of them first.

        A subnet's first address comes after the others, which it takes along.
        """
        attrs = self.now.get(key, {})
        if isinstance(key, (NetnsDirKey, DirectoryKey)):
            return len(_PLANNED) + 1, -key.path.count("/"), key == NETNS_HOME
        kind = link_kinds.find(attrs)
        sort = "bridge" if kind is not None and kind.first else key.sort
        turn = _PLANNED.index(sort) if sort in _PLANNED else len(_PLANNED)
        return turn, isinstance(key, AddressKey) and not attrs.get("secondary"), False

    def _remove(self, key: Key, remove: dict[Key, str]) -> None:
        reason = remove[key]
        if isinstance(key, NAT):
            return
        if kind_of(key).shared and self._ledger.holder(key):
            self._released.append(key)
            return
        if isinstance(key, SysctlKey):
            self._restore(key, reason)
            return
        attrs = self.now.get(key)
        if key in self._state.alien and not isinstance(key, LinkKey):
            self._leave_alien(key)
            return
        if isinstance(key, NetnsKey) and key.netns in self._state.dead:
            change = Change(key, {"lo_up": False}, None)
            self._emit(Step("netns", named(key), DELETE, f"{reason}; only its name is left", (change,)))
        if attrs is None and self._in_part(key):
            change = Change(key, {}, None)
            self._emit(Step(key.sort, named(key), DELETE, f"{reason}; only a part of it is left", (change,)))
        if attrs is None or (isinstance(key, PathKey) and key not in self._ledger.own.made):
            return
        if isinstance(key, (NetnsDirKey, DirectoryKey)) and self._in_use(key.path):
            if self._strict:
                self._released.append(key)
            return
        self._take_away(key, attrs, reason)

    def _take_away(self, key: Key, attrs: Attrs, reason: str) -> None:
        kind = link_kinds.find(attrs) if isinstance(key, LinkKey) else None
        name = named(key) if kind is None else kind.named(key, attrs)
        changes = (self._removal.loss if isinstance(key, AddressKey) else self._removal.of)(key, self.now)
        if key == NETNS_DIR and self._made_alone(NETNS_HOME):
            changes += (Change(NETNS_HOME, self.now[NETNS_HOME], None),)
        self._emit(Step(_kind(key, attrs), name, DELETE, reason, changes))

    def _made_alone(self, key: Key) -> bool:
        """Whether it stands, and this lab and no other has it on record."""
        return key in self.now and key in self._ledger.own.made and not self._ledger.holder(key)

    def _leave_alien(self, key: Key) -> None:
        """What is of another kind than the lab makes is not its own, whatever the record says of its name."""
        if self._strict:
            self._released.append(key)
        elif isinstance(key, NetnsKey):
            remedy = "It is left as it is: remove it by hand if nobody needs it."
            raise Conflict(key.describe(), "a namespace to remove", self._state.alien[key], remedy)

    def _in_part(self, key: Key) -> bool:
        """Whether a run of this lab was killed while it made, or removed, the object."""
        return key in self._state.half and key in self._ledger.own.made

    def _in_use(self, path: str) -> bool:
        """Whether something will be left in a directory: somebody else's, or ours that stays."""
        gone = {f"/run/netns/{key.netns}" for key in self._gone if isinstance(key, NetnsKey)}
        gone |= {key.path for key in self._gone if isinstance(key, PathKey)}
        return any(f"{path}/{name}" not in gone for name in self._state.entries.get(path, ()))

    def _restore(self, key: Key, reason: str) -> None:
        """Give a sysctl the value back that it had before any lab; one that was changed since is left alone."""
        self._released.append(key)
        prior, value = self._ledger.own.sysctls.get(key, (None, ""))
        attrs = self.now.get(key)
        if prior is None or attrs is None or value not in (None, attrs["value"]) or sysctls.is_irrevocable(key, prior):
            return
        why = f"{reason}; it was {prior} before"
        back = [Change(key, attrs, {"value": prior})]
        if forwarding.is_forwarding(key) and (attrs["value"] != prior or value is None):
            along = self._ledger.own.along.get(key, {})
            back += forwarding.restoration(back[0], self.now, along, halfway=value is None)
        if prior == "0":
            back += ipv6_off.put_back(self._ledger.own.taken.get(key, []), self.now, self._wants)
        if any(change.before != change.after for change in back):
            self._emit(Step("sysctl", named(key), CHANGE, why, tuple(back)))

    def _free(self, key: Key, bridge: Optional[str]) -> None:
        attrs = self.now.get(key)
        if attrs is None or not attrs.get("bridge") or bridge not in (None, attrs["bridge"]):
            return
        reason = f"asked to leave {attrs['bridge']}"
        self._emit(
            Step("bridge_port", place(key.netns, key.name), DELETE, reason, (Change(key, attrs, off_bridge(attrs)),))
        )

    def _give_back(self, key: Key, reason: str) -> None:
        """Restore a link that the lab changed; its bridge may be gone already."""
        self._released.append(key)
        attrs, prior = self.now.get(key), self._ledger.own.borrowed[key]
        if attrs is None:
            return
        bridge = prior.get("bridge", attrs["bridge"])
        gone = bridge and LinkKey(key.netns, bridge) not in self.now
        back = attrs if bridge == attrs["bridge"] or gone else {**off_bridge(attrs), "bridge": bridge}
        if back["bridge"]:
            back = {**back, **{name: value for name, value in prior.items() if value is not None}}
        if back != attrs:
            step = Step("bridge_port", named(key), CHANGE, f"{reason}; as it was before", (Change(key, attrs, back),))
            self._emit(step)

    def _give_back_macs(self) -> None:
        """Let bridges that others made have the addresses that they had before their first port."""
        self.steps = bridge_macs.with_losses(self.steps, self._state.objects)
        for key, steps in bridge_macs.restored(self._ledger.own.borrowed, self._state.objects, self.now):
            self._released.append(key)
            for step in steps:
                self._emit(step)

    # -- what stands in the way ----------------------------------------------------------------------------------

    def _make_way(self, want: Want) -> None:
        """Refuse what is foreign; remove a cable of ours that runs elsewhere."""
        attrs = self.now.get(want.key)
        if attrs is None:
            self._refuse_alien(want)
        if isinstance(want.key, NetnsKey):
            if attrs is not None:
                self._refuse_foreign(want, attrs)
        elif isinstance(want.key, SysctlKey):
            self._refuse_other_value(want)
        elif isinstance(want.key, FileKey):
            if attrs is not None and attrs != want.attrs:
                self._refuse_foreign(want, attrs)
        elif isinstance(want.key, (ForwardKey, MasqueradeKey)) and attrs is not None:
            differs = any(attrs.get(name) != value for name, value in want.attrs.items())
            if not self._ledger.mine(want.key, attrs) and (self._strict or (differs and self._ledger.holder(want.key))):
                self._refuse(want)
        elif isinstance(want.key, LinkKey) and "kind" in want.attrs:
            self._make_way_for_link(want, attrs)

    def _make_way_for_link(self, want: Want, attrs: Optional[Attrs]) -> None:
        """Refuse what is foreign; remove one of ours that the kernel does not change into what is wanted."""
        if attrs is not None and self._ledger.begun(want.key, attrs):
            self._take_away(want.key, attrs, "a run that did not come to its end had begun it")
            attrs = None
        if attrs is not None and attrs["kind"] != want.attrs["kind"]:
            raise Conflict(
                f"{want.where} ({want.key.describe()})",
                f"a {want.attrs['kind']}",
                f"a link of kind {attrs['kind'] or 'physical'} with this name",
                "It is not replaced: choose another name, or remove that link.",
            )
        kind = link_kinds.of(want.attrs["kind"])
        kind.prepare(want, chain(self.now, self._wants), self._state.to_come)
        if attrs is None:
            return
        differs = kind.anew(want.attrs, attrs)
        if not differs:
            self._refuse_foreign(want, attrs)
            return
        reason = ", ".join(differing(name, attrs, want.attrs[name]) for name in differs)
        if not (is_marked(attrs) and (not self._strict or self._ledger.mine(want.key, attrs))):
            remedy = "It is not replaced: choose another name, or remove that link first."
            found = f"{self._whose(want)} already there ({reason})"
            raise Conflict(f"{want.where} ({want.key.describe()})", "to make it", found, remedy)
        self._take_away(want.key, attrs, reason)

    def _refuse_foreign(self, want: Want, attrs: Attrs) -> None:
        if self._strict and not self._ledger.mine(want.key, attrs):
            self._refuse(want)

    def _refuse_alien(self, want: Want) -> None:
        """Nothing is put in the place of what is of another kind, nor of a name that some other program left."""
        alien = self._state.alien.get(want.key)
        if alien is not None:
            remedy = "It is left as it is: choose another name, or remove it first."
        elif isinstance(want.key, NetnsKey) and want.key.netns in self._state.dead and not self._left_by_us(want.key):
            alien = "its name already there, of a namespace that is gone, or that a mount namespace of its own has"
            remedy = f"If nobody uses it, remove the name (ip netns delete {want.key.netns}); or choose another."
        if alien is not None:
            raise Conflict(f"{want.where} ({want.key.describe()})", "to make it", f"File exists: {alien}", remedy)

    def _left_by_us(self, key: Key) -> bool:
        holder = self._ledger.holder(key)
        return key in self._ledger.own.made or (not self._strict and holder is not None)

    def _refuse(self, want: Want) -> None:
        holder, found = self._ledger.holder(want.key), self._whose(want)
        remedy = "It is left as it is: choose another name, or remove it first."
        if not holder:
            remedy = "It is left as it is: choose another name, remove it, or take it over as described (adopt: true)."
        if not holder and isinstance(want.key, NetnsKey):
            remedy += " If a container or another program has it, omit it from namespaces: other entries may name it."
        raise Conflict(
            f"{want.where} ({want.key.describe()})",
            "to make it",
            f"{found} already there",
            remedy,
        )

    def _whose(self, want: Want) -> str:
        holder = self._ledger.holder(want.key)
        if not holder:
            return "one that netns.lab did not make"
        return "one that the single modules made" if holder == "+modules" else f"one of lab {holder}"

    def _refuse_taken_ports(self, remove: dict[Key, str]) -> None:
        """Refuse a forward of ports of which another one that stays has some, and to remove a part of a range."""
        asked = {key: want.where for key, want in self._wants.items() if isinstance(key, ForwardKey)}
        if not self._strict:
            asked.update({key: "" for key in remove if isinstance(key, ForwardKey) and key not in self.now})
        others = [key for key in self.now if isinstance(key, ForwardKey) and key not in remove and key not in asked]
        met = sorted(port_ranges.meeting(map(_claim, asked), map(_claim, others)), key=lambda pair: pair[0][:3])
        for ours, theirs in met[:1]:
            where, own, other = asked[ours.name], ours.name.describe(), theirs.name.describe()
            holder = self._ledger.holder(theirs.name)
            whose = f" of lab {holder}" if holder else ""
            whose = " of the single modules" if holder == "+modules" else whose
            if not where:
                remedy = "A range is removed as a whole, as it was made: name all its ports."
                raise Conflict(own, "to remove it", f"{other}{whose}, which has ports of it", remedy)
            whose = whose or ("" if self._ledger.mine(theirs.name, {}) else " that netns.lab did not make")
            remedy = "Two forwards cannot share a port: choose other ports, or remove the other one first."
            raise Conflict(f"{where} ({own})", "ports that no other forward uses", f"{other}{whose}", remedy)

    def _refuse_other_value(self, want: Want) -> None:
        other = self._ledger.wanted_elsewhere(want.key, want.attrs["value"])
        if other is None:
            return
        lab, value = other
        remedy = "Both cannot have their way: let them want the same value."
        raise Conflict(want.where, f"{want.key.name} = {want.attrs['value']}", f"lab {lab} holds it at {value}", remedy)

    # -- what is wanted ------------------------------------------------------------------------------------------

    def _want(self, want: Want) -> None:
        attrs = self.now.get(want.key)
        if isinstance(want.key, SysctlKey):
            sysctls.require_writable(want, (attrs or {}).get("value"), self._state.read_only)
        if attrs is not None and not self._in_part(want.key):
            self._change(want, attrs)
        elif isinstance(want.key, LinkKey):
            self._create_link(want)
        else:
            if isinstance(want.key, AddressKey):
                self._other_lengths(want)
            if isinstance(want.key, SysctlKey):
                self._require_sysctl(want)
            after = {**want.create, **want.attrs}
            why = "does not exist" if attrs is None else "made in part only"
            changes = (Change(want.key, None, after),)
            if want.key == NETNS_DIR and NETNS_HOME not in self.now:
                changes = (Change(NETNS_HOME, None, {}), *changes)
            self._emit(Step(want.kind, named(want.key), CREATE, why, changes))

    def _create_link(self, want: Want) -> None:
        if "kind" not in want.attrs:
            netns, name = want.key.netns, want.key.name
            links = sorted(key.name for key in self.now if isinstance(key, LinkKey) and key.netns == netns)
            found = f"no such link in {'namespace ' + netns if netns else 'the host namespace'} (it has {_some(links)})"
            remedy = "Name a link that is there, or make it first."
            raise InvalidArgument(f"{want.where}.dev", f"an existing link {name!r}", found, remedy)
        after = {**want.create, **want.attrs}
        name = link_kinds.of(want.attrs["kind"]).named(want.key, want.attrs)
        if not want.attrs.get("peer"):
            self._emit(Step(want.kind, name, CREATE, "does not exist", (Change(want.key, None, after),)))
            return
        peer = self._wants[LinkKey(*want.attrs["peer"])]
        ends = [want, peer] if not want.key.netns or peer.key.netns else [peer, want]
        changes = tuple(
            Change(end.key, None, {**end.create, **end.attrs}, via) for end, via in zip(ends, (DIRECT, PEER))
        )
        self._emit(Step(want.kind, name, CREATE, "does not exist", changes))

    def _change(self, want: Want, attrs: Attrs) -> None:
        differs = {name: value for name, value in want.attrs.items() if attrs.get(name) != value}
        if not differs:
            return
        if isinstance(want.key, RuleKey):
            self._refuse_foreign_rule(want, attrs)
        elif isinstance(want.key, (RouteKey, AddressKey)):
            self._refuse_kept(want, attrs)
            if self._strict:
                self._refuse_foreign_route(want, attrs)
        reason = ", ".join(
            foreign.beyond(attrs) if name == "raw" else differing(name, attrs, value) for name, value in differs.items()
        )
        if isinstance(want.key, RuleKey) and "raw" in differs:
            reason = f"is {policy_rules.told(attrs)}, expected {policy_rules.told(want.attrs)}"
        reason += f": {want.why}" if want.why else ""
        marks = {name: value for name, value in want.create.items() if name in ("protocol", "bridge_mtu")}
        after = {**_kept(want.key, attrs, differs), **marks, **want.attrs}
        changes: tuple[Change, ...] = (Change(want.key, attrs, after),)
        if isinstance(want.key, AddressKey):
            changes = self._removal.renewal(want.key, after, self.now)
        elif forwarding.is_forwarding(want.key):
            changes += tuple(forwarding.consequences(want.key, attrs, after, self.now))
        elif lost := ipv6_off.losses(changes[0], self.now):
            reason += f"; with it go {', '.join(change.key.describe() for change in lost[:3])}"
            reason += f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            changes += tuple(lost)
        self._emit(Step(want.kind, named(want.key), CHANGE, reason, changes))
        if isinstance(want.key, LinkKey) and differs.get("up") is False:
            self._emit_lost(want.key)

    def _emit_lost(self, key: Key) -> None:
        """A link that goes down takes its routes and IPv6 addresses along; the plan says so."""
        for change in self._removal.with_down(key, self.now):
            self._emit(Step(change.key.sort, named(change.key), DELETE, f"{key.describe()} goes down", (change,)))

    def _refuse_kept(self, want: Want, attrs: Attrs) -> None:
        """What the kernel keeps by itself, or somebody renews, is never changed; within the lab's own it is its own."""
        foreign.refuse_kernels(want, attrs)
        if not self._in_own(want.key):
            foreign.refuse_lifetime(want, attrs)

    def _in_own(self, key: Key) -> bool:
        """Whether an object is in a namespace, or on a link, that the lab made."""
        if key.netns and self._ledger.owns_netns(key.netns):
            return True
        link = LinkKey(key.netns, key.dev) if isinstance(key, AddressKey) else None
        return link is not None and self._ledger.mine(link, self._state.objects.get(link))

    def _other_lengths(self, want: Want) -> None:
        """Remove an address of ours that stands with another prefix length; with both neither would be as it says."""
        if self._lengths is None:
            self._lengths = defaultdict(list)
            for key in self._state.objects:
                if isinstance(key, AddressKey):
                    self._lengths[key.netns, key.dev].append(key)
        host = want.key.host
        for key in self._lengths.get((want.key.netns, want.key.dev), ()):
            if key.host != host or key not in self.now or key in self._wants or key == want.key:
                continue
            attrs = self.now[key]
            if not self._ledger.mine(key, attrs) and (foreign.expires(attrs) or not self._in_own(key)):
                raise foreign.other_length(want, key, attrs)
            self._take_away(key, attrs, f"wanted with another prefix length ({want.key.address})")

    def _refuse_foreign_route(self, want: Want, attrs: Attrs) -> None:
        if self._ledger.mine(want.key, attrs) or self._in_own(want.key):
            return
        found = ", ".join(f"{name} {_text(attrs.get(name))}" for name in want.attrs if name != "raw")
        found = ", ".join(part for part in (found, attrs.get("text")) if part)
        other = "another metric or table" if isinstance(want.key, RouteKey) else "another address"
        remedy = f"It is left as it is: remove it first, or give yours {other}."
        raise Conflict(f"{want.where} ({want.key.describe()})", "to make it", f"a foreign one ({found})", remedy)

    def _refuse_foreign_rule(self, want: Want, attrs: Attrs) -> None:
        """A rule that is not as wanted is changed where it is the lab's; a single module's task names the only one.

        Beside others only one that bears our mark is, and never to what another of them says already.
        """
        others = [self.now[key] for key in policy_rules.siblings(want.key, self.now)]
        mine = self._ledger.mine(want.key, attrs)
        if self._strict:
            netns = want.key.netns
            may = mine or (not others and netns and self._ledger.owns_netns(netns))
        else:
            may = not others or attrs["protocol"] == PROTOCOL
        if may and not any(policy_rules.is_as_wanted(other, want.attrs) for other in others):
            return
        standing = "; ".join(policy_rules.told(each) for each in ([*others] if mine else [attrs, *others]))
        remedy = "They are left as they are: choose another priority, or remove first what nobody needs."
        wanted = f"this priority for {policy_rules.told(want.attrs)}"
        raise Conflict(f"{want.where} ({want.key.describe()})", wanted, f"foreign rules under it: {standing}", remedy)

    def _require_sysctl(self, want: Want) -> None:
        """A sysctl that is not there must be one that comes with what this plan makes."""
        netns, name = want.key.netns, want.key.name
        if want.key in self._state.objects or (netns and NetnsKey(netns) not in self.now):
            return
        if self._state.to_come and {NetnsKey(netns), LinkKey(netns, want.key.link)} & {*self._state.to_come}:
            return
        born = netns and NetnsKey(netns) not in self._state.objects
        link = forwarding.link_of(name)
        if link is not None and not (born and link == "lo"):
            key = LinkKey(netns, link)
            made = "kind" in self._wants[key].attrs if key in self._wants else False
            if made and key not in self._state.objects:
                return
            if not made and key not in self.now:
                found = f"no link {link!r} in {'namespace ' + netns if netns else 'the host namespace'}"
                raise InvalidArgument(
                    want.where, f"the sysctl {name} of a link", found, "Make the link, or correct its name."
                )
        elif born and want.key in self._state.newborn:
            return
        module = " (load br_netfilter: modprobe br_netfilter)" if name.startswith("net.bridge.") else ""
        remedy = f"Check the name, or load the kernel module that brings it{module}."
        raise Dependency(want.where, f"the sysctl {name}", "a kernel without it", remedy)


def reconcile(
    state: State,
    wants: Wants,
    remove: dict[Key, str],
    free: dict[Key, Optional[str]],
    give_back: dict[Key, str],
    ledger: Ledger,
    strict: bool,
) -> Outcome:
    """Plan the way from a state to what is wanted; see :class:`Reconciler`."""
    return Reconciler(state, wants, ledger, strict).run(remove, free, give_back)


def _claim(key: Key) -> port_ranges.Claim:
    """The ports of a forward, within its namespace, protocol, family and address listened on."""
    return port_ranges.Claim(key.at, key.first, key.last, key)


def _after_forwarding(want: Want) -> bool:
    """Other sysctls come after the two that write others along."""
    return isinstance(want.key, SysctlKey) and not forwarding.is_forwarding(want.key)


def _kept(key: Key, attrs: Attrs, differs: Attrs) -> Attrs:
    """What an object keeps when others of its attributes change: a port's options and a next hop's link do not stay."""
    if "bridge" in differs:
        return off_bridge(attrs)
    if isinstance(key, RuleKey):
        return {name: value for name, value in attrs.items() if name == "place"}
    if isinstance(key, (RouteKey, AddressKey)):
        attrs = {name: value for name, value in attrs.items() if name not in routes.WHOLE}
    if isinstance(key, RouteKey) and ("gateway" in differs or "type" in differs or "raw" in differs):
        return {
            **attrs,
            "gateway": None,
            "dev": None,
            "onlink": False,
            "src": None if "type" in differs else attrs["src"],
        }
    return attrs


def _kind(key: Key, attrs: Attrs) -> str:
    if isinstance(key, LinkKey):
        return attrs["kind"] if attrs["kind"] in link_kinds.LINKS else "link"
    return key.sort


def named(key: Key) -> str:
    """An object without the word for its kind, which a step says beside it."""
    if isinstance(key, LinkKey):
        return place(key.netns, key.name)
    return key.describe().partition(" ")[2]


def differing(name: str, found: Attrs, wanted: Any) -> str:
    """An attribute that is not as wanted, in words.

    :param name: the attribute (str).
    :param found: the attributes of what stands (dict).
    :param wanted: what the attribute is to be.
    """
    kind = link_kinds.find(found)
    told = None if kind is None else kind.told(name, found.get(name), wanted)
    if told is not None:
        return told
    return f"{name} is {_text(found.get(name))}, expected {_text(wanted)}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return "[" + ", ".join(str(part) for part in value) + "]"
    text = "none" if value in (None, "") else str(value)
    return repr(text) if "\n" in text else text


def _some(names: list[str], limit: int = 8) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return (", ".join(names[:limit]) or "none") + more
