# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes, and how they stand among each other: which has to be there before which. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...._model.values import parse_interface
from ...state import PROTOCOL, Attrs, Change, Key, within
from .kind import Kind, Stage

if TYPE_CHECKING:
    from ..scope import Scope

#: the table main, and the metric that the kernel gives a route of IPv6
MAIN, METRIC_IPV6 = 254, 1024
#: the protocol (rtm_protocol) of routes that the kernel makes with an address or a link
KERNEL = 2
#: the names of those that people meet
PROTOCOLS = {0: "none", 2: "kernel", 3: "boot", 4: "static", 9: "ra", 16: "dhcp", 110: "netns.lab"}
#: protocols of routes that somebody gives by hand: unspecified, kernel's boot, static
BY_HAND = frozenset({0, 3, 4})


class _Route(NamedTuple):
    sort: str
    netns: str
    table: int
    dst: str
    metric: int
    beside: str
    number: int


class RouteKey(Key, _Route):
    """A route by its destination, table and metric.

    ``beside`` tells it from others with those, which no description knows (``tos 0x10``, ``from 2001:db8::/64``).
    ``number`` is its place among those that the kernel has in one place: 1 is the plain one, 2 and more are behind it,
    less than 0 before it.

    Attributes: type, gateway, dev, src, onlink, protocol, raw; devs, until, text.
    """

    __slots__ = ()

    def __new__(cls, netns: str, table: int, dst: str, metric: int, beside: str = "", number: int = 1):
        """Fill in the sort."""
        return tuple.__new__(cls, ("route", netns, table, dst, metric, beside, number))

    @property
    def six(self) -> bool:
        """Whether it is of IPv6."""
        return ":" in self.dst

    @property
    def plain(self) -> RouteKey:
        """The key without what tells it from others of its destination, table and metric."""
        return self if self.number == 1 and not self.beside else RouteKey(*self[1:5])

    @property
    def place(self) -> RouteKey:
        """The key of the first route of those that the kernel has in one place."""
        return self if self.number == 1 else self._replace(number=1)

    def describe(self) -> str:
        """``route 10.0.0.0/8 table 100 metric 5 in red``."""
        text = "default" if self.dst == "0.0.0.0/0" else "default (IPv6)" if self.dst == "::/0" else self.dst
        text += f" table {self.table}" if self.table != MAIN else ""
        text += f" metric {self.metric}" if self.metric != (METRIC_IPV6 if self.six else 0) else ""
        text += f" {self.beside}" if self.beside else ""
        text += f" number {self.number}" if self.number != 1 else ""
        return f"route {text}{within(self.netns)}"


def need(key: RouteKey, attrs: Attrs) -> tuple[int, int]:
    """A route's place in the order of creation: a gateway is looked up among the routes that lead to a link.

    Of those that share a place in the kernel the plain one is first, then those around it, the nearest first.
    """
    near = attrs.get("type") == "unicast" and not attrs.get("gateway") and not attrs.get("hops")
    return (1 if attrs.get("raw") else 0) if near else 2, abs(key.number)


def turn(change: Change) -> tuple[int, int]:
    """:func:`need` of a change as a key to sort by, removals the other way round; all else stays where it is."""
    if not isinstance(change.key, RouteKey):
        return 0, 0
    if change.after is None:
        first, second = need(change.key, change.before or {})
        return -first, -second
    return need(change.key, change.after)


def is_of_others(change: Change) -> bool:
    """Whether a route that a change takes along, or part of, is neither a lab's nor the kernel's to bring back."""
    before = change.before
    return isinstance(change.key, RouteKey) and before is not None and before["protocol"] not in (PROTOCOL, KERNEL)


#: words of what is carried whole and has its gateways inside
_WITH_HOPS = ("several next hops", "next hop object")


def stands_alone(attrs: Attrs) -> bool:
    """Whether a route runs over a link without any gateway of its own family, so that it needs no address there."""
    inside = any(words in (attrs.get("text") or "") for words in _WITH_HOPS)
    return bool(links(attrs)) and not attrs.get("gateway") and not attrs.get("src") and not inside


def is_reached(attrs: Attrs, near: list[Any]) -> bool:
    """Whether a route's gateway is taken without asking, or lies in one of some networks."""
    gateway = attrs.get("gateway")
    return bool(gateway) and (bool(attrs.get("onlink")) or any(parse_interface(gateway).ip in net for net in near))


def told(attrs: Attrs) -> str:
    """A route, or an address, for a person: what is beside its key."""
    words = [str(attrs["type"])] if attrs.get("type") not in (None, "unicast") else []
    words += [f"via {attrs['gateway']}"] if attrs.get("gateway") else []
    words += [f"dev {dev}" for dev in links(attrs)]
    words += [f"src {attrs['src']}"] if attrs.get("src") else []
    if attrs.get("protocol") is not None:
        words.append(f"protocol {PROTOCOLS.get(attrs['protocol'], attrs['protocol'])}")
    words += [f"with {attrs['text']}"] if attrs.get("text") else []
    return " ".join(words) or "without more"


#: what only an object has that is carried whole
WHOLE = frozenset({"devs", "until", "text", "other_end", "dad", "hops"})


def links(attrs: Attrs) -> list[Any]:
    """The links that a route runs over."""
    found = dict.fromkeys([attrs.get("dev"), *(attrs.get("devs") or ())])
    return [dev for dev in found if dev]


class _Kind(Kind):
    sort = "route"
    key = RouteKey
    shared = False
    in_netns = True
    stage = Stage.ROUTE

    def turn(self, change: Change) -> tuple[int, ...]:
        """Routes come by need."""
        return turn(change)

    def links(self, key: RouteKey, attrs: Attrs) -> list[str]:
        """Those that it runs over."""
        del key
        return links(attrs)

    def ask(self, scope: Scope, key: RouteKey) -> None:
        """Ask for its table."""
        scope.namespaces.add(key.netns)
        scope.routes[key.netns].add((key.six, key.table))
        scope.keys.add(key)
        if not key.netns:
            scope.host_routes = True


KINDS = (_Kind(),)
