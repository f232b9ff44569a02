# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries changes out in the kernel, phase by phase: removals, last stage first; then namespaces, links, the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.kinds.nat import NAT
from ..._engine.lab.kinds.paths import NETNS_HOME
from ..._engine.lab.kinds.route import RouteKey
from ..._engine.lab.kinds.sysctl import is_early, turn
from ..._engine.lab.sysctls import Written
from ..._engine.state import DIRECT, Attrs, Change, Key
from ..netlink import messages, netns, sysctl, threads
from ..system.refusals import refusal
from . import paths, rules
from .kept_neighbours import KeptNeighbours
from .links import phases as links
from .links.kind import Link
from .nat import writer as nat_writer
from .routing import Routing
from .session import Session

_BySort = dict[str, list[Change]]


class Writer:
    """One run of changes; ``done`` are those that were made, in order.

    :param known: the links of namespaces as they were just read, so that they are not read again.
    :param dead: the namespaces of which only the name was found: such a name is taken over.
    :param stop: as for :class:`.session.Session`.
    :param restoring: whether changes are undone: what came back, or went, by itself is as good as made, or removed.
    """

    def __init__(
        self, known: dict[str, list[Link]], dead: set[str], stop: Callable[[], None], restoring: bool = False
    ) -> None:
        self._session, self._known, self._dead = Session(stop), known, dead
        self._routing = Routing(self._session, restoring)
        #: the names whose namespace was taken away and that stand still: undoing takes them over
        self.nameless: set[str] = set()
        #: the sysctls that were written, as they were met
        self.written: dict[Key, Written] = {}
        #: for the user: what was not done and stopped nothing
        self.warnings: list[str] = []

    @property
    def done(self) -> list[Change]:
        """The changes of an act of their own that were made."""
        return self._session.done

    def apply(self, changes: list[Change]) -> None:
        """Carry out changes, each in its phase.

        :raises Refused: with the change that failed and the reason; :attr:`done` has what was made before.
        """
        after = {change.key: change.after for change in changes if change.after is not None}
        self._routing.expect(changes)
        gone: _BySort = defaultdict(list)
        made: _BySort = defaultdict(list)
        for change in changes:
            if change.via == DIRECT:
                sort = "nat" if isinstance(change.key, NAT) else change.key.sort
                (gone if change.after is None else made)[sort].append(change)
        neighbours = KeptNeighbours(self._session, changes)
        try:
            neighbours.look()
            try:
                self._take_away(gone)
                self._build(made, after)
            finally:
                self.warnings += neighbours.put_back()
        finally:
            self._session.close()

    def _take_away(self, gone: _BySort) -> None:
        session = self._session
        self._firewall_exceptions(gone["firewall_exception"])
        self._nat(gone["nat"])
        self._rules(gone["rule"])
        self._routing.routes(gone["route"])
        self._routing.addresses(gone["address"])
        self._routing.flush()
        links.remove(session, gone["link"], self._known)
        session.forget_links()
        self._paths(gone["file"])
        for change in gone["netns"]:
            name = change.key.netns
            session.forget(name)
            session.act(change, lambda name=name: netns.unpin(name))
            self.nameless.add(name)
            session.act(change, lambda name=name: netns.forget(name))
            self.nameless.discard(name)
        homes, others = _homes(gone["directory"])
        self._paths([*others, *gone["netns_dir"], *homes])

    def _build(self, made: _BySort, after: dict[Key, Attrs]) -> None:
        session = self._session
        homes, others = _homes(made["directory"])
        self._paths([*homes, *made["netns_dir"], *others])
        self._namespaces(made["netns"])
        self._paths(made["file"])
        self._sysctls([change for change in made["sysctl"] if is_early(change)])
        self._links(made["link"], [change for change in made["sysctl"] if not is_early(change)], after)
        last = [change for change in made["route"] if (change.after or {}).get("hops")]
        inside = [*made["address"], *(change for change in made["route"] if not (change.after or {}).get("hops"))]
        raised = links.raised_last(made["link"])
        self._inside([change for change in inside if change.key.netns not in raised])
        links.finish(session, made["link"], after)
        self._inside([change for change in inside if change.key.netns in raised])
        if last:  # the kernel takes next hop objects only where both ends of a cable are up
            self._inside(last)
        self._rules(made["rule"])
        self._nat(made["nat"])
        self._firewall_exceptions(made["firewall_exception"])

    def _links(self, changes: list[Change], sysctls: list[Change], after: dict[Key, Attrs]) -> None:
        """Make and change links. Those with sysctls of their own stay down until these are written."""
        session = self._session
        session.hold({(change.key.netns, change.key.link or "") for change in sysctls})
        links.make(session, changes, after)
        if sysctls:
            session.flush()
            self._sysctls(sysctls)
            session.release()

    def _inside(self, changes: list[Change]) -> None:
        """What namespaces have besides their links, and all that waits for them, sent in one go."""
        self._routing.addresses([change for change in changes if isinstance(change.key, AddressKey)])
        self._routing.routes([change for change in changes if isinstance(change.key, RouteKey)])
        self._routing.flush()

    def _paths(self, changes: list[Change]) -> None:
        for change in changes:
            self._session.act(change, lambda change=change: paths.apply(change))

    def _namespaces(self, changes: list[Change]) -> None:
        """All new namespaces at once: each born, named and given its socket from inside."""
        session = self._session
        births = [change for change in changes if change.before is None]
        threads.share(births, lambda change: session.act(change, lambda: self._born(change.key.netns)))
        for change in changes:
            up = (change.after or {})["lo_up"]
            if up != (change.before or {"lo_up": False})["lo_up"]:
                session.queue(change.key.netns, messages.set_up("lo", up), change)

    def _born(self, name: str) -> None:
        """Make a namespace. The calling thread stays in it."""
        netns.unshare()
        netns.pin(name, name in self._dead)
        self._session.open_here(name)

    def _sysctls(self, changes: list[Change]) -> None:
        """Write sysctls, those first that write others along or have to be found set by those."""
        changes = sorted(changes, key=turn)
        for name, ours in _by_netns(changes).items():
            with netns.entered(name):
                for change in ours:
                    self._session.act(change, lambda change=change: self._sysctl(change))

    def _sysctl(self, change: Change) -> None:
        """Write one. What was not there when the plan was made is read before; what the kernel makes of it, after."""
        name = change.key.name
        before = sysctl.read(name) if change.before is None else None
        sysctl.write(name, (change.after or {})["value"])
        self.written[change.key] = Written(before, sysctl.read(name))

    def _rules(self, changes: list[Change]) -> None:
        if changes:
            rules.apply(self._session, changes)

    def _nat(self, changes: list[Change]) -> None:
        """All of a namespace's NAT is one transaction."""
        for name, ours in _by_netns(changes).items():
            self._session.heed()
            try:
                with netns.entered(name):
                    nat_writer.apply(ours)
                    self._forget_flows(name, ours)
            except OSError as exc:
                raise refusal(ours[0], exc) from exc
            for change in ours:
                self._session.note(change)

    def _forget_flows(self, name: str, changes: list[Change]) -> None:
        """Have connection tracking decide anew where a change of NAT concerns it. What it refuses undoes nothing."""
        from .nat import conntrack  # noqa: PLC0415 - few runs need it

        try:
            conntrack.forget(changes)
        except OSError as exc:
            where = f"namespace {name}" if name else "this host"
            self.warnings.append(
                f"flows of {where} keep their translation until they pause for some minutes: connection tracking "
                f"cannot be told to forget them ({exc.strerror}). The kernel's module for it is nf_conntrack_netlink."
            )

    def _firewall_exceptions(self, changes: list[Change]) -> None:
        """Rules at the places of other firewalls, those of one place together."""
        if not changes:
            return
        from ..firewalls.provider import of_place  # noqa: PLC0415 - few hosts need it

        places: _BySort = defaultdict(list)
        for change in changes:
            places[change.key.place].append(change)
        for place, all_ in places.items():
            provider = of_place(place)
            for ours in [all_] if provider.WHOLE else [[change] for change in all_]:
                self._session.heed()
                gone = [change.key.rule for change in ours if change.after is None]
                made = [change.key.rule for change in ours if change.after is not None]
                try:
                    provider.apply(place, gone, made)
                except OSError as exc:
                    raise refusal(ours[0], exc) from exc
                for change in ours:
                    self._session.note(change)


def _homes(changes: list[Change]) -> tuple[list[Change], list[Change]]:
    """The folder below the mount of all namespaces, and the other directories."""
    homes = [change for change in changes if change.key == NETNS_HOME]
    return homes, [change for change in changes if change.key != NETNS_HOME]


def _by_netns(changes: list[Change]) -> dict[str, list[Change]]:
    found: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        found[change.key.netns].append(change)
    return found
