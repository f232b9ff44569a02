# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that a description uses in one place, held against what it says of them in another. Pure."""

from __future__ import annotations

from ..._model.addressing import parse_interface
from ..._model.errors import InvalidArgument
from ..state import Objects, place
from .kinds.address import AddressKey
from .kinds.nat import ForwardKey
from .kinds.route import RouteKey
from .kinds.sysctl import SysctlKey, link_of
from .want import Want, Wants

_OFF = ".disable_ipv6"
_ALL = "net.ipv6.conf.all.disable_ipv6"


def check(wants: Wants, now: Objects, partial: bool) -> None:
    """See that sources are addresses that stand, targets are hosts, and IPv6 is not off where it has an address.

    :param wants: the objects that are wanted.
    :param now: the objects after the plan.
    :param partial: whether more may be to come, so that what is not there may yet be.
    :raises InvalidArgument: for the entry at fault.
    """
    if not partial:
        _sources(wants, now)
    _targets(wants)
    _without_ipv6(wants)


def _sources(wants: Wants, now: Objects) -> None:
    """The kernel takes a source address of a route only where a link of the namespace has it."""
    asked = [want for want in wants.values() if isinstance(want.key, RouteKey) and want.attrs.get("src")]
    if not asked:
        return
    own: dict[str, list[str]] = {}
    for key in now:
        if isinstance(key, AddressKey):
            own.setdefault(key.netns, []).append(key.host)
    for want in asked:
        src, there = want.attrs["src"], own.get(want.key.netns, [])
        if src in there or src.startswith(("fe80:", "127.")) or src == "::1":
            continue
        where = f"namespace {want.key.netns}" if want.key.netns else "the host namespace"
        some = ", ".join(there[:8]) or "none"
        raise InvalidArgument(
            f"{want.where}.src",
            f"an address of a link of {where}",
            f"{src}, which no link there has (addresses there: {some})",
            "Give a link this address, or omit src.",
        )


def _targets(wants: Wants) -> None:
    """A subnet's own address and its broadcast address are no hosts that a port is led to."""
    asked = [want for want in wants.values() if isinstance(want.key, ForwardKey) and ":" not in want.attrs["to"]]
    if not asked:
        return
    nobody: dict[str, str] = {}
    for key in wants:
        if isinstance(key, AddressKey) and ":" not in key.address:
            net = parse_interface(key.address).network
            if net.prefixlen < 31:
                nobody[str(net.network_address)] = f"the network address of {net}"
                nobody[str(net.broadcast_address)] = f"the broadcast address of {net}"
    for want in asked:
        if want.attrs["to"] in nobody:
            found = f"{want.attrs['to']}, {nobody[want.attrs['to']]}"
            remedy = "Give the address of the host that has the service."
            raise InvalidArgument(f"{want.where}.to", "the address of a host", found, remedy)


def _without_ipv6(wants: Wants) -> None:
    """A link without IPv6 takes no IPv6 address."""
    values = {
        (key.netns, key.name): want
        for key, want in wants.items()
        if isinstance(key, SysctlKey) and key.name.endswith(_OFF)
    }
    if not values:
        return
    off: dict[tuple[str, str], Want] = {}
    on: set[tuple[str, str]] = set()
    everywhere: dict[str, Want] = {}
    for (netns, name), want in values.items():
        link = link_of(name)
        if want.attrs["value"] == "0":
            on.add((netns, link or ""))
        elif link:
            off[netns, link] = want
        elif name == _ALL:
            everywhere[netns] = want
    for key, want in wants.items():
        if not isinstance(key, AddressKey) or not key.six or (key.netns, key.dev) in on:
            continue
        sysctl = off.get((key.netns, key.dev)) or everywhere.get(key.netns)
        if sysctl is not None:
            found = f"{key.address} on {place(key.netns, key.dev)}, and {sysctl.where} turns IPv6 off there"
            raise InvalidArgument(want.where, "an address of a link that has IPv6", found, "Omit one of the two.")
