# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces: born, named and given their socket by as many threads as there are processors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.lab.kinds.netns import NetnsKey
from ...._engine.state import Change
from ...netlink import messages, netns
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer


def require(changes: list[Change]) -> None:
    """See that the host would see them.

    :param changes: the changes.
    """
    from .. import visibility  # noqa: PLC0415 - only who writes needs it

    visibility.require(changes)


def inside(reader: Reader, name: str) -> None:
    """Note that a namespace is there; its loopback tells more of it.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    if name:
        reader.objects[NetnsKey(name)] = {}


def complete(reader: Reader, state: State) -> None:
    """Add the names that have no namespace, and those that something else has.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    asked = reader.scope.namespaces - {""}
    state.dead = {name for name in asked if name not in reader.inodes and netns.is_leftover(name)}
    for name in asked:
        alien = netns.in_the_way(name, reader.inodes)
        if alien is not None:
            state.alien[NetnsKey(name)] = alien


def _remove(writer: Writer, changes: list[Change]) -> None:
    session = writer.session
    for change in changes:
        name = change.key.netns
        session.forget(name)
        session.act(change, lambda name=name: netns.unpin(name))
        writer.nameless.add(name)
        session.act(change, lambda name=name: netns.forget(name))
        writer.nameless.discard(name)


def _build(writer: Writer, changes: list[Change]) -> None:
    """All new namespaces at once: each born, named and given its socket from inside."""
    from ...netlink import threads  # noqa: PLC0415 - only who writes needs them

    session = writer.session

    def born(change: Change) -> None:
        """Make a namespace. The calling thread stays in it."""
        netns.unshare()
        netns.pin(change.key.netns, change.key.netns in writer.dead)
        session.open_here(change.key.netns)

    births = [change for change in changes if change.before is None]
    threads.share(births, lambda change: session.act(change, lambda: born(change)))
    for change in changes:
        up = (change.after or {})["lo_up"]
        if up != (change.before or {"lo_up": False})["lo_up"]:
            session.queue(change.key.netns, messages.set_up("lo", up), change)


REMOVE = (Part(Gone.NETNS, ("netns",), _remove),)
BUILD = (Part(Made.NETNS, ("netns",), _build),)
