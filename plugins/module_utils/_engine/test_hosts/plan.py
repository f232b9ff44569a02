# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the hosts that stand to those that are wanted: what to take down, what to make, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Optional

from ..._model.test_hosts.group import HostEntry, HostGroup


class Standing(NamedTuple):
    """A host as it was found.

    :param state: ``up``, ``off`` (it shut itself down) or ``starting``.
    :param entry: what it was made of.
    """

    state: str
    entry: HostEntry
    boots: int
    pid: int


@dataclass
class Found:
    """A host group as it was found.

    :param alive: whether its process runs.
    :param traces: whether there is anything at all.
    :param subnet: of the running one.
    :param files: the files beside it that a user has need of, by path.
    """

    alive: bool = False
    traces: bool = False
    subnet: str = ""
    size: str = ""
    hosts: dict[str, Standing] = field(default_factory=dict)
    files: dict[str, Optional[str]] = field(default_factory=dict)


@dataclass
class Plan:
    """What a run is to do.

    :param rebuild: whether the host group itself goes first, with all of its hosts.
    :param down: names of hosts to take down.
    :param up: hosts to make, or to start again.
    """

    steps: list[dict[str, str]] = field(default_factory=list)
    rebuild: bool = False
    down: list[str] = field(default_factory=list)
    up: list[HostEntry] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether there is a step."""
        return bool(self.steps)

    def plan(self) -> list[dict[str, str]]:
        """The steps."""
        return self.steps

    def diff(self) -> dict[str, str]:
        """A line for each object that differs."""
        return {"before": "".join(self.before), "after": "".join(self.after)}

    def add(self, kind: str, obj: str, reason: str, before: str, after: str) -> None:
        """Take up a step; what it does follows from which side has a line.

        :param kind: what it is about (str): ``host_group``, ``host`` or ``file``.
        :param obj: which one (str).
        :param reason: why (str).
        :param before: its line in the diff as it is (str), empty where it is not there.
        :param after: its line in the diff as it is to be (str), empty where it is to be gone.
        """
        action = "delete" if not after else "create" if not before else "change"
        self.steps.append({"kind": kind, "object": obj, "action": action, "reason": reason})
        self.before += [before] if before else []
        self.after += [after] if after else []


def removal(name: str, found: Found) -> Plan:
    """The plan of a host group that is to be removed.

    :param name: the host group's name (str).
    :param found: what there is of it.
    """
    plan = Plan(rebuild=found.traces)
    why = f"host group {name} is to be removed"
    for host in found.hosts.values():
        plan.down.append(host.entry.name)
        plan.add("host", host.entry.name, why, _line(host.entry), "")
    if found.traces:
        plan.add("host_group", name, why, _described(name, found.subnet, found.size), "")
    return plan


def plan(wanted: HostGroup, found: Found, files: Mapping[str, str]) -> Plan:
    """The plan of a host group that is to be present; its hosts have addresses.

    :param wanted: the host group, with an address for each host.
    :param found: what there is of it.
    :param files: the texts that files beside it are to have.
    """
    made = Plan()
    stands = _described(wanted.name, found.subnet, found.size) if found.traces else ""
    if not found.alive:
        made.rebuild = True
        why = "its process was killed" if found.traces else "does not exist"
        made.add("host_group", wanted.name, why, stands, _described(wanted.name, wanted.subnet, wanted.size))
    elif (found.subnet, found.size) != (wanted.subnet, wanted.size):
        made.rebuild = True
        why = "has another subnet" if found.subnet != wanted.subnet else "has another size"
        made.add("host_group", wanted.name, why, stands, _described(wanted.name, wanted.subnet, wanted.size))
    names = {host.name for host in wanted.hosts}
    for name, host in found.hosts.items():
        if name not in names:
            made.down.append(name)
            made.add("host", name, "no longer in the definition", _line(host.entry), "")
    for entry in wanted.hosts:
        _host(made, entry, found.hosts.get(entry.name))
    for path, text in files.items():
        old = found.files.get(path)
        if made.rebuild and old is None:
            continue
        if old != text:
            reason = "does not exist" if old is None else "has other content"
            made.add(
                "file", path, reason, "" if old is None else f"{path} {len(old)} bytes\n", f"{path} {len(text)} bytes\n"
            )
    return made


def to_wait_for(wanted: HostGroup, found: Found) -> list[HostEntry]:
    """The hosts that an earlier run began and did not see come up.

    :param wanted: the host group.
    :param found: what there is of it.
    """
    return [host.entry for host in found.hosts.values() if host.state == "starting" and host.entry in wanted.hosts]


def _host(made: Plan, entry: HostEntry, stands: Optional[Standing]) -> None:
    old = _line(stands.entry) if stands else ""
    if stands is None or made.rebuild:
        made.up.append(entry)
        made.add("host", entry.name, "goes with its host group" if stands else "does not exist", old, _line(entry))
    elif stands.entry != entry:
        made.down.append(entry.name)
        made.up.append(entry)
        parts = [part for part, value in entry._asdict().items() if getattr(stands.entry, part) != value]
        made.add("host", entry.name, f"has another {' and '.join(parts)}", old, _line(entry))
    elif stands.state == "off":
        made.up.append(entry)
        made.add("host", entry.name, "is shut down", old.replace("\n", "  off\n"), _line(entry))


def _line(host: HostEntry) -> str:
    return f"host {host.name}  address={host.address}  init={host.init}  tree={host.tree}\n"


def _described(name: str, subnet: str, size: str) -> str:
    return f"host group {name}" + (f"  subnet={subnet}  size={size}" if subnet else "  killed") + "\n"


def told(wanted: HostGroup, standing: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """The hosts as a module returns them; one that would only be made has no process and no boot.

    :param wanted: the host group.
    :param standing: the hosts that run, by name.
    """
    hosts = []
    for entry in wanted.hosts:
        stands = standing.get(entry.name)
        same = stands is not None and stands.entry == entry
        hosts.append(
            {
                "name": entry.name,
                "address": entry.address,
                "pid": stands.pid if stands and same else 0,
                "boots": stands.boots if stands and same else 0,
            }
        )
    return hosts
