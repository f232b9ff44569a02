# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of the host: the shared mount on /run/netns, directories, and files under /etc/netns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ...state import Attrs, Key
from .kind import Kind, Stage
from .netns import is_netns

if TYPE_CHECKING:
    from ..scope import Scope


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


class _Kind(Kind):
    in_netns = False

    def ask(self, scope: Scope, key: PathKey) -> None:
        """Ask for the path."""
        scope.paths.append(key)

    @staticmethod
    def _is_of_netns(path: str, form: re.Pattern[str]) -> bool:
        found = form.fullmatch(path)
        return found is not None and is_netns(found[1])


class _NetnsDir(_Kind):
    sort = "netns_dir"
    key = NetnsDirKey
    shared = True
    stage = Stage.NETNS_DIR

    def may_be_made(self, key: NetnsDirKey) -> bool:
        """There is one."""
        return key == NETNS_DIR


class _Directory(_Kind):
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


KINDS = (_NetnsDir(), _Directory(), _File())
