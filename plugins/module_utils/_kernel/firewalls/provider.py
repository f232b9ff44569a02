# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How each firewall of others is read beside its chains and written to, and the table of those that have places.

The other half of each, with what it is asked for, is the file of its name in ``_engine/firewalls``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Optional, Protocol

from ..._engine.firewalls.ruleset import Service
from . import firewalld, iptables, ufw


class Provider(Protocol):
    """Reads what a firewall keeps, and writes rules of ours at its places by its own program."""

    #: whether several changes of one place are made whole or not at all
    WHOLE: bool

    def is_starting(self, chains: Collection[tuple[str, str]]) -> bool:
        """Whether it runs, and had no rules when chains were listed; if so, it has them when this returns.

        :param chains: them, each as (table, name) (str).
        """

    def kept(self) -> Optional[list[str]]:
        """The rules of ours that it has in files; None where it has no place there.

        :raises OSError: if they cannot be read.
        """

    def service(self, rules: Optional[list[str]], chains: Collection[tuple[str, str]]) -> Optional[Service]:
        """What it tells of itself; None where it is not there.

        :param rules: what :meth:`kept` returned.
        :param chains: all chains of the host, each as (table, name) (str).
        :raises OSError: if it cannot be told.
        """

    def apply(self, place: str, gone: Sequence[str], made: Sequence[str]) -> None:
        """Take rules of ours away from a place of its own, and put rules there.

        :param place: the place (str).
        :param gone: the rules to take away, in the words of its tool (str).
        :param made: the rules to put there, likewise (str).
        :raises OSError: with its program's words, if it refuses.
        """


#: by the names of the engine's providers; Docker's place is a chain of iptables
PROVIDERS: dict[str, Provider] = {"Docker": iptables, "ufw": ufw, "firewalld": firewalld, "iptables": iptables}


def of_place(place: str) -> Provider:
    """Who reads and writes a place.

    :param place: e.g. ``iptables-nft ip DOCKER-USER`` (str).
    :raises LookupError: if it is no provider's.
    """
    from ..._engine.firewalls import provider as engine  # noqa: PLC0415 - reading needs no places

    return PROVIDERS[engine.of_place(place).NAME]
