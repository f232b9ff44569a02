# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object as a description wants it."""

from __future__ import annotations

from typing import Optional

from ..state import Attrs, Key


class Want:
    """One object as it is to be.

    ``create`` holds what is set only where the object is made; ``hairpin`` is a port forward's own wish;
    ``requested_by`` are the objects that want a sysctl for their sake; ``why`` is the reason where the description does
    not name the object; ``asked`` is a sysctl's value as the description says it, where the kernel has other words for
    that.
    """

    __slots__ = ("asked", "attrs", "create", "hairpin", "key", "kind", "requested_by", "where", "why")

    def __init__(  # noqa: PLR0913 - most wants are three of them
        self,
        key: Key,
        kind: str,
        where: str,
        attrs: Optional[Attrs] = None,
        create: Optional[Attrs] = None,
        hairpin: bool = False,
        requested_by: Optional[set[Key]] = None,
        why: str = "",
        asked: str = "",
    ) -> None:
        self.key, self.kind, self.where, self.hairpin, self.why, self.asked = key, kind, where, hairpin, why, asked
        self.attrs: Attrs = {} if attrs is None else attrs
        self.create: Attrs = {} if create is None else create
        self.requested_by: set[Key] = set() if requested_by is None else requested_by


Wants = dict[Key, Want]
