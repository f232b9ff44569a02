# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lists of capabilities of this host: what calls the program that grants, and systemd where that is to watch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Optional

from ..._engine.capabilities import hooks
from ..._engine.capabilities.policy import Policy
from ..._engine.host_files import HostFile
from ..._model.errors import LabError
from ..system import host_files, systemd, trust, zipapp
from . import regrant
from .file import CapabilityFile
from .host import LocalFiles

#: what to do about a file that cannot be written
_REMEDY = "The capabilities are set. Run the play again for the rest."
_SYSTEMD = "See journalctl -xe, or set keep: none."
_UNITS, _UNIT = os.path.split(hooks.WATCHING)
#: what the program that grants again is made of, and no more: it runs as root whenever a package changes
_PROGRAM = (
    "_model.errors",
    "_model.capabilities.sets",
    "_model.capabilities.xattr",
    "_engine.capabilities.file",
    "_engine.capabilities.policy",
    "_engine.capabilities.regrant",
    "_kernel.capabilities.file",
    "_kernel.system.files",
    "_kernel.system.locks",
    "_kernel.system.privileges",
    "_kernel.system.trust",
    "_kernel.capabilities.regrant",
)
#: folders that others than root may write would not be trusted
_UMASK = 0o022


class LocalLists(LocalFiles):
    """Implements :class:`..._engine.capabilities.keep.Lists`."""

    @contextmanager
    def locked(self, create: bool) -> Iterator[None]:
        """Be the only one who works on the lists.

        :param create: whether to make their folder; without it there is nothing to lock (bool).
        :raises Permission: without the right to.
        """
        os.umask(_UMASK)
        with regrant.locked(create):
            yield

    def lists(self, last: int) -> tuple[dict[str, Policy], dict[str, str]]:
        """All lists by name, and why others cannot be read.

        :param last: the number of the kernel's last capability.
        """
        found, unreadable = {}, {}
        for name in regrant.names():
            try:
                found[name] = regrant.read(name, last)
            except LabError as error:  # noqa: PERF203 - few
                unreadable[name] = error.text()
        return found, unreadable

    def trusted(self, path: str) -> closing[CapabilityFile]:
        """A file that root alone may write or exchange.

        :param path: its absolute path (str).
        :raises LabError: for one that somebody else may.
        """
        return closing(regrant.open_trusted(path))

    def identity(self, path: str) -> Optional[tuple[int, int]]:
        """What is the same for each path that leads to a file; None where there is none.

        :param path: an absolute path (str).
        """
        with suppress(OSError):
            stat = os.stat(path)
            return stat.st_dev, stat.st_ino
        return None

    def program(self) -> bytes:
        """The program that grants again, whole."""
        return zipapp.made_of(_PROGRAM, regrant.__name__)

    def differing(self, files: Mapping[str, Optional[bytes]]) -> list[HostFile]:
        """The files that are not as they are to be.

        :param files: path -> content, None for one that is not to be there.
        :raises LabError: for something in the way, or a folder that somebody else than root may write.
        """
        changes = host_files.differing(files, hooks.mode)
        for folder in {os.path.dirname(change.path) for change in changes if change.after is not None}:
            if os.path.isdir(folder):
                trust.trusted(folder)
        return changes

    def unwatched(self, files: Mapping[str, Optional[bytes]]) -> list[str]:
        """The units that are to watch for new versions of programs, and do not; none where systemd does not run.

        :param files: as for :meth:`differing`.
        """
        if files.get(hooks.WATCHING) is None or not systemd.running():
            return []
        states = [systemd.asked("is-enabled", _UNIT), systemd.asked("is-active", _UNIT)]
        return [] if states == ["enabled", "active"] else [_UNIT]

    def install(self, changes: Sequence[HostFile], units: Iterable[str]) -> None:
        """Write files, and have systemd heed them.

        :param changes: what :meth:`differing` found.
        :param units: what :meth:`unwatched` found (str each).
        :raises Kernel: for what cannot be written, or is refused.
        """
        _unwatch(changes)
        host_files.write(changes, hooks.mode, _REMEDY)
        changed = [change.path for change in changes if change.path.endswith((".path", ".service"))]
        if systemd.running() and (changed or list(units)):
            _watch()


def _watch() -> None:
    systemd.systemctl("daemon-reload", remedy=_SYSTEMD)
    if os.path.exists(hooks.WATCHING):
        systemd.systemctl("enable", _UNIT, remedy=_SYSTEMD)
        systemd.systemctl("restart", _UNIT, remedy=_SYSTEMD)


def _unwatch(changes: Iterable[HostFile]) -> None:
    """Have systemd let go of units that are about to be removed, and of a run that just began."""
    if not any(change.path == hooks.WATCHING and change.after is None for change in changes):
        return
    if systemd.running():
        systemd.systemctl("disable", "--now", _UNIT, remedy=_SYSTEMD)
        systemd.systemctl("stop", _UNIT.replace(".path", ".service"), remedy=_SYSTEMD)
    else:
        with suppress(FileNotFoundError):
            os.unlink(f"{_UNITS}/multi-user.target.wants/{_UNIT}")
