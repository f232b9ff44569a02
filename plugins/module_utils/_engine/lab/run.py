# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run from description to state: read, want, plan, check, apply, record. Check mode stops before apply."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Optional

from ..._model.errors import Conflict, LabError
from ..._model.lab import topology as model
from ..._model.lab.topology import Topology
from ..plan import Outcome, Step
from ..state import Key, is_marked
from . import (
    advertisements,
    altnames,
    checks,
    foreign,
    ledger,
    other_labs,
    reconcile,
    renamed,
    sysctls,
    tables,
    wanted,
)
from .host import Host
from .host_state import State
from .kinds import rule as policy_rules
from .kinds.firewall_exception import FirewallExceptionKey
from .kinds.link import LinkKey, ports_to_free
from .kinds.nat import ForwardKey, MasqueradeKey
from .kinds.netns import NetnsKey
from .kinds.paths import PathKey
from .ledger import Ledger
from .links import table as link_kinds
from .record import DAMAGED, Record, of_the_host
from .recording import Recording
from .request import Request
from .scope import Scope, scope_of
from .want import Want, Wants

if TYPE_CHECKING:
    from .undo import Undo

#: the lists of a description by which a link may be on a bridge
_LINKS = (*link_kinds.LISTS, "bridge_ports")


@dataclass
class Result:
    """What a run did, or would do."""

    steps: list[Step]
    warnings: list[str] = field(default_factory=list)
    #: how the plan is to be confirmed, for the user; None where it need not be
    confirm: Optional[dict[str, Any]] = None

    @property
    def changed(self) -> bool:
        """A run changes something if its plan has steps."""
        return bool(self.steps)

    def plan(self) -> list[dict[str, str]]:
        """The steps as a module returns them."""
        return [step.as_dict() for step in self.steps]

    def diff(self) -> dict[str, str]:
        """The objects before and after, as text."""
        from .diff import diff  # noqa: PLC0415 - few users ask for it

        return diff(self.steps)


def run(request: Request, host: Host, check: bool) -> Result:
    """Bring a host to what is asked.

    :param request: what is asked.
    :param host: the host.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, foreign or refused.
    """
    host.require([])
    with _uncollected(), host.locked(not check) as said:
        result = _Run(request, host).run(check)
    result.warnings[:0] = said
    return result


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from searching what a run builds up and holds to its end: a fifth of its own time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Run:
    def __init__(self, request: Request, host: Host) -> None:
        topology = tables.numbered(request.topology, host.tables)
        whole = request.single or request.allowed.adopt
        request = replace(request, topology=altnames.resolved(topology, host.names, whole))
        self._request, self._host = request, host
        records = host.records()
        self._own = next((record for record in records if record.lab == request.lab), Record(request.lab))
        self._others = [record for record in records if record.lab != request.lab]
        self._others += [of_the_host(record) for record in host.elsewhere()]
        self._records = records
        self._wants = self._wanted()

    def _wanted(self) -> Wants:
        wants = wanted.wanted(self._request.topology, self._host.seed) if self._request.present else {}
        sysctls.in_known_words(wants, self._records)
        return wants

    def run(self, check: bool, whole: frozenset[str] = frozenset()) -> Result:
        """Plan, and carry out.

        :param whole: namespaces of which every table of routes is to be read, as the plan takes something along there.
        """
        remove, free, give_back = self._removals(), self._freed(), self._given_back()
        looked_for = self._looked_for([*self._wants, *remove, *free, *give_back])
        scope = self._scope(looked_for, remove)
        scope.whole |= whole
        state = self._read(scope)
        if scope.firewalls and self._request.present and self._request.firewall_exceptions != "auto":
            self._require_firewall(state)
        if self._request.to_come:
            from . import forthcoming  # noqa: PLC0415 - only check mode of single modules needs it

            forthcoming.assume(state, self._wants)
        checks.one_name_each(state, self._wants)
        book = Ledger(self._own, self._others, state.inodes, state.newborn)
        renamed_ = renamed.find(state, book, set(remove if self._request.single else looked_for), self._host.seed)
        if renamed_.now:
            own = replace(self._own, made=self._own.made | set(renamed_.now.values()))
            book = Ledger(own, self._others, state.inodes, state.newborn)
            remove.update({now: f"{key.describe()} of this lab, renamed" for key, now in renamed_.now.items()})
        policy_rules.choose(state.objects, self._wants, not self._request.single)
        adopted, book = self._adopted(state, book)
        if self._request.single:
            self._same_kind(state, remove)
            remove = policy_rules.with_siblings(remove, state.objects)
            remove = foreign.with_all(remove, state.objects)
        else:
            remove = {key: why for key, why in remove.items() if book.mine(key, state.objects.get(key))}
        self._wants.update(advertisements.wants(state, self._wants, book))
        remove = {key: why for key, why in remove.items() if key not in self._wants}
        lab = self._ask_firewalls(state, remove)
        if state.bridge_nf and (self._request.present or self._request.single):
            from .nat import nat  # noqa: PLC0415 - only labs with NAT need it

            self._wants.update(nat.hairpin_ports(state.objects, self._wants, remove))
            give_back = {key: why for key, why in give_back.items() if key not in self._wants}
        outcome = reconcile.reconcile(state, self._wants, remove, free, give_back, book, not self._request.single)
        along = foreign.taken_from(outcome.steps, scope.whole)
        if along:
            self._wants = self._wanted()
            return self.run(check, frozenset(along | whole))
        outcome.steps[:0] = adopted
        checks.check(state, self._wants, outcome, self._request.allowed, book)
        lost = other_labs.check(outcome, book, self._request.allowed.other_labs)
        self._host.require([change for step in outcome.steps for change in step.changes])
        result = Result(outcome.steps, [*self._warnings(state, outcome), *lost, *(lab or ()), *renamed_.warnings()])
        undo = self._to_confirm(state, outcome)
        if not check:
            final = ledger.after(book, outcome, set(looked_for) - set(renamed_.unsure))
            recording = Recording(self._request, self._host, self._own, self._wants)
            result.warnings += recording.carry_out(outcome, final, undo)
        if undo is not None:
            result.confirm = undo.told()
        return result

    def _adopted(self, state: State, book: Ledger) -> tuple[list[Step], Ledger]:
        """Take over what stands as described, where that is asked: the steps, and whose is what after them."""
        if not self._request.allowed.adopt:
            return [], book
        from . import adoption  # noqa: PLC0415 - few labs take anything over

        steps, state.objects, own = adoption.adopt(state, self._wants, book)
        return steps, Ledger(own, self._others, state.inodes, state.newborn)

    def _read(self, scope: Scope) -> State:
        """The state of the host; forwards in the light of what labs have on record."""
        state = self._host.read(scope)
        if scope.nat:
            from .nat import elements  # noqa: PLC0415 - only labs with NAT need it

            recorded = (key for record in (self._own, *self._others) for key in record.made)
            elements.by_record(state.objects, recorded, self._wants)
        return state

    def _scope(self, looked_for: list[Key], remove: dict[Key, str]) -> Scope:
        """What is to be read: what is looked for, and what others have that may go along."""
        scope = scope_of(looked_for)
        near = other_labs.near(self._others, scope.namespaces)
        scope = scope_of([*looked_for, *near]) if near else scope
        scope.udp = self._udp_ports()
        scope.rules |= {key.netns for key in remove if isinstance(key, NetnsKey)}
        if foreign.to_read_whole(remove):
            scope.whole |= scope.namespaces
        return scope

    def _udp_ports(self) -> dict[str, set[int]]:
        """The UDP ports of the links that are wanted, by namespace."""
        found: dict[str, set[int]] = {}
        for key, want in self._wants.items():
            kind = link_kinds.find(want.attrs) if isinstance(key, LinkKey) else None
            port = None if kind is None else kind.udp(want.attrs)
            if port is not None:
                found.setdefault(key.netns, set()).add(port)
        return found

    def _warnings(self, state: State, outcome: Outcome) -> list[str]:
        """What the user should know of the plan."""
        told = checks.advice(state, self._wants, outcome)
        if state.to_come is not None:
            from . import forthcoming  # noqa: PLC0415 - only check mode of single modules needs it

            told = [*forthcoming.told(state), *told]
        told += advertisements.lost(state, outcome.now) + sysctls.advice(outcome.steps, outcome.now, state)
        if not self._request.present and self._own == Record(self._request.lab):
            told += self._unrecorded(state)
        return told

    def _unrecorded(self, state: State) -> list[str]:
        """Links of the host that some lab made, where there is nothing on record to remove."""
        known = {key for record in self._others for key in record.made}
        marked = {key for key, attrs in state.objects.items() if isinstance(key, LinkKey) and is_marked(attrs)}
        names = sorted(key.name for key in marked - known if not key.netns)
        if not names:
            return []
        found = f"{', '.join(names[:8])}{' and others' if len(names) > 8 else ''}"
        text = (
            f"lab {self._request.lab} has no record, so there is nothing to remove. Links of the host that netns.lab "
            f"created and that are in no record: {found}. To remove them, apply their lab with adopt: true first."
        )
        return [text]

    def _require_firewall(self, state: State) -> None:
        from ..firewalls import exceptions  # noqa: PLC0415 - few labs choose

        exceptions.require(state.firewalls, self._request.firewall_exceptions)

    def _ask_firewalls(self, state: State, remove: dict[Key, str]) -> Optional[list[str]]:
        """Want the lab's rules at the places that other firewalls offer, and no others.

        :param remove: what is to go; rules of ours that are wanted no longer are added to it.
        :returns: what firewalls would drop all the same, one text each; None where there are none.
        """
        if state.firewalls is None or (self._request.single and not self._is_about_nat([*self._wants, *remove])):
            return None
        from ..firewalls import exceptions  # noqa: PLC0415 - only hosts with firewalls need it
        from ..firewalls import paths as firewall_paths  # noqa: PLC0415
        from .traffic import traffic_of  # noqa: PLC0415

        request, objects = self._request, {key: at for key, at in state.objects.items() if key not in remove}
        objects.update({key: {**objects.get(key, {}), **want.attrs} for key, want in self._wants.items()})
        keys = {key: (want.where, want.attrs) for key, want in self._wants.items()}
        if request.single:
            keys.update({key: (key.sort, objects[key]) for key in self._own.made if key in objects and key not in keys})
        lab = traffic_of(keys, objects, state)
        wants: Wants = {}
        for (place, rule), where in exceptions.wanted(lab, state.firewalls, request.firewall_exceptions).items():
            key = FirewallExceptionKey("", place, rule)
            wants[key] = Want(key, "firewall_exception", where)
        self._wants.update(wants)
        mine = [key for key in self._own.made if isinstance(key, FirewallExceptionKey)]
        for key in [*remove]:
            if key in wants:
                del remove[key]
        remove.update({key: "no longer needed" for key in mine if key not in wants and key not in remove})
        if not request.present:
            return []
        found = firewall_paths.findings(lab, state.firewalls)
        if request.allowed.adopt:
            from ..firewalls import translations  # noqa: PLC0415 - as above

            found += translations.findings(lab, state.firewalls)
        return [finding.text() for finding in found]

    @staticmethod
    def _is_about_nat(keys: list[Key]) -> bool:
        """Whether packets are to go through the host that did not before, or not any longer."""
        return any(isinstance(key, (ForwardKey, MasqueradeKey)) and not key.netns for key in keys)

    def _to_confirm(self, state: State, outcome: Outcome) -> Optional[Undo]:
        """What the host has to undo by itself if nobody confirms the plan."""
        if not self._request.confirm or not outcome.steps:
            return None
        from .undo import undo  # noqa: PLC0415 - most runs need none of it

        return undo(self._request.confirm, state, outcome.steps, self._own)

    def _looked_for(self, asked: list[Key]) -> list[Key]:
        """What is asked for, and what a single module made and that may go along with what it removes now."""
        if self._request.single and self._is_about_nat(asked):
            asked = [*asked, *(key for key in self._own.made if isinstance(key, FirewallExceptionKey))]
        if not self._request.single or self._request.present:
            return asked
        inside = [key for key in self._own.made if not isinstance(key, PathKey)]
        spaces = {key.netns for key in asked if not isinstance(key, PathKey)}
        if self._request.topology["veths"]:
            spaces |= {key.netns for key in inside if isinstance(key, LinkKey)}
        return [*asked, *(key for key in inside if key.netns in spaces)]

    # -- what is to go -------------------------------------------------------------------------------------------

    def _why(self) -> str:
        request = self._request
        return "no longer in the definition" if request.present else f"lab {request.lab} is to be removed"

    def _removals(self) -> dict[Key, str]:
        request = self._request
        if request.single and request.present:
            return {}
        if request.single:
            keys = wanted.to_remove(request.topology)
            kept = {key for key, asking in self._own.requested_by.items() if asking - set(keys)}
            freed = [key for key, asking in self._own.requested_by.items() if asking & set(keys)]
            return dict.fromkeys((key for key in [*keys, *freed] if key not in kept), "state is absent")
        return dict.fromkeys(sorted(self._own.made - set(self._wants), key=str), self._why())

    def _given_back(self) -> dict[Key, str]:
        return dict.fromkeys((key for key in self._own.prior_attrs if key not in self._wants), self._why())

    def _freed(self) -> dict[Key, Optional[str]]:
        """Links that are to leave a bridge: asked so, or veth ends that only an earlier definition attached."""
        request = self._request
        if request.single:
            return {} if request.present else ports_to_free(request.topology)
        found: dict[Key, Optional[str]] = {}
        for definition in (self._own.definition, self._own.target) if request.present else ():
            if definition == request.definition:
                continue
            links = {name: definition[name] for name in _LINKS if name in definition}
            for key, want in wanted.wanted(self._recorded(links), self._host.seed).items():
                if want.attrs.get("bridge") and key in self._wants and not self._wants[key].attrs.get("bridge"):
                    bridge = want.attrs["bridge"]
                    found[key] = bridge if found.get(key, bridge) == bridge else None
        return found

    def _recorded(self, definition: dict[str, Any]) -> Topology:
        """An earlier description, as the lab's record has it.

        :raises Conflict: if it is none.
        """
        try:
            return model.parse(definition)
        except LabError as error:
            found = f"{error.obj}: {error.found}"
            raise Conflict(f"record of lab {self._request.lab}", "the definition of a lab", found, DAMAGED) from None

    def _same_kind(self, state: State, remove: dict[Key, str]) -> None:
        """A single module removes only what is of its kind."""
        for option in link_kinds.LISTS:
            for item in self._request.topology[option]:
                kinds, key = link_kinds.kinds_of(option, item), LinkKey(item.end.netns, item.end.name)
                attrs = state.objects.get(key)
                if key in remove and attrs is not None and attrs["kind"] not in kinds:
                    found = f"a link of kind {attrs['kind'] or 'physical'}"
                    wanted_ = f"a {' or '.join(kinds)} to remove"
                    raise Conflict(key.describe(), wanted_, found, "It is not changed: check the name.")
