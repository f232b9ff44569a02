# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Throwaway hosts as the role ``test_hosts`` is given them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

#: the word for the tree that the role makes
DEBIAN = "debian"


def entries(given: Sequence[Any], init: str = "sshd", tree: str = "", debian: str = "") -> list[dict[str, Any]]:
    """Names and dictionaries as entries of the module ``test_hosts``.

    :param given: names (str) and dictionaries.
    :param init: the init system of those that name none.
    :param tree: their tree; empty for this machine's root with sshd and Debian's tree with systemd.
    :param debian: where Debian's tree is.
    :raises InvalidArgument: for what is neither.
    """
    found = []
    for index, each in enumerate(given):
        if not isinstance(each, (str, Mapping)):
            wanted = "a name, or a dictionary with name"
            raise InvalidArgument(f"test_hosts_hosts[{index}]", wanted, repr(each), "Write it as one of them.")
        entry: dict[str, Any] = {"name": each} if isinstance(each, str) else dict(each)
        entry["init"] = entry.get("init") or init
        own = entry.get("tree") or tree or (DEBIAN if entry["init"] == "systemd" else "/")
        entry["tree"] = debian if own == DEBIAN else own
        found.append(entry)
    return found
