# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Definitions of labs that the tests share, as arguments of ``topology``; each call returns a fresh one."""

from __future__ import annotations

import copy
from typing import Any

Lab = dict[str, Any]
#: as a change: the key is taken away
DROP = object()

COLOURS = ("red", "blue", "green", "grey")


def star(names: tuple[str, ...] = ("red", "blue"), **more: Any) -> Lab:
    """Namespaces on the bridge v-net-0 (192.168.15.5/24): .1, .2, … each with a default route."""
    return {
        "name": "star",
        "namespaces": [{"name": name} for name in names],
        "bridges": [{"name": "v-net-0", "addresses": ["192.168.15.5/24"]}],
        "veths": [
            {
                "name": f"veth-{name}",
                "netns": name,
                "addresses": [f"192.168.15.{host}/24"],
                "peer": {"name": f"veth-{name}-br", "bridge": "v-net-0"},
            }
            for host, name in enumerate(names, 1)
        ],
        "routes": [{"netns": name, "dst": "default", "gateway": "192.168.15.5"} for name in names],
        **more,
    }


def bridge_nat(**more: Any) -> Lab:
    """The lab of the seeds: red and blue on a bridge, masquerade, port 80 of the host to blue, forwarding."""
    parts: Lab = {
        "masquerades": [{"source": "192.168.15.0/24"}],
        "port_forwards": [{"protocol": "tcp", "port": "80", "to": "192.168.15.2:80"}],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
    }
    return star(**{**parts, **more})


def veth_pair(**more: Any) -> Lab:
    """Red and blue with one veth pair between them."""
    return {
        "name": "star",
        "namespaces": [{"name": "red"}, {"name": "blue"}],
        "veths": [
            {
                "name": "veth-red",
                "netns": "red",
                "addresses": ["192.168.15.1/24"],
                "peer": {"name": "veth-blue", "netns": "blue", "addresses": ["192.168.15.2/24"]},
            }
        ],
        **more,
    }


def two_veth_pairs(**more: Any) -> Lab:
    """The lab of MySQL's manual: a veth pair from the host to red and one to blue, each a subnet of its own."""
    subnets = {"red": "192.0.2", "blue": "198.51.100"}
    return {
        "name": "mysql",
        "namespaces": [{"name": name} for name in subnets],
        "veths": [
            {
                "name": f"veth-{name}",
                "addresses": [f"{subnet}.1/24"],
                "peer": {"name": f"vpeer-{name}", "netns": name, "addresses": [f"{subnet}.2/24"]},
            }
            for name, subnet in subnets.items()
        ],
        "routes": [{"netns": name, "dst": "default", "gateway": f"{subnet}.1"} for name, subnet in subnets.items()],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
        **more,
    }


def ipv6_star(**more: Any) -> Lab:
    """The star with IPv6 only: fd00:15::/64, the bridge is ::5."""
    lab = star()
    lab["bridges"][0]["addresses"] = ["fd00:15::5/64"]
    for host, veth in enumerate(lab["veths"], 1):
        veth["addresses"] = [f"fd00:15::{host}/64"]
    for route in lab["routes"]:
        route["gateway"] = "fd00:15::5"
        route["dst"] = "::/0"
    return {**lab, "sysctls": [{"name": "net.ipv6.conf.all.forwarding", "value": "1"}], **more}


def change(lab: Lab, changes: dict[str, Any]) -> Lab:
    """A copy of a lab with values set (or dropped) at paths like ``veths.0.peer.name``; ``veths.+`` appends."""
    new = copy.deepcopy(lab)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place: Any = new
        for key in parents:
            place = place[int(key)] if isinstance(place, list) else place.setdefault(key, [] if last == "+" else {})
        if last == "+":
            place.append(value)
        elif value is DROP:
            del place[int(last) if isinstance(place, list) else last]
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return new


def absent(lab: Lab) -> Lab:
    """The arguments that take a lab away."""
    return {"name": lab["name"], "state": "absent"}
