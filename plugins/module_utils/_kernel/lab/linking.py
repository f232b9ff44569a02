# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, changes and removes links: cables born in their namespaces, bridges raised last, removal in one wait."""

from __future__ import annotations

import errno
import time
from collections import defaultdict
from contextlib import suppress
from functools import partial

from ..._engine.state import GOING, GROUP, Attrs, Change, Key
from ..._model.values import IPV6_MTU
from ..netlink import messages as rtnl
from ..netlink import netns, sysctl
from ..netlink.socket import NetlinkError
from ..system.refusals import refusal
from . import links, vxlan
from .session import Session

#: the MTU that a link is born with (ETH_DATA_LEN)
_ETHERNET_MTU = 1500
#: how long a link's name may stay taken after its namespace was removed by somebody else (s)
_NAME_WAIT = 1.0


def make(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Make and change links: bridges, cables, what is left of their ends. New bridges stay down.

    :param after: the attributes of every object that the run makes (for a cable's other end).
    """
    for change in _new(changes, "bridge"):
        _new_bridge(session, change)
    for change in _new(changes, "veth"):
        _new_veth(session, change, after)
    session.flush("")
    for change in _new(changes, "vxlan"):
        _new_vxlan(session, change)
    for change in changes:
        if change.before is not None:
            _change(session, change)


def finish(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Raise the new bridges, and give links the options that need them whole.

    A bridge is raised when all its ports are on and have their carriers: it looks at each of them once.

    :param after: as for :func:`make`.
    """
    for change in _new(changes, "bridge"):
        _raise_bridge(session, change)
    session.flush("")
    for change in changes:
        _options(session, change)
    for change in _new(changes, "veth"):
        key = ("link", *(change.after or {})["peer"])
        _options(session, Change(key, None, after[key]))
    _hold_mtus(session, changes, after)


def _hold_mtus(session: Session, changes: list[Change], after: dict[Key, Attrs]) -> None:
    """Give bridges the MTU that they are to have once more, for it may have given way to that of a port just set."""
    own = {change.key: change for change in changes}
    for key, attrs in after.items():
        if key[0] == "link" and attrs.get("bridge_mtu"):
            change = own.get(key) or Change(key, None, attrs)
            session.queue(key[1], rtnl.set_mtu(attrs["bridge"], attrs["bridge_mtu"]), change)


def with_new_bridges(changes: list[Change]) -> set[str]:
    """The namespaces whose new bridges :func:`finish` is to raise."""
    return {change.key[1] for change in _new(changes, "bridge")}


def _new(changes: list[Change], kind: str) -> list[Change]:
    return [change for change in changes if change.before is None and (change.after or {})["kind"] == kind]


def _new_bridge(session: Session, change: Change) -> None:
    """An MTU that is asked for is set by a change: one that a bridge was born with gives way to that of its ports."""
    _sort, name, link = change.key
    attrs = change.after or {}
    mtu = attrs.get("mtu")
    born = {**attrs, "mtu": _ETHERNET_MTU - 1 if mtu == _ETHERNET_MTU else None}
    session.queue(name, rtnl.new_bridge(link, born), change)
    if mtu is not None:
        session.queue(name, rtnl.set_mtu(link, mtu), change)
    session.flush(name)
    _settle(session, change)


def _raise_bridge(session: Session, change: Change) -> None:
    _sort, name, link = change.key
    _put_in_place(session, change)
    session.queue(name, rtnl.snoop(link), change)


def _put_in_place(session: Session, change: Change) -> None:
    """Give a new link of one end its bridge and raise it."""
    _sort, name, link = change.key
    attrs = change.after or {}
    if attrs.get("bridge"):
        session.queue(name, rtnl.set_master(link, session.index(name, attrs["bridge"])), change)
    if attrs["up"]:
        session.raise_link(name, link, change)


def _settle(session: Session, change: Change) -> None:
    """Say how a new link of one end makes its own IPv6 address, which has to be before it is raised."""
    _sort, name, link = change.key
    attrs = change.after or {}
    if attrs.get("addrgenmode"):
        session.queue(name, rtnl.set_gen_mode(link, attrs["addrgenmode"]), change)
    _without_dad(name, link, attrs)


def _new_veth(session: Session, change: Change, after: dict[Key, Attrs]) -> None:
    """One message makes both ends; then each end has what only a message of its own can give it."""
    _sort, name, link = change.key
    attrs = change.after or {}
    _peer_sort, peer_name, peer_link = peer_key = ("link", *attrs["peer"])
    peer = after[peer_key]
    descriptor = session.descriptor(peer_name) if peer_name != name else -1
    bridge = session.index(name, attrs["bridge"]) if attrs.get("bridge") else 0
    held = session.is_held(name, link)
    born = {**attrs, "up": False} if held else attrs
    _create(session, name, rtnl.new_veth(link, born, peer_link, peer, descriptor, bridge), change)
    if held and attrs["up"]:
        session.raise_link(name, link, change)
    if attrs.get("addrgenmode"):
        session.queue(name, rtnl.set_gen_mode(link, attrs["addrgenmode"]), change)
    _without_dad(name, link, attrs)
    _without_dad(peer_name, peer_link, peer)
    if peer.get("addrgenmode"):
        session.queue(peer_name, rtnl.set_gen_mode(peer_link, peer["addrgenmode"]), change)
    if peer.get("bridge"):
        session.queue(peer_name, rtnl.set_master(peer_link, session.index(peer_name, peer["bridge"])), change)
    if peer["up"]:
        session.raise_link(peer_name, peer_link, change)


def _new_vxlan(session: Session, change: Change) -> None:
    """Its far ends and its bridge can be given by its number only."""
    _sort, name, link = change.key
    attrs = change.after or {}
    dev = session.index(name, attrs["dev"]) if attrs.get("dev") else 0
    session.queue(name, vxlan.new(link, attrs, dev), change)
    session.flush(name)
    index = session.index(name, link)
    for message in vxlan.entries(index, {}, attrs, partial(session.index, name)):
        session.queue(name, message, change)
    _settle(session, change)
    _put_in_place(session, change)
    session.flush(name)


def _without_dad(name: str, link: str, attrs: Attrs) -> None:
    """Let a new link's own IPv6 address be good at once: nobody else can have it, and packets would wait for it."""
    if attrs.get("addrgenmode") == "none":
        return
    with netns.entered(name), suppress(FileNotFoundError):
        sysctl.write(f"net.ipv6.conf.{link.replace('.', '/')}.accept_dad", "0")


def _create(session: Session, name: str, message: rtnl.Message, change: Change) -> None:
    """Make a cable; wait for a name that a dying namespace still holds."""
    session.heed()
    deadline = time.monotonic() + _NAME_WAIT
    while True:
        try:
            session.socket(name).request(*message)
        except NetlinkError as exc:
            if exc.errno != errno.EEXIST or time.monotonic() > deadline:
                raise refusal(change, exc) from exc
            time.sleep(0.01)
            continue
        session.note(change)
        return


def _change(session: Session, change: Change) -> None:
    _sort, name, link = change.key
    before, after = change.before or {}, change.after or {}

    def differs(option: str) -> bool:
        return after.get(option) is not None and before.get(option) != after[option]

    if differs("mtu"):
        session.queue(name, rtnl.set_mtu(link, after["mtu"]), change)
        if before["mtu"] < IPV6_MTU <= after["mtu"] and after.get("addrgenmode"):
            session.queue(name, rtnl.set_gen_mode(link, after["addrgenmode"]), change)
    if differs("group"):
        session.queue(name, rtnl.set_group(session.index(name, link), after["group"]), change)
    if differs("mac"):
        session.queue(name, rtnl.set_mac(link, after["mac"]), change)
    if differs("addrgenmode"):
        session.queue(name, rtnl.set_gen_mode(link, after["addrgenmode"]), change)
    if differs("bridge"):
        bridge = session.index(name, after["bridge"]) if after["bridge"] else 0
        session.queue(name, rtnl.set_master(link, bridge), change)
    if differs("remotes") or differs("fdb"):
        for message in vxlan.entries(session.index(name, link), before, after, partial(session.index, name)):
            session.queue(name, message, change)
    if differs("up") and after["up"]:
        session.raise_link(name, link, change)
    elif differs("up"):
        session.queue(name, rtnl.set_up(link, False), change)


def _options(session: Session, change: Change) -> None:
    """The options of bridges and ports."""
    _sort, name, link = change.key
    port, bridge = _differing_options(change)
    if port:
        session.flush(name)
        session.queue(name, rtnl.set_port(session.index(name, link), port), change)
        session.flush(name)
    _bridge_places(session, change)
    if bridge:
        session.queue(name, rtnl.set_bridge(link, bridge), change)
        session.flush(name)


#: what a port that has just joined its bridge has, and a new bridge
_PORT_BORN = {"hairpin": False, "isolated": False, "learning": True, "flood": True}
_BRIDGE_BORN = {"stp": False, "vlan_filtering": False}


def _differing_options(change: Change) -> tuple[Attrs, Attrs]:
    """The options of a port and those of a bridge that a change sets; what it has already is left out."""
    before, after = change.before or {}, change.after or {}
    stays = change.before is not None and before.get("bridge") == after.get("bridge")
    found = []
    for names, had in (
        (rtnl.PORT_OPTIONS, before if stays else _PORT_BORN),
        (rtnl.BRIDGE_OPTIONS, _BRIDGE_BORN if change.before is None else before),
    ):
        found.append({name: after[name] for name in names if after.get(name) not in (None, had.get(name))})
    return found[0], found[1]


def _bridge_places(session: Session, change: Change) -> None:
    """What the bridge of a VXLAN port is to know of it; it has forgotten it where the port has changed bridges.

    An address that has become the bridge's own meanwhile is no longer an entry of the port.
    """
    _sort, name, link = change.key
    before, after = change.before or {}, change.after or {}
    wanted = set(after.get("bridge_fdb") or ())
    had = set(before.get("bridge_fdb") or ()) if before.get("bridge") == after.get("bridge") else set()
    if wanted == had or "bridge_fdb" not in after:
        return
    session.flush(name)
    index, route = session.index(name, link), session.socket(name)
    for remove, macs in ((True, sorted(had - wanted)), (False, sorted(wanted - had))):
        for error in route.batch([vxlan.bridge_entry(index, mac, remove) for mac in macs]):
            if error is not None and not (remove and error[0] == errno.ENOENT):
                raise refusal(change, NetlinkError(*error))
    session.note(change)


def remove(session: Session, changes: list[Change], known: dict[str, list[links.Link]]) -> None:
    """Remove links, those of one namespace in one wait of the kernel's: they are put into a group that is then removed.

    A link that is gone already is as good as removed.

    :param known: the links of namespaces that were just read; those of others are read now.
    """
    by_netns: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_netns[change.key[1]].append(change)
    for name, ours in by_netns.items():
        _remove_in(session, name, ours, known.get(name) or links.dump(session.socket(name), name))


def _remove_in(session: Session, name: str, changes: list[Change], standing: list[links.Link]) -> None:
    found = {link.name: link for link in standing}
    going = {change.key[2]: found[change.key[2]] for change in changes if change.key[2] in found}
    message = None
    if len(going) > 1:
        message = rtnl.del_group(_gather(session, name, changes, found))
    elif going:
        message = rtnl.del_link(next(iter(going.values())).index)
    if message is not None:
        session.heed()
        try:
            session.socket(name).request(*message)
        except NetlinkError as exc:
            if exc.errno != errno.ENODEV:
                raise refusal(changes[0], exc) from exc
    for change in changes:
        session.note(change)


def _gather(session: Session, name: str, changes: list[Change], found: dict[str, links.Link]) -> int:
    """Put links that are to go, and no others, into one group.

    :returns: the group.
    """
    leaving = {change.key[2] for change in changes}
    group = GROUP
    if {link.name for link in found.values() if link.attrs["group"] == GROUP} != leaving & set(found):
        taken = {link.attrs["group"] for link in found.values()}
        group = next(number for number in GOING if number not in taken)
    for change in changes:
        link = found.get(change.key[2])
        if link is None:
            continue
        if link.attrs["kind"] == "bridge":
            session.queue(name, rtnl.stop_snooping(link.index), change)
        if group != GROUP:
            session.queue(name, rtnl.set_group(link.index, group), change)
    session.flush(name)
    return group
