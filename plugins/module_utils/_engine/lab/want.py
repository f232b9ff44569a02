# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object as a description wants it."""

from __future__ import annotations

from typing import Optional

from ..state import Attrs, Key


class Want:
    """One object as it is to be.

    :param key: its key.
    :param kind: the kind of a step about it (str).
    :param where: the entry that asks for it, e.g. ``veths[0]`` (str).
    :param attrs: its attributes that are wanted (dict; default: none).
    :param create: those that are set only where the object is made (dict; default: none).
    :param hairpin: a port forward's own wish (bool).
    :param requested_by: the objects that want a sysctl for their sake (default: none).
    :param why: the reason where the description does not name the object (str).
    :param asked: a sysctl's value as the description says it, where the kernel has other words for that (str).
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

    def having(self, attrs: Attrs) -> Want:
        """The same object with other attributes.

        :param attrs: the attributes that are wanted (dict).
        """
        asked = (self.create, self.hairpin, self.requested_by, self.why, self.asked)
        return Want(self.key, self.kind, self.where, attrs, *asked)


Wants = dict[Key, Want]
