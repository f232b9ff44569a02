# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a host is to have, or not to have, beside the state of its kernel: what a plan says of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Optional


class HostFile(NamedTuple):
    """A file of the host: what it holds and what it is to hold (None: it is not there).

    :param loose: whether it has another owner or mode than it is to have.
    """

    path: str
    before: Optional[bytes]
    after: Optional[bytes]
    loose: bool = False


def steps(files: Iterable[HostFile], units: Iterable[str]) -> list[dict[str, str]]:
    """A step for each file that differs, and for each unit that is to be enabled.

    :param files: the files as they are and are to be.
    :param units: the names of the units (str).
    """
    found = []
    for file in files:
        action = "delete" if file.after is None else "create" if file.before is None else "change"
        changed = "has other content" if file.before != file.after else "has another owner or mode"
        reason = {"delete": "is no longer needed", "create": "does not exist", "change": changed}
        found.append({"kind": "file", "object": file.path, "action": action, "reason": reason[action]})
    why = "is not enabled and active"
    return [*found, *({"kind": "unit", "object": unit, "action": "change", "reason": why} for unit in units)]


def sizes(files: Iterable[tuple[str, Optional[bytes]]]) -> str:
    """A line for each file that is there, with its size.

    :param files: each as (path, content), None where it is not there.
    """
    return "".join(f"{path} {len(content)} bytes\n" for path, content in files if content is not None)
