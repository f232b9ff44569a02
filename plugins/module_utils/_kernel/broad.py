# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is rarely needed and has breadth, by pyroute2: bridge options, port options, policy rules.

pyroute2 is imported only here, and only when one of these is written.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .._engine.state import PROTOCOL, Attrs, Change
from .._model.errors import Dependency
from .netns import entered

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
    for change in changes:
        if change.key[0] == "rule" or (change.key[0] == "link" and change.after is not None and any(options(change))):
            return True
    return False


def require() -> None:
    """See that pyroute2 is there before anything is touched.

    :raises Dependency: with the package's names.
    """
    if importlib.util.find_spec("pyroute2") is None:
        raise Dependency(
            "bridge options, port options and policy rules",
            "the Python package pyroute2 (0.7.2 or later)",
            f"none for {sys.executable}",
            "Install python3-pyroute2 (Debian, Ubuntu, Fedora), py3-pyroute2 (Alpine) or, by pip, pyroute2 for it.",
            python_package="pyroute2",
        )


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


def apply_rule(netns: str, change: Change) -> None:
    """Make one change of a policy rule: another one in its place, as the kernel changes none.

    :raises OSError: if the kernel refuses it; the old one is in place then.
    """
    _sort, _netns, six, priority = change.key
    try:
        with _route(netns) as route:
            if change.before is not None:
                route.rule("del", **_rule(six, priority, change.before))
            try:
                if change.after is not None:
                    route.rule("add", protocol=PROTOCOL, **_rule(six, priority, change.after))
            except Exception:
                if change.before is not None:
                    route.rule("add", protocol=PROTOCOL, **_rule(six, priority, change.before))
                raise
    except Exception as exc:
        raise as_oserror(exc) from exc


def as_oserror(exc: Exception) -> OSError:
    """pyroute2's error as the system's own, with its errno and words; any other is a bug and goes on as it is."""
    if isinstance(exc, OSError):
        return exc
    code = getattr(exc, "code", None)
    if not isinstance(code, int):
        raise exc
    return OSError(code, str(exc.args[1]) if len(exc.args) > 1 else os.strerror(code))


def _rule(six: bool, priority: int, attrs: Attrs) -> Attrs:
    data: Attrs = {"family": socket.AF_INET6 if six else socket.AF_INET, "priority": priority}
    for name, kind in (("from", "src"), ("to", "dst")):
        if attrs.get(name):
            host, _slash, length = attrs[name].partition("/")
            data.update({kind: host, f"{kind}_len": int(length)})
    if attrs.get("iif"):
        data["iifname"] = attrs["iif"]
    if attrs.get("fwmark"):
        mark, _slash, mask = attrs["fwmark"].partition("/")
        data.update(fwmark=int(mark, 0), fwmask=int(mask, 0) if mask else 0xFFFFFFFF)
    data["table"] = attrs["table"]
    return data
