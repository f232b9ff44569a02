# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine that throwaway hosts run on."""

from __future__ import annotations

import os
import shutil

from ..._engine.test_hosts.run import Tree
from ..._model.errors import Permission
from ..host import LocalHost
from . import client, folder
from . import tree as trees

#: users that a machine's own root has; the map of a user namespace has fewer
_ALL_USERS = 2**32 - 1
#: what others could write would not be trusted
_UMASK = 0o022


class LocalMachine:
    """Implements :class:`..._engine.test_hosts.run.Machine`."""

    refused = staticmethod(trees.refused)
    exposed = staticmethod(folder.exposed)
    located = staticmethod(folder.located)
    locked = staticmethod(folder.locked)
    find = staticmethod(client.find)
    files = staticmethod(client.files)
    write_files = staticmethod(client.write_files)
    begin = staticmethod(client.begin)
    end = staticmethod(client.end)
    up = staticmethod(client.up)
    down = staticmethod(client.down)

    def __init__(self) -> None:
        os.umask(_UMASK)

    def require_root(self) -> None:
        """See that this is the machine's own root.

        Hosts need what no root of a user namespace has: device files, overlays with attributes of their own.

        :raises Permission: if it is not.
        """
        LocalHost().require([])
        with open("/proc/self/uid_map", encoding="ascii") as file:
            users = sum(int(line.split()[2]) for line in file)
        if os.geteuid() != 0 or users < _ALL_USERS:
            raise Permission(
                "this process", "the machine's own root", "root of a user namespace", "Run it as root: become: true."
            )

    def has(self, program: str) -> bool:
        """Whether the machine has a program.

        :param program: its name (str).
        """
        return shutil.which(program) is not None

    def tree(self, path: str) -> Tree:
        """What a tree has.

        :param path: its folder (str).
        """
        found = "folder" if os.path.isdir(path) else "other" if os.path.exists(path) else "nothing"
        has_sshd, has_systemd = trees.sshd(path) is not None, trees.init(path) is not None
        return Tree(found, trees.python(path) or "", has_sshd, has_systemd)
