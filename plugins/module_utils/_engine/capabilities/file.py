# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities of files: from what is asked and what a file has to what it is to have. All files, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Optional, Protocol

from ..._model.capabilities import sets as capabilities
from ..._model.capabilities import xattr as file_caps
from ..._model.capabilities.xattr import FileCapabilities
from ..._model.errors import Conflict, InvalidArgument, LabError

_LISTS = ("permitted", "inheritable", "effective")


class File(Protocol):
    """What the kernel side offers for a file."""

    path: str

    @property
    def identity(self) -> tuple[int, int]:
        """What is the same for each path that leads to it."""

    def value(self) -> Optional[bytes]:
        """The attribute's value, None if there is none."""

    def require_writable(self) -> None:
        """Raise if it cannot be changed."""

    def write(self, value: Optional[bytes]) -> None:
        """Set the attribute's value, None takes it away.

        :param value: the value of ``security.capability`` (bytes).
        """


class Request(NamedTuple):
    """What is asked of each of some files.

    :param wanted: capabilities; None if none are named.
    :param present: whether they are to be there, or to be gone.
    :param merge: whether others are kept.
    :param rootid: None if none is named.
    :param last: the number of the kernel's last capability.
    """

    wanted: Optional[FileCapabilities]
    present: bool
    merge: bool
    rootid: Optional[int]
    last: int


def exactly(wanted: FileCapabilities, last: int) -> Request:
    """That a file has these and no others.

    :param wanted: the capabilities.
    :param last: the highest capability of the kernel (int).
    """
    return Request(wanted, True, False, wanted.rootid, last)


def nothing(last: int) -> Request:
    """That a file has none.

    :param last: the highest capability of the kernel (int).
    """
    return Request(None, False, False, None, last)


class Outcome(NamedTuple):
    """A file: what its attribute is and what it is to be (None: no attribute)."""

    file: File
    before: Optional[bytes]
    after: Optional[bytes]

    @property
    def changed(self) -> bool:
        """Whether there is something to do."""
        return self.before != self.after


@dataclass
class Result:
    """What a run did, or would do."""

    outcomes: list[Outcome]
    last: int
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether any file changes."""
        return any(outcome.changed for outcome in self.outcomes)

    def plan(self) -> list[dict[str, str]]:
        """The steps as a module returns them."""
        return [
            {
                "kind": "file_capability",
                "object": outcome.file.path,
                "action": "delete" if outcome.after is None else "create" if outcome.before is None else "change",
                "reason": f"has {self._text(outcome.before)}, is to have {self._text(outcome.after)}",
            }
            for outcome in self.outcomes
            if outcome.changed
        ]

    def diff(self) -> dict[str, str]:
        """The files before and after, a line each, in setcap's form."""
        changed = [outcome for outcome in self.outcomes if outcome.changed]
        return {
            "before": "".join(f"{each.file.path} {self._text(each.before)}\n" for each in changed),
            "after": "".join(f"{each.file.path} {self._text(each.after)}\n" for each in changed),
        }

    def files(self) -> list[dict[str, Any]]:
        """What each file has at the end."""
        return [{"path": each.file.path, **described(each.after, self.last)} for each in self.outcomes]

    def _text(self, value: Optional[bytes]) -> str:
        return _text(value, self.last) or "none"


def described(value: Optional[bytes], last: int) -> dict[str, Any]:
    """An attribute's value for a person and for a program.

    :param value: the value of ``security.capability`` (bytes), None where there is none.
    :param last: the highest capability of the kernel (int).
    """
    caps = file_caps.readable(value) or FileCapabilities()
    return {
        "capabilities": _text(value, last),
        "permitted": [capabilities.name_of(number) for number in capabilities.numbers(caps.permitted)],
        "inheritable": [capabilities.name_of(number) for number in capabilities.numbers(caps.inheritable)],
        "effective": caps.effective,
        "rootid": caps.rootid,
    }


@lru_cache(maxsize=128)
def _text(value: Optional[bytes], last: int) -> str:
    """In setcap's form; empty where there is no attribute."""
    if value is None:
        return ""
    readable = file_caps.readable(value)
    return f"unreadable ({value.hex()})" if readable is None else readable.text(last)


def request(options: dict[str, Any], last: int) -> Request:
    """What the options of the module ask.

    :param options: ``capabilities`` or any of ``permitted``, ``inheritable``, ``effective``; ``mode``, ``state``,
        ``rootid``.
    :param last: the number of the kernel's last capability.
    :raises InvalidArgument: for what makes no sense.
    :raises Dependency: for a capability that the kernel does not know.
    """
    present = options.get("state") != "absent"
    rootid = file_caps.user_id(options.get("rootid"), "rootid")
    wanted = _wanted(options, last, rootid or 0)
    if present and wanted is None:
        remedy = 'To remove all, use state: absent. An empty set is written as "=".'
        raise InvalidArgument("capabilities", "a string, or lists of capabilities", "neither", remedy)
    return Request(wanted, present, options.get("mode") == "merge", rootid, last)


def _wanted(options: dict[str, Any], last: int, rootid: int) -> Optional[FileCapabilities]:
    text, lists = options.get("capabilities"), [name for name in _LISTS if options.get(name) is not None]
    if text is not None and lists:
        raise InvalidArgument("capabilities", "a string, or lists", f"a string and {lists[0]}", "Omit one of them.")
    if text is not None:
        sets = capabilities.from_given("capabilities", text, last)
    elif lists:
        given = {name: capabilities.from_list(name, options.get(name) or (), last) for name in _LISTS}
        sets = capabilities.CapabilitySets(**given)
    else:
        return None
    file_caps.require(sets, last, lists[0] if lists else "capabilities")
    return file_caps.from_sets(sets, rootid, lists[0] if lists else "capabilities")


def after(asked: Request, before: Optional[bytes], path: str) -> Optional[bytes]:
    """The attribute that a file is to have.

    :param asked: what is asked of the file.
    :param before: the attribute as it is (bytes), None where there is none.
    :param path: the file's path, for an error (str).
    :raises Conflict: if what is there has to be kept and cannot be read, or is of another user namespace.
    """
    wanted = asked.wanted
    if wanted is None or (before is None and not asked.present):
        return None
    if before is None or (asked.present and not asked.merge):
        return _kept(before, wanted)
    standing = file_caps.from_bytes(before, path)
    if asked.rootid is not None and asked.present and standing.rootid != asked.rootid:
        found = f"rootid {standing.rootid}"
        raise Conflict(path, f"rootid {asked.rootid}", found, "A file has one rootid: use mode: exact to replace it.")
    if asked.present:
        both = (standing.permitted | wanted.permitted, standing.inheritable | wanted.inheritable)
        return _kept(before, FileCapabilities(*both, standing.effective or wanted.effective, standing.rootid))
    rest = (standing.permitted & ~wanted.permitted, standing.inheritable & ~wanted.inheritable)
    if not any(rest):
        return None
    return _kept(before, FileCapabilities(*rest, standing.effective, standing.rootid))


def _kept(before: Optional[bytes], wanted: FileCapabilities) -> bytes:
    """The attribute's value; one of another revision that says the same is left as it is."""
    if before is not None and file_caps.readable(before) == wanted:
        return before
    return file_caps.to_bytes(wanted)


def run(asked: Request, files: Sequence[File], check: bool) -> Result:
    """Bring files to the same: all, or none. As :func:`run_each`.

    :param asked: what is asked of each.
    :param files: the files.
    :param check: whether to stop before anything is written (bool).
    """
    return run_each([(asked, file) for file in files], asked.last, check)


def run_each(requests: Sequence[tuple[Request, File]], last: int, check: bool) -> Result:
    """Bring each file to what is asked of it: all, or none.

    :param requests: the files, each with what is asked of it.
    :param last: the number of the kernel's last capability.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: before anything is touched; or of the write that failed, when the others are undone.
    """
    outcomes = []
    for asked, file in requests:
        before = file.value()
        outcome = Outcome(file, before, after(asked, before, file.path))
        if outcome.changed:
            file.require_writable()
        outcomes.append(outcome)
    if not check:
        _write([outcome for outcome in outcomes if outcome.changed])
    return Result(outcomes, last)


def _write(outcomes: list[Outcome]) -> None:
    done: list[Outcome] = []
    try:
        for outcome in outcomes:
            outcome.file.write(outcome.after)
            done.append(outcome)
    except LabError as error:
        left = [each.file.path for each in reversed(done) if not _undone(each)]
        error.details.update(rolled_back=not left, left=left)
        raise


def _undone(outcome: Outcome) -> bool:
    try:
        outcome.file.write(outcome.before)
    except LabError:
        return False
    return True
