# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel of the host that we run on: what the engine's port asks of it, read and carried out.

A module is compiled anew at each of its runs, so what only some runs need (writing, NAT, neighbours) is
imported by those.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ..._engine.lab.host import ApplyFailed
from ..._engine.lab.host_state import State
from ..._engine.lab.kinds.netns import NetnsKey
from ..._engine.lab.record import Record
from ..._engine.lab.scope import Scope
from ..._engine.state import Change, Key
from ..._model.errors import Dependency, Kernel, Permission
from ..netlink import held, netns
from ..system import interruption, privileges
from . import records as store
from . import ssh_session
from .kinds import table
from .links.kind import Link
from .reader import Reader

if TYPE_CHECKING:
    from ..._engine.lab.sysctls import Written

_OLDEST = (5, 10)


class KernelHost:
    """The kernel that this process runs on, and the records of labs. Who uses it sees to the lock."""

    def __init__(self) -> None:
        self.seed = _machine_id()
        self._links: dict[str, list[Link]] = {}
        self._dead: set[str] = set()
        self._written: dict[Key, Written] = {}
        self._heeds = False

    def require(self, changes: list[Change]) -> None:
        """See that privileges, kernel, programs and packages suffice.

        :param changes: the changes.
        """
        if not changes:
            _require_privileges()
            _require_kernel()
            return
        table.require(changes)

    @contextmanager
    def writing(self) -> Iterator[list[str]]:
        """Carry out a plan. Who asks to stop is heard between two changes, once; see :mod:`..system.interruption`."""
        told: list[str] = []
        with interruption.undisturbed() as came:
            self._heeds = True
            try:
                yield told
            finally:
                self._heeds = False
        told += [f"{name} came while the plan was applied, which was completed" for name in dict.fromkeys(came)]

    def _stop(self) -> None:
        """See whether somebody asked the run to stop.

        :raises Stopped: if so; not again, as undoing comes next.
        """
        name = interruption.stop() if self._heeds else None
        if name is not None:
            self._heeds = False
            raise interruption.Stopped(name)

    def records(self) -> list[Record]:
        """The records of all labs."""
        with readable(f"the records in {store.RUN}"):
            return store.records()

    def elsewhere(self) -> list[Record]:
        """The records of labs in other networks of this host."""
        with readable(f"the records in {store.RUN}"):
            return store.elsewhere()

    def save(self, record: Record) -> None:
        """Write or remove a lab's record.

        :param record: the lab's record.
        """
        store.save(record)

    def inodes(self) -> dict[str, int]:
        """The namespaces that stand."""
        with readable(f"the namespaces in {netns.RUN}"):
            return netns.inodes()

    def _at_home(self) -> dict[str, int]:
        with readable("the host's own namespace"):
            netns.come_home()
        return self.inodes()

    def read(self, scope: Scope) -> State:
        """Read what the scope asks for.

        :param scope: what is asked.
        """
        with readable("the state of this host"):
            reader = Reader(scope, netns.inodes())
            state = reader.read()
            self._links, self._dead = reader.found, state.dead
            state.session = ssh_session.session()
            state.management = ssh_session.links(state.objects, state.routes, state.session)
        return state

    def names(self, places: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The names of links that are called by an altname.

        :param places: the links in question, as (netns, name).
        """
        from . import altnames  # noqa: PLC0415 - few descriptions build on links that they do not make

        with readable("the names of links"):
            return altnames.names(places)

    def tables(self) -> dict[str, int]:
        """The host's names of routing tables."""
        from . import tables  # noqa: PLC0415 - few descriptions use names

        with readable("the names of routing tables"):
            return tables.names()

    def neighbours(self, namespaces: list[str]) -> list[dict[str, Any]]:
        """The neighbour entries of namespaces.

        :param namespaces: the namespaces' names (str).
        """
        from . import neighbours  # noqa: PLC0415

        with readable("the neighbour entries of namespaces"):
            return [entry for name in namespaces for entry in neighbours.read(name)]

    def apply(self, changes: list[Change], restoring: bool = False) -> list[str]:
        """Carry changes out, and announce what moved; warns of processes that keep a removed namespace alive.

        :param changes: the changes.
        :param restoring: whether changes are undone (bool).
        :raises ApplyFailed: with what was made before a change was refused.
        """
        from ..._engine.lab.announcing import announcements  # noqa: PLC0415
        from ..system.refusals import stopped  # noqa: PLC0415
        from .refusals import Refused  # noqa: PLC0415
        from .writer import Writer  # noqa: PLC0415

        try:
            inodes = self._at_home()
        except Kernel as error:
            raise ApplyFailed(error, []) from error
        going = {inodes[change.key.netns]: change.key.netns for change in changes if _removes(change, inodes)}
        names = {change.key.netns for change in changes}
        writer = Writer(self._links, self._dead, self._stop, held.room(2 * len(names)), restoring)
        self._links, self._dead, self._written = {}, writer.nameless, writer.written
        try:
            writer.apply(changes)
        except Refused as refused:
            raise ApplyFailed(refused.error, writer.done) from refused
        except interruption.Stopped as exc:
            raise ApplyFailed(interruption.error(str(exc), before=False), writer.done) from exc
        except OSError as exc:
            raise ApplyFailed(stopped(exc), writer.done) from exc
        told = announcements(changes)
        unsaid: list[str] = []
        if told:
            from .announce import announce  # noqa: PLC0415 - few runs have neighbours that know it otherwise

            unsaid = announce(told)
        found = netns.residents(going) if going else []
        return [*writer.warnings, *unsaid] + [
            f"process {process} ({command}) still runs in the removed namespace {name} and keeps it alive, unseen by "
            f"ip-netns(8), until it ends"
            for name, process, command in found
        ]

    def written(self) -> dict[Key, Written]:
        """The sysctls that were written last, as they were met."""
        return self._written


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Say what could not be read, where the kernel refuses that.

    :param what: what is read, for a person (str).
    :raises Kernel: in place of OSError.
    """
    try:
        yield
    except OSError as exc:
        from ..system.refusals import unread  # noqa: PLC0415 - only who fails needs the words

        raise unread(what, exc) from exc


def _removes(change: Change, inodes: dict[str, int]) -> bool:
    return isinstance(change.key, NetnsKey) and change.after is None and change.key.netns in inodes


def _require_privileges() -> None:
    missing = privileges.missing()
    if missing:
        raise Permission(
            "this process",
            "CAP_NET_ADMIN and CAP_SYS_ADMIN",
            f"uid {os.geteuid()} without {' and '.join(missing)}",
            "Run it as root: become: true, or ansible-playbook under sudo.",
        )


def _require_kernel() -> None:
    release = os.uname().release
    with suppress(ValueError):
        major, minor = (int(part) for part in release.split(".")[:2])
        if (major, minor) < _OLDEST:
            raise Dependency("this kernel", "Linux 5.10 or later", f"Linux {release}", "Upgrade the kernel.")


def _machine_id() -> str:
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError), open(path, encoding="ascii", errors="replace") as file:
            text = file.read().strip()
            if text:
                return text
    return os.uname().nodename
