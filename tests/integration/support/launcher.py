# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs modules inside sandboxes without starting an interpreter for each.

A process of the interpreter under test has Ansible's module library and the collection's loaded, which takes three
quarters of a module's time. For each request it forks, and the child enters the sandbox's namespaces and runs the
module's file as ``__main__``.
Requests and answers are lines of JSON.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import json
import os
import pkgutil
import runpy
import sys
import tempfile
import traceback
from typing import IO, Any

#: in this order: the user namespace gives the right to enter the others; the pid namespace is for children
NAMESPACES = ("user", "net", "mnt", "pid")


def _enter(pid: int, names: list[str]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    handles = [os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY) for name in names]
    for handle in handles:
        if libc.setns(handle, 0):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(handle)


def _run(path: str) -> int:
    """Run a module's file and return its exit code."""
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = [path]
    code: Any = 0
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as leave:
        code = leave.code or 0
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else 1


def _child(request: dict[str, Any], streams: list[IO[str]]) -> int:
    """Enter the sandbox and run the module in a process of its pid namespace."""
    _enter(request["pid"], [name for name in NAMESPACES if name != "user" or request["userns"]])
    inner = os.fork()
    if inner:
        return os.waitstatus_to_exitcode(os.waitpid(inner, 0)[1])
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
    os.chdir("/")
    os.environ.clear()
    os.environ.update(request["env"])
    os._exit(_run(request["path"]))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    with (
        tempfile.TemporaryFile("w+") as stdin,
        tempfile.TemporaryFile("w+") as out,
        tempfile.TemporaryFile("w+") as err,
    ):
        stdin.write(request["stdin"])
        stdin.flush()
        stdin.seek(0)
        child = os.fork()
        if not child:
            code = 1
            try:
                code = _child(request, [stdin, out, err])
            except OSError as error:
                os.write(2, f"{error}\n".encode())
            os._exit(code & 255)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return {"code": code, "stdout": out.read(), "stderr": err.read()}


def main() -> None:
    """Answer requests until the other side closes its end."""
    import ansible.module_utils.basic  # noqa: F401, PLC0415
    from ansible_collections.netns.lab.plugins.module_utils import _runner, _tasks  # noqa: F401, PLC0415

    for task in pkgutil.iter_modules(_tasks.__path__, f"{_tasks.__name__}."):
        importlib.import_module(task.name)
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
