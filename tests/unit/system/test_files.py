# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found in a folder in place of a file: it is named, and nobody waits for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import records as store
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import files
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
        files.read(str(path))
    with pytest.raises(Conflict, match=r"lab\.json"):
        store._load(str(path))


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "lab.json"
    path.write_bytes(b"\xff{}" * 100_000)
    assert len(files.read(str(path))) == 300_000
    assert files.text(str(path)).startswith("\ufffd{}")


def test_a_file_is_put_in_place_whole(tmp_path: Path) -> None:
    """What a killed run left under its draft's name, be it a link, is in nobody's way; the mode is what was asked."""
    path, elsewhere = tmp_path / "record", tmp_path / "elsewhere"
    elsewhere.write_text("of somebody else")
    Path(files.draft(str(path))).symlink_to(elsewhere)
    path.write_text("before")
    before = os.umask(0o077)
    try:
        files.write(str(path), "après", 0o644)
    finally:
        os.umask(before)
    assert (path.read_bytes(), path.stat().st_mode & 0o7777) == ("après".encode(), 0o644)
    assert elsewhere.read_text() == "of somebody else"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["elsewhere", "record"]


def test_a_file_that_cannot_be_put_in_place_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "record"
    path.mkdir()
    with pytest.raises(OSError, match="record") as caught:
        files.write(str(path), b"x", 0o600)
    assert caught.value.filename == str(path)
    assert [each.name for each in tmp_path.iterdir()] == ["record"]
