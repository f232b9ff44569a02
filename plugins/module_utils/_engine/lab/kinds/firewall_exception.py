# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ours at the places that firewalls of others offer; see :mod:`...firewalls.exceptions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...state import Attrs, Key
from .kind import Kind, Stage, nothing, untouched

if TYPE_CHECKING:
    from ...finding import Finding
    from ..host_state import State
    from ..record import Record
    from ..scope import Scope


class _Exception(NamedTuple):
    sort: str
    netns: str
    place: str
    rule: str


class FirewallExceptionKey(Key, _Exception):
    """A rule at a place of the host's own. No attributes."""

    __slots__ = ()

    def __new__(cls, netns: str, place: str, rule: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("firewall_exception", netns, place, rule))

    def describe(self) -> str:
        """The place and the rule."""
        return f"firewall exception {self.place}: {self.rule}"


class _Kind(Kind):
    sort = "firewall_exception"
    key = FirewallExceptionKey
    shared = True
    in_netns = False
    stage = Stage.FIREWALL
    make_way = nothing
    touches_session = untouched
    can_be_lost = False
    info_list = "firewall_exceptions"
    outlasts_record = True

    def ask(self, scope: Scope, key: FirewallExceptionKey) -> None:
        """Ask for the packet filters of others."""
        scope.namespaces.add(key.netns)
        scope.firewalls = True

    def info(self, key: FirewallExceptionKey, attrs: Attrs, state: State, record: Record) -> dict[str, Any]:
        """Its place and its rule."""
        del attrs, state, record
        return {"place": key.place, "rule": key.rule}

    def left_over(self, key: FirewallExceptionKey) -> Finding:
        """Other firewalls keep theirs over a reboot."""
        from ...finding import Finding  # noqa: PLC0415 - only the doctor needs it

        remedy = "Build the lab again and remove it, or remove the rule by hand."
        found = "it has a rule of a lab that no longer exists, as after a reboot"
        return Finding(key.place, "be free of leftover rules", found, key.rule, remedy, "warning")


KINDS = (_Kind(),)
