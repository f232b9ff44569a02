# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of the kernel that a run makes, refused once, and killed around once: what has to hold after each."""

from __future__ import annotations

import errno
import itertools
import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .dumps import Dump, assert_same, comparable
from .labs import Lab
from .sandbox import Sandbox

#: what the kernel may say for want of something, at any call; none of them speaks of the object
ERRNOS = (errno.ENOMEM, errno.ENOBUFS, errno.EPERM, errno.EIO, errno.ENOSPC, errno.EMFILE)
#: calls that change something: a kill around any other is one before the next of these
WRITES = ("netlink", "pyroute2", "nft -f", "sysctl", "mount", "umount2", "unshare",
          "mkdir", "makedirs", "rmdir", "unlink", "replace", "chmod", "write")  # fmt: skip
NOTHING: Lab = {"state": "absent"}


@dataclass
class Count:
    """The cases that were tried: calls refused, of them those that were borne and those with something left; kills."""

    refused: int = 0
    borne: int = 0
    left: int = 0
    killed: int = 0
    calls: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{self.refused} refused ({self.borne} borne, {self.left} with something left, named), {self.killed} killed"
        )


class Faulty:
    """The engine inside a sandbox, with faults."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.count = sandbox, Count()
        program = Path(__file__).with_name("faults.py")
        self._server = sandbox.background([sandbox.python, str(program)]).process
        self._errnos = itertools.cycle(ERRNOS)

    def run(self, lab: Lab, how: str = "", at: tuple[int, ...] = (), code: int = 0) -> dict[str, Any]:
        """Run topology, with what is to befall it."""
        assert self._server.stdin is not None and self._server.stdout is not None
        request = {"args": {"name": "star", **lab}, "how": how, "at": at, "code": code}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        said = ""
        for line in self._server.stdout:
            if line.startswith('{"'):
                answer: dict[str, Any] = json.loads(line)
                assert not said, said
                return answer
            said += line
        raise AssertionError(f"it has ended: {said}")

    def apply(self, lab: Lab) -> list[str]:
        """Run it without a fault.

        :returns: the calls that it made.
        """
        answer = self.run(lab)
        assert not answer.get("error"), answer
        calls: list[str] = answer["calls"]
        return calls

    def state(self) -> Dump:
        """The state, comparable to that of another build."""
        return comparable(self.sandbox.dump())

    def between(self, one: Lab, other: Lab, chosen: slice = slice(None)) -> None:
        """From one lab to another, with each of its calls refused and killed around.

        :param chosen: which of the calls (default: all).
        """
        empty = self.state()
        self.apply(one)
        before = self.state()
        calls = self.apply(other)
        after = self.state()
        self.apply(one)
        self.count.calls.update(call.partition(" ")[0] for call in calls)
        for at in range(len(calls))[chosen]:
            writes = calls[at].startswith(WRITES)
            with _told(f"{calls[at]!r}, call {at} of {len(calls)}, from {one} to {other}"):
                self._refused(other, at, before, after)
                self.apply(one)
                for how in ("before", "after") if writes else ():
                    self._killed(other, at, how, after, empty)
                    self.apply(one)
        assert_same(before, self.state())
        self.apply(NOTHING)
        assert_same(empty, self.state())

    def _refused(self, lab: Lab, at: int, before: Dump, after: Dump) -> None:
        code = next(self._errnos)
        answer = self.run(lab, "refuse", (at,), code)
        self.count.refused += 1
        error = answer["error"]
        if error is None:
            self.count.borne += 1
            assert_same(after, self.state(), f"it went on after errno {code}")
            return
        assert error["object"] and error["wanted"] and error["found"] and error["remedy"], error
        left = answer["details"].get("left", [])
        if left:
            self.count.left += 1
            assert all(each in answer["text"] for each in left)
            return
        stands = after if "The host is as described" in answer["text"] else before
        assert_same(stands, self.state(), f"refused with errno {code}: {answer['text']}")

    def _killed(self, lab: Lab, at: int, how: str, after: Dump, empty: Dump) -> None:
        answer = self.run(lab, how, (at,))
        self.count.killed += 1
        assert answer == {"status": -signal.SIGKILL}, f"not killed {how}: {answer['calls']}"
        healed = self.run(lab)
        assert not healed["error"], f"killed {how}, not healed: {healed['text']}"
        assert_same(after, self.state(), f"killed {how}")
        again = self.run(lab)
        assert not again["changed"] and not again["error"], f"killed {how}, a second run is not empty: {again}"
        self.apply(NOTHING)
        assert_same(empty, self.state(), f"killed {how}, teardown")


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{error}\n\n{what}") from error
