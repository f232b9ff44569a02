# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that the kernel does on several processors at once, and that may leave its thread in another namespace."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

_Item = TypeVar("_Item")

#: threads at most: the kernel's locks leave no more to gain
_MOST = 4
#: items that are worth a thread more
_WORTH = 16


def share(items: list[_Item], work: Callable[[_Item], object]) -> None:
    """Do the same to each of some items, in threads of their own, and wait for all.

    After an error nothing new is begun.

    :raises Exception: the first error of ``work``.
    """
    errors: list[Exception] = []
    todo = iter(items)
    count = min(_MOST, len(os.sched_getaffinity(0)), -(-len(items) // _WORTH))
    crew = [threading.Thread(target=_work, args=(todo, work, errors)) for _number in range(count)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if errors:
        raise errors[0]


def _work(todo: Iterator[_Item], work: Callable[[_Item], object], errors: list[Exception]) -> None:
    for item in todo:
        if errors:
            return
        try:
            work(item)
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            errors.append(error)
