# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that the kernel does on several processors at once, and that may leave its thread in another namespace."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Optional, TypeVar

_Item = TypeVar("_Item")

#: threads at most: the kernel's locks leave no more to gain
_MOST = 4
#: items that are worth a thread more
_WORTH = 16


def share(items: list[_Item], work: Callable[[_Item], object], most: Optional[int] = None) -> None:
    """Do the same to each of some items, in threads of their own, and wait for all.

    After an error nothing new is begun.

    :param items: what there is to do.
    :param work: called with each of them.
    :param most: how many threads at most, where they do nothing but wait (int; default: as many as have work to do).
    :raises Exception: the first error of ``work``.
    """
    todo = iter(items)

    def some() -> None:
        try:
            for item in todo:
                work(item)
        except Exception:
            list(todo)  # nobody finds another
            raise

    if most is None:
        most = min(_MOST, len(os.sched_getaffinity(0)), -(-len(items) // _WORTH))
    crew(min(most, len(items)), some)


def crew(count: int, work: Callable[[], object]) -> None:
    """Do the same in some threads, and wait for all.

    :param count: the number of threads (int).
    :param work: called in each of them.
    :raises Exception: the first error of ``work``.
    """
    errors: list[Exception] = []

    def guarded() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - it is raised again where it is waited for
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
