# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every kind of object has to say of itself, so that no other part of the engine has to know the kinds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from ...state import Attrs, Change

if TYPE_CHECKING:
    from ..scope import Scope


class Stage:
    """The order of creation: the lower is made earlier and removed later.

    Sysctls come before the links, which are born under them; those of one link before its addresses.
    """

    NETNS_HOME = -1
    NETNS_DIR = 0
    DIRECTORY = 1
    NETNS = 2
    FILE = 3
    SYSCTL = 4
    BRIDGE = 5
    LINK = 6
    LINK_SYSCTL = 7
    ADDRESS = 8
    ROUTE = 9
    RULE = 10
    NAT_TABLE = 11
    NAT = 12
    FIREWALL = 13


class Kind(ABC):
    """A kind of object. What has no value here each kind has to say; see :func:`.table.whole`.

    ``sort`` is the first field of its keys, ``key`` their class, ``stage`` their :class:`Stage`. ``shared`` says
    whether several labs may hold one object at once: the last one that lets go removes or restores it. ``in_netns``
    says whether its objects lie in a namespace, or in the host's own.
    """

    sort: str
    key: type[Any]
    stage: int
    shared: bool
    in_netns: bool

    @abstractmethod
    def ask(self, scope: Scope, key: Any) -> None:
        """Add to a scope what has to be read for a plan about an object."""

    def may_be_made(self, key: Any) -> bool:
        """Whether a lab can have made an object of this name, so that it may be on its record."""
        del key
        return True

    def links(self, key: Any, attrs: Attrs) -> list[str]:
        """The names of the links, of its own namespace, that an object needs."""
        del key
        return [attrs["dev"]] if attrs.get("dev") else []

    def stage_of(self, key: Any, attrs: Attrs) -> int:
        """The stage of an object, where not all of its kind have the same."""
        del key, attrs
        return self.stage

    def rank(self, change: Change) -> int:
        """The stage of a change that makes an object, or makes it otherwise."""
        return self.stage_of(change.key, change.after or {})

    def turn(self, change: Change) -> tuple[int, ...]:
        """Where a change has its turn among others of its stage; those with the same one stay as they are."""
        del change
        return (0, 0)
