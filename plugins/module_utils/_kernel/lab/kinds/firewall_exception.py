# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of ours at the places of other firewalls, and these firewalls."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.lab.kinds.firewall_exception import FirewallExceptionKey
from ...._engine.state import Change
from ...netlink import sysctl
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer


def inside(reader: Reader, name: str) -> None:
    """Look at the packet filters of others, where they matter.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    if name or not (reader.scope.firewalls or (reader.scope.host_links and sysctl.bridged())):
        return
    from ...firewalls.look import look  # noqa: PLC0415 - few runs are about what they filter
    from ...system import nft  # noqa: PLC0415 - as above

    reader.firewalls = look(nft.chains())
    if reader.firewalls is not None:
        from ...._engine.firewalls import exceptions  # noqa: PLC0415 - only hosts with firewalls need it

        for place, rule in exceptions.standing(reader.firewalls):
            reader.objects[FirewallExceptionKey("", place, rule)] = {}


def complete(reader: Reader, state: State) -> None:
    """Add what was seen of them.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    state.firewalls = reader.firewalls


def _write(writer: Writer, changes: list[Change]) -> None:
    """Rules of one place together, where its firewall makes them whole or not at all."""
    from ...firewalls.provider import of_place  # noqa: PLC0415 - few hosts need it
    from ..refusals import refusal  # noqa: PLC0415 - as above

    places: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        places[change.key.place].append(change)
    for place, all_ in places.items():
        provider = of_place(place)
        for ours in [all_] if provider.WHOLE else [[change] for change in all_]:
            writer.session.heed()
            gone = [change.key.rule for change in ours if change.after is None]
            made = [change.key.rule for change in ours if change.after is not None]
            try:
                provider.apply(place, gone, made)
            except OSError as exc:
                raise refusal(ours[0], exc) from exc
            for change in ours:
                writer.session.note(change)


REMOVE = (Part(Gone.FIREWALL, ("firewall_exception",), _write),)
BUILD = (Part(Made.FIREWALL, ("firewall_exception",), _write),)
