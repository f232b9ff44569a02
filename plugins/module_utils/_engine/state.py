# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a host as plain objects, and the smallest step from one state to another.

sort            rest of the key                              attributes
=============== ============================================ ==========================================================
``netns_dir``   path                                         none; the shared mount on /run/netns
``netns``       name                                         lo_up
``directory``   path                                         none; under /etc/netns, and /run/netns itself
``file``        path                                         content
``link``        netns, name                                  kind, up, mtu, mac, bridge, peer, addrgenmode, group, and
                                                             those of its kind and of its port
``address``     netns, dev, address/length; its peer beside  broadcast, secondary, dad, raw; other_end, until,
                another                                      text
``sysctl``      netns, name                                  value
``route``       netns, table, dst, metric; beside others     type, gateway, dev, src, onlink, protocol, raw; devs,
                what tells it from them                      until, text
``rule``        netns, six, priority; a number beside others from, to, iif, fwmark, table, protocol, raw; text, place
``nat_table``   netns                                        flags, chains, sets, rules; ``foreign`` and
                                                             ``in_front`` of others; see :mod:`.nat_table`
``masquerade``  netns, source, out_interface                 exclude; ``each``: those of its rules, if several
``forward``     netns, protocol, six, listen, first, last    to, to_port: where ``first`` leads, the others of the
                                                             range one to one; ``stands``: its elements, if others
                                                             than it should have; see :mod:`.nat_elements`
``hairpin``     netns, source, to, protocol, first, last     none; ports of the target
``firewall_     netns, place, rule                           none; see :mod:`.firewalls.exceptions`
exception``
=============== ============================================ ==========================================================
=======
An object is a key and a dictionary of attributes. What a key is made of, and which attributes go with it, stands with
each kind of object in :mod:`.lab.kinds`.

``netns`` is ``""`` for the host's own. Attributes hold JSON types only.

``raw`` is the kernel's own message of what the other attributes cannot say wholly, as hexadecimal text, None where they
can; nothing that is described has it. ``text`` says in words what is in it, ``devs`` are the links that it names,
``until`` has the ends of its lifetimes, counted from the kernel's start (s). ``hops`` are the next hop objects that a
route leads to by number, each with its message and its link, members before their group.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

if TYPE_CHECKING:
    from .firewalls.ruleset import Firewalls
    from .lab.link_managers import Managers


class Key:
    """The name of an object on its host: a tuple with named fields, of which ``sort`` is the first.

    The kinds of objects derive theirs from this and from a NamedTuple. A key equals the plain tuple of its fields, and
    reads like it.
    """

    __slots__ = ()

    sort: str
    #: the namespace that the object is in, ``""`` for the host's own and for what is in none
    netns: str

    def describe(self) -> str:
        """The object for a person, in the words of ip(8), bridge(8) and nft(8)."""
        raise NotImplementedError(f"{type(self).__name__} has no words")

    def named(self) -> str:
        """The object for a person, without the word for its kind, which a step says beside it."""
        return self.describe().partition(" ")[2]

    @property
    def is_innate(self) -> bool:
        """Whether every namespace is born with it."""
        return False

    def __repr__(self) -> str:
        return repr(tuple(self))  # type: ignore[arg-type]  # it is one

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)[1:]  # type: ignore[arg-type]  # as above


Attrs = dict[str, Any]
Objects = dict[Key, Attrs]

#: the group (IFLA_GROUP) of every link that the collection makes: its mark of ownership
GROUP = 0x6E6C
#: groups for its links on their way out, to remove them by one message; a free one is taken
GOING = range(GROUP + 1, GROUP + 64)
#: the protocol (rtm_protocol) of every route and rule that the collection makes
PROTOCOL = 110
#: the name of its nft table (family inet)
NFT_TABLE = "netns_lab"

#: how a change comes to be: by an act of its own, with the other end of its cable, or after what it hung on
DIRECT, PEER, CASCADE = "", "peer", "cascade"


class Change(NamedTuple):
    """One object before and after; None where it is not there."""

    key: Key
    before: Optional[Attrs]
    after: Optional[Attrs]
    via: str = DIRECT

    def inverse(self) -> Change:
        """The change back. What went by itself has to be made by an act."""
        via = DIRECT if self.via == CASCADE else self.via
        return Change(self.key, self.after, self.before, via)


class Session(NamedTuple):
    """The ssh session that a run was started by.

    ``peer`` is the address of who connected, ``address`` and ``port`` are the host's own, ``dev`` is the link where
    the addresses are link-local.
    """

    peer: str
    address: str
    port: int
    dev: str = ""


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


def is_marked(attrs: Attrs) -> bool:
    """Whether a link carries the collection's mark; a run that was killed may leave one that was on its way out."""
    group = attrs.get("group")
    return group == GROUP or group in GOING


def place(netns: str, name: str) -> str:
    """A link for a person: ``red/veth-red``, or the bare name in the host's namespace."""
    return f"{netns}/{name}" if netns else name


def within(netns: str) -> str:
    """What follows the name of an object that is in a namespace: `` in red``; nothing for the host's own."""
    return f" in {netns}" if netns else ""
