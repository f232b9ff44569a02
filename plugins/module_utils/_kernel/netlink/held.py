# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run keeps open of namespaces: sockets and descriptors, no more than the process may have open at a time."""

from __future__ import annotations

import resource
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

_T = TypeVar("_T")

#: of how many namespaces what is open may be used at the same time, whether there is room or not
AT_ONCE = 64
_PASSING = 2 * AT_ONCE
#: descriptors that are left to all else
_REST = 3 * _PASSING


def room(wanted: int) -> int:
    """How many descriptors a run may keep open; the limit is raised where it is too low, and may be.

    :param wanted: how many it would like to (int).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _REST
    if soft < needed:
        for limits in ((needed, max(hard, needed)), (hard, hard)):
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
                break
    return max(0, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - _REST)


class Held(Generic[_T]):
    """One thing that is open for each of some namespaces, by their names. It is opened when it is first asked for.

    What finds no room is opened anew each time, and closed when some others have been asked for.

    :param make: opens the thing of a namespace.
    :param close: closes one.
    :param most: how many are kept open (int).
    """

    def __init__(self, make: Callable[[str], _T], close: Callable[[_T], object], most: int) -> None:
        self._make, self._close, self._most = make, close, most
        self._kept: dict[str, _T] = {}
        self._passing: OrderedDict[str, _T] = OrderedDict()

    def __getitem__(self, name: str) -> _T:
        found = self._kept.get(name)
        if found is not None:
            return found
        if name in self._passing:
            return self._passing[name]
        made = self._make(name)
        self.keep(name, made)
        return made

    def keep(self, name: str, made: _T) -> None:
        """Take what was opened by somebody else.

        :param name: the namespace's name (str).
        :param made: what was opened.
        """
        if len(self._kept) < self._most:
            self._kept[name] = made
            return
        self._passing[name] = made
        while len(self._passing) > _PASSING:
            self._close(self._passing.popitem(last=False)[1])

    def drop(self, name: str) -> None:
        """Close that of a namespace that is about to go, if it is open.

        :param name: the namespace's name (str).
        """
        for some in (self._kept, self._passing):
            if name in some:
                self._close(some.pop(name))

    def close(self) -> None:
        """Close all."""
        for some in (self._kept, self._passing):
            while some:
                self._close(some.popitem()[1])
