# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file of the collection has to say is said, and in the same words."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import formats

ROOT = Path(__file__).resolve().parents[3]
IGNORED = [line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line[:1] != "#"]
HEADER = ("SPDX-FileCopyrightText: 2026 The netns.lab contributors", "SPDX-License-Identifier: GPL-3.0-or-later")


def _checkout() -> Iterator[Path]:
    """Every file of the checkout that git does not ignore."""
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [name for name in folders if name != ".git" and not _matches(here / name, IGNORED)]
        names = [name for name in files if name != ".git"]  # a worktree has a file
        yield from (here / name for name in names if not _matches(here / name, IGNORED))


def _matches(path: Path, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(path.name, pattern) or fnmatch.fnmatch(str(path), pattern) for pattern in patterns)


def test_every_file_names_its_license() -> None:
    reuse = (ROOT / "REUSE.toml").read_text(encoding="utf-8")
    elsewhere = [pattern.replace("**/", "") for pattern in re.findall(r'^ {4}"(.*)",$', reuse, re.MULTILINE)]
    own = [path for path in _checkout() if not _matches(path, [*elsewhere, "LICENSE", "LICENSES/*"])]
    assert len(own) > 50
    heads = {path: (ROOT / path).read_text(encoding="utf-8")[:600] for path in own}
    assert [str(path) for path, head in heads.items() if not all(line in head for line in HEADER)] == []


def test_nothing_was_added_in_a_version_to_come() -> None:
    release = _version(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "plugins/modules").glob("*.py")}
    added = {name: re.findall(r"^version_added: [\"']?([\d.]+)", text, re.MULTILINE) for name, text in texts.items()}
    assert {name: versions for name, versions in added.items() if len(versions) != 1} == {}
    assert {name: version for name, [version] in added.items() if _version(version) > release} == {}


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def test_the_release_that_records_name_is_that_of_the_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text("utf-8"))["version"] == formats.RELEASE


def test_a_ready_lab_that_is_taken_as_a_whole_has_no_templates() -> None:
    """ansible-core 2.17 and 2.18 resolve them all at once, and some before the variables in them are set."""
    lab = yaml.safe_load((ROOT / "playbooks/labs/bridge_nat.yml").read_text("utf-8"))
    needs_outside = {name for name in lab if name.startswith("lab_outside_")}
    assert {name for name, value in lab.items() if "{{" in str(value)} <= needs_outside
    assert "include_vars" not in (ROOT / "playbooks/tasks/ready.yml").read_text("utf-8")
