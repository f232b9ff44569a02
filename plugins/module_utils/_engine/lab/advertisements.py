# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Router advertisements (RFC 4861) and IPv6 forwarding: a link that lives by them goes on doing so. Pure.

A host that forwards IPv6 is a router: the kernel drops the default routes that advertisements gave it, and takes no
more, unless ``accept_ra`` of the link is 2. So where a plan lets a namespace forward, ``accept_ra`` of such links goes
from 1 to 2 before, as a sysctl like any other: the last holder gives it back, after forwarding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from ..state import Attrs, Key, Objects, is_marked, place
from .host_state import State
from .kinds.link import LinkKey
from .kinds.sysctl import FAMILIES, SysctlKey, lets_forward
from .ledger import Ledger
from .want import Want, Wants

_PREFIX = "net.ipv6.conf."
_OFF = (None, "", "0")


def names(dev: str) -> tuple[str, str]:
    """The sysctls of a link that say whether it takes advertisements, and whether it forwards."""
    form = _PREFIX + dev.replace(".", "/")
    return f"{form}.accept_ra", f"{form}.forwarding"


def wants(state: State, wanted: Wants, ledger: Ledger) -> Wants:
    """What the links that live by advertisements need, for the sake of what is wanted.

    :param state: what was read of the host.
    :param wanted: the objects that are wanted.
    :param ledger: who holds ``accept_ra`` already. What a description says of it itself stands.
    """
    found: Wants = {}
    for netns, forwarding in _forwarding(wanted).items():
        for dev in _links(state, netns):
            key = SysctlKey(netns, names(dev)[0])
            link = LinkKey(netns, dev)
            attrs = {**state.objects[link], **(wanted[link].attrs if link in wanted else {})}
            if key in wanted or not _is_needed(state, ledger, key, attrs):
                continue
            why = f"or {place(netns, dev)} would ignore router advertisements, as {forwarding[0].key.name} is on"
            found[key] = Want(key, "sysctl", forwarding[0].where, {"value": "2"}, why=why, asked="2")
            for want in forwarding:
                found[key].requested_by |= want.requested_by
    return found


def _forwarding(wanted: Wants) -> dict[str, list[Want]]:
    found: dict[str, list[Want]] = {}
    for key, want in wanted.items():
        if lets_forward(key) and want.attrs["value"] not in _OFF:
            found.setdefault(key.netns, []).append(want)
    return found


def _links(state: State, netns: str) -> list[str]:
    return sorted(
        key.name for key in state.objects if isinstance(key, LinkKey) and key.netns == netns and key.name != "lo"
    )


def _is_needed(state: State, ledger: Ledger, key: Key, link: Attrs) -> bool:
    """Whether a link takes advertisements, and would not be let to; or a lab sees to it already."""
    netns, dev = key.netns, key.link or ""
    accepts = _value(state.objects, key)
    if ledger.prior(key)[0]:
        return accepts in ("1", "2")
    if accepts != "1" or _value(state.objects, SysctlKey(netns, names(dev)[1])) not in _OFF:
        return False
    return (netns, dev) in state.advertised or _may_be_told(link)


def _may_be_told(link: Attrs) -> bool:
    """Whether advertisements may come to a link yet: it is up, no port of a bridge, and of no lab's making."""
    return bool(link["up"]) and not link.get("bridge") and not is_marked(link)


def lost(state: State, now: Objects) -> list[str]:
    """Warnings of links that will live by advertisements no longer.

    :param state: what was read of the host.
    :param now: the objects as the plan leaves them.
    """
    found = []
    on = [key for key in now if lets_forward(key) and _is_turned_on(key, state.objects, now)]
    turned = {key.netns: key.name for key in sorted(on, key=lambda key: key.name in FAMILIES)}
    for netns, dev in sorted(state.advertised):
        accept = names(dev)[0]
        value = _value(now, SysctlKey(netns, accept))
        if netns in turned and value != "2":
            found.append(
                f"{place(netns, dev)} loses its default route from router advertisements, as {turned[netns]} is "
                f"enabled and {accept} is {value}. Set that to 2, or add a default route of its own."
            )
    return found


def _is_turned_on(key: Key, before: Objects, now: Objects) -> bool:
    return _value(before, key) in _OFF and _value(now, key) not in _OFF


def deaf(state: State) -> Iterator[tuple[str, str]]:
    """Links that had advertisements and take them no longer, since their namespace forwards, as (netns, dev).

    :param state: what was read of the host.
    """
    for netns, dev in sorted(state.advertised):
        accept, forward = (_value(state.objects, SysctlKey(netns, name)) for name in names(dev))
        if accept == "1" and forward not in _OFF:
            yield netns, dev


def _value(objects: Objects, key: Key) -> Optional[str]:
    value: Optional[str] = objects.get(key, {}).get("value")
    return value
