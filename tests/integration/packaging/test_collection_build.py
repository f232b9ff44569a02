# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as users get it: built, installed into an empty folder, read from there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
IGNORED = [line for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line and not line.startswith("#")]
SHIPPED = ("plugins", "roles", "playbooks", "meta")


def _ansible(program: str, *arguments: str, home: Path, cwd: Path) -> str:
    """Run a program of the ansible-core under test that knows of no collections but those in ``home``."""
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(home), "ANSIBLE_COLLECTIONS_PATH": str(home)}
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which there is one file for each pattern that git ignores."""
    copy = tmp_path_factory.mktemp("checkout") / "any name"
    tops = [pattern.rstrip("/").rpartition("/")[2] for pattern in IGNORED if pattern[0] != "/"]
    leave_out = shutil.ignore_patterns(".git", *tops)
    shutil.copytree(ROOT, copy, symlinks=True, ignore=leave_out)
    for pattern in IGNORED:
        name = pattern.lstrip("/").replace("*", "planted-localhost")
        for top in (copy, copy / "plugins/modules") if pattern.count("/") < 2 and pattern[0] != "/" else (copy,):
            planted = top / name / "planted" if name.endswith("/") else top / name
            planted.parent.mkdir(parents=True, exist_ok=True)
            planted.write_text("must not be shipped", encoding="utf-8")
    return copy


@pytest.fixture(scope="module")
def tarball(checkout: Path) -> Path:
    """What ``ansible-galaxy collection build`` makes."""
    _ansible("ansible-galaxy", "collection", "build", "--output-path", "..", home=checkout.parent, cwd=checkout)
    (built,) = checkout.parent.glob("netns-lab-*.tar.gz")
    return built


def test_the_tarball_holds_what_users_need_and_nothing_that_tools_left(checkout: Path, tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        held = {member.name for member in archive if not member.isdir()}
    files = {path.relative_to(checkout).as_posix() for top in SHIPPED for path in (checkout / top).rglob("*")}
    wanted = {path for path in files if "planted" not in path and (checkout / path).is_file()}
    assert wanted
    assert wanted - held == set()
    assert {path for path in held if "planted" in path or path.startswith((".git", ".ci"))} == set()
    assert {"LICENSE", "README.md", "docs/images/lab.svg", "tests/config.yml"} <= held


def test_the_installed_collection_is_complete(checkout: Path, tarball: Path, tmp_path: Path) -> None:
    install = ("collection", "install", str(tarball), "--offline", "-p", ".")
    _ansible("ansible-galaxy", *install, home=tmp_path, cwd=tmp_path)
    modules = sorted(f"netns.lab.{path.stem}" for path in (checkout / "plugins/modules").glob("*.py"))
    docs = json.loads(_ansible("ansible-doc", "-t", "module", "--json", *modules, home=tmp_path, cwd=tmp_path))
    assert sorted(docs) == modules
    assert all(Path(doc["doc"]["filename"]).is_relative_to(tmp_path) for doc in docs.values())
    assert {"name", "state", "veths"} <= docs["netns.lab.topology"]["doc"]["options"].keys()

    # an execution environment gets what the controller needs: pictures need graphviz, nothing needs more Python
    builder = Path(sys.executable).with_name("ansible-builder")
    if builder.exists():  # with the pinned ansible-core only
        found = yaml.safe_load(_ansible(builder.name, "introspect", str(tmp_path), home=tmp_path, cwd=tmp_path))
        assert found == {"python": [], "system": ["graphviz  # from collection netns.lab"]}
