# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine asks of a host: the one way from the pure side to the kernel's."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

from ..._model.errors import LabError
from ..state import Change, Key
from .host_state import State
from .record import Record
from .scope import Scope

if TYPE_CHECKING:
    from .sysctls import Written
    from .undo import Undo


class ApplyFailed(Exception):
    """A change was refused. ``done`` are those made before it, in order; ``error`` is for the user.

    :param error: the error for the user.
    :param done: the changes that were made, in order.
    """

    def __init__(self, error: LabError, done: list[Change]) -> None:
        super().__init__(str(error))
        self.error, self.done = error, done


class Host(Protocol):
    """A host whose network is read and written."""

    #: what makes this host's generated addresses its own (machine-id)
    seed: str

    def require(self, changes: list[Change]) -> None:
        """See that the privileges, programs and packages are there that reading, or these changes, need.

        :param changes: the changes.
        :raises LabError: Permission or Dependency.
        """

    def locked(self, writing: bool) -> AbstractContextManager[list[str]]:
        """Hold the host's lock.

        :param writing: whether the run writes (bool): others wait for it then.
        :returns: warnings for the user.
        :raises Conflict: if it was not free in time.
        """

    def records(self) -> list[Record]:
        """The records of all labs on the host."""

    def elsewhere(self) -> list[Record]:
        """The records of labs that were made in another network of the host, as by ``ip netns exec``."""

    def save(self, record: Record) -> None:
        """Write a lab's record; an empty one is removed.

        :param record: the lab's record.
        """

    def read(self, scope: Scope) -> State:
        """Read what the scope asks for.

        :param scope: what is to be read.
        """

    def inodes(self) -> dict[str, int]:
        """The namespaces that stand, by name, with their inodes."""

    def names(self, places: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The names of links that go by another one than they are called by here, as (netns, name).

        :param places: the links in question, as (netns, name).
        """

    def tables(self) -> dict[str, int]:
        """The host's names of routing tables, each with its number."""

    def neighbours(self, namespaces: list[str]) -> list[dict[str, Any]]:
        """The neighbour entries of namespaces: netns, dev, address, mac, state.

        :param namespaces: the namespaces' names (str).
        """

    def armed(self, undo: Undo) -> AbstractContextManager[None]:
        """Let the host undo a plan by itself, unless it is confirmed in time. The plan is carried out within it.

        The time begins at its end. An error that left nothing behind calls it off.

        :param undo: what undoes the plan.
        """

    def writing(self) -> AbstractContextManager[list[str]]:
        """Carry out a plan: signals that ask the process to end wait, or make :meth:`apply` fail once.

        :returns: warnings for the user, once it is over.
        """

    def undone(self, lab: str) -> list[str]:
        """What the host undid by itself and nobody was told yet, as warnings; they are told once.

        :param lab: the lab's name (str).
        """

    def apply(self, changes: list[Change], restoring: bool = False) -> list[str]:
        """Carry changes out.

        :param changes: the changes.
        :param restoring: whether changes are undone: an address or a route that came back by itself is as good as
            made, one that went by itself as good as removed.
        :returns: warnings for the user.
        :raises ApplyFailed: if one is refused.
        """

    def written(self) -> dict[Key, Written]:
        """The sysctls that the last call of :meth:`apply` wrote, as it met them."""
