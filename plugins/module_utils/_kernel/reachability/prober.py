# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prober: sends packets from inside namespaces and tells what came back. One process, one thread, no programs."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from ..._engine.reachability.run import Run
from ..._model.errors import Kernel, Permission
from ..._model.reachability.expectations import Listen, Outcome, Probe
from ..netlink import netns
from ..netlink.namespaces import Namespaces
from ..netlink.settle import settle
from .network import LocalNetwork

#: descriptors: for each namespace (itself, its route socket, two raw sockets), and for all else
_PER_NAMESPACE, _SPARE = 4, 256


class Prober:
    """Sends probes. Namespaces are opened when they are first named and stay open until :meth:`close`.

    :raises Permission: from any method, without the right to enter namespaces or to open raw sockets.
    :raises Kernel: from any method, for what else the kernel refuses.
    """

    def __init__(self) -> None:
        self._namespaces = Namespaces()
        self._limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        hard = self._limits[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def close(self) -> None:
        """Close everything and put the limit of open files back."""
        self._namespaces.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, self._limits)

    def names(self) -> set[str]:
        """The named namespaces that stand."""
        return set(netns.inodes())

    def addresses(self, names: Iterable[str]) -> dict[str, list[str]]:
        """The global addresses of namespaces, those of ``lo`` last.

        :param names: namespaces, ``""`` for the host's own (str each).
        :returns: name -> addresses with prefix length, e.g. ``192.168.15.1/24``.
        """
        names = list(names)
        with _errors():
            self._namespaces.visit(names)
        return {name: self._namespaces[name].global_addresses() for name in names}

    def run(self, probes: Sequence[Probe], listeners: Iterable[Listen], timeout: float) -> list[Outcome]:
        """Send probes, as many at a time as the kernel has room for.

        :param probes: what to send; several may be the same.
        :param listeners: servers to run meanwhile.
        :param timeout: seconds that each probe may take, counted from when it is first sent; it is sent again after a
            quarter and after half of that.
        :returns: an outcome for each probe, in their order.
        """
        listeners = list(listeners)
        with _errors():
            names = ["", *(probe.source for probe in probes), *(listen.netns for listen in listeners)]
            self._namespaces.visit(dict.fromkeys(names))
            # bridges and routers between the two ends have to be ready as well, whichever they are
            self._namespaces.visit(sorted(self.names()), needed=False)
            settle(self._namespaces, any(":" in probe.address for probe in probes))
            with closing(LocalNetwork(self._namespaces)) as network:
                network.serve(listeners)
                return Run(network, timeout, self._room()).outcomes(probes)

    def _room(self) -> int:
        """Descriptors that sockets of probes may take."""
        taken = len(os.listdir("/proc/self/fd")) + 2 * sum(1 for _each in self._namespaces)
        return max(_SPARE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - taken - _SPARE)


@contextmanager
def _errors() -> Iterator[None]:
    """The kernel's refusals as errors that a user is meant to read."""
    try:
        yield
    except OSError as exc:
        found = exc.strerror or str(exc)
        if exc.errno in (errno.EPERM, errno.EACCES):
            from ..system.refusals import forbidden  # noqa: PLC0415 - only who fails needs the words

            raise Permission("reachability", "to send packets from inside namespaces", found, forbidden()) from exc
        if exc.errno in (errno.EMFILE, errno.ENFILE):
            remedy = "Raise the limit of open files (ulimit -Hn)."
            raise Kernel("reachability", f"{_PER_NAMESPACE} descriptors a namespace", found, remedy) from exc
        raise Kernel("reachability", "to send packets from inside namespaces", found, "See dmesg for more.") from exc
