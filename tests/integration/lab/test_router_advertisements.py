# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that has its way out by router advertisements keeps it: with a lab that forwards IPv6, and after it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..support.sandbox import Background, Sandbox

ADVERTISER = str(Path(__file__).parents[1] / "support" / "advertiser.py")
ALL, ACCEPT = "net.ipv6.conf.all.forwarding", "net.ipv6.conf.eth0.accept_ra"
LABS: dict[str, dict[str, Any]] = {
    "masquerade": {"masquerades": [{"source": "fd00:15::/64", "ip_forward": True}]},
    "another-link": {
        "namespaces": [{"name": "red"}],
        "veths": [{"name": "v0", "peer": {"name": "v1", "netns": "red"}}],
        "sysctls": [{"name": "net.ipv6.conf.v0.forwarding", "value": True}],
    },
}


def _until(holds: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Router:
    """The host's eth0 leads to a router in the namespace ``rtr``."""

    def __init__(self, sandbox: Sandbox, dev: str = "eth0", netns: str = "") -> None:
        self._sandbox, self._dev, self._netns = sandbox, dev, netns
        sandbox.sh("ip netns add rtr; ip netns exec rtr sysctl -q net.ipv6.conf.default.accept_dad=0")
        sandbox.sh(
            f"""
            sysctl -q net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=1
            ip link add {dev} type veth peer name r0 netns rtr
            ip link set {dev} up
            """,
            netns,
        )
        sandbox.sh("ip link set r0 up", "rtr")
        _until(lambda: [link for link in sandbox.ip("link show r0", "rtr") if link["operstate"] == "UP"], "no carrier")
        self._process: Background = sandbox.background([sys.executable, "-IS", ADVERTISER, "r0"], "rtr")
        self.advertise()
        _until(self.routes, "no route by advertisement")

    def advertise(self) -> None:
        """Send one advertisement; the kernel of a veth has taken it when this returns."""
        assert self._process.process.stdin is not None
        self._process.process.stdin.write("\n")
        self._process.process.stdin.flush()
        self._process.wait_for("advertised")

    def routes(self) -> list[dict[str, Any]]:
        """The default routes that are the router's, without their time."""
        found = self._sandbox.ip("-6 route show default proto ra", self._netns)
        return [{name: value for name, value in route.items() if name != "expires"} for route in found]

    def forget(self) -> None:
        """Lose the route, as at the end of its time."""
        self._sandbox.sh("ip -6 route del default proto ra", self._netns)


@pytest.mark.parametrize("lab", LABS.values(), ids=list(LABS))
def test_the_route_stands_with_a_lab_and_after_it(sandbox: Sandbox, lab: dict[str, Any]) -> None:
    router = Router(sandbox)
    lab = {"name": "six", **lab}
    before = router.routes()
    planned = sandbox.apply("topology", lab, check=True)["plan"]
    (step,) = (step for step in planned if step["object"] == ACCEPT)
    assert "router advertisements" in step["reason"]
    assert sandbox.apply("topology", lab)["plan"] == planned
    assert router.routes() == before and sandbox.sysctl(ACCEPT) == "2"
    router.forget()
    router.advertise()
    _until(router.routes, "the host takes no advertisement any more")
    assert sandbox.apply("topology", lab)["plan"] == []
    sandbox.apply("topology", {"name": "six", "state": "absent"})
    assert router.routes() == before
    assert (sandbox.sysctl(ACCEPT), sandbox.sysctl(ALL)) == ("1", "0")


def test_a_plan_that_nobody_confirms_leaves_the_route(sandbox: Sandbox) -> None:
    router = Router(sandbox)
    before = router.routes()
    sandbox.apply("topology", {"name": "six", "confirm_timeout": 1, **LABS["masquerade"]})
    assert (router.routes(), sandbox.sysctl(ACCEPT)) == (before, "2")
    _until(lambda: sandbox.sysctl(ALL) == "0" and sandbox.sysctl(ACCEPT) == "1", "it is not undone")
    assert router.routes() == before


def test_single_modules_and_a_namespace_of_its_own(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add far")
    router = Router(sandbox, "up0", "far")
    before = router.routes()
    args = {"netns": "far", "name": ALL, "value": "1"}
    sandbox.apply("netns_sysctl", args)
    assert router.routes() == before
    assert sandbox.sysctl("net.ipv6.conf.up0.accept_ra", "far") == "2"
    sandbox.apply("netns_sysctl", {**args, "state": "absent"})
    assert router.routes() == before
    assert sandbox.sysctl("net.ipv6.conf.up0.accept_ra", "far") == "1"


def test_what_is_lost_is_told(sandbox: Sandbox) -> None:
    """Who says accept_ra=0 has it so; the route that is lost by that is named before, and by the doctor after."""
    router = Router(sandbox)
    lab = {"name": "six", **LABS["masquerade"]}
    found = sandbox.apply("topology", {**lab, "sysctls": [{"name": ACCEPT, "value": "0"}]}, check=True)
    assert "eth0 loses its default route" in str(found["warnings"]) and ACCEPT in str(found["warnings"])
    sandbox.sh(f"sysctl -q {ALL}=1")
    assert router.routes() == []
    (finding,) = (each for each in sandbox.apply("doctor", {})["findings"] if "advertisements" in each["path"])
    assert finding["object"] == "eth0" and ACCEPT in finding["remedy"]
