# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a plan touches the ssh session that its run was started by: its interface, address, routes or rules. Pure."""

from __future__ import annotations

from typing import Any, Optional

from ..._model.addressing import parse_interface, parse_network
from ..plan import Step
from ..state import Key, Objects
from .host_state import Session, State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.table import kind_of
from .links.table import over


def reason(state: State, steps: list[Step]) -> Optional[str]:
    """How a plan touches an interface, address, route or rule that the SSH session uses.

    :param state: what was read of the host.
    :param steps: the steps of the plan.
    :returns: the first way found, for a person; None where there is none, or no session.
    """
    if state.session is None:
        return None
    path = SessionPath(state, state.session)
    for step in steps:
        for change in step.changes:
            found = None if change.key.netns else kind_of(change.key).touches_session(path, change)
            if found is not None:
                return f"{change.key.describe()} {found}"
    return None


class SessionPath:
    """The way of a session's packets through the host.

    :param state: what was read of the host.
    :param session: the session.
    :ivar peer: the address of who connected, ``own`` that of the host, both as numbers of :mod:`ipaddress`.
    :ivar address: the host's as text (str), ``port`` its port (int).
    :ivar devs: the links that its packets pass (str).
    :ivar best: the prefix length of the route to the other end (int).
    """

    def __init__(self, state: State, session: Session) -> None:
        self.address, self.port = session.address, session.port
        self.peer, self.own = parse_interface(session.peer).ip, parse_interface(session.address).ip
        self.devs = {key.dev for key in state.objects if self.is_own(key)} | ({session.dev} - {""})
        self.devs |= _below(state.objects, self.devs)
        lengths = [parse_network(dst).prefixlen for dst, _dev in state.routes if self.covers(dst, self.peer)]
        self.best = max(lengths, default=0)

    def is_own(self, key: Key) -> bool:
        """Whether an object is the address of the host's end.

        :param key: the object's key.
        """
        return isinstance(key, AddressKey) and not key.netns and parse_interface(key.address).ip == self.own

    @staticmethod
    def covers(prefix: Optional[str], address: Any) -> bool:
        """Whether a prefix, or the lack of one, has an address.

        :param prefix: the prefix (str), None for all addresses.
        :param address: the address, of :mod:`ipaddress`.
        """
        return prefix is None or address in parse_network(prefix)


def _below(objects: Objects, devs: set[str]) -> set[str]:
    """The ports of links that are bridges, and what links lie over, to the last of them."""
    links = {key.name: attrs for key, attrs in objects.items() if isinstance(key, LinkKey) and not key.netns}
    found, new = set(devs), devs
    while new:
        ports = {name for name, attrs in links.items() if attrs.get("bridge") in new}
        new = (ports | {below for name in new if (below := over(links.get(name, {})))}) - found
        found |= new
    return found
