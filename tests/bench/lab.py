# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab that is measured, in the words of each rival.

N namespaces with a cable each to one bridge, an address, a default route and ``lo`` up; one masquerade. floor.c has the
same names and addresses.
"""

from __future__ import annotations

import ipaddress
import shlex
from typing import Any

NAME = "bench"
BRIDGE = "lab-br"
SUBNET = ipaddress.IPv4Network("10.100.0.0/22")
GATEWAY = SUBNET[-2]
PREFIX = SUBNET.prefixlen
#: hosts beside the gateway
MOST = 1021
#: single tasks in a play whose cost is held against that of as many empty ones
CALLS = 10

Options = dict[str, Any]
Task = dict[str, Any]


def options(count: int) -> Options:
    """The lab as options of the module ``topology``."""
    numbers = range(1, count + 1)
    return {
        "name": NAME,
        "namespaces": [{"name": f"ns{n}"} for n in numbers],
        "bridges": [{"name": BRIDGE, "addresses": [f"{GATEWAY}/{PREFIX}"]}],
        "veths": [
            {
                "name": f"veth{n}",
                "netns": f"ns{n}",
                "addresses": [f"{SUBNET[n]}/{PREFIX}"],
                "peer": {"name": f"port{n}", "bridge": BRIDGE},
            }
            for n in numbers
        ],
        "routes": [{"netns": f"ns{n}", "dst": "default", "gateway": str(GATEWAY)} for n in numbers],
        "masquerades": [{"source": str(SUBNET)}],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
    }


def play(*tasks: Task) -> list[dict[str, Any]]:
    """A playbook on this machine that has nothing but tasks."""
    return [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}]


def topology_play(count: int, state: str) -> list[dict[str, Any]]:
    """A playbook with one task of the module ``topology``."""
    return play({"netns.lab.topology": {**options(count), "state": state}})


# -- one command of ip a step, as tutorials do it ----------------------------------------------------------------------

_FIRST = (
    f"ip link add {BRIDGE} type bridge",
    f"ip link set {BRIDGE} up",
    f"ip address add {GATEWAY}/{PREFIX} dev {BRIDGE}",
    "sysctl -q -w net.ipv4.ip_forward=1",
    "nft add table inet netns_lab",
    "nft add chain inet netns_lab postrouting { type nat hook postrouting priority srcnat ; }",
    f"nft add rule inet netns_lab postrouting ip saddr {SUBNET} ip daddr != {SUBNET} masquerade",
)
_EACH = (
    "ip netns add ns{n}",
    "ip link add veth{n} type veth peer name port{n}",
    "ip link set veth{n} netns ns{n}",
    "ip link set port{n} master " + BRIDGE,
    "ip link set port{n} up",
    "ip -n ns{n} address add {address} dev veth{n}",
    "ip -n ns{n} link set veth{n} up",
    "ip -n ns{n} link set lo up",
    "ip -n ns{n} route add default via " + str(GATEWAY),
)
_LAST_GONE = (
    f"ip link delete {BRIDGE}",
    "nft delete table inet netns_lab",
    "sysctl -q -w net.ipv4.ip_forward=0",
)
_EACH_GONE = ("ip netns delete ns{n}",)


def _filled(command: str, number: int) -> str:
    return command.format(n=number, address=f"{SUBNET[number]}/{PREFIX}")


def commands(count: int) -> list[str]:
    """The lab as one command a step."""
    return [*_FIRST, *(_filled(command, n) for n in range(1, count + 1) for command in _EACH)]


def commands_gone(count: int) -> list[str]:
    """Its removal."""
    return [*(_filled(command, n) for n in range(1, count + 1) for command in _EACH_GONE), *_LAST_GONE]


def script(lines: list[str]) -> str:
    """A shell script of commands."""
    quoted = (shlex.join(line.split(" ")) for line in lines)
    return "\n".join(["set -e", *quoted])


# -- ip -batch: one for the host, one for each namespace ---------------------------------------------------------------


def host_batch(count: int) -> list[str]:
    """What one ``ip -batch`` does from the host's side: cables are born where they belong."""
    numbers = range(1, count + 1)
    return [
        *(f"netns add ns{n}" for n in numbers),
        f"link add {BRIDGE} type bridge",
        *(f"link add port{n} master {BRIDGE} up type veth peer name veth{n} netns ns{n}" for n in numbers),
    ]


def bridge_batch() -> list[str]:
    """What is left for the host's side when the insides are done."""
    return [f"link set {BRIDGE} up", f"address add {GATEWAY}/{PREFIX} dev {BRIDGE}"]


def inside_batch(number: int) -> list[str]:
    """What one ``ip -batch`` does inside a namespace."""
    link = f"veth{number}"
    return [
        "link set lo up",
        f"link set {link} up",
        f"address add {SUBNET[number]}/{PREFIX} broadcast + dev {link}",
        f"route add default via {GATEWAY}",
    ]


def batch_gone(count: int) -> list[str]:
    """What one ``ip -batch`` does to remove the lab."""
    return [f"link delete {BRIDGE}", *(f"netns delete ns{n}" for n in range(1, count + 1))]


# -- looped tasks of the module command --------------------------------------------------------------------------------


def looped_play(count: int) -> list[dict[str, Any]]:
    """A playbook with a task for each step, looped over the namespaces."""
    return play(*(_once(command) for command in _FIRST), *(_looped(command, count) for command in _EACH))


def looped_play_gone(count: int) -> list[dict[str, Any]]:
    """Its removal."""
    return play(*(_looped(command, count) for command in _EACH_GONE), *(_once(command) for command in _LAST_GONE))


def _once(command: str) -> Task:
    return {"ansible.builtin.command": {"argv": command.split(" ")}}


def _looped(command: str, count: int) -> Task:
    line = command.replace("{n}", "{{ item.n }}").replace("{address}", "{{ item.address }}")
    loop = [{"n": n, "address": f"{SUBNET[n]}/{PREFIX}"} for n in range(1, count + 1)]
    return {"ansible.builtin.command": line, "loop": loop}
