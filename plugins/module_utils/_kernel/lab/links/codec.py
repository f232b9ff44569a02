# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of links of many kinds as the kernel takes them, by pyroute2, which knows them all.

It packs the message; our own socket sends it, so that a kind that is written so is batched and refused as any other. It
is imported here only, by the run that writes such a link. All reading does without it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from ...._engine.lab.links.table import of
from ...._engine.state import Attrs, Change
from ...._model.errors import Dependency

#: what stands before the attributes in a message of pyroute2: nlmsghdr and ifinfomsg
_HEADS = 32


def required(kind: str, *options: str) -> Callable[[list[Change]], None]:
    """``require`` of a kind: see that pyroute2 is there where its links are made or changed, or may have to be again.

    A link that is removed is made again where the run fails or nobody confirms it.

    :param kind: the name of the kind (str).
    :param options: those of its attributes that pyroute2 packs (str).
    """

    def require(changes: list[Change]) -> None:
        for _key, before, after, _via in changes:
            if after is None:
                writes = before is not None and of(kind).restorable(before)
            else:
                writes = before is None or any(before.get(name) != after.get(name) for name in options)
            if writes:
                _require(kind)
                return

    return require


def _require(kind: str) -> None:
    """See that it can be imported, before anything is touched.

    :raises Dependency: with the package's names.
    """
    try:
        importlib.import_module("pyroute2.netlink.rtnl.ifinfmsg")
    except Exception as exc:
        missing = isinstance(exc, ModuleNotFoundError) and exc.name == "pyroute2"
        found = "none" if missing else f"one that cannot be imported ({type(exc).__name__}: {exc})"
        raise Dependency(
            f"links of the kind {kind}",
            "the Python package pyroute2 (0.7.2 or later)",
            f"{found} for {sys.executable}",
            "Install python3-pyroute2 (Debian, Ubuntu, Fedora), py3-pyroute2 (Alpine) or, by pip, pyroute2 for it.",
            python_package="pyroute2",
        ) from exc


def info(kind: str, options: Attrs) -> bytes:
    """What says of which kind a link is, and with which options (IFLA_LINKINFO).

    :param kind: the name of the kind in ip-link(8) (str).
    :param options: values by pyroute2's names of the attributes, e.g. ``IFLA_MACVLAN_MODE`` (dict).
    """
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg  # noqa: PLC0415 - few runs need it

    message = ifinfmsg()
    data = ["IFLA_INFO_DATA", {"attrs": [[name, value] for name, value in options.items()]}]
    message["attrs"] = [["IFLA_LINKINFO", {"attrs": [["IFLA_INFO_KIND", kind], data]}]]
    message.encode()
    return bytes(message.data)[_HEADS:]
