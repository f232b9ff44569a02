# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code that the actions send to hosts: the source of ``module_utils`` as one text, packed once in a run of Ansible.

Ansible would pack it again for every module, and read each of its files for what it imports, which takes longer than
all else that a task does here. What is packed, and which hosts keep it, is in the run's own temporary directory.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).resolve().parents[1] / "module_utils"
_FOLDER, _ID, _TEXT, _HOSTS = "netns_lab_code", "id", "text", "hosts"


def packed(source: Path) -> tuple[str, str]:
    """The files of a directory as one text.

    :param source: the directory.
    :returns: a hash of every byte, and JSON of texts by path, compressed, in base64.
    """
    paths = sorted(source.rglob("*.py"))
    files = json.dumps({path.relative_to(source).as_posix(): path.read_text(encoding="utf-8") for path in paths})
    return hashlib.sha256(files.encode()).hexdigest(), base64.b64encode(zlib.compress(files.encode())).decode()


class Code:
    """The code, as far as one host is concerned.

    :param temporary: the temporary directory of this run of Ansible (str).
    :param host: what tells the host from others (str).
    """

    def __init__(self, temporary: str, host: str) -> None:
        self._folder = Path(temporary) / _FOLDER
        self._mark = self._folder / _HOSTS / hashlib.sha256(host.encode()).hexdigest()
        if not (self._folder / _ID).exists():
            self._pack()

    @property
    def is_kept(self) -> bool:
        """Whether the host keeps it, as far as is known."""
        return self._mark.exists()

    def option(self, *, text: bool, tell: bool) -> dict[str, Any]:
        """What a module is given.

        :param text: whether to send the code itself, or only its ID.
        :param tell: whether the module is to tell whether the host keeps it.
        """
        given: dict[str, Any] = {"id": (self._folder / _ID).read_text(encoding="ascii"), "tell": tell}
        if text:
            given["text"] = (self._folder / _TEXT).read_text(encoding="ascii")
        return given

    def note(self, kept: bool) -> None:
        """Remember what a module told.

        :param kept: whether the host keeps it.
        """
        if kept:
            self._mark.touch()
        else:
            self._mark.unlink(missing_ok=True)

    def _pack(self) -> None:
        """Pack it, unless another process of this run has done so meanwhile."""
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self._folder / _ID).exists():
                name, text = packed(_SOURCE)
                (self._folder / _TEXT).write_text(text, encoding="ascii")
                draft = self._folder / f"{_ID}.draft"
                draft.write_text(name, encoding="ascii")
                draft.replace(self._folder / _ID)
