# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plan must not do, held against the state that it would leave. Pure; nothing has been touched yet."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple, Optional

from ..._model.addressing import parse_interface, parse_network, subnet
from ..._model.errors import Conflict, InvalidArgument
from ..plan import Outcome, Step
from ..state import Key, Objects, place
from . import address_checks, foreign, loops, way_out
from .host_state import State
from .kinds.address import AddressKey
from .kinds.link import LinkKey
from .kinds.netns import NetnsKey
from .kinds.paths import PathKey
from .kinds.route import MAIN, RouteKey
from .kinds.table import kind_of
from .ledger import Ledger
from .links import table as link_kinds
from .subnets import Subnet, Subnets
from .want import Want, Wants

#: ports that a bridge takes (BR_MAX_PORTS - 1)
BRIDGE_PORTS_MAX = 1023


class Allowed(NamedTuple):
    """What the user allows beyond the ordinary; all False by default."""

    overlap: bool = False
    management: bool = False
    adopt: bool = False
    other_labs: bool = False


def check(state: State, wants: Wants, outcome: Outcome, allowed: Allowed, ledger: Ledger) -> None:
    """Hold a plan against the rules.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :param outcome: the plan.
    :param allowed: what the user allows.
    :param ledger: whose is what.
    :raises InvalidArgument: a namespace, link, bridge or gateway that is not there, too many ports, a loop of bridges.
    :raises Conflict: a subnet that the host has on another device, an act upon a link that must stay as it is, a
        VXLAN interface's identifier or UDP port that another has.
    """
    _references(wants, outcome.now, state.inodes)
    _gateways(wants, outcome, state.to_come)
    address_checks.check(wants, outcome.now, state.to_come is not None)
    foreign.check_connected(state, wants, outcome)
    _ports(wants, outcome.now)
    _links(wants, state, outcome)
    loops.check(wants, outcome)
    if not allowed.overlap:
        _overlap(state, wants, outcome)
    if not allowed.management:
        _management(way_out.protected(state, ledger), outcome)


def one_name_each(state: State, wants: Wants) -> None:
    """See that a description does not speak of one namespace by two names: each of its links would be there twice.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :raises Conflict: if it does.
    """
    first: dict[int, str] = {}
    for want in wants.values():
        if not kind_of(want.key).in_netns:
            continue
        name = want.key.netns
        inode = state.inodes.get(name) if name else state.home
        if inode and first.setdefault(inode, name) != name:
            one, other = sorted((name, first[inode]))
            there = f"namespace {one!r}" if one else "the host's own namespace"
            found = f"both names are the same namespace (inode {inode})"
            remedy = f"Use one of them. If {other} should be another one, remove that name: ip netns delete {other}."
            raise Conflict(want.where, f"namespace {other!r} beside {there}", found, remedy)


def advice(state: State, wants: Wants, outcome: Outcome) -> list[str]:
    """What a plan is allowed to do and the user should know.

    :param state: what was read of the host.
    :param wants: the objects that are wanted.
    :param outcome: the plan.
    :returns: warnings, one text each.
    """
    told = _not_left_alone(state, wants, outcome)
    if not outcome.steps:
        return told
    told += loops.advice(wants, outcome.now) + way_out.advice(outcome.steps, outcome.now)
    limit = state.neighbour_limit
    hosts = len({key.netns for key in wants if isinstance(key, AddressKey) and key.netns})
    if limit is None or 2 * hosts <= limit:
        return told
    text = (
        f"{hosts} namespaces with one neighbour each fill the kernel's neighbour table, which has {limit} "
        f"entries for all namespaces; then packets are lost at random. {more_neighbours(hosts, limit)}"
    )
    return [*told, text]


def _not_left_alone(state: State, wants: Wants, outcome: Outcome) -> list[str]:
    """Links of the host that others would take from the lab."""
    if state.managers is None:
        return []
    from . import link_managers  # noqa: PLC0415 - few hosts need it

    ours = [key for key, want in wants.items() if isinstance(key, LinkKey) and not key.netns and "kind" in want.attrs]
    return link_managers.advice(state.managers, link_managers.of_host(outcome.now, ours))


def more_neighbours(hosts: int, limit: int) -> str:
    """What to do where the kernel's neighbour table is too small for some hosts.

    :param hosts: the number of namespaces (int).
    :param limit: how many entries the kernel takes (int).
    """
    value = max(4 * hosts, 2 * limit)
    return (
        f"Raise it on this host: net.ipv4.neigh.default.gc_thresh3 (and gc_thresh2) = {value}, "
        f"for IPv6 net.ipv6 likewise."
    )


def _references(wants: Wants, now: Objects, standing: Collection[str]) -> None:
    """Every namespace, link and bridge that an entry speaks of is there, or will be.

    :param standing: the names of all namespaces that stand, those included that nobody asked for.
    """
    there = {""}
    for want in wants.values():
        if isinstance(want.key, (NetnsKey, PathKey)):
            continue
        netns = want.key.netns
        if netns in there or NetnsKey(netns) in now:
            there.add(netns)
        else:
            names = sorted({*standing, *(key.netns for key in now if isinstance(key, NetnsKey))} - {netns})
            more = f" and {len(names) - 8} more" if len(names) > 8 else ""
            found = f"no namespace of this name (there are: {', '.join(names[:8]) or 'none'}{more})"
            raise InvalidArgument(f"{want.where}.netns", f"an existing namespace {netns!r}", found, "Create it first.")
        option, dev = kind_of(want.key).needed_link(want)
        if option and dev and dev != "lo" and LinkKey(netns, dev) not in now:
            found = f"no link {dev!r} in {'namespace ' + netns if netns else 'the host namespace'}"
            raise InvalidArgument(f"{want.where}.{option}", "an existing link", found, "Create it first.")
        bridge = want.attrs.get("bridge") if isinstance(want.key, LinkKey) else None
        if bridge:
            _require_bridge(want, netns, bridge, now)


def _links(wants: Wants, state: State, outcome: Outcome) -> None:
    """What each kind of link has to say of those that are wanted, and of those that are made."""
    wanted = [want for want in wants.values() if isinstance(want.key, LinkKey)]
    for kind, some in _by_kind(wanted).items():
        link_kinds.of(kind).check(some, outcome.now)
    new = {change.key for step in outcome.steps for change in step.changes if change.before is None}
    for kind, some in _by_kind(want for want in wanted if want.key in new).items():
        link_kinds.of(kind).check_new(some, state)


def _by_kind(wanted: Iterable[Want]) -> dict[str, list[Want]]:
    found: dict[str, list[Want]] = defaultdict(list)
    for want in wanted:
        if want.attrs.get("kind") in link_kinds.LINKS:
            found[want.attrs["kind"]].append(want)
    return found


def _require_bridge(want: Want, netns: str, bridge: str, now: Objects) -> None:
    attrs = now.get(LinkKey(netns, bridge))
    if attrs is None or attrs["kind"] != "bridge":
        what = "nothing of this name" if attrs is None else f"a link of kind {attrs['kind'] or 'physical'}"
        found = f"{what} in {'namespace ' + netns if netns else 'the host namespace'}"
        raise InvalidArgument(f"{want.where}.bridge", f"an existing bridge {bridge!r}", found, "Create it first.")


def _gateways(wants: Wants, outcome: Outcome, to_come: Optional[dict[Any, str]]) -> None:
    """A gateway lies in a subnet of a link of the namespace, or on a route without a gateway.

    :param to_come: takes those that no link reaches, where one may be to come.
    """
    routes = [want for want in wants.values() if isinstance(want.key, RouteKey) and want.attrs.get("gateway")]
    if not routes:
        return
    asked = {want.key.netns for want in routes}
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, attrs in outcome.now.items():
        if isinstance(key, AddressKey) and key.netns in asked:
            found[key.netns].append((subnet(key.address), key.dev))
        elif isinstance(key, RouteKey) and key.netns in asked and not attrs.get("gateway") and attrs.get("dev"):
            found[key.netns].append((key.dst, attrs["dev"]))
    near = {netns: Subnets((parse_network(net), dev) for net, dev in found[netns]) for netns in asked}
    for want in routes:
        if _is_reached(want, near[want.key.netns]):
            continue
        error = _unreached(want, found[want.key.netns])
        if to_come is None:
            raise error
        gateway = want.attrs["gateway"]
        text = f"no link reaches the gateway {gateway} yet: this assumes that an earlier task takes care of that"
        to_come["gateway", want.key.netns, gateway] = text


def _is_reached(want: Want, near: Subnets) -> bool:
    """Whether a route's gateway lies in a subnet of a link, or needs not.

    :raises InvalidArgument: for a link-local one without a link.
    """
    gateway, dev = parse_interface(want.attrs["gateway"]).ip, want.attrs.get("dev")
    link_local = gateway.version == 6 and gateway.is_link_local
    if want.attrs.get("onlink") or (link_local and dev):
        return True
    if link_local:
        remedy = "Every link can have such addresses: set dev to the link of the gateway."
        raise InvalidArgument(f"{want.where}.gateway", "a dev next to it", f"{gateway}, without a dev", remedy)
    return any(dev is None or dev in subnet.devs for subnet in near.having(gateway))


def _unreached(want: Want, near: list[tuple[str, str]]) -> InvalidArgument:
    """What is wrong with a route's gateway that no link reaches."""
    gateway, dev = want.attrs["gateway"], want.attrs.get("dev")
    where = f"namespace {want.key.netns}" if want.key.netns else "the host namespace"
    links = ", ".join(f"{net} dev {link}" for net, link in near) or "none"
    on = f" on {dev}" if dev else ""
    return InvalidArgument(
        f"{want.where}.gateway",
        f"a gateway in a subnet of {where}{on}",
        f"{gateway}, which no link reaches (subnets there: {links})",
        "Correct the gateway, or give a link an address in its subnet.",
    )


def _ports(wants: Wants, now: Objects) -> None:
    masters = {(want.key.netns, want.attrs["bridge"]) for want in wants.values() if want.attrs.get("bridge")}
    if not masters:
        return
    count = Counter((key.netns, attrs.get("bridge")) for key, attrs in now.items() if isinstance(key, LinkKey))
    for netns, bridge in masters:
        if count[netns, bridge] > BRIDGE_PORTS_MAX:
            found = f"{count[netns, bridge]} ports"
            remedy = "Spread the veth pairs over several bridges."
            raise InvalidArgument(f"bridge {place(netns, bridge)}", f"at most {BRIDGE_PORTS_MAX} ports", found, remedy)


def _overlap(state: State, wants: Wants, outcome: Outcome) -> None:
    """A new subnet on the host must not hide what the host reaches through another link."""
    if not any(map(_is_of_host, wants)):
        return
    going = _reached(state.objects) - _reached(outcome.now)
    routes = [(dst, dev) for dst, dev in state.routes if LinkKey("", dev) in outcome.now and (dst, dev) not in going]
    stay = Subnets((net, dev) for dst, dev in routes if (net := parse_network(dst)).prefixlen)
    ours = [(key, want, parse_interface(key.address).network) for key, want in wants.items() if _is_of_host(key)]
    ours = [(key, want, net) for key, want, net in ours if not net.is_link_local]
    wanted = Subnets((net, key.dev) for key, _want, net in ours)
    looked_at: set[tuple[object, str]] = set()
    for place_, (key, want, net) in enumerate(ours):
        if key not in state.objects and (net, key.dev) not in looked_at:
            looked_at.add((net, key.dev))
            found = _first_other(stay.overlapping(net), key.dev, len(routes))
            if found is not None:
                raise _overlapping(want, net, f"a route of this host to {found[0]} by {found[1]}")
        found = _first_other(wanted.overlapping(net), key.dev, place_)
        if found is not None:
            raise _overlapping(want, net, f"{found[0]} on {found[1]} of the same definition")


def _is_of_host(key: Key) -> bool:
    return isinstance(key, AddressKey) and not key.netns


def _first_other(found: Iterable[Subnet], own: str, before: int) -> Optional[tuple[object, str]]:
    """The first subnet that another link leads to, with that link.

    :param found: where to look.
    :param own: the link that is no other (str).
    :param before: the place before which it was given (int).
    """
    others = ((place_, net, dev) for net, devs in found for dev, place_ in devs.items() if dev != own)
    first = min((other for other in others if other[0] < before), key=lambda other: other[0], default=None)
    return first and first[1:]


def _reached(objects: Objects) -> set[tuple[str, str]]:
    """What the host's links with their addresses and its routes reach, as (dst, dev)."""
    subnets = {(subnet(key.address), key.dev) for key in objects if isinstance(key, AddressKey) and not key.netns}
    routes = {
        (key.dst, attrs.get("dev"))
        for key, attrs in objects.items()
        if isinstance(key, RouteKey) and key[1:3] == ("", MAIN)
    }
    return subnets | routes


def _overlapping(want: Want, net: object, found: str) -> Conflict:
    remedy = "Traffic to it would be cut off: choose another subnet, or set allow_overlap if you mean it."
    return Conflict(want.where, f"the subnet {net} on {place('', want.key.dev)}", found, remedy)


def _management(protected: dict[str, str], outcome: Outcome) -> None:
    for step in outcome.steps:
        for change in step.changes:
            dev = None if change.key.netns else kind_of(change.key).host_link_changed(change)
            if dev is not None and dev in protected:
                raise _managed(step, dev, protected[dev])
    way_out.check(outcome.steps, outcome.now)


def _managed(step: Step, dev: str, reason: str) -> Conflict:
    return Conflict(
        f"{step.kind} {step.object}",
        f"to {step.action} it",
        f"{dev}, which {reason}",
        "This may cut you off: set allow_management if you mean it.",
    )
