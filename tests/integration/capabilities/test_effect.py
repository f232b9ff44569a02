# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A capability that would not take effect is told of, with real programs; and what is told is what happens."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities import effect as judge
from ansible_collections.netns.lab.plugins.module_utils._engine.capabilities.libraries import Libraries
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities import effect, libraries
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities import units as service_units
from ansible_collections.netns.lab.plugins.module_utils._kernel.capabilities.file import CapabilityFile
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.elf import Machine
from ansible_collections.netns.lab.plugins.module_utils._model.capabilities.xattr import FileCapabilities

from ..support.sandbox import Sandbox

CC = shutil.which("cc")
needs_cc = pytest.mark.skipif(not CC, reason="cc is not there")
NET_RAW = FileCapabilities(1 << 13, 0, True)
SYSTEM = Path("/bin/true").resolve()
SOURCE = """
#ifdef ALONE
int main(void) { return 0; }
#else
int greet(void);
int main(void) { return greet(); }
#endif
"""


def advice(path: Path, wanted: FileCapabilities = NET_RAW) -> list[str]:
    with closing(CapabilityFile(str(path), False)) as file:
        return judge.advice(effect.ExaminedFile(file), wanted)


def program(path: Path, content: bytes, mode: int = 0o755) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def compiled(path: Path, *options: str) -> Path:
    """A program, or what the options say; ``-lgreet`` is a library of its own in the folder ``lib`` beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (path.parent / "lib").mkdir(exist_ok=True)
    library, source = path.parent / "lib/libgreet.so", path.with_suffix(".c")
    if not library.exists():
        subprocess.run(
            [CC or "", "-shared", "-fPIC", "-xc", "-", "-o", str(library)],
            input=b"int greet(void){return 0;}",
            check=True,
        )
    source.write_text(SOURCE, encoding="utf-8")
    argv = [CC or "", str(source), f"-L{library.parent}", "-o", str(path), *(options or ("-lgreet",))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode and "-static" in " ".join(options):
        pytest.skip("cc has no static C library")
    assert not done.returncode, done.stderr
    return path


@pytest.fixture(autouse=True)
def _no_foreign_formats(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a host without binfmt_misc."""
    monkeypatch.setattr(effect, "_FORMATS", "/nonexistent/*")
    yield
    service_units.by_program.cache_clear()


# -- the file itself -------------------------------------------------------------------------------------------------


def test_a_program_of_the_system_is_fine(tmp_path: Path) -> None:
    assert advice(program(tmp_path / "true", SYSTEM.read_bytes())) == []
    assert advice(tmp_path / "true", FileCapabilities(0, 1 << 13, False)) == []


@pytest.mark.parametrize("folder", ["/usr/bin", "/usr/sbin"])
def test_no_library_is_missed_for_the_programs_of_the_system(folder: str) -> None:
    found = [
        line
        for path in Path(folder).iterdir()
        if path.is_file() and not path.is_symlink()
        for line in advice(path)
        if "it is a script" not in line and "setuid root" not in line and "dpkg-divert" not in line
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "name"), [(b"#!/bin/sh\n", "/bin/sh"), (b"#! /usr/bin/env  python3\n", "/usr/bin/env"), (b"#!\n", "none")]
)
def test_a_script(tmp_path: Path, line: bytes, name: str) -> None:
    path = program(tmp_path / "script", line)
    (text,) = advice(path)
    assert text.startswith(f"{path}: it is a script") and f"interpreter ({name}" in text
    assert "compiled program" in text and "AmbientCapabilities=" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty. Name the program itself."),
        (b"text", "neither an ELF program nor a script"),
        (b"\x7fELF" + bytes(60), "it is a damaged ELF program"),
        (SYSTEM.read_bytes()[:18] + b"\xf7\x00" + SYSTEM.read_bytes()[20:], "built for another architecture"),
        (SYSTEM.read_bytes()[:16] + b"\1\0" + SYSTEM.read_bytes()[18:], "it is an object file"),
    ],
    ids=["empty", "text", "damaged", "machine", "object"],
)
def test_no_program(tmp_path: Path, content: bytes, words: str) -> None:
    path = program(tmp_path / "no-program", content)
    (text,) = advice(path)
    assert text.startswith(f"{path}: ") and words in text
    assert advice(path, FileCapabilities()) == []


def test_what_one_kernel_runs_of_another_machine() -> None:
    here = Machine(64, "<", 62)
    assert judge.is_native(here, here) and judge.is_native(Machine(32, "<", 3), here)
    assert not judge.is_native(here._replace(order=">"), here) and not judge.is_native(here._replace(number=183), here)


def test_programs_of_other_machines_run_where_a_format_with_credentials_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = program(tmp_path / "foreign", SYSTEM.read_bytes()[:18] + b"\xf7\x00" + SYSTEM.read_bytes()[20:])
    (tmp_path / "qemu").write_text("enabled\ninterpreter /usr/bin/qemu\nflags: OCF\n", encoding="utf-8")
    monkeypatch.setattr(effect, "_FORMATS", f"{tmp_path}/q*")
    assert advice(path) == []
    (tmp_path / "other").write_text("enabled\ninterpreter /usr/bin/qemu\nflags: O\n", encoding="utf-8")
    monkeypatch.setattr(effect, "_FORMATS", f"{tmp_path}/o*")
    assert "another architecture" in advice(path)[0]


def test_nobody_may_execute_it(tmp_path: Path) -> None:
    path = program(tmp_path / "true", SYSTEM.read_bytes(), 0o644)
    assert advice(path) == [f"{path}: nobody may execute it (mode 0644). Allow it: chmod a+x {path}"]
    path.chmod(0o010)
    assert advice(path) == []


@pytest.mark.root
def test_setuid(tmp_path: Path) -> None:
    path = program(tmp_path / "true", SYSTEM.read_bytes(), 0o4755)
    (text,) = advice(path)
    assert "it is setuid root" in text and text.endswith(f"chmod u-s {path}")
    shutil.chown(path, 65534)
    path.chmod(0o4755)
    assert advice(path) == []


@needs_cc
def test_libraries_and_static_programs(tmp_path: Path) -> None:
    compiled(tmp_path / "needs", "-lgreet", "-Wl,-rpath," + str(tmp_path / "lib"))
    assert advice(tmp_path / "needs") == []
    (text,) = advice(tmp_path / "lib/libgreet.so")
    assert "it is a shared library" in text and "Name the program that loads it." in text
    assert advice(compiled(tmp_path / "static", "-static", "-DALONE")) == []


@needs_cc
def test_a_static_pie(tmp_path: Path) -> None:
    assert advice(compiled(tmp_path / "pie", "-static-pie", "-DALONE")) == []


# -- its libraries ---------------------------------------------------------------------------------------------------


@needs_cc
@pytest.mark.parametrize("tag", ["--enable-new-dtags", "--disable-new-dtags"])
@pytest.mark.parametrize("origin", ["$ORIGIN/lib", "${ORIGIN}/lib", "$ORIGIN/../app/lib"])
def test_a_library_beside_the_program(tmp_path: Path, tag: str, origin: str) -> None:
    path = compiled(tmp_path / "app/needs", "-lgreet", f"-Wl,{tag}", f"-Wl,-rpath,{origin}")
    (text,) = advice(path)
    folder = tmp_path / "app/lib"
    assert text.startswith(f"{path}: needs libgreet.so, found only through {origin} of its RUNPATH")
    assert "/etc/ld.so.conf.d and run ldconfig" in text
    assert text.endswith(f"patchelf --set-rpath {folder} {path}")


@needs_cc
def test_a_library_that_is_nowhere(tmp_path: Path) -> None:
    path = compiled(tmp_path / "needs")
    for text in (advice(path), advice(compiled(tmp_path / "relative", "-lgreet", "-Wl,-rpath,lib"))):
        assert len(text) == 1 and "needs libgreet.so, which is in no directory that the loader searches" in text[0]
        assert "LD_LIBRARY_PATH" in text[0] and "ldconfig" in text[0]
    both = compiled(tmp_path / "both", "-lgreet", f"-Wl,-rpath,$ORIGIN/lib:{tmp_path / 'lib'}")
    assert advice(both) == []


class Elsewhere(libraries.LocalLibraries):
    """What ldconfig noted, and the folders of the system, where these are to be seen."""

    def __init__(self, noted: bool, folders: bool) -> None:
        self._noted, self._folders = noted, folders

    def cache(self) -> bytes:
        return super().cache() if self._noted else b""

    def exists(self, path: str) -> bool:  # type: ignore[override]
        return self._folders and Path(path).exists()


def test_the_system_is_known_by_its_folders_and_by_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "true", SYSTEM.read_bytes())
    for noted, folders in ((True, False), (False, True)):
        monkeypatch.setattr(libraries, "LIBRARIES", Libraries(Elsewhere(noted, folders)))
        assert advice(path) == []
    monkeypatch.setattr(libraries, "LIBRARIES", Libraries(Elsewhere(noted=False, folders=False)))
    assert "needs libc.so" in advice(path)[0]


@needs_cc
@pytest.mark.root
def test_the_loader_does_as_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """As another user: with a capability the program does not find its library, without one it does."""
    compiled(tmp_path / "app/needs", "-lgreet", "-Wl,-rpath,$ORIGIN/lib")
    sandbox.sh(f"cp -r {tmp_path}/app /run/app; chmod -R a+rX /run/app")
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/run/app/needs"]
    assert sandbox.run(as_nobody, check=False).returncode == 0
    result = sandbox.apply("file_capability", {"path": "/run/app/needs", "capabilities": "cap_net_raw=ep"})
    assert any("needs libgreet.so, found only through $ORIGIN/lib" in text for text in warnings(result)), result
    assert "libgreet.so: cannot open shared object file" in sandbox.run(as_nobody, check=False).stderr


# -- where it is mounted ---------------------------------------------------------------------------------------------


def warnings(result: dict[str, Any]) -> list[str]:
    """The texts of a module's warnings; ansible-core 2.19 and later wrap them on their way."""
    found = result.get("warnings", [])
    return [text if isinstance(text, str) else str(text["event"]["msg"]) for text in found]


def test_a_filesystem_that_is_mounted_nosuid(sandbox: Sandbox) -> None:
    sandbox.sh("mkdir /run/held; mount -t tmpfs -o nosuid tmpfs /run/held; cp /bin/true /run/held/; cp /bin/true /run/")
    request = {"capabilities": "cap_net_raw=ep"}
    (text,) = warnings(sandbox.apply("file_capability", {"path": "/run/held/true", **request}, check=True))
    assert text.startswith("/run/held/true: the filesystem at /run/held is mounted nosuid")
    assert "mount -o remount,suid /run/held" in text
    assert warnings(sandbox.apply("file_capability", {"path": "/run/true", **request}, check=True)) == []
    # the same filesystem through two mounts: the one that the path leads through counts
    sandbox.sh("mkdir /run/bare; mount --bind /run/held /run/bare; mount -o remount,bind,suid /run/bare")
    assert warnings(sandbox.apply("file_capability", {"path": "/run/bare/true", **request}, check=True)) == []
    (text,) = warnings(sandbox.apply("file_capability", {"path": "/run/held/true", **request}, check=True))
    assert "the filesystem at /run/held is" in text


# -- the services that run it ----------------------------------------------------------------------------------------


class Units:
    """Folders of units, the first hides the second."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.path = str(program(top / "server", b""))

    def write(self, name: str, *lines: str) -> None:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[Service]\n" + "\n".join(lines), encoding="utf-8")

    def advice(self, wanted: FileCapabilities = NET_RAW) -> list[str]:
        service_units.by_program.cache_clear()
        found = service_units.running(self.path, [str(self.top / "etc"), str(self.top / "lib")])
        return [text for running in found for text in judge.limits("/bin/server", running, wanted)]


@pytest.fixture
def hosted(tmp_path: Path) -> Units:
    """A program, and folders for units that run it."""
    return Units(tmp_path)


def test_a_bounding_set_without_the_capability(hosted: Units) -> None:
    hosted.write("lib/web.service", f"ExecStart=-{hosted.path} -x", "CapabilityBoundingSet=CAP_KILL")
    (text,) = hosted.advice()
    assert text == (
        "/bin/server: web.service runs it with a CapabilityBoundingSet= that leaves out CAP_NET_RAW, so it cannot"
        ' start: "Operation not permitted". Write CapabilityBoundingSet=CAP_NET_RAW (it adds to the set) under'
        " [Service] in /etc/systemd/system/web.service.d/capabilities.conf, then run systemctl daemon-reload."
    )
    assert "starts without it" in hosted.advice(NET_RAW._replace(effective=False))[0]
    assert hosted.advice(FileCapabilities(1 << 5, 0, True)) == []
    # what the service inherits is not bounded
    unit = (f"ExecStart={hosted.path}", "CapabilityBoundingSet=CAP_KILL", "AmbientCapabilities=CAP_NET_RAW")
    hosted.write("lib/web.service", *unit)
    assert hosted.advice(FileCapabilities(1 << 13, 1 << 13, True)) == [] != hosted.advice()
    hosted.write("etc/web.service.d/capabilities.conf", "CapabilityBoundingSet=CAP_NET_RAW")
    assert hosted.advice() == []


def test_no_new_privileges(hosted: Units) -> None:
    unit = (f"ExecStart={hosted.path}", "NoNewPrivileges=yes")
    hosted.write("lib/web.service", *unit, "User=www")
    (text,) = hosted.advice()
    assert "web.service runs it with NoNewPrivileges=yes, so it does not gain CAP_NET_RAW." in text
    assert "AmbientCapabilities=CAP_NET_RAW" in text and "web.service.d/capabilities.conf" in text
    for fine in (
        unit,
        (*unit, "User=www", "AmbientCapabilities=CAP_NET_RAW"),
        (f"ExecStart=!{hosted.path}", unit[1], "User=www"),
    ):
        hosted.write("lib/web.service", *fine)
        assert hosted.advice() == [], fine


def test_which_unit_counts(hosted: Units) -> None:
    limit = (f"ExecStart={hosted.path}", "CapabilityBoundingSet=")
    hosted.write("lib/web-one.service", *limit)
    (hosted.top / "etc").mkdir()
    (hosted.top / "etc/alias.service").symlink_to(hosted.top / "lib/web-one.service")
    assert len(hosted.advice()) == 1
    for place in ("lib/service.d", "lib/web-.service.d", "etc/web-one.service.d"):
        hosted.write(f"{place}/50-free.conf", "CapabilityBoundingSet=~")
        assert hosted.advice() == [], place
        shutil.rmtree(hosted.top / place)
    # a later name of a drop-in wins, and of the same name the one in the first folder
    hosted.write("lib/web-one.service.d/50.conf", "CapabilityBoundingSet=~")
    hosted.write("lib/web-one.service.d/60.conf", "CapabilityBoundingSet=")
    assert len(hosted.advice()) == 1
    (hosted.top / "etc/web-one.service.d").mkdir()
    (hosted.top / "etc/web-one.service.d/60.conf").symlink_to("/dev/null")
    assert hosted.advice() == []
    (hosted.top / "etc/web-one.service.d/60.conf").unlink()
    (hosted.top / "etc/web-one.service").symlink_to("/dev/null")
    assert hosted.advice() == []
    hosted.write("etc/web-one.service.d/70.conf", *limit)
    assert hosted.advice() == []
    (hosted.top / "etc/web-one.service.d/70.conf").unlink()
    (hosted.top / "etc/web-one.service").unlink()
    hosted.write("etc/web-one.service", limit[0])
    (hosted.top / "lib/web-one.service.d/60.conf").unlink()
    assert hosted.advice() == []


def test_a_link_in_exec_start_and_full_privileges(hosted: Units) -> None:
    (hosted.top / "link").symlink_to(hosted.path)
    hosted.write("lib/web.service", f"ExecStart={hosted.top}/link", "CapabilityBoundingSet=CAP_KILL")
    assert len(hosted.advice()) == 1
    hosted.write("lib/web.service", f"ExecStart=+{hosted.top}/link", "CapabilityBoundingSet=CAP_KILL")
    assert hosted.advice() == []


def test_the_kernel_does_as_told(sandbox: Sandbox) -> None:
    """With a bounding set that leaves the capability out the program does not start, also as root."""
    unit = "[Service]\nExecStart=/run/true\nCapabilityBoundingSet=CAP_KILL\n"
    sandbox.sh(
        f"cp /bin/true /run/true; mkdir -p /run/systemd/system; printf '{unit}' >/run/systemd/system/one.service"
    )
    result = sandbox.apply("file_capability", {"path": "/run/true", "capabilities": "cap_net_raw=ep"})
    assert any("one.service runs it" in text and '"Operation not permitted"' in text for text in warnings(result)), (
        result
    )
    ended = sandbox.run(["setpriv", "--bounding-set=-net_raw", "/run/true"], check=False)
    assert ended.returncode and "Operation not permitted" in ended.stderr
