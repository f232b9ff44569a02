# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host offers to those who grant capabilities: its files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Optional, Protocol

from ..._model.capabilities.xattr import FileCapabilities
from .file import File


class Files(Protocol):
    """The files of a host."""

    def last(self) -> int:
        """The number of the kernel's last capability."""

    def is_there(self, path: str) -> bool:
        """Whether something has this name, be it a link that leads nowhere.

        :param path: an absolute path (str).
        """

    def opened(self, path: str, follow: Optional[bool]) -> AbstractContextManager[File]:
        """A regular file, held so that nobody exchanges it meanwhile.

        :param path: its absolute path (str).
        :param follow: whether a link stands for what it leads to (bool); None where a user cannot ask for that.
        :raises InvalidArgument: for what is no regular file.
        """

    def advice(self, file: File, caps: FileCapabilities) -> list[str]:
        """Why capabilities of a file would not take effect, one text each.

        :param file: one that :meth:`opened` gave.
        :param caps: what it has, or is to have.
        """
