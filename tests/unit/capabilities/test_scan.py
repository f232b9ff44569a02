# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look for files with capabilities: what it asks the kernel, and what it says of what cannot be read."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

import pytest
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities import scan


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Ten folders of ten files, one of them with a name that is no UTF-8, and links to a file and to a folder."""
    for folder in range(10):
        (tmp_path / f"d{folder}").mkdir()
        for file in range(10):
            (tmp_path / f"d{folder}/f{file}").touch()
    (tmp_path / "d0/f0").rename(os.fsdecode(bytes(tmp_path / "d0") + b"/\xff"))
    (tmp_path / "link").symlink_to(tmp_path / "d1/f1")
    (tmp_path / "d2/loop").symlink_to(tmp_path)
    return tmp_path


@pytest.mark.parametrize("threads", [1, 4])
def test_each_file_is_asked_for_once(tree: Path, monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    asked: list[bytes] = []
    real = scan._lgetxattr

    def counting(path: bytes, *more: object) -> int:
        asked.append(path)
        return real(path, *more)

    monkeypatch.setattr(scan, "_lgetxattr", counting)
    monkeypatch.setattr(scan.os, "getxattr", None)  # for what has the attribute only
    found = scan.ScannedFiles().scan([str(tree)], [], True, threads, [])
    assert (found.values, found.scanned, found.unread) == ({}, 100, {})
    assert len(asked) == len(set(asked)) == 100
    assert bytes(tree / "d0") + b"/\xff" in asked


@pytest.mark.parametrize(
    ("code", "unread"),
    [(errno.ENODATA, False), (errno.EOPNOTSUPP, False), (errno.ENOENT, False), (errno.EIO, True), (errno.EACCES, True)],
)
def test_a_file_that_cannot_be_asked_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, unread: bool
) -> None:
    def failing(*_arguments: object) -> int:
        ctypes.set_errno(code)
        return -1

    (tmp_path / "file").touch()
    monkeypatch.setattr(scan, "_lgetxattr", failing)
    found = scan.ScannedFiles().scan([str(tmp_path)], [], True, 1, [])
    assert found.unread == ({str(tmp_path / "file"): os.strerror(code)} if unread else {})
