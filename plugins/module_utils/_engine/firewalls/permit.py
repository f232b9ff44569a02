# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets of a lab that are to be let through, in no firewall's words yet."""

from __future__ import annotations

from typing import NamedTuple

from .ruleset import ACCEPT, Match, Rule

#: neighbour discovery of IPv6 within a bridge, in nft's words
NEIGHBOURS = ("nd-neighbor-solicit", "nd-neighbor-advert")
#: what a permit may say of a connection, and the states of conntrack that are meant
ANSWERS, TRANSLATED = "answers", "dnat"
_STATES = {ANSWERS: ("established", "related"), TRANSLATED: ("dnat",)}


class Permit(NamedTuple):
    """Packets that are to pass: those that meet all that is given.

    :param where: the entry of the definition that asks for them (str).
    :param six: whether they are of IPv6 (bool).
    :param iif: the condition on the name of the link that they come in by; see :mod:`.words` (str).
    :param oif: the same for the link that they go out by (str).
    :param saddr: the prefix that they come from (str).
    :param daddr: the prefix that they go to (str).
    :param protocol: tcp or udp (str).
    :param port: the ports that they go to, as ``80`` or ``8000:8010`` (str).
    :param states: :data:`ANSWERS`, :data:`TRANSLATED`, or empty for any (str).
    :param icmp: a type of ICMPv6, in nft's words (str).
    """

    where: str
    six: bool
    iif: str = ""
    oif: str = ""
    saddr: str = ""
    daddr: str = ""
    protocol: str = ""
    port: str = ""
    states: str = ""
    icmp: str = ""

    @property
    def within(self) -> bool:
        """Whether they are frames within one bridge."""
        return bool(self.iif) and self.iif == self.oif

    def by_links(self) -> Permit:
        """The same for a firewall whose rules know links.

        What comes in by a bridge and leaves by it is all of it: by the subnet, neighbour discovery, whose destinations
        are groups of ff02::/16, would be left out.
        """
        return self._replace(saddr="", daddr="") if self.within else self

    def rule(self, text: str) -> Rule:
        """The rule that lets them through, as the evaluation of rulesets has it.

        :param text: the rule in the words of its firewall (str).
        """
        values = {"iif": self.iif, "oif": self.oif, "saddr": self.saddr, "daddr": self.daddr, "dport": self.port}
        values.update({"protocol": self.protocol, "icmp": self.icmp})
        matches = [Match(name, (value,)) for name, value in values.items() if value]
        matches += [Match("ctstate", _STATES[self.states])] if self.states else []
        return Rule(tuple(matches), ACCEPT, "", text)
