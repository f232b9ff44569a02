# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities as sets, and the texts that name them, as cap_from_text(3) reads them.

A set is an int with a bit for each capability. Source of the names and numbers: capabilities(7), linux/capability.h.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple, NoReturn, Optional

from ..errors import InvalidArgument

#: the capabilities by number, without the ``cap_`` in front
# fmt: off
NAMES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)
# fmt: on
_NUMBERS = {f"cap_{name}": number for number, name in enumerate(NAMES)}
#: numbers that fit into what a file can hold
_BITS = 64

#: a number of more digits, without leading zeros, is too large
_DIGITS = 20

_GRAMMAR = "a text as setcap(8) takes it, such as cap_net_raw,cap_net_admin=ep"
_SPACE = re.compile(r"[ \t\n\v\f\r]+")
_ITEM = re.compile(r"[A-Za-z_]+|0[xX][0-9A-Fa-f]+|0[0-7]*|[1-9][0-9]*")
_WORD = re.compile(r"\w+")
_FIRST = re.compile(r"=[-+]?|[-+]")
_FLAGS = re.compile(r"[eip]*")


class CapabilitySets(NamedTuple):
    """The three sets of a text or a file."""

    effective: int = 0
    permitted: int = 0
    inheritable: int = 0


def everything(last: int) -> int:
    """The set of all capabilities that a kernel knows.

    :param last: the number of its last one, see ``/proc/sys/kernel/cap_last_cap``.
    """
    return (1 << (last + 1)) - 1


def number_of(name: str) -> Optional[int]:
    """The number of a capability that is named in any case, with or without ``cap_``, or by number; None if unknown.

    :param name: the name or the number (str).
    """
    text = name.lower()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < _DIGITS and int(text) < _BITS else None
    return _NUMBERS.get(text, _NUMBERS.get(f"cap_{text}"))


def name_of(number: int) -> str:
    """``cap_net_raw``, or the number of one that has no name here.

    :param number: the capability's number (int).
    """
    return f"cap_{NAMES[number]}" if number < len(NAMES) else str(number)


def numbers(members: int) -> list[int]:
    """The members of a set.

    :param members: the set, a bit for each capability (int).
    """
    return [number for number in range(_BITS) if members >> number & 1]


def from_list(where: str, names: Sequence[str], last: int) -> int:
    """The set of some names; ``all`` is all that the kernel knows.

    :param where: the option, for an error (str).
    :param names: the names (str).
    :param last: the highest capability of the kernel (int).
    :raises InvalidArgument: for a name that is none.
    """
    members = 0
    for index, name in enumerate(names):
        if name.lower() == "all":
            members |= everything(last)
            continue
        number = number_of(name)
        if number is None:
            _unknown(f"{where}[{index}]", name)
        members |= 1 << number
    return members


def from_given(where: str, text: str, last: int) -> CapabilitySets:
    """The sets that a user's text means: as :func:`from_text`, but a text of nothing says nothing.

    :param where: the option, for an error (str).
    :param text: the text (str), e.g. ``cap_net_raw=ep``.
    :param last: the highest capability of the kernel (int).
    :raises InvalidArgument: for a text that is none, or empty.
    """
    if not text.strip():
        raise InvalidArgument(where, _GRAMMAR, "an empty text", 'Write "=" for the empty set.')
    return from_text(text, last, where)


def from_text(text: str, last: int, where: str = "capabilities") -> CapabilitySets:
    """The sets that a text means: the same as cap_from_text(3), and wrong for the same texts.

    :param text: clauses of capabilities, operators (``=``, ``+``, ``-``) and flags (``e``, ``i``, ``p``).
    :param last: the number of the kernel's last capability, for ``all``.
    :param where: the option, for an error (str).
    :raises InvalidArgument: for a text that is none.
    """
    sets = CapabilitySets()
    if "\0" in text:
        raise InvalidArgument(where, _GRAMMAR, repr(text), "Remove the null character.")
    for clause in _SPACE.split(text):
        if clause:
            sets = _Clause(clause, where).apply(sets, last)
    return sets


class _Clause:
    """One clause of a text, read from the left."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where, self._at = text, where, 0

    def apply(self, sets: CapabilitySets, last: int) -> CapabilitySets:
        listed = self._list(last)
        members = everything(last) if listed is None else listed
        operator = self._take(_FIRST)
        if not operator:
            self._wrong("an operator (=, + or -) after the capabilities")
        if listed is None and operator != "=":
            self._wrong(f"capabilities in front of {operator} (only = may stand alone)")
        while operator:
            flags = self._take(_FLAGS)
            if not flags and operator != "=":
                self._wrong(f"flags (e, i, p) after {operator}")
            sets = _changed(sets, members, operator, flags)
            operator = self._next(listed)
        return sets

    def _list(self, last: int) -> Optional[int]:
        """The capabilities in front; None if there are none."""
        if not re.match(r"[A-Za-z0-9_]", self._text):
            return None
        members = 0
        while True:
            item = self._take(_ITEM)
            if item.lower() == "all":
                members = everything(last)
            else:
                members |= 1 << self._number(item)
            if self._text[self._at : self._at + 1] != ",":
                return members
            self._at += 1

    def _number(self, item: str) -> int:
        begun = self._at - len(item)
        if item[:1].isdigit():
            digits = item.lstrip("0xX") or "0"
            number: Optional[int] = (
                int(item, 8 if re.fullmatch("0[0-7]+", item) else 0) if len(digits) < _DIGITS else _BITS
            )
            if number is not None and number >= _BITS:
                self._wrong(f"numbers below {_BITS}")
        else:
            number = _NUMBERS.get(item.lower())
        if number is None:
            whole = _WORD.match(self._text, begun)
            _unknown(self._where, whole[0] if whole else self._text)
        return number

    def _next(self, listed: Optional[int]) -> str:
        if self._at == len(self._text):
            return ""
        operator = self._text[self._at]
        if operator not in "+-":
            self._wrong("flags (e, i, p), or another operator (+ or -) and its flags")
        if listed is None:
            self._wrong(f"capabilities in front, as there is a {operator} (only = may stand alone)")
        self._at += 1
        return operator

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._at)
        text = match.group() if match else ""
        self._at += len(text)
        return text

    def _wrong(self, wanted: str) -> NoReturn:
        raise InvalidArgument(
            self._where, wanted, f"{self._text!r}", f"Write {_GRAMMAR}. See cap_from_text(3) for all of the grammar."
        )


def _changed(sets: CapabilitySets, members: int, operator: str, flags: str) -> CapabilitySets:
    def one(standing: int, flag: str) -> int:
        if operator[0] == "=":
            standing &= ~members
        if flag not in flags:
            return standing
        return standing & ~members if operator[-1] == "-" else standing | members

    return CapabilitySets(one(sets.effective, "e"), one(sets.permitted, "p"), one(sets.inheritable, "i"))


def _unknown(where: str, name: str) -> NoReturn:
    import difflib  # noqa: PLC0415 - only an error needs it

    text = name.lower()
    text = text if text.startswith("cap_") else f"cap_{text}"
    near = [text] if text in _NUMBERS else difflib.get_close_matches(text, _NUMBERS, 3, 0.75)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "See capabilities(7) for their names."
    raise InvalidArgument(where, "a capability, by name or by number", repr(name), remedy)


def to_text(sets: CapabilitySets, last: int) -> str:
    """The sets in setcap's form: ``cap_net_raw=ep``, ``all=ep``, ``=`` for none. It reads back to the same sets.

    :param sets: the three sets.
    :param last: the highest capability of the kernel (int).
    """
    groups: dict[str, list[int]] = {}
    for number in range(_BITS):
        flags = "".join(flag for flag, members in zip("eip", sets_of(sets)) if members >> number & 1)
        if flags:
            groups.setdefault(flags, []).append(number)
    clauses = []
    for flags, found in groups.items():
        clauses.append(f"{_listed(found, last)}={flags}")
    return " ".join(clauses) or "="


def sets_of(sets: CapabilitySets) -> tuple[int, int, int]:
    """Effective, inheritable, permitted: in the order of their letters.

    :param sets: the three sets.
    """
    return sets.effective, sets.inheritable, sets.permitted


def _listed(found: Iterable[int], last: int) -> str:
    every = set(range(last + 1))
    names = [name_of(number) for number in found if not every <= set(found) or number > last]
    return ",".join(["all", *names] if every <= set(found) else names)
