# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats of what one release writes and another may read: records of labs, and stored labs. Pure.

Every such file has four names that no release ever changes: ``version``, the number of its format; ``minimum``, that of
the oldest format whose readers may use it all the same; ``release``, the one that wrote it; and the lab's name.
"""

from __future__ import annotations

import re
from typing import Any, Optional

from ..._model.errors import Conflict, InvalidArgument
from ..._model.values import lab_name, netns_name
from ..state import Key

#: the release of the collection, as in galaxy.yml
RELEASE = "1.0.0"
#: the format that this release writes of both, and the oldest one whose readers may use it
VERSION, MINIMUM = 1, 1

_FILE = re.compile(r"/etc/netns/([^/]+)(?:/(?:resolv\.conf|hosts))?")
#: the fewest parts of a key, its sort counted; that of a later sort comes with a later format
_PARTS = {
    "link": 3, "address": 4, "sysctl": 3, "route": 5, "rule": 4, "nat_table": 2, "masquerade": 4, "forward": 6,
    "hairpin": 6, "firewall_exception": 4,
}  # fmt: skip
_LARGEST = 1 << 64
_ALTNAME_MAX = 127


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
    """Whether it is a whole number; true and false are none."""
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

        :raises ValueError: for a path, a name or a sort that a lab never makes.
        """
        if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
            raise ValueError(f"{_short(parts)} among what was made")
        sort, first = parts[0], parts[1]
        if not self._is_made(sort, first, parts):
            raise ValueError(f"{_short(parts)}, which no lab makes, among what was made")
        return tuple(map(_frozen, parts))

    def _is_made(self, sort: str, first: Any, parts: list[Any]) -> bool:
        if not isinstance(first, str):
            return False
        if sort in ("netns_dir", "netns", "directory", "file"):
            return len(parts) == 2 and self._is_path(sort, first)
        if sort not in _PARTS or len(parts) < _PARTS[sort] or not all(map(_is_plain, parts)):
            return False
        if not self._is_netns(first):
            return False
        if sort in ("link", "address") and not _is_link(parts[2]):
            return False
        return sort != "sysctl" or is_sysctl(parts[2])

    def _is_path(self, sort: str, path: str) -> bool:
        if sort == "netns":
            return path != "" and self._is_netns(path)
        if path in ("/run/netns", "/etc/netns"):
            return sort == "directory" or (sort == "netns_dir" and path == "/run/netns")
        found = _FILE.fullmatch(path)
        if found is None or sort == "netns_dir" or not self._is_netns(found[1]):
            return False
        return (sort == "directory") == path.endswith(f"/{found[1]}") and path.count("/") == (3, 4)[sort == "file"]

    def _is_netns(self, name: str) -> bool:
        if name in self._netns:
            return True
        try:
            self._netns.add(netns_name("", name))
        except (InvalidArgument, UnicodeError):
            return False
        return True


def _is_link(name: Any) -> bool:
    """Whether the kernel takes it as the name of a link, or as another name of one (ALTIFNAMSIZ)."""
    if not isinstance(name, str) or name in ("", ".", "..") or len(name) > _ALTNAME_MAX:
        return False
    return not any(char in "/:" or char.isspace() for char in name)


def is_sysctl(name: Any) -> bool:
    """Whether it is the name of a file below /proc/sys/net."""
    if not isinstance(name, str) or not name.startswith("net.") or "\0" in name:
        return False
    return not {"", ".", ".."} & set(name.translate(str.maketrans("./", "/.")).split("/"))


def _is_plain(value: Any) -> bool:
    """Whether a key may hold it: a text, a number, true, false, nothing, or a list of those."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, str):
        return "\0" not in value and "\n" not in value
    return value is None or isinstance(value, bool) or (isinstance(value, int) and 0 <= value < _LARGEST)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def asked(name: Optional[str], single: str) -> Optional[str]:
    """The name of a lab that a user asks for; None for all labs.

    :param single: the name of the record of the single modules (str).
    :raises InvalidArgument: if no lab can have it.
    """
    return name if name in (None, single) else lab_name("name", name or "")


def name_of(data: dict[str, Any], wanted: Optional[str], single: str) -> str:
    """The lab that a file is about.

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
