# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run for a host group: from what is asked to the hosts that stand."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from ..._model.errors import Dependency
from ..._model.test_hosts import group as model
from ..._model.test_hosts.group import HostEntry, HostGroup
from . import plan as plans
from .plan import Found, Plan

#: programs that hosts need on the machine, each with its package
_PACKAGES = {"ssh": "openssh-client", "ssh-keygen": "openssh-client", "nsenter": "util-linux"}


class Tree(NamedTuple):
    """A folder that hosts are made of.

    :param found: what is there: ``folder``, ``other`` or ``nothing`` (str).
    :param python: the path of a Python in it; empty without one (str).
    :param sshd: whether it has an sshd (bool).
    :param systemd: whether it has systemd (bool).
    """

    found: str
    python: str
    sshd: bool
    systemd: bool


class Machine(Protocol):
    """The machine that the hosts run on."""

    def require_root(self) -> None:
        """See that this is the machine's own root.

        :raises Permission: if it is not.
        """

    def has(self, program: str) -> bool:
        """Whether the machine has a program.

        :param program: its name (str).
        """

    def tree(self, path: str) -> Tree:
        """What a tree has.

        :param path: its folder (str).
        """

    def refused(self, path: str) -> str:
        """Why the kernel lays nothing over a tree; empty if it does.

        :param path: its folder (str).
        """

    def exposed(self, path: str) -> str:
        """Who else than root may write a tree or exchange it, as a warning; empty if nobody.

        :param path: its folder (str).
        """

    def located(self, wanted: HostGroup) -> HostGroup:
        """The host group with its programs where the machine lets them run.

        :param wanted: what is asked for.
        """

    def locked(self, wanted: HostGroup, create: bool) -> AbstractContextManager[None]:
        """Be the only one who works on a host group.

        :param wanted: the host group.
        :param create: whether to make its folder; without it there may be nothing to lock (bool).
        :raises Conflict: if somebody else than root may write or exchange its folders.
        """

    def find(self, wanted: HostGroup) -> Found:
        """What there is of a host group.

        :param wanted: the host group.
        :raises Conflict: if its folder holds something else.
        """

    def files(self, wanted: HostGroup, pythons: dict[str, str]) -> dict[str, str]:
        """The texts of the files that a user needs, as they are to be.

        :param wanted: the host group.
        :param pythons: tree -> path of its Python.
        """

    def write_files(self, texts: dict[str, str]) -> None:
        """Write files that differ.

        :param texts: path -> text.
        """

    def begin(self, wanted: HostGroup) -> None:
        """Start the process of a host group.

        :param wanted: the host group.
        :raises LabError: if it does not come up.
        """

    def end(self, wanted: HostGroup) -> None:
        """Remove a host group with all of its hosts.

        :param wanted: the host group.
        """

    def up(self, wanted: HostGroup, hosts: list[HostEntry]) -> None:
        """Start hosts, and wait until they answer.

        :param wanted: the host group.
        :param hosts: those to start, or to wait for.
        :raises LabError: for one that does not come up.
        """

    def down(self, wanted: HostGroup, names: list[str]) -> None:
        """Remove hosts.

        :param wanted: the host group.
        :param names: of the hosts (str each).
        """


def run(options: dict[str, Any], machine: Machine, check: bool) -> tuple[Plan, dict[str, Any]]:
    """Make throwaway hosts, or remove them.

    :param options: those of the module ``test_hosts``.
    :param machine: that they run on.
    :param check: whether to stop before anything is touched (bool).
    :returns: the plan, and what the module returns beside it.
    :raises LabError: for what is wrong, missing or refused.
    """
    wanted = machine.located(model.host_group(options))
    machine.require_root()
    with machine.locked(wanted, create=not check):
        return (_absent if options["state"] == "absent" else _present)(wanted, machine, check)


def _absent(wanted: HostGroup, machine: Machine, check: bool) -> tuple[Plan, dict[str, Any]]:
    plan = plans.removal(wanted.name, machine.find(wanted))
    if plan.steps and not check:
        machine.end(wanted)
    return plan, {"hosts": [], "inventory": {}, "inventory_file": f"{wanted.folder}/inventory.yml"}


def _present(wanted: HostGroup, machine: Machine, check: bool) -> tuple[Plan, dict[str, Any]]:
    found = machine.find(wanted)
    wanted = model.placed(wanted, {name: host.entry.address for name, host in found.hosts.items()})
    trees = {path: machine.tree(path) for path in dict.fromkeys(host.tree for host in wanted.hosts)}
    pythons = {path: tree.python for path, tree in trees.items()}
    plan = plans.plan(wanted, found, machine.files(wanted, pythons))
    if plan.up:
        _require(wanted, trees, machine)
        plan.warnings += filter(None, map(machine.exposed, dict.fromkeys(host.tree for host in plan.up)))
    standing = found.hosts
    started = [] if plan.rebuild else plans.to_wait_for(wanted, found)
    if (plan.steps or started) and not check:
        _carry_out(wanted, plan, started, pythons, machine)
        standing = machine.find(wanted).hosts
    return plan, {
        "hosts": plans.told(wanted, standing),
        "inventory": model.inventory(wanted, pythons),
        "inventory_file": f"{wanted.folder}/inventory.yml",
    }


def _carry_out(
    wanted: HostGroup, plan: Plan, started: list[HostEntry], pythons: dict[str, str], machine: Machine
) -> None:
    if plan.rebuild:
        machine.end(wanted)
        machine.begin(wanted)
    elif plan.down:
        machine.down(wanted, plan.down)
    machine.write_files(machine.files(wanted, pythons))
    if plan.up or started:
        machine.up(wanted, [*plan.up, *started])


def _require(wanted: HostGroup, trees: Mapping[str, Tree], machine: Machine) -> None:
    """See that programs and trees are there, and that the kernel lays something over them.

    :raises Dependency: naming what is missing.
    """
    for program, package in _PACKAGES.items():
        if not machine.has(program):
            remedy = f"Install the package {package}, or use the role netns.lab.test_hosts."
            raise Dependency(program, "this program on this machine", "none", remedy)
    refused: dict[str, str] = {}
    for index, host in enumerate(wanted.hosts):
        where, tree = f"hosts[{index}].tree", trees[host.tree]
        if tree.found != "folder":
            found = f"{host.tree}, which is no directory" if tree.found == "other" else f"no {host.tree}"
            raise Dependency(where, "a directory", found, "Create it, or use the role netns.lab.test_hosts.")
        if not tree.sshd:
            raise Dependency(where, "an sshd in it", f"none in {host.tree}", "Install openssh-server there.")
        if host.init == "systemd" and not tree.systemd:
            raise Dependency(where, "systemd in it", f"no /sbin/init in {host.tree}", "Install systemd-sysv there.")
        if host.tree not in refused:
            refused[host.tree] = machine.refused(host.tree)
        if refused[host.tree]:
            remedy = "An overlay needs an ordinary file system below it: choose another tree."
            raise Dependency(where, "a tree for an overlay", refused[host.tree], remedy)
