# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of a host group: process 1 of its own namespaces, parent of all its hosts. With it every host ends.

It is asked by a socket in the group's folder: one line of JSON, answered by one. What it knows is in its memory
alone, so nothing that is written somewhere can be wrong about what stands.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Optional

from ..._engine.lab import run
from ..._engine.lab.request import topology_request
from ..._model.errors import LabError
from ..._model.test_hosts import group as model
from ..._model.test_hosts.group import HostEntry
from ..host import LocalHost
from ..netlink import mounts
from ..system import daemon
from . import cgroup
from .guest import Place, prepare, start

#: the folder of what the hosts write, below the host group's
WORK = "w"
CONTROL = "control"


class Guest:
    """A host and how far it is: ``starting``, ``up``, ``off`` (it ended itself) or ``going``.

    :param entry: the host as it is described.
    """

    def __init__(self, entry: HostEntry) -> None:
        self.entry = entry
        self.state, self.pid, self.boots, self.space, self.error = "starting", 0, 0, 0, ""
        self.pipe: Optional[int] = None
        self.said = b""
        self.watch: Optional[int] = None

    def told(self) -> dict[str, Any]:
        """The host for who asks."""
        return {
            **self.entry._asdict(),
            "state": self.state,
            "boots": self.boots,
            "space": self.space,
            "error": self.error,
        }


class Supervisor:
    """The hosts of a host group.

    :param settings: name, folder, subnet, size and cookie.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._folder = settings["folder"]
        self._guests: dict[str, Guest] = {}
        self._events = selectors.DefaultSelector()
        self._watch = mounts.Watch()
        self._waiting: list[tuple[daemon.Call, set[str], str]] = []
        self._host = LocalHost()
        self._failed: dict[str, str] = {}

    # -- the host group ----------------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Make the host group: a /run and processes of its own, memory for the hosts' files, the bridge."""
        mounts.mount("", "/", flags=mounts.REC | mounts.SLAVE)
        folder = os.open(self._folder, os.O_PATH | os.O_CLOEXEC)
        mounts.mount("proc", "/proc", "proc", mounts.NOSUID | mounts.NODEV | mounts.NOEXEC)
        mounts.tmpfs("/run", "755", "64m")
        os.makedirs(self._folder, 0o700, exist_ok=True)
        mounts.bind(f"/proc/self/fd/{folder}", self._folder)
        os.close(folder)
        work = f"{self._folder}/{WORK}"
        mounts.tmpfs(work, "755", self._settings["size"], 0)
        self._lab(model.group_lab(self._settings["subnet"]))

    def _lab(self, options: dict[str, Any]) -> None:
        run.run(topology_request(options), self._host, check=False)

    # -- hosts -------------------------------------------------------------------------------------------------------

    def _place(self, name: str, systemd: bool) -> Place:
        own = cgroup.path(self._cgroups, self._settings["cookie"], name) if systemd else ""
        return Place(f"{self._folder}/{WORK}/{name}", self._folder, own)

    @property
    def _cgroups(self) -> str:
        return f"/run/cgroup-{self._settings['cookie']}"

    def _start(self, guest: Guest) -> None:
        """Begin a boot; with files of its own only the first time."""
        entry, systemd = guest.entry, guest.entry.init == "systemd"
        place = self._place(entry.name, systemd)
        guest.state, guest.said, guest.error = "starting", b"", ""
        try:
            if not guest.boots:
                prepare(place)
            if systemd:
                cgroup.make(self._cgroups, place.cgroup)
            self._lab(model.host_lab(entry, self._settings["subnet"]))
            guest.pipe = pipe = start(entry, place)
        except (LabError, OSError) as exc:
            self._ended(guest, str(exc))
            return
        self._events.register(pipe, selectors.EVENT_READ, lambda: self._heard(guest, pipe))

    def _heard(self, guest: Guest, pipe: int) -> None:
        """What a host's first process says: its number; then the end of it is that its program runs."""
        said = os.read(pipe, 4096)
        guest.said += said
        if said:
            return
        self._unpipe(guest)
        first, _newline, rest = guest.said.partition(b"\n")
        if not first.startswith(b"pid "):
            self._ended(guest, guest.said.decode(errors="replace").replace("failed ", "", 1))
            return
        guest.pid = int(first[4:])
        guest.error = rest.decode(errors="replace").replace("failed ", "", 1)
        if not os.path.exists(f"/proc/{guest.pid}"):
            self._exited(guest, 0)  # reaped before its number was known
            return
        if guest.state == "going":
            os.kill(guest.pid, signal.SIGKILL)
        with contextlib.suppress(OSError):  # it may end at any time
            guest.space = os.stat(f"/proc/{guest.pid}/ns/pid").st_ino
            guest.watch = self._watch.add(f"/proc/{guest.pid}/root/run")
            self._look(guest)

    def _unpipe(self, guest: Guest) -> None:
        if guest.pipe is not None:
            self._events.unregister(guest.pipe)
            os.close(guest.pipe)
            guest.pipe = None

    def _look(self, guest: Guest) -> None:
        """Whether sshd listens: then its pid file is there, and not empty."""
        with contextlib.suppress(OSError):
            if guest.state == "starting" and os.stat(f"/proc/{guest.pid}/root/run/sshd.pid").st_size:
                guest.state = "up"
                guest.boots += 1
                self._watch.remove(guest.watch)
                guest.watch = None
                self._answer()

    def _appeared(self) -> None:
        numbers = self._watch.read()
        for guest in list(self._guests.values()):
            if guest.watch in numbers:
                self._look(guest)

    # -- ends --------------------------------------------------------------------------------------------------------

    def _reap(self) -> None:
        """Wait for all that ended; hosts among them."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for guest in list(self._guests.values()):
                if guest.pid == pid:
                    self._exited(guest, status)

    def _exited(self, guest: Guest, status: int) -> None:
        """A host ended: by reboot(2) to come again, or off, or because it was told to go."""
        self._watch.remove(guest.watch)
        guest.pid, guest.watch, guest.space = 0, None, 0
        restarts = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGHUP
        code = os.waitstatus_to_exitcode(status)
        halted = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
        why = "" if halted else guest.error or self._log(guest) or f"its first process ended with exit code {code}"
        self._clean(guest)
        if guest.state == "going":
            self._forget(guest)
        elif restarts:
            self._start(guest)
        else:
            self._ended(guest, why)

    def _log(self, guest: Guest) -> str:
        with contextlib.suppress(OSError), open(f"{self._folder}/{WORK}/{guest.entry.name}/log", "rb") as file:
            return file.read()[-2000:].decode(errors="replace").strip()
        return ""

    def _ended(self, guest: Guest, why: str) -> None:
        self._unpipe(guest)
        guest.error = why
        guest.state = "off"
        if not guest.boots:  # it never was: nothing is kept of it
            self._clean(guest)
            self._forget(guest, answer=False)
        self._answer()

    def _clean(self, guest: Guest) -> None:
        """Take a host's network and cgroup away; its files stay."""
        try:
            self._lab({"name": f"host-{guest.entry.name}", "state": "absent"})
        except LabError as exc:
            sys.stderr.write(f"host {guest.entry.name}: {exc}\n")
        if guest.entry.init == "systemd":
            cgroup.remove(self._place(guest.entry.name, True).cgroup)

    def _forget(self, guest: Guest, answer: bool = True) -> None:
        shutil.rmtree(f"{self._folder}/{WORK}/{guest.entry.name}", ignore_errors=True)
        if guest.entry.name in self._guests:
            del self._guests[guest.entry.name]
        if guest.error and not guest.boots:
            self._failed[guest.entry.name] = guest.error
        if answer:
            self._answer()

    # -- who asks ----------------------------------------------------------------------------------------------------

    def serve(self, listener: daemon.Listener) -> None:
        """Serve for ever.

        :param listener: who asks.
        """
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_ignored: None)
        signal.signal(signal.SIGTERM, lambda *_ignored: os._exit(0))
        register = self._events.register
        register(reading, selectors.EVENT_READ, lambda: (os.read(reading, 4096), self._reap()))
        register(self._watch, selectors.EVENT_READ, self._appeared)
        register(listener, selectors.EVENT_READ, lambda: self._accept(listener))
        while True:
            for key, _mask in self._events.select():
                _guarded(key.data)

    def _accept(self, listener: daemon.Listener) -> None:
        call = listener.hear()
        if call is None:
            return
        try:
            acts = {"up": self._do_up, "down": self._do_down, "list": self._do_list}
            names = acts[call.asked["do"]](call.asked)
            self._waiting.append((call, names, call.asked["do"]))
            self._answer()
        except (OSError, TypeError, ValueError, KeyError, LabError) as exc:
            sys.stderr.write(f"asked in vain: {exc!r}\n")
            call.hang_up()

    def _do_list(self, _asked: dict[str, Any]) -> set[str]:
        return set()

    def _do_up(self, asked: dict[str, Any]) -> set[str]:
        """Begin what does not run yet."""
        names = set()
        for each in asked["hosts"]:
            entry = HostEntry(**each)
            names.add(entry.name)
            self._failed.pop(entry.name, None)
            guest = self._guests.get(entry.name)
            if guest is None:
                guest = self._guests[entry.name] = Guest(entry)
                self._start(guest)
            elif guest.state == "off":
                self._start(guest)
        return names

    def _do_down(self, asked: dict[str, Any]) -> set[str]:
        """End hosts for good."""
        names = set()
        for name in asked["hosts"]:
            guest = self._guests.get(name)
            if guest is None:
                continue
            names.add(name)
            started, guest.state = guest.state != "off", "going"
            if guest.pid:
                os.kill(guest.pid, signal.SIGKILL)
            elif not started:
                self._forget(guest, answer=False)
        return names

    def _answer(self) -> None:
        """Answer those whose hosts are as they asked."""
        for waiting in list(self._waiting):
            call, names, what = waiting
            states = {guest.state for name, guest in self._guests.items() if name in names}
            settled = "going" not in {guest.state for guest in self._guests.values()}
            if {"up": states <= {"up", "off"}, "down": not states, "list": settled}[what]:
                self._waiting.remove(waiting)
                failed = {name: error for name, error in self._failed.items() if name in names}
                told = {
                    "settings": self._settings,
                    "hosts": [guest.told() for guest in self._guests.values()],
                    "failed": failed,
                }
                call.answer(told)


def _guarded(act: Callable[[], object]) -> None:
    """Do what an event asks for: what goes wrong with one host must not end the others."""
    try:
        act()
    except BlockingIOError:
        pass  # another event took it along
    except Exception:  # noqa: BLE001
        sys.stderr.write(traceback.format_exc())


def main(arguments: Sequence[str]) -> int:
    """Be a host group: ``SETTINGS`` (JSON). Standard output gets why there is none, standard error is its log.

    :param arguments: the settings (str).
    :returns: the exit code of the process that begins it; the group's own never ends by itself.
    """
    settings = json.loads(arguments[0])
    os.umask(0o022)
    os.chdir("/")
    mounts.unshare(mounts.NEWNS | mounts.NEWPID | mounts.NEWNET | mounts.NEWIPC | mounts.NEWUTS)
    if os.fork():
        return 0
    try:
        mounts.set_process_name("netns-lab-hosts")
        supervisor = Supervisor(settings)
        supervisor.set_up()
        listener = daemon.Listener(f"{settings['folder']}/{CONTROL}")
        daemon.ready(keeps_log=True)
    except BaseException as exc:  # noqa: BLE001 - who waits is told
        daemon.failed(str(exc))
        os._exit(1)
    supervisor.serve(listener)
    return 1
