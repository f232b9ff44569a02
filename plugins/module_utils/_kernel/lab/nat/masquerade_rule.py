# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A masquerade as a rule of nf_tables: from the expressions that the kernel keeps to what the rule is about."""

from __future__ import annotations

import socket
from typing import Any, Optional

from ...._engine.lab.nat.table import EVERYTHING
from ...._model.addressing import collapsed
from ...netlink.messages import ntop
from ...netlink.nf_tables import Rule
from ...netlink.socket import attrs

_EQUAL, _NOT_EQUAL = 0, 1
_NETWORK_HEADER = 1
#: what is loaded by meta, by number (enum nft_meta_keys)
_META_KEYS = {7: "oifname", 15: "nfproto"}
_FAMILIES = {2: "ip", 10: "ip6"}
#: where the addresses lie in the header of the network layer, and how long they are
_FIELDS = {("ip", 12): ("saddr", 4), ("ip", 16): ("daddr", 4), ("ip6", 8): ("saddr", 16), ("ip6", 24): ("daddr", 16)}

_Parts = dict[int, bytes]


def masquerade(rule: Rule) -> Optional[tuple[str, str, list[str]]]:
    """A rule as (source, out interface, exclusions); None if it is not one that the collection would make.

    :param rule: the rule.
    """
    if rule.chain != "postrouting" or not rule.expressions or rule.expressions[-1] != ("masq", {}):
        return None
    matches = _Matches()
    for name, parts in rule.expressions[:-1]:
        step = {"meta": matches.meta, "payload": matches.payload, "bitwise": matches.bitwise, "cmp": matches.cmp}
        if name not in step or not step[name](parts):
            return None
    if not matches.family:
        return None
    return matches.source or EVERYTHING[matches.family], matches.out, collapsed(matches.exclude)


class _Matches:
    """What the expressions of a rule compare; each method says whether it knows its expression."""

    def __init__(self) -> None:
        self.source, self.out, self.family = "", "", ""
        self.exclude: list[str] = []
        #: what is in each register: "oifname", "nfproto", or (offset, mask) of the network header
        self._registers: dict[int, Any] = {}

    def meta(self, parts: _Parts) -> bool:
        """NFTA_META_DREG, NFTA_META_KEY."""
        key = _META_KEYS.get(_number(parts.get(2, b"")))
        self._registers[_number(parts.get(1, b""))] = key
        return key is not None

    def payload(self, parts: _Parts) -> bool:
        """NFTA_PAYLOAD_DREG, _BASE, _OFFSET, _LEN."""
        register, base, offset, size = (_number(parts.get(kind, b"")) for kind in (1, 2, 3, 4))
        self._registers[register] = (offset, b"\xff" * size)
        return base == _NETWORK_HEADER

    def bitwise(self, parts: _Parts) -> bool:
        """NFTA_BITWISE_SREG, _DREG, _LEN, _MASK, _XOR, _OP."""
        loaded = self._registers.get(_number(parts.get(1, b"")))
        if not isinstance(loaded, tuple) or any(_value(parts.get(5, b""))) or _number(parts.get(6, b"")):
            return False
        self._registers[_number(parts.get(2, b""))] = (loaded[0], _value(parts.get(4, b"")))
        return True

    def cmp(self, parts: _Parts) -> bool:
        """NFTA_CMP_SREG, _OP, _DATA."""
        loaded, operator = self._registers.get(_number(parts.get(1, b""))), _number(parts.get(2, b""))
        value = _value(parts.get(3, b""))
        if isinstance(loaded, tuple):
            return self._address(*loaded, value, operator)
        if operator != _EQUAL or not value:
            return False
        if loaded == "oifname":
            self.out = _link(value)
            return bool(self.out)
        self.family = _FAMILIES.get(value[0], "")
        return loaded == "nfproto" and self.family != ""

    def _address(self, offset: int, mask: bytes, value: bytes, operator: int) -> bool:
        """A comparison of an address, or of its first bytes, with a prefix."""
        field, width = _FIELDS.get((self.family, offset), ("", 0))
        bits = "".join(f"{byte:08b}" for byte in mask)
        length = len(bits.rstrip("0"))
        if len(mask) != len(value) or not 0 < len(value) <= width or "0" in bits[:length]:
            return False
        packed = value + bytes(width - len(value))
        net = f"{ntop(socket.AF_INET if width == 4 else socket.AF_INET6, packed)}/{length}"
        if field == "daddr" and operator == _NOT_EQUAL:
            self.exclude.append(net)
            return True
        self.source = net
        return field == "saddr" and operator == _EQUAL


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _value(nested: bytes) -> bytes:
    """The bytes of nested data."""
    return attrs(nested, 0).get(1, b"")


def _link(value: bytes) -> str:
    r"""The name of a link: ``eth*`` where the kernel compares the beginning only, ``eth\*`` for one that ends so."""
    name = value.rstrip(b"\0").decode(errors="replace")
    if not value.endswith(b"\0"):
        return f"{name}*"
    return f"{name[:-1]}\\*" if name.endswith("*") else name
