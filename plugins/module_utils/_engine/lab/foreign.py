# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have in the kernel: what a plan may take along of it, and what it must not write over. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable

from ..._model.addressing import parse_interface
from ..plan import Outcome, Step
from ..state import Change, Key, Objects
from . import ipv6_off
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.route import MAIN, RouteKey, connected
from .kinds.table import kind_of
from .want import Wants


def with_all(keys: dict[Key, str], objects: Objects) -> dict[Key, str]:
    """What a single module is to remove: all that stands under the name that it is given.

    :param keys: what is named, each with the reason.
    :param objects: the objects that were read.
    :returns: that, and the routes of another type of service or source, and addresses with a peer, of the same name.
    :raises Conflict: for a route that the kernel keeps with an address.
    """
    found = dict(keys)
    for key, attrs in objects.items() if keys else ():
        kind = kind_of(key)
        named = kind.as_described(key)
        if named in keys:
            kind.refuse_removal(key, attrs)
            found.setdefault(key, keys[named])
    return found


# -- what is taken along ---------------------------------------------------------------------------------------------


def to_read_whole(keys: Iterable[Key]) -> bool:
    """Whether the removal of some objects may take others along that nobody asked for.

    :param keys: the objects' keys.
    """
    return any(kind_of(key).takes_others for key in keys)


def taken_from(steps: Iterable[Step], whole: Container[str]) -> set[str]:
    """The namespaces in which a plan takes something along: of these every table has to be read.

    :param steps: the steps of the plan.
    :param whole: the namespaces of which every table was read already (str).
    """
    changes = (change for step in steps for change in step.changes if change.key.netns not in whole)
    return {change.key.netns for change in changes if _takes_along(change)}


def _takes_along(change: Change) -> bool:
    if change.before is None:
        return False
    return ipv6_off.disables(change) or kind_of(change.key).takes_along(change)


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
