# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of capabilities that are kept granted: their entries, their text on the host, and what an update takes away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Optional

from ..._model.capabilities import sets as capabilities
from ..._model.capabilities import xattr as file_caps
from ..._model.capabilities.sets import CapabilitySets
from ..._model.capabilities.xattr import FileCapabilities
from ..._model.errors import Conflict, InvalidArgument

FORMAT = 1
#: where a host has its lists
FOLDER = "/etc/netns-lab/capabilities.d"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Entry(NamedTuple):
    """A file of a policy.

    :param text: its capabilities as they were given (str).
    :param caps: the same, read.
    :param optional: whether it may be missing.
    :param why: for a person.
    """

    path: str
    text: str
    caps: FileCapabilities
    optional: bool
    why: str


class Policy(NamedTuple):
    """A list.

    :param way: how the host grants it again, a key of :data:`.hooks.FILES`.
    """

    way: str
    items: list[Entry]


def policy_name(name: str) -> str:
    """A name that can be a file's.

    :param name: the name (str).
    :raises InvalidArgument: for one that cannot.
    """
    if not _NAME.fullmatch(name):
        wanted = "1 to 64 letters, digits, _ . - starting with a letter or digit"
        raise InvalidArgument("name", wanted, repr(name), f"It names a file in {FOLDER}.")
    return name


def entries(given: Sequence[dict[str, Any]], last: int) -> list[Entry]:
    """The entries of a policy.

    :param given: each with ``path`` or ``paths``, ``capabilities`` and perhaps ``rootid``, ``optional``, ``why``.
    :param last: the number of the kernel's last capability.
    :raises InvalidArgument: for an entry that makes no sense, or a path that is there twice.
    :raises Dependency: for a capability that the kernel does not know.
    """
    found = []
    for where, path, item in _each_path("files", given):
        sets = capabilities.from_given(f"{where}.capabilities", item["capabilities"], last)
        file_caps.require(sets, last, f"{where}.capabilities")
        found.append(_entry(where, path, item, sets))
    return found


def allowed(given: Sequence[dict[str, Any]], last: int) -> dict[str, Entry]:
    """The entries of an allow list by path. What is found may be anything, also what the kernel does not know.

    :param given: as for :func:`entries`.
    :param last: the number of the kernel's last capability.
    :raises InvalidArgument: for an entry that makes no sense, or a path that is there twice.
    """
    found = {}
    for where, path, item in _each_path("allow", given):
        sets = capabilities.from_given(f"{where}.capabilities", item["capabilities"], last)
        found[path] = _entry(where, path, item, sets)
    return found


def _entry(where: str, path: str, item: dict[str, Any], sets: CapabilitySets) -> Entry:
    rootid = file_caps.user_id(item.get("rootid"), f"{where}.rootid") or 0
    caps = file_caps.from_sets(sets, rootid, f"{where}.capabilities")
    return Entry(path, item["capabilities"], caps, bool(item.get("optional")), item.get("why") or "")


def _each_path(option: str, given: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Entries once for each of their paths: where it stands, the path, the entry.

    :param option: the list's name, for errors.
    :param given: each with ``path`` or ``paths``.
    :raises InvalidArgument: for an entry without a path, or a path that is relative or there twice.
    """
    seen = set()
    for index, item in enumerate(given):
        where, paths = f"{option}[{index}]", item.get("paths")
        if (item.get("path") is None) == (paths is None):
            found = "neither" if paths is None else "both"
            raise InvalidArgument(where, "path or paths", found, "Give one of them.")
        for path in [item["path"]] if paths is None else paths:
            if not path.startswith("/"):
                raise InvalidArgument(f"{where}.path", "an absolute path", repr(path), "Start it with a slash.")
            if any(sign in path for sign in "\n\r\0"):
                raise InvalidArgument(f"{where}.path", "a path of one line", repr(path), "Remove that character.")
            if path.endswith("\\") or path != path.strip():
                wanted = "a path that a systemd unit can have, not ending in white space or a backslash"
                raise InvalidArgument(f"{where}.path", wanted, repr(path), "Rename the file.")
            if path in seen:
                raise InvalidArgument(f"{where}.path", "each path once", repr(path), "Merge the two entries.")
            seen.add(path)
            yield where, path, item


def to_json(policy: Policy) -> str:
    """A list as the host keeps it.

    :param policy: the list.
    """
    files = [
        {
            "path": item.path,
            "capabilities": item.text,
            "rootid": item.caps.rootid,
            "optional": item.optional,
            "why": item.why,
        }
        for item in policy.items
    ]
    return json.dumps({"format": FORMAT, "keep": policy.way, "files": files}, indent=1) + "\n"


def from_json(text: str, path: str, last: int) -> Policy:
    """A list that the host keeps.

    :param text: the file's content (str).
    :param path: its path, for an error (str).
    :param last: the highest capability of the kernel (int).
    :raises Conflict: for a file that is none.
    :raises InvalidArgument: for an entry that makes no sense.
    """
    remedy = "Run the play that wrote it again, or remove it."
    try:
        content = json.loads(text)
        if content["format"] != FORMAT:
            found = f"format {content['format']}"
            raise Conflict(path, f"format {FORMAT}", found, f"It was written by another version of netns.lab. {remedy}")
        way, files = str(content["keep"]), [_typed(item) for item in content["files"]]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        found = f"{type(exc).__name__}: {exc}"
        raise Conflict(path, "a list of capabilities in JSON", found, remedy) from exc
    return Policy(way, entries(files, last))


def _typed(item: dict[str, Any]) -> dict[str, Any]:
    """An entry of a file, seen to have what an entry has."""
    for key, kind in (("path", str), ("capabilities", str), ("rootid", int), ("optional", bool), ("why", str)):
        if not isinstance(item[key], kind):
            raise TypeError(f"{key} is {item[key]!r}")
    return item


def dropped(old: Optional[Sequence[Entry]], new: Sequence[Entry], others: Iterable[Sequence[Entry]]) -> list[Entry]:
    """Entries that a policy had and that neither it nor another has any more.

    :param old: the entries that the policy had.
    :param new: the entries that it has now.
    :param others: the entries of every other policy.
    """
    kept = {item.path for policy in (new, *others) for item in policy}
    return [item for item in old or () if item.path not in kept]
