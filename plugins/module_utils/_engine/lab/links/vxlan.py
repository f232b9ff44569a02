# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN interfaces: the link that carries them, what is made anew, and the UDP port that they take. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Optional

from ...._model.errors import Conflict, InvalidArgument
from ...state import Attrs, Key, Objects, place
from ..host_state import State
from ..kinds.link import LinkKey
from .kind import LinkKind, made_with, named, nothing
from .lists import differing

if TYPE_CHECKING:
    from ..reconcile import Reconciler
    from ..want import Want

#: what a VXLAN frame adds, in bytes, over IPv4 and over IPv6: Ethernet, VXLAN, UDP, IP
OVERHEAD = (50, 70)
#: attributes that are lists of any length
_LONG = ("remotes", "fdb", "bridge_fdb")
#: the prefix lengths of addresses that stand alone
_ALONE = ("/32", "/128")


def _fill(want: Want, entry: Any, _end: Any, _seed: str) -> None:
    want.attrs.update(id=entry.id, local=entry.local, dstport=entry.dstport, remotes=list(entry.remotes))
    if entry.fdb is not None:
        want.attrs["fdb"] = [list(each) for each in entry.fdb]
    for name, value in (("dev", entry.dev), ("fdb_learning", entry.learning)):
        if value is not None:
            want.attrs[name] = value


def _prepare(want: Want, planner: Reconciler) -> None:
    _use_link_of_local(want, planner)
    _refuse_own_bridge(want)


def _use_link_of_local(want: Want, planner: Reconciler) -> None:
    """Bind a VXLAN interface without dev to the link that has its local address.

    An address that stands alone (/32, /128) is of the host as such, as in routed networks: the routes tell the link.

    :param planner: what is planned so far; an address that no link has it may take for one to come.
    :raises InvalidArgument: if no link of the namespace has that address, and none may be to come.
    """
    if "dev" in want.attrs:
        return
    local, netns = want.attrs["local"], want.key.netns
    carriers = sorted({(key.address, key.dev) for key in planner.with_host(netns, local)})
    if not carriers and planner.state.to_come is not None:
        text = f"no link has the local address {local} yet: this assumes that an earlier task adds it"
        planner.state.to_come["local", netns, local] = text
        want.attrs["dev"] = None
        return
    if not carriers:
        found = sorted({(key.address, key.host, key.dev) for key in planner.addresses_in(netns)})
        there = ", ".join(f"{host} dev {link}" for _text, host, link in found if link != "lo") or "none"
        raise InvalidArgument(
            f"{want.where}.local",
            f"an address of a link in {'namespace ' + netns if netns else 'the host namespace'}",
            f"{local}, which no link has (addresses there: {there})",
            "Give the address by which the other hosts reach this one.",
        )
    (text, link) = carriers[0]
    want.attrs["dev"] = None if text.endswith(_ALONE) else link


def _refuse_own_bridge(want: Want) -> None:
    """Refuse a VXLAN interface on the bridge that is its underlying link; the kernel says busy.

    :param want: the VXLAN interface, with its link.
    :raises InvalidArgument: if its link is its bridge.
    """
    dev = want.attrs.get("dev")
    if dev and dev == want.attrs.get("bridge"):
        raise InvalidArgument(
            f"{want.where}.bridge",
            "a bridge other than the underlying link",
            f"{dev}, which has its local address {want.attrs['local']}",
            "Set local to an address of the link by which the other hosts reach this one.",
        )


def _check(wants: list[Want], now: Objects) -> None:
    """Hold those that are wanted against the others of their namespaces and against the links that carry them.

    :raises Conflict: for an identifier and port that another one has; the kernel takes one.
    :raises InvalidArgument: for a packet size that does not fit.
    """
    users: dict[tuple[str, Any, Any], list[Key]] = defaultdict(list)
    for key, attrs in now.items():
        if isinstance(key, LinkKey) and attrs.get("kind") == "vxlan":
            users[key.netns, attrs.get("id"), attrs.get("dstport")].append(key)
    for want in wants:
        for key in users[want.key.netns, want.attrs["id"], want.attrs["dstport"]]:
            if key != want.key:
                found = f"vxlan {place(key.netns, key.name)}, which already uses it"
                remedy = "Give one of the two another id or dstport, on all their hosts."
                raise Conflict(f"{want.where}.id", f"{want.attrs['id']} used only once", found, remedy)
        _fits(want, now)


def _udp(attrs: Attrs) -> Optional[int]:
    port: Optional[int] = attrs.get("dstport")
    return port


def _check_new(wants: list[Want], state: State) -> None:
    """Hold the UDP ports of new ones against who has them: those of one kind share a port, nobody else does.

    :raises Conflict: for a port that a program, or a link of another kind, has.
    """
    looked_at: set[tuple[str, int]] = set()
    for want in wants:
        place_ = (want.key.netns, want.attrs["dstport"])
        if place_ not in looked_at:
            looked_at.add(place_)
            _check_port(want, state)


def _check_port(want: Want, state: State) -> None:
    netns, port = want.key.netns, want.attrs["dstport"]
    holders = state.udp.get((netns, port))
    if holders is None:
        return
    if not holders and not _shared(netns, port, state.objects):
        kinds = ((key, attrs.get("kind")) for key, attrs in state.objects.items() if isinstance(key, LinkKey))
        holders = [f"{kind} {place(key.netns, key.name)}" for key, kind in kinds if _has_port(key, kind, netns)]
    if holders:
        remedy = f"Stop it (ss -lunp sport = :{port}), or use another dstport on all hosts."
        raise Conflict(
            f"{want.where}.dstport", f"UDP port {port}", f"{', '.join(holders)}, which already uses it", remedy
        )


def _shared(netns: str, port: int, objects: Objects) -> bool:
    ours = (
        attrs
        for key, attrs in objects.items()
        if isinstance(key, LinkKey) and key.netns == netns and attrs.get("kind") == "vxlan"
    )
    return any(attrs.get("dstport") == port for attrs in ours)


#: kinds of links that have a UDP socket of their own
_WITH_SOCKETS = frozenset({"geneve", "wireguard", "bareudp", "gtp"})


def _has_port(key: Key, kind: Optional[str], netns: str) -> bool:
    return key.netns == netns and kind in _WITH_SOCKETS


def _fits(want: Want, now: Objects) -> None:
    mtu, carrier = want.attrs.get("mtu"), now.get(LinkKey(want.key.netns, want.attrs["dev"]), {})
    room = carrier.get("mtu")
    overhead = OVERHEAD[":" in want.attrs["local"]]
    if mtu is not None and room is not None and mtu > room - overhead:
        raise InvalidArgument(
            f"{want.where}.mtu",
            f"at most {room - overhead} bytes: {want.attrs['dev']} has an MTU of {room}, VXLAN adds {overhead}",
            str(mtu),
            "Lower it, or raise the MTU of the links between the hosts.",
        )


def _restorable(attrs: Attrs) -> bool:
    return bool(attrs.get("local"))


def _is_same(_key: Key, want: Optional[Want], attrs: Attrs, _seed: str) -> bool:
    """It is the only one of its identifier and port."""
    return want is not None and all(attrs.get(name) == want.attrs.get(name) for name in ("kind", "id", "dstport"))


def _told(name: str, found: Any, wanted: Any) -> Optional[str]:
    return differing(name, found, wanted) if name in _LONG else None


KIND = LinkKind(
    over="dev",
    first=False,
    long=_LONG,
    networkd="vxlan",
    fill=_fill,
    prepare=_prepare,
    anew=made_with("id", "local", "dstport", "dev", "fdb_learning"),
    check=_check,
    check_new=_check_new,
    restorable=_restorable,
    is_same=_is_same,
    udp=_udp,
    seizes=nothing,
    named=named,
    told=_told,
)
