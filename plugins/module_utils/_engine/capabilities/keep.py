# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run for a list of capabilities: grant, take away what was dropped, and have the host grant it again by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .. import host_files
from . import file as file_capability
from . import hooks
from . import policy as capability_policy
from .file import File
from .policy import Entry, Policy


class Wanted(NamedTuple):
    """What is asked.

    :param name: the list's name.
    :param items: its entries; none where it is to be absent.
    :param way: how the host grants them again, a key of :data:`.capability_hooks.FILES`.
    """

    name: str
    items: Sequence[Entry]
    present: bool
    way: str


@dataclass
class Result:
    """What a run did, or would do."""

    granted: file_capability.Result
    written: list[host_files.HostFile]
    units: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is a step."""
        return bool(self.plan())

    def plan(self) -> list[dict[str, str]]:
        """The steps as a module returns them."""
        return [*self.granted.plan(), *host_files.steps(self.written, self.units)]

    def diff(self) -> dict[str, str]:
        """A line for each file: capabilities in setcap's form, others by their size."""
        diff = self.granted.diff()
        return {
            "before": diff["before"] + host_files.sizes((file.path, file.before) for file in self.written),
            "after": diff["after"] + host_files.sizes((file.path, file.after) for file in self.written),
        }


def files_of_host(wanted: Wanted, others: Mapping[str, Policy], program: bytes, folder: str) -> dict[str, Any]:
    """All files that the host may have for its lists, with what each is to hold (None: it is not to be there).

    :param wanted: the lists that the host is to keep.
    :param others: the other lists of the host.
    :param program: the program that grants, whole.
    :param folder: where the lists are.
    """
    own = Policy(wanted.way, list(wanted.items))
    lists = [*([own] if wanted.present else []), *others.values()]
    found: dict[str, Any] = {path: None for way in hooks.FILES for path in hooks.FILES[way]}
    for way in sorted({policy.way for policy in lists} & set(hooks.FILES)):
        paths = sorted({item.path for policy in lists if policy.way == way for item in policy.items})
        found.update({path: text.encode() for path, text in hooks.files(way, paths).items()})
    found[hooks.PROGRAM] = program if lists else None
    text = capability_policy.to_json(own) if wanted.present else None
    found[f"{folder}/{wanted.name}.json"] = text.encode() if text is not None else None
    return found


def grant(
    wanted: Wanted, files: Mapping[str, File], lost: Sequence[File], last: int, check: bool
) -> file_capability.Result:
    """Give each file what its entry says, and take it from those that lost theirs: all, or none.

    :param wanted: the lists that the host is to keep.
    :param files: the files of the entries, by path; optional ones may be missing.
    :param lost: files that are to have none.
    :param last: the highest capability of the kernel (int).
    :param check: whether to stop before anything is written (bool).
    :raises LabError: before anything is touched; or of the write that failed, when the others are undone.
    """
    requests = [
        (file_capability.exactly(item.caps, last), files[item.path]) for item in wanted.items if item.path in files
    ]
    requests += [(file_capability.nothing(last), file) for file in lost]
    return file_capability.run_each(requests, last, check)
