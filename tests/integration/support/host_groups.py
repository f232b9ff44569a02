# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts inside a sandbox: asked by the real ``ansible``, looked at by what is not the product."""

from __future__ import annotations

import functools
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from .dumps import Dump
from .sandbox import HERE, Sandbox

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "test_hosts"
TREES = ROOT / ".build" / "trees"
DUMPER = HERE / "dumper.py"
FOLDER = "/run/netns-lab-hosts/test-hosts"
INVENTORY = f"{FOLDER}/inventory.yml"


@functools.lru_cache(None)
def tree(suite: str = "bookworm", more: tuple[str, ...] = ()) -> tuple[Path, str]:
    """The role's Debian tree, made outside of sandboxes, which have no way to a mirror, if it is not there yet.

    :param more: packages beside those that each tree has.
    :returns: the folder, and empty text; or why it cannot be had.
    """
    path = TREES / "-".join((suite, *more))
    missing = [program for program in ("mmdebstrap", "flock") if shutil.which(program) is None]
    if missing and not path.exists():
        return path, f"no Debian tree: it is made with {', '.join(missing)}, which is not here"
    packages = yaml.safe_load((ROLE / "vars/main.yml").read_text(encoding="utf-8"))["__test_hosts_tree_packages"]
    command = ["timeout", "400", "sh", str(ROLE / "files/make_tree.sh"), str(path), suite, ",".join((*packages, *more))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return path, f"no Debian tree: {done.stderr.strip()[-300:]}" if done.returncode else ""


def until(condition: Callable[[], Any], what: str, timeout: float = 120.0) -> Any:
    """Wait until something is so."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {timeout} s in vain: {what}"
        time.sleep(0.02)
    return found


def named(*names: str, **options: Any) -> list[dict[str, Any]]:
    """Entries of hosts."""
    return [{"name": name, **options} for name in names]


def ansible(sandbox: Sandbox, pattern: str, module: str, args: str = "", check: bool = True) -> dict[str, Any]:
    """Run a module on hosts by the real ``ansible``, over ssh.

    :returns: what each host answered.
    """
    settings = {
        "ANSIBLE_HOME": str(sandbox.scratch / "ansible"),
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
        "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline",
        # what a user may have set; the inventory stays with the real key
        "ANSIBLE_HOST_KEY_CHECKING": "false",
    }
    argv = [str(Path(sandbox.python).with_name("ansible")), "-i", INVENTORY, pattern, "-m", module, "-a", args, "-o"]
    done = sandbox.run(argv, check=False, env=settings)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^(\S+) \| ([A-Z]+)(.*)$", done.stdout, re.MULTILINE)
    return {host: {"said": said, "answer": answer} for host, said, answer in found}


def shell(sandbox: Sandbox, pid: int, script: str) -> str:
    """Run shell lines inside a host, by its first process."""
    return sandbox.run(["nsenter", f"--target={pid}", "--all", "--", "sh", "-e", "-c", script]).stdout


def dump(sandbox: Sandbox, pid: int) -> Dump:
    """The state of a host, as a sandbox's."""
    argv = ["nsenter", f"--target={pid}", "--all", "--", "/usr/bin/python3", "-IS", "-"]
    done: Dump = json.loads(sandbox.run(argv, stdin=DUMPER.read_text(encoding="utf-8")).stdout)
    return done


def machine() -> Dump:
    """The state of the machine itself; of its kernel's settings only that of forwarding."""
    done = subprocess.run([sys.executable, "-IS", str(DUMPER)], capture_output=True, text=True, check=True)
    found: Dump = json.loads(done.stdout)
    return {**found, "sysctl": [line for line in found["sysctl"] if "forwarding" in line or "ip_forward" in line]}


def processes(sandbox: Sandbox) -> list[str]:
    """What runs in a sandbox, beside the one that asks; what ended and nobody waits for is left out."""
    lines = sandbox.sh("ps -e -o stat=,pid=,args=").splitlines()
    return [line for line in lines if line[0] != "Z" and "ps -e -o" not in line]


def files(sandbox: Sandbox) -> list[str]:
    """What is in the sandbox's /run."""
    return sandbox.sh("find /run -path /run/.sandbox -prune -o -print | sort").splitlines()


def supervisor(sandbox: Sandbox) -> int:
    """The process of the host group, as the sandbox numbers it."""
    (line,) = [line for line in processes(sandbox) if f"{FOLDER}/supervisor" in line]
    return int(line.split()[1])


def kill(sandbox: Sandbox, pid: int) -> None:
    """Kill a process of a sandbox and wait for its end."""
    sandbox.sh(f"kill -{signal.SIGKILL.value} {pid}")
    until(lambda: not any(int(line.split()[1]) == pid for line in processes(sandbox)), f"the end of process {pid}")


def cgroups(cookie: str) -> list[str]:
    """The cgroups of a host group, in the machine's unified hierarchy."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    tops = [Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"]
    return sorted(str(path.relative_to(top)) for top in tops for path in top.glob(f"*{cookie}/*"))


def cookie(sandbox: Sandbox) -> str:
    """What tells the host group from others."""
    return str(json.loads(sandbox.sh(f"cat {FOLDER}/group.json"))["cookie"])
