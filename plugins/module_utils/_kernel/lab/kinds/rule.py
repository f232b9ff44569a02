# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy rules: which are read, and when they are written; their messages stand in :mod:`..rules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._engine.state import Change
from .phase import Gone, Made, Part

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer


def dump(reader: Reader, name: str) -> None:
    """Read the rules of a namespace that is asked about.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    if name in reader.scope.rules:
        from .. import rules  # noqa: PLC0415 - few runs are about rules

        rules.read(reader.sockets[name], name, reader.objects)


def _write(writer: Writer, changes: list[Change]) -> None:
    from .. import rules  # noqa: PLC0415 - as above

    rules.apply(writer.session, changes)


REMOVE = (Part(Gone.RULE, ("rule",), _write),)
BUILD = (Part(Made.RULE, ("rule",), _write),)
