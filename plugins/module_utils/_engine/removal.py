# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes with an object that is removed: a cable's other end, a link's addresses and routes, a namespace's all."""

from __future__ import annotations

from collections import defaultdict

from .._model.values import parse_interface
from .state import CASCADE, PEER, Attrs, Change, Key, Objects

#: sorts whose keys have the namespace in second place
_INSIDE = frozenset({"link", "address", "sysctl", "route", "rule", "nat_table", "masquerade", "forward", "hairpin"})
_PORT_OPTIONS = frozenset({"hairpin", "isolated", "learning", "flood", "cost", "priority"})


def off_bridge(attrs: Attrs) -> Attrs:
    """A link's attributes once it is no port any more."""
    return {**{name: value for name, value in attrs.items() if name not in _PORT_OPTIONS}, "bridge": ""}


class Removal:
    """Finds what goes along.

    :param objects: the state before the plan; an index is made of it once, so that a thousand removals stay cheap.
    """

    def __init__(self, objects: Objects) -> None:
        self._netns: dict[str, list[Key]] = defaultdict(list)
        self._dev: dict[tuple[str, str], list[Key]] = defaultdict(list)
        for key, attrs in objects.items():
            if key[0] not in _INSIDE:
                continue
            self._netns[key[1]].append(key)
            if key[0] == "address":
                self._dev[key[1], key[2]].append(key)
            elif key[0] == "route" and attrs.get("dev"):
                self._dev[key[1], attrs["dev"]].append(key)
            elif key[0] == "link" and attrs.get("bridge"):
                self._dev[key[1], attrs["bridge"]].append(key)

    def of(self, key: Key, now: Objects) -> tuple[Change, ...]:
        """The changes that removing an object makes, its own first.

        :param now: the state at this point of the plan; what is gone already is not named again.
        """
        found: dict[Key, Change] = {}
        if key[0] == "link":
            self._link(key, now, found, "")
        elif key[0] == "netns":
            self._namespace(key, now, found)
        else:
            found[key] = Change(key, now[key], None)
            if key[0] == "address":
                self._routes_from(key, now, found)
                self._keep_secondaries(key, now, found)
        return tuple(found.values())

    def routes_over(self, key: Key, now: Objects) -> list[Change]:
        """The routes that vanish when a link goes down."""
        keys = (other for other in self._dev[key[1], key[2]] if other[0] == "route" and other in now)
        return [Change(other, now[other], None, CASCADE) for other in keys]

    def _link(self, key: Key, now: Objects, found: dict[Key, Change], via: str) -> None:
        attrs = now[key]
        found[key] = Change(key, attrs, None, via)
        for other in self._dev[key[1], key[2]]:
            if other not in now or other in found:
                continue
            if other[0] == "link":
                found[other] = Change(other, now[other], off_bridge(now[other]), CASCADE)
            else:
                found[other] = Change(other, now[other], None, CASCADE)
        if via != PEER and attrs.get("peer"):
            peer = ("link", *attrs["peer"])
            if peer in now and (peer not in found or found[peer].after is not None):
                self._link(peer, now, found, PEER)

    def _namespace(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """A namespace goes after the outer ends of its cables, since it goes asynchronously and they would linger."""
        found[key] = Change(key, now[key], None)
        inner = [other for other in self._netns[key[1]] if other in now]
        for other in inner:
            peer = now[other].get("peer") if other[0] == "link" else None
            outer = ("link", *peer) if peer else None
            if outer in now and outer[1] != key[1]:
                self._link(outer, now, found, "")
        for other in inner:
            if other not in found:
                found[other] = Change(other, now[other], None, CASCADE)

    def _routes_from(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        host = key[3].partition("/")[0]
        for other in self._netns[key[1]]:
            if other[0] == "route" and other in now and now[other].get("src") == host:
                found[other] = Change(other, now[other], None, CASCADE)

    def _keep_secondaries(self, key: Key, now: Objects, found: dict[Key, Change]) -> None:
        """The kernel drops a subnet's other IPv4 addresses with its first one: they are set anew."""
        if ":" in key[3] or now[key].get("secondary"):
            return
        subnet = parse_interface(key[3]).network
        for other in self._dev[key[1], key[2]]:
            if other[0] != "address" or not now.get(other, {}).get("secondary"):
                continue
            if parse_interface(other[3]).network == subnet:
                attrs = {name: value for name, value in now[other].items() if name != "secondary"}
                found[other] = Change(other, now[other], attrs)
