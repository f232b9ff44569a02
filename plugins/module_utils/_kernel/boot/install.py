# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's side of a lab that outlasts a reboot: what it starts services with, its files, and who is told of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ..._engine.boot import stored as engine
from ..._engine.boot.stored import Init, Result, Stored
from ..._engine.host_files import HostFile
from ..._engine.lab import run as runs
from ..._engine.lab.kinds.link import LinkKey
from ..._engine.lab.wanted import wanted
from ..._model.errors import Conflict, InvalidArgument
from ..._model.lab import topology as model
from ..._model.values import lab_name
from ..host import LocalHost
from ..lab import records as store
from ..lab.interruption import undisturbed
from ..system import host_files, systemd, zipapp

_REMEDY = "The running lab is unchanged. Run the play again."
_SYSTEMD = "See journalctl -xe. The lab itself stands as it did."
#: whose settings are where
_LOOK_AFTER_LINKS = {
    "/etc/systemd/network/": "systemd-networkd.service",
    "/etc/NetworkManager/": "NetworkManager.service",
}
#: folders that go with the last file in them
_FOLDERS = (engine.FOLDER, os.path.dirname(engine.FOLDER))


def names() -> list[str]:
    """The labs that are stored on this host."""
    with suppress(FileNotFoundError):
        ending = ".json"
        return sorted(name[: -len(ending)] for name in os.listdir(engine.FOLDER) if name.endswith(ending))
    return []


def options(name: str) -> dict[str, Any]:
    """The options of ``topology`` that are stored of a lab.

    :raises InvalidArgument: if nothing is stored, or a lab cannot have this name.
    :raises Conflict: for a file that cannot be read.
    """
    path = f"{engine.FOLDER}/{lab_name('name', name)}.json"
    remedy = "Run the play that stores it again, or remove it."
    if os.path.lexists(path) and not os.path.isfile(path):
        raise Conflict(path, "a stored lab", "something that is not a file", remedy)
    try:
        with open(path, encoding="utf-8") as file:
            return engine.options_of(name, file.read())
    except FileNotFoundError:
        there = ", ".join(names()) or "none"
        told = f"Stored here: {there}. The role netns.lab.persistence stores one."
        raise InvalidArgument(name, "a lab stored on this host", "none of this name", told) from None
    except (OSError, UnicodeDecodeError) as exc:
        found = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise Conflict(path, "a stored lab", found, remedy) from None


def persist(params: dict[str, Any], check: bool) -> Result:
    """Bring the host to what the options of the module ask.

    :param check: whether to stop before anything is touched (bool).
    :raises LabError: for what is wrong, missing, in the way or refused.
    """
    name = lab_name("name", params["name"])
    host = LocalHost(params["lock_timeout"])
    host.require([])
    with host.locked(not check) as said:
        present = params["state"] == "present"
        result = _present(name, params, host) if present else _absent(name)
        result.warnings += said
        if not check:
            with undisturbed():
                _carry_out(name, result, present)
    if not check:
        _enable(name, result.units)
    return result


def _present(name: str, params: dict[str, Any], host: LocalHost) -> Result:
    definition = params["definition"] if params["definition"] is not None else _on_record(name)
    switches = engine.given({key: params[key] for key in ("allow_overlap", "allow_management", "allow_other_labs")})
    asked = {**definition, **switches, "firewall_exceptions": params["firewall_exceptions"]}
    engine.require_entries(definition)
    request = runs.topology_request({**asked, "name": name})
    kept = {**request.definition, **switches, "firewall_exceptions": params["firewall_exceptions"]}
    stored = Stored(name, kept, tuple(params["before"]), params["drift"], params["drift_interval"])
    engine.check(stored)
    init, warnings = _init()
    wants = wanted(model.parse(request.definition), host.seed)
    links = [
        key.name for key, want in wants.items() if isinstance(key, LinkKey) and not key.netns and "kind" in want.attrs
    ]
    changes = host_files.differing(engine.files(stored, links, init, zipapp.cli()), engine.mode)
    return Result(changes, _idle(stored, init), warnings)


def _absent(name: str) -> Result:
    files = engine.nothing(name)
    if not [other for other in names() if other != name]:
        files[engine.PROGRAM] = None
    return Result(host_files.differing(files, engine.mode))


def _on_record(name: str) -> dict[str, Any]:
    """The definition that the lab was built with.

    :raises InvalidArgument: if there is no such lab.
    """
    records = store.records()
    for record in records:
        if record.lab == name and record.definition:
            return record.definition
    there = ", ".join(sorted(record.lab for record in records if record.definition)) or "none"
    remedy = f"Labs here: {there}. Build it first, or give the definition."
    raise InvalidArgument("name", "an existing lab on this host, or a definition", repr(name), remedy)


def _init() -> tuple[Init, list[str]]:
    booted = systemd.running()
    openrc = not booted and os.path.exists("/sbin/openrc-run")
    warnings = []
    if not booted and not openrc:
        warnings = [f"this host boots with neither systemd nor OpenRC: run {engine.PROGRAM} apply at its boot"]
    networkd = any(os.path.exists(f"{top}/systemd/systemd-networkd") for top in ("/lib", "/usr/lib"))
    return Init(booted, openrc, os.path.isdir("/etc/NetworkManager"), booted and networkd), warnings


def _idle(stored: Stored, init: Init) -> list[str]:
    """The units that are to be enabled and active and are not; one that just starts is on its way."""
    if not init.systemd:
        return []
    drift = [engine.timer(stored.name)] if stored.drift != "off" else []
    units = [engine.unit(stored.name), *engine.again(stored.name), *drift]
    enabled = [unit for unit in units if systemd.asked("is-enabled", unit) == "enabled"]
    return [unit for unit in units if unit not in enabled or (_stopped(unit) and not _waits(stored.name, unit))]


def _stopped(unit: str) -> bool:
    return systemd.asked("is-active", unit) not in ("active", "activating", "reloading")


def _waits(name: str, unit: str) -> bool:
    """Whether it goes with a firewall that does not run: started now, it would not begin together with that."""
    firewall = engine.again(name).get(unit)
    return firewall is not None and _stopped(firewall)


def _carry_out(name: str, result: Result, present: bool) -> None:
    going = [os.path.basename(file.path) for file in result.written if file.after is None]
    booted = systemd.running()
    units = [unit for unit in (engine.unit(name), *engine.again(name), engine.timer(name)) if unit in going]
    if booted and units:
        systemd.systemctl("disable", "--now", *units, remedy=_SYSTEMD)
    if engine.service(name) in going:
        _openrc("del", name)
    host_files.write(result.written, engine.mode, _REMEDY)
    if booted and _of(result.written, f"{systemd.UNITS}/"):
        systemd.systemctl("daemon-reload", remedy=_SYSTEMD)
    if present and os.path.exists(f"/etc/init.d/{engine.service(name)}"):
        _openrc("add", name)
    _tell(result.written)
    host_files.prune(_FOLDERS)


def _enable(name: str, units: Sequence[str]) -> None:
    """Enable units and start them. They run the program, which waits for the lock of the host."""
    for unit in units:
        systemd.systemctl("enable", *([] if _waits(name, unit) else ["--now"]), unit, remedy=_SYSTEMD)


def _of(files: Sequence[HostFile], folder: str) -> bool:
    return any(file.path.startswith(folder) for file in files)


def _openrc(verb: str, name: str) -> None:
    subprocess.run(["rc-update", verb, engine.service(name), "default"], capture_output=True, check=False)


def _tell(files: Sequence[HostFile]) -> None:
    """Have those who look after links read what is theirs no longer, where they run."""
    for folder, unit in _LOOK_AFTER_LINKS.items():
        if _of(files, folder) and systemd.running() and systemd.asked("is-active", unit) == "active":
            systemd.systemctl("reload", unit, remedy=_SYSTEMD)
