# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that move to another link are announced: their neighbours need not wait until they find out."""

from __future__ import annotations

from typing import Any

from ..support.network import ping
from ..support.sandbox import Sandbox

MOVING = ("10.9.0.9", "fd00:9::9")


def lab(holder: str, **more: Any) -> dict[str, Any]:
    """Four namespaces on a bridge, one of which has the addresses that move; ``more`` are options of its veth."""
    veths = [
        {
            "name": "eth0",
            "netns": name,
            "addresses": [f"10.9.0.{number}/24", f"fd00:9::{number}/64"],
            "peer": {"name": name, "bridge": "br0"},
        }
        for number, name in enumerate(("red", "blue", "green"), 1)
    ]
    for veth in veths:
        if veth["netns"] == holder:
            veth.update({"addresses": [*veth["addresses"], "10.9.0.9/24", "fd00:9::9/64"], **more})
    names = [{"name": name} for name in ("red", "blue", "green")]
    return {"name": "moving", "namespaces": names, "bridges": [{"name": "br0"}], "veths": veths}


def believed(sandbox: Sandbox, address: str) -> str | None:
    """The hardware address that blue has for a neighbour."""
    found = [entry for entry in sandbox.ip("neighbour", "blue") if entry["dst"] == address]
    return found[0].get("lladdr") if found else None


def mac(sandbox: Sandbox, netns: str) -> str:
    link = sandbox.link("eth0", netns)
    assert link is not None
    return str(link["address"])


def test_neighbours_know_at_once_where_an_address_has_gone(sandbox: Sandbox) -> None:
    sandbox.apply("topology", lab("red"))
    for address in MOVING:
        assert ping(sandbox, "blue", address).answered
        assert believed(sandbox, address) == mac(sandbox, "red")
    assert not sandbox.apply("topology", lab("green")).get("warnings")
    for address in MOVING:
        assert believed(sandbox, address) == mac(sandbox, "green"), "moved to another namespace"
        assert ping(sandbox, "blue", address).answered
    sandbox.apply("topology", lab("green", mac="02:00:00:00:00:77"))
    for address in MOVING:
        assert believed(sandbox, address) == "02:00:00:00:00:77", "another hardware address"
    # a run that fails takes the addresses back, and says so to the neighbours as well
    failing = {
        **lab("red"),
        "routes": [{"netns": "red", "dst": "10.77.0.0/24", "gateway": "127.0.0.1", "dev": "lo", "onlink": True}],
    }
    assert sandbox.module("topology", failing)["failed"]
    for address in MOVING:
        assert believed(sandbox, address) == "02:00:00:00:00:77", "undone"
        assert ping(sandbox, "blue", address).answered


def test_a_namespace_that_joins_a_bridge_that_stands_is_announced(sandbox: Sandbox) -> None:
    sandbox.apply("topology", lab("red"))
    for address in MOVING:
        assert ping(sandbox, "blue", address).answered
    three = lab("green")
    two = {**three, "namespaces": [*three["namespaces"][1:]], "veths": three["veths"][1:]}
    two["veths"][1] = {**two["veths"][1], "netns": "grey", "name": "eth0"}
    two["namespaces"] = [{"name": "blue"}, {"name": "grey"}]
    sandbox.apply("topology", two)
    for address in MOVING:
        assert believed(sandbox, address) == mac(sandbox, "grey")
