# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules: the kernel's messages as attributes and back, and the rules of one priority in their order.

The kernel puts a new rule behind those of its priority, and a removal takes the first rule that has what the message
names, whatever else that one selects (``not`` it does not look at). So the rules of one priority are written as a
whole: what is to stand is appended, then the old ones are taken from the front. At no time does one of them miss.
"""

from __future__ import annotations

import socket
import struct
from collections import defaultdict
from functools import lru_cache
from typing import Optional

from ..._engine.lab.kinds import rule as policy_rules
from ..._engine.lab.kinds.rule import RuleKey
from ..._engine.state import Attrs, Change, Key, Objects
from ..netlink.messages import packed, unpacked
from ..netlink.socket import NLM_F_CREATE, NLM_F_EXCL, NetlinkError, Socket, attr, attr_str, attr_u32, attrs, u32
from .refusals import refusal
from .session import Session

NEWRULE, DELRULE, GETRULE = 32, 33, 34

_DST, _SRC, _IIF, _GOTO, _PRIORITY, _FWMARK, _FLOW, _TUN_ID = 1, 2, 3, 4, 6, 10, 11, 12
_SUPPRESS_IFGROUP, _SUPPRESS_PREFIXLEN, _TABLE, _FWMASK, _OIF, _PAD, _L3MDEV = 13, 14, 15, 16, 17, 18, 19
_UID_RANGE, _PROTOCOL, _IP_PROTO, _SPORT, _DPORT, _DSCP = 20, 21, 22, 23, 24, 25
#: attributes that the model has a word for, and those that say nothing
_PLAIN = frozenset({0, _DST, _SRC, _IIF, _PRIORITY, _FWMARK, _TABLE, _FWMASK, _PAD, _PROTOCOL})
_TO_TABLE, _INVERT = 1, 0x2
_ACTIONS = {2: "goto", 3: "nop", 6: "blackhole", 7: "unreachable", 8: "prohibit"}
#: flags that tell of a rule's moment (a target or a link that is not there), not of the rule
_MOMENT = 0x4 | 0x8 | 0x10
_HEAD = struct.Struct("=BBBBBBBBI")
_ALL = 0xFFFFFFFF


def read(route: Socket, netns: str, objects: Objects) -> None:
    """Read a namespace's rules into objects.

    :param route: a socket of the namespace.
    :param netns: the namespace's name (str), ``""`` for the host's.
    :param objects: takes what is found.
    """
    slots: dict[tuple[bool, int], list[Attrs]] = defaultdict(list)
    for body in route.dump(GETRULE, _HEAD.pack(socket.AF_UNSPEC, *[0] * 8)):
        if body[0] in (socket.AF_INET, socket.AF_INET6):  # multicast routing has rules too
            priority, found = _known(body)
            slots[body[0] == socket.AF_INET6, priority].append({**found})
    for (six, priority), standing in sorted(slots.items(), key=lambda item: item[0]):
        objects.update(policy_rules.seated(RuleKey(netns, six, priority), standing))


def _dump(route: Socket, six: bool) -> list[tuple[int, Attrs]]:
    family = socket.AF_INET6 if six else socket.AF_INET
    return [decode(body) for body in route.dump(GETRULE, _HEAD.pack(family, *[0] * 8))]


@lru_cache(maxsize=64)
def _known(body: bytes) -> tuple[int, Attrs]:
    """A rule that was met before, byte for byte, as it was decoded then: every namespace is born with the same five."""
    return decode(body)


# -- messages --------------------------------------------------------------------------------------------------------


def decode(body: bytes) -> tuple[int, Attrs]:
    """A rule as the kernel tells of it.

    :param body: the message (bytes), without its header.
    :returns: its priority and its attributes. Where they do not say all, ``raw`` has the whole as hexadecimal text,
        and ``text`` says it in the words of ip-rule(8).
    """
    _family, to_length, from_length, tos, near, _res1, _res2, action, flags = _HEAD.unpack_from(body)
    found = attrs(body, _HEAD.size)
    flags &= ~_MOMENT
    state: Attrs = {
        "from": f"{unpacked(found[_SRC])}/{from_length}" if _SRC in found else None,
        "to": f"{unpacked(found[_DST])}/{to_length}" if _DST in found else None,
        "iif": _name(found[_IIF]) if _IIF in found else None,
        "fwmark": _mark(found),
        "table": u32(found[_TABLE]) if _TABLE in found else near,
        "protocol": found[_PROTOCOL][0] if _PROTOCOL in found else 0,
        "raw": None,
    }
    if action != _TO_TABLE or flags or tos or not state["table"] or not _is_plain(found, state):
        state["raw"] = (_HEAD.pack(*body[:4], near, 0, 0, action, flags) + body[_HEAD.size :]).hex()
        state["text"] = _text(state, found, action, flags, tos)
    return u32(found[_PRIORITY]) if _PRIORITY in found else 0, state


def _is_plain(found: dict[int, bytes], state: Attrs) -> bool:
    """Whether the model has a word for all that a rule selects."""
    rest = {number for number in found if number not in _PLAIN}
    if _SUPPRESS_PREFIXLEN in rest and u32(found[_SUPPRESS_PREFIXLEN]) == _ALL:
        rest.discard(_SUPPRESS_PREFIXLEN)
    return not rest and all(text is None or _is_prefix(text) for text in (state["from"], state["to"]))


def _is_prefix(text: str) -> bool:
    """Whether a prefix has no host bits; the kernel keeps those that it was given."""
    host, _slash, length = text.partition("/")
    data = packed(host)
    return int.from_bytes(data, "big") & ((1 << (8 * len(data) - int(length))) - 1) == 0


def _mark(found: dict[int, bytes]) -> Optional[str]:
    mark, mask = (u32(found[number]) if number in found else 0 for number in (_FWMARK, _FWMASK))
    if not mark and not mask:
        return None
    return hex(mark) if mask == _ALL else f"{mark:#x}/{mask:#x}"


def _name(data: bytes) -> str:
    return data.rstrip(b"\0").decode(errors="surrogateescape")


def _pair(data: bytes, form: str) -> str:
    first, last = struct.unpack_from(form, data)
    return str(first) if first == last else f"{first}-{last}"


def _text(state: Attrs, found: dict[int, bytes], action: int, flags: int, tos: int) -> str:
    """A rule in the words of ip-rule(8)."""
    words = ["not"] if flags & _INVERT else []
    words += ["from", state["from"] or "all"]
    words += ["to", state["to"]] if state["to"] else []
    words += [f"tos {tos:#04x}"] if tos else []
    words += [f"dscp {found[_DSCP][0]}"] if _DSCP in found else []
    words += ["fwmark", state["fwmark"]] if state["fwmark"] else []
    words += ["iif", state["iif"]] if state["iif"] else []
    words += ["oif", _name(found[_OIF])] if _OIF in found else []
    words += [f"uidrange {_pair(found[_UID_RANGE], '=II')}"] if _UID_RANGE in found else []
    words += [f"ipproto {found[_IP_PROTO][0]}"] if _IP_PROTO in found else []
    for number, word in ((_SPORT, "sport"), (_DPORT, "dport")):
        words += [f"{word} {_pair(found[number], '=HH')}"] if number in found else []
    words += [f"tun_id {int.from_bytes(found[_TUN_ID], 'big')}"] if _TUN_ID in found else []
    words += [_action(state, found, action)]
    for number, word in ((_SUPPRESS_PREFIXLEN, "suppress_prefixlength"), (_SUPPRESS_IFGROUP, "suppress_ifgroup")):
        words += [f"{word} {u32(found[number])}"] if number in found and u32(found[number]) != _ALL else []
    if _FLOW in found:
        words.append(f"realms {u32(found[_FLOW]) >> 16}/{u32(found[_FLOW]) & 0xFFFF}")
    words += [f"attribute {number}: {found[number].hex()}" for number in sorted(found) if number > _DSCP]
    return " ".join(words)


def _action(state: Attrs, found: dict[int, bytes], action: int) -> str:
    if found.get(_L3MDEV, b"\0")[0]:
        return "lookup [l3mdev-table]"
    if action == _TO_TABLE:
        return f"lookup {policy_rules.table_text(state['table'])}"
    if _GOTO in found:
        return f"goto {u32(found[_GOTO])}"
    return _ACTIONS.get(action, f"action {action}")


def encode(six: bool, priority: int, attrs_: Attrs) -> bytes:
    """A rule's message: what :func:`decode` read, bit for bit where it is raw.

    :param six: whether it is of IPv6 (bool).
    :param priority: the rule's priority (int).
    :param attrs_: the rule's attributes.
    """
    if attrs_.get("raw"):
        return bytes.fromhex(attrs_["raw"])
    ends = []
    lengths = []
    for name, number in (("to", _DST), ("from", _SRC)):
        host, _slash, length = (attrs_.get(name) or "/0").partition("/")
        lengths.append(int(length))
        ends.append(attr(number, packed(host)) if int(length) else b"")
    table = attrs_["table"]
    near = table if table < 256 else 0
    family = socket.AF_INET6 if six else socket.AF_INET
    payload = _HEAD.pack(family, *lengths, 0, near, 0, 0, _TO_TABLE, 0) + b"".join(ends)
    payload += attr_u32(_PRIORITY, priority) + attr_u32(_TABLE, table)
    if attrs_.get("iif"):
        payload += attr_str(_IIF, attrs_["iif"])
    if attrs_.get("fwmark"):
        mark, _slash, mask = attrs_["fwmark"].partition("/")
        payload += attr_u32(_FWMARK, int(mark, 0)) + attr_u32(_FWMASK, int(mask, 0) if mask else _ALL)
    return payload + attr(_PROTOCOL, bytes([attrs_["protocol"]]))


# -- writing ---------------------------------------------------------------------------------------------------------


def apply(session: Session, changes: list[Change]) -> None:
    """Carry out changes of rules, those of one priority together.

    :param session: what sends messages and notes what was made.
    :param changes: the changes.
    :raises Refused: with the first change of a priority whose rules are not as they were read, or that the kernel
        refuses. The rules of that priority are as before then.
    """
    slots: dict[Key, list[Change]] = defaultdict(list)
    for change in changes:
        slots[change.key._replace(number=0)].append(change)
    standing: dict[Key, dict[int, list[Attrs]]] = {}
    for key, ours in slots.items():
        netns, six, priority = key.netns, key.six, key.priority
        if (netns, six) not in standing:
            standing[netns, six] = defaultdict(list)
            for number, found in _dump(session.socket(netns), six):
                standing[netns, six][number].append(found)
        now = standing[netns, six][priority]
        try:
            _rewrite(session.socket(netns), six, priority, now, policy_rules.after(now, ours))
        except OSError as exc:
            raise refusal(ours[0], exc) from exc
        for change in ours:
            session.note(change)


def _rewrite(route: Socket, six: bool, priority: int, now: list[Attrs], then: list[Attrs]) -> None:
    """Bring the rules of one priority to what is to stand, in order.

    :raises OSError: if the kernel refuses one.
    """
    alike = [policy_rules.same(one, other) for one, other in zip(now, then)]
    new, old = [[encode(six, priority, each) for each in rules] for rules in (then, now)]
    if len(new) >= len(old) and all(alike):
        exclusive = NLM_F_CREATE if old else NLM_F_CREATE | NLM_F_EXCL
        _send(route, NEWRULE, new[len(old) :], exclusive)
    elif all(policy_rules.same(one, other) for one, other in zip(now[-len(then) :] if then else [], then)):
        _send(route, DELRULE, old[: len(old) - len(new)])
    else:
        try:
            _send(route, NEWRULE, new, NLM_F_CREATE)
        except _Stopped as stopped:
            first = alike.index(False) if False in alike else len(alike)
            if stopped.sent > first:
                stopped.strerror = f"{stopped.strerror}; rules of this priority stand twice now"
                raise
            _send(route, NEWRULE, old[stopped.sent :], NLM_F_CREATE)
            _send(route, DELRULE, old)
            raise
        _send(route, DELRULE, old)


class _Stopped(NetlinkError):
    """A refusal after some messages: ``sent`` is their number."""

    sent = 0


def _send(route: Socket, kind: int, payloads: list[bytes], flags: int = 0) -> None:
    """Send messages one by one: none goes out after one that was refused."""
    for number, payload in enumerate(payloads):
        error = route.batch([(kind, payload, flags)])[0]
        if error is not None:
            stopped = _Stopped(*error)
            stopped.sent = number
            raise stopped
