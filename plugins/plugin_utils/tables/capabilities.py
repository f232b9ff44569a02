# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audits of a fleet as one table for a person and as one report for a program. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.matrix import rows
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

#: key of a result -> what it is called in the table
_KINDS = {"unexpected": "unexpected", "missing": "missing", "different": "different"}
_HEAD = ("host", "", "file", "has", "is to have")


def report(results: Any) -> dict[str, Any]:
    """What differs by host.

    :param results: host -> what ``netns.lab.file_capability_info`` returned there (dict).
    :returns: ``hosts`` (host -> ``audited``, ``why`` if it was not, and the lists of the result), ``differing`` (hosts
        where something differs or that were not audited) and ``as_listed`` (the others), in the order of the hosts.
    :raises InvalidArgument: for what is no such dictionary.
    """
    if not isinstance(results, Mapping):
        found = type(results).__name__
        remedy = "Give {inventory_hostname: registered} with what netns.lab.file_capability_info returned."
        raise InvalidArgument("results", "a dictionary of hosts", found, remedy)
    hosts = {str(host): _host(result) for host, result in results.items()}
    differing = [host for host, entry in hosts.items() if not _good(entry)]
    return {"hosts": hosts, "differing": differing, "as_listed": [host for host in hosts if host not in differing]}


def _host(result: Any) -> dict[str, Any]:
    if not isinstance(result, Mapping) or "unexpected" not in result:
        why = result.get("msg") if isinstance(result, Mapping) else None
        return {"audited": False, "why": str(why or "it gave no answer").strip()}
    lists: dict[str, Any] = {kind: list(result[kind]) for kind in _KINDS}
    idle = [
        {"path": file["path"], "found": file["capabilities"], "why": warning}
        for file in result.get("files", ())
        for warning in file.get("warnings", ())
    ]
    unread = [{"path": path, "why": why} for path, why in dict(result.get("unread", {})).items()]
    return {"audited": True, **lists, "unread": unread, "without_effect": idle}


def _good(entry: Mapping[str, Any]) -> bool:
    return bool(entry["audited"]) and not any(entry[kind] for kind in (*_KINDS, "unread"))


def table(results: Any) -> list[str]:
    """The same as lines: a row for each file that differs, hosts that differ first, then a row for each other host.

    :param results: what ``file_capability_info`` said of each host.
    """
    found = report(results)
    cells = [cell for host in found["differing"] for cell in _cells(host, found["hosts"][host])]
    for host in found["as_listed"]:
        idle = found["hosts"][host]["without_effect"]
        cells += [(host, "no effect", each["path"], each["found"], "") for each in idle] or [(host, "ok", "", "", "")]
    lines = rows(_HEAD, cells) if cells else []
    total, bad = len(found["hosts"]), len(found["differing"])
    return [*lines, "", f"{total - bad} of {total} hosts as listed"]


def _cells(host: str, entry: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    if not entry["audited"]:
        return [(host, "not audited", entry["why"], "", "")]
    unread = [(host, "not read", each["path"], each["why"], "") for each in entry["unread"]]
    return unread + [
        (host, name, each["path"], each["found"] or "nothing", each["expected"] or "nothing")
        for kind, name in _KINDS.items()
        for each in entry[kind]
    ]
