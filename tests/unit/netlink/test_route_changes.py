# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes that are changed: what stands in their places is looked at, once for a table, and never overwritten unread."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.route import RouteKey
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Attrs, Change
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import route_messages
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.refusals import Refused
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.routing import Routing
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.session import Session
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import messages


def _attrs(gateway: str) -> Attrs:
    found = {"type": "unicast", "gateway": gateway, "dev": None, "src": None, "onlink": False}
    return {**found, "protocol": 110, "raw": None}


class _Table:
    """A namespace's socket: it has routes, counts its dumps, and takes what it is sent."""

    def __init__(self, standing: list[tuple[RouteKey, Attrs]]) -> None:
        self.standing, self.dumps, self.sent = standing, Counter[int](), list[Any]()

    def dump(self, kind: int, _payload: bytes) -> list[bytes]:
        self.dumps[kind] += 1
        if kind != messages.GETROUTE:
            return []
        made = [route_messages.create(key, attrs, lambda _dev: 1) for key, attrs in self.standing]
        return [message[1] for message in made if message is not None]

    def batch(self, sent: list[Any]) -> list[None]:
        self.sent += sent
        return [None] * len(sent)

    def close(self) -> None:
        """Nothing is open."""


def _changed(count: int, table: _Table) -> None:
    session = Session(lambda: None, room=100)
    session._sockets.keep("red", table)  # type: ignore[arg-type]  # as much of it as is asked for
    routing = Routing(session, restoring=False)
    keys = [RouteKey("red", 254, f"10.{n}.0.0/16", 0) for n in range(count)]
    routing.routes([Change(key, _attrs("192.0.2.1"), _attrs("192.0.2.2")) for key in keys])
    routing.flush()


@pytest.mark.parametrize("count", [1, 200])
def test_a_table_is_looked_at_once_for_all_changes_of_it(count: int) -> None:
    table = _Table([(RouteKey("red", 254, f"10.{n}.0.0/16", 0), _attrs("192.0.2.1")) for n in range(count)])
    _changed(count, table)
    assert table.dumps[messages.GETROUTE] == 1
    assert len(table.sent) == count


def test_a_route_that_somebody_changed_meanwhile_is_left_alone() -> None:
    table = _Table([(RouteKey("red", 254, f"10.{n}.0.0/16", 0), _attrs(f"192.0.2.{1 + n % 2 * 8}")) for n in range(3)])
    with pytest.raises(Refused) as refused:
        _changed(3, table)
    assert refused.value.change.key.dst == "10.1.0.0/16"
    assert table.sent == []
