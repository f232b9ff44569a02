# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entry of a lab that spans hosts is on which of them. Pure.

A namespace is on its ``host``, with everything in it: its ends of veth pairs, its addresses, routes and
so on. What is in a host's own namespace goes with what it belongs to, or says ``host`` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Callable, NamedTuple

from ansible_collections.netns.lab.plugins.module_utils._model.addressing import parse_interface, parse_network
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kind import ALL, ENDS, LINK, PORTS, REACHING, SPREAD
from ansible_collections.netns.lab.plugins.module_utils._model.lab.kinds import KINDS
from ansible_collections.netns.lab.plugins.module_utils._model.reading import named
from ansible_collections.netns.lab.plugins.module_utils._model.values import endpoint

Entry = Mapping[str, Any]
Lists = dict[str, list[Entry]]
#: what stands together for one entry: the hosts that have it
Hosts = frozenset[str]

_NOWHERE: Hosts = frozenset()


class Pools(NamedTuple):
    """Where entries may be placed.

    ``hosts`` are those over which namespaces without a host are spread; ``groups`` are the hosts that each name of the
    inventory stands for, a host's own name for itself.
    """

    hosts: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]

    def of(self, where: str, name: Any) -> tuple[str, ...]:
        """The hosts that a host or a group of the inventory is.

        :param where: the option, for an error (str).
        :param name: the name as given.
        :raises InvalidArgument: if the inventory does not know it, or has no host in it.
        """
        found = self.groups.get(name) if isinstance(name, str) else None
        if not found:
            told = "a group without hosts" if found is not None else f"{name!r}, which the inventory does not have"
            remedy = "Name a host or a group of the inventory."
            raise InvalidArgument(where, "a host or a group of the inventory", told, remedy)
        return found


def entries(definition: Mapping[str, Any]) -> Lists:
    """The lists of a definition, all of them.

    :param definition: the lists as given.
    :raises InvalidArgument: for a list that is unknown or none, or an entry that is none.
    """
    for option in definition:
        if option not in KINDS:
            raise InvalidArgument(option, "a list of topology", "no such one", f"The lists are {', '.join(KINDS)}.")
    lists: Lists = {}
    for option in KINDS:
        given = definition.get(option)
        if given is not None and not isinstance(given, (list, tuple)):
            raise InvalidArgument(option, "a list of entries", repr(given), "Write it as a list.")
        lists[option] = [named(entry) if KINDS[option].by_name else entry for entry in given or ()]
        for index, entry in enumerate(lists[option]):
            if not isinstance(entry, Mapping):
                wanted = "an entry (a dictionary of options)"
                raise InvalidArgument(f"{option}[{index}]", wanted, repr(entry), "Write it as key: value.")
    return lists


def _options(*placed: str) -> list[str]:
    """The lists whose entries find their hosts in one of some ways."""
    return [option for way in placed for option, kind in KINDS.items() if kind.placed == way]


#: the lists whose links have subnets of their host's own
OWN = _options(ENDS, PORTS)


def ends_of(entry: Entry) -> list[Entry]:
    """The links that an entry makes: what it says of itself, and of its peer where it has one.

    :param entry: the entry as given.
    """
    return [entry, *([entry["peer"]] if entry.get("peer") else [])]


def named_hosts(lists: Lists) -> list[str]:
    """Every host and group that an entry names, in their order, each once.

    :param lists: the lists of the lab.
    """
    found = [entry["host"] for item in lists.values() for entry in item if isinstance(entry.get("host"), str)]
    return list(dict.fromkeys(found))


class Placement:
    """Where each entry of a lab stands.

    :param lists: the lists, each entry good for itself.

    ``of`` has for each list the hosts of each of its entries; ``homes`` the host that has the addresses of each bridge
    that several hosts have.

    :param pools: the hosts and groups of the inventory.
    :raises InvalidArgument: for an entry that has no place, or more than it can have.
    """

    def __init__(self, lists: Lists, pools: Pools) -> None:
        self._lists, self._pools = lists, pools
        self._turns: Counter[tuple[str, ...]] = Counter()
        self._netns: dict[str, Hosts] = {}
        self._links: dict[str, Hosts] = {}
        self.homes: dict[str, str] = {}
        self.of: dict[str, list[Hosts]] = {}
        steps = {
            SPREAD: self._namespace,
            ENDS: self._on_ends,
            REACHING: self._on_ends,
            PORTS: self._bridge,
            LINK: self._on_link,
        }
        for placed, place in steps.items():
            for option in _options(placed):
                self._place(option, place)
        everywhere = self.hosts
        for option in _options(ALL):
            self._place(option, lambda where, entry: self._placed(where, entry) or everywhere)
        for option in [option for option in KINDS if option not in self.of]:
            self._place(
                option,
                lambda where, entry, key=KINDS[option].placed: (
                    self._placed(where, entry) or self._near(entry.get(key) or "0.0.0.0/0") or everywhere
                ),
            )

    def _place(self, option: str, place: Callable[[str, Entry], Hosts]) -> None:
        self.of[option] = [place(f"{option}[{index}]", entry) for index, entry in enumerate(self._lists[option])]

    @property
    def hosts(self) -> Hosts:
        """The hosts that have a part of the lab."""
        return frozenset(host for option in self.of.values() for hosts in option for host in hosts)

    def namespaces(self) -> dict[str, str]:
        """The host of each namespace."""
        return {name: next(iter(hosts)) for name, hosts in self._netns.items()}

    # -- one kind after the other ------------------------------------------------------------------------------------

    def _namespace(self, where: str, entry: Entry) -> Hosts:
        named = entry.get("host")
        pool = self._pools.hosts if named is None else self._pools.of(f"{where}.host", named)
        if not pool:
            remedy = "Give it a host or a group, or set span.hosts to spread namespaces over."
            raise InvalidArgument(f"{where}.host", "a host or a group of the inventory", "nothing", remedy)
        host = pool[self._turns[pool] % len(pool)]
        self._turns[pool] += 1
        return self._netns.setdefault(str(entry.get("name")), frozenset({host}))

    def _placed(self, where: str, entry: Entry) -> Hosts:
        """The hosts that an entry's namespace or its ``host`` tells, none where nothing does."""
        netns, named = entry.get("netns"), entry.get("host")
        told = frozenset(self._pools.of(f"{where}.host", named)) if named is not None else _NOWHERE
        if not netns:
            return told
        if netns not in self._netns:
            found = f"{netns!r}, which is none (there are {', '.join(sorted(self._netns)) or 'none'})"
            raise InvalidArgument(f"{where}.netns", "a namespace of this lab", found, "Add it to namespaces.")
        place = self._netns[netns]
        if told and told != place:
            found = f"{named}, but namespace {netns} is on {_text(place)}"
            raise InvalidArgument(f"{where}.host", "the host of its namespace", found, "Omit host here.")
        return place

    def _one(self, where: str, place: Hosts, why: str) -> None:
        if len(place) != 1:
            found = f"{_text(place)}" if place else f"nothing, and {why}"
            raise InvalidArgument(f"{where}.host", "one host of the inventory", found, "Give its host.")

    def _on_ends(self, where: str, entry: Entry) -> Hosts:
        """A link stands on one host, both ends of a pair on the same."""
        ends = ends_of(entry)
        places = [self._placed(where, entry)]
        places += [self._placed(f"{where}.peer", {"netns": end.get("netns")}) for end in ends[1:]]
        if len({place for place in places if place}) > 1:
            found = (f"{end.get('netns') or 'the end'} on {_text(at)}" for end, at in zip(ends, places))
            remedy = "A veth pair cannot cross hosts: put both ends on one host, or a bridge between them."
            raise InvalidArgument(where, "both ends on one host", ", ".join(found), remedy)
        place = next((place for place in places if place), _NOWHERE)
        why = "it is in no namespace of the lab" if len(ends) == 1 else "neither of its ends is in a namespace"
        self._one(where, place, why)
        self._links.update({str(end.get("name")): place for end in ends if not end.get("netns")})
        return place

    def _bridge(self, where: str, entry: Entry) -> Hosts:
        """A bridge stands where its ports are; its addresses on one of these hosts."""
        place = self._placed(where, entry)
        if entry.get("netns"):
            return place
        name = str(entry.get("name"))
        if len(place) > 1:
            self._one(where, place, "")
        first, ports = self._ports(name)
        home = place or first
        if not home:
            self._one(where, home, "nothing of the lab is attached to it")
        self.homes[name] = next(iter(home))
        self._links[name] = home
        return ports | (home if place or entry.get("addresses") or not ports else _NOWHERE)

    def _ports(self, bridge: str) -> tuple[Hosts, Hosts]:
        """The host of the first port of a bridge, and those of all."""
        found = [
            hosts
            for option in _options(ENDS, REACHING)
            for entry, hosts in zip(self._lists[option], self.of[option])
            for end in ends_of(entry)
            if end.get("bridge") == bridge and not end.get("netns")
        ]
        for option in _options(LINK):
            for index, entry in enumerate(self._lists[option]):
                if entry.get("bridge") == bridge and not entry.get("netns"):
                    found.append(self._on_link(f"{option}[{index}]", entry))
        return (found[0] if found else _NOWHERE), frozenset().union(*found)

    def _on_link(self, where: str, entry: Entry) -> Hosts:
        """What is said of a link stands where the link does."""
        place = self._placed(where, entry) or self._links.get(str(entry.get("dev")), _NOWHERE)
        if not place:
            self._one(where, place, f"the lab has no link {entry.get('dev')!r}")
        return place

    def _near(self, target: str) -> Hosts:
        """The hosts whose own addresses in the lab share a subnet with a prefix, or with an address and its port."""
        net = parse_network(target if "/" in target else endpoint("to", target)[0])
        found: set[str] = set()
        for option in OWN:
            for entry, hosts in zip(self._lists[option], self.of[option]):
                for end in ends_of(entry):
                    if end.get("netns") or not end.get("addresses"):
                        continue
                    home = frozenset({self.homes[end["name"]]}) if KINDS[option].placed == PORTS else hosts
                    subnets = [parse_interface(text).network for text in end["addresses"]]
                    if any(subnet.version == net.version and subnet.overlaps(net) for subnet in subnets):
                        found |= home
        return frozenset(found)


def _text(hosts: Hosts) -> str:
    return ", ".join(sorted(hosts))
