# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the engine inside a sandbox with a fault at one of its calls of the kernel; see :mod:`.faulty`.

Run as a program. Requests and answers are lines of JSON; each run is a process of its own, and so is each dump of the
state, which an empty request asks for. A call is a message of
netlink, a program that is started, a mount, a change of namespace, a file opened, written, replaced or removed: they
are numbered as they are made. ``refuse`` lets one fail with an errno in the kernel's stead, ``before`` and ``after``
kill the process around it. Messages that go out together are sent one by one, so that each of them can be that one.
``learn`` lets this process read the host first: what later runs read is compared with what it has read by then.
"""

from __future__ import annotations

import builtins
import ctypes
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import dumper
from ansible_collections.netns.lab.plugins.module_utils import _engine, _kernel, _model
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import run
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.request import topology_request
from ansible_collections.netns.lab.plugins.module_utils._kernel.host import LocalHost
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import reader, session, writer
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import records as store
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.kinds import paths
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.links import phases
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import netns, sysctl
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink import socket as netlink
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.shapes import Shape, Shapes
from ansible_collections.netns.lab.plugins.module_utils._kernel.system import files, locks, nft, refusals
from ansible_collections.netns.lab.plugins.module_utils._model.errors import LabError

LOADED = (files, locks, netlink, netns, nft, paths, phases, reader, refusals, session, store, sysctl, writer)
#: calls of ``os`` and of the C library that are the kernel's
OS = {"open", "unlink", "mkdir", "rmdir", "makedirs", "replace", "fchmod", "stat", "listdir", "scandir"}
LIBC = {"mount", "umount2", "unshare", "setns"}


_KINDS = {
    start + number: f"{verb}{what}"
    for start, what in ((16, "link"), (20, "addr"), (24, "route"), (28, "neigh"), (32, "rule"), (88, "nsid"))
    for number, verb in enumerate(("new", "del", "get", "set"))
}


class Faults:
    """The calls of one run, and what befalls one of them.

    :param how: ``refuse``, ``before``, ``after`` or empty.
    :param at: the numbers of the calls that it befalls.
    :param code: the errno of a refusal.
    """

    def __init__(self, how: str, at: list[int], code: int) -> None:
        self.how, self.at, self.code = how, at, code
        self.calls: list[str] = []
        #: how many messages of dumps were like none that was known
        self.apart = 0

    def call(self, what: str, act: Callable[[], Any]) -> Any:
        """Make a call of the kernel, or what is to come instead."""
        here = len(self.calls) in self.at
        self.calls.append(what)
        if here and self.how == "refuse":
            raise OSError(self.code, os.strerror(self.code))
        if here and self.how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return act()
        finally:
            if here and self.how == "after":
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Put itself between the engine and the kernel."""
        self._netlink()
        taken_apart = Shapes._taken_apart

        def counted(known: Shapes, body: bytes, number: int) -> Shape:
            self.apart += 1
            return taken_apart(known, body, number)

        Shapes._taken_apart = counted  # type: ignore[method-assign]
        for module in (netns, files, paths, store, locks):
            module.os = _Stand(os, {name: self._wrapped(name, getattr(os, name)) for name in OS})  # type: ignore[attr-defined]
        for module in (files, store, sysctl):
            module.open = self._wrapped("open", builtins.open)  # type: ignore[attr-defined]
        sysctl.write = self._wrapped("sysctl", sysctl.write)
        netns._libc = _Stand(netns._libc, {name: self._libc(name, getattr(netns._libc, name)) for name in LIBC})  # type: ignore[assignment]
        nft.subprocess = _Stand(subprocess, {"run": self._program})  # type: ignore[assignment]

    def _wrapped(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **options: Any) -> Any:
            what = name
            if name == "open":
                flags = [flag for flag in args[1:2] if isinstance(flag, int)]
                what = "write" if isinstance(args[0], int) or any(flag & os.O_CREAT for flag in flags) else "read"
            return self.call(f"{what} {args[0] if args else ''}", lambda: act(*args, **options))

        return called

    def _libc(self, name: str, act: Callable[..., int]) -> Callable[..., int]:
        def called(*args: Any) -> int:
            try:
                return int(self.call(f"{name} {args[name == 'mount']!r}", lambda: act(*args)))
            except OSError as exc:
                ctypes.set_errno(exc.errno or 0)
                return -1

        return called

    def _netlink(self) -> None:
        batch, ask, dump = netlink.Socket._batch, netlink.Socket.ask, netlink.Socket.dump

        def one(route: netlink.Socket, message: tuple[int, bytes, int]) -> Any:
            try:
                return self.call(f"netlink {_KINDS.get(message[0], message[0])}", lambda: batch(route, [message])[0])
            except OSError as exc:
                return exc.errno, exc.strerror

        def refusable(what: str, act: Callable[[], Any]) -> Any:
            try:
                return self.call(what, act)
            except netlink.NetlinkError:
                raise
            except OSError as exc:
                raise netlink.NetlinkError(exc.errno, exc.strerror) from exc

        def asked(route: netlink.Socket, kind: int, body: bytes) -> bytes:
            return bytes(refusable(f"ask {_KINDS.get(kind, kind)}", lambda: ask(route, kind, body)))

        def dumped(route: netlink.Socket, kind: int, body: bytes) -> list[bytes]:
            return list(refusable(f"dump {_KINDS.get(kind, kind)}", lambda: dump(route, kind, body)))

        def sent(route: netlink.Socket, messages: list[tuple[int, bytes, int]]) -> list[Any]:
            return [one(route, message) for message in messages]

        for name, act in (("_batch", sent), ("ask", asked), ("dump", dumped)):
            setattr(netlink.Socket, name, act)

    def _program(self, argv: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        try:
            started = partial(subprocess.run, argv, **options)
            done: subprocess.CompletedProcess[str] = self.call(" ".join(argv[:2]), started)
        except OSError as exc:
            return subprocess.CompletedProcess(argv, 1, "", f"Error: Could not process rule: {exc.strerror}")
        return done


class _Stand:
    """Stands in for a module or an object, some of whose functions are others."""

    def __init__(self, real: ModuleType | Any, others: dict[str, Any]) -> None:
        self._real, self._others = real, others

    def __getattr__(self, name: str) -> Any:
        return self._others[name] if name in self._others else getattr(self._real, name)


def _run(request: dict[str, Any]) -> dict[str, Any]:
    """Run ``topology`` once, with what is to befall it."""
    faults = Faults(request.get("how", ""), request.get("at", []), request.get("code", 0))
    host = LocalHost()
    asked = topology_request(request["args"])
    faults.install()
    answer: dict[str, Any] = {"changed": False, "error": None, "text": ""}
    try:
        result = run.run(asked, host, check=request.get("check", False))
        answer.update(changed=result.changed, plan=result.plan())
    except LabError as error:
        answer.update(error=error.as_dict(), text=error.text(), details=error.details)
    return {**answer, "calls": faults.calls, "apart": faults.apart}


def _load() -> None:
    """Load all that runs load when they first need it, so that a run's own process has it."""
    for package in (_engine, _kernel, _model):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)


def main() -> None:
    """Answer requests until the other side closes its end."""
    _load()
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("learn"):
            run.run(topology_request(request["args"]), LocalHost(), check=True)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            code = 1
            try:
                said = json.dumps(_run(request) if request else dumper.whole())
                with os.fdopen(writing, "w", encoding="utf-8") as out:
                    out.write(said)
                code = 0
            finally:
                if code:
                    sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
                    sys.stderr.flush()
                os._exit(code)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as said_by_child:
            said = said_by_child.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(said or json.dumps({"status": status}), flush=True)


if __name__ == "__main__":
    main()
