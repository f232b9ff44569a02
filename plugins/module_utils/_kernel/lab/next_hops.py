# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Next hop objects that routes of others lead to: the kernel drops them with their link, and they are put back first.

One is told as ``[number, message, link]``: the message as hexadecimal text without the link, which is named beside it
(an empty text where there is none). A group comes after its members.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..netlink.messages import RTNH_F_ONLINK, Message
from ..netlink.socket import NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, NetlinkError, Socket, attr, attr_u32, attrs, u32

_NEW, _GET = 104, 106
_ID, _GROUP, _GROUP_TYPE, _BLACKHOLE, _OIF, _GATEWAY, _ENCAP_TYPE, _ENCAP, _FDB, _RES_GROUP = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    11,
    12,
)
#: what the kernel takes back of what it tells
_KEPT = (_ID, _GROUP, _GROUP_TYPE, _BLACKHOLE, _OIF, _GATEWAY, _ENCAP_TYPE, _ENCAP, _FDB, _RES_GROUP)
#: the time that a resilient group has been out of balance, among the attributes of one
_UNBALANCED_TIME = 4
#: family, scope, protocol, reserved, flags (struct nhmsg)
_HEAD = struct.Struct("=BBBBI")
_MEMBER = struct.Struct("=IBBH")
_NESTED = 0x8000

#: number, message, link
Hop = list[Any]


class NextHops:
    """The next hop objects of one namespace.

    :param route: a socket of the namespace.
    :param names: its links, by number.
    :raises OSError: if the kernel does not tell.
    """

    def __init__(self, route: Socket, names: Mapping[int, str]) -> None:
        self._names = names
        self._found = {u32(attrs(body, 8)[_ID]): body for body in route.dump(_GET, bytes(_HEAD.size))}

    def of(self, number: int) -> list[Hop]:
        """The object of a number, behind the members that it has as a group.

        :param number: the number (int).
        """
        body = self._found.get(number)
        if body is None:
            return []
        members = attrs(body, 8).get(_GROUP, b"")
        found = [hop for member, *_weight in _MEMBER.iter_unpack(members) for hop in self.of(member)]
        return [*found, self._told(number, body)]

    def _told(self, number: int, body: bytes) -> Hop:
        family, _scope, protocol, _reserved, flags = _HEAD.unpack_from(body)
        found = attrs(body, 8)
        raw = _HEAD.pack(family, 0, protocol, 0, flags & RTNH_F_ONLINK)
        for kind in _KEPT:
            if kind == _RES_GROUP and kind in found:
                inner = attrs(found[kind], 0)
                kept = b"".join(attr(each, data) for each, data in inner.items() if each != _UNBALANCED_TIME)
                raw += attr(kind | _NESTED, kept)
            elif kind == _ENCAP and kind in found:
                raw += attr(kind | _NESTED, found[kind])
            elif kind in found and kind != _OIF:
                raw += attr(kind, found[kind])
        return [number, raw.hex(), self._names.get(u32(found[_OIF]), "") if _OIF in found else ""]


def messages(hops: list[Hop], index: Callable[[str], int]) -> Iterator[Message]:
    """The messages that put next hop objects back, in order; those that stand may say so (EEXIST).

    A group may have lost some members while it stands: it is given all of them.

    :param hops: the next hop objects, members before their group.
    :param index: gives the number of a link.
    """
    for _number, raw, dev in hops:
        payload = bytes.fromhex(raw)
        is_group = _GROUP in attrs(payload, 8)
        payload += attr_u32(_OIF, index(dev)) if dev else b""
        yield _NEW, payload, NLM_F_CREATE | (NLM_F_REPLACE if is_group else NLM_F_EXCL)


def put_back(route: Socket, hops: list[Hop], index: Callable[[str], int]) -> None:
    """Put back those that are gone.

    :param route: a socket of rtnetlink in the namespace.
    :param hops: the next hop objects, members before their group.
    :param index: the index of a link by its name.
    :raises OSError: if the kernel refuses one.
    """
    errors = route.batch([*messages(hops, index)])
    wrong = next((error for error in errors if error is not None and error[0] != errno.EEXIST), None)
    if wrong is not None:
        raise NetlinkError(*wrong)
