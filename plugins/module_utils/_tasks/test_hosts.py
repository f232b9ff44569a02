# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts to test against: the task of the module ``test_hosts``."""

from __future__ import annotations

import os
import shutil
from typing import Any

from .._engine.test_hosts import plan as engine
from .._kernel.host import LocalHost
from .._kernel.test_hosts import client, guest
from .._model.errors import Dependency, Permission
from .._model.test_hosts import group as model
from .._model.test_hosts.group import TEST_HOSTS, HostGroup
from .answer import Answer, Task, of_result

_PACKAGES = {"ssh": "openssh-client", "ssh-keygen": "openssh-client", "nsenter": "util-linux"}


def run(params: dict[str, Any], check: bool) -> Answer:
    """Make throwaway hosts, or remove them.

    :param params: the options of the module.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing or refused.
    """
    os.umask(0o022)
    wanted = client.located(model.host_group(params))
    _require_root()
    with client.locked(wanted, create=not check):
        plan, facts = (_absent if params["state"] == "absent" else _present)(wanted, check)
    return of_result(plan, **facts)


def _absent(wanted: HostGroup, check: bool) -> tuple[engine.Plan, dict[str, Any]]:
    plan = engine.removal(wanted.name, client.find(wanted))
    if plan.steps and not check:
        client.end(wanted)
    return plan, {"hosts": [], "inventory": {}, "inventory_file": f"{wanted.folder}/inventory.yml"}


def _present(wanted: HostGroup, check: bool) -> tuple[engine.Plan, dict[str, Any]]:
    found = client.find(wanted)
    wanted = model.placed(wanted, {name: host.entry.address for name, host in found.hosts.items()})
    pythons = {host.tree: guest.python(host.tree) or "" for host in wanted.hosts}
    plan = engine.plan(wanted, found, client.files(wanted, pythons))
    if plan.up:
        _require(wanted)
        plan.warnings += filter(None, map(client.exposed, dict.fromkeys(host.tree for host in plan.up)))
    standing = found.hosts
    started = [] if plan.rebuild else engine.to_wait_for(wanted, found)
    if (plan.steps or started) and not check:
        if plan.rebuild:
            client.end(wanted)
            client.begin(wanted)
        elif plan.down:
            client.down(wanted, plan.down)
        client.write_files(client.files(wanted, pythons))
        if plan.up or started:
            client.up(wanted, [*plan.up, *started])
        standing = client.find(wanted).hosts
    return plan, {
        "hosts": engine.told(wanted, standing),
        "inventory": model.inventory(wanted, pythons),
        "inventory_file": f"{wanted.folder}/inventory.yml",
    }


def _require_root() -> None:
    """Hosts need what no root of a user namespace has: device files, overlays with attributes of their own.

    :raises Permission: if this is not the machine's root.
    """
    LocalHost().require([])
    with open("/proc/self/uid_map", encoding="ascii") as file:
        spans = [int(line.split()[2]) for line in file]
    if os.geteuid() != 0 or sum(spans) < 2**32 - 1:
        raise Permission(
            "this process", "the machine's own root", "root of a user namespace", "Run it as root: become: true."
        )


def _require(wanted: HostGroup) -> None:
    """See that programs and trees are there, and that the kernel lays something over them.

    :raises Dependency: naming what is missing.
    """
    for program, package in _PACKAGES.items():
        if shutil.which(program) is None:
            remedy = f"Install the package {package}, or use the role netns.lab.test_hosts."
            raise Dependency(program, "this program on this machine", "none", remedy)
    refused: dict[str, str] = {}
    for index, host in enumerate(wanted.hosts):
        where = f"hosts[{index}].tree"
        if not os.path.isdir(host.tree):
            there = os.path.exists(host.tree)
            found = f"{host.tree}, which is no folder" if there else f"no {host.tree}"
            raise Dependency(where, "a folder", found, "Create it, or use the role netns.lab.test_hosts.")
        if guest.sshd(host.tree) is None:
            raise Dependency(where, "an sshd in it", f"none in {host.tree}", "Install openssh-server there.")
        if host.init == "systemd" and guest.init(host.tree) is None:
            raise Dependency(where, "systemd in it", f"no /sbin/init in {host.tree}", "Install systemd-sysv there.")
        if host.tree not in refused:
            refused[host.tree] = guest.refused(host.tree)
        if refused[host.tree]:
            remedy = "An overlay needs an ordinary file system below it: choose another tree."
            raise Dependency(where, "a tree for an overlay", refused[host.tree], remedy)


TASK = Task(run, TEST_HOSTS, {"required_if": [("state", "present", ("hosts",))]})
