# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the current state with the desired one: the steps, each with its reason. Pure.

What is particular to a kind of object it plans itself; see :class:`.kinds.kind.Kind`.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Optional

from ..._model.errors import Conflict
from ..._model.lab import port_ranges
from ..plan import CHANGE, DELETE, Outcome, Step
from ..state import Attrs, Change, Key, Objects
from . import bridge_macs, ipv6_off, order
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey, off_bridge
from .kinds.nat import NAT, ForwardKey
from .kinds.netns import NetnsKey
from .kinds.paths import PathKey
from .kinds.sysctl import SysctlKey, is_forwarding
from .kinds.table import kind_of
from .ledger import Ledger
from .record import SINGLE
from .removal import Removal
from .want import Want, Wants
from .words import text_of


class Reconciler:
    """One run of reconciling, as the kinds of objects see it.

    :param state: what was read of the host (State).
    :param wants: what is wanted.
    :param ledger: whose is what.
    :param strict: whether what stands and was not made by the lab is a conflict (a topology), or is shaped as asked
        (a single module, where the user names the one object).
    """

    def __init__(self, state: State, wants: Wants, ledger: Ledger, strict: bool) -> None:
        self.state, self.wants, self.ledger, self.strict = state, wants, ledger, strict
        #: the objects at this point of the plan
        self.now: Objects = dict(state.objects)
        #: what goes along with a removal
        self.removal = Removal(state.objects)
        self.steps: list[Step] = []
        #: keys of shared objects that the lab lets go without an act
        self.released: list[Key] = []
        #: the paths that the plan removes: names of namespaces, files and folders
        self._gone: set[str] = set()

    def run(self, remove: dict[Key, str], free: dict[Key, Optional[str]], give_back: dict[Key, str]) -> Outcome:
        """Plan removals, then what has to give way, then what is wanted.

        Removals are planned from the namespaces up, so that what goes along with one needs no step of its own.

        :param remove: keys of the objects to remove, each with the reason.
        :param free: links to take off their bridge (None: whichever it is).
        :param give_back: links that the lab changed but did not make, each with the reason to restore them.
        :raises LabError: Conflict, InvalidArgument or Dependency, before anything is planned in part.
        :raises LookupError: for an object of a kind that nobody handles.
        """
        for key in sorted(remove, key=lambda key: kind_of(key).removal_turn(key, self.now.get(key, {}))):
            kind = kind_of(key)
            if kind.shared and self.ledger.holder(key):
                self.released.append(key)
            else:
                kind.remove(self, key, remove[key])
        for key, bridge in free.items():
            self._free(key, bridge)
        for key, reason in give_back.items():
            if key not in self.now or self.now[key]["kind"] != "bridge":
                self._give_back(key, reason)
        for want in self.wants.values():
            self._make_way(want)
        for want in self._by_turn():
            kind_of(want.key).want(self, want)
        self._refuse_taken_ports(remove)
        if any(isinstance(key, NAT) for key in (*self.wants, *remove)):
            from .nat import nat  # noqa: PLC0415 - only labs with NAT need it

            for step in nat.steps(self.now, self.wants, set(remove)):
                self.emit(step)
        held = [key for key in self.wants if kind_of(key).shared and key in self.now]
        self._give_back_macs()
        return Outcome(order.arranged(self.steps), self.now, held, self.released)

    def emit(self, step: Step) -> None:
        """Add a step to the plan, and what it does to the objects.

        :param step: the step.
        """
        self.steps.append(step)
        for change in step.changes:
            if change.after is None:
                self.now.pop(change.key, None)
                if isinstance(change.key, (NetnsKey, PathKey)):
                    self._gone.add(f"/run/netns/{change.key.netns}" if change.key.netns else change.key.path)
                self.removal.went(change.key)
            else:
                self.now[change.key] = change.after
                if change.before is None:
                    self.removal.came(change.key)

    def _by_turn(self) -> list[Want]:
        """What is wanted; other sysctls come after the two that write others along."""
        last = [want for key, want in self.wants.items() if isinstance(key, SysctlKey) and not is_forwarding(key)]
        if not last:
            return list(self.wants.values())
        later = {want.key for want in last}
        return [*(want for key, want in self.wants.items() if key not in later), *last]

    # -- removal -------------------------------------------------------------------------------------------------

    def take_away(self, key: Key, attrs: Attrs, reason: str) -> None:
        """Plan to remove an object that stands, with all that goes along.

        :param key: its key.
        :param attrs: its attributes.
        :param reason: why, for a person (str).
        """
        kind = kind_of(key)
        self.emit(Step(kind.word(attrs), kind.step_name(key, attrs), DELETE, reason, kind.losses(self, key)))

    def release_alien(self, key: Key) -> None:
        """What is of another kind than the lab makes is not its own, whatever the record says of its name.

        :param key: the key that the record has.
        """
        if self.strict:
            self.released.append(key)

    def in_part(self, key: Key) -> bool:
        """Whether a run of this lab was killed while it made, or removed, an object.

        :param key: its key.
        """
        return key in self.state.half and key in self.ledger.own.made

    def is_in_use(self, path: str) -> bool:
        """Whether something will be left in a directory: somebody else's, or ours that stays.

        :param path: its path (str).
        """
        return any(f"{path}/{name}" not in self._gone for name in self.state.entries.get(path, ()))

    def losses_of_ipv6(self, change: Change) -> list[Change]:
        """What goes along with a change that turns IPv6 off on a link.

        :param change: the change.
        """
        return ipv6_off.losses(change, self.now)

    def put_back(self, lost: ipv6_off.Taken) -> list[Change]:
        """The changes that bring back what others lost with a sysctl.

        :param lost: what the record keeps of it.
        """
        return ipv6_off.put_back(lost, self.now, self.wants)

    def _free(self, key: Key, bridge: Optional[str]) -> None:
        attrs = self.now.get(key)
        if attrs is None or not attrs.get("bridge") or bridge not in (None, attrs["bridge"]):
            return
        reason = f"to be detached from {attrs['bridge']}"
        self.emit(Step("bridge_port", key.named(), DELETE, reason, (Change(key, attrs, off_bridge(attrs)),)))

    def _give_back(self, key: Key, reason: str) -> None:
        """Restore a link that the lab changed; its bridge may be gone already."""
        self.released.append(key)
        attrs, prior = self.now.get(key), self.ledger.own.prior_attrs[key]
        if attrs is None:
            return
        bridge = prior.get("bridge", attrs["bridge"])
        gone = bridge and LinkKey(key.netns, bridge) not in self.now
        back = attrs if bridge == attrs["bridge"] or gone else {**off_bridge(attrs), "bridge": bridge}
        if back["bridge"]:
            back = {**back, **{name: value for name, value in prior.items() if value is not None}}
        if back != attrs:
            step = Step("bridge_port", key.named(), CHANGE, f"{reason}; as it was before", (Change(key, attrs, back),))
            self.emit(step)

    def _give_back_macs(self) -> None:
        """Let bridges that others made have the addresses that they had before their first port."""
        self.steps = bridge_macs.with_losses(self.steps, self.state.objects)
        for key, steps in bridge_macs.restored(self.ledger.own.prior_attrs, self.state.objects, self.now):
            self.released.append(key)
            for step in steps:
                self.emit(step)

    def _refuse_taken_ports(self, remove: dict[Key, str]) -> None:
        """Refuse a forward of ports of which another one that stays has some, and to remove a part of a range."""
        asked = {key: want.where for key, want in self.wants.items() if isinstance(key, ForwardKey)}
        if not self.strict:
            asked.update({key: "" for key in remove if isinstance(key, ForwardKey) and key not in self.now})
        others = [key for key in self.now if isinstance(key, ForwardKey) and key not in remove and key not in asked]
        met = sorted(port_ranges.meeting(map(_claim, asked), map(_claim, others)), key=lambda pair: pair[0][:3])
        for ours, theirs in met[:1]:
            where, own, other = asked[ours.name], ours.name.describe(), theirs.name.describe()
            holder = self.ledger.holder(theirs.name)
            whose = f" of lab {holder}" if holder else ""
            whose = " of the single modules" if holder == "+modules" else whose
            if not where:
                remedy = "A range is removed as a whole: give all its ports."
                raise Conflict(own, "to remove it", f"{other}{whose}, which uses some of its ports", remedy)
            whose = whose or ("" if self.ledger.mine(theirs.name, {}) else " that netns.lab did not create")
            remedy = "Two forwards cannot share a port: choose other ports, or remove the other one first."
            raise Conflict(f"{where} ({own})", "ports that no other forward uses", f"{other}{whose}", remedy)

    # -- what stands in the way ----------------------------------------------------------------------------------

    def _make_way(self, want: Want) -> None:
        attrs = self.now.get(want.key)
        if attrs is None and want.key in self.state.alien:
            alien = self.state.alien[want.key]
            remedy = "It is not changed: choose another name, or remove it first."
            raise Conflict(f"{want.where} ({want.key.describe()})", "to create it", f"File exists: {alien}", remedy)
        kind_of(want.key).make_way(self, want, attrs)

    def refuse_foreign(self, want: Want, attrs: Attrs, hint: str = "") -> None:
        """Refuse what the lab did not make, where a topology wants it.

        :param want: the object.
        :param attrs: what stands.
        :param hint: more to do about it (str; default: nothing).
        :raises Conflict: if it is not the lab's.
        """
        if self.strict and not self.ledger.mine(want.key, attrs):
            self.refuse(want, hint)

    def refuse(self, want: Want, hint: str = "") -> None:
        """Refuse to make what somebody else has.

        :param want: the object.
        :param hint: more to do about it (str; default: nothing).
        :raises Conflict: always.
        """
        remedy = "It is not changed: choose another name, or remove it first."
        if not self.ledger.holder(want.key):
            remedy = "It is not changed: choose another name, remove it, or adopt it (adopt: true)."
        found = self.whose(want)
        raise Conflict(f"{want.where} ({want.key.describe()})", "to create it", found, remedy + hint)

    def whose(self, want: Want) -> str:
        """Who made what stands in an object's place, in words.

        :param want: the object.
        """
        holder = self.ledger.holder(want.key)
        if not holder:
            return "one that netns.lab did not create"
        return "one of the single modules" if holder == SINGLE else f"one of lab {holder}"

    def refuse_foreign_change(self, want: Want, attrs: Attrs, other: str) -> None:
        """Refuse to change an address or a route that is not the lab's, where a topology wants it otherwise.

        :param want: the object.
        :param attrs: what stands.
        :param other: what to give instead, in words (str).
        :raises Conflict: if it is not the lab's, nor within what is.
        """
        if not self.strict or self.ledger.mine(want.key, attrs) or self.is_in_own(want.key):
            return
        found = ", ".join(f"{name} {text_of(attrs.get(name))}" for name in want.attrs if name != "raw")
        found = ", ".join(part for part in (found, attrs.get("text")) if part)
        remedy = f"It is not changed: remove it first, or use {other} for yours."
        raise Conflict(f"{want.where} ({want.key.describe()})", "to create it", f"a foreign one ({found})", remedy)

    def is_in_own(self, key: Key) -> bool:
        """Whether an object is in a namespace, or on a link, that the lab made.

        :param key: its key.
        """
        if key.netns and self.ledger.owns_netns(key.netns):
            return True
        link = LinkKey(key.netns, key.dev) if isinstance(key, AddressKey) else None
        return link is not None and self.ledger.mine(link, self.state.objects.get(link))

    # -- what there is -------------------------------------------------------------------------------------------

    def others_of(self, address: AddressKey) -> list[AddressKey]:
        """The same address as it stands on its link with other prefix lengths, those that are wanted left out.

        :param address: the one that is wanted.
        """
        near = self.with_host(address.netns, address.host)
        return [key for key in near if key.dev == address.dev and key not in self.wants]

    def now_in(self, netns: str) -> Objects:
        """The objects that are in a namespace at this point of the plan.

        :param netns: its name (str).
        """
        return {key: self.now[key] for key in self.removal.inside(netns) if key in self.now}

    def with_host(self, netns: str, host: str) -> list[AddressKey]:
        """The links' addresses that are one host's, whatever their prefix lengths: those that stand or are wanted.

        :param netns: the namespace (str).
        :param host: the address without a prefix length (str).
        """
        return [key for key in self._hosts.get((netns, host), ()) if key in self.now or key in self.wants]

    def addresses_in(self, netns: str) -> list[AddressKey]:
        """The links' addresses in a namespace that stand or are wanted.

        :param netns: its name (str).
        """
        return [key for key in {**self.now, **self.wants} if isinstance(key, AddressKey) and key.netns == netns]

    @cached_property
    def _hosts(self) -> dict[tuple[str, str], list[AddressKey]]:
        """The addresses that stood and those that are wanted, by namespace and host."""
        found: dict[tuple[str, str], list[AddressKey]] = defaultdict(list)
        for key in dict.fromkeys((*self.state.objects, *self.wants)):
            if isinstance(key, AddressKey):
                found[key.netns, key.host].append(key)
        return found

    def has_netns(self, netns: str) -> bool:
        """Whether a namespace is there at this point of the plan.

        :param netns: its name (str).
        """
        return NetnsKey(netns) in self.now

    def had_netns(self, netns: str) -> bool:
        """Whether a namespace was there before the plan.

        :param netns: its name (str).
        """
        return NetnsKey(netns) in self.state.objects

    def is_to_come(self, netns: str, link: Optional[str]) -> bool:
        """Whether a namespace, or a link of it, is made by others first.

        :param netns: the namespace (str).
        :param link: the link (str), None for none.
        """
        to_come = self.state.to_come or {}
        return NetnsKey(netns) in to_come or (link is not None and LinkKey(netns, link) in to_come)


def reconcile(
    state: State,
    wants: Wants,
    remove: dict[Key, str],
    free: dict[Key, Optional[str]],
    give_back: dict[Key, str],
    ledger: Ledger,
    strict: bool,
) -> Outcome:
    """Plan the way from a state to what is wanted; see :class:`Reconciler`.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :param remove: as for :meth:`Reconciler.run`.
    :param free: as for :meth:`Reconciler.run`.
    :param give_back: as for :meth:`Reconciler.run`.
    :param ledger: who made what, as the lab sees it.
    :param strict: as for :class:`.reconcile.Reconciler`.
    """
    return Reconciler(state, wants, ledger, strict).run(remove, free, give_back)


def _claim(key: Key) -> port_ranges.Claim:
    """The ports of a forward, within its namespace, protocol, family and address listened on."""
    return port_ranges.Claim(key.at, key.first, key.last, key)
