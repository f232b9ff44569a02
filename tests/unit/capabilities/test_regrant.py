# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that grants capabilities again: it goes through all lists, whatever one of them or a file refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Optional

from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import policy
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities.policy import Policy
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities.regrant import grant_all
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict

from .test_keep import LAST, File


class Kept:
    """Lists, and the files that they name; a path that somebody else may write is refused."""

    def __init__(self, **lists: list[dict[str, Any]]) -> None:
        self._lists, self.said = lists, list[str]()
        self.programs = {path: number for number, path in enumerate(("/bin/ping", "/bin/dig", "/home/tool"))}
        self.values: dict[int, Optional[bytes]] = {}

    def last(self) -> int:
        return LAST

    def names(self) -> list[str]:
        return sorted(self._lists)

    def read(self, name: str, last: int) -> Policy:
        if not self._lists[name]:
            raise Conflict(name, "a list of capabilities in JSON", "nothing", "Remove it.")
        return Policy("apt", policy.entries(self._lists[name], last))

    def is_there(self, path: str) -> bool:
        return path in self.programs

    @contextmanager
    def trusted(self, path: str) -> Iterator[File]:
        if path.startswith("/home/"):
            raise Conflict(path, "a file that root alone may write", "mode 0777", "Change it.")
        yield File(path, self.programs[path], self.values)

    def log(self, text: str) -> None:
        self.said.append(text)


def entry(path: str, **options: Any) -> dict[str, Any]:
    return {"path": path, "capabilities": "cap_net_raw=ep", **options}


def test_what_is_missing_is_granted_once_and_told() -> None:
    kept = Kept(default=[entry("/bin/ping", why="to try it"), entry("/bin/dig")])
    assert grant_all(kept) is True
    assert kept.said == [
        "/bin/ping: granted cap_net_raw=ep (list default: to try it)",
        "/bin/dig: granted cap_net_raw=ep (list default)",
    ]
    assert all(kept.values.values()) and len(kept.values) == 2
    kept.said.clear()
    assert grant_all(kept) is True and kept.said == []


def test_what_refuses_does_not_stop_the_others() -> None:
    kept = Kept(a=[], b=[entry("/home/tool"), entry("/bin/gone")], c=[entry("/bin/ping")])
    assert grant_all(kept) is False
    assert [text.split(": ")[0] for text in kept.said] == ["list a", "/home/tool", "/bin/gone", "/bin/ping"]
    assert ["not granted" in text for text in kept.said] == [False, True, True, False]
    assert [*kept.values] == [kept.programs["/bin/ping"]]


def test_what_is_optional_may_be_missing() -> None:
    kept = Kept(default=[entry("/bin/gone", optional=True), entry("/home/tool", optional=True)])
    assert grant_all(kept) is False
    assert [text.split(": ")[0] for text in kept.said] == ["/home/tool"]
