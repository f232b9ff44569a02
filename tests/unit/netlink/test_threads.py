# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that is shared among threads: all of it once, or the first error and nothing new after it."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import threads


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 1000])
def test_each_item_is_done_once(count: int) -> None:
    done: list[int] = []
    threads.share(list(range(count)), done.append)
    assert sorted(done) == list(range(count))


def test_no_work_is_done_by_the_caller() -> None:
    # a namespace's birth moves the thread that makes it
    there: list[int] = []
    threads.share([1], lambda _item: there.append(threading.get_ident()))
    assert there != [threading.get_ident()]


def test_the_first_error_is_raised_and_nothing_new_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item >= 30:
            raise OSError(f"item {item}")

    with pytest.raises(OSError, match="item 3"):
        threads.share(list(range(1000)), work)
    assert set(range(31)) <= set(begun) and len(begun) < 1000
