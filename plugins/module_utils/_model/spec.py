# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of options: every resource's entry form, as Ansible argument specs (plain data, no Ansible import).

The options of a module are its entry form plus what only a module has (``state``, the ``allow_`` switches).
``topology`` takes lists of the same entries; the roles' argument_specs are held against this table by a test.
"""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

_LIST_OF_STR = {"type": "list", "elements": "str"}


def _end() -> Spec:
    """One end of a cable."""
    return {
        "name": {"type": "str", "required": True},
        "netns": {"type": "str"},
        "bridge": {"type": "str"},
        "addresses": dict(_LIST_OF_STR),
        "mtu": {"type": "int"},
        "mac": {"type": "str"},
        "up": {"type": "bool", "default": True},
        "addrgenmode": {"type": "str", "choices": ["none", "eui64", "random"]},
    }


NETNS: Spec = {
    "name": {"type": "str", "required": True},
    "lo_up": {"type": "bool", "default": True},
    "sysctls": {"type": "dict"},
    "resolv_conf": {"type": "str"},
    "hosts": {"type": "str"},
}

VETH: Spec = {**_end(), "peer": {"type": "dict", "options": _end()}}

BRIDGE: Spec = {
    "name": {"type": "str", "required": True},
    "netns": {"type": "str"},
    "addresses": dict(_LIST_OF_STR),
    "mtu": {"type": "int"},
    "mac": {"type": "str"},
    "up": {"type": "bool", "default": True},
    "addrgenmode": {"type": "str", "choices": ["none", "eui64", "random"]},
    "stp": {"type": "bool"},
    "forward_delay": {"type": "int"},
    "vlan_filtering": {"type": "bool"},
}

VXLAN: Spec = {
    **_end(),
    "id": {"type": "int"},
    "local": {"type": "str"},
    "remotes": dict(_LIST_OF_STR),
    "fdb": {
        "type": "list",
        "elements": "dict",
        "options": {"mac": {"type": "str", "required": True}, "dst": {"type": "str", "required": True}},
    },
    "learning": {"type": "bool"},
    "dev": {"type": "str"},
    "dstport": {"type": "int", "default": 4789},
}

BRIDGE_PORT: Spec = {
    "dev": {"type": "str", "required": True},
    "netns": {"type": "str"},
    "bridge": {"type": "str"},
    "hairpin": {"type": "bool"},
    "isolated": {"type": "bool"},
    "learning": {"type": "bool"},
    "flood": {"type": "bool"},
    "cost": {"type": "int"},
    "priority": {"type": "int"},
}

ADDRESS: Spec = {
    "netns": {"type": "str"},
    "dev": {"type": "str", "required": True},
    "address": {"type": "str", "required": True},
    "broadcast": {"type": "str"},
}

ROUTE: Spec = {
    "netns": {"type": "str"},
    "dst": {"type": "str", "required": True},
    "type": {"type": "str", "choices": ["unicast", "blackhole", "unreachable", "prohibit"], "default": "unicast"},
    "gateway": {"type": "str"},
    "dev": {"type": "str"},
    "src": {"type": "str"},
    "metric": {"type": "int"},
    "table": {"type": "str", "default": "main"},
    "onlink": {"type": "bool"},
}

RULE: Spec = {
    "netns": {"type": "str"},
    "priority": {"type": "int"},  # required, but entries.rule says how to choose one
    "family": {"type": "str", "choices": ["ipv4", "ipv6"]},
    "from": {"type": "str"},
    "to": {"type": "str"},
    "iif": {"type": "str"},
    "fwmark": {"type": "str"},
    "table": {"type": "str"},
}

MASQUERADE: Spec = {
    "netns": {"type": "str"},
    "source": {"type": "str"},
    "out_interface": {"type": "str"},
    "exclude": dict(_LIST_OF_STR),
    "ip_forward": {"type": "bool"},
}

PORT_FORWARD: Spec = {
    "netns": {"type": "str"},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "required": True},
    "port": {"type": "str", "required": True},
    "to": {"type": "str"},
    "listen": dict(_LIST_OF_STR),
    "hairpin": {"type": "bool", "default": True},
}

SYSCTL: Spec = {
    "netns": {"type": "str"},
    "name": {"type": "str", "required": True},
    "value": {"type": "str"},
}

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

#: how a lab is laid over hosts; worked out on the controller, a host never sees it
SPAN: Spec = {
    "type": "dict",
    "options": {
        "hosts": dict(_LIST_OF_STR),
        "mode": {"type": "str", "choices": ["vxlan", "routes"], "default": "vxlan"},
        "addresses": {"type": "dict"},
        "mtu": {"type": "int"},
        "dstport": {"type": "int", "default": 4789},
        "vnis": {"type": "dict"},
    },
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

TOPOLOGY_CONFIRM: Spec = {"name": {"type": "str", "default": "lab"}, "id": {"type": "str"}}

#: list option of ``topology`` -> (name of the single module, entry form), in the order of creation
RESOURCES: dict[str, tuple[str, Spec]] = {
    "namespaces": ("netns", NETNS),
    "bridges": ("bridge", BRIDGE),
    "veths": ("veth", VETH),
    "vxlans": ("vxlan", VXLAN),
    "bridge_ports": ("bridge_port", BRIDGE_PORT),
    "addresses": ("netns_address", ADDRESS),
    "sysctls": ("netns_sysctl", SYSCTL),
    "routes": ("netns_route", ROUTE),
    "rules": ("netns_rule", RULE),
    "masquerades": ("nat_masquerade", MASQUERADE),
    "port_forwards": ("port_forward", PORT_FORWARD),
}

#: options that an entry needs only where it is to be present (a single module with ``state=absent`` does without)
REQUIRED_IF_PRESENT: dict[str, tuple[str, ...]] = {
    "veths": ("peer",),
    "vxlans": ("id", "local"),
    "bridge_ports": ("bridge",),
    "port_forwards": ("to",),
    "rules": ("table",),
    "sysctls": ("value",),
}

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

_STATE: Spec = {"state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}


PERSISTENCE: Spec = {
    "name": {"type": "str", "default": "lab"},
    **_STATE,
    "definition": {"type": "dict"},
    "span": {"type": "dict"},
    "before": {**_LIST_OF_STR, "default": []},
    "drift": {"type": "str", "choices": ["off", "report", "repair"], "default": "off"},
    "drift_interval": {"type": "str", "default": "15min"},
    "firewall_exceptions": TOPOLOGY_SWITCHES["firewall_exceptions"],
    **SWITCHES,
}


def module_spec(resource: str) -> Spec:
    """The argument spec of the single module for one kind of entry.

    :param resource: a key of :data:`RESOURCES`, e.g. ``veths``.
    :returns: a fresh argument spec.
    """
    return {**RESOURCES[resource][1], **_STATE, **SWITCHES}


def required_if(resource: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Ansible's ``required_if`` of the single module for one kind of entry."""
    names = REQUIRED_IF_PRESENT.get(resource)
    return [("state", "present", names)] if names else []


def topology_spec() -> Spec:
    """The argument spec of ``topology``: a name, a state, the switches and one list for each kind of entry."""
    lists: Spec = {}
    for option, (_module, entry) in RESOURCES.items():
        form = {key: dict(value) for key, value in entry.items()}
        for key in REQUIRED_IF_PRESENT.get(option, ()):
            form[key]["required"] = True
        lists[option] = {"type": "list", "elements": "dict", "options": {"host": {"type": "str"}, **form}}
    return {
        "name": {"type": "str", "default": "lab"},
        **_STATE,
        "span": SPAN,
        **TOPOLOGY_SWITCHES,
        **lists,
        **SWITCHES,
    }
