# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Capabilities that an update took away are granted again: what all lists say, whatever one list or file refuses."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from . import file as file_capability
from .file import File
from .policy import Entry, Policy


class Kept(Protocol):
    """The lists of a host, and the files that they name."""

    def last(self) -> int:
        """The number of the kernel's last capability."""

    def names(self) -> list[str]:
        """The names of the lists."""

    def read(self, name: str, last: int) -> Policy:
        """One list.

        :param name: the list's name (str).
        :param last: the number of the kernel's last capability (int).
        :raises LabError: if it cannot be trusted or read.
        """

    def is_there(self, path: str) -> bool:
        """Whether there is something at a path, be it a link that leads nowhere.

        :param path: an absolute path (str).
        """

    def trusted(self, path: str) -> AbstractContextManager[File]:
        """A file that root alone may write or exchange.

        :param path: its absolute path (str).
        :raises LabError: for one that is none, or that somebody else may.
        """

    def log(self, text: str) -> None:
        """Say what was done or refused.

        :param text: for a person (str).
        """


def grant_all(kept: Kept) -> bool:
    """Go through all lists; what one refuses does not stop the others.

    :param kept: the host's.
    :returns: whether nothing was refused.
    """
    last, refused = kept.last(), 0
    for name in kept.names():
        try:
            items = kept.read(name, last).items
        except Exception as error:  # noqa: BLE001 - one list does not stop the others
            kept.log(f"list {name}: {error}")
            refused += 1
            continue
        refused += sum(not _granted(item, name, last, kept) for item in items)
    return not refused


def _granted(item: Entry, name: str, last: int, kept: Kept) -> bool:
    try:
        if _grant(item, last, kept):
            kept.log(f"{item.path}: granted {item.text} (list {name}{': ' + item.why if item.why else ''})")
    except Exception as error:  # noqa: BLE001 - one file does not stop the others
        kept.log(f"{item.path}: not granted: {error}")
        return False
    return True


def _grant(item: Entry, last: int, kept: Kept) -> bool:
    """Give a file what its entry says.

    :returns: whether it did not have that.
    """
    if item.optional and not kept.is_there(item.path):
        return False
    with kept.trusted(item.path) as file:
        return file_capability.run(file_capability.exactly(item.caps, last), [file], check=False).changed
