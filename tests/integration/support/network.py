# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packets inside a sandbox, and an outside for it: a neighbour on a LAN that has no route back to a lab."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .sandbox import Background, Sandbox

PACKETS = [sys.executable, "-IS", str(Path(__file__).with_name("packets.py"))]
#: the namespace that plays the outside
OUTSIDE = "@outside"


@dataclass(frozen=True)
class Ping:
    """What ping said."""

    answered: bool
    text: str


def settle(sandbox: Sandbox) -> None:
    """Wait until every port of the host's bridges that has a carrier forwards.

    The kernel tells bridges of carriers by a queue that all namespaces of the machine share: others may fill it.
    """
    deadline = time.monotonic() + 30.0
    while time.monotonic() < deadline:
        ports = [link for link in sandbox.ip("-d link") if link.get("linkinfo", {}).get("info_slave_kind") == "bridge"]
        waiting = [port for port in ports if {"UP", "LOWER_UP"} <= set(port["flags"])]
        if not any(port["linkinfo"]["info_slave_data"].get("state") == "disabled" for port in waiting):
            return


def ping(sandbox: Sandbox, netns: str, to: str, wait: float = 3.0) -> Ping:
    """Send one echo request from a namespace and wait for its reply."""
    settle(sandbox)
    done = sandbox.run(["ping", "-n", "-c", "1", "-W", str(wait), to], netns, check=False)
    return Ping(done.returncode == 0, done.stdout + done.stderr)


def serve(
    sandbox: Sandbox, netns: str, port: int, protocol: str = "tcp", address: str = "0.0.0.0", answer: str = ""
) -> Background:
    """Start a server in a namespace that answers every peer with the address it sees, or as it is told."""
    told = [answer] if answer else []
    server = sandbox.background([*PACKETS, "serve", protocol, address, str(port), *told], netns)
    server.wait_for("ready")
    return server


def ask(
    sandbox: Sandbox,
    netns: str,
    to: str,
    port: int,
    protocol: str = "tcp",
    timeout: float = 5.0,
    source: str = "",
    source_port: int = 0,
) -> str:
    """Ask a server started by :func:`serve`: the address it saw, or the name of the error (``ETIMEDOUT``)."""
    settle(sandbox)
    argv = [*PACKETS, "ask", protocol, to, str(port), str(timeout), *([source, str(source_port)] if source else [])]
    said: dict[str, str] = json.loads(sandbox.run(argv, netns).stdout)
    return said.get("answer") or said["error"]


class Outside:
    """The LAN and the internet of a sandbox: ``eth0`` of the host, a neighbour at its other end, 8.8.8.8 behind it.

    The neighbour has no route to anything but the LAN, so only packets with an address of the LAN are answered.

    :param host: the host's address on the LAN, a /24 (str).
    :param neighbour: the other machine's, which is also the host's default gateway (str).
    :param ipv6: the LAN has 2001:db8:1::/64 too, ``::2`` the host and ``::3`` the neighbour (bool).
    """

    def __init__(
        self, sandbox: Sandbox, host: str = "192.168.1.2", neighbour: str = "192.168.1.3", ipv6: bool = False
    ) -> None:
        self.sandbox, self.host, self.neighbour = sandbox, host, neighbour
        sandbox.sh(
            f"""
            touch /run/.sandbox/outside
            unshare --net=/run/.sandbox/outside true
            ip link add eth0 type veth peer name lan
            ip link set eth0 addrgenmode none
            ip link set lan netns /run/.sandbox/outside
            ip address add {host}/24 dev eth0
            ip link set eth0 up
            nsenter --net=/run/.sandbox/outside ip -batch - <<END
            link set lo up
            link set lan name eth0
            link set eth0 addrgenmode none
            link set eth0 up
            address add {neighbour}/24 dev eth0
            address add 8.8.8.8/32 dev lo
END
            ip route add default via {neighbour} dev eth0
            """
        )
        if ipv6:
            for netns, number in (("", 2), (OUTSIDE, 3)):
                sandbox.sh(f"ip address add fe80::{number}/64 dev eth0 nodad", netns)
                sandbox.sh(f"ip address add 2001:db8:1::{number}/64 dev eth0 nodad", netns)
            sandbox.sh("ip -6 route add default via 2001:db8:1::3 dev eth0")

    def route_to(self, subnet: str) -> None:
        """Give the neighbour a route to a subnet through the host."""
        self.sandbox.sh(f"ip route add {subnet} via {self.host}", OUTSIDE)
