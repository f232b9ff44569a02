# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other ends of veth pairs: found where all links have the same numbers, and with requests as many as pairs."""

from __future__ import annotations

import struct
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links import veth
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links.kind import Link, Reading
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import messages
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr, attr_str, attrs, u32

_NETNSA_NSID, _NETNSA_FD = 1, 3
_INDEX = 2


class _Namespaces:
    """Namespaces of one link each, all of the same number, with their peers by name; it counts what it is asked."""

    def __init__(self, peers: dict[str, str], mac: Optional[str] = None) -> None:
        self.peers, self.requests = peers, 0
        self.names = [*peers]
        self.links = [
            Link(name, "eth0", _INDEX, 0, _INDEX, 0, {"mac": mac or f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"})
            for n, name in enumerate(peers)
        ]

    def reading(self, without: frozenset[str] = frozenset()) -> tuple[list[Link], Reading]:
        """What is read, some namespaces left out."""
        sockets: Any = {name: _Socket(self, name) for name in self.names}
        descriptors: Any = {name: number for number, name in enumerate(self.names)}
        return [link for link in self.links if link.netns not in without], Reading(sockets, descriptors, {})


class _Socket:
    def __init__(self, kernel: _Namespaces, name: str) -> None:
        self._kernel, self._name = kernel, name

    def ask(self, kind: int, payload: bytes) -> bytes:
        """Every namespace knows its peer by the number 0, and no other."""
        kernel, peer = self._kernel, self._kernel.peers[self._name]
        kernel.requests += 1
        if kind == messages.GETNSID:
            asked = kernel.names[u32(attrs(payload, 4)[_NETNSA_FD])]
            return bytes(4) + attr(_NETNSA_NSID, struct.pack("=i", 0 if asked == peer else -1))
        assert kind == messages.GETLINK
        assert u32(attrs(payload, messages.IFINFOMSG.size)[messages.IFLA_TARGET_NETNSID]) == 0
        link = kernel.links[kernel.names.index(peer)]
        head = messages.IFINFOMSG.pack(0, 0, link.index, 0, 0)
        mac = attr(messages.IFLA_ADDRESS, bytes.fromhex(link.attrs["mac"].replace(":", "")))
        return head + attr_str(messages.IFLA_IFNAME, link.name) + mac


def _pairs(count: int) -> dict[str, str]:
    return {f"{one}{n}": f"{other}{n}" for one, other in ("ab", "ba") for n in range(count)}


@pytest.mark.parametrize("count", [1, 10, 200])
def test_the_other_end_is_found_with_two_requests_a_pair(count: int) -> None:
    kernel = _Namespaces(_pairs(count))
    links, reading = kernel.reading()
    veth.KIND.look(links, reading)
    assert {link.netns: link.attrs["peer"] for link in links} == {
        name: [peer, "eth0"] for name, peer in kernel.peers.items()
    }
    assert kernel.requests <= 2 * count


def test_links_that_look_alike_are_told_apart_by_their_namespaces() -> None:
    kernel = _Namespaces(_pairs(5), mac="02:00:00:00:00:01")
    links, reading = kernel.reading()
    veth.KIND.look(links, reading)
    assert all(link.attrs["peer"] == [kernel.peers[link.netns], "eth0"] for link in links)


def test_a_peer_that_was_not_read_is_none_of_those_that_were() -> None:
    kernel = _Namespaces(_pairs(20))
    links, reading = kernel.reading(frozenset({"b3"}))
    veth.KIND.look(links, reading)
    found = {link.netns: link.attrs["peer"] for link in links}
    assert found["a3"] is None
    assert found["a4"] == ["b4", "eth0"]
