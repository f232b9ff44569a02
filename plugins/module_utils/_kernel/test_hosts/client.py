# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host group of throwaway hosts from outside: its files, its process, and what is asked of that."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from contextlib import closing, suppress
from typing import Any, Optional

from ..._engine.test_hosts.plan import Found, Standing
from ..._model.errors import Conflict, Kernel
from ..._model.test_hosts import group as model
from ..._model.test_hosts.group import HostEntry, HostGroup
from ..system import daemon, zipapp
from ..system.files import text as read_text
from ..system.files import write
from . import cgroup, supervisor
from .supervisor import CONTROL, WORK

#: what tells the next run which host group this was
_SETTINGS = "group.json"
_PROGRAMS = ("ssh", "sftp", "scp")
#: all that a host group's folder holds: nothing else is ever removed
_PARTS = (CONTROL, WORK, _SETTINGS, "supervisor", "log", "key", "key.pub", "host_key", "host_key.pub", "known_hosts")
_ALL = (*_PARTS, "inventory.yml", "bin", "c")
#: names of a folder that an error lists
_SHOWN = 5
#: a host that does not come up within that is one that never will (seconds)
_PATIENCE = 60.0
#: characters of a log that an error has room for
_WORDS = 500
#: the field of /proc/PID/stat that says when a process was started, counted from the one behind its name
_STARTTIME = 19
#: how long a process may take to end (seconds)
_GRACE = 10.0


def _line(folder: str) -> daemon.Line:
    return daemon.Line(f"{folder}/{CONTROL}", _PATIENCE)


def _ask(folder: str, **asked: Any) -> dict[str, Any]:
    with closing(_line(folder)) as line:
        return line.ask(_PATIENCE, **asked)


def find(wanted: HostGroup) -> Found:
    """What there is of a host group.

    :param wanted: the host group.
    :raises Conflict: if its folder holds something else.
    """
    folder, found = wanted.folder, Found()
    with suppress(FileNotFoundError):
        names = os.listdir(folder)
        foreign = sorted(set(names) - set(_ALL))
        if foreign:
            remedy = "Name a directory that is the host group's alone, or remove what is there."
            raise Conflict(folder, "nothing but a host group", _some(foreign), remedy)
        found.traces = bool(names)
    found.traces |= os.path.isdir(model.elsewhere(folder))
    with suppress(OSError, ValueError):
        with closing(_line(folder)) as line:
            told, pid = line.ask(_PATIENCE, do="list"), line.pid
        found.alive = True
        found.subnet, found.size = told["settings"]["subnet"], told["settings"]["size"]
        spaces = _firsts(pid)
        for each in told["hosts"]:
            entry = HostEntry(*(each[part] for part in HostEntry._fields))
            found.hosts[entry.name] = Standing(each["state"], entry, each["boots"], spaces.get(each["space"], 0))
        found.files = {path: _text(path) for path in _files(wanted, pid)}
    return found


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"


def _text(path: str) -> Optional[str]:
    with suppress(OSError):
        return read_text(path)
    return None


def _firsts(parent: int) -> dict[int, int]:
    """The children of a process by the inodes of their pid namespaces; numbers as this process sees them."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    above = int(file.read().rpartition(")")[2].split()[1])
                if above == parent:
                    found[os.stat(f"/proc/{entry}/ns/pid").st_ino] = int(entry)
    return found


def _started(pid: int) -> int:
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[_STARTTIME])


def files(wanted: HostGroup, pythons: dict[str, str]) -> dict[str, str]:
    """The texts of the files that a user needs, as they are to be with the process that runs now; none without it.

    :param wanted: the host group.
    :param pythons: the path of the interpreter in each tree, by the tree's path (str).
    """
    texts = {f"{wanted.folder}/inventory.yml": inventory_text(wanted, pythons)}
    with suppress(OSError), closing(_line(wanted.folder)) as line:
        return {**_files(wanted, line.pid), **texts}
    return texts


def inventory_text(wanted: HostGroup, pythons: dict[str, str]) -> str:
    """The inventory's file.

    :param wanted: the host group.
    :param pythons: the path of the interpreter in each tree, by the tree's path (str).
    """
    title = f"# The throwaway hosts of the host group {wanted.name}, made by netns.lab.test_hosts\n"
    return title + model.to_yaml(model.inventory(wanted, pythons))


def _files(wanted: HostGroup, pid: int) -> dict[str, str]:
    started = _started(pid)
    programs = {f"{wanted.programs}/{each}": model.wrapper(each, wanted.name, pid, started) for each in _PROGRAMS}
    return {f"{wanted.folder}/inventory.yml": "", **programs}


def write_files(texts: dict[str, str]) -> None:
    """Bring them to what they are to be.

    :param texts: the texts by their paths (str).
    """
    for path, text in texts.items():
        if _text(path) != text:
            os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
            write(path, text, 0o755 if os.path.basename(path) in _PROGRAMS else 0o644)


def begin(wanted: HostGroup) -> None:
    """Start a host group without hosts, in a folder without another.

    :param wanted: the host group.
    :raises Kernel: if it does not start.
    """
    folder = wanted.folder
    for name in (WORK, "c"):
        os.mkdir(f"{folder}/{name}", 0o700)
    settings = {**wanted._asdict(), "cookie": uuid.uuid4().hex[:12]}
    del settings["hosts"], settings["programs"]
    write(f"{folder}/{_SETTINGS}", json.dumps(settings), 0o600)
    for name in ("key", "host_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"netns-lab {wanted.name}"]
        done = subprocess.run([*command, "-f", f"{folder}/{name}"], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Kernel("ssh-keygen", "a key", done.stderr.strip(), "See what it says.")
    with open(f"{folder}/host_key.pub", encoding="ascii") as file:
        write(f"{folder}/known_hosts", f"* {file.read()}", 0o644)
    write(f"{folder}/supervisor", zipapp.whole(supervisor.__name__), 0o700)
    command = [sys.executable, "-I", f"{folder}/supervisor", json.dumps(settings)]
    with open(os.open(f"{folder}/log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as log:
        said = daemon.start(command, log.fileno(), forks=True)
    if said is not None:
        found = said or (_text(f"{folder}/log") or "nothing").strip()[-_WORDS:]
        end(wanted)
        raise Kernel(f"host group {wanted.name}", "its process", found, "See what the kernel says; nothing is left.")


def up(wanted: HostGroup, hosts: list[HostEntry]) -> None:
    """Have hosts made, and wait for them.

    :param wanted: the host group.
    :param hosts: the hosts to make.
    :raises Kernel: naming those that did not come up; the others stand.
    """
    try:
        told = _ask(wanted.folder, do="up", hosts=[host._asdict() for host in hosts])
    except TimeoutError as exc:
        late = [each["name"] for each in _ask(wanted.folder, do="list")["hosts"] if each["state"] == "starting"]
        remedy = f"Enter it with nsenter --all --target=PID. {_advice(hosts)}"
        found = f"no sshd that listens after {_PATIENCE:.0f} s"
        raise Kernel(f"host {' '.join(late)}", "to come up", found, remedy.strip()) from exc
    except OSError as exc:
        remedy = f"See {wanted.folder}/log, and run it again."
        raise Kernel(f"host group {wanted.name}", "its hosts to come up", exc.strerror or str(exc), remedy) from exc
    names = {host.name for host in hosts}
    off = {each["name"]: each["error"] or "shut down" for each in told["hosts"] if each["state"] == "off"}
    failed = {**told["failed"], **{name: error for name, error in off.items() if name in names}}
    if failed:
        found = "; ".join(f"{name}: {error}" for name, error in failed.items())
        remedy = f"Correct that and run it again; the other hosts are up. {_advice(hosts)}"
        raise Kernel(f"host {' '.join(failed)}", "to come up", found, remedy.strip())


def _advice(hosts: list[HostEntry]) -> str:
    """What is likely where many hosts run systemd."""
    if not any(host.init == "systemd" for host in hosts):
        return ""
    limit = (_text("/proc/sys/fs/inotify/max_user_instances") or "").strip()
    return f"Hosts with systemd share fs.inotify.max_user_instances ({limit} here) and take about 7 each: raise it."


def down(wanted: HostGroup, names: list[str]) -> None:
    """End hosts for good.

    :param wanted: the host group.
    :param names: the hosts' names (str).
    """
    with suppress(OSError):
        _ask(wanted.folder, do="down", hosts=names)


def end(wanted: HostGroup) -> None:
    """Remove a host group with all that is of it, whether its process runs or was killed.

    :param wanted: the host group.
    :raises Kernel: if something of it cannot be removed.
    """
    folder = wanted.folder
    _hang_up(f"{folder}/c")
    with suppress(OSError), closing(_line(folder)) as line:
        if not line.pid:
            remedy = "Run it there, or where all processes of the machine are seen."
            raise Conflict(f"host group {wanted.name}", "its process", "one of another process namespace", remedy)
        with open(os.pidfd_open(line.pid), "rb") as process:
            # it answers, so it runs: the descriptor is that of the process that made the socket, and of no later one
            told = line.ask(_PATIENCE, do="list")
            down(wanted, [each["name"] for each in told["hosts"]])
            signal.pidfd_send_signal(process.fileno(), signal.SIGKILL)
            select.select([process], [], [], _GRACE)
    with suppress(OSError, ValueError, KeyError):
        settings = json.loads(_text(f"{folder}/{_SETTINGS}") or "")
        cgroup.sweep(settings["cookie"], f"{folder}/{WORK}")
    for path in [*(f"{folder}/{name}" for name in _ALL), model.elsewhere(folder)]:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            with suppress(FileNotFoundError):
                os.unlink(path)
    with suppress(OSError):
        os.rmdir(model.PROGRAMS)


def _hang_up(folder: str) -> None:
    """Have ssh end the connections that it keeps open.

    Each is a process that listens on a socket of its own. The kernel knows who made the socket, which here is a process
    that has ended since: ssh went into the background. Its number may be another's by now, so ssh is asked instead.
    """
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        path = f"{folder}/{name}"
        with suppress(OSError, subprocess.TimeoutExpired), closing(socket.socket(socket.AF_UNIX)) as line:
            line.settimeout(_GRACE)
            line.connect(path)
            command = ["ssh", "-F", "/dev/null", "-o", f"ControlPath={path}", "-O", "exit", "host-group"]
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_GRACE)
            while line.recv(4096):  # its greeting, and then its end
                pass
