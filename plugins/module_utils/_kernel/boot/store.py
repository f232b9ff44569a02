# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labs that are stored on this host."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from ..._engine.boot.stored import FOLDER, options_of
from ..._engine.lab.record import Record
from ..._model.errors import Conflict, InvalidArgument
from ..._model.naming import lab_name
from ..._model.spec import LOCK_TIMEOUT
from ..host import LocalHost
from ..lab import records

_ENDING = ".json"


class LocalStore:
    """Implements :class:`..._engine.boot.labs.Store`.

    :param lock_timeout: seconds to wait for other runs (float).
    """

    def __init__(self, lock_timeout: float = LOCK_TIMEOUT) -> None:
        self._lock_timeout = lock_timeout

    def host(self) -> LocalHost:
        """The host, for one run."""
        return LocalHost(self._lock_timeout)

    def records(self) -> list[Record]:
        """The records of all labs that stand."""
        return records.records()

    def names(self) -> list[str]:
        """The labs that are stored."""
        with suppress(FileNotFoundError):
            return sorted(name[: -len(_ENDING)] for name in os.listdir(FOLDER) if name.endswith(_ENDING))
        return []

    def options(self, name: str) -> dict[str, Any]:
        """The options of ``topology`` that are stored of a lab.

        :param name: the lab's (str).
        :raises InvalidArgument: if nothing is stored, or a lab cannot have this name.
        :raises Conflict: for a file that cannot be read.
        """
        path = f"{FOLDER}/{lab_name('name', name)}{_ENDING}"
        remedy = "Run the play that stores it again, or remove it."
        if os.path.lexists(path) and not os.path.isfile(path):
            raise Conflict(path, "a stored lab", "something that is not a file", remedy)
        try:
            with open(path, encoding="utf-8") as file:
                return options_of(name, file.read())
        except FileNotFoundError:
            there = ", ".join(self.names()) or "none"
            told = f"Stored here: {there}. The role netns.lab.persistence stores one."
            raise InvalidArgument(name, "a lab stored on this host", "none of this name", told) from None
        except (OSError, UnicodeDecodeError) as exc:
            found = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            raise Conflict(path, "a stored lab", found, remedy) from None
