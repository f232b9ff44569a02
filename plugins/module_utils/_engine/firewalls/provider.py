# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every firewall of others tells of itself, and the table of those that are known.

A new one is a file here and one in ``_kernel/firewalls``, each with an entry in the table of its folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from ..finding import Finding
from . import docker, firewalld, iptables, nftables, ufw
from .permit import Permit
from .ruleset import Chain, Firewalls, Packet
from .traffic import Traffic


class Provider(Protocol):
    """A firewall of others: which chains are its own, where it takes rules of others, what opens it, when it starts."""

    #: its name for a person
    NAME: str
    #: whose words its rules are
    TOOL: str
    #: with which values of the option ``firewall_exceptions`` it is asked to let a lab through
    CHOICES: tuple[str, ...]
    #: with which of them it is an error if it does not run
    MUST_RUN: tuple[str, ...]
    #: its unit of systemd and its service of OpenRC, after which a lab is built at boot; empty where it has none
    UNIT: str
    SERVICE: str
    #: whether the lab has to be built again after that unit has started or was reloaded
    BUILD_AGAIN: bool
    #: what to do where it is not asked since making its place would lose settings of others; empty if none ever does
    WITHHELD: str

    def owner(self, chain: Chain, names: Collection[str]) -> str:
        """Whose a chain is, if it is one of its own.

        :param chain: the chain.
        :param names: its name, and for one at a hook those of all chains of its table (collection of str).
        :returns: a name for a person; empty if the chain is none of its own (str).
        """

    def claims(self, firewalls: Firewalls, chain: Chain) -> bool:
        """Whether it answers for a chain FORWARD of iptables that no provider before it has claimed.

        :param firewalls: what was read of the host.
        :param chain: the chain, of the table filter.
        """

    def places(self, permit: Permit, firewalls: Firewalls, claimed: list[Chain], asked: bool) -> Iterator[str]:
        """The places at which it is to be asked for a permit.

        :param permit: what is to be let through.
        :param firewalls: what was read of the host.
        :param claimed: the chains of the permit's family that it has claimed.
        :param asked: whether a provider before it is asked for the same (bool).
        """

    def has(self, place: str) -> bool:
        """Whether a place is one of its own.

        :param place: e.g. ``iptables-nft ip DOCKER-USER`` (str).
        """

    def permits(self, permit: Permit) -> Iterator[Permit]:
        """A permit as its rules can tell it, which may take several.

        :param permit: what is to be let through.
        """

    def text(self, permit: Permit) -> str:
        """One of those in the words of its tool, as it keeps it.

        :param permit: one of :meth:`permits`.
        :raises ValueError: with the reason, if its tool would take the name of a link for something else.
        """

    def holds(self, place: str, six: bool, chain: Chain) -> bool:
        """Whether rules at a place of its own come to stand in a chain.

        :param place: one that it has (str).
        :param six: whether the rules are of IPv6 (bool).
        :param chain: any chain of the host.
        """

    def ours(self, firewalls: Firewalls) -> Iterator[tuple[str, str]]:
        """The rules of ours that stand at its places.

        :param firewalls: what was read of the host.
        :returns: pairs of the place and the rule in its tool's words (str).
        """

    def open_host(self, dev: str) -> str:
        """What opens the host to all that comes in by a link.

        :param dev: the link's name (str).
        :returns: a command, or what to do (str).
        """

    def open_tunnel(self, packet: Packet, tool: str) -> str:
        """The command that accepts VXLAN packets into or out of the host.

        :param packet: the first one, at the hook input or output.
        :param tool: whose words the rules of the chain are that drops it: nft, iptables-nft or iptables-legacy (str).
        :returns: a command, or what to do (str).
        """

    def open_routed(self, packet: Packet, tool: str) -> str:
        """What lets packets pass between two links of the host.

        :param packet: the first one, with both links.
        :param tool: as for :meth:`open_tunnel` (str).
        :returns: a command; empty where :meth:`open_forward` says all (str).
        """

    def open_forward(self, dev: str) -> str:
        """What lets packets of a link through the host.

        :param dev: the link's name (str).
        :returns: whole sentences (str).
        """

    def findings(self, lab: Traffic, firewalls: Firewalls) -> Iterator[Finding]:
        """What it drops besides what following its chains tells.

        :param lab: the packets of a lab.
        :param firewalls: what was read of the host.
        """


#: in the order in which they claim chains and are asked; the last ones have what is nobody else's
PROVIDERS: tuple[Provider, ...] = (docker, ufw, firewalld, iptables, nftables)


def owner(firewalls: Firewalls, chain: Chain) -> tuple[Provider, str]:
    """Who answers for a chain, and whose it is.

    :param firewalls: what was read of the host.
    :param chain: one of its chains.
    :returns: the provider, and the owner's name for a person (str), which may be another: libvirt has no provider.
    """
    beside = [other.name for other in firewalls.chains if chain.hook and other.place == chain.place]
    names = {chain.name, *beside}
    return next((provider, who) for provider in PROVIDERS if (who := provider.owner(chain, names)))


def of_place(place: str) -> Provider:
    """Whose a place is.

    :param place: e.g. ``iptables-nft ip DOCKER-USER`` (str).
    :raises LookupError: if it is no provider's.
    """
    found = next((provider for provider in PROVIDERS if provider.has(place)), None)
    if found is None:
        raise LookupError(f"no firewall has the place {place!r}")
    return found
