# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock whose folder comes and goes with what it guards."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import locks


def test_a_folder_that_another_removes_while_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``makedirs`` finds it there, and looks again whether it is a folder when it has gone."""
    folder, isdir, turns = tmp_path / "run", os.path.isdir, iter([True, False])
    folder.mkdir()

    def gone(path: Any) -> bool:
        if next(turns, False):
            folder.rmdir()
        return isdir(path)

    monkeypatch.setattr(os.path, "isdir", gone)
    descriptor = locks.exclusive(str(folder / "lock"), create=True)
    assert descriptor is not None and (folder / "lock").exists()
    os.close(descriptor)


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(FileExistsError):
        locks.exclusive(str(tmp_path / "run/lock"), create=True)


def test_without_its_folder_there_is_nothing_to_lock(tmp_path: Path) -> None:
    assert locks.exclusive(str(tmp_path / "run/lock"), create=False) is None
    assert not (tmp_path / "run").exists()
