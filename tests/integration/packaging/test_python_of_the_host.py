# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python that Ansible finds on a host is too old, or lacks pyroute2; what the role installs."""

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
from ..support.sandbox import PlaybookRun, Sandbox

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


@pytest.fixture
def bare(sandbox: Sandbox) -> str:
    """A Python without pyroute2. No other on this host has it either."""
    if subprocess.run([SYSTEMS, "-c", "import sys; sys.exit(sys.version_info < (3, 9))"], check=False).returncode:
        pytest.skip(f"{SYSTEMS} is not 3.9 or later")
    sandbox.sh("ip link add under0 type veth peer name under1")
    folder = sandbox.scratch / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    sandbox.sh(
        "for folder in /usr/lib/python3/dist-packages /usr/local/lib/python3*/dist-packages; do"
        ' [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"; done'
    )
    return str(folder / "bin/python")


def _copy_pyroute2(sandbox: Sandbox, folder: str) -> None:
    """Copy the pyroute2 under test, with its metadata: older ones find their own classes by it."""
    code = "import os, pyroute2; print(os.path.dirname(pyroute2.__file__))"
    package = sandbox.run([sandbox.python, "-c", code]).stdout.strip()
    sandbox.sh(f"mkdir -p {folder}; cp -r {package}* {folder}/")


def _give_pyroute2_to_the_system(sandbox: Sandbox) -> None:
    """Install the pyroute2 under test as a distribution does: for /usr/bin/python3."""
    code = "import site; print(next(path for path in site.getsitepackages() if 'dist-packages' in path))"
    systems = sandbox.run([SYSTEMS, "-c", code], env={"PYTHONPATH": ""}, check=False).stdout.strip()
    if not systems:
        pytest.skip(f"{SYSTEMS} has no dist-packages")
    _copy_pyroute2(sandbox, systems)
    sandbox.run([SYSTEMS, "-c", "import pyroute2"], env={"PYTHONPATH": ""})


def _macvlan(python: str, sandbox: Sandbox, count: int = 1, state: str = "present", *arguments: str) -> PlaybookRun:
    spaces = [{"name": f"n{number}", "hosts": f"10.0.0.1 {'x' * 80}\n"} for number in range(count)]
    definition = {"name": "above", "state": state}
    if state == "present":
        definition |= {"namespaces": spaces, "links": [{"name": "mv0", "kind": "macvlan", "link": "under0"}]}
    play = _play(f"{{name: A macvlan, netns.lab.topology: {json.dumps(definition)}}}")
    return sandbox.playbook(play, *_with(python), *arguments, check=False, PYTHONPATH="")


def test_the_module_goes_on_with_the_python_that_has_pyroute2(sandbox: Sandbox, bare: str) -> None:
    before = sandbox.dump()
    missing = _macvlan(bare, sandbox)
    assert missing.tasks[0]["result"]["error"]["kind"] == "Dependency", missing.output
    assert bare in missing.output and "python3-pyroute2" in missing.output
    assert_same(before, sandbox.dump())
    _give_pyroute2_to_the_system(sandbox)
    before = sandbox.dump()
    checked = _macvlan(bare, sandbox, 1, "present", "--check", "--diff")
    assert checked.changed == ["A macvlan"], checked.output
    assert "+macvlan mv0" in checked.output
    assert_same(before, sandbox.dump())
    done = _macvlan(bare, sandbox)
    assert done.changed == ["A macvlan"], done.output
    assert sandbox.link("mv0")["linkinfo"]["info_kind"] == "macvlan"
    assert _macvlan(bare, sandbox).changed == []
    assert _macvlan(bare, sandbox, state="absent").changed == ["A macvlan"]
    assert_same(before, sandbox.dump())


def test_a_description_too_large_to_hand_over_says_where_pyroute2_is(sandbox: Sandbox, bare: str) -> None:
    _give_pyroute2_to_the_system(sandbox)
    before = sandbox.dump()
    refused = _macvlan(bare, sandbox, 600)
    result = refused.tasks[0]["result"]
    assert result["error"]["kind"] == "Dependency" and result["error"]["remedy"].startswith(f"{SYSTEMS} "), result
    assert_same(before, sandbox.dump())
    assert _macvlan(SYSTEMS, sandbox, 600).changed == ["A macvlan"]
    assert sandbox.link("mv0")["linkinfo"]["info_kind"] == "macvlan"


#: a package that is there and cannot be imported, as one that lacks a part of the standard library
BROKEN = (
    "mkdir -p {0}/pyroute2 {0}/pyroute2-0.9.7.dist-info; echo 'raise ImportError(\"No module named _ssl\")' "
    ">{0}/pyroute2/__init__.py; printf 'Metadata-Version: 2.1\\nName: pyroute2\\nVersion: 0.9.7\\n' "
    ">{0}/pyroute2-0.9.7.dist-info/METADATA"
)


def test_a_package_that_cannot_be_imported_is_found_before_anything_is_touched(sandbox: Sandbox) -> None:
    fake = str(sandbox.scratch / "fake")
    sandbox.sh(f"ip link add under0 type veth peer name under1; {BROKEN.format(fake)}")
    before = sandbox.dump()
    play = _play("{name: A macvlan, netns.lab.link: {name: mv0, kind: macvlan, link: under0}}")
    for arguments in (("--check",), ()):
        refused = sandbox.playbook(play, *_with(sandbox.python), *arguments, check=False, PYTHONPATH=fake)
        error = refused.tasks[0]["result"]["error"]
        assert error["kind"] == "Dependency" and "No module named _ssl" in error["found"], refused.output
        assert_same(before, sandbox.dump())


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
