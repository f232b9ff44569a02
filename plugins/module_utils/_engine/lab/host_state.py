# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from a host before a plan is made: its objects, and what else the plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ..state import Key, Objects

if TYPE_CHECKING:
    from ..firewalls.ruleset import Firewalls


class Session(NamedTuple):
    """The ssh session that a run was started by.

    ``peer`` is the address of who connected, ``address`` and ``port`` are the host's own, ``dev`` is the link where
    the addresses are link-local.
    """

    peer: str
    address: str
    port: int
    dev: str = ""


@dataclass(frozen=True)
class Managers:
    """Who looks after the host's links besides: what runs in its network, with its settings.

    :param networkd: the files (path, text) of systemd-networkd in the order in which they are asked; None if it does
        not run.
    :param network_manager: the files (path, text) of NetworkManager in the order in which they are read; None if it
        does not run.
    :param udev: whether udev runs, whose rules have NetworkManager leave veths of most names alone.
    """

    networkd: Optional[tuple[tuple[str, str], ...]] = None
    network_manager: Optional[tuple[tuple[str, str], ...]] = None
    udev: bool = True


@dataclass
class State:
    """What was read from a host.

    ``inodes`` are those of the namespaces (the same name made anew has another), ``home`` is that of the host's own.
    ``routes`` are the prefixes that the host's own table main has, the kernel's own too, as (dst, dev). ``management``
    are the host's links that must stay as they are, each with the reason. ``session`` is the ssh session above this
    run, if there is one.
    ``neighbour_limit`` is the number of neighbour entries that the whole kernel takes (gc_thresh3), None where it
    cannot be seen (outside the first namespace). ``entries`` are the names in the directories that were asked for,
    ``dead`` the namespaces of which only the name is left (a run was killed),
    ``alien`` the keys in whose place stands something of another kind, each with what it is,
    ``half`` the keys of what stands in part only. ``advertised`` are the links, as (netns, dev), that have an address
    or a default route by router advertisement, where that was asked. ``newborn`` are the values that sysctls will have
    in namespaces that are not there yet, ``read_only`` those that cannot be set. ``bridge_nf`` says whether frames
    within a bridge of the host pass its NAT (bridge-nf-call-iptables). ``udp`` are the taken ones of the UDP ports in
    question, by (netns, port), with the processes that have them (none: the kernel itself). ``firewalls`` are the
    packet filters of others, None where there are none or nobody asked. ``to_come`` are the objects that are taken as
    there, since others make them first, each with what a user is told; None where all has to be there. ``managers`` are
    those who look after links besides, None where there are none or nobody asked.
    """

    objects: Objects = field(default_factory=dict)
    inodes: dict[str, int] = field(default_factory=dict)
    home: int = 0
    routes: list[tuple[str, str]] = field(default_factory=list)
    management: dict[str, str] = field(default_factory=dict)
    neighbour_limit: Optional[int] = None
    entries: dict[str, set[str]] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    half: set[Key] = field(default_factory=set)
    alien: dict[Key, str] = field(default_factory=dict)
    advertised: set[tuple[str, str]] = field(default_factory=set)
    newborn: dict[Key, str] = field(default_factory=dict)
    read_only: set[Key] = field(default_factory=set)
    bridge_nf: bool = False
    firewalls: Optional[Firewalls] = None
    managers: Optional[Managers] = None
    session: Optional[Session] = None
    udp: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    to_come: Optional[dict[Any, str]] = None
