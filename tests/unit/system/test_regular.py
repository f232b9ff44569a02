# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found in a folder in place of a file: it is named, and nobody waits for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import records as store
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import regular
from ansible_collections.netns.lab.plugins.module_utils._model.errors import Conflict


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_pipe, _device, Path.mkdir], ids=["pipe", "device", "folder"])
def test_what_is_no_file_is_not_read(tmp_path: Path, make) -> None:
    path = tmp_path / "lab.json"
    make(path)
    with pytest.raises(OSError, match=r"no regular file|directory"):
        regular.read(str(path))
    with pytest.raises(Conflict, match=r"lab\.json"):
        store._load(str(path))


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    path.write_bytes(b"\xff{}" * 100_000)
    assert len(regular.read(str(path))) == 300_000
    assert regular.text(str(path)).startswith("\ufffd{}")
