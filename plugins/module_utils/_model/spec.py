# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that take no entries of a description, and what all modules have in common.

They are Ansible argument specs: plain data, no Ansible import. Those of ``topology`` and of the single modules are in
:mod:`.lab.spec`.
"""

from __future__ import annotations

from .reading import Spec

_LIST_OF_STR = {"type": "list", "elements": "str"}


EXPECTATION: Spec = {
    "from": {"type": "str"},
    "to": {"type": "str", "required": True},
    "protocol": {"type": "str", "choices": ["icmp", "tcp", "udp"], "default": "icmp"},
    "port": {"type": "int"},
    "expect": {"type": "str", "choices": ["reachable", "unreachable"], "default": "reachable"},
    "listen": {
        "type": "dict",
        "options": {"netns": {"type": "str"}, "port": {"type": "int"}},
    },
    "why": {"type": "str"},
}

FILE_CAPABILITY: Spec = {
    "path": {"type": "path"},
    "paths": {"type": "list", "elements": "path"},
    "capabilities": {"type": "str"},
    "permitted": dict(_LIST_OF_STR),
    "inheritable": dict(_LIST_OF_STR),
    "effective": dict(_LIST_OF_STR),
    "mode": {"type": "str", "choices": ["exact", "merge"], "default": "exact"},
    "rootid": {"type": "int"},
    "follow": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

_CAPABILITIES_OF_FILES: Spec = {
    "path": {"type": "path"},
    "paths": {"type": "list", "elements": "path"},
    "capabilities": {"type": "str", "required": True},
    "rootid": {"type": "int"},
    "optional": {"type": "bool", "default": False},
    "why": {"type": "str"},
}

FILE_CAPABILITY_INFO: Spec = {
    "paths": {"type": "list", "elements": "path"},
    "exclude": dict(_LIST_OF_STR),
    "one_filesystem": {"type": "bool", "default": True},
    "threads": {"type": "int", "default": 4},
    "allow": {"type": "list", "elements": "dict", "options": _CAPABILITIES_OF_FILES},
}

FILE_CAPABILITY_POLICY: Spec = {
    "name": {"type": "str", "default": "default"},
    "files": {
        "type": "list",
        "elements": "dict",
        "options": _CAPABILITIES_OF_FILES,
    },
    "keep": {
        "type": "str",
        "choices": ["auto", "dpkg", "dnf", "dnf5", "pacman", "path", "none"],
        "default": "auto",
    },
    "prune": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

TEST_HOSTS: Spec = {
    "name": {"type": "str", "default": "test-hosts"},
    "hosts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "tree": {"type": "path", "default": "/"},
            "init": {"type": "str", "choices": ["sshd", "systemd"], "default": "sshd"},
            "address": {"type": "str"},
        },
    },
    "subnet": {"type": "str", "default": "10.254.0.0/16"},
    "directory": {"type": "path"},
    "size": {"type": "str", "default": "50%"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

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


PERSISTENCE: Spec = {
    "name": {"type": "str", "default": "lab"},
    **STATE,
    "definition": {"type": "dict"},
    "span": {"type": "dict"},
    "before": {**_LIST_OF_STR, "default": []},
    "drift": {"type": "str", "choices": ["off", "report", "repair"], "default": "off"},
    "drift_interval": {"type": "str", "default": "15min"},
    "firewall_exceptions": TOPOLOGY_SWITCHES["firewall_exceptions"],
    **SWITCHES,
}
