# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with an object that is removed: a cable's other end, a link's addresses and routes, a namespace's all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..._model.values import parse_interface, parse_network
from ..state import CASCADE, DIRECT, PEER, Attrs, Change, Key, Objects
from .kinds import route as routes
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.route import RouteKey
from .kinds.sysctl import SysctlKey
from .kinds.table import kind_of
from .links.table import over

_PORT_OPTIONS = frozenset({"hairpin", "isolated", "learning", "flood", "cost", "priority", "bridge_fdb"})


def off_bridge(attrs: Attrs) -> Attrs:
    """A link's attributes once it is no port any more."""
    return {**{name: value for name, value in attrs.items() if name not in _PORT_OPTIONS}, "bridge": ""}


def _put_back(found: dict[Key, Change], without: str = "") -> list[Change]:
    """The changes that make routes of others again, which had gone along; not those from an address that is gone."""
    lost = [change for change in found.values() if routes.is_of_others(change)]
    lost = [change for change in lost if not without or (change.before or {}).get("src") != without]
    return sorted((Change(each.key, each.after, each.before) for each in lost), key=routes.turn)


class Removal:
    """Finds what goes along.

    :param objects: the state before the plan; an index is made of it once, so that a thousand removals stay cheap.
    """

    def __init__(self, objects: Objects) -> None:
        self._netns: dict[str, list[Key]] = defaultdict(list)
        self._dev: dict[tuple[str, str], list[Key]] = defaultdict(list)
        #: by namespace and address: the links' addresses, and the routes that have it as their source
        self._host: dict[tuple[str, str], list[Key]] = defaultdict(list)
        self._from: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for key, attrs in objects.items():
            if not kind_of(key).in_netns or isinstance(key, NetnsKey):
                continue
            self._netns[key.netns].append(key)
            if isinstance(key, AddressKey):
                self._dev[key.netns, key.dev].append(key)
                self._host[key.netns, key.host].append(key)
            elif isinstance(key, RouteKey):
                if attrs.get("src"):
                    self._from[key.netns, attrs["src"]].append(key)
                for dev in routes.links(attrs):
                    self._dev[key.netns, dev].append(key)
            elif isinstance(key, LinkKey):
                for below in {attrs.get("bridge"), over(attrs)} - {None, ""}:
                    self._dev[key.netns, below].append(key)
            elif isinstance(key, SysctlKey) and (link := key.link):
                self._dev[key.netns, link].append(key)

    def came(self, key: Key) -> None:
        """Take account of an address that the plan makes: a link keeps its routes while it has one."""
        self._dev[key.netns, key.dev].append(key)
        self._host[key.netns, key.host].append(key)

    def of(self, key: Key, now: Objects) -> tuple[Change, ...]:
        """The changes that removing an object makes, its own first.

        :param now: the state at this point of the plan; what is gone already is not named again.
        """
        found: dict[Key, Change] = {}
        if isinstance(key, LinkKey):
            self._link(key, now, found, DIRECT)
        elif isinstance(key, NetnsKey):
            self._namespace(key, now, found)
        else:
            found[key] = Change(key, now[key], None)
            if isinstance(key, AddressKey):
                self._with_address(key, now, found)
                if any(isinstance(change.key, AddressKey) and change.after is not None for change in found.values()):
                    return *found.values(), *_put_back(found, key.host)
        return tuple(found.values())

    def renewal(self, key: Key, after: Attrs, now: Objects) -> tuple[Change, ...]:
        """The changes that an address makes that is taken away and given anew, its own first.

        Routes of others that go along are put back; the lab's own are made anew by themselves.
        """
        found = {key: Change(key, now[key], after)}
        self._with_address(key, now, found)
        return *found.values(), *_back(change for change in found.values() if routes.is_of_others(change))

    def loss(self, key: Key, now: Objects) -> tuple[Change, ...]:
        """The changes that an address makes that is taken away from a link that stays, its own first.

        Routes of others that need no address are put back. Those whose gateway was reached by it have gone with it.
        """
        found = self.of(key, now)
        host = key.host
        gone = [change for change in found if routes.is_of_others(change) and change.after is None]
        lost = [change for change in gone if (change.before or {}).get("src") != host]
        kept = [change for change in lost if routes.stands_alone(change.before or {})]
        near = [parse_network(change.key.dst) for change in kept]
        kept += [change for change in lost if change not in kept and routes.is_reached(change.before or {}, near)]
        return *found, *_back(kept)

    def with_down(self, key: Key, now: Objects) -> list[Change]:
        """What vanishes when a link goes down: the routes over it and its IPv6 addresses.

        A group of next hop objects loses a member, so that a route by it is given all of them again.
        """
        return [
            Change(other, now[other], None, CASCADE)
            for other in self._dev[key.netns, key.name]
            if other in now
            and (
                (routes.links(now[other]) == [key.name] or now[other].get("hops"))
                if isinstance(other, RouteKey)
                else isinstance(other, AddressKey) and ":" in other.address
            )
        ]

    def _link(self, key: Key, now: Objects, found: dict[Key, Change], via: str) -> None:
        attrs = now[key]
        found[key] = Change(key, attrs, None, via)
        for other in self._dev[key.netns, key.name]:
            if other not in now or other in found:
                continue
            if isinstance(other, LinkKey) and over(now[other]) == key.name:
                self._link(other, now, found, CASCADE)
            elif isinstance(other, LinkKey):
                found[other] = Change(other, now[other], off_bridge(now[other]), CASCADE)
            else:
                found[other] = Change(other, now[other], None, CASCADE)
                if (
                    isinstance(other, AddressKey) and ":" not in other.address
                ):  # the kernel leaves IPv6 routes their source here
                    self._from_address(other, now, found)
        if via != PEER and attrs.get("peer"):
            peer = LinkKey(*attrs["peer"])
            if peer in now and (peer not in found or found[peer].after is not None):
                self._link(peer, now, found, PEER)

    def _namespace(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """A namespace goes after the outer ends of its cables, since it goes asynchronously and they would linger."""
        found[key] = Change(key, now[key], None)
        inner = {
            other: LinkKey(*peer) if (peer := now[other].get("peer")) else None
            for other in self._netns[key.netns]
            if other in now
        }
        cables: dict[Key, Change] = {}
        for outer in inner.values():
            if outer in now and outer[1] != key.netns:
                self._link(outer, now, cables, DIRECT)
        for other, peer in inner.items():
            if other not in cables:
                found[other] = Change(other, now[other], None, PEER if peer in found else CASCADE)
        found.update(cables)

    def _with_address(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """IPv4 routes from an address go with it, with a link's last address all over it; IPv6 ones lose their src."""
        self._from_address(key, now, found)
        if key.six:
            return
        seconds = self._secondaries(key, now)
        ours = [other for other in self._dev[key.netns, key.dev] if other in now and other not in found]
        if not any(
            isinstance(other, AddressKey) and ":" not in other.address and other not in seconds for other in ours
        ):
            for other in ours:
                if isinstance(other, RouteKey) and ":" not in other.dst:
                    found[other] = Change(other, now[other], None, CASCADE)
        for other in seconds:
            attrs = {name: value for name, value in now[other].items() if name != "secondary"}
            found[other] = Change(other, now[other], attrs)

    def _from_address(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """Routes from an address that goes, over any link, unless another link has it too."""
        place = (key.netns, key.host)
        if any(other in now and (other not in found or found[other].after is not None) for other in self._host[place]):
            return
        for other in self._from[place]:
            if other in now and other not in found:
                after = {**now[other], "src": None} if key.six else None
                found[other] = Change(other, now[other], after, CASCADE)

    def _secondaries(self, key: Key, now: Objects) -> list[Key]:
        """A subnet's other IPv4 addresses, which the kernel drops with its first one; they are set anew."""
        if now[key].get("secondary"):
            return []
        subnet = parse_interface(key.address).network
        others = (other for other in self._dev[key.netns, key.dev] if isinstance(other, AddressKey) and other in now)
        return [
            other
            for other in others
            if now[other].get("secondary") and parse_interface(other.address).network == subnet
        ]


def _back(lost: Iterable[Change]) -> list[Change]:
    """The changes that put back what was lost, in the order in which it can be."""
    return sorted((Change(each.key, each.after, each.before) for each in lost), key=routes.turn)
