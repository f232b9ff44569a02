# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lean rtnetlink: a socket that knows acks, batches and dumps, and the packing of attributes. rtnetlink(7).

Only what the language needs; kinds of links beyond it are written by pyroute2.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Container, Iterator
from typing import Optional

NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x01, 0x04, 0x300
NLM_F_REPLACE, NLM_F_EXCL, NLM_F_CREATE, NLM_F_APPEND = 0x100, 0x200, 0x400, 0x800

_NETLINK_NETFILTER = 12
_SOL_NETLINK, _EXT_ACK, _CAP_ACK, _STRICT_CHK = 270, 11, 10, 12
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_CAPPED, _NLM_F_ACK_TLVS, _NLMSGERR_ATTR_MSG = 0x100, 0x200, 1
_NLM_F_DUMP_INTR = 0x10
_HEADER = struct.Struct("=IHHII")
#: the head of an attribute: its length with this head, its type
ATTR = struct.Struct("=HH")
#: the type of an attribute without its flags (nested, byte order)
NLA_TYPE_MASK = 0x3FFF
#: an error begins with its number, then the head of the message that it is about
_ERROR_CODE = struct.Struct("=i")
_ERROR_SIZE = _ERROR_CODE.size + _HEADER.size
#: the kernel sends no more than half of this at once; memory for more would be mapped and unmapped for each answer
_BUFFER = 1 << 16
#: messages that go out in one send; their acks fit the socket's default receive buffer
_BATCH = 128
#: how often a dump is asked for while changes keep interrupting it
_DUMPS = 200

Error = tuple[int, str]


class NetlinkError(OSError):
    """The kernel's refusal: ``errno``, and ``strerror`` with its extended-ack text where it sent one."""


def attr(kind: int, payload: bytes) -> bytes:
    """One attribute, padded to four bytes.

    :param kind: the attribute's number (int).
    :param payload: its content (bytes).
    """
    size = len(payload)
    return ATTR.pack(size + ATTR.size, kind) + payload + b"\0" * (-size & 3)


def attr_u32(kind: int, value: int) -> bytes:
    """An attribute that holds 32 bits.

    :param kind: the attribute's number (int).
    :param value: the number that it holds (int).
    """
    return struct.pack("=HHI", 8, kind, value)


def attr_str(kind: int, value: str) -> bytes:
    """An attribute that holds a string with its closing zero.

    :param kind: the attribute's number (int).
    :param value: the text (str).
    """
    return attr(kind, value.encode() + b"\0")


def attrs(data: bytes, offset: int, wanted: Optional[Container[int]] = None) -> dict[int, bytes]:
    """The attributes of a message from an offset on, by number (the last of several alike).

    :param data: the message (bytes).
    :param offset: where the first attribute begins (int), in bytes.
    :param wanted: the numbers to keep (default: all); a link has forty, and few are looked at.
    """
    found = {}
    end, head, mask = len(data), ATTR.size, NLA_TYPE_MASK
    unpack = ATTR.unpack_from
    while offset + head <= end:
        size, kind = unpack(data, offset)
        if size < head:
            break
        kind &= mask
        if wanted is None or kind in wanted:
            found[kind] = data[offset + head : offset + size]
        offset += (size + 3) & ~3
    return found


def u32(data: bytes) -> int:
    """Read 32 bits of an attribute.

    :param data: the attribute's content (bytes).
    """
    return int(_U32.unpack_from(data)[0])


_U32 = struct.Struct("=I")


class Socket:
    """A route socket of the network namespace that the calling thread is in when it is made."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
        for option in (_EXT_ACK, _CAP_ACK, _STRICT_CHK):
            self._socket.setsockopt(_SOL_NETLINK, option, 1)
        self._seq = 0

    def close(self) -> None:
        """Give the descriptor back."""
        self._socket.close()

    def request(self, kind: int, payload: bytes, flags: int = 0) -> None:
        """Send one message and wait for its ack.

        :param kind: the message's type (int).
        :param payload: its body (bytes).
        :param flags: flags besides NLM_F_REQUEST and NLM_F_ACK (int).
        :raises NetlinkError: if the kernel refuses.
        """
        error = self.batch([(kind, payload, flags)])[0]
        if error is not None:
            raise NetlinkError(*error)

    def batch(self, messages: list[tuple[int, bytes, int]]) -> list[Optional[Error]]:
        """Send messages, as few sends as possible; the kernel goes on after one that it refuses.

        :param messages: (type, payload, flags) each.
        :returns: for each message None, or (errno, text).
        """
        results: list[Optional[Error]] = []
        for start in range(0, len(messages), _BATCH):
            results += self._batch(messages[start : start + _BATCH])
        return results

    def _batch(self, messages: list[tuple[int, bytes, int]]) -> list[Optional[Error]]:
        """Only the last message asks for an ack: the kernel works in order and tells of errors in any case."""
        first, last = self._seq + 1, self._seq + len(messages)
        parts = []
        for kind, payload, flags in messages:
            self._seq += 1
            asked = flags | NLM_F_REQUEST | (NLM_F_ACK if self._seq == last else 0)
            parts.append(_HEADER.pack(_HEADER.size + len(payload), kind, asked, self._seq, 0) + payload)
        self._socket.send(b"".join(parts))
        results: list[Optional[Error]] = [None] * len(messages)
        while True:
            for kind, seq, flags, body in self._receive():
                if kind != _NLMSG_ERROR or not first <= seq <= last:
                    continue
                code = -_ERROR_CODE.unpack_from(body)[0]
                if code:
                    results[seq - first] = (code, _reason(code, flags, body, _echoed(flags, body)))
                if seq == last:
                    return results

    def dump(self, kind: int, payload: bytes) -> list[bytes]:
        """Ask for everything of a kind, again where a change came between its parts, so that some may miss.

        :param kind: the message's type (int).
        :param payload: its body (bytes).
        :returns: the body of each message.
        :raises NetlinkError: if the kernel refuses, also in the middle; EAGAIN if changes never cease.
        """
        for _turn in range(_DUMPS):
            bodies, whole = self._dump(kind, payload)
            if whole:
                return bodies
        raise NetlinkError(errno.EAGAIN, f"the state kept changing: {_DUMPS} dumps were interrupted")

    def _dump(self, kind: int, payload: bytes) -> tuple[list[bytes], bool]:
        """One dump: the body of each message, and whether nothing changed meanwhile."""
        self._seq += 1
        self._socket.send(
            _HEADER.pack(_HEADER.size + len(payload), kind, NLM_F_REQUEST | NLM_F_DUMP, self._seq, 0) + payload
        )
        bodies: list[bytes] = []
        whole, own, head, unpack, receive = True, self._seq, _HEADER.size, _HEADER.unpack_from, self._socket.recv
        while True:
            data = receive(_BUFFER)
            offset, end = 0, len(data)
            while offset + head <= end:
                size, answer, flags, seq, _port = unpack(data, offset)
                if seq == own:
                    if flags & _NLM_F_DUMP_INTR:
                        whole = False
                    if answer in (_NLMSG_DONE, _NLMSG_ERROR):
                        _require_success(data[offset + head : offset + size], flags, answer == _NLMSG_DONE)
                        return bodies, whole
                    bodies.append(data[offset + head : offset + size])
                offset += (size + 3) & ~3

    def ask(self, kind: int, payload: bytes) -> bytes:
        """Ask for one thing and give its body.

        :param kind: the message's type (int).
        :param payload: its body (bytes).
        :raises NetlinkError: if the kernel refuses.
        """
        self._seq += 1
        self._socket.send(_HEADER.pack(_HEADER.size + len(payload), kind, NLM_F_REQUEST, self._seq, 0) + payload)
        while True:
            for answer, seq, flags, body in self._receive():
                if seq != self._seq:
                    continue
                if answer == _NLMSG_ERROR:
                    code = -_ERROR_CODE.unpack_from(body)[0]
                    raise NetlinkError(code, _reason(code, flags, body, _echoed(flags, body)))
                return body

    def _receive(self) -> Iterator[tuple[int, int, int, bytes]]:
        data = self._socket.recv(_BUFFER)
        offset, end = 0, len(data)
        while offset + _HEADER.size <= end:
            size, kind, flags, seq, _port = _HEADER.unpack_from(data, offset)
            yield kind, seq, flags, data[offset + _HEADER.size : offset + size]
            offset += (size + 3) & ~3


class NetfilterSocket(Socket):
    """The same for netfilter: its tables, its connection tracking."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_NETFILTER)
        self._seq = 0


def _require_success(body: bytes, flags: int, done: bool) -> None:
    """See that a dump came to its end.

    :param done: whether its last message is an ordinary end, which echoes nothing.
    :raises NetlinkError: if it did not.
    """
    code = -_ERROR_CODE.unpack_from(body)[0] if len(body) >= _ERROR_CODE.size else 0
    if code:
        raise NetlinkError(code, _reason(code, flags, body, _ERROR_CODE.size if done else _echoed(flags, body)))


def _echoed(flags: int, body: bytes) -> int:
    """Where the attributes of an error begin: behind the head of the message that it is about, or behind it all."""
    if flags & _NLM_F_CAPPED or len(body) < _ERROR_SIZE:
        return _ERROR_SIZE
    return _ERROR_CODE.size + (u32(body[_ERROR_CODE.size :]) + 3 & ~3)


def _reason(code: int, flags: int, body: bytes, offset: int) -> str:
    """The kernel's own words where it sent some, and those of errno.

    :param offset: where the attributes of the error begin.
    """
    text = os.strerror(code)
    if flags & _NLM_F_ACK_TLVS:
        message = attrs(body, offset).get(_NLMSGERR_ATTR_MSG)
        if message is not None:
            return f"{message.rstrip(bytes(1)).decode(errors='replace')} ({text})"
    return text
