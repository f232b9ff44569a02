# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Those who build the lab: each knows the commands of its phases for a number of namespaces."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import lab
from sandbox import ROOT, SANDBOX, Phase

HERE = Path(__file__).resolve().parent
ENGINE = [sys.executable, str(HERE / "engine.py")]
UNCHANGED_ENGINE = '"changed": false'
UNCHANGED_PLAY = "changed=0 "

#: ansible-playbook writes only into the sandbox; the checkout is found as a collection where `make` links it
ANSIBLE = {
    "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".build"),
    "ANSIBLE_HOME": "/run/ansible",
    "ANSIBLE_REMOTE_TEMP": "/run/ansible/tmp",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    "ANSIBLE_NOCOLOR": "true",
}


def _made(name: str, argv: list[str], count: int, says: str = "") -> Phase:
    """A phase after which the lab stands: a port for each namespace, the bridge, lo."""
    return Phase(name, argv, count, count + 2, says)


class Workshop:
    """Makes the rivals and the files they read.

    :param folder: where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.floor = folder / "floor"
        self._table = folder / "table.nft"

    def prepare(self) -> None:
        """Compile the floor, and take from the engine the nft table that it is to make as well."""
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", self.floor, HERE / "floor.c"], check=True)
        command = '"$@" >/dev/null && nft list table inet netns_lab'
        argv = [SANDBOX, "sh", "-c", command, "sh", *ENGINE, "apply", self._json("one", lab.options(1))]
        self._table.write_bytes(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)

    def _file(self, name: str, text: str) -> str:
        path = self._folder / name
        if not path.exists():
            path.write_text(text)
        return str(path)

    def _json(self, name: str, content: Any) -> str:
        return self._file(f"{name}.json", json.dumps(content))

    def floor_phases(self, count: int) -> list[Phase]:
        """The floor program."""
        floor, number, table = str(self.floor), str(count), str(self._table)
        return [
            _made("build", [floor, "build", number, table], count),
            _made("repeat", [floor, "check", number, table], count),
            Phase("remove", [floor, "remove", number]),
        ]

    def engine_phases(self, count: int) -> list[Phase]:
        """The engine, without Ansible."""
        file = self._json(f"lab-{count}", lab.options(count))
        return [
            _made("build", [*ENGINE, "apply", file], count),
            _made("repeat", [*ENGINE, "apply", file], count, UNCHANGED_ENGINE),
            Phase("remove", [*ENGINE, "absent", file]),
        ]

    def playbook_phases(self, count: int) -> list[Phase]:
        """One task of ``topology``."""
        apply = self._play(f"present-{count}", lab.topology_play(count, "present"))
        return [
            _made("build", apply, count),
            _made("repeat", apply, count, UNCHANGED_PLAY),
            Phase("remove", self._play(f"absent-{count}", lab.topology_play(count, "absent"))),
        ]

    def ip_phases(self, count: int) -> list[Phase]:
        """One command of ip a step."""
        return self._scripts("ip", count, lab.commands(count), lab.commands_gone(count))

    def batch_phases(self, count: int) -> list[Phase]:
        """``ip -batch``, one for the host and one for each namespace."""
        host = self._file(f"host-{count}.batch", "\n".join(lab.host_batch(count)))
        bridge = self._file("bridge.batch", "\n".join(lab.bridge_batch()))
        gone = self._file(f"gone-{count}.batch", "\n".join(lab.batch_gone(count)))
        insides = [
            f"ip -n ns{n} -batch " + self._file(f"inside-{n}.batch", "\n".join(lab.inside_batch(n)))
            for n in range(1, count + 1)
        ]
        first, last = lab.commands(0)[3:], lab.commands_gone(0)[1:]
        build = [*first, f"ip -batch {host}", *insides, f"ip -batch {bridge}"]
        return self._scripts("batch", count, build, [f"ip -batch {gone}", *last])

    def looped_phases(self, count: int) -> list[Phase]:
        """Looped tasks of the module ``command``."""
        return [
            _made("build", self._play(f"looped-{count}", lab.looped_play(count)), count),
            Phase("remove", self._play(f"looped-gone-{count}", lab.looped_play_gone(count))),
        ]

    def _scripts(self, name: str, count: int, build: list[str], gone: list[str]) -> list[Phase]:
        return [
            _made("build", ["sh", self._file(f"{name}-{count}.sh", lab.script(build))], count),
            Phase("remove", ["sh", self._file(f"{name}-gone-{count}.sh", lab.script(gone))]),
        ]

    def _play(self, name: str, content: Any) -> list[str]:
        return [sys.executable, str(Path(sys.executable).parent / "ansible-playbook"), self._json(name, content)]

    def module_phases(self, module: str, arguments: list[dict[str, Any]], names: int) -> list[Phase]:
        """A playbook of single tasks, as one phase."""
        return [Phase("build", self._play(module, lab.play(*({module: each} for each in arguments))), names)]

    def mesh_phases(self, count: int) -> list[Phase]:
        """A playbook that probes every pair of a lab that stands."""
        first = self.engine_phases(count)[0]
        probe = self._play(f"mesh-{count}", lab.play({"netns.lab.reachability": {"mesh": lab.NAME}}))
        return [replace(first, name="setup"), _made("build", probe, count, UNCHANGED_PLAY)]
