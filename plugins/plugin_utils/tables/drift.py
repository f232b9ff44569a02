# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet's labs differ in from what is described, as one table. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._engine.reachability.matrix import rows
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

_HEAD = ("host", "", "object", "why")


def _checked(results: Any) -> Mapping[str, Any]:
    if not isinstance(results, Mapping):
        found = type(results).__name__
        remedy = "Give {inventory_hostname: registered} with what modules returned in check mode, or lists of that."
        raise InvalidArgument("results", "a dictionary of hosts", found, remedy)
    return results


def drifted(results: Any) -> list[str]:
    """The hosts that are not as described, or of which nobody knows.

    :param results: host -> what ``netns.lab.topology`` returned there in check mode, or a list of that and of what
        ``netns.lab.persistence`` did (dict).
    :raises InvalidArgument: for what is no such dictionary.
    """
    return [str(host) for host, result in _checked(results).items() if _cells(str(host), result)]


def table(results: Any) -> list[str]:
    """A row for each object that differs, hosts that differ first, then a row for each other host.

    :param results: as for :func:`drifted`.
    """
    cells = [cell for host, result in _checked(results).items() for cell in _cells(str(host), result)]
    bad = set(drifted(results))
    cells += [(str(host), "as described", "", "") for host in results if str(host) not in bad]
    lines = rows(_HEAD, cells) if cells else []
    return [*lines, "", f"{len(results) - len(bad)} of {len(results)} hosts as described"]


def _cells(host: str, result: Any) -> list[tuple[str, str, str, str]]:
    if isinstance(result, (list, tuple)) and result:
        return list(dict.fromkeys(cell for each in result for cell in _cells(host, each)))
    if not isinstance(result, Mapping) or "plan" not in result:
        why = result.get("msg") if isinstance(result, Mapping) else None
        return [(host, "not known", "", " ".join(str(why or "it gave no answer").split()))]
    return [
        (host, step["action"], f"{step['kind']} {step['object']}", " ".join(step["reason"].split()))
        for step in result["plan"]
    ]
