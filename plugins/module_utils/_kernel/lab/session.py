# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets of one run of changes, and their queues: a namespace's messages wait until they are sent together."""

from __future__ import annotations

import errno
import os
from collections import defaultdict
from collections.abc import Callable
from typing import Optional

from ..._engine.state import Change
from ..netlink import messages, netns
from ..netlink.held import Held
from ..netlink.socket import NetlinkError, Socket
from .links.kind import Differences
from .refusals import refusal

#: whether an errno that a message came back with is of no matter
Excuse = Callable[[int], bool]
Queued = tuple[messages.Message, Change, Excuse]

#: what the kernel says of a thing that went by itself with another
_GONE = frozenset({errno.ENODEV, errno.EADDRNOTAVAIL, errno.ESRCH, errno.ENOENT})


class Session:
    """Sockets, descriptors and queues by namespace.

    :param stop: is called between two acts, and raises an error if somebody asked to stop.
    :param room: how many descriptors may be kept open (int).

    ``done`` are the changes that were made, in order, also those of which only a part was.
    """

    def __init__(self, stop: Callable[[], None], room: int) -> None:
        self._stop = stop
        self._done: dict[int, Change] = {}
        self._sockets = Held(self._opened, Socket.close, room // 2)
        self._descriptors = Held(netns.open_netns, os.close, room // 2)
        self._queues: dict[str, list[Queued]] = defaultdict(list)
        self._indices: dict[tuple[str, str], int] = {}
        self._held: set[tuple[str, str]] = set()
        self._to_raise: list[tuple[str, str, Change]] = []
        self._differences: dict[int, Differences] = {}

    @property
    def done(self) -> list[Change]:
        """What there is to undo, in the order in which it was done."""
        return list(self._done.values())

    def close(self) -> None:
        """Give all descriptors back."""
        self._sockets.close()
        self._descriptors.close()

    def socket(self, name: str) -> Socket:
        """A route socket of a namespace.

        :param name: the namespace's name (str), ``""`` for the host's.
        """
        return self._sockets[name]

    @staticmethod
    def _opened(name: str) -> Socket:
        with netns.entered(name):
            return Socket()

    def open_here(self, name: str) -> None:
        """Make the socket of a namespace that the calling thread is in right now.

        :param name: the namespace's name (str), ``""`` for the host's.
        """
        self._sockets.keep(name, Socket())

    def descriptor(self, name: str) -> int:
        """A descriptor of a namespace.

        :param name: the namespace's name (str), ``""`` for the host's.
        """
        return self._descriptors[name]

    def index(self, name: str, link: str) -> int:
        """The number of a link.

        :param name: the namespace's name (str), ``""`` for the host's.
        :param link: the link's name (str).
        """
        key = (name, link)
        if key not in self._indices:
            body = self.socket(name).ask(messages.GETLINK, messages.get_link(link))
            self._indices[key] = messages.IFINFOMSG.unpack_from(body)[2]
        return self._indices[key]

    def forget_links(self) -> None:
        """Drop the links' numbers: one that is made anew under its name has another."""
        self._indices.clear()

    def forget(self, name: str) -> None:
        """Drop what is known of a namespace that is about to go.

        :param name: the namespace's name (str), ``""`` for the host's.
        """
        self._queues.pop(name, None)
        self._sockets.drop(name)
        self._descriptors.drop(name)

    def differences(self, change: Change) -> Differences:
        """What a change of a link has to write still.

        :param change: one of this run.
        """
        found = self._differences.get(id(change))
        if found is None:
            found = self._differences[id(change)] = Differences(change)
        return found

    def note(self, change: Change) -> None:
        """Remember that a change was made.

        :param change: the change.
        """
        self._done[id(change)] = change

    def act(self, change: Change, act: Callable[[], object]) -> None:
        """Make a change that is no message.

        :param change: the change.
        :param act: makes it.
        :raises Refused: if it fails.
        """
        self.heed()
        try:
            act()
        except OSError as exc:
            raise refusal(change, exc) from exc
        self.note(change)

    def heed(self) -> None:
        """Hear who asks to stop.

        :raises Stopped: if somebody does.
        """
        self._stop()

    def queue(self, name: str, message: messages.Message, change: Change, excuse: Optional[Excuse] = None) -> None:
        """Let a message of a change wait for the namespace's next send.

        :param name: the namespace's name (str), ``""`` for the host's.
        :param message: the message.
        :param change: the change.
        :param excuse: which errors are of no matter (default: of a removal, that there is nothing to remove).
        """
        gone = _is_gone if _removes(message, change) else _never
        self._queues[name].append((message, change, excuse or gone))

    def hold(self, links: set[tuple[str, str]]) -> None:
        """Keep links, as (netns, name), from going up until they are released.

        :param links: the links, as (netns, name).
        """
        self._held = links

    def is_held(self, name: str, link: str) -> bool:
        """Whether a link has to stay down for now.

        :param name: the namespace's name (str), ``""`` for the host's.
        :param link: the link's name (str).
        """
        return (name, link) in self._held

    def raise_link(self, name: str, link: str, change: Change) -> None:
        """Let the message that raises a link wait for the next send, or for its release.

        :param name: the namespace's name (str), ``""`` for the host's.
        :param link: the link's name (str).
        :param change: the change.
        """
        if self.is_held(name, link):
            self._to_raise.append((name, link, change))
        else:
            self.queue(name, messages.set_up(link, True), change)

    def release(self) -> None:
        """Raise what was held."""
        waiting, self._held, self._to_raise = self._to_raise, set(), []
        for name, link, change in waiting:
            self.raise_link(name, link, change)

    def flush(self, name: Optional[str] = None) -> None:
        """Send what waits, of one namespace or of all.

        :param name: the namespace's name (str), ``""`` for the host's.
        :raises Refused: with the first change that failed; those that succeeded beside it are done.
        """
        for each in [name] if name is not None else list(self._queues):
            waiting = self._queues.pop(each, [])
            if waiting:
                self._send(each, waiting)

    def _send(self, name: str, waiting: list[Queued]) -> None:
        """What was not removed may have gone along with what came after it: it counts as done, and is made anew."""
        self.heed()
        results = self.socket(name).batch([message for message, _change, _excuse in waiting])
        failed: Optional[tuple[Change, tuple[int, str]]] = None
        for number, ((message, change, excuse), error) in enumerate(zip(waiting, results)):
            if error is None or excuse(error[0]):
                self.note(change)
                continue
            if _removes(message, change) and None in results[number:]:
                self.note(change)
            failed = failed or (change, error)
        if failed is not None:
            raise refusal(failed[0], NetlinkError(*failed[1]))


def _is_gone(number: int) -> bool:
    return number in _GONE


def _never(_number: int) -> bool:
    return False


def _removes(message: messages.Message, change: Change) -> bool:
    return message[0] in messages.REMOVALS or change.after is None
