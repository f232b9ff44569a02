# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that modules have in common, and those of modules about whole labs that take no entries.

They are Ansible argument specs: plain data, no Ansible import. Those of ``topology`` and of the single modules are in
:mod:`.lab.spec`, those of other subjects in their folders.
"""

from __future__ import annotations

from .reading import Spec

#: of the modules that look at labs: one of them, or all
ONE_LAB: Spec = {"name": {"type": "str"}}

TOPOLOGY_CONFIRM: Spec = {"name": {"type": "str", "default": "lab"}, "id": {"type": "str"}}

#: seconds that a run waits for another one on the same host
LOCK_TIMEOUT = 120

#: switches of every module that changes something
SWITCHES: Spec = {
    "allow_overlap": {"type": "bool", "default": False},
    "allow_management": {"type": "bool", "default": False},
    "allow_other_labs": {"type": "bool", "default": False},
    "lock_timeout": {"type": "int", "default": LOCK_TIMEOUT},
}

#: switches of ``topology`` alone
TOPOLOGY_SWITCHES: Spec = {
    "adopt": {"type": "bool", "default": False},
    "firewall_exceptions": {"type": "str", "choices": ["auto", "none", "iptables", "firewalld"], "default": "auto"},
    "confirm_timeout": {"type": "int"},
}

#: whether what a module is about is to be there
STATE: Spec = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}

#: a lab in one piece
DEFINITION: Spec = {"definition": {"type": "dict"}, "src": {"type": "path"}}

PERSISTENCE: Spec = {
    "name": {"type": "str", "default": "lab"},
    **STATE,
    **DEFINITION,
    "span": {"type": "dict"},
    "before": {"type": "list", "elements": "str", "default": []},
    "drift": {"type": "str", "choices": ["off", "report", "repair"], "default": "off"},
    "drift_interval": {"type": "str", "default": "15min"},
    "firewall_exceptions": TOPOLOGY_SWITCHES["firewall_exceptions"],
    **SWITCHES,
}
