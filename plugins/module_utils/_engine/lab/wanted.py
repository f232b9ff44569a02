# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a description to the objects that it wants, with nothing but what the description gives. Pure."""

from __future__ import annotations

from ..._model.lab.topology import Topology
from ..state import Key
from .kinds import link
from .kinds.table import list_of
from .want import Wants


def wanted(topology: Topology, seed: str) -> Wants:
    """Every object that a description names, in the order of creation.

    :param topology: the description (Topology).
    :param seed: what tells this host from others (machine-id), for addresses that are made up (str).
    :raises InvalidArgument: if two entries want different things of one object.
    :raises LookupError: for a list that nobody handles.
    """
    wants: Wants = {}
    for kind, entry in topology:
        list_of(kind.option).want(wants, entry, seed)
    link.settle(wants)
    return wants


def to_remove(topology: Topology) -> list[Key]:
    """The keys of the objects that a description of things to be absent names.

    A port is not removed: it leaves its bridge; see :func:`.kinds.link.ports_to_free`.

    :param topology: the description (Topology).
    :raises LookupError: for a list that nobody handles.
    """
    return [key for kind, entry in topology for key in list_of(kind.option).remove(entry)]
