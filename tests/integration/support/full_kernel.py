# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole Debian 12 machine with its own kernel, emulated by QEMU, in which pytest runs once for all that ask.

The machine has no network card. It has two disks: one with the Debian tree of throwaway hosts and the kernel's modules,
made once and kept in ``.build/vm``, whose changes are thrown away, and a read-only one with this checkout. Its first
process runs pytest; each test's outcome comes back as a line of JSON through a port of its own. Then it switches
itself off. It needs no KVM and no rights but those that make the tree.

By hand, in ``tests``: ``python -m integration.support.full_kernel ARGUMENT-OF-PYTEST...``
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import traceback
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from .host_groups import tree
from .sandbox import PATH

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".build" / "vm"
#: programs that make and run it, with their Debian packages; tools/packages installs them
PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "setpriv": "util-linux",
    "flock": "util-linux",
}
#: an ordinary user's search path may lack what root's has
ENVIRONMENT = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{PATH}"}
#: folders of the kernel's modules that the machine has; what disks and sound need is left out
MODULES = ("arch", "crypto", "drivers/char", "drivers/net", "drivers/virtio", "fs/overlayfs", "lib", "net")
#: in the order in which they are loaded to find the disks
FIRST_MODULES = (
    *(f"drivers/virtio/{name}" for name in ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev")),
    "drivers/virtio/virtio_pci",
    "drivers/block/virtio_blk",
)
#: what the machine's Python needs beside Debian's; all of it runs without compiled parts
LIBRARIES = ("ansible", "pyroute2", "pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "yaml")
CHECKOUT = ("plugins", "tests", "playbooks", "roles", "meta", "tools", "galaxy.yml", "pyproject.toml")
#: seconds until the machine is given up; it takes about a minute
PATIENCE = 420
#: as the name of an outcome: what the machine printed, or why there is none
CONSOLE = ""

_FIRST = r"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules); do $b insmod "/$module"; done
while [ ! -b /dev/vda ] || [ ! -b /dev/vdb ]; do $b sleep 0.05; done
$b mount -t ext4 /dev/vda /new
$b mount -t ext4 -o ro /dev/vdb /new/mnt
$b mount --move /dev /new/dev
$b umount /proc /sys
exec $b switch_root /new /bin/sh /mnt/init
"""

_INIT = r"""
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs tmpfs /tmp
modprobe -a virtio_console br_netfilter nf_conntrack
ip link set lo up
echo "$(uname -r) booted in $(cut -d' ' -f1 /proc/uptime) s"
echo /mnt/libraries >/usr/lib/python3/dist-packages/libraries.pth
cd /mnt/checkout
PYTHONPATH=/mnt/checkout/tests python3 -m pytest -q --color=no -p no:cacheprovider \
    -p integration.kernel.report -o 'python_files=test_*.py inside_*.py' $(cat /mnt/arguments)
echo "ended after $(cut -d' ' -f1 /proc/uptime) s"
grep -E 'MemTotal|MemAvailable' /proc/meminfo
echo o >/proc/sysrq-trigger
sleep 60
"""


@dataclass(frozen=True)
class Outcome:
    """How a test ended inside: passed, failed or skipped; what pytest says of that; how long it took, in seconds."""

    outcome: str
    text: str
    seconds: float


def _run(*argv: str | Path, **options: Any) -> None:
    subprocess.run(argv, check=True, capture_output=True, text=True, timeout=400, env=ENVIRONMENT, **options)


def _image(path: Path, folder: Path, megabytes: int) -> None:
    """Make an ext4 file system out of a folder, in a file with holes."""
    path.unlink(missing_ok=True)
    lazy = ("-O", "^has_journal,^metadata_csum", "-E", "lazy_itable_init=1,nodiscard")
    _run("mke2fs", "-q", "-t", "ext4", *lazy, "-d", folder, path, f"{megabytes}M")


def _first_disk(stage: Path, kernel: Path, version: str) -> None:
    """Write the file system in memory by which the kernel finds its disks."""
    modules = kernel / "lib/modules" / version / "kernel"
    top = stage / "first"
    for name in ("bin", "dev", "new", "proc", "sys"):
        (top / name).mkdir(parents=True)
    shutil.copy(kernel / "bin/busybox", top / "bin/busybox")
    for name in FIRST_MODULES:
        shutil.copy(modules / f"{name}.ko", top)
    (top / "modules").write_text("".join(f"{Path(name).name}.ko\n" for name in FIRST_MODULES), encoding="utf-8")
    (top / "init").write_text(_FIRST, encoding="utf-8")
    (top / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(top)) for path in sorted(top.rglob("*")))
    with (stage / "first.cpio").open("wb") as out:
        argv = [kernel / "bin/busybox", "cpio", "-o", "-H", "newc"]
        subprocess.run(argv, cwd=top, input=names.encode(), stdout=out, stderr=subprocess.DEVNULL, check=True)


def _build(debian: Path) -> None:
    """Fetch the kernel and make what every boot needs, in ``.build/vm``."""
    stage = CACHE / "new"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    kernel, root = stage / "kernel", stage / "root"
    source = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)"], capture_output=True, text=True, check=False
    )
    mirrors = [line.split()[0] for line in source.stdout.splitlines() if line.endswith(" Debian")]
    mirror = mirrors[0] if mirrors else "http://deb.debian.org/debian"
    packages = "--include=linux-image-cloud-amd64,busybox-static,kmod"
    _run("mmdebstrap", "--quiet", "--mode=root", "--variant=extract", packages, "bookworm", kernel, mirror)
    (image,) = (kernel / "boot").glob("vmlinuz-*")
    version = image.name.partition("-")[2]
    _run("cp", "-al", debian, root)
    for name in ("doc", "man", "locale"):
        shutil.rmtree(root / "usr/share" / name, ignore_errors=True)
    target = root / "lib/modules" / version
    for name in MODULES:
        (target / "kernel" / name).parent.mkdir(parents=True, exist_ok=True)
        _run("cp", "-al", kernel / "lib/modules" / version / "kernel" / name, target / "kernel" / name)
    for path in (kernel / "lib/modules" / version).glob("modules.*"):
        shutil.copy(path, target)
    shutil.copy(kernel / "bin/kmod", root / "bin/kmod")
    for name in ("modprobe", "depmod"):
        (root / "sbin" / name).symlink_to("/bin/kmod")
    _run("chroot", root, "/sbin/depmod", version)
    _image(stage / "root.img", root, 1024)
    _first_disk(stage, kernel, version)
    shutil.copy(image, stage / "kernel.img")
    for name in ("kernel.img", "first.cpio", "root.img"):
        (stage / name).replace(CACHE / name)
    shutil.rmtree(stage)


def why_not() -> str:
    """Empty if such a machine can be made and run here; else what this machine lacks for it."""
    if os.geteuid() != 0:
        return "needs root, which makes the Debian tree of the emulated machine"
    if platform.machine() != "x86_64":
        return f"no whole kernel: emulated for x86_64 only, this is {platform.machine()}"
    path = ENVIRONMENT["PATH"]
    missing = {package for program, package in PROGRAMS.items() if shutil.which(program, path=path) is None}
    return f"no whole kernel: Debian's packages {', '.join(sorted(missing))} are not here" if missing else ""


def _make() -> None:
    """Have the kernel and the first disk, made anew when this file has changed."""
    debian, reason = tree()
    if reason:
        raise RuntimeError(reason)
    CACHE.mkdir(parents=True, exist_ok=True)
    recipe, complete = hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), CACHE / "complete"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists() or complete.read_text(encoding="utf-8") != recipe:
            complete.unlink(missing_ok=True)
            _build(debian)
            complete.write_text(recipe, encoding="utf-8")


def _second_disk(folder: Path, arguments: list[str]) -> Path:
    """Make the disk with this checkout, the libraries and what pytest is asked for."""
    top = folder / "disk"
    for part, names, source in (
        ("checkout", CHECKOUT, lambda name: ROOT / name),
        ("libraries", LIBRARIES, _library),
    ):
        (top / part).mkdir(parents=True)
        for name in names:
            _run("cp", "-a", source(name), top / part)
    (top / "init").write_text(_INIT, encoding="utf-8")
    (top / "arguments").write_text(" ".join(arguments), encoding="utf-8")
    _image(folder / "second.img", top, 200)
    shutil.rmtree(top)
    return folder / "second.img"


def _library(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None, name
    return Path(found.origin).parent if found.submodule_search_locations else Path(found.origin)


def run(arguments: list[str], folder: Path) -> dict[str, Outcome]:
    """Boot the machine once, run pytest in it with these arguments, and wait for its end.

    :param folder: an empty one for the run; what the machine printed stays there.
    :returns: the outcome of each test by its id, and that of ``CONSOLE``.
    """
    _make()
    second = _second_disk(folder, arguments)
    argv = [
        *("setpriv", "--pdeathsig", "KILL", "--"),
        *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-nic", "none", "-display", "none"),
        *("-machine", "q35", "-accel", "tcg,thread=multi,tb-size=128", "-cpu", "qemu64", "-smp", "1", "-m", "512"),
        *("-no-reboot", "-chardev", f"file,id=said,path={_quoted(folder)}/console", "-serial", "chardev:said"),
        *("-kernel", str(CACHE / "kernel.img"), "-initrd", str(CACHE / "first.cpio")),
        *("-append", "console=ttyS0 quiet panic=-1 mitigations=off tsc=unstable random.trust_cpu=on"),
        *("-drive", f"if=none,id=one,file={_quoted(CACHE)}/root.img,format=raw,snapshot=on,cache=unsafe"),
        *("-drive", f"if=none,id=two,file={_quoted(second)},format=raw,readonly=on"),
        *("-device", "virtio-blk-pci,drive=one", "-device", "virtio-blk-pci,drive=two"),
        *("-chardev", f"file,id=out,path={_quoted(folder)}/outcomes", "-device", "virtio-serial-pci"),
        *("-device", "virtserialport,chardev=out,name=outcomes"),
    ]
    said = ""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False, env=ENVIRONMENT)
        said = done.stderr
    except subprocess.TimeoutExpired:
        said = f"given up after {PATIENCE} s"
    second.unlink()
    console, lines = (_read(folder / name) for name in ("console", "outcomes"))
    outcomes: dict[str, Outcome] = {}
    for line in lines.splitlines(keepends=True):
        if not line.endswith("\n"):  # the machine was given up meanwhile
            break
        name, *found = json.loads(line)
        if name not in outcomes or outcomes[name].outcome == "passed":  # what fails first is why
            outcomes[name] = Outcome(*found)
    return {**outcomes, CONSOLE: Outcome("", f"{console}\n{said}", 0.0)}


def _quoted(path: Path) -> str:
    """A path as a part of an option of QEMU."""
    return str(path).replace(",", ",,")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def run_once(arguments: list[str], shared: Path) -> dict[str, Outcome]:
    """The outcomes of the one machine that all processes of a test run boot together: the first that asks does.

    If there is no machine, they are that of ``CONSOLE`` alone: why.

    :param shared: a folder of this test run.
    """
    kept = shared / "outcomes.json"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            try:
                outcomes = run(arguments, shared)
            except (subprocess.SubprocessError, OSError, RuntimeError, ValueError) as exc:
                text = f"{traceback.format_exc()}\n{getattr(exc, 'stderr', '') or ''}"
                outcomes = {CONSOLE: Outcome("", f"no machine: {text}", 0.0)}
            kept.write_text(json.dumps({name: astuple(found) for name, found in outcomes.items()}), encoding="utf-8")
        return {name: Outcome(*found) for name, found in json.loads(kept.read_text(encoding="utf-8")).items()}


if __name__ == "__main__":
    if why_not():
        sys.exit(why_not())
    with tempfile.TemporaryDirectory() as temporary:
        for test, ended in run(sys.argv[1:], Path(temporary)).items():
            print(test, ended.outcome, ended.seconds, ended.text)
