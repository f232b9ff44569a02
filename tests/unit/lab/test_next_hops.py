# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Next hop objects as the kernel tells them, and the messages that put them back."""

from __future__ import annotations

import errno
import struct
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import next_hops
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import (
    NetlinkError,
    attr,
    attr_u32,
    attrs,
)

GROUP, OIF, GATEWAY = 2, 5, 6
LINK_DOWN = 16
NAMES = {3: "v0", 9: "w0"}


def body(number: int, *parts: bytes, scope: int = 253, flags: int = LINK_DOWN) -> bytes:
    return struct.pack("=BBBBI", 2, scope, 4, 0, flags) + attr_u32(1, number) + b"".join(parts)


def group(*members: int) -> bytes:
    return attr(GROUP, b"".join(struct.pack("=IBBH", member, 2, 0, 0) for member in members)) + attr(3, bytes(2))


class Kernel:
    """A socket of a kernel that has some objects."""

    def __init__(self, *found: bytes, errors: Optional[list[Any]] = None) -> None:
        self._found, self._errors = found, errors or []
        self.sent: list[tuple[int, bytes, int]] = []

    def dump(self, _kind: int, _payload: bytes) -> list[bytes]:
        return [*self._found]

    def batch(self, messages: list[tuple[int, bytes, int]]) -> list[Any]:
        self.sent += messages
        return self._errors or [None] * len(messages)


def test_a_group_comes_behind_its_members_and_links_have_the_numbers_of_now() -> None:
    gateway = attr(GATEWAY, bytes([192, 0, 2, 9]))
    one, other = body(5, attr_u32(OIF, 3), gateway), body(6, attr_u32(OIF, 9), attr(12, b""))
    hops = next_hops.NextHops(Kernel(body(7, group(5, 6), scope=0), one, other), NAMES)  # type: ignore[arg-type]
    assert [(number, dev) for number, _raw, dev in hops.of(7)] == [(5, "v0"), (6, "w0"), (7, "")]
    assert hops.of(4) == []
    kernel = Kernel()
    next_hops.put_back(kernel, hops.of(7), {"v0": 30, "w0": 90}.__getitem__)  # type: ignore[arg-type]
    payloads = [payload for _kind, payload, _flags in kernel.sent]
    assert [payload[:8] for payload in payloads] == [struct.pack("=BBBBI", 2, 0, 4, 0, 0)] * 3
    assert [attrs(payload, 8).get(OIF) for payload in payloads] == [struct.pack("=I", 30), struct.pack("=I", 90), None]
    assert attrs(payloads[0], 8)[GATEWAY] == bytes([192, 0, 2, 9])
    assert attrs(payloads[2], 8)[GROUP] == attrs(group(5, 6), 0)[GROUP]
    assert [flags for _kind, _payload, flags in kernel.sent] == [0x600, 0x600, 0x500]


@pytest.mark.parametrize(
    ("errors", "fails"),
    [
        ([None], False),
        ([(errno.EEXIST, "there")], False),
        ([(errno.ENETDOWN, "Carrier for nexthop device is down")], True),
    ],
)
def test_what_stands_is_no_error_and_all_else_is(errors: list[Any], fails: bool) -> None:
    hops = next_hops.NextHops(Kernel(body(5, attr_u32(OIF, 3))), NAMES).of(5)  # type: ignore[arg-type]
    kernel: Any = Kernel(errors=errors)
    if fails:
        with pytest.raises(NetlinkError, match="Carrier"):
            next_hops.put_back(kernel, hops, lambda _dev: 3)
    else:
        next_hops.put_back(kernel, hops, lambda _dev: 3)
