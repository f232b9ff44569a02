# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that the loaders of this host look at."""

from __future__ import annotations

import glob
import os

from ..._engine.capabilities.libraries import Libraries
from ..system import files

_CACHE = "/etc/ld.so.cache"


class LocalLibraries:
    """Implements :class:`..._engine.capabilities.libraries.Files`."""

    exists = staticmethod(os.path.exists)
    matching = staticmethod(glob.glob)
    real = staticmethod(os.path.realpath)

    def text(self, path: str) -> str:
        """What a file says; empty for one that cannot be read.

        :param path: its path (str).
        """
        try:
            return files.text(path, "surrogateescape")
        except OSError:
            return ""

    def cache(self) -> bytes:
        """What ldconfig(8) noted; empty without it."""
        try:
            return files.read(_CACHE)
        except OSError:
            return b""


#: those of this host, read once for all programs of a run
LIBRARIES = Libraries(LocalLibraries())
