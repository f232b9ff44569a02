# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in the kernel: what a plan may take along of it, and what it must not write over. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..._model.errors import Conflict
from ..._model.values import parse_interface
from ..plan import Outcome, Step
from ..state import PROTOCOL, Change, Key, Objects
from . import ipv6_off
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.route import KERNEL, MAIN, RouteKey, connected, told
from .want import Wants

#: objects of which there may be several where a description knows one
_BESIDE = (RouteKey, AddressKey)
#: objects whose removal may take others along that nobody asked for
_TAKING = (LinkKey, AddressKey, NetnsKey)


def is_put_back(change: Change) -> bool:
    """Whether a change makes something of somebody else's again, which had gone along with another.

    :param change: the change.
    """
    after = change.after or {}
    return isinstance(change.key, RouteKey) and after.get("protocol") != PROTOCOL


def with_all(keys: dict[Key, str], objects: Objects) -> dict[Key, str]:
    """What a single module is to remove: all that stands under the name that it is given.

    :param keys: what is named, each with the reason.
    :param objects: the objects that were read.
    :returns: that, and the routes of another type of service or source, and addresses with a peer, of the same name.
    :raises Conflict: for a route that the kernel keeps with an address.
    """
    found = dict(keys)
    named = {key for key in keys if isinstance(key, _BESIDE)}
    for key, attrs in objects.items() if named else ():
        if not isinstance(key, _BESIDE) or _named(key) not in named:
            continue
        if isinstance(key, RouteKey) and attrs["protocol"] == KERNEL:
            remedy = f"Remove that address, or set {attrs.get('dev') or 'the link'} down: that removes the route."
            raise Conflict(key.describe(), "to remove it", f"the kernel's own, of an address ({told(attrs)})", remedy)
        found.setdefault(key, keys[_named(key)])
    return found


def _named(key: Key) -> Key:
    """The key as a description can name it."""
    return key.plain if isinstance(key, RouteKey) else key._replace(peer="")


# -- what is taken along ---------------------------------------------------------------------------------------------


def to_read_whole(keys: Iterable[Key]) -> bool:
    """Whether the removal of some objects may take others along that nobody asked for.

    :param keys: the objects' keys.
    """
    return any(isinstance(key, _TAKING) for key in keys)


def taken_from(steps: Iterable[Step]) -> set[str]:
    """The namespaces in which a plan takes something along: of these every table has to be read.

    :param steps: the steps of the plan.
    """
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


def check_connected(state: State, wants: Wants, outcome: Outcome) -> None:
    """Find the routes that the kernel will make itself, with the addresses of the plan, where one is described.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :param outcome: the plan.
    :raises Conflict: for the first of them.
    """
    asked = {key for key in wants if isinstance(key, RouteKey) and key.table == MAIN}
    if not asked:
        return
    for key in wants:
        if not isinstance(key, AddressKey) or key in state.objects or key not in outcome.now:
            continue
        link = outcome.now.get(LinkKey(key.netns, key.dev))
        net = parse_interface(key.address).network
        route = RouteKey(key.netns, MAIN, str(net), 256 if net.version == 6 else 0)
        if route not in asked or (link is not None and not link.get("up", True)):
            continue
        if net.version == 4 and net.prefixlen == 32:
            continue
        raise connected(wants[route], f"the kernel's own, which comes with {key.describe()}")
