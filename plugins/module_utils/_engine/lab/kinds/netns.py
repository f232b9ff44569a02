# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...._model.errors import InvalidArgument
from ...._model.values import netns_name
from ...state import Key
from .kind import Kind, Stage

if TYPE_CHECKING:
    from ..scope import Scope


class _Netns(NamedTuple):
    sort: str
    netns: str


class NetnsKey(Key, _Netns):
    """A namespace by its name. Attributes: lo_up."""

    __slots__ = ()

    def __new__(cls, netns: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("netns", netns))

    def describe(self) -> str:
        """``netns red``."""
        return f"netns {self.netns}"


def is_netns(name: str) -> bool:
    """Whether a namespace can have a name.

    :param name: the name (str).
    """
    try:
        return bool(name) and netns_name("", name) == name
    except (InvalidArgument, UnicodeError):
        return False


class _Kind(Kind):
    sort = "netns"
    key = NetnsKey
    shared = False
    in_netns = True
    stage = Stage.NETNS

    def may_be_made(self, key: NetnsKey) -> bool:
        """The host's own is not."""
        return key.netns != ""

    def ask(self, scope: Scope, key: NetnsKey) -> None:
        """Ask for the namespace."""
        scope.namespaces.add(key.netns)


KINDS = (_Kind(),)
