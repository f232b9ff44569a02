# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes among each other: which has to be there before which, and which share a place in the kernel. Pure."""

from __future__ import annotations

from typing import Any

from ..._model.values import parse_interface
from ..state import PROTOCOL, Attrs, Change, Key

#: the protocol (rtm_protocol) of routes that the kernel makes with an address or a link
KERNEL = 2
#: the names of those that people meet
PROTOCOLS = {0: "none", 2: "kernel", 3: "boot", 4: "static", 9: "ra", 16: "dhcp", 110: "netns.lab"}
#: protocols of routes that somebody gives by hand: unspecified, kernel's boot, static
BY_HAND = frozenset({0, 3, 4})


def number_of(key: Key) -> int:
    """Where a route stands among those of one place: 1 is the plain one, 2 and more behind it, less than 0 before."""
    last = key[-1] if len(key) > 5 else ""
    return int(last) if last.lstrip("-").isdigit() else 1


def plain(key: Key) -> Key:
    """The key of a route without what tells it from others of its destination, table and metric."""
    return key[:5]


def place(key: Key) -> Key:
    """The key of the first route of those that the kernel has in one place."""
    return key[:-1] if number_of(key) != 1 else key


def need(key: Key, attrs: Attrs) -> tuple[int, int]:
    """A route's place in the order of creation: a gateway is looked up among the routes that lead to a link.

    Of those that share a place in the kernel the plain one is first, then those around it, the nearest first.
    """
    near = attrs.get("type") == "unicast" and not attrs.get("gateway") and not attrs.get("hops")
    return (1 if attrs.get("raw") else 0) if near else 2, abs(number_of(key))


def turn(change: Change) -> tuple[int, int]:
    """:func:`need` of a change as a key to sort by, removals the other way round; all else stays where it is."""
    if change.key[0] != "route":
        return 0, 0
    if change.after is None:
        first, second = need(change.key, change.before or {})
        return -first, -second
    return need(change.key, change.after)


def is_of_others(change: Change) -> bool:
    """Whether a route that a change takes along, or part of, is neither a lab's nor the kernel's to bring back."""
    before = change.before
    return change.key[0] == "route" and before is not None and before["protocol"] not in (PROTOCOL, KERNEL)


#: words of what is carried whole and has its gateways inside
_WITH_HOPS = ("several next hops", "next hop object")


def stands_alone(attrs: Attrs) -> bool:
    """Whether a route runs over a link without any gateway of its own family, so that it needs no address there."""
    inside = any(words in (attrs.get("text") or "") for words in _WITH_HOPS)
    return bool(links(attrs)) and not attrs.get("gateway") and not attrs.get("src") and not inside


def is_reached(attrs: Attrs, near: list[Any]) -> bool:
    """Whether a route's gateway is taken without asking, or lies in one of some networks."""
    gateway = attrs.get("gateway")
    return bool(gateway) and (bool(attrs.get("onlink")) or any(parse_interface(gateway).ip in net for net in near))


def told(attrs: Attrs) -> str:
    """A route, or an address, for a person: what is beside its key."""
    words = [str(attrs["type"])] if attrs.get("type") not in (None, "unicast") else []
    words += [f"via {attrs['gateway']}"] if attrs.get("gateway") else []
    words += [f"dev {dev}" for dev in links(attrs)]
    words += [f"src {attrs['src']}"] if attrs.get("src") else []
    if attrs.get("protocol") is not None:
        words.append(f"protocol {PROTOCOLS.get(attrs['protocol'], attrs['protocol'])}")
    words += [f"with {attrs['text']}"] if attrs.get("text") else []
    return " ".join(words) or "without more"


#: what only an object has that is carried whole
WHOLE = frozenset({"devs", "until", "text", "other_end", "dad", "hops"})


def links(attrs: Attrs) -> list[Any]:
    """The links that a route runs over."""
    found = dict.fromkeys([attrs.get("dev"), *(attrs.get("devs") or ())])
    return [dev for dev in found if dev]
