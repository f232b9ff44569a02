# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of capabilities that are kept granted: their entries, their text on the host, and what an update takes away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Optional

from .._model import capabilities, file_caps
from .._model.errors import Conflict, InvalidArgument
from .._model.file_caps import FileCapabilities

FORMAT = 1
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


def policy_name(name: str) -> str:
    """A name that can be a file's.

    :raises InvalidArgument: for one that cannot.
    """
    if not _NAME.fullmatch(name):
        wanted = "1 to 64 letters, digits, _ . - with a letter or digit in front"
        raise InvalidArgument("name", wanted, repr(name), "It names a file in /etc/netns-lab/capabilities.d.")
    return name


def entries(given: Sequence[dict[str, Any]], last: int) -> list[Entry]:
    """The entries of a policy.

    :param given: each with ``path`` or ``paths``, ``capabilities`` and perhaps ``rootid``, ``optional``, ``why``.
    :param last: the number of the kernel's last capability.
    :raises InvalidArgument: for an entry that makes no sense, or a path that is there twice.
    :raises Dependency: for a capability that the kernel does not know.
    """
    found: dict[str, Entry] = {}
    for where, path, item in each_path("files", given):
        sets = capabilities.from_text(item["capabilities"], last, f"{where}.capabilities")
        file_caps.require(sets, last, f"{where}.capabilities")
        caps = file_caps.from_sets(sets, item.get("rootid") or 0, f"{where}.capabilities")
        found[path] = Entry(path, item["capabilities"], caps, bool(item.get("optional")), item.get("why") or "")
    return list(found.values())


def each_path(option: str, given: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str, dict[str, Any]]]:
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
            if not path.startswith("/") or "\n" in path:
                raise InvalidArgument(f"{where}.path", "an absolute path", repr(path), "Begin it with a slash.")
            if path in seen:
                raise InvalidArgument(f"{where}.path", "each path once", repr(path), "Put both entries together.")
            seen.add(path)
            yield where, path, item


def to_json(items: Iterable[Entry]) -> str:
    """A policy as the host keeps it."""
    files = [
        {
            "path": item.path,
            "capabilities": item.text,
            "rootid": item.caps.rootid,
            "optional": item.optional,
            "why": item.why,
        }
        for item in items
    ]
    return json.dumps({"format": FORMAT, "files": files}, indent=1, ensure_ascii=False) + "\n"


def from_json(text: str, path: str, last: int) -> list[Entry]:
    """A policy that the host keeps.

    :raises Conflict: for a file that is none.
    :raises InvalidArgument: for an entry that makes no sense.
    """
    try:
        content = json.loads(text)
        known = content["format"] == FORMAT
        files = [dict(item) for item in content["files"]]
    except (ValueError, KeyError, TypeError) as exc:
        remedy = "Run the play again, which writes it anew, or remove it."
        raise Conflict(path, "a list of capabilities in JSON", f"{type(exc).__name__}: {exc}", remedy) from exc
    if not known:
        found = f"format {content['format']}"
        raise Conflict(path, f"format {FORMAT}", found, "It is of another version of netns.lab: run the play again.")
    return entries(files, last)


def dropped(old: Optional[Sequence[Entry]], new: Sequence[Entry], others: Iterable[Sequence[Entry]]) -> list[Entry]:
    """Entries that a policy had and that neither it nor another has any more."""
    kept = {item.path for policy in (new, *others) for item in policy}
    return [item for item in old or () if item.path not in kept]
