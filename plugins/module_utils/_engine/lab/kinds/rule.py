# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules; of several of one priority which is meant, who made them, what is to stand after a change. Pure.

The key of a rule is its namespace, family and priority. Where several rules stand under one priority, all but one have
a number behind it, and each has its ``place`` among them. A rule that has more than the model has words for carries
itself in ``raw``, as the kernel tells of it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.errors import Conflict
from ...._model.lab.rule import Rule
from ...state import PROTOCOL, Attrs, Change, Key, Objects, within
from ..want import Want
from .kind import Kind, Listing, Stage, nothing

if TYPE_CHECKING:
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..want import Wants

#: what one rule has, beyond where it stands among others
_OWN = ("from", "to", "iif", "fwmark", "table", "protocol", "raw")
#: priorities of the rules that every namespace has
_INNATE = (0, 32766, 32767)
_TABLES = {253: "default", 254: "main", 255: "local"}


class _Rule(NamedTuple):
    sort: str
    netns: str
    six: bool
    priority: int
    number: int


class RuleKey(Key, _Rule):
    """A rule by its priority; ``number`` is 0 but for the others where several have one priority.

    Attributes: from, to, iif, fwmark, table, protocol, raw; text, place.
    """

    __slots__ = ()

    def __new__(cls, netns: str, six: bool, priority: int, number: int = 0):
        """Fill in the sort."""
        return tuple.__new__(cls, ("rule", netns, six, priority, number))

    def describe(self) -> str:
        """``rule 9 (IPv6) in red``."""
        text = f"rule {self.priority}{' (IPv6)' if self.six else ''}{within(self.netns)}"
        return text + (f", number {self.number + 1} of this priority" if self.number else "")

    @property
    def is_innate(self) -> bool:
        """The three first ones are."""
        return self.priority in _INNATE and not self.number


def seated(key: RuleKey, standing: list[Attrs], chosen: Optional[int] = None) -> Objects:
    """The rules of one priority as objects.

    :param key: that of the priority.
    :param standing: their attributes, in the kernel's order.
    :param chosen: the place of the one that the key itself means (default: the first that bears our mark, or the
        first of all).
    """
    if len(standing) == 1:
        return {key: standing[0]}
    if chosen is None:
        ours = (place for place, attrs in enumerate(standing) if attrs["protocol"] == PROTOCOL)
        chosen = next(ours, 0)
    found = {key: {**standing[chosen], "place": chosen}}
    others = (place for place in range(len(standing)) if place != chosen)
    found.update({key._replace(number=n): {**standing[place], "place": place} for n, place in enumerate(others, 1)})
    return found


def siblings(key: RuleKey, objects: Objects) -> list[Key]:
    """The keys of the other rules under a rule's priority.

    :param key: the object's key.
    :param objects: the objects that were read.
    """
    found: list[Key] = []
    while (other := key._replace(number=len(found) + 1)) in objects:
        found.append(other)
    return found


def choose(objects: Objects, wants: Wants, strict: bool) -> None:
    """Let the key of a wanted rule mean the one of several that it is about.

    That is ours, for a lab that keeps to what it made, then the one that is as wanted, then any that bears our mark.

    :param objects: the objects that were read.
    :param wants: the objects that are wanted.
    :param strict: as for :class:`.reconcile.Reconciler`.
    """
    for key, want in wants.items():
        if not isinstance(key, RuleKey) or key._replace(number=1) not in objects:
            continue
        keys = [key, *siblings(key, objects)]
        standing = sorted((objects[each] for each in keys), key=lambda attrs: attrs["place"])
        marked = [attrs["place"] for attrs in standing if attrs["protocol"] == PROTOCOL]
        alike = [attrs["place"] for attrs in standing if is_as_wanted(attrs, want.attrs)]
        chosen = [*(marked if strict else []), *alike, *marked, 0][0]
        objects.update(seated(key, standing, chosen))


def with_siblings(remove: dict[Key, str], objects: Objects) -> dict[Key, str]:
    """What is to go, with all rules of the priorities among it.

    :param remove: the objects that are to go, each with the reason.
    :param objects: the objects that were read.
    """
    more = {each: why for key, why in remove.items() if isinstance(key, RuleKey) for each in siblings(key, objects)}
    return {**remove, **more}


def is_as_wanted(attrs: Attrs, wanted: Attrs) -> bool:
    """Whether a rule says what is wanted, whoever made it.

    :param attrs: the object's attributes.
    :param wanted: the attributes that are wanted.
    """
    return all(attrs.get(name) == value for name, value in wanted.items())


def same(one: Attrs, other: Attrs) -> bool:
    """Whether two rules are alike in all, who made them included.

    :param one: one of them.
    :param other: the other.
    """
    return all(one.get(name) == other.get(name) for name in _OWN)


def after(standing: list[Attrs], changes: Iterable[Change]) -> list[Attrs]:
    """The rules of one priority after some changes.

    :param standing: those that stand, in order.
    :param changes: the changes.
    :raises OSError: ENOENT for one that is to go and is not there, EEXIST for one that has no place beside others.
    """
    then: list[Attrs] = list(standing)
    added: list[Attrs] = []
    for change in changes:
        if change.before is None:
            added.append(change.after or {})
            continue
        places = [place for place, attrs in enumerate(then) if same(attrs, change.before)]
        if not places:
            raise OSError(errno.ENOENT, "no such rule under this priority any more")
        at = change.before.get("place")
        place = at if at in places else places[0]
        then[place : place + 1] = [] if change.after is None else [change.after]
    for attrs in sorted(added, key=lambda attrs: attrs.get("place", 0)):
        if "place" not in attrs and then:
            raise OSError(errno.EEXIST, f"another rule has this priority by now: {told(then[0])}")
        then.insert(attrs.get("place", 0), attrs)
    return then


def table_text(number: int) -> str:
    """A table for a person.

    :param number: its number (int).
    """
    return _TABLES.get(number, str(number))


def told(attrs: Attrs) -> str:
    """A rule for a person, in the words of ip-rule(8).

    :param attrs: the object's attributes.
    """
    if attrs.get("text"):
        return str(attrs["text"])
    words: list[Any] = ["from", attrs.get("from") or "all"]
    for name in ("to", "fwmark", "iif"):
        words += [name, attrs[name]] if attrs.get(name) else []
    return " ".join([*words, "lookup", table_text(attrs["table"])])


def _selects(key: RuleKey, attrs: Attrs, path: SessionPath) -> bool:
    """Whether a rule selects packets of a session."""
    if key.six != (path.peer.version == 6) or (attrs.get("fwmark") and not attrs.get("raw")):
        return False
    if attrs.get("raw"):  # it may select anything
        return True
    ends, iif = (attrs.get("from"), attrs.get("to")), attrs.get("iif")
    out = path.covers(ends[0], path.own) and path.covers(ends[1], path.peer) and iif in (None, "lo")
    back = path.covers(ends[0], path.peer) and path.covers(ends[1], path.own)
    return out or (back and (iif is None or iif in path.devs))


class _Kind(Kind):
    sort = "rule"
    key = RuleKey
    shared = False
    in_netns = True
    stage = Stage.RULE
    make_way = nothing
    adoption_is_told = True
    info_list = "rules"
    quiet = frozenset({"protocol", "raw", "place"})
    marks = frozenset({"protocol"})

    def is_told_with_netns(self, key: RuleKey) -> bool:
        """Only one that the lab made: every namespace has some."""
        del key
        return False

    def ask(self, scope: Scope, key: RuleKey) -> None:
        """Ask for the rules of the namespace."""
        scope.namespaces.add(key.netns)
        scope.rules.add(key.netns)

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One that selects what goes to the other end, or what comes from it."""
        selects = (attrs is not None and _selects(change.key, attrs, path) for attrs in (change.before, change.after))
        return "matches packets of your SSH session" if any(selects) else None

    def refuse_change(self, planner: Reconciler, want: Want, attrs: Attrs) -> None:
        """One that is not as wanted is changed where it is the lab's; a single module's task names the only one.

        Beside others only one that bears our mark is, and never to what another of them says already.
        """
        others = [planner.now[key] for key in siblings(want.key, planner.now)]
        mine = planner.ledger.mine(want.key, attrs)
        if planner.strict:
            netns = want.key.netns
            may = mine or (not others and netns and planner.ledger.owns_netns(netns))
        else:
            may = not others or attrs["protocol"] == PROTOCOL
        if may and not any(is_as_wanted(other, want.attrs) for other in others):
            return
        standing = "; ".join(told(each) for each in ([*others] if mine else [attrs, *others]))
        remedy = "They are not changed: choose another priority, or remove those that nobody needs first."
        wanted = f"this priority for {told(want.attrs)}"
        raise Conflict(f"{want.where} ({want.key.describe()})", wanted, f"foreign rules under it: {standing}", remedy)

    def why(self, want: Want, attrs: Attrs, differs: Attrs) -> str:
        """One that the model has no words for is told as a whole."""
        if "raw" in differs:
            return f"is {told(attrs)}, expected {told(want.attrs)}"
        return super().why(want, attrs, differs)

    def kept(self, attrs: Attrs, differs: Attrs) -> Attrs:
        """Its place among others alone."""
        del differs
        return {name: value for name, value in attrs.items() if name == "place"}

    def is_anothers(self, attrs: Attrs) -> bool:
        """One without our mark is."""
        return bool(attrs["protocol"] != PROTOCOL)

    def line(self, key: RuleKey, attrs: Attrs, names: set[str], other: Attrs) -> Optional[str]:
        """One that the model has no words for is told as a whole."""
        raw = "raw" in names and (attrs.get("raw") or other.get("raw"))
        return f"{key.describe()}  {told(attrs)}" if raw else None

    def info(self, key: RuleKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """What it selects, and the table that it leads to."""
        del state, record
        selectors = {name: attrs[name] for name in ("from", "to", "iif", "fwmark", "table")}
        family = "ipv6" if key.six else "ipv4"
        return {"netns": key.netns, "family": family, "priority": key.priority, **selectors}


# -- what descriptions want ------------------------------------------------------------------------------------------


def _want(wants: Wants, item: Rule, _seed: str) -> None:
    attrs: Attrs = {"from": item.src, "to": item.dst, "iif": item.iif, "fwmark": item.fwmark, "table": item.table}
    key = RuleKey(item.netns, item.six, item.priority)
    wants[key] = Want(key, "rule", item.where, {**attrs, "raw": None}, {"protocol": PROTOCOL})


def _remove(item: Rule) -> list[Key]:
    return [RuleKey(item.netns, item.six, item.priority)]


KINDS = (_Kind(),)
LISTS = {"rules": Listing(_want, _remove)}
