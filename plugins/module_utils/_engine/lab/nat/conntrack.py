# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entries of connection tracking a change of NAT concerns. Pure.

NAT is decided once, by the first packet of a flow, and kept as long as the flow's entry is. So those entries go for
which the rules of now would decide otherwise: those that a rule translated which is gone or leads elsewhere, and those
that a new rule would have translated. A TCP connection that nothing translated and that stands is left alone: its two
ends know each other, and no rule could hand one of them over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple, Optional

from ...._model.addressing import parse_network
from ...firewalls.words import one_of
from ...state import Change
from ..kinds.table import kind_of

#: a run of ports wider than this is looked at for each flow, others are found by their port
_NARROW = 64
_Range = tuple[int, int]


class Flow(NamedTuple):
    """An entry. Addresses are numbers.

    ``src`` to ``dport`` are of the packet that came first, ``answerer`` and ``answer_port`` who answers it, which is
    the target after translation. ``snat`` and ``dnat`` say what was translated, ``stands`` that both ends of a TCP
    connection have agreed on it.
    """

    six: bool
    protocol: str
    src: int
    sport: int
    dst: int
    dport: int
    answerer: int
    answer_port: int
    snat: bool
    dnat: bool
    stands: bool = False


class Here(NamedTuple):
    """What of a namespace a decision depends on: its own addresses, and the link that leads to an address."""

    addresses: frozenset[tuple[bool, int]]
    link_to: Callable[[bool, int], str]


class _Forward(NamedTuple):
    first: int
    last: int
    listen: Optional[int]
    before: Optional[int]
    after: Optional[tuple[int, int]]

    def concerns(self, flow: Flow, here: Here) -> bool:
        if flow.dnat and flow.answerer == self.before:
            return not self._leads(flow)
        at = (flow.six, flow.dst) in here.addresses if self.listen is None else flow.dst == self.listen
        return at and self.after is not None and not flow.stands and not (flow.dnat and self._leads(flow))

    def _leads(self, flow: Flow) -> bool:
        return self.after == (flow.answerer, flow.answer_port - flow.dport + self.first)


class _Masquerade(NamedTuple):
    source: _Range
    out: str
    before: Optional[list[_Range]]
    after: Optional[list[_Range]]

    def concerns(self, flow: Flow, here: Here) -> bool:
        if not _within(flow.src, self.source):
            return False
        will = self.after is not None and not any(_within(flow.answerer, each) for each in self.after)
        if flow.snat:
            was = self.before is not None and not any(_within(flow.answerer, each) for each in self.before)
            return was and not will
        own = {(flow.six, flow.src), (flow.six, flow.answerer)} & here.addresses
        return will and not own and not flow.stands and not _is_group(flow) and self._goes_by(flow, here)

    def _goes_by(self, flow: Flow, here: Here) -> bool:
        link = here.link_to(flow.six, flow.answerer) if self.out else ""
        return not self.out or (bool(link) and one_of(self.out, link) == link)


class _Hairpin(NamedTuple):
    source: _Range
    to: int
    first: int
    last: int
    stands: bool

    def concerns(self, flow: Flow, _here: Here) -> bool:
        target = flow.dnat and flow.answerer == self.to and self.first <= flow.answer_port <= self.last
        return target and flow.snat != self.stands and _within(flow.src, self.source)


class Concerned:
    """The entries that changes of NAT in one namespace concern.

    :param changes: the changes.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._by_port: dict[tuple[bool, str, int], list[_Forward]] = defaultdict(list)
        self._wide: dict[tuple[bool, str], list[_Forward]] = defaultdict(list)
        self._masquerades: dict[bool, list[_Masquerade]] = defaultdict(list)
        self._hairpins: dict[tuple[bool, str], list[_Hairpin]] = defaultdict(list)
        for change in changes:
            if change.before != change.after:
                kind_of(change.key).concern_flows(self, change)

    def families(self) -> list[bool]:
        """The families in question: whether it is IPv6."""
        found = {key[0] for key in [*self._by_port, *self._wide, *self._hairpins]} | set(self._masquerades)
        return sorted(found)

    def protocol(self, six: bool) -> str:
        """The only protocol in question; an empty text where there are several or all.

        :param six: whether it is of IPv6 (bool).
        """
        found = {key[1] for key in [*self._by_port, *self._wide, *self._hairpins] if key[0] == six}
        return found.pop() if len(found) == 1 and not self._masquerades[six] else ""

    def __call__(self, flow: Flow, here: Here) -> bool:
        """Whether an entry is among them."""
        kind = (flow.six, flow.protocol)
        lists: tuple[Iterable[_Forward | _Masquerade | _Hairpin], ...] = (
            self._by_port.get((*kind, flow.dport), ()),
            self._masquerades.get(flow.six, ()),
            self._hairpins.get(kind, ()),
            (each for each in self._wide.get(kind, ()) if each.first <= flow.dport <= each.last),
        )
        return any(rule.concerns(flow, here) for rules in lists for rule in rules)

    # -- what the kinds of NAT add ---------------------------------------------------------------------------------

    def add_forward(self, change: Change) -> None:
        """Add those that a port forward concerns.

        :param change: the change of it.
        """
        key, before, after, _via = change
        target = None if after is None else (_number(after["to"]), after["to_port"])
        rule = _Forward(
            key.first,
            key.last,
            _number(key.listen) if key.listen else None,
            None if before is None else _number(before["to"]),
            target,
        )
        if rule.last - rule.first < _NARROW:
            for port in range(rule.first, rule.last + 1):
                self._by_port[key.six, key.protocol, port].append(rule)
        else:
            self._wide[key.six, key.protocol].append(rule)

    def add_masquerade(self, change: Change) -> None:
        """Add those that a masquerade concerns.

        :param change: the change of it.
        """
        key, before, after, _via = change
        excluded = [None if attrs is None else [_range(net) for net in attrs["exclude"]] for attrs in (before, after)]
        self._masquerades[":" in key.source].append(_Masquerade(_range(key.source), key.out_interface, *excluded))

    def add_hairpin(self, change: Change) -> None:
        """Add those that the NAT of a hairpin concerns.

        :param change: the change of it.
        """
        key = change.key
        rule = _Hairpin(_range(key.source), _number(key.to), key.first, key.last, change.after is not None)
        self._hairpins[":" in key.to, key.protocol].append(rule)


@lru_cache(maxsize=4096)
def _range(prefix: str) -> _Range:
    net = parse_network(prefix)
    return int(net.network_address), int(net.broadcast_address)


def _number(address: str) -> int:
    return _range(address)[0]


def _within(number: int, span: _Range) -> bool:
    return span[0] <= number <= span[1]


def _is_group(flow: Flow) -> bool:
    """Whether it goes to a multicast group, or to all of a link, which is not routed."""
    return flow.answerer >> 120 == 0xFF if flow.six else flow.answerer >> 28 == 0xE or flow.answerer == 0xFFFFFFFF
