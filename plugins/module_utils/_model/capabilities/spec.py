# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules about file capabilities, as Ansible argument specs. Pure."""

from __future__ import annotations

from ..reading import Spec

_LIST_OF_STR = {"type": "list", "elements": "str"}

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
