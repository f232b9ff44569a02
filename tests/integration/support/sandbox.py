# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throwaway host, made by ``tools/sandbox`` around a process that ends with the test for certain.

The holder is process 1 of its own process namespace and reads from a pipe that only the test holds. When the pipe
closes, also because the test run was killed, the holder ends, the kernel kills every process inside, and the network
with all that was made in it is gone. An ordinary user gets the same inside a user namespace.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .dumps import Dump

HERE = Path(__file__).resolve().parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#: what makes a sandbox out of new namespaces: the tool that users have for it
TOOL = HERE.parents[2] / "tools" / "sandbox"
#: says which process it is as the test sees it; forwarding is what a new network takes over from the machine's
_SETUP = r"""
set -e
read -r pid rest </proc/self/stat
mount -t proc proc /proc
exec "$0" --inside sh -ec '
    sysctl -q -w net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
    echo "$0"
    exec cat >/dev/null
' "$pid"
"""


class CommandFailed(AssertionError):
    """A command inside a sandbox ended with an error that the test did not expect."""


@dataclass(frozen=True)
class PlaybookRun:
    """How an ansible-playbook ended: its code, what it printed, and one dict (task, result) for each task's end."""

    code: int
    output: str
    tasks: list[dict[str, Any]]

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that reported a change."""
        return [task["task"] for task in self.tasks if task["result"].get("changed")]


class Background:
    """A process that runs inside a sandbox beside the test; it ends with the sandbox at the latest."""

    def __init__(self, argv: list[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
        )
        #: what was read and not yet waited for
        self.said = ""

    def wait_for(self, text: str, timeout: float = 120.0) -> None:
        """Read on until the text has been said."""
        assert self.process.stdout is not None
        while text not in self.said and select.select([self.process.stdout], [], [], timeout)[0]:
            more = os.read(self.process.stdout.fileno(), 1 << 16).decode()
            if not more:
                break
            self.said += more
        if text in self.said:
            self.said = self.said.partition(text)[2]
            return
        raise CommandFailed(f"{self.process.args!r} did not say {text!r}")

    def stop(self) -> None:
        """Kill it and wait for its end; what it said and nobody read is dropped."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Launcher:
    """A process of an interpreter that runs modules inside sandboxes; see :mod:`.launcher`.

    :param collections: a folder that holds ``ansible_collections/netns/lab`` (Path).
    :param python: the interpreter (str).
    """

    def __init__(self, collections: Path, python: str) -> None:
        self.python = python
        self._process = subprocess.Popen(
            [python, str(HERE / "launcher.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(collections), "PYTHONPYCACHEPREFIX": str(collections / "pycache")},
        )

    def run(self, request: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        """Run one module: pid, userns, path, stdin, env."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        said = json.loads(self._process.stdout.readline())
        return subprocess.CompletedProcess(request["path"], said["code"], said["stdout"], said["stderr"])

    def close(self) -> None:
        """End it."""
        self._process.communicate("")


class Sandbox:
    """One throwaway host.

    :param collections: a folder that holds ``ansible_collections/netns/lab`` (Path).
    :param scratch: a folder of the test's own, visible inside under the same path (Path).
    :param launcher: what runs the modules, with its interpreter (Launcher).
    """

    def __init__(self, collections: Path, scratch: Path, launcher: Launcher) -> None:
        self._kinds: dict[str, bool] = {}
        self.collections, self.scratch, self.python = collections, scratch, launcher.python
        self._launcher = launcher
        self.userns = os.geteuid() != 0
        self._background: list[Background] = []
        #: the last dump, as long as nothing has run inside since
        self._dump: Dump | None = None
        unshare = ["unshare", *(["--user", "--map-root-user"] if self.userns else []), "--net", "--mount", "--pid"]
        self._holder = subprocess.Popen(
            [*unshare, "--fork", "--kill-child", "--propagation", "private", "sh", "-c", _SETUP, str(TOOL)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": PATH, "LANG": "C.UTF-8"},
        )
        assert self._holder.stdout is not None and self._holder.stderr is not None
        line = self._holder.stdout.readline()
        if not line.strip().isdigit():
            error = self._holder.stderr.read()
            self.close()
            raise CommandFailed(f"no sandbox: {error}")
        self.pid = int(line)

    def close(self) -> None:
        """End every process inside; the network and the mounts go with them."""
        for background in self._background:
            background.process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._holder.communicate("")
        self._holder.kill()
        self._holder.wait()
        for background in self._background:
            background.stop()

    # -- commands ----------------------------------------------------------------------------------------------------

    def enter(self, argv: list[str], netns: str = "", first: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs ``argv`` inside: in the host's namespace, a named one, or ours (``@NAME``)."""
        self._dump = None
        user = ["--user", "--preserve-credentials"] if self.userns else []
        inner = []
        if netns:
            folder = "/run/.sandbox" if netns.startswith("@") else "/run/netns"
            inner = ["nsenter", f"--net={folder}/{netns.lstrip('@')}", "--"]
        return ["nsenter", f"--target={self.pid}", *user, "--net", "--mount", "--pid", "--", *first, *inner, *argv]

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of every command inside."""
        return {
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "PYTHONPATH": str(self.collections),
            "PYTHONPYCACHEPREFIX": str(self.collections / "pycache"),
            **more,
        }

    def run(
        self,
        argv: list[str],
        netns: str = "",
        stdin: str = "",
        check: bool = True,
        timeout: float = 600.0,
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside and return how it ended."""
        done = subprocess.run(
            self.enter(argv, netns),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            env=self.environment(**(env or {})),
        )
        if check and done.returncode:
            raise CommandFailed(f"{shlex.join(argv)} (netns {netns!r}): {done.stdout}{done.stderr}")
        return done

    def sh(self, script: str, netns: str = "", check: bool = True) -> str:
        """Run shell lines inside (the first that fails ends them) and return what they print."""
        return self.run(["sh", "-e", "-c", script], netns, check=check).stdout

    def background(self, argv: list[str], netns: str = "") -> Background:
        """Start a program inside that runs beside the test."""
        dies_with_nsenter = ("setpriv", "--pdeathsig", "KILL", "--")
        started = Background(self.enter(argv, netns, dies_with_nsenter), self.environment())
        self._background.append(started)
        return started

    # -- what the kernel says ----------------------------------------------------------------------------------------

    def ip(self, arguments: str, netns: str = "") -> list[dict[str, Any]]:
        """``ip -j ARGUMENTS``, parsed; empty objects, which ip prints for what a filter left out, are dropped."""
        out = self.run(["ip", "-j", *shlex.split(arguments)], netns).stdout
        return [item for item in json.loads(out or "[]") if item]

    def link(self, name: str, netns: str = "") -> dict[str, Any] | None:
        """One link with details, or None."""
        found = [item for item in self.ip("-d link", netns) if item["ifname"] == name]
        return found[0] if found else None

    def makes(self, kind: str) -> bool:
        """Whether the kernel has a kind of link, as ip says."""
        if kind not in self._kinds:
            probe = self.run(["ip", "link", "add", "probe0", "type", kind], check=False)
            self._kinds[kind] = "Unknown device type" not in probe.stderr
            if probe.returncode == 0:
                self.sh("ip link del probe0")
        return self._kinds[kind]

    def delete_netns(self, name: str) -> None:
        """``ip netns del NAME``, over when its veth pairs are gone too: the kernel removes them a moment later."""
        number = {item["name"]: item["id"] for item in self.ip("netns")}[name]
        pairs = {item["ifname"] for item in self.ip("link") if item.get("link_netnsid") == number}
        self.sh(f"ip netns del {name}")
        deadline = time.monotonic() + 120.0
        while pairs & {item["ifname"] for item in self.ip("link")}:
            assert time.monotonic() < deadline, f"the veth pairs {pairs} of {name} have not gone"

    def addresses(self, dev: str, netns: str = "") -> list[str]:
        """The addresses of a link as ``address/prefix``, link-local ones left out."""
        found = [info for item in self.ip("address", netns) if item["ifname"] == dev for info in item["addr_info"]]
        return [f"{info['local']}/{info['prefixlen']}" for info in found if info["scope"] != "link"]

    def namespaces(self) -> set[str]:
        """The names that ``ip netns`` lists."""
        return {line.split()[0] for line in self.sh("ip netns").splitlines()}

    def nft(self, netns: str = "") -> list[dict[str, Any]]:
        """The ruleset as nft's JSON objects, without its header."""
        found = json.loads(self.run(["nft", "-j", "list", "ruleset"], netns).stdout)["nftables"]
        return [item for item in found if "metainfo" not in item]

    def sysctl(self, name: str, netns: str = "") -> str:
        """The value of a sysctl."""
        return self.run(["sysctl", "-n", name], netns).stdout.strip()

    def dump(self) -> Dump:
        """The whole state: links, addresses, routes, rules, nftables, sysctls, mounts, files, for every namespace.

        The last one again as long as nothing has run inside since.
        """
        if self._dump is not None and not self._background:
            return self._dump
        here = {"pid": self.pid, "userns": self.userns, "env": self.environment()}
        done = self._launcher.run({**here, "path": str(HERE / "dumper.py"), "stdin": ""})
        if done.returncode:
            raise CommandFailed(f"no dump: {done.stderr}")
        self._dump = json.loads(done.stdout)
        return self._dump

    # -- the product -------------------------------------------------------------------------------------------------

    def start_module(self, name: str, args: dict[str, Any], check: bool, diff: bool) -> tuple[list[str], str]:
        """The command line and the standard input that run a module as Ansible would."""
        switches = {"_ansible_check_mode": check, "_ansible_diff": diff, "_ansible_remote_tmp": str(self.scratch)}
        path = self.collections / "ansible_collections/netns/lab/plugins/modules" / f"{name}.py"
        return [self.python, str(path)], json.dumps({"ANSIBLE_MODULE_ARGS": {**args, **switches}})

    def module(
        self,
        name: str,
        args: dict[str, Any],
        check: bool = False,
        diff: bool = False,
        wrapper: list[str] | None = None,
        env: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Run a module of the collection and return its result, whether it failed or not.

        :param wrapper: a command that is put before the interpreter, e.g. ``setpriv``, or ``env`` for none (list of
            str); the module then runs in an interpreter of its own.
        :param env: changes of the environment; as with a wrapper.
        """
        argv, stdin = self.start_module(name, args, check, diff)
        if wrapper or env:
            done = self.run([*(wrapper or []), *argv], stdin=stdin, check=False, env=env)
        else:
            self._dump = None
            here = {"pid": self.pid, "userns": self.userns, "env": self.environment()}
            done = self._launcher.run({**here, "path": argv[1], "stdin": stdin})
        try:
            result: dict[str, Any] = json.loads(done.stdout)
        except ValueError:
            raise CommandFailed(f"{name} {args}: no JSON: {done.stdout}{done.stderr}") from None
        assert "Traceback" not in done.stderr, done.stderr
        return result

    def apply(
        self, name: str, args: dict[str, Any], check: bool = False, diff: bool = True, **options: Any
    ) -> dict[str, Any]:
        """Run a module that must succeed."""
        result = self.module(name, args, check=check, diff=diff, **options)
        if result.get("failed"):
            raise CommandFailed(f"{name} {args}: {result.get('msg')} {result.get('exception', '')}")
        return result

    def playbook(self, playbook: str | Path, *arguments: str, check: bool = True, **env: str) -> PlaybookRun:
        """Run ansible-playbook inside, on a playbook's text or path, and return what every task reported."""
        if isinstance(playbook, str):
            path = self.scratch / "playbook.yml"
            path.write_text(playbook, encoding="utf-8")
        else:
            path = playbook
        log = self.scratch / "tasks.jsonl"
        log.write_text("", encoding="utf-8")
        executable = Path(self.python).with_name("ansible-playbook")
        settings = {
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "tasklog",
            "ANSIBLE_TASKLOG": str(log),
            "ANSIBLE_HOME": str(self.scratch / "ansible"),
            "ANSIBLE_REMOTE_TMP": str(self.scratch / "ansible/tmp"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_PYTHON_INTERPRETER": self.python,
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_PIPELINING": "true",
            **env,
        }
        argv = [str(executable), "-i", "localhost,", "-c", "local", str(path), *arguments]
        done = self.run(argv, check=False, env=settings)
        tasks = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        if check and done.returncode:
            raise CommandFailed(f"{shlex.join(argv)}: {done.stdout}{done.stderr}")
        return PlaybookRun(done.returncode, done.stdout + done.stderr, tasks)
