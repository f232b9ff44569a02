# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls: read and written from within their namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...._engine.lab.host_state import State
from ...._engine.lab.kinds.sysctl import FAMILIES, REDIRECTS, SysctlKey, is_early, turn
from ...._engine.lab.sysctls import Written
from ...._engine.state import Change
from ...netlink import netconf, netns, sysctl
from .. import advertisements
from .phase import Gone, Made, Part, by_netns

if TYPE_CHECKING:
    from ..reader import Reader
    from ..writer import Writer

#: the name of a link as a part of a sysctl's: a dot in it is written as a slash, and the other way round
_DOTTED = str.maketrans("./", "/.")


def inside(reader: Reader, name: str) -> None:
    """Read what is asked for, and what decides on router advertisements.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    asked = list(reader.sysctl_names.get(name, ()))
    asked += [REDIRECTS] if any(FAMILIES.get(one) == "ipv4" for one in asked) else []
    asked += advertisements.sysctls() if name in reader.scope.advertisements else []
    for each in dict.fromkeys(asked):
        value = sysctl.read(each)
        if value is not None:
            key = SysctlKey(name, each)
            reader.objects[key] = {"value": value}
            if key in reader.sysctls and sysctl.is_read_only(each):
                reader.read_only.add(key)


def dump(reader: Reader, name: str) -> None:
    """Read what a family's forwarding, where that is asked for, writes along at each link.

    :param reader: what reads the host.
    :param name: the namespace's name (str), ``""`` for the host's.
    """
    for family in (FAMILIES[one] for one in reader.sysctl_names.get(name, ()) if one in FAMILIES):
        names = {netconf.TO_COME: "default", **reader.names[name]}
        for index, value in netconf.forwarding(reader.sockets[name], family == "ipv6"):
            if index in names:
                link = names[index].translate(_DOTTED)
                reader.objects.setdefault(SysctlKey(name, f"net.{family}.conf.{link}.forwarding"), {"value": value})


def complete(reader: Reader, state: State) -> None:
    """Add sysctls as they will be in namespaces that are not there yet, all alike; those of links come with these.

    :param reader: what reads the host.
    :param state: the state of the host, which takes it.
    """
    asked = [key for key in reader.sysctls if key.netns and key.netns not in reader.inodes]
    names = {key.name for key in asked if key.link in (None, "lo")}
    if names:
        with netns.newborn():
            values = {name: sysctl.read(name) for name in names}
            fixed = {name for name in names if values[name] is not None and sysctl.is_read_only(name)}
        reader.read_only |= {key for key in asked if key.name in fixed}
        state.newborn = {key: value for key in asked if (value := values.get(key.name)) is not None}
    state.read_only = reader.read_only


def _build(writer: Writer, changes: list[Change]) -> None:
    """Write sysctls, those first that write others along or have to be found set by those."""
    for name, ours in by_netns(sorted(changes, key=turn)).items():
        with netns.entered(name):
            for change in ours:
                writer.session.act(change, lambda change=change: _write(writer, change))


def _write(writer: Writer, change: Change) -> None:
    """Write one. What was not there when the plan was made is read before; what the kernel makes of it, after."""
    name = change.key.name
    before = sysctl.read(name) if change.before is None else None
    sysctl.write(name, (change.after or {})["value"])
    writer.written[change.key] = Written(before, sysctl.read(name))


def _build_late(writer: Writer, changes: list[Change]) -> None:
    """Write those of links, which stay down until then."""
    writer.session.flush()
    _build(writer, changes)
    writer.session.release()


def _is_early(_writer: Writer, change: Change) -> bool:
    return is_early(change)


def _remove(_writer: Writer, _changes: list[Change]) -> None:
    """One that came with its namespace or its link goes with it."""


REMOVE = (Part(Gone.SYSCTL, ("sysctl",), _remove),)
BUILD = (
    Part(Made.SYSCTL, ("sysctl",), _build, _is_early),
    Part(Made.LINK_SYSCTL, ("sysctl",), _build_late),
)
