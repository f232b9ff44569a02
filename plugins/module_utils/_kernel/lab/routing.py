# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes addresses and routes, and never over something that was not read.

What is made is made exclusively: where something stands by then, it is a conflict that names it. What is removed was
read, so that a kernel that knows nothing of it is an error. When changes are undone, both may have come or gone by
itself, and the place is looked at.
"""

from __future__ import annotations

import errno
import socket
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Optional

from ..._engine.lab.kinds.address import AddressKey
from ..._engine.lab.kinds.route import RouteKey, told
from ..._engine.lab.kinds.route import links as links_of
from ..._engine.state import CASCADE, Attrs, Change, Key, Objects
from ..._model.errors import Conflict
from ..netlink.messages import GETADDR, Message
from ..netlink.socket import NetlinkError
from . import next_hops, route_messages, routes
from .kinds import address as addresses
from .links.dump import dump
from .refusals import Refused, refusal
from .session import Excuse, Session

_GONE = frozenset({errno.EADDRNOTAVAIL, errno.ESRCH, errno.ENOENT, errno.ENODEV})
_ANEW = "Somebody changed it after this run had read the host: run it again to see it in the plan."


class Routing:
    """The addresses and routes of one run of changes.

    :param session: what sends messages and notes what was made.
    :param restoring: whether changes are undone.
    """

    def __init__(self, session: Session, restoring: bool) -> None:
        self._session, self._restoring = session, restoring
        self._went: Objects = {}
        #: links that lost an IPv4 address in this run: the others of its subnet may have gone along
        self._touched: set[tuple[str, str]] = set()
        #: what stood in tables of routes when they were looked at, and where something was written since
        self._looked_at: dict[tuple[str, bool, int], dict[RouteKey, Objects]] = {}
        self._written: set[RouteKey] = set()
        self._asked: set[RouteKey] = set()

    def flush(self) -> None:
        """Send what waits.

        :raises Refused: with a Conflict that names what stands where something is to be made.
        """
        try:
            self._session.flush()
        except Refused as refused:
            raise self._named(refused) from refused

    def expect(self, changes: Iterable[Change]) -> None:
        """Hear what goes along with other changes, by itself: it may be made anew in the same run.

        :param changes: the changes.
        """
        self._went.update(
            (change.key, change.before)
            for change in changes
            if change.via == CASCADE and change.after is None and change.before is not None
        )

    # -- addresses -----------------------------------------------------------------------------------------------

    def addresses(self, changes: Iterable[Change]) -> None:
        """Queue changes of addresses; one that differs is removed and made anew.

        :param changes: the changes.
        """
        for change in changes:
            key = change.key
            name, dev = key.netns, key.dev
            index = self._index(change, dev)
            if change.before is not None:
                along = change.after is not None or (change.before.get("secondary") and (name, dev) in self._touched)
                message = addresses.delete(key, change.before, index)
                self._session.queue(name, message, change, self._excused(bool(along)))
                self._touched.add((name, dev))
            if change.after is not None:
                made = addresses.create(key, change.after, index)
                if made is None:
                    self._session.note(change)
                else:
                    self._session.queue(name, made, change, self._excuse(change))

    # -- routes --------------------------------------------------------------------------------------------------

    def routes(self, changes: Iterable[Change]) -> None:
        """Queue changes of routes.

        :param changes: the changes.
        """
        changes = list(changes)
        self._looked_at.clear()
        self._written.clear()
        self._asked = {change.key.plain for change in changes}
        for change in changes:
            before, after = change.before, change.after
            index = partial(self._index, change)
            if after is not None and after.get("hops"):
                self._next_hops(change, after["hops"])
            if after is None:
                message = route_messages.delete(change.key, before or {}, index)
                self._session.queue(change.key.netns, message, change, self._excused(along=False))
            elif before is None:
                self._make(change, route_messages.create(change.key, after, index))
            else:
                self._replace(change, before, after)
            self._written.add(change.key.place)

    def _next_hops(self, change: Change, hops: list[next_hops.Hop]) -> None:
        """Put back what a route leads to by number, once the links and addresses are there that it needs."""
        name = change.key.netns
        self._session.flush(name)
        try:
            next_hops.put_back(self._session.socket(name), hops, partial(self._index, change))
        except NetlinkError as exc:
            raise refusal(change, exc) from exc

    def _make(self, change: Change, message: Optional[Message]) -> None:
        if message is None:
            self._session.note(change)
        else:
            self._session.queue(change.key.netns, message, change, self._excuse(change))

    def _replace(self, change: Change, before: Attrs, after: Attrs) -> None:
        """Put a route in place of the one that was read, and of no other: what stands there now is looked at.

        The kernel replaces the first of several routes in IPv4, and all next hops at once in IPv6.
        """
        key, index = change.key, partial(self._index, change)
        standing = self._standing(key)
        ours = [other for other, attrs in standing.items() if route_messages.alike(attrs, before)]
        alone = len(standing) == 1 or (not key.six and ours == list(standing)[:1])
        if alone and (ours or self._restoring):
            self._make(change, route_messages.replace(key, after, index))
        elif ours and key.six:
            self._replace_among(change, before, after)
        elif ours:
            self._session.queue(key.netns, route_messages.delete(key, before, index), change, self._excused(along=True))
            self._make(change, route_messages.append(key, after, index))
        elif self._restoring:
            self._make(change, route_messages.append(key, after, index))
        else:
            found = _all(standing) or "nothing any more"
            raise Refused(change, Conflict(key.describe(), f"to change it ({told(before)})", found, _ANEW))

    def _replace_among(self, change: Change, before: Attrs, after: Attrs) -> None:
        """Change a route of ours to which others added next hops of theirs.

        The kernel tells of all as of the first one, so ours stays that; what theirs are is to be seen without it.
        """
        key, index, socket_ = change.key, partial(self._index, change), self._session.socket(change.key.netns)
        self._session.flush(key.netns)
        try:
            socket_.request(*route_messages.delete(key, before, index))
        except NetlinkError as exc:
            raise refusal(change, exc) from exc
        self._session.note(change)
        theirs = self._at(key)
        self._make(change, route_messages.replace(key, after, index))
        for other, attrs in theirs.items():
            self._make(change, route_messages.append(other, attrs, index))

    # -- what stands there ---------------------------------------------------------------------------------------

    def _index(self, change: Change, dev: str) -> int:
        try:
            return self._session.index(change.key.netns, dev)
        except OSError as exc:
            raise refusal(change, exc) from exc

    def _excused(self, along: bool) -> Excuse:
        """For a removal: whether it may have gone by itself."""
        may = along or self._restoring
        return lambda number: may and number in _GONE

    def _excuse(self, change: Change) -> Excuse:
        """For one that is made: whether it may have come back by itself, or stayed, and did."""
        return lambda number: number == errno.EEXIST and self._stands(change)

    def _stands(self, change: Change) -> bool:
        key, after, went = change.key, change.after or {}, self._went.get(change.key)
        if not self._restoring and went is None:
            return False
        same = addresses.alike if isinstance(key, AddressKey) else route_messages.alike
        standing = self._at(key)
        if any(same(attrs, after) for attrs in standing.values()):
            return True
        first = standing.get(key)
        if not isinstance(key, RouteKey) or first is None or len(standing) != 1:
            return False
        if not (went is not None and same(first, went)) and not (self._restoring and _is_part(first, after)):
            return False
        message = route_messages.replace(key, after, partial(self._index, change))
        if message is not None:
            self._session.socket(key.netns).request(*message)
        return True

    def _standing(self, key: RouteKey) -> Objects:
        """What the kernel has at a route's place before it is changed, in its order.

        A table is looked at once for all changes of it; anew where this run has written at the same place since.
        """
        table = (key.netns, key.six, key.table)
        if table not in self._looked_at or key.place in self._written:
            self._session.flush(key.netns)
            self._looked_at[table] = self._table(*table, self._asked)
            self._written = {place for place in self._written if (place.netns, place.six, place.table) != table}
        return self._looked_at[table].get(key.place, {})

    def _at(self, key: Key) -> Objects:
        """What the kernel has at an object's place now, in its order."""
        if isinstance(key, RouteKey):
            return self._table(key.netns, key.six, key.table, {key.plain}).get(key.place, {})
        found: Objects = {}
        route, host = self._session.socket(key.netns), key.host
        reader = addresses.Reader(key.netns, self._names(key.netns), {key}, found)
        for body in route.dump(GETADDR, addresses.get()):
            reader.take(body)
        return {other: attrs for other, attrs in found.items() if _is_same(other, key, host)}

    def _table(self, netns: str, six: bool, table: int, asked: set[RouteKey]) -> dict[RouteKey, Objects]:
        """What the kernel has in a table of routes now, by place, each in its order."""
        found: Objects = {}
        taker = routes.Reader(netns, self._names(netns), asked, (), found, local=True)
        for body in routes.dump(self._session.socket(netns), socket.AF_INET6 if six else socket.AF_INET, table):
            taker.take(body)
        places: dict[RouteKey, Objects] = defaultdict(dict)
        for key in sorted(found, key=lambda key: key.number):
            places[key.place][key] = found[key]
        return places

    def _names(self, netns: str) -> dict[int, str]:
        """The links of a namespace by their numbers."""
        return {link.index: link.name for link in dump(self._session.socket(netns), netns)}

    def _named(self, refused: Refused) -> Refused:
        """The refusal to make something where something stands, with what stands."""
        change = refused.change
        if refused.errno != errno.EEXIST or change.after is None or not isinstance(change.key, (AddressKey, RouteKey)):
            return refused
        try:
            standing = self._at(change.key)
        except NetlinkError:
            return refused
        found = _all(standing) or "something that is gone again"
        return Refused(change, Conflict(change.key.describe(), "to create it", found, _ANEW), refused.errno)


def _is_part(first: Attrs, after: Attrs) -> bool:
    """Whether of a route with several next hops some are left: in IPv6 the others go alone with their link."""
    mine, whole = set(links_of(first)), set(links_of(after))
    return first["protocol"] == after["protocol"] and len(whole) > 1 and mine < whole


def _is_same(other: Key, key: Key, host: str) -> bool:
    """Whether an address that stands is in the way of another: the same one on the same link."""
    return other.dev == key.dev and (other.host == host if key.six else other.address == key.address)


def _all(standing: Objects) -> str:
    return "; ".join(f"{key.describe()} ({told(attrs)})" for key, attrs in standing.items())
