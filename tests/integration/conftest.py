# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests. Everything that touches a network does so in a sandbox that ends with the test.

``NETNS_LAB_PYTHONS`` holds the interpreters that run the modules, colon-separated (default: the one that runs pytest).
Tests that ask for ``python`` run for each of them, all others for the first.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.register_assert_rewrite(f"{__package__}.support.cycles")

from .support.network import Outside  # noqa: E402
from .support.sandbox import Launcher, Sandbox  # noqa: E402

if TYPE_CHECKING:
    from .support.faulty import Faulty, Fresh

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "tests/unit"
PYTHONS = [path for path in os.environ.get("NETNS_LAB_PYTHONS", "").split(":") if path] or [sys.executable]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One run for each interpreter of every test that asks for ``python``."""
    if "python" in metafunc.fixturenames:
        metafunc.parametrize("python", PYTHONS, ids=[path.strip("/").replace("/", "-") for path in PYTHONS])


#: files with tests of many seconds, the longest first
LONG = (
    "test_full_kernel.py", "test_make.py", "test_molecule.py", "test_mysql.py", "test_persistence.py",
    "test_playbooks.py", "test_systemd.py", "test_lived_in.py", "test_confirm.py", "test_examples.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests first and unit tests last, so that no worker ends alone.

    The first test of the emulated machine boots it; its others, which would only wait for it, come late.
    """
    booting = next((item for item in items if item.path.name == LONG[0]), None)

    def place(item: pytest.Item) -> int:
        if item.path.is_relative_to(UNIT):
            return len(LONG) + 2
        if item.path.name == LONG[0] and item is not booting:
            return len(LONG) + 1
        return LONG.index(item.path.name) if item.path.name in LONG else len(LONG)

    items.sort(key=place)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip by name what truly needs root."""
    if item.get_closest_marker("root") and os.geteuid() != 0:
        pytest.skip("needs root: an ordinary user's user namespace has no second user id")


@pytest.fixture(scope="session")
def collections() -> Iterator[Path]:
    """A folder where Ansible and Python find this checkout as ``ansible_collections/netns/lab``; others may read it."""
    with tempfile.TemporaryDirectory(prefix="netns-lab-") as name:
        top = Path(name)
        top.chmod(0o755)
        (top / "ansible_collections/netns").mkdir(parents=True)
        (top / "ansible_collections/netns/lab").symlink_to(ROOT)
        (top / "pycache").mkdir()
        yield top


@pytest.fixture(scope="session")
def launchers(collections: Path) -> Iterator[Callable[[str], Launcher]]:
    """The process that runs modules for each interpreter."""
    with contextlib.ExitStack() as stack:

        @functools.lru_cache(None)
        def launcher(python: str) -> Launcher:
            return stack.enter_context(contextlib.closing(Launcher(collections, python)))

        yield launcher


@pytest.fixture
def sandbox(
    request: pytest.FixtureRequest, collections: Path, launchers: Callable[[str], Launcher], tmp_path: Path
) -> Iterator[Sandbox]:
    """A fresh throwaway host."""
    python = request.getfixturevalue("python") if "python" in request.fixturenames else PYTHONS[0]
    with contextlib.closing(Sandbox(collections, tmp_path, launchers(python))) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def _shared() -> Iterator[list[Sandbox]]:
    """The throwaway host that tests share, if there is one."""
    kept: list[Sandbox] = []
    yield kept
    for sandbox in kept:
        sandbox.close()


@pytest.fixture
def spared(
    request: pytest.FixtureRequest,
    collections: Path,
    launchers: Callable[[str], Launcher],
    tmp_path_factory: pytest.TempPathFactory,
    _shared: list[Sandbox],
) -> Iterator[Sandbox]:
    """A throwaway host for what must leave it untouched: tests share it, each proves by dumps that it is as before."""
    if not _shared:
        _shared.append(Sandbox(collections, tmp_path_factory.mktemp("spared"), launchers(PYTHONS[0])))
    failed = request.session.testsfailed
    yield _shared[0]
    if request.session.testsfailed != failed:
        _shared.pop().close()


@pytest.fixture
def outside(sandbox: Sandbox) -> Outside:
    """The LAN and the internet of the sandbox: the host is 192.168.1.2, its neighbour 192.168.1.3, then 8.8.8.8."""
    return Outside(sandbox)


@pytest.fixture
def host(sandbox: Sandbox) -> Sandbox:
    """A throwaway host on which every user may not do everything: low ports are root's."""
    sandbox.sh("sysctl -q -w net.ipv4.ip_unprivileged_port_start=1024")
    return sandbox


@pytest.fixture
def fresh(collections: Path, launchers: Callable[[str], Launcher], tmp_path: Path) -> Fresh:
    """Hosts for labs made at random, each good for one."""
    from .support.faulty import HOST, Faulty  # noqa: PLC0415 - needs hypothesis, which the emulated machine has not

    @contextlib.contextmanager
    def made() -> Iterator[Faulty]:
        with contextlib.closing(Sandbox(collections, tmp_path, launchers(PYTHONS[0]))) as sandbox:
            sandbox.sh(HOST)
            yield Faulty(sandbox)

    return made
