# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run for files and lists of capabilities, against a host that is a dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import audit, grant, hooks, keep, policy
from ansible_collections.netns.lab.plugins.module_utils._engine.host_files import HostFile
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.xattr import FileCapabilities
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict, Dependency, InvalidArgument

LAST = 40


@dataclass
class File:
    """A program; ``value`` of its attribute stands in the host."""

    path: str
    inode: int
    values: dict[int, Optional[bytes]]

    @property
    def identity(self) -> tuple[int, int]:
        return (1, self.inode)

    def value(self) -> Optional[bytes]:
        return self.values.get(self.inode)

    def require_writable(self) -> None:
        pass

    def write(self, value: Optional[bytes]) -> None:
        self.values[self.inode] = value


@dataclass
class Host:
    """A host with programs (path -> inode), their attributes, other files, lists and a log of what was asked."""

    programs: dict[str, int] = field(default_factory=dict)
    values: dict[int, Optional[bytes]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=lambda: {"/etc/debian_version": b"12"})
    unreadable: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def last(self) -> int:
        return LAST

    def is_there(self, path: str) -> bool:
        return path in self.programs or path in self.files

    @contextmanager
    def opened(self, path: str, follow: Optional[bool]) -> Iterator[File]:
        if path not in self.programs:
            raise InvalidArgument(path, "a file", "no such file", "Install it first, or check the path.")
        yield File(path, self.programs[path], self.values)

    def trusted(self, path: str) -> Any:
        return self.opened(path, None)

    def advice(self, file: File, caps: FileCapabilities) -> list[str]:
        return [f"{file.path}: {caps.text(LAST)}"]

    def scan(
        self, paths: Sequence[str], exclude: Any, one_filesystem: bool, threads: int, also: Iterable[str]
    ) -> audit.Found:
        found = {path: self.values.get(inode) for path, inode in sorted(self.programs.items())}
        return audit.Found({path: value for path, value in found.items() if value}, len(found), {})

    @contextmanager
    def locked(self, create: bool) -> Iterator[None]:
        self.log.append("locked")
        yield

    def lists(self, last: int) -> tuple[dict[str, policy.Policy], dict[str, str]]:
        names = [path for path in self.files if path.startswith(policy.FOLDER)]
        read = {path: policy.from_json(self.files[path].decode(), path, last) for path in names}
        return {path.rpartition("/")[2][: -len(".json")]: found for path, found in read.items()}, dict(self.unreadable)

    def identity(self, path: str) -> Optional[tuple[int, int]]:
        return (1, self.programs[path]) if path in self.programs else None

    def program(self) -> bytes:
        return b"program"

    def differing(self, files: Mapping[str, Optional[bytes]]) -> list[HostFile]:
        found = [HostFile(path, self.files.get(path), after) for path, after in files.items()]
        return [each for each in found if each.before != each.after]

    def unwatched(self, files: Mapping[str, Optional[bytes]]) -> list[str]:
        return []

    def install(self, changes: Sequence[HostFile], units: Iterable[str]) -> None:
        for change in changes:
            self.files.pop(change.path, None)
            self.files.update({change.path: change.after} if change.after is not None else {})


def ask(*paths: str, caps: str = "cap_kill=ep", **options: Any) -> dict[str, Any]:
    files = [{"path": path, "capabilities": caps} for path in paths]
    return {"name": "x", "state": "present", "keep": "auto", "prune": True, "files": files, **options}


def told(host: Host) -> dict[str, str]:
    found = audit.run({"allow": None, "paths": ["/"], "exclude": [], "one_filesystem": True, "threads": 1}, host)
    return {each["path"]: each["capabilities"] for each in found["files"]}


def test_a_list_is_granted_kept_and_changed_once_and_check_mode_touches_nothing() -> None:
    host = Host({"/a": 1, "/b": 2})
    planned = keep.run(ask("/a", "/b"), host, check=True)
    assert (told(host), host.log, len(host.files)) == ({}, [], 1)
    done = keep.run(ask("/a", "/b"), host, check=False)
    assert done.plan() == planned.plan() and host.log == ["locked"]
    assert told(host) == {"/a": "cap_kill=ep", "/b": "cap_kill=ep"}
    assert {hooks.PROGRAM, f"{policy.FOLDER}/x.json", *hooks.FILES["dpkg"]} <= set(host.files)
    assert not keep.run(ask("/a", "/b"), host, check=False).changed
    keep.run(ask("/a"), host, check=False)
    assert told(host) == {"/a": "cap_kill=ep"}
    keep.run(ask(state="absent"), host, check=False)
    assert (told(host), set(host.files)) == ({}, {"/etc/debian_version"})


def test_what_another_list_names_by_another_path_keeps_its_capabilities() -> None:
    host = Host({"/a": 1, "/link": 1})
    keep.run(ask("/link", name="other"), host, check=False)
    keep.run(ask("/a"), host, check=False)
    keep.run(ask(state="absent"), host, check=False)
    assert told(host) == {"/a": "cap_kill=ep", "/link": "cap_kill=ep"}


#: (the host's programs, what is asked first as the list "other", what is asked, the words of the error)
REFUSED: list[tuple[dict[str, int], Optional[dict[str, Any]], dict[str, Any], type[Exception], str]] = [
    ({"/a": 1, "/b": 1}, None, ask("/a", "/b"), Conflict, "the same file as /a"),
    ({"/a": 1, "/b": 1}, ask("/b", caps="cap_chown=p", name="other"), ask("/a"), Conflict, "in the list other"),
    ({}, None, ask(), InvalidArgument, "at least one file"),
    ({}, None, ask("/gone"), InvalidArgument, "/gone"),
]


@pytest.mark.parametrize(("programs", "first", "asked", "error", "words"), REFUSED)
def test_lists_that_contradict_each_other_are_refused_before_anything_is_written(
    programs: dict[str, int], first: Any, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    host = Host(programs)
    if first:
        keep.run(first, host, check=False)
    before = told(host), dict(host.files)
    with pytest.raises(error, match=words):
        keep.run(asked, host, check=False)
    assert (told(host), host.files) == before


def test_pruning_needs_all_lists_and_keeping_needs_something_that_calls() -> None:
    host = Host({"/a": 1}, unreadable={"old": "old.json: damaged"})
    with pytest.raises(Conflict, match=r"old\.json: damaged"):
        keep.run(ask("/a"), host, check=False)
    assert keep.run(ask("/a", prune=False), host, check=False).warnings == ["old.json: damaged", "/a: cap_kill=ep"]
    with pytest.raises(Dependency, match="dnf"):
        keep.run(ask("/a"), Host({"/a": 1}, files={}), check=False)


def options(**more: Any) -> dict[str, Any]:
    return {"path": None, "paths": None, "follow": False, "capabilities": "cap_kill=ep", **more}


def test_a_file_with_two_paths_is_granted_once_and_one_that_is_gone_has_nothing_to_lose() -> None:
    host = Host({"/a": 1, "/link": 1})
    result = grant.run(options(paths=["/a", "/link", "/a"]), host, check=False)
    assert [each["path"] for each in result.files()] == ["/a"] and result.warnings == ["/a: cap_kill=ep"]
    taken = grant.run(options(paths=["/gone", "/a"], state="absent", capabilities=None), host, check=False)
    assert [step["object"] for step in taken.plan()] == ["/a"] and told(host) == {}
    with pytest.raises(InvalidArgument, match="at least one path"):
        grant.run(options(paths=[]), host, check=False)


def test_what_may_be_missing_is_not_told_to_be() -> None:
    allow = [{"path": path, "capabilities": "=", "optional": path == "/may"} for path in ("/may", "/must")]
    found = audit.run({"allow": allow, "paths": None, "exclude": None, "one_filesystem": True, "threads": 1}, Host())
    assert [each["path"] for each in found["missing"]] == ["/must"]
