# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call of the kernel that a run makes, refused once, and killed around once: what has to hold after each."""

from __future__ import annotations

import errno
import functools
import itertools
import json
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unit.support.topologies import FOREIGN_BRIDGE, SPARE, UPLINK

from .drifting import Drift, drifts
from .dumps import Dump, assert_same, comparable
from .host_groups import until
from .labs import Lab
from .sandbox import CommandFailed, Sandbox

#: what the kernel may say for want of something, at any call; none of them speaks of the object
ERRNOS = (errno.ENOMEM, errno.ENOBUFS, errno.EPERM, errno.EIO, errno.ENOSPC, errno.EMFILE)
#: calls that change something
WRITES = ("netlink", "nft -f", "sysctl", "mount", "umount2", "unshare",
          "mkdir", "makedirs", "rmdir", "unlink", "replace", "fchmod", "write")  # fmt: skip
NOTHING: Lab = {"state": "absent"}
#: what a host has that no lab made: see unit.support.topologies
HOST = f"""
ip link add {UPLINK} type veth peer name uplink-peer
ip link add {SPARE} type veth peer name spare-peer
ip link add {FOREIGN_BRIDGE} type bridge
for link in {UPLINK} uplink-peer {SPARE} spare-peer {FOREIGN_BRIDGE}; do
    ip link set $link addrgenmode none; ip link set $link up
done
ip address add 10.0.2.15/24 broadcast 10.0.2.255 dev {UPLINK}
ip address add 172.17.0.1/16 broadcast 172.17.255.255 dev {FOREIGN_BRIDGE}
ip route add default via 10.0.2.2
ip route add 10.250.0.0/16 via 10.0.2.3 metric 7
ip rule add from 10.250.0.0/16 table 90 priority 90
"""


@dataclass
class Count:
    """The cases that were tried: calls refused, of them those that were borne and those with something left; kills."""

    refused: int = 0
    borne: int = 0
    left: int = 0
    killed: int = 0
    calls: set[str] = field(default_factory=set)

    def add(self, other: Count) -> None:
        """Count another's cases too."""
        self.refused, self.borne, self.left = (
            self.refused + other.refused,
            self.borne + other.borne,
            self.left + other.left,
        )
        self.killed += other.killed
        self.calls |= other.calls

    def __str__(self) -> str:
        left = f"{self.borne} borne, {self.left} with something left that was named"
        return f"{self.refused} calls refused ({left}), {self.killed} kills"


class Faulty:
    """The engine inside a sandbox, with faults."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.count = sandbox, Count()
        program = Path(__file__).with_name("faults.py")
        self._server = sandbox.background([sandbox.python, str(program)]).process
        self._errnos = itertools.cycle(ERRNOS)

    def run(
        self, lab: Lab, how: str = "", at: tuple[int, ...] = (), code: int = 0, check: bool = False, learn: bool = False
    ) -> dict[str, Any]:
        """Run topology, with what is to befall it; without links of kinds that the kernel lacks."""
        args = {"name": "star", **self.possible(lab)}
        return self._ask({"args": args, "how": how, "at": at, "code": code, "check": check, "learn": learn})

    def possible(self, lab: Lab) -> Lab:
        """The lab without links of kinds that the kernel lacks."""
        links = [link for link in lab.get("links", ()) if self.sandbox.makes(link["kind"])]
        return {**lab, "links": links} if "links" in lab else lab

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._server.stdin is not None and self._server.stdout is not None
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
        """The state, comparable to that of another build.

        A link that was ever up keeps its queue when it is down, and ``lo`` its 127.0.0.1. Routes to a host's own IPv6
        addresses and anycast addresses of routers come and go when the kernel is done with duplicate address detection.
        """
        dump = comparable(self._ask({}))
        return {
            section: [line.replace('"noop"', '"noqueue"') for line in lines if not _by_and_by(line)]
            for section, lines in dump.items()
        }

    def between(self, one: Lab, other: Lab, chosen: slice = slice(None)) -> None:
        """From one lab to another, with each of its calls refused, and killed before and after each that changes.

        Between two of those nothing changes, so that a kill before one is a kill after the last.

        :param chosen: which of the calls (default: all).
        """
        empty = self.state()
        self.apply(one)
        before = self.state()
        calls = self.apply(other)
        assert not self.run(other)["changed"], f"a second run is not empty, from {one} to {other}"
        after = self.state()
        self._anew(one)
        self.count.calls.update(call.partition(" ")[0] for call in calls)
        first = next((at for at, call in enumerate(calls) if call.startswith(WRITES)), None)
        for at in range(len(calls))[chosen]:
            with _told(f"{calls[at]!r}, call {at} of {len(calls)}, from {one} to {other}"):
                if not self._refused(other, at, before, after):
                    self._anew(one)
                for how in ("before", "after") if at == first else ("after",) if calls[at].startswith(WRITES) else ():
                    self._killed(other, at, how, after, empty)
                    self.apply(one)
        assert_same(before, self.state())
        self.apply(NOTHING)
        assert_same(empty, self.state())

    def _anew(self, lab: Lab) -> None:
        """A fresh build: what a lab leaves open may be as another one had it."""
        self.apply(NOTHING)
        self.apply(lab)

    def _refused(self, lab: Lab, at: int, before: Dump, after: Dump) -> bool:
        """Refuse a call.

        :returns: whether all is as it was before.
        """
        code = next(self._errnos)
        answer = self.run(lab, "refuse", (at,), code)
        self.count.refused += 1
        error = answer["error"]
        if error is None:
            self.count.borne += 1
            assert_same(after, self.state(), f"it went on after errno {code}")
            return False
        assert error["object"] and error["expected"] and error["found"] and error["remedy"], error
        left = answer["details"].get("left", [])
        if left:
            self.count.left += 1
            assert all(each in answer["text"] for each in left)
            return False
        stands = after if "The host is as described" in answer["text"] else before
        assert_same(stands, self.state(), f"refused with errno {code}: {answer['text']}")
        return stands is before

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

    def drifts(self, lab: Lab, chosen: Callable[[list[Drift]], list[Drift]]) -> int:
        """Let some of what the lab has drift, one thing at a time: check mode names it, one run repairs exactly it.

        All these runs know the kernel's messages of before, so that what drifted is seen where bytes are compared.

        :returns: how many.
        """
        empty = self.state()
        self.apply(lab)
        known = self.run(lab, check=True, learn=True)
        assert not known["changed"] and not known["apart"], known
        whole, links = self.state(), self._links()
        acts = chosen(drifts(self.possible(lab), self.sandbox))
        for act in acts:
            with _told(f"{act.script}, of {lab}"):
                self.sandbox.sh(act.script)
                until(lambda act=act: not act.gone & {link[:2] for link in self._links()}, f"the end of {act.gone}")
                named = self.run(lab, check=True)
                assert named["changed"] and any(act.word in step["object"] for step in named["plan"]), named
                repaired = self.run(lab)
                assert not repaired["error"] and repaired["plan"] == named["plan"], repaired
                assert_same(whole, self.state(), f"repaired by {named['plan']}")
                assert act.anew or self._links() == links, f"other links than before: {named['plan']}"
                assert not self.run(lab)["changed"], "a second run is not empty"
                links = self._links()
        self.apply(NOTHING)
        assert_same(empty, self.state())
        return len(acts)

    def _links(self) -> set[tuple[str, str, int]]:
        """Every link's number: one that was made anew has another."""
        found = set()
        for netns in ["", *self.sandbox.namespaces()]:
            with suppress(CommandFailed):  # of one that is unmounted the name is left
                found |= {(netns, link["ifname"], link["ifindex"]) for link in self.sandbox.ip("link", netns)}
        return found


@functools.lru_cache(100_000)
def _by_and_by(line: str) -> bool:
    """Whether it is ``lo`` with its addresses, a route over it, or one that the kernel makes in its own time."""
    item = json.loads(line) if line.startswith("{") else {}
    own = item.get("type") == "anycast" or (item.get("type") == "local" and ":" in item["dst"])
    return own or "lo" in (item.get("ifname"), item.get("dev"))


#: hosts with a network of their own, each good for one lab made at random
Fresh = Callable[[], AbstractContextManager[Faulty]]


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{error}\n\n{what}") from error
