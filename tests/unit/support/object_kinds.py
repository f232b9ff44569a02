# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One example of each kind of object: what the tests that go through the table of kinds build, change and remove.

A new kind is tested by its example alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Lab = dict[str, Any]


class Example(NamedTuple):
    """A lab that has an object of a kind, and the entries that make it otherwise.

    ``lab`` is the description; the object is made by the last entry of its list ``option``. ``changes`` has for each
    attribute that can be described other options of that entry, which change the attribute and nothing that names the
    object. ``elsewhere`` are attributes that another test is about, with its name.
    """

    option: str
    lab: Lab
    changes: dict[str, Lab]
    elsewhere: dict[str, str]

    def with_(self, **options: Any) -> Lab:
        """The lab, with other options of the entry."""
        *before, entry = self.lab[self.option]
        return {**self.lab, self.option: [*before, {**entry, **options}]}


_RED: Lab = {
    "namespaces": [{"name": "red"}],
    "bridges": [{"name": "kb", "addresses": ["10.1.0.254/24"]}],
    "veths": [
        {
            "name": "kv",
            "netns": "red",
            "addresses": ["10.1.0.1/24", "10.1.0.7/24"],
            "peer": {"name": "kp", "bridge": "kb"},
        }
    ],
}
#: what every description of a route, a rule or an address says is a message of the kernel's own if it is not described
_RAW = {"raw": "test_foreign_routes, test_policy_rules: what no description has words for"}
_TABLE = "test_nat: a table that stands and does not work is repaired"


EXAMPLES: dict[str, Example] = {
    "netns_dir": Example("namespaces", {"namespaces": [{"name": "red"}]}, {}, {}),
    "directory": Example("namespaces", {"namespaces": [{"name": "red", "hosts": "a\n"}]}, {}, {}),
    "file": Example("namespaces", {"namespaces": [{"name": "red", "hosts": "a\n"}]}, {"content": {"hosts": "b\n"}}, {}),
    "netns": Example("namespaces", {"namespaces": [{"name": "red"}]}, {"lo_up": {"lo_up": False}}, {}),
    "link": Example(
        "veths",
        {
            **_RED,
            "bridges": [{"name": "kb"}, {"name": "kc"}],
            "veths": [{"name": "kv", "bridge": "kb", "peer": {"name": "kp"}}],
        },
        {
            "up": {"up": False},
            "mtu": {"mtu": 1400},
            "mac": {"mac": "02:00:00:00:00:77"},
            "addrgenmode": {"addrgenmode": "eui64"},
            "bridge": {"bridge": "kc"},
        },
        {"kind": "test_link_kinds", "peer": "test_link_kinds", "stp": "test_link_kinds"},
    ),
    "address": Example(
        "addresses",
        {**_RED, "addresses": [{"netns": "red", "dev": "kv", "address": "10.3.0.1/24"}]},
        {"broadcast": {"broadcast": "10.3.0.9"}},
        _RAW,
    ),
    "sysctl": Example(
        "sysctls",
        {**_RED, "sysctls": [{"netns": "red", "name": "net.ipv4.ip_forward", "value": "1"}]},
        {"value": {"value": "0"}},
        {},
    ),
    "route": Example(
        "routes",
        {
            **_RED,
            "routes": [
                {"netns": "red", "dst": "10.5.0.0/24", "dev": "kv"},
                {"netns": "red", "dst": "10.6.0.0/24", "gateway": "10.5.0.1"},  # over the one before
                {"netns": "red", "dst": "10.9.0.0/24", "gateway": "10.1.0.254"},
            ],
        },
        {
            "gateway": {"gateway": "10.1.0.253"},
            "type": {"type": "blackhole", "gateway": None},
            "dev": {"gateway": None, "dev": "kv"},
            "src": {"src": "10.1.0.7"},
            "onlink": {"gateway": "10.7.0.1", "dev": "kv", "onlink": True},
        },
        _RAW,
    ),
    "rule": Example(
        "rules",
        {**_RED, "rules": [{"netns": "red", "priority": 100, "from": "10.1.0.0/24", "table": "100"}]},
        {
            "from": {"from": "10.2.0.0/24"},
            "to": {"to": "10.3.0.0/24"},
            "iif": {"iif": "kv"},
            "fwmark": {"fwmark": "0x7"},
            "table": {"table": "101"},
        },
        _RAW,
    ),
    "nat_table": Example(
        "masquerades",
        {**_RED, "masquerades": [{"netns": "red", "source": "10.1.0.0/24"}]},
        {},
        dict.fromkeys(("flags", "chains", "sets", "rules"), _TABLE),
    ),
    "masquerade": Example(
        "masquerades",
        {**_RED, "masquerades": [{"netns": "red", "source": "10.1.0.0/24"}]},
        {"exclude": {"exclude": ["10.9.0.0/16"]}},
        {},
    ),
    "forward": Example(
        "port_forwards",
        {**_RED, "port_forwards": [{"protocol": "tcp", "port": 8080, "to": "10.1.0.1:80", "hairpin": False}]},
        {"to": {"to": "10.1.0.7:80"}, "to_port": {"to": "10.1.0.1:81"}},
        {},
    ),
    "hairpin": Example(
        "port_forwards",
        {**_RED, "port_forwards": [{"protocol": "tcp", "port": 8080, "to": "10.1.0.1:80"}]},
        {},
        {},
    ),
    "firewall_exception": Example(
        "masquerades",
        {
            "namespaces": [{"name": "red"}],
            "veths": [
                {
                    "name": "kv",
                    "netns": "red",
                    "addresses": ["10.1.0.1/24"],
                    "peer": {"name": "kp", "addresses": ["10.1.0.254/24"]},
                }
            ],
            "masquerades": [{"source": "10.1.0.0/24"}],
        },
        {},
        {},
    ),
}
