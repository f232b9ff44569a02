# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of what one release writes and another may read: records of labs, and stored labs. Pure.

Every such file has four names that no release ever changes: ``version``, the number of its format; ``minimum``, that of
the oldest format whose readers may use it all the same; ``release``, the one that wrote it; and the lab's name.
"""

from __future__ import annotations

from typing import Any, Optional

from ..._model.errors import Conflict, InvalidArgument
from ..._model.naming import lab_name
from ..state import Key
from .kinds import table
from .kinds.paths import is_netns

#: the release of the collection, as in galaxy.yml
RELEASE = "1.0.0"
#: the format that this release writes of both, and the oldest one whose readers may use it
VERSION, MINIMUM = 1, 1

_LARGEST = 1 << 64


def head() -> dict[str, Any]:
    """What every file begins with."""
    return {"version": VERSION, "minimum": MINIMUM, "release": RELEASE}


def require(what: str, data: Any, newer: str) -> bool:
    """See that a file's format is one that this release reads.

    :param what: the file, for a person (str).
    :param newer: what to do about one that only later releases read (str).
    :returns: whether a later release wrote it, so that there may be more in it than this one knows.
    :raises Conflict: if it is not.
    :raises ValueError: or TypeError, if that cannot be told: it is no such file.
    """
    if not isinstance(data, dict):
        raise TypeError(f"not names and values, but {_short(data)}")
    version, minimum = data.get("version"), data.get("minimum")
    if not _is_number(version) or not _is_number(minimum) or not 1 <= minimum <= version:
        raise ValueError(f"version {_short(version)}, minimum {_short(minimum)}")
    if minimum > VERSION:
        found = f"format {version}, which readers of format {minimum} know, of release {_short(data.get('release'))}"
        raise Conflict(what, f"a format that release {RELEASE} reads (up to {VERSION})", found, newer)
    return bool(version > VERSION)


def _is_number(value: Any) -> bool:
    return is_whole(value) and 0 < value < _LARGEST


def is_whole(value: Any) -> bool:
    """Whether it is a whole number; true and false are none.

    :param value: a value of a file (any JSON type).
    """
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class Keys:
    """Reads keys of objects, and lets none pass that no lab can have made."""

    def __init__(self) -> None:
        self._netns: set[Any] = {""}

    def read(self, parts: Any) -> Key:
        """A key as a file has it.

        :param parts: the values of its fields (JSON types).
        :raises ValueError: for a path, a name or a sort that a lab never makes.
        """
        if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
            raise ValueError(f"{_short(parts)} among what was made")
        try:
            key = table.read(parts) if all(map(_is_plain, parts)) else None
        except (LookupError, TypeError):
            key = None
        if key is None or not self._is_netns(key.netns) or not table.kind_of(key).may_be_made(key):
            raise ValueError(f"{_short(parts)}, which no lab makes, among what was made")
        return key

    def _is_netns(self, name: str) -> bool:
        if name not in self._netns and is_netns(name):
            self._netns.add(name)
        return name in self._netns


def _is_plain(value: Any) -> bool:
    """Whether a key may hold it: a text, a number, true, false."""
    if isinstance(value, str):
        return "\0" not in value and "\n" not in value
    return isinstance(value, int) and abs(value) < _LARGEST


def asked(name: Optional[str], single: str) -> Optional[str]:
    """The name of a lab that a user asks for; None for all labs.

    :param name: the name as given, None for none.
    :param single: the name of the record of the single modules (str).
    :raises InvalidArgument: if no lab can have it.
    """
    return name if name in (None, single) else lab_name("name", name or "")


def name_of(data: dict[str, Any], wanted: Optional[str], single: str) -> str:
    """The lab that a file is about.

    :param data: the file's content (JSON types).
    :param wanted: the name that the file's own name says; None where there is no file (str).
    :param single: the name of the record of the single modules (str).
    :raises ValueError: if it is no lab's name, or another one's.
    """
    name = data["lab"]
    try:
        good = name if name == single else lab_name("lab", name)
    except InvalidArgument:
        raise ValueError(f"the name {_short(name)}") from None
    if wanted is not None and good != wanted:
        raise ValueError(f"the record of lab {_short(good)}")
    return str(good)
