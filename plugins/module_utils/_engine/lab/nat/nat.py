# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""NAT in a plan: the table comes with the first thing in it and goes with the last; hairpins follow the forwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Optional

from ...._model.errors import Conflict
from ...plan import CHANGE, CREATE, DELETE, Step
from ...state import NFT_TABLE, Attrs, Change, Key, Objects
from ..kinds.address import AddressKey
from ..kinds.link import LinkKey
from ..kinds.nat import NAT, ForwardKey, HairpinKey, MasqueradeKey, NatTableKey
from ..kinds.netns import NetnsKey
from ..want import Want, Wants
from . import elements as nat_elements
from . import hairpins

_WORDS = {"masquerade": "masquerade", "forward": "port_forward"}


def steps(now: Objects, wants: Wants, remove: set[Key]) -> list[Step]:
    """The steps for every namespace's NAT.

    :param now: the state at this point of the plan, addresses as they will be.
    :param wants: the objects that are wanted.
    :param remove: keys to remove, those that are not of NAT or not there are passed over.
    """
    named = [want.key.netns for want in wants.values() if isinstance(want.key, NAT)]
    named += [key.netns for key in remove if isinstance(key, NAT)]
    found: list[Step] = []
    for netns in dict.fromkeys(named):
        if not netns or NetnsKey(netns) in now:
            found += _Table(now, netns).steps(wants, remove)
    return found


def hairpin_ports(objects: Objects, wants: Wants, remove: Collection[Key]) -> Wants:
    """The ports that must send frames back out of themselves: those of targets that reach themselves by a forward.

    Needed only where frames within a bridge pass NAT: there such a frame never leaves the bridge. A port whose last
    forward goes need not any longer.

    :param objects: the state read.
    :param wants: the objects that are wanted.
    :param remove: keys of the objects that will be removed.
    :returns: wants of these ports; one that has its own word on hairpin is left alone.
    """
    asked = _hairpin_targets(objects, wants, remove)
    if not asked:
        return {}
    objects = {key: attrs for key, attrs in objects.items() if not _goes(key, remove)}
    found: Wants = {}
    for key in [*wants, *objects]:
        target = key.host if isinstance(key, AddressKey) and key.netns else ""
        port = _port_of(LinkKey(key.netns, key.dev), objects, wants) if target in asked else None
        if port is None or "hairpin" in getattr(wants.get(port), "attrs", {}):
            continue
        hairpin, where = asked[target]
        if hairpin or objects.get(port, {}).get("hairpin"):
            want = wants.get(port) or Want(port, "bridge_port", where)
            found[port] = want.having({**want.attrs, "hairpin": hairpin})
    return found


def _hairpin_targets(objects: Objects, wants: Wants, remove: Collection[Key]) -> dict[str, tuple[bool, str]]:
    """The targets that are to reach themselves and those that need not any longer, each with the entry's name.

    A forward that this run wants speaks for itself: where it led before counts no longer.
    """
    forwards = {key: attrs["to"] for key, attrs in objects.items() if isinstance(key, ForwardKey)}
    staying = {to for key, to in forwards.items() if key not in remove and key not in wants}
    asked = {to: (False, "port_forward") for to in forwards.values() if to not in staying}
    asked.update(
        {
            want.attrs["to"]: (True, want.where)
            for want in wants.values()
            if isinstance(want.key, ForwardKey) and want.hairpin
        }
    )
    return asked


def _goes(key: Key, remove: Collection[Key]) -> bool:
    """Whether an object is to be removed, or its link, or its namespace."""
    return (
        key in remove
        or (isinstance(key, AddressKey) and LinkKey(key.netns, key.dev) in remove)
        or NetnsKey(key.netns) in remove
    )


def _port_of(link: Key, objects: Objects, wants: Wants) -> Optional[Key]:
    """The host's bridge port at the other end of a veth pair, if it is one."""
    end = wants[link].attrs if link in wants else objects.get(link, {})
    port = LinkKey(*end["peer"]) if end.get("peer") else None
    if port is None or port[1] or (port not in objects and port not in wants):
        return None
    attrs = {**objects.get(port, {}), **(wants[port].attrs if port in wants else {})}
    return port if attrs.get("bridge") else None


class _Table:
    """The NAT of one namespace."""

    def __init__(self, now: Objects, netns: str) -> None:
        self._netns = netns
        self._is = {key: attrs for key, attrs in now.items() if isinstance(key, NAT) and key.netns == netns}
        self._subnets = hairpins.Subnets(
            key.address for key in now if isinstance(key, AddressKey) and key.netns == netns
        )

    def steps(self, wants: Wants, remove: set[Key]) -> list[Step]:
        mine = {key: want for key, want in wants.items() if isinstance(key, NAT) and key.netns == self._netns}
        gone = {key for key in self._is if key in remove and key not in mine and key.sort in _WORDS}
        made: dict[Key, list[Change]] = defaultdict(list)
        for key in self._is:
            if key in gone:
                made[key].append(Change(key, self._is[key], None))
        for key, want in mine.items():
            if key.sort in _WORDS and not _same(self._is.get(key), want):
                made[key].append(Change(key, self._is.get(key), _whole({**(self._is.get(key) or {}), **want.attrs})))
        table = self._table(mine, gone)
        ours = {key for key in self._is if key in remove and isinstance(key, HairpinKey)}
        back = hairpins.changes(self._is, mine, gone | ours, set(made), self._netns, self._subnets)
        for key, changes in back.items():
            made[key] += [
                change for change in changes if not table or table[0].action != DELETE or change.after is None
            ]
        found = [_step(key, changes) for key, changes in made.items() if changes]
        return [*(self._with_rest(step, found) for step in table), *found]

    def _with_rest(self, table: Step, steps: list[Step]) -> Step:
        """The table's step with the hairpins that go along with it and have no other step."""
        acted = {change.key for step in steps for change in step.changes}
        rest = [key for key in self._is if isinstance(key, HairpinKey) and key not in acted]
        changes = [Change(key, self._is[key], None) for key in rest if table.action == DELETE]
        return table._replace(changes=(*table.changes, *changes))

    def _table(self, mine: Wants, gone: Collection[Key]) -> list[Step]:
        """The table's own step."""
        key = NatTableKey(self._netns)
        want, attrs = mine.get(key), self._is.get(key)
        if want is None:
            rest = [other for other in self._is if other.sort in _WORDS and other not in gone]
            if attrs is None or rest or attrs.get("foreign"):
                return []
            change = Change(key, attrs, None)
            return [Step("nat_table", _object(key), DELETE, "nothing of netns.lab is left in it", (change,))]
        if attrs is None:
            change = Change(key, None, dict(want.attrs))
            return [Step("nat_table", _object(key), CREATE, "does not exist", (change,))]
        new = any(isinstance(other, MasqueradeKey) and other not in self._is for other in mine)
        _refuse_rules_in_front(want, attrs, new)
        if not _same(attrs, want):
            change = Change(key, attrs, {**attrs, **want.attrs})
            return [Step("nat_table", _object(key), CHANGE, amiss(attrs, want.attrs), (change,))]
        return []


def _refuse_rules_in_front(want: Want, attrs: Attrs, masquerades: bool) -> None:
    """Refuse a table in which rules of others come before the collection's own, or are in a chain to be made anew.

    :param masquerades: whether the plan adds some, which come last in their chain.
    """
    found = list(attrs.get("in_front", ()))
    for name, spec in want.attrs["chains"].items():
        if attrs["chains"].get(name, spec) != spec or (masquerades and name == "postrouting"):
            found += [text for text in attrs.get("foreign", ()) if text.endswith(f" of {name}")]
    if not found:
        return
    _word, handle, _of, chain = found[0].split(" ")
    remedy = f"See nft -a list chain inet {NFT_TABLE} {chain}; to remove it: "
    remedy += f"nft delete rule inet {NFT_TABLE} {chain} handle {handle}."
    where = f"{want.where} ({want.key.describe()})"
    raise Conflict(where, "its own rules first in its chains", f"{found[0]}, which netns.lab did not add", remedy)


def amiss(attrs: Attrs, wanted: Attrs) -> str:
    """What is wrong with a table that stands, in words; none if nothing is.

    :param attrs: the table as it stands.
    :param wanted: the table as it is to be.
    """
    found = ["it is dormant"] if attrs["flags"] else []
    for name, spec in wanted["chains"].items():
        there = attrs["chains"].get(name)
        if there is None:
            found.append(f"there is no chain {name}")
        elif there != spec:
            words = " ".join(str(part) for part in there) or "of no hook"
            found.append(f"the chain {name} is {words}, expected {' '.join(str(part) for part in spec)}")
    lost = [name for name in wanted["sets"] if name not in attrs["sets"]]
    found += [f"missing: {', '.join(lost)}"] if lost else []
    for name, rules in wanted["rules"].items():
        there = attrs["rules"].get(name, [])
        lost = [rule for rule in rules if rule not in there]
        if there != rules and name in attrs["chains"]:
            what = f"missing: {', '.join(lost)}" if lost else "in another order, or twice"
            found.append(f"the rules of {name} differ ({what})")
    return "; ".join(found)


def _whole(attrs: Attrs) -> Attrs:
    """A forward of which all elements stand, a masquerade of which there is one rule."""
    return {name: value for name, value in attrs.items() if name not in ("stands", "each")}


def _same(attrs: Optional[Attrs], want: Want) -> bool:
    if attrs is None or "stands" in attrs or "each" in attrs:
        return False
    return all(attrs.get(name) == value for name, value in want.attrs.items())


def _step(key: Key, changes: list[Change]) -> Step:
    first = changes[0]
    kind = _WORDS.get(key.sort, "port_forward")
    if first.key != key:
        return Step(kind, _object(key), CHANGE, "its hairpin rules differ", tuple(changes))
    if first.before is None:
        return Step(kind, _object(key), CREATE, "does not exist", tuple(changes))
    if first.after is None:
        return Step(kind, _object(key), DELETE, "no longer wanted", tuple(changes))
    names = [name for name in first.after if first.before.get(name) != first.after[name]]
    parts = [f"{name} is {first.before.get(name)}, expected {first.after[name]}" for name in names]
    parts += [nat_elements.amiss(key, first.before)] if "stands" in first.before else []
    parts += [f"there are {len(first.before['each'])} rules of it"] if "each" in first.before else []
    reason = ", ".join(parts)
    return Step(kind, _object(key), CHANGE, reason, tuple(changes))


def _object(key: Key) -> str:
    return key.describe().partition(" ")[2]
