# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of ``topology`` and of the single modules, which follow from the table of lists.

The options of a single module are those of an entry plus what only a module has (``state``, the ``allow_`` switches).
``topology`` takes lists of the same entries.
"""

from __future__ import annotations

from ..reading import Spec
from ..spec import DEFINITION, STATE, SWITCHES, TOPOLOGY_SWITCHES
from .kinds import KINDS

#: how a lab spans hosts; computed on the controller, a host never sees it
SPAN: Spec = {
    "type": "dict",
    "options": {
        "hosts": {"type": "list", "elements": "str"},
        "mode": {"type": "str", "choices": ["vxlan", "routes"], "default": "vxlan"},
        "addresses": {"type": "dict"},
        "mtu": {"type": "int"},
        "dstport": {"type": "int", "default": 4789},
        "vnis": {"type": "dict"},
    },
}


def module_spec(resource: str) -> Spec:
    """The argument spec of the single module for one kind of entry.

    :param resource: a key of :data:`KINDS`, e.g. ``veths`` (str).
    :returns: a fresh argument spec.
    """
    return {**KINDS[resource].spec, **STATE, **SWITCHES}


def required_if(resource: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Ansible's ``required_if`` of the single module for one kind of entry.

    :param resource: the list of ``topology`` that its entries stand in (str).
    """
    names = KINDS[resource].required
    return [("state", "present", names)] if names else []


def list_specs() -> Spec:
    """The argument specs of topology's lists, by their names."""
    lists: Spec = {}
    for option, kind in KINDS.items():
        form = {key: dict(value) for key, value in kind.spec.items()}
        for key in kind.required:
            form[key]["required"] = True
        lists[option] = {"type": "list", "elements": "dict", "options": {"host": {"type": "str"}, **form}}
    return lists


def topology_spec() -> Spec:
    """The argument spec of ``topology``: a name, a state, the switches and the lists, also whole."""
    return {
        "name": {"type": "str", "default": "lab"},
        **STATE,
        "span": SPAN,
        **TOPOLOGY_SWITCHES,
        **DEFINITION,
        **list_specs(),
        **SWITCHES,
    }
