# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in the kernel: what a plan may take along of it, and what it must not write over. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..._model.errors import Conflict
from ..._model.values import parse_interface
from ..plan import Outcome, Step
from ..state import PROTOCOL, Attrs, Change, Key, Objects, place
from . import ipv6_off
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.route import BY_HAND, KERNEL, RouteKey, told
from .wanted import Want, Wants

#: objects of which there may be several where a description knows one
_BESIDE = (RouteKey, AddressKey)
#: objects whose removal may take others along that nobody asked for
_TAKING = (LinkKey, AddressKey, NetnsKey)


def is_somebody_elses(key: Key, attrs: Attrs) -> bool:
    """Whether what stands where a lab made something is another's: a route of a daemon, an address with a lifetime.

    What somebody gave by hand in its place is drift of the lab's own, and is put right.
    """
    if isinstance(key, RouteKey):
        return attrs["protocol"] not in BY_HAND and attrs["protocol"] != PROTOCOL
    return isinstance(key, AddressKey) and expires(attrs)


def expires(attrs: Attrs) -> bool:
    """Whether an address goes by itself, unless it is renewed."""
    return bool(attrs.get("until")) and attrs["until"][1] is not None


def is_put_back(change: Change) -> bool:
    """Whether a change makes something of somebody else's again, which had gone along with another."""
    after = change.after or {}
    return isinstance(change.key, RouteKey) and after.get("protocol") != PROTOCOL


def with_all(keys: dict[Key, str], objects: Objects) -> dict[Key, str]:
    """What a single module is to remove: all that stands under the name that it is given.

    :param keys: what is named, each with the reason.
    :returns: that, and the routes of another type of service or source, and addresses with a peer, of the same name.
    :raises Conflict: for a route that the kernel keeps with an address.
    """
    found = dict(keys)
    named = {key for key in keys if isinstance(key, _BESIDE)}
    for key, attrs in objects.items() if named else ():
        if not isinstance(key, _BESIDE) or _named(key) not in named:
            continue
        if isinstance(key, RouteKey) and attrs["protocol"] == KERNEL:
            remedy = f"Remove that address, or take {attrs.get('dev') or 'the link'} down: the route goes with it."
            raise Conflict(key.describe(), "to remove it", f"the kernel's own, of an address ({told(attrs)})", remedy)
        found.setdefault(key, keys[_named(key)])
    return found


def _named(key: Key) -> Key:
    """The key as a description can name it."""
    return key.plain if isinstance(key, RouteKey) else key._replace(peer="")


# -- what is taken along ---------------------------------------------------------------------------------------------


def to_read_whole(keys: Iterable[Key]) -> bool:
    """Whether the removal of some objects may take others along that nobody asked for."""
    return any(isinstance(key, _TAKING) for key in keys)


def taken_from(steps: Iterable[Step]) -> set[str]:
    """The namespaces in which a plan takes something along: of these every table has to be read."""
    return {change.key.netns for step in steps for change in step.changes if _takes_along(change)}


def _takes_along(change: Change) -> bool:
    before, after = change.before, change.after
    if ipv6_off.disables(change):
        return True
    if before is None or not isinstance(change.key, _TAKING):
        return False
    if after is None or isinstance(change.key, AddressKey):
        return True
    return bool(isinstance(change.key, LinkKey) and before.get("up") and after.get("up") is False)


# -- what is not written over ----------------------------------------------------------------------------------------


def refuse_kernels(want: Want, attrs: Attrs) -> None:
    """Leave the kernel's own route alone.

    :raises Conflict: with a remedy.
    """
    if isinstance(want.key, RouteKey) and attrs["protocol"] == KERNEL:
        raise _connected(want, f"the kernel's own, of an address ({told(attrs)})")


def refuse_lifetime(want: Want, attrs: Attrs) -> None:
    """Leave an address that somebody else renews alone.

    :raises Conflict: with a remedy.
    """
    if isinstance(want.key, AddressKey) and expires(attrs):
        remedy = "It is given by DHCP or a router, and goes with its time: choose another address, or end that first."
        raise Conflict(f"{want.where} ({want.key.describe()})", "one that stays", f"one with {attrs['text']}", remedy)


def _connected(want: Want, found: str) -> Conflict:
    remedy = "It is left alone: omit yours, or give it another metric (or another table)."
    return Conflict(f"{want.where} ({want.key.describe()})", "to make it", found, remedy)


def check_connected(state: State, wants: Wants, outcome: Outcome) -> None:
    """Find the routes that the kernel will make itself, with the addresses of the plan, where one is described.

    :raises Conflict: for the first of them.
    """
    asked = {key for key in wants if isinstance(key, RouteKey) and key.table == 254}
    if not asked:
        return
    for key in wants:
        if not isinstance(key, AddressKey) or key in state.objects or key not in outcome.now:
            continue
        link = outcome.now.get(LinkKey(key.netns, key.dev))
        net = parse_interface(key.address).network
        route = RouteKey(key.netns, 254, str(net), 256 if net.version == 6 else 0)
        if route not in asked or (link is not None and not link.get("up", True)):
            continue
        if net.version == 4 and net.prefixlen == 32:
            continue
        raise _connected(wants[route], f"the kernel's own, which comes with {key.describe()}")


def other_length(want: Want, key: Key, attrs: Attrs) -> Conflict:
    """An address that stands with another prefix length and is left alone."""
    text = f", with {attrs['text']}" if attrs.get("text") else ""
    found = f"{key.address} on {place(key.netns, key.dev)}{text}, which netns.lab did not make"
    remedy = "Both would stand: describe the one that is there, or remove it first."
    return Conflict(f"{want.where} ({want.key.describe()})", "this prefix length alone", found, remedy)


def beyond(attrs: Attrs) -> str:
    """What an object has that no description can say, in words."""
    return f"it has {attrs['text']}, which is not described"
