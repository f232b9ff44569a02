# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with an object that is removed: the other end of a veth pair, addresses and routes of a link."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from functools import cached_property

from ..._model.addressing import subnet
from ..state import CASCADE, PEER, Change, Key, Objects
from .kinds import route as routes
from .kinds.address import AddressKey
from .kinds.link import LinkKey, off_bridge
from .kinds.netns import NetnsKey
from .kinds.route import RouteKey
from .kinds.sysctl import SysctlKey
from .kinds.table import kind_of
from .links.table import over

#: in their order; a plain dict is slow to tell its first key when many before it are gone
_Addresses = OrderedDict[AddressKey, None]


class _Index:
    """What stands, by what it hangs on."""

    def __init__(self, objects: Objects) -> None:
        self.netns: dict[str, list[Key]] = defaultdict(list)
        self.dev: dict[tuple[str, str], list[Key]] = defaultdict(list)
        #: by namespace and address: the routes that have it as their source
        self.source: dict[tuple[str, str], list[Key]] = defaultdict(list)
        #: addresses without those that are gone: by namespace and address, of IPv4 by link, and by link and subnet
        self.host: dict[tuple[str, str], _Addresses] = defaultdict(OrderedDict)
        self.four: dict[tuple[str, str], _Addresses] = defaultdict(OrderedDict)
        self.subnet: dict[tuple[str, str, str], _Addresses] = defaultdict(OrderedDict)
        for key, attrs in objects.items():
            kind = kind_of(key)
            if not kind.in_netns or isinstance(key, NetnsKey):
                continue
            netns = key.netns
            self.netns[netns].append(key)
            for link in dict.fromkeys(kind.links(key, attrs)):
                self.dev[netns, link].append(key)
            if isinstance(key, AddressKey):
                for addresses in self.among(key):
                    addresses[key] = None
            elif isinstance(key, RouteKey) and attrs.get("src"):
                self.source[netns, attrs["src"]].append(key)

    def among(self, key: AddressKey) -> Iterator[_Addresses]:
        """The addresses that one is among.

        :param key: the object's key.
        """
        yield self.host[key.netns, key.host]
        if not key.six:
            yield self.four[key.netns, key.dev]
            yield self.subnet[key.netns, key.dev, subnet(key.address)]


class Removal:
    """Finds what goes along.

    :param objects: the state before the plan; an index is made of it once, so that a thousand removals stay cheap, and
        not before something is to go or to change.
    """

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._objects)

    def came(self, key: Key) -> None:
        """Take account of what the plan makes: a link keeps its routes while it has an address.

        :param key: the object's key.
        """
        if isinstance(key, AddressKey):
            self._index.dev[key.netns, key.dev].append(key)
            for addresses in self._index.among(key):
                addresses[key] = None
        elif isinstance(key, SysctlKey):
            self._index.netns[key.netns].append(key)

    def went(self, key: Key) -> None:
        """Take account of what the plan removes.

        :param key: the object's key.
        """
        if isinstance(key, AddressKey):
            for addresses in self._index.among(key):
                addresses.pop(key, None)

    def of(self, key: Key, now: Objects) -> tuple[Change, ...]:
        """The changes that removing an object makes, its own first.

        :param key: the object's key.
        :param now: the state at this point of the plan; what is gone already is not named again.
        """
        found: dict[Key, Change] = {}
        kind_of(key).go_along(self, key, now, found)
        return tuple(found.values())

    def inside(self, netns: str) -> list[Key]:
        """What stood in a namespace.

        :param netns: its name (str).
        """
        return self._index.netns[netns]

    def with_down(self, key: Key, now: Objects) -> list[Change]:
        """What vanishes when a link goes down: the routes over it and its IPv6 addresses.

        A group of next hop objects loses a member, so that a route by it is given all of them again.

        :param key: the object's key.
        :param now: the objects at this point of the plan.
        """
        return [
            Change(other, now[other], None, CASCADE)
            for other in self._index.dev[key.netns, key.name]
            if other in now
            and (
                (routes.links(now[other]) == [key.name] or now[other].get("hops"))
                if isinstance(other, RouteKey)
                else isinstance(other, AddressKey) and other.six
            )
        ]

    def add_link(self, key: Key, now: Objects, found: dict[Key, Change], via: str) -> None:
        """Add what goes with a link, itself first.

        :param key: the link.
        :param now: as for :meth:`of`.
        :param found: the changes so far.
        :param via: how it goes, as for :class:`.state.Change` (str).
        """
        attrs = now[key]
        found[key] = Change(key, attrs, None, via)
        for other in self._index.dev[key.netns, key.name]:
            if other not in now or other in found:
                continue
            if isinstance(other, LinkKey) and over(now[other]) == key.name:
                self.add_link(other, now, found, CASCADE)
            elif isinstance(other, LinkKey):
                found[other] = Change(other, now[other], off_bridge(now[other]), CASCADE)
            else:
                found[other] = Change(other, now[other], None, CASCADE)
                # the kernel leaves IPv6 routes their source here
                if isinstance(other, AddressKey) and not other.six:
                    self._from_address(other, now, found)
        if via != PEER and attrs.get("peer"):
            peer = LinkKey(*attrs["peer"])
            if peer in now and (peer not in found or found[peer].after is not None):
                self.add_link(peer, now, found, PEER)

    def add_hanging(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """IPv4 routes from an address go with it, with a link's last address all over it; IPv6 ones lose their src.

        :param key: the object's key.
        :param now: the objects at this point of the plan.
        :param found: takes the changes.
        """
        self._from_address(key, now, found)
        if key.six:
            return
        seconds = dict.fromkeys(self._secondaries(key, now))
        left = (other for other in self._index.four[key.netns, key.dev] if other in now and other not in found)
        if all(other in seconds for other in left):
            for other in self._index.dev[key.netns, key.dev]:
                if isinstance(other, RouteKey) and not other.six and other in now and other not in found:
                    found[other] = Change(other, now[other], None, CASCADE)
        for other in seconds:
            attrs = {name: value for name, value in now[other].items() if name != "secondary"}
            found[other] = Change(other, now[other], attrs)

    def _from_address(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """Routes from an address that goes, over any link, unless another link has it too."""
        place = (key.netns, key.host)
        if any(
            other in now and (other not in found or found[other].after is not None) for other in self._index.host[place]
        ):
            return
        for other in self._index.source[place]:
            if other in now and other not in found:
                after = {**now[other], "src": None} if key.six else None
                found[other] = Change(other, now[other], after, CASCADE)

    def _secondaries(self, key: Key, now: Objects) -> list[Key]:
        """A subnet's other IPv4 addresses, which the kernel drops with its first one; they are set anew."""
        if now[key].get("secondary"):
            return []
        others = self._index.subnet[key.netns, key.dev, subnet(key.address)]
        return [other for other in others if other in now and now[other].get("secondary")]
