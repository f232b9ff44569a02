# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is particular to tunnels: the link that carries them, and what cannot be changed once they are laid. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .._model.errors import Conflict, InvalidArgument
from .state import Attrs, Key, Objects, place
from .wanted import Want, Wants

#: what a VXLAN frame adds, in bytes, over IPv4 and over IPv6: Ethernet, VXLAN, UDP, IP
OVERHEAD = (50, 70)
#: what a tunnel is made with; its far ends and what any link has can be changed
_MADE_WITH = ("id", "local", "dstport", "dev")


def use_link_of_local(want: Want, keys: Iterable[Key]) -> None:
    """Lay a tunnel for which no link is named over the link that has its local address, and over no other.

    :param keys: what stands and what is wanted.
    :raises InvalidArgument: if no link of the namespace has that address.
    """
    if "dev" in want.attrs:
        return
    local, netns = want.attrs["local"], want.key[1]
    of_links = sorted({(key[3].partition("/")[0], key[2]) for key in keys if key[:2] == ("address", netns)})
    dev = next((link for address, link in of_links if address == local), None)
    if dev is None:
        there = ", ".join(f"{address} dev {link}" for address, link in of_links if link != "lo") or "none"
        raise InvalidArgument(
            f"{want.where}.local",
            f"an address of a link in {'namespace ' + netns if netns else 'the host namespace'}",
            f"{local}, which no link has (addresses there: {there})",
            "Give the address by which the other hosts reach this one.",
        )
    want.attrs["dev"] = dev


def made_otherwise(want: Want, attrs: Attrs) -> list[str]:
    """The names of what a tunnel that stands was made with and that is wanted otherwise."""
    return [name for name in _MADE_WITH if name in want.attrs and attrs.get(name) != want.attrs[name]]


def check(wants: Wants, now: Objects) -> None:
    """Hold the tunnels that are wanted against the others and against the links that carry them.

    :raises Conflict: for an identifier and port that another tunnel of the namespace has; the kernel takes one.
    :raises InvalidArgument: for a packet size that does not fit.
    """
    for want in wants.values():
        if want.attrs.get("kind") != "vxlan":
            continue
        for key, attrs in _others(want.key, now):
            if (attrs.get("id"), attrs.get("dstport")) == (want.attrs["id"], want.attrs["dstport"]):
                found = f"vxlan {place(key[1], key[2])}, which has it"
                remedy = "Give one of the two another id or dstport, on all their hosts."
                raise Conflict(f"{want.where}.id", f"{want.attrs['id']} for this tunnel alone", found, remedy)
        _fits(want, now)


def _fits(want: Want, now: Objects) -> None:
    mtu, carrier = want.attrs.get("mtu"), now[("link", want.key[1], want.attrs["dev"])]
    room = carrier.get("mtu")
    overhead = OVERHEAD[":" in want.attrs["local"]]
    if mtu is not None and room is not None and mtu > room - overhead:
        raise InvalidArgument(
            f"{want.where}.mtu",
            f"at most {room - overhead} bytes: {want.attrs['dev']} takes {room}, a frame of the tunnel adds {overhead}",
            str(mtu),
            "Lower it, or raise the MTU of the links between the hosts.",
        )


def _others(own: Key, now: Objects) -> Iterator[tuple[Key, Attrs]]:
    for key, attrs in now.items():
        if key[0] == "link" and key[1] == own[1] and key != own and attrs.get("kind") == "vxlan":
            yield key, attrs
