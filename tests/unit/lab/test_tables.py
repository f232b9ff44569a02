# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that give names to routing tables."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import tables


def test_the_administrators_names_win(tmp_path: Path) -> None:
    come_with, own = tmp_path / "usr", tmp_path / "etc"
    for folder in (come_with, own):
        (folder / "rt_tables.d").mkdir(parents=True)
    (come_with / "rt_tables").write_text("254 main\n0 unspec\n100\tuplink # the first\n", encoding="utf-8")
    (come_with / "rt_tables.d/one.conf").write_text("0x12c  hexed\n101 uplink6\n", encoding="utf-8")
    (own / "rt_tables").write_text("#\n\n7 uplink\nnonsense\n99999999999 large\n-3 less\n", encoding="utf-8")
    (own / "rt_tables.d/two.conf").write_text("8 last", encoding="utf-8")
    (own / "rt_tables.d/three.conf~").write_text("9 draft\n", encoding="utf-8")
    found = tables.names((str(come_with), str(own), str(tmp_path / "nowhere"), "/dev/null"))
    assert found == {"main": 254, "uplink": 7, "hexed": 300, "uplink6": 101, "last": 8}
