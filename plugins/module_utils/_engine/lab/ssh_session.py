# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a plan touches the ssh session that its run was started by: its interface, address, routes or rules. Pure."""

from __future__ import annotations

from typing import Any, Optional

from ..._model.values import parse_interface, parse_network
from ..plan import Step
from ..state import DIRECT, Attrs, Change, Key, Objects
from .host_state import Session, State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.nat import ForwardKey, MasqueradeKey
from .kinds.route import MAIN, RouteKey
from .kinds.rule import RuleKey
from .kinds.sysctl import SysctlKey


def reason(state: State, steps: list[Step]) -> Optional[str]:
    """How a plan touches an interface, address, route or rule that the SSH session uses.

    :param state: what was read of the host.
    :param steps: the steps of the plan.
    :returns: the first way found, for a person; None where there is none, or no session.
    """
    if state.session is None:
        return None
    path = _Path(state, state.session)
    for step in steps:
        for change in step.changes:
            found = path.touched(change)
            if found is not None:
                return f"{change.key.describe()} {found}"
    return None


class _Path:
    """The way of a session's packets through the host."""

    def __init__(self, state: State, session: Session) -> None:
        self._session = session
        self._peer, self._own = parse_interface(session.peer).ip, parse_interface(session.address).ip
        self._devs = {key.dev for key in state.objects if self._is_own(key)} | ({session.dev} - {""})
        self._devs |= _ports(state.objects, self._devs)
        lengths = [parse_network(dst).prefixlen for dst, _dev in state.routes if self._covers(dst, self._peer)]
        self._best = max(lengths, default=0)

    def touched(self, change: Change) -> Optional[str]:
        """How one change touches it."""
        sorts = {
            LinkKey: self._link,
            AddressKey: self._address,
            RouteKey: self._route,
            RuleKey: self._rule,
            SysctlKey: self._sysctl,
            ForwardKey: self._forward,
            MasqueradeKey: self._masquerade,
        }
        check = sorts.get(type(change.key))
        return check(change) if check is not None and not change.key.netns else None

    def _is_own(self, key: Key) -> bool:
        return isinstance(key, AddressKey) and not key.netns and parse_interface(key.address).ip == self._own

    @staticmethod
    def _covers(prefix: Optional[str], address: Any) -> bool:
        """Whether a prefix, or the lack of one, has an address."""
        return prefix is None or address in parse_network(prefix)

    def _link(self, change: Change) -> Optional[str]:
        return "carries your SSH session" if change.key.name in self._devs else None

    def _address(self, change: Change) -> Optional[str]:
        if change.key.dev in self._devs:
            return "is on the link of your SSH session"
        if self._is_own(change.key):
            return "is the one of your SSH session"
        net = parse_interface(change.key.address).network
        return f"contains {self._session.peer}, where you connect from" if self._peer in net else None

    def _route(self, change: Change) -> Optional[str]:
        net = parse_network(change.key.dst)
        if self._peer in net and (change.key.table != MAIN or net.prefixlen >= self._best):
            return f"is for {self._session.peer}, where you connect from"
        return None

    def _rule(self, change: Change) -> Optional[str]:
        """A rule selects what goes to the peer, or what comes from it."""
        if any(attrs is not None and self._selects(change.key, attrs) for attrs in (change.before, change.after)):
            return "matches packets of your SSH session"
        return None

    def _selects(self, key: Key, attrs: Attrs) -> bool:
        if key.six != (self._peer.version == 6) or (attrs.get("fwmark") and not attrs.get("raw")):
            return False
        if attrs.get("raw"):  # it may select anything
            return True
        ends, iif = (attrs.get("from"), attrs.get("to")), attrs.get("iif")
        out = self._covers(ends[0], self._own) and self._covers(ends[1], self._peer) and iif in (None, "lo")
        back = self._covers(ends[0], self._peer) and self._covers(ends[1], self._own)
        return out or (back and (iif is None or iif in self._devs))

    def _sysctl(self, change: Change) -> Optional[str]:
        """A setting of the session's links; what the kernel writes along is left to the cause."""
        parts = change.key.name.split(".", 3)
        family = "ipv6" if self._peer.version == 6 else "ipv4"
        if change.via != DIRECT or parts[1:3] != [family, "conf"] or len(parts) < 4:
            return None
        dev = parts[3].rpartition(".")[0].replace("/", ".")
        return "applies to the link of your SSH session" if dev in {"all", *self._devs} else None

    def _forward(self, change: Change) -> Optional[str]:
        key, at = change.key, ("", None, self._session.address)
        if key.protocol != "tcp" or key.six != (self._peer.version == 6) or key.listen not in at:
            return None
        return "takes new SSH connections" if key.first <= self._session.port <= key.last else None

    def _masquerade(self, change: Change) -> Optional[str]:
        excluded = (change.after or change.before or {}).get("exclude") or ()
        if not self._covers(change.key.source, self._own) or any(self._covers(net, self._peer) for net in excluded):
            return None
        return "is for the address of your SSH session"


def _ports(objects: Objects, devs: set[str]) -> set[str]:
    """The links that are ports of some bridges."""
    return {
        key.name
        for key, attrs in objects.items()
        if isinstance(key, LinkKey) and not key.netns and attrs.get("bridge") in devs
    }
