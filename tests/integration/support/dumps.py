# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps of a sandbox's state, compared as text that a person can read."""

from __future__ import annotations

import difflib
import functools
import json
import re
from typing import Any

Dump = dict[str, list[str]]

_MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")
#: how the MAC addresses begin that the tests' labs name
_GIVEN = "02:00:00:00:"
#: keys that differ between two builds of the same lab: indexes, handles, and names of the kernel's own choosing
_PER_BUILD = {
    "ifindex", "link_index", "ifindexes", "link_netnsid", "handle", "bridge_id", "root_id", "designated_root",
    "designated_bridge", "root_port", "port_id", "port_no", "no", "id", "designated_port", "netns-id",
}  # fmt: skip


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    """Nested JSON as one level: dotted path -> plain value."""
    if isinstance(value, (dict, list)) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: item for name, part in items for key, item in _flat(part, f"{path}.{name}").items()}
    return {path.lstrip("."): value}


def _parts(line: str) -> list[str]:
    """One object as lines that each begin with its name, so that a difference shows no more than what differs."""
    if not line.startswith("{"):
        return [line]
    data = json.loads(line)
    name = data.get("ifname") or data.get("dst") or data.get("priority") or next(iter(data))
    return [f"{name}: {key} = {value}" for key, value in _flat(data).items()]


def difference(before: Dump, after: Dump) -> str:
    """A unified diff of two dumps, empty when they are equal."""
    lines: list[str] = []
    for section in sorted({*before, *after}):
        old, new = before.get(section, []), after.get(section, [])
        if old == new:
            continue
        one = [part for line in old if line not in new for part in _parts(line)]
        other = [part for line in new if line not in old for part in _parts(line)]
        found = difflib.unified_diff(one, other, f"{section} before", f"{section} after", lineterm="", n=0)
        lines += list(found) or [f"{section}: another order"]
    return "\n".join(lines)


def assert_same(before: Dump, after: Dump, why: str = "") -> None:
    """Fail with the difference of two dumps."""
    found = difference(before, after)
    if found:
        raise AssertionError(f"{why}\n{found}")


def _without_build(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_build(item) for key, item in value.items() if key not in _PER_BUILD}
    if isinstance(value, list):
        return sorted((_without_build(item) for item in value), key=str)
    drawn = isinstance(value, str) and _MAC.match(value) and not value.startswith(_GIVEN)
    return "MAC" if drawn else value


def comparable(dump: Dump) -> Dump:
    """The dump without what two builds of one lab may differ in: indexes, handles, random MAC addresses, records."""
    result: Dump = {}
    for section, lines in dump.items():
        if section == "records":
            continue
        result[section] = sorted(map(_comparable, lines))
    return result


@functools.lru_cache(100_000)
def _comparable(line: str) -> str:
    text = json.dumps(_without_build(json.loads(line)), sort_keys=True) if line.startswith("{") else line
    return re.sub(r"fe80::[0-9a-f:]+", "fe80::", text)
