# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""VXLAN interfaces: how they are created and read, and their remotes, which are entries of the forwarding database.

A frame to an unknown address goes to every remote (head-end replication): each is an entry for the MAC address
of zeros. An entry names the link that carries it, else the routing table would choose one. ip-link(8), bridge(8).
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Optional

from ...._engine.state import Attrs, Change, Key
from ...netlink.messages import (
    DELNEIGH,
    GETNEIGH,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    NDA_DST,
    NDA_IFINDEX,
    NDA_LLADDR,
    NDA_MASTER,
    NDMSG,
    NEWNEIGH,
    NTF_MASTER,
    NTF_SELF,
    NUD_NOARP,
    NUD_PERMANENT,
    Message,
    new_link,
    packed,
    unpacked,
)
from ...netlink.socket import (
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_REPLACE,
    NetlinkError,
    Socket,
    attr,
    attr_u32,
    attrs,
    u32,
)
from ..session import Session
from .kind import Differences, Link, LinkKind, Reading, nothing

_ID, _LINK, _LOCAL, _LEARNING, _PORT, _LOCAL6 = 1, 3, 4, 7, 15, 17
_ANYWHERE = "00:00:00:00:00:00"

#: the number of a link by its name
Index = Callable[[str], int]


def _new(name: str, state: dict[str, Any], dev: int) -> Message:
    """Create a VXLAN interface, down and without remotes.

    :param dev: index of the link that carries it; 0 for whichever the routes say.
    """
    local = packed(state["local"]) if state.get("local") else b""
    data = attr_u32(_ID, state["id"]) + attr(_PORT, struct.pack("!H", state["dstport"]))
    if local:
        data += attr(_LOCAL6 if len(local) == 16 else _LOCAL, local)
    if dev:
        data += attr_u32(_LINK, dev)
    if state.get("fdb_learning") is not None:
        data += attr(_LEARNING, bytes([state["fdb_learning"]]))
    info = attr(IFLA_INFO_KIND, b"vxlan") + attr(IFLA_INFO_DATA, data)
    return new_link(name, state, attr(IFLA_LINKINFO, info))


def _messages(index: int, before: dict[str, Any], after: dict[str, Any], of: Index) -> Iterator[Message]:
    """The messages that set the remotes and the static entries of a VXLAN interface; new ones first.

    :param index: index of the VXLAN interface (int).
    """
    dev = after.get("dev") or ""
    had, wanted = _entries(before), _entries(after)
    replaced = {mac for mac, _to in wanted} - {_ANYWHERE}
    for mac, to in sorted(wanted - had):
        flags = NLM_F_CREATE | (NLM_F_APPEND if mac == _ANYWHERE else NLM_F_REPLACE)
        yield NEWNEIGH, _entry(index, mac, to, dev, of), flags
    for mac, to in sorted(had - wanted):
        if mac not in replaced:
            yield DELNEIGH, _entry(index, mac, to, dev, of), 0


def _bridge_entry(index: int, mac: str, remove: bool) -> Message:
    """Add or remove a static entry on the bridge for a MAC address behind a VXLAN interface.

    :param index: index of the VXLAN interface (int).
    """
    head = NDMSG.pack(socket.AF_BRIDGE, index, NUD_NOARP, NTF_MASTER, 0)
    body = head + attr(NDA_LLADDR, bytes.fromhex(mac.replace(":", "")))
    return (DELNEIGH, body, 0) if remove else (NEWNEIGH, body, NLM_F_CREATE | NLM_F_REPLACE)


def _entries(state: dict[str, Any]) -> set[tuple[str, str]]:
    """The entries of a state, as (MAC, remote)."""
    places = {tuple(place) for place in state.get("fdb") or ()}
    return places | {(_ANYWHERE, remote) for remote in state.get("remotes") or ()}


def _entry(index: int, mac: str, to: str, dev: str, of: Index) -> bytes:
    address, _via, link = to.partition(" via ")
    link = link if _via else dev
    head = NDMSG.pack(socket.AF_BRIDGE, index, NUD_NOARP | NUD_PERMANENT, NTF_SELF, 0)
    body = attr(NDA_LLADDR, bytes.fromhex(mac.replace(":", ""))) + attr(NDA_DST, packed(address))
    return head + body + (attr_u32(NDA_IFINDEX, of(link)) if link not in ("", _NO_LINK) else b"")


#: how an entry without a link reads, though the VXLAN interface has one
_NO_LINK = "any"


def _decode(data: dict[int, bytes]) -> Attrs:
    """The attributes of a VXLAN interface; ``dev`` is still an index (0 for none)."""
    local = data.get(_LOCAL) or data.get(_LOCAL6)
    return {
        "id": u32(data[_ID]) if _ID in data else 0,
        "local": unpacked(local) if local and any(local) else None,
        "dstport": struct.unpack_from("!H", data[_PORT])[0],
        "dev": u32(data[_LINK]) if _LINK in data else 0,
        "fdb_learning": data.get(_LEARNING, b"\0")[0] != 0,
    }


def _look(links: list[Link], reading: Reading) -> None:
    for link in links:
        names, dev = reading.names[link.netns], link.attrs["dev"]
        link.attrs.update(_read_entries(reading.sockets[link.netns], link.index, dev, names.get))
        if not link.attrs["bridge"]:
            del link.attrs["bridge_fdb"]
        link.attrs["dev"] = names.get(dev)


def _read_entries(route: Socket, index: int, dev: int, name: Callable[[int], Optional[str]]) -> dict[str, Any]:
    """The remotes and static entries of a VXLAN interface, and those on its bridge; nothing learned; sorted.

    :param dev: the number of the link that carries it; an entry by another says so (``192.0.2.1 via eth1``).
    """
    remotes, places, bridge = [], [], set()
    for body in route.dump(GETNEIGH, NDMSG.pack(socket.AF_BRIDGE, index, 0, 0, 0)):
        _family, _index, state, _flags, _kind = NDMSG.unpack_from(body)
        entry = attrs(body, NDMSG.size)
        if NDA_MASTER in entry and state == NUD_NOARP:
            bridge.add(entry[NDA_LLADDR].hex(":"))
        if not state & NUD_PERMANENT or NDA_DST not in entry:
            continue
        to, mac = unpacked(entry[NDA_DST]), entry[NDA_LLADDR].hex(":")
        link = u32(entry[NDA_IFINDEX]) if NDA_IFINDEX in entry else 0
        if link != dev:
            to += f" via {name(link) or _NO_LINK}"
        if mac == _ANYWHERE:
            remotes.append(to)
        else:
            places.append([mac, to])
    return {"remotes": sorted(remotes), "fdb": sorted(places), "bridge_fdb": sorted(bridge)}


def _make(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    """Its remote ends and its bridge can be given by its number only."""
    from . import common  # noqa: PLC0415 - only who writes needs it

    _sort, name, link = change.key
    attrs = change.after or {}
    differs.take_all("id", "local", "dstport", "dev", "fdb_learning", "remotes", "fdb", *common.BORN_WITH)
    dev = session.index(name, attrs["dev"]) if attrs.get("dev") else 0
    session.queue(name, _new(link, attrs, dev), change)
    session.flush(name)
    _set_entries(session, change)
    common.settle(session, change, differs)
    common.put_in_place(session, change, differs)
    session.flush(name)


def _change(session: Session, change: Change, differs: Differences) -> None:
    if differs.take_all("remotes", "fdb"):
        _set_entries(session, change)


def _set_entries(session: Session, change: Change) -> None:
    _sort, name, link = change.key
    index = session.index(name, link)
    for message in _messages(index, change.before or {}, change.after or {}, partial(session.index, name)):
        session.queue(name, message, change)


def _finish(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    """What the bridge of a VXLAN port is to know of it; it has forgotten it where the port has changed bridges.

    An address that has become the bridge's own meanwhile is no longer an entry of the port.
    """
    from ..refusals import refusal  # noqa: PLC0415 - as above

    _sort, name, link = change.key
    before, after = change.before or {}, change.after or {}
    differs.take("bridge_fdb")
    wanted = set(after.get("bridge_fdb") or ())
    had = set(before.get("bridge_fdb") or ()) if before.get("bridge") == after.get("bridge") else set()
    if wanted == had or "bridge_fdb" not in after:
        return
    session.flush(name)
    index, route = session.index(name, link), session.socket(name)
    for remove, macs in ((True, sorted(had - wanted)), (False, sorted(wanted - had))):
        for error in route.batch([_bridge_entry(index, mac, remove) for mac in macs]):
            if error is not None and not (remove and error[0] == errno.ENOENT):
                raise refusal(change, NetlinkError(*error))
    session.note(change)


KIND = LinkKind(
    reads=frozenset({_ID, _LINK, _LOCAL, _LOCAL6, _LEARNING, _PORT}),
    decode=_decode,
    look=_look,
    require=nothing,
    make=_make,
    change=_change,
    finish=_finish,
    gather=nothing,
    raise_last=None,
)
