# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dummy links: they have nothing of their own, and drop what is sent. dummy of ip-link(8)."""

from __future__ import annotations

from ...._engine.state import Attrs, Change, Key
from ...netlink import messages
from ..session import Session
from .kind import Differences, LinkKind, nothing


def _make(session: Session, change: Change, differs: Differences, _after: dict[Key, Attrs]) -> None:
    from . import common  # noqa: PLC0415 - only who writes needs it

    common.make_alone(session, change, differs, messages.kind_info("dummy"))


KIND = LinkKind(
    reads=frozenset(),
    decode=lambda _data: {},
    look=nothing,
    require=nothing,
    make=_make,
    change=nothing,
    finish=nothing,
    gather=nothing,
    raise_last=None,
)
