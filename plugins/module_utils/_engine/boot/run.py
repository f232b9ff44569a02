# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run that stores a lab on a host, or removes it from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Optional, Protocol

from ..._model.errors import InvalidArgument
from ..._model.lab import topology as model
from ..._model.naming import lab_name
from ..host_files import HostFile
from ..lab.host import Host
from ..lab.kinds.link import LinkKey
from ..lab.request import topology_request
from ..lab.wanted import wanted
from . import stored as files
from .labs import Store
from .stored import Init, Result, Stored

#: what is stored beside the lists, where it is given
_SWITCHES = ("allow_overlap", "allow_management", "allow_other_labs")


class Boot(Store, Protocol):
    """A host that stores labs: what starts services there, and its files."""

    def init(self) -> Init:
        """What starts services, and what looks after links."""

    def program(self) -> bytes:
        """The program netns-lab, whole."""

    def differing(self, wanted: Mapping[str, Optional[bytes]]) -> list[HostFile]:
        """The files that are not as they are to be, those that go first.

        :param wanted: path -> content, None for one that is not to be there.
        :raises Conflict: for something that is not a file.
        """

    def is_enabled(self, unit: str) -> bool:
        """Whether systemd starts a unit at boot.

        :param unit: its name (str).
        """

    def is_active(self, unit: str) -> bool:
        """Whether a unit runs, or is about to.

        :param unit: its name (str).
        """

    def install(self, name: str, changes: Sequence[HostFile]) -> None:
        """Write and remove files, and have the services of the host heed them.

        :param name: the lab's (str).
        :param changes: what :meth:`differing` found.
        :raises Kernel: for what cannot be written, or is refused.
        """

    def enable(self, unit: str, start: bool) -> None:
        """Have systemd start a unit at boot.

        :param unit: its name (str).
        :param start: whether it is to start now as well (bool).
        :raises Kernel: if systemd refuses.
        """


def persist(options: dict[str, Any], boot: Boot, check: bool) -> Result:
    """Bring the host to what the options of the module ask.

    :param options: those of the module ``persistence``; its definition has the lists as ``topology`` reads them.
    :param boot: the host.
    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    name = lab_name("name", options["name"])
    host = boot.host()
    host.require([])
    with host.locked(not check) as said:
        result = _present(name, options, boot, host) if options["state"] == "present" else _absent(name, boot)
        result.warnings += said
        if not check:
            boot.install(name, result.written)
    if not check:
        # they run the program, which waits for the lock
        for unit in result.units:
            boot.enable(unit, start=not _waits(name, unit, boot))
    return result


def _present(name: str, options: dict[str, Any], boot: Boot, host: Host) -> Result:
    definition = options["definition"] if options["definition"] is not None else _on_record(name, host)
    files.require_entries(definition)
    switches = files.given({key: options[key] for key in _SWITCHES})
    switches["firewall_exceptions"] = options["firewall_exceptions"]
    request = topology_request({**definition, **switches, "name": name})
    stored = Stored(
        name,
        {**request.definition, **switches},
        tuple(options["before"]),
        options["drift"],
        options["drift_interval"],
    )
    files.check(stored)
    init = boot.init()
    wants = wanted(model.parse(request.definition), host.seed)
    links = [
        key.name for key, want in wants.items() if isinstance(key, LinkKey) and not key.netns and "kind" in want.attrs
    ]
    changes = boot.differing(files.files(stored, links, init, boot.program()))
    warnings = []
    if not init.systemd and not init.openrc:
        warnings = [f"this host boots with neither systemd nor OpenRC: run {files.PROGRAM} apply at its boot"]
    return Result(changes, _idle(stored, boot) if init.systemd else [], warnings)


def _absent(name: str, boot: Boot) -> Result:
    wants = files.nothing(name)
    if not [other for other in boot.names() if other != name]:
        wants[files.PROGRAM] = None
    return Result(boot.differing(wants))


def _on_record(name: str, host: Host) -> dict[str, Any]:
    """The definition that the lab was built with.

    :raises InvalidArgument: if there is no such lab.
    """
    records = host.records()
    for record in records:
        if record.lab == name and record.definition:
            return record.definition
    there = ", ".join(sorted(record.lab for record in records if record.definition)) or "none"
    remedy = f"Labs here: {there}. Build it first, or give the definition."
    raise InvalidArgument("name", "an existing lab on this host, or a definition", repr(name), remedy)


def _idle(stored: Stored, boot: Boot) -> list[str]:
    """The units that are to be enabled and active and are not; one that just starts is on its way."""
    drift = [files.timer(stored.name)] if stored.drift != "off" else []
    units = [files.unit(stored.name), *files.again(stored.name), *drift]
    enabled = {unit for unit in units if boot.is_enabled(unit)}
    return [
        unit
        for unit in units
        if unit not in enabled or (not boot.is_active(unit) and not _waits(stored.name, unit, boot))
    ]


def _waits(name: str, unit: str, boot: Boot) -> bool:
    """Whether it goes with a firewall that does not run: started now, it would not begin together with that."""
    firewall = files.again(name).get(unit)
    return firewall is not None and not boot.is_active(firewall)
