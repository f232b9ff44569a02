# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which neighbours a probe makes the kernel look up on its way, as far as the open namespaces tell."""

from __future__ import annotations

import errno
import os
import socket
from typing import Optional

from ..._engine.reachability.schedule import Key
from ..._model.reachability.expectations import Probe
from ..netlink.namespaces import Address, Namespace, Namespaces


class Paths:
    """Next hops and zones of probes.

    :param namespaces: the open namespaces, their addresses read.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        self._namespaces = namespaces
        self._owners: dict[bytes, list[Namespace]] = {}
        for namespace in namespaces:
            for address in namespace.own:
                self._owners.setdefault(address.packed, []).append(namespace)
        #: every address that may be in a neighbour table because of the probes
        self.seen: set[bytes] = set(self._owners)
        self._packed: dict[str, bytes] = {}
        self._zones: dict[tuple[str, str], int] = {}

    def keys(self, probe: Probe) -> tuple[Key, ...]:
        """The neighbour entries that a probe needs; first that of the next hop, nothing if it needs none.

        Both ends of a link hold one for each other. Behind a router only its last link is looked at.

        :param probe: the probe.
        """
        packed = self._pack(probe.address)
        here = self._namespaces[probe.source]
        owners = self._owners.get(packed, ())
        if here in owners:
            return ()
        own = here.source_for(packed)
        if own is not None:
            return self._link(here, own.packed, packed)
        hop = here.next_hop(packed)
        if hop is None:
            return ()
        gateway, source = hop
        keys = self._link(here, source, gateway)
        for router in self._owners.get(gateway, ()) if gateway != packed else ():
            last: Optional[Address] = router.source_for(packed)
            if last is not None:
                keys += self._link(router, last.packed, packed)
        return tuple(dict.fromkeys(keys))

    def zone(self, probe: Probe) -> int:
        """The index of the link that a link-local target is on; 0 for other targets.

        :param probe: the probe.
        :raises OSError: if there is no such link (ENODEV).
        """
        if not probe.dev:
            return 0
        key = probe.source, probe.dev
        if key not in self._zones:
            with self._namespaces.entered(probe.source):
                try:
                    self._zones[key] = socket.if_nametoindex(probe.dev)
                except OSError:
                    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV)) from None
        return self._zones[key]

    def _link(self, one: Namespace, near: bytes, far: bytes) -> tuple[Key, ...]:
        """Entries for the two ends of a link."""
        self.seen.update((near, far))
        return ((one.name, far), *((other.name, near) for other in self._owners.get(far, ()) if other is not one))

    def _pack(self, address: str) -> bytes:
        packed = self._packed.get(address)
        if packed is None:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            packed = self._packed[address] = socket.inet_pton(family, address)
        return packed
