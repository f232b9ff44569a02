# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel answers: the words of its refusals, and dumps that it marks as interrupted."""

from __future__ import annotations

import errno
import struct
from ipaddress import IPv6Address, ip_address
from socket import AF_INET6, inet_ntop

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.address import AddressKey
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.refusals import refusal
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import messages
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import socket as netlink
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import NetlinkError, attr
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import privileges
from ansible_collections.netns.lab.plugins.module_utils._kernel.system.refusals import unread
from hypothesis import example, given
from hypothesis import strategies as st

_DONE, _ERROR, _LINK = 3, 2, 16
_MULTI, _INTERRUPTED, _CAPPED, _TLVS = 0x2, 0x10, 0x100, 0x200


class _Kernel:
    """Answers each request with the next of some answers; an answer is (type, flags, body) for each message."""

    def __init__(self, *answers: list[tuple[int, int, bytes]]) -> None:
        self.asked = 0
        self._answers = [*answers]
        self._waiting: list[bytes] = []

    def send(self, data: bytes) -> None:
        self.asked += 1
        (sequence,) = struct.unpack_from("=I", data, 8)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        # an answer in parts, as of a dump that is longer than one buffer
        self._waiting = [
            struct.pack("=IHHII", 16 + len(body), kind, flags, sequence, 0) + body for kind, flags, body in answer
        ]

    def recv(self, _size: int) -> bytes:
        return self._waiting.pop(0)


def _socket(*answers: list[tuple[int, int, bytes]]) -> tuple[netlink.Socket, _Kernel]:
    route, kernel = netlink.Socket.__new__(netlink.Socket), _Kernel(*answers)
    route._socket, route._seq = kernel, 0  # type: ignore[assignment]
    return route, kernel


_WHOLE = [(_LINK, _MULTI, b"one "), (_LINK, _MULTI, b"two "), (_DONE, _MULTI, b"\0\0\0\0")]
_EARLY = [(_LINK, _MULTI, b"one "), (_LINK, _MULTI | _INTERRUPTED, b"one "), (_DONE, _MULTI, b"\0\0\0\0")]
_LATE = [(_LINK, _MULTI, b"two "), (_DONE, _MULTI | _INTERRUPTED, b"\0\0\0\0")]


def test_an_interrupted_dump_is_asked_for_again() -> None:
    route, kernel = _socket(_EARLY, _LATE, _WHOLE)
    assert route.dump(18, b"") == [b"one ", b"two "]
    assert kernel.asked == 3


def test_a_dump_that_is_always_interrupted_comes_to_an_end() -> None:
    route, kernel = _socket(_LATE)
    with pytest.raises(NetlinkError, match="kept changing") as caught:
        route.dump(18, b"")
    assert caught.value.errno == errno.EAGAIN and kernel.asked == 200


_HEAD_OF_REQUEST = struct.pack("=IHHII", 22, 16, 0, 1, 0)
_WORDS = attr(3, b"\0\0\0\0") + attr(1, b"Device is not a bridge\0")


@pytest.mark.parametrize(
    ("kind", "flags", "echo"),
    [
        (_ERROR, _CAPPED | _TLVS, _HEAD_OF_REQUEST),
        (_ERROR, _TLVS, _HEAD_OF_REQUEST + b"123456\0\0"),
        (_DONE, _MULTI | _TLVS, b""),
    ],
    ids=["head", "whole", "end-of-a-dump"],
)
def test_the_kernels_own_words_come_first(kind: int, flags: int, echo: bytes) -> None:
    body = struct.pack("=i", -errno.EINVAL) + echo + _WORDS
    route, _kernel = _socket([(kind, flags, body)])
    with pytest.raises(NetlinkError) as caught:
        route.dump(18, b"")
    assert caught.value.strerror == "Device is not a bridge (Invalid argument)"
    if kind == _ERROR:
        route, _kernel = _socket([(kind, flags, body)])
        assert route.batch([(16, b"", 0)]) == [(errno.EINVAL, "Device is not a bridge (Invalid argument)")]
    bare, _kernel = _socket([(kind, flags & ~_TLVS, struct.pack("=i", -errno.EINVAL) + echo)])
    with pytest.raises(NetlinkError, match="Invalid argument"):
        bare.dump(18, b"")


@pytest.mark.parametrize(
    ("missing", "inside", "words"),
    [
        (["CAP_NET_ADMIN"], False, ("as root (become: true)", "CAP_NET_ADMIN")),
        ([], True, ("user namespace", "root of the host")),
        ([], False, ("security module", "seccomp")),
    ],
)
@pytest.mark.parametrize("code", [errno.EPERM, errno.EACCES])
def test_the_remedy_is_to_be_root_only_for_who_is_not(
    monkeypatch: pytest.MonkeyPatch, missing: list[str], inside: bool, words: tuple[str, str], code: int
) -> None:
    monkeypatch.setattr(privileges, "missing", lambda _needed: missing)
    monkeypatch.setattr(privileges, "in_user_namespace", lambda: inside)
    change = Change(AddressKey("", "eth0", "10.0.0.1/24"), None, {})
    for error in (refusal(change, OSError(code, "no")).error, unread("this", OSError(code, "no"))):
        assert all(word in error.remedy for word in words), error.remedy
        assert ("become" in error.remedy) == bool(missing)


@given(st.ip_addresses(v=6))
@example(ip_address("::1.2.3.4"))
@example(ip_address("::0.1.0.0"))
@example(ip_address("::ffff:0.0.0.0"))
@example(ip_address("::ffff"))
def test_an_address_has_one_text_with_every_libc(address: IPv6Address) -> None:
    """musl's own is another one for IPv4 in IPv6: there the model's is taken, which is glibc's."""
    own = inet_ntop(AF_INET6, address.packed)
    assert messages._text_of(AF_INET6, address.packed) == own == messages.unpacked(address.packed)
