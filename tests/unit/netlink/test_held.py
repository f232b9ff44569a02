# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run keeps open of namespaces, where there is room for all, and where there is not."""

from __future__ import annotations

import resource

from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import held


class _Doors:
    """Counts what is opened, and knows what is open."""

    def __init__(self) -> None:
        self.opened = 0
        self.open: set[str] = set()
        self.most = 0

    def make(self, name: str) -> str:
        self.opened += 1
        self.open.add(name)
        self.most = max(self.most, len(self.open))
        return name

    def close(self, name: str) -> None:
        self.open.remove(name)


def test_each_is_opened_once_where_there_is_room() -> None:
    doors = _Doors()
    found = held.Held(doors.make, doors.close, 1000)
    for _turn in range(3):
        assert [found[f"ns{n}"] for n in range(1000)] == [f"ns{n}" for n in range(1000)]
    assert doors.opened == 1000
    found.drop("ns1")
    assert "ns1" not in doors.open
    found.close()
    assert doors.open == set()


def test_without_room_few_are_open_at_a_time_and_those_last_asked_for_stay() -> None:
    doors = _Doors()
    found = held.Held(doors.make, doors.close, 10)
    for turn in range(2):
        for n in range(1000):
            assert found[f"ns{n}"] == f"ns{n}", turn
            last = {f"ns{each}" for each in range(max(0, n - held.AT_ONCE), n + 1)}
            assert last <= doors.open
    assert doors.most <= 10 + 3 * held.AT_ONCE
    assert doors.opened == 10 + 2 * 990
    found.close()
    assert doors.open == set()


def test_the_limit_of_open_files_is_raised_and_no_more_is_taken() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(600, hard), hard))
        assert 0 < held.room(1) <= 600
        assert held.room(10**9) < resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
