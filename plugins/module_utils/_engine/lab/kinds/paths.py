# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the host: the shared mount on /run/netns, directories, and files under /etc/netns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from ...._model.errors import InvalidArgument
from ...._model.naming import netns_name
from ...plan import DELETE, Step
from ...state import Attrs, Change, Key
from .kind import Kind, Stage, Turn, nothing, untouched

if TYPE_CHECKING:
    from ..reconcile import Reconciler
    from ..scope import Scope
    from ..want import Want


class _Path(NamedTuple):
    sort: str
    path: str


class PathKey(Key, _Path):
    """Something with a path."""

    __slots__ = ()

    netns = ""

    def describe(self) -> str:
        """The path with the word for what it is."""
        return f"{self.sort} {self.path}"


class NetnsDirKey(PathKey):
    """The mount that namespaces are named in; no attributes."""

    __slots__ = ()

    def __new__(cls, path: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("netns_dir", path))


class DirectoryKey(PathKey):
    """A directory under /etc/netns, or /run/netns itself; no attributes."""

    __slots__ = ()

    def __new__(cls, path: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("directory", path))


class FileKey(PathKey):
    """A file under /etc/netns. Attributes: content."""

    __slots__ = ()

    def __new__(cls, path: str):
        """Fill in the sort."""
        return tuple.__new__(cls, ("file", path))


NETNS_DIR = NetnsDirKey("/run/netns")
#: the folder below the mount that all namespaces are in
NETNS_HOME = DirectoryKey("/run/netns")
NETNS_ETC = "/etc/netns"
_FOLDER = re.compile(f"{NETNS_ETC}/([^/]+)")
_FILE = re.compile(rf"{NETNS_ETC}/([^/]+)/(?:resolv\.conf|hosts)")


def is_netns(name: str) -> bool:
    """Whether a namespace can have a name, which is that of a file in /run/netns, too.

    :param name: the name (str).
    """
    try:
        return bool(name) and netns_name("", name) == name
    except (InvalidArgument, UnicodeError):
        return False


class _Kind(Kind):
    in_netns = False
    of_all_networks = True
    can_be_lost = False
    is_missed = False
    make_way = nothing
    touches_session = untouched

    def ask(self, scope: Scope, key: PathKey) -> None:
        """Ask for the path."""
        scope.paths.append(key)

    @staticmethod
    def _is_of_netns(path: str, form: re.Pattern[str]) -> bool:
        found = form.fullmatch(path)
        return found is not None and is_netns(found[1])

    def remove(self, planner: Reconciler, key: PathKey, reason: str) -> None:
        """Remove what is on the lab's record, also where only a part of it is left."""
        if key in planner.state.alien:
            planner.release_alien(key)
            return
        if key not in planner.now and planner.in_part(key):
            found = f"{reason}; only a part of it is left"
            planner.emit(Step(self.sort, key.named(), DELETE, found, (Change(key, {}, None),)))
        if key in planner.now and key in planner.ledger.own.made:
            self.take_away(planner, key, reason)

    def take_away(self, planner: Reconciler, key: PathKey, reason: str) -> None:
        """Remove what stands and is the lab's."""
        planner.take_away(key, planner.now[key], reason)


class _Folder(_Kind):
    def removal_turn(self, key: PathKey, attrs: Attrs) -> tuple[int, int]:
        """The deepest of them first, the folder below the mount last."""
        del attrs
        return Turn.PATH, -2 * key.path.count("/") + (key == NETNS_HOME)

    def take_away(self, planner: Reconciler, key: PathKey, reason: str) -> None:
        """A folder in which something of others', or of ours, is left stays."""
        if not planner.is_in_use(key.path):
            super().take_away(planner, key, reason)
        elif planner.strict:
            planner.released.append(key)


class _NetnsDir(_Folder):
    sort = "netns_dir"
    key = NetnsDirKey
    shared = True
    stage = Stage.NETNS_DIR

    def may_be_made(self, key: NetnsDirKey) -> bool:
        """There is one."""
        return key == NETNS_DIR

    def losses(self, planner: Reconciler, key: NetnsDirKey) -> tuple[Change, ...]:
        """The folder below goes with it, if it is the lab's alone."""
        changes = super().losses(planner, key)
        own, home = planner.ledger, NETNS_HOME
        alone = home in planner.now and home in own.own.made and not own.holder(home)
        return (*changes, Change(home, planner.now[home], None)) if alone else changes

    def made_before(self, planner: Reconciler) -> tuple[Change, ...]:
        """The folder below."""
        return () if NETNS_HOME in planner.now else (Change(NETNS_HOME, None, {}),)


class _Directory(_Folder):
    sort = "directory"
    key = DirectoryKey
    stage = Stage.DIRECTORY
    shared = True

    def stage_of(self, key: PathKey, attrs: Attrs) -> int:
        """The folder below the mount is there before the mount."""
        del attrs
        return Stage.NETNS_HOME if key == NETNS_HOME else self.stage

    def may_be_made(self, key: DirectoryKey) -> bool:
        """Those that hold namespaces and their files, and one for each namespace."""
        return key.path in (NETNS_HOME.path, NETNS_ETC) or self._is_of_netns(key.path, _FOLDER)


class _File(_Kind):
    sort = "file"
    key = FileKey
    shared = False
    stage = Stage.FILE

    def may_be_made(self, key: FileKey) -> bool:
        """Those that ip-netns(8) puts in the place of others."""
        return self._is_of_netns(key.path, _FILE)

    def make_way(self, planner: Reconciler, want: Want, attrs: Optional[Attrs]) -> None:
        """One of another content is somebody else's."""
        if attrs is not None and attrs != want.attrs:
            planner.refuse_foreign(want, attrs)

    def value(self, name: str, attrs: Attrs, other: Optional[Attrs]) -> Any:
        """Its content on one line."""
        value = super().value(name, attrs, other)
        return repr(value) if name == "content" and value not in (None, "") else value


KINDS = (_NetnsDir(), _Directory(), _File())
