# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that Ansible finds on a host is too old, or lacks something; what the role installs."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import ansible
import pytest

from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
#: those that a playbook runs on a host; draw and show have none
MODULES = sorted(
    path.stem for path in (ROOT / "plugins/modules").glob("*.py") if "module_utils" in path.read_text(encoding="utf-8")
)
#: a repository of one package
PACKAGE = """Package: python3-pyroute2
Version: 9:1
Architecture: all
Maintainer: The tests <tests@localhost>
Description: the pyroute2 under test
"""
FOLDERS = ("/usr/bin", "/usr/local/bin", *map(str, Path("~/.pyenv/versions").expanduser().glob("3.8.*/bin")))
SYSTEMS = "/usr/bin/python3"
ROLE = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: netns.lab.bridge_nat, tasks_from: install}
    - ansible.builtin.import_role: {name: netns.lab.bridge_nat}
  vars: {bridge_nat_subnet: 10.9.0.0/24, bridge_nat_namespaces: [red],
    bridge_nat_packages: [nftables, python3-pyroute2]}
"""


def _old_python() -> str:
    for folder in FOLDERS:
        found = shutil.which("python3.8", path=folder)
        if found and subprocess.run([found, "-c", ""], check=False).returncode == 0:
            return found
    pytest.skip("no Python 3.8 on this machine")


def _play(*tasks: str) -> str:
    return "- hosts: all\n  gather_facts: false\n  tasks:\n" + "".join(f"    - {task}\n" for task in tasks)


def _with(python: str) -> tuple[str, str]:
    return "-e", f"ansible_python_interpreter={python}"


def test_every_module_says_that_python_is_too_old(sandbox: Sandbox) -> None:
    """Each by its file, and one by Ansible too."""
    python = _old_python()
    assert len(MODULES) >= 15
    before = sandbox.dump()
    run = sandbox.playbook(_play("{netns.lab.netns: {}, ignore_errors: true}"), *_with(python))
    results = {"by Ansible": run.tasks[0]["result"]}
    library = sandbox.scratch / "library"
    library.mkdir()
    (library / "ansible").symlink_to(Path(ansible.__file__).parent)
    for name in MODULES:
        argv, stdin = sandbox.start_module(name, {}, check=False, diff=False)
        env = {"PYTHONPATH": f"{library}:{sandbox.collections}"}
        results[name] = json.loads(sandbox.run([python, *argv[1:]], stdin=stdin, check=False, env=env).stdout)
    for name, result in results.items():
        error = result["error"]
        assert (error["kind"], error["expected"]) == ("Dependency", "Python 3.9 or later"), name
        assert error["found"].startswith("Python 3.8.") and error["found"].endswith(f" at {python}"), name
        assert "ansible_python_interpreter" in result["msg"] and error["remedy"] in result["msg"], name
    assert "Traceback" not in run.output
    assert_same(before, sandbox.dump())


def _copy_pyroute2(sandbox: Sandbox, folder: str) -> None:
    """Copy the pyroute2 under test, with its metadata: older ones find their own classes by it."""
    code = "import os, pyroute2; print(os.path.dirname(pyroute2.__file__))"
    package = sandbox.run([sandbox.python, "-c", code]).stdout.strip()
    sandbox.sh(f"mkdir -p {folder}; cp -r {package}* {folder}/")


def test_a_python_without_ctypes_is_named(sandbox: Sandbox) -> None:
    fake = str(sandbox.scratch / "fake")
    sandbox.sh(f"mkdir {fake}; echo 'raise ImportError(\"No module named _ctypes\")' >{fake}/_ctypes.py")
    python = sandbox.scratch / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={fake} exec {sandbox.python} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    run = sandbox.playbook(_play("netns.lab.netns: {name: red}"), *_with(str(python)), check=False)
    error = run.tasks[0]["result"]["error"]
    assert (error["kind"], error["expected"]) == ("Dependency", "a Python with its module ctypes"), run.output
    assert sandbox.python in error["found"] and "Traceback" not in run.output


@pytest.mark.root
def test_the_role_installs_what_is_missing(host: Sandbox, tmp_path: Path) -> None:
    code = "import apt, sys; sys.exit(sys.version_info < (3, 9))"
    if subprocess.run([SYSTEMS, "-c", code], check=False, capture_output=True).returncode:
        pytest.skip(f"{SYSTEMS} is not a Debian's, with python3-apt")
    bare = tmp_path / "bare/bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare.parents[1])], check=True)
    repository = host.scratch / "repository"
    root = repository / "root"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "DEBIAN/control").write_text(PACKAGE, encoding="ascii")
    _copy_pyroute2(host, f"{root}/usr/lib/python3/dist-packages")
    deb = repository / "pyroute2.deb"
    host.sh(f"dpkg-deb -Znone --root-owner-group --build {root} {deb}")
    digest = hashlib.sha256(deb.read_bytes()).hexdigest()
    index = f"{PACKAGE}Filename: ./pyroute2.deb\nSize: {deb.stat().st_size}\nSHA256: {digest}\n"
    (repository / "Packages").write_text(index, encoding="ascii")
    host.sh(
        f"rm -rf /etc/apt/sources.list* /var/lib/apt/lists; echo 'deb [trusted=yes] file:{repository} ./' "
        ">/etc/apt/sources.list; apt-get -qq -o APT::Sandbox::User=root update; "
        "dpkg --purge --force-depends python3-pyroute2 2>/dev/null"
    )
    installed = host.playbook(ROLE, *_with(str(bare)), PYTHONPATH="")
    assert [name.rpartition(" : ")[2] for name in installed.changed] == [
        "Install what labs need", "Build or remove the lab"]  # fmt: skip
    assert "9:1" in host.sh("dpkg-query --show python3-pyroute2")
    assert host.playbook(ROLE, *_with(str(bare)), PYTHONPATH="").changed == []
