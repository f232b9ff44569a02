# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prefixes, found by an address or by another prefix without a look at all of them. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ..._model.addressing import Network


class Subnet(NamedTuple):
    """A prefix and the links that lead to it, each with its place among all that were given."""

    net: Network
    devs: dict[str, int]


class Subnets:
    """Prefixes of both families, each with links that lead to it.

    :param found: the prefixes, each with a link's name.
    """

    def __init__(self, found: Iterable[tuple[Network, str]]) -> None:
        #: by version and length, then by number without the bits of hosts
        self._by_length: dict[tuple[int, int], dict[int, Subnet]] = defaultdict(dict)
        for place, (net, dev) in enumerate(found):
            bits = net.max_prefixlen - net.prefixlen
            number = int(net.network_address) >> bits
            self._by_length[net.version, bits].setdefault(number, Subnet(net, {})).devs.setdefault(dev, place)

    def having(self, address: Any) -> Iterator[Subnet]:
        """Those that an address lies in.

        :param address: the address.
        """
        number = int(address)
        for (version, bits), subnets in self._by_length.items():
            if version == address.version and number >> bits in subnets:
                yield subnets[number >> bits]

    def overlapping(self, net: Network) -> Iterator[Subnet]:
        """Those that a prefix lies in, is, or has within.

        :param net: the prefix.
        """
        yield from (each for each in self.having(net.network_address) if each.net.prefixlen <= net.prefixlen)
        starts, subnets = self._in_order.get(net.version, ([], []))
        first = bisect_left(starts, int(net.network_address))
        last = bisect_right(starts, int(net.broadcast_address))
        yield from (each for each in subnets[first:last] if each.net.prefixlen > net.prefixlen)

    @cached_property
    def _in_order(self) -> dict[int, tuple[list[int], list[Subnet]]]:
        """By version, all of them with their first addresses, in the order of these."""
        found: dict[int, list[tuple[int, int, Subnet]]] = defaultdict(list)
        for (version, bits), subnets in self._by_length.items():
            found[version] += [(number << bits, bits, each) for number, each in subnets.items()]
        ordered = {version: sorted(each, key=lambda item: item[:2]) for version, each in found.items()}
        return {
            version: ([at for at, _bits, _of in each], [of for *_at, of in each]) for version, each in ordered.items()
        }
