# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back for who is inside and comes by a forward: masqueraded pairs of a subnet and a target's ports. Pure.

An element is a run of ports. Forwards to neighbouring ports of one target share one, so elements never overlap, which
an interval set would refuse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Optional

from ...._model.addressing import parse_interface
from ...._model.lab import port_ranges
from ...._model.lab.port_ranges import Run
from ...state import Attrs, Change, Key, Objects
from ..kinds.nat import ForwardKey, HairpinKey
from ..want import Wants

#: a target: its address and the protocol
_Target = tuple[str, str]


def target(key: Key, attrs: Attrs) -> tuple[_Target, Run]:
    """Where a forward leads, and to which ports there.

    :param key: the object's key.
    :param attrs: the object's attributes.
    """
    return (attrs["to"], key.protocol), (attrs["to_port"], attrs["to_port"] + key.last - key.first)


class Subnets:
    """The subnets that a namespace is in; ``of`` finds the narrowest that has an address.

    :param addresses: the addresses of its links, each with its prefix length.
    """

    def __init__(self, addresses: Iterable[str]) -> None:
        self._nets: dict[tuple[int, int], dict[int, str]] = defaultdict(dict)
        for text in addresses:
            net = parse_interface(text).network
            bits = net.max_prefixlen - net.prefixlen
            self._nets[net.version, bits].setdefault(int(net.network_address) >> bits, str(net))
        self._bits = sorted(self._nets)

    def of(self, address: str) -> Optional[str]:
        """The subnet of an address as a prefix, None if there is none.

        :param address: the address (str).
        """
        host = parse_interface(address).ip
        for version, bits in self._bits:
            if version == host.version:
                found = self._nets[version, bits].get(int(host) >> bits)
                if found is not None:
                    return found
        return None


def changes(
    now: Objects, mine: Wants, going: Iterable[Key], changed: Collection[Key], netns: str, subnets: Subnets
) -> dict[Key, list[Change]]:
    """What changes about hairpins, by the forward that brings it about.

    Looked at are the ports of the targets that this run's forwards lead to, and led to before. What others' forwards
    lead to as well stays.

    :param now: the objects of the namespace's NAT as they stand.
    :param mine: the wants of this run in this namespace.
    :param going: keys of forwards to be removed, and of hairpins that the lab has on record: which of these still
        have a forward is found here.
    :param changed: keys of forwards that have a step anyway, which a change of a hairpin is told with.
    :param netns: the namespace's name (str), ``""`` for the host's.
    :param subnets: the subnets of the namespace's links.
    """
    wanted: dict[tuple[_Target, str], list[Run]] = defaultdict(list)
    looked: dict[_Target, list[Run]] = defaultdict(list)
    kept: dict[_Target, list[Run]] = defaultdict(list)
    cause: dict[_Target, Key] = {}
    for key, want in mine.items():
        if isinstance(key, ForwardKey) and want.hairpin:
            place, run = target(key, want.attrs)
            subnet = subnets.of(place[0])
            if subnet is not None:
                wanted[place, subnet].append(run)
    for key, place, run, stays in _led(now, mine, set(going)):
        if stays:
            kept[place].append(run)
            continue
        looked[place].append(run)
        if place not in cause or (key in changed and cause[place] not in changed):
            cause[place] = key
    standing: dict[tuple[_Target, str], list[Run]] = defaultdict(list)
    for key in now:
        if isinstance(key, HairpinKey):
            standing[(key.to, key.protocol), key.source].append((key.first, key.last))
    found: dict[Key, list[Change]] = defaultdict(list)
    for place, source in sorted({*wanted, *(each for each in standing if each[0] in looked)}):
        old = standing[place, source]
        free = port_ranges.without(looked[place], kept[place])
        new = port_ranges.merged([*port_ranges.without(old, free), *wanted[place, source]])
        stays = {*old} & {*new}
        found[cause[place]] += [
            Change(HairpinKey(netns, source, *place, *run), {}, None) for run in old if run not in stays
        ]
        found[cause[place]] += [
            Change(HairpinKey(netns, source, *place, *run), None, {}) for run in new if run not in stays
        ]
    return found


def _led(now: Objects, mine: Wants, going: set[Key]) -> Iterator[tuple[Key, _Target, Run, bool]]:
    """The targets' ports in question, each with the forward that leads there, and whether that stays as it is."""
    for key, want in mine.items():
        if isinstance(key, ForwardKey):
            yield (key, *target(key, want.attrs), False)
    for key, attrs in now.items():
        if isinstance(key, ForwardKey):
            yield (key, *target(key, attrs), key not in going and key not in mine)
    for key in now:
        if isinstance(key, HairpinKey) and key in going:
            yield key, (key.to, key.protocol), (key.first, key.last), False
