# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
r"""Names of links in the words of other firewalls' tools, as each of their parsers reads them. Pure.

They are the only words of a rule that somebody chooses; all others are addresses, numbers and keywords. Between here
and there they are told as nft(8) does: ``br*`` stands for all names that begin so, ``br\*`` for the one that ends so.
"""

from __future__ import annotations

import re

#: what ufw takes for the name of a link
_UFW = re.compile(r"[a-zA-Z0-9_.+,=@-]{1,15}")
#: words that ufw takes for its own wherever they stand
_UFW_WORDS = frozenset({"app", "comment", "from", "in", "log", "log-all", "on", "out", "port", "proto", "to"})
_QUOTED = re.compile(r'[\s"]|^$')


def split(line: str) -> list[str]:
    """The words of a line as ``iptables-restore`` reads it: double quotes alone quote, and escapes are only in them.

    :param line: the line (str).
    """
    words, word, begun, quoted, escaped = [], "", False, False, False
    for char in line:
        if escaped:
            word, escaped = word + char, False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted, begun = not quoted, True
        elif not quoted and char.isspace():
            if begun:
                words.append(word)
            word, begun = "", False
        else:
            word, begun = word + char, True
    return [*words, word] if begun else words


def join(words: list[str]) -> str:
    """A line that :func:`split`, and ``iptables-restore``, reads as these words.

    :param words: the words (str).
    """
    return " ".join(_quote(word) if _QUOTED.search(word) else word for word in words)


def _quote(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def exactly(name: str) -> str:
    """A link's name as a condition that only this link meets.

    :param name: the link's name (str).
    """
    return f"{name[:-1]}\\*" if name.endswith("*") else name


def one_of(condition: str, default: str) -> str:
    r"""The name of a link that meets a condition: the default if it does.

    :param condition: as nft(8) has it: ``br0``, ``br*`` or ``br\*``; empty for none (str).
    :param default: the name that is meant where there is no condition, or an empty text (str).
    """
    if condition.endswith("\\*"):
        return f"{condition[:-2]}*"
    if condition.endswith("*"):
        return default if default.startswith(condition[:-1]) else condition[:-1]
    return condition or default


def to_iptables(condition: str) -> str:
    """A condition on a link's name as iptables, and ufw, write it.

    :param condition: as for :func:`one_of` (str).
    :raises ValueError: with the reason, if they have no words for it.
    """
    if condition.endswith("*") and not condition.endswith("\\*"):
        return f"{_said(condition[:-1], '')}+"
    return _said(one_of(condition, ""), condition)


def _said(name: str, whole: str) -> str:
    """A name, or the beginning of names.

    :param whole: what is a name and no beginning (str).
    """
    if whole.endswith("+"):
        raise ValueError(f"which iptables reads as all links whose names begin with {name[:-1]!r}")
    if '"' in name:
        raise ValueError("which iptables-save tells in a form that iptables-restore reads otherwise")
    if whole == "!":
        raise ValueError("which iptables reads as a negation")
    return name


def to_ufw(condition: str) -> str:
    """The same as ufw writes it, which takes fewer names.

    :param condition: as for :func:`one_of` (str).
    :raises ValueError: with the reason, if it has no words for it.
    """
    name = to_iptables(condition)
    if not _UFW.fullmatch(name):
        raise ValueError("which ufw refuses (it takes letters and digits of ASCII and _ - . + , = @)")
    if name in _UFW_WORDS:
        raise ValueError("which ufw reads as a word of its own")
    return name
