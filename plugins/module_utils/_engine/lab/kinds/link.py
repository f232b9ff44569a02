# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links. What is particular to veth pairs, bridges and others stands in :mod:`..links`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...state import Attrs, Key, place
from ..links import table as links
from .kind import Kind, Stage

if TYPE_CHECKING:
    from ..scope import Scope
#: the longest other name of a link, in characters
_ALTNAME_MAX = 127


class _Link(NamedTuple):
    sort: str
    netns: str
    name: str


class LinkKey(Key, _Link):
    """A link by its name.

    Attributes: kind, up, mtu, mac, bridge, peer, addrgenmode, group, and those of its kind and of its port.
    """

    __slots__ = ()

    def __new__(cls, netns: str, name: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("link", netns, name))

    def describe(self) -> str:
        """``link red/eth0``."""
        return f"link {place(self.netns, self.name)}"

    @property
    def is_innate(self) -> bool:
        """Loopback is."""
        return self.name == "lo"


def is_link(name: str) -> bool:
    """Whether the kernel takes it as the name of a link, or as another name of one (ALTIFNAMSIZ).

    :param name: the name (str).
    """
    if name in ("", ".", "..") or len(name) > _ALTNAME_MAX:
        return False
    return not any(char in "/:" or char.isspace() for char in name)


class _Kind(Kind):
    sort = "link"
    key = LinkKey
    stage = Stage.LINK
    shared = False
    in_netns = True

    def stage_of(self, key: LinkKey, attrs: Attrs) -> int:
        """Bridges come before their ports."""
        del key
        kind = links.find(attrs)
        return Stage.BRIDGE if kind is not None and kind.first else self.stage

    def links(self, key: LinkKey, attrs: Attrs) -> list[str]:
        """Its bridge, and the one that it lies over."""
        del key
        return [name for name in (attrs.get("bridge"), links.over(attrs)) if name]

    def may_be_made(self, key: LinkKey) -> bool:
        """Any name that the kernel takes."""
        return is_link(key.name)

    def ask(self, scope: Scope, key: LinkKey) -> None:
        """Ask for the namespace; for the host's own, for its routes and for what looks after links, too."""
        scope.namespaces.add(key.netns)
        if not key.netns:
            scope.host_links = scope.host_routes = True


KINDS = (_Kind(),)
