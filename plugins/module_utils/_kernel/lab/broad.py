# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rarely needed and has breadth, by pyroute2: options of bridges and of their ports.

pyroute2 is imported only here, and only when one of these is written.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..._engine.state import Attrs, Change
from ..._model.errors import Dependency
from ..netlink.netns import entered

PORT_DEFAULTS: Attrs = {
    "isolated": False,
    "flood": True,
    "cost": None,
    "priority": None,
}
BRIDGE_DEFAULTS: Attrs = {"stp": False, "forward_delay": None, "vlan_filtering": False}

#: pyroute2's names of the options of a port that it writes (the others: see rtnl.PORT_FLAGS)
_PORT_NAMES = {
    "isolated": "isolated",
    "flood": "unicast_flood",
    "cost": "cost",
    "priority": "priority",
}


def options(change: Change) -> tuple[Attrs, Attrs]:
    """The bridge options and the port options that a change of a link sets, those left at their defaults not named."""
    after = change.after or {}
    found = []
    for defaults in (BRIDGE_DEFAULTS, PORT_DEFAULTS):
        start = defaults if change.before is None or (defaults is PORT_DEFAULTS and _moved(change)) else change.before
        found.append(
            {name: after[name] for name in defaults if name in after and after[name] not in (None, start.get(name))}
        )
    return found[0], found[1]


def _moved(change: Change) -> bool:
    return (change.before or {}).get("bridge") != (change.after or {}).get("bridge")


def needed(changes: list[Change]) -> bool:
    """Whether any change needs pyroute2."""
    return any(change.key[0] == "link" and change.after is not None and any(options(change)) for change in changes)


def require() -> None:
    """See that pyroute2 is there, and that it can be imported, before anything is touched.

    :raises Dependency: with the package's names.
    """
    try:
        importlib.import_module("pyroute2")
    except Exception as exc:
        missing = isinstance(exc, ModuleNotFoundError) and exc.name == "pyroute2"
        found = "none" if missing else f"one that cannot be imported ({type(exc).__name__}: {exc})"
        raise Dependency(
            "options of bridges and ports",
            "the Python package pyroute2 (0.7.2 or later)",
            f"{found} for {sys.executable}",
            "Install python3-pyroute2 (Debian, Ubuntu, Fedora), py3-pyroute2 (Alpine) or, by pip, pyroute2 for it.",
            python_package="pyroute2",
        ) from exc


@contextmanager
def _route(netns: str) -> Iterator[Any]:
    """pyroute2's socket of a namespace: made inside it, so that it never makes one itself."""
    from pyroute2 import IPRoute  # noqa: PLC0415 - it takes 150 ms to import, and most runs need none of it

    with entered(netns):
        route = IPRoute()
    try:
        yield route
    finally:
        route.close()


def set_bridge(netns: str, index: int, wanted: Attrs) -> None:
    """Set options of a bridge.

    :param wanted: stp (bool), forward_delay (s), vlan_filtering (bool); only those given.
    """
    data: Attrs = {}
    if "stp" in wanted:
        data["br_stp_state"] = int(wanted["stp"])
    if "forward_delay" in wanted:
        data["br_forward_delay"] = wanted["forward_delay"] * 100
    if "vlan_filtering" in wanted:
        data["br_vlan_filtering"] = int(wanted["vlan_filtering"])
    with _route(netns) as route:
        route.link("set", index=index, kind="bridge", **data)


def set_port(netns: str, index: int, wanted: Attrs) -> None:
    """Set options of a bridge's port: isolated, flood (bool), cost, priority (int)."""
    data = {_PORT_NAMES[name]: int(value) for name, value in wanted.items()}
    with _route(netns) as route:
        route.brport("set", index=index, **data)


def as_oserror(exc: Exception) -> OSError:
    """pyroute2's error as the system's own, with its errno and words; any other is a bug and goes on as it is."""
    if isinstance(exc, OSError):
        return exc
    code = getattr(exc, "code", None)
    if not isinstance(code, int):
        raise exc
    return OSError(code, str(exc.args[1]) if len(exc.args) > 1 else os.strerror(code))
