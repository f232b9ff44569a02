# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The NAT of namespaces: all of one namespace's is one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._engine.state import Change
from ...netlink import netns
from .phase import Gone, Made, Part, by_netns

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer

_SORTS = ("nat_table", "masquerade", "forward", "hairpin")


def require(_changes: list[Change]) -> None:
    """See that nft(8) is there, whatever changes."""
    from ...system import nft  # noqa: PLC0415 - only runs about NAT need it

    nft.require()


def inside(reader: Reader, name: str) -> None:
    """Read the table of a namespace, and what is in it.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    if name in reader.scope.nat:
        from ..nat import reader as table  # noqa: PLC0415 - only runs about NAT need it, see host.py

        table.read(name, reader.objects)


def _write(writer: Writer, changes: list[Change]) -> None:
    from ..nat import writer as transaction  # noqa: PLC0415 - as above
    from ..refusals import refusal  # noqa: PLC0415 - only who writes needs it

    for name, ours in by_netns(changes).items():
        writer.session.heed()
        try:
            with netns.entered(name):
                transaction.apply(ours)
                _forget_flows(writer, name, ours)
        except OSError as exc:
            raise refusal(ours[0], exc) from exc
        for change in ours:
            writer.session.note(change)


def _forget_flows(writer: Writer, name: str, changes: list[Change]) -> None:
    """Have connection tracking decide anew where a change of NAT concerns it. What it refuses undoes nothing."""
    from ..nat import conntrack  # noqa: PLC0415 - few runs need it

    try:
        conntrack.forget(changes)
    except OSError as exc:
        where = f"namespace {name}" if name else "this host"
        writer.warnings.append(
            f"flows of {where} keep their translation until they pause for some minutes: connection tracking "
            f"cannot delete them ({exc.strerror}). The kernel's module for it is nf_conntrack_netlink."
        )


REMOVE = (Part(Gone.NAT, _SORTS, _write),)
BUILD = (Part(Made.NAT, _SORTS, _write),)
