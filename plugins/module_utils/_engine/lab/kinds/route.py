# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes, and how they stand among each other: which has to be there before which. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.addressing import parse_interface, parse_network
from ...._model.errors import Conflict, InvalidArgument
from ...._model.lab.route import Route
from ...state import PROTOCOL, Attrs, Change, Key, within
from ..want import Want
from .kind import Kind, Listing, Stage, Turn, nothing

if TYPE_CHECKING:
    from ..host_state import State
    from ..reconcile import Reconciler
    from ..record import Record
    from ..scope import Scope
    from ..ssh_session import SessionPath
    from ..subnets import Subnets
    from ..want import Wants

#: the table main, and the metric that the kernel gives a route of IPv6
MAIN, METRIC_IPV6 = 254, 1024
_DEFAULTS = ("0.0.0.0/0", "::/0")
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


def is_default(key: Key) -> bool:
    """Whether it is a default route of the host's main table.

    :param key: the object's key.
    """
    return not key.netns and isinstance(key, RouteKey) and key.table == MAIN and key.dst in _DEFAULTS


def need(key: RouteKey, attrs: Attrs) -> tuple[int, int]:
    """A route's place in the order of creation: a gateway is looked up among the routes that lead to a link.

    Of those that share a place in the kernel the plain one is first, then those around it, the nearest first.

    :param key: the object's key.
    :param attrs: the object's attributes.
    """
    near = attrs.get("type") == "unicast" and not attrs.get("gateway") and not attrs.get("hops")
    return (1 if attrs.get("raw") else 0) if near else 2, abs(key.number)


def turn(change: Change) -> tuple[int, int]:
    """The key to sort changes by: :func:`need`, removals the other way round; all else stays where it is.

    :param change: the change.
    """
    if not isinstance(change.key, RouteKey):
        return 0, 0
    if change.after is None:
        first, second = need(change.key, change.before or {})
        return -first, -second
    return need(change.key, change.after)


def is_of_others(change: Change) -> bool:
    """Whether a route that a change takes along, or part of, is neither a lab's nor the kernel's to bring back.

    :param change: the change.
    """
    before = change.before
    return isinstance(change.key, RouteKey) and before is not None and before["protocol"] not in (PROTOCOL, KERNEL)


#: words of what is carried whole and has its gateways inside
_WITH_HOPS = ("several next hops", "next hop object")


def stands_alone(attrs: Attrs) -> bool:
    """Whether a route runs over a link without any gateway of its own family, so that it needs no address there.

    :param attrs: the object's attributes.
    """
    inside = any(words in (attrs.get("text") or "") for words in _WITH_HOPS)
    return bool(links(attrs)) and not attrs.get("gateway") and not attrs.get("src") and not inside


def is_reached(attrs: Attrs, near: Subnets) -> bool:
    """Whether a route's gateway is taken without asking, or lies in one of some subnets.

    :param attrs: the object's attributes.
    :param near: the subnets.
    """
    gateway = attrs.get("gateway")
    return bool(gateway) and (bool(attrs.get("onlink")) or any(near.having(parse_interface(gateway).ip)))


def told(attrs: Attrs) -> str:
    """A route, or an address, for a person: what is beside its key.

    :param attrs: the object's attributes.
    """
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
    """The links that a route runs over.

    :param attrs: the object's attributes.
    """
    found = dict.fromkeys([attrs.get("dev"), *(attrs.get("devs") or ())])
    return [dev for dev in found if dev]


class _Kind(Kind):
    sort = "route"
    key = RouteKey
    shared = False
    in_netns = True
    stage = Stage.ROUTE
    make_way = nothing
    adoption_is_told = True
    info_list = "routes"
    quiet = frozenset({"protocol", "raw", "devs", "until", "hops"})
    common = frozenset({"onlink"})
    marks = frozenset({"protocol"})

    def host_link_changed(self, change: Change) -> Optional[str]:
        """The one that a default route left by."""
        if change.before is None or not is_default(change.key):
            return None
        return next(iter(links(change.before)), None)

    def touches_session(self, path: SessionPath, change: Change) -> Optional[str]:
        """One by which packets to the other end may leave."""
        net = parse_network(change.key.dst)
        if path.peer in net and (change.key.table != MAIN or net.prefixlen >= path.best):
            return f"is for {path.peer}, where you connect from"
        return None

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

    def as_described(self, key: RouteKey) -> RouteKey:
        """Without its type of service and source."""
        return key.plain

    def refuse_removal(self, key: RouteKey, attrs: Attrs) -> None:
        """The kernel's own go with their address."""
        if attrs["protocol"] == KERNEL:
            remedy = f"Remove that address, or set {attrs.get('dev') or 'the link'} down: that removes the route."
            raise Conflict(key.describe(), "to remove it", f"the kernel's own, of an address ({told(attrs)})", remedy)

    def goes_without_ipv6(self, key: RouteKey, attrs: Attrs, link: str) -> bool:
        """Those over the link alone, but for the kernel's own."""
        if not key.six or attrs["protocol"] == KERNEL:
            return False
        return links(attrs) == [link] if link else bool(links(attrs))

    def is_put_back(self, change: Change) -> bool:
        """One without our protocol number is."""
        return (change.after or {}).get("protocol") != PROTOCOL

    def removal_turn(self, key: RouteKey, attrs: Attrs) -> tuple[int, int]:
        """Before the addresses that they hang on."""
        del key, attrs
        return Turn.ROUTE, 0

    def refuse_change(self, planner: Reconciler, want: Want, attrs: Attrs) -> None:
        """The kernel's own, and those of others, are left alone."""
        if attrs["protocol"] == KERNEL:
            raise connected(want, f"the kernel's own, of an address ({told(attrs)})")
        planner.refuse_foreign_change(want, attrs, "another metric or table")

    def kept(self, attrs: Attrs, differs: Attrs) -> Attrs:
        """What it is carried whole with does not stay, nor a next hop's link with another next hop."""
        attrs = {name: value for name, value in attrs.items() if name not in WHOLE}
        if differs.keys() & {"gateway", "type", "raw"}:
            src = None if "type" in differs else attrs["src"]
            return {**attrs, "gateway": None, "dev": None, "onlink": False, "src": src}
        return attrs

    def undo_turn(self, change: Change) -> tuple[int, ...]:
        """By need, as they are made."""
        return (0, *turn(change))

    def is_anothers(self, attrs: Attrs) -> bool:
        """One of a daemon is; what somebody gave by hand in its place is drift of the lab's own, and is put right."""
        return attrs["protocol"] not in BY_HAND and attrs["protocol"] != PROTOCOL

    def goes_with_links(self, key: RouteKey) -> bool:
        """All of them may."""
        del key
        return True

    def may_be_adopted(self, want: Want, attrs: Attrs) -> bool:
        """Not the kernel's own."""
        del want
        return bool(attrs["protocol"] != KERNEL)

    def info(self, key: RouteKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Where it leads, and how."""
        del state, record
        dst = "default" if key.dst in ("0.0.0.0/0", "::/0") else key.dst
        found = {name: attrs[name] for name in ("type", "gateway", "dev", "src", "onlink", "protocol")}
        family = "ipv6" if key.six else "ipv4"
        return {"netns": key.netns, "table": key.table, "dst": dst, "family": family, "metric": key.metric, **found}


def connected(want: Want, found: str) -> Conflict:
    """A route of the kernel's own in the place of one that is wanted.

    :param want: the route.
    :param found: what stands there, in words (str).
    """
    remedy = "It is not changed: omit yours, or use another metric or table."
    return Conflict(f"{want.where} ({want.key.describe()})", "to create it", found, remedy)


# -- what descriptions want ------------------------------------------------------------------------------------------


def _key(item: Route) -> RouteKey:
    metric = item.metric if item.metric is not None else METRIC_IPV6 if ":" in item.dst else 0
    return RouteKey(item.netns, item.table, item.dst, metric)


def _want(wants: Wants, item: Route, _seed: str) -> None:
    if item.type == "unicast" and item.gateway is None and item.dev is None:
        remedy = "Give the gateway, or the link of the destination."
        dst = "default" if item.dst in ("0.0.0.0/0", "::/0") else item.dst
        raise InvalidArgument(item.where, "a gateway or a dev", f"neither, for {dst}", remedy)
    attrs: Attrs = {"type": item.type, "raw": None}
    if item.type == "unicast":
        attrs["gateway"] = item.gateway
    for name in ("dev", "src", "onlink"):
        if getattr(item, name) is not None:
            attrs[name] = getattr(item, name)
    key = _key(item)
    wants[key] = Want(key, "route", item.where, attrs, {"protocol": PROTOCOL})


def _remove(item: Route) -> list[Key]:
    return [_key(item)]


KINDS = (_Kind(),)
LISTS = {"routes": Listing(_want, _remove)}
