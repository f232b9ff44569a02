# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps of a sandbox's state, compared as text that a person can read."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

Dump = dict[str, list[str]]

_MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")
#: keys that differ between two builds of the same lab: indexes, handles, and names of the kernel's own choosing
_PER_BUILD = {
    "ifindex", "link_index", "ifindexes", "link_netnsid", "handle", "bridge_id", "root_id", "designated_root",
    "designated_bridge", "root_port", "port_id", "port_no", "no", "id", "designated_port", "netns-id",
}  # fmt: skip


def difference(before: Dump, after: Dump) -> str:
    """A unified diff of two dumps, empty when they are equal."""
    lines: list[str] = []
    for section in sorted({*before, *after}):
        lines += difflib.unified_diff(
            before.get(section, []), after.get(section, []), f"{section} before", f"{section} after", lineterm="", n=0
        )
    return "\n".join(lines)


def _without_build(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_build(item) for key, item in value.items() if key not in _PER_BUILD}
    if isinstance(value, list):
        return sorted((_without_build(item) for item in value), key=str)
    return "MAC" if isinstance(value, str) and _MAC.match(value) else value


def comparable(dump: Dump) -> Dump:
    """The dump without what two builds of one lab may differ in: indexes, handles, random MAC addresses, records."""
    result: Dump = {}
    for section, lines in dump.items():
        if section == "records":
            continue
        found = []
        for line in lines:
            text = json.dumps(_without_build(json.loads(line)), sort_keys=True) if line.startswith("{") else line
            found.append(re.sub(r"fe80::[0-9a-f:]+", "fe80::", text))
        result[section] = sorted(found)
    return result
