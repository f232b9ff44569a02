# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of this host, for those who grant capabilities."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Optional

from ..._engine.capabilities import effect
from ..._model.capabilities.xattr import FileCapabilities
from .effect import ExaminedFile
from .file import CapabilityFile, last_capability


class LocalFiles:
    """Implements :class:`..._engine.capabilities.host.Files`."""

    def last(self) -> int:
        """The number of the kernel's last capability."""
        return last_capability()

    def is_there(self, path: str) -> bool:
        """Whether something has this name, be it a link that leads nowhere.

        :param path: an absolute path (str).
        """
        return os.path.lexists(path)

    def opened(self, path: str, follow: Optional[bool]) -> closing[CapabilityFile]:
        """A regular file, held so that nobody exchanges it meanwhile.

        :param path: its absolute path (str).
        :param follow: whether a link stands for what it leads to (bool); None where a user cannot ask for that.
        :raises InvalidArgument: for what is no regular file.
        """
        return closing(CapabilityFile(path, follow))

    def advice(self, file: CapabilityFile, caps: FileCapabilities) -> list[str]:
        """Why capabilities of a file would not take effect, one text each.

        :param file: one that :meth:`opened` gave.
        :param caps: what it has, or is to have.
        """
        return effect.advice(ExaminedFile(file), caps)
