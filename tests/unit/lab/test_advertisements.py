# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that lives by router advertisements goes on doing so while a lab lets it forward IPv6, and afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.engine import apply, assert_as_before, assert_nothing_to_do, remove, single
from ..support.host import FakeHost
from ..support.topologies import SPARE, UPLINK, Lab, host_of

ALL = "net.ipv6.conf.all.forwarding"
ACCEPT = f"net.ipv6.conf.{UPLINK}.accept_ra"
MASQUERADE: Lab = {"masquerades": [{"source": "fd00:15::/64", "ip_forward": True}]}
ASKING: dict[str, Lab] = {
    "masquerade": MASQUERADE,
    "entry": {"sysctls": [{"name": ALL, "value": "1"}]},
    "entry of another link": {"sysctls": [{"name": f"net.ipv6.conf.{SPARE}.forwarding", "value": "1"}]},
}


def _host() -> FakeHost:
    return host_of("0", (), False)


def _uplink(host: FakeHost) -> tuple[bool, str]:
    return host.kernel.link("", UPLINK).advertised, host.kernel.space("").sysctls[ACCEPT]


@pytest.mark.parametrize("lab", ASKING.values(), ids=list(ASKING))
def test_the_route_stands_with_the_lab_and_after_it(lab: Lab) -> None:
    host = _host()
    before = host.copy()
    done = apply(host, lab)
    told = next(step for step in done.plan() if step["object"] == ACCEPT)
    assert told["action"] == "change" and "router advertisements" in told["reason"]
    assert _uplink(host) == (True, "2")
    assert_nothing_to_do(host, lab)
    remove(host)
    assert_as_before(host, before)


def test_a_run_that_fails_puts_all_back_in_an_order_that_keeps_the_route() -> None:
    before = _host()
    for number in range(6):
        host = before.copy()
        host.refuse = frozenset({number})
        try:
            apply(host, MASQUERADE)
        except Exception:  # noqa: BLE001 - whatever it is, the host is as before
            assert_as_before(host, before)


def test_removal_that_fails_keeps_the_route_too() -> None:
    built = _host()
    apply(built, MASQUERADE)
    for number in range(6):
        host = built.copy()
        host.refuse = frozenset({number})
        try:
            remove(host)
        except Exception:  # noqa: BLE001 - as above
            assert_as_before(host, built)
        assert _uplink(host)[0]


def test_the_last_holder_gives_it_back() -> None:
    host = _host()
    before = host.copy()
    apply(host, MASQUERADE, "one")
    apply(host, ASKING["entry"], "other")
    single(host, "sysctls", {"name": ALL, "value": "1"})
    remove(host, "one")
    remove(host, "other")
    assert _uplink(host) == (True, "2")
    single(host, "sysctls", {"name": ALL}, state="absent")
    assert_as_before(host, before)


@pytest.mark.parametrize(
    ("accept", "forwarding", "more", "expected"),
    [
        ("0", "0", {}, ("0", True)),
        ("2", "0", {}, ("2", False)),
        ("1", "1", {}, ("1", False)),
        ("1", "0", {"sysctls": [{"name": ACCEPT, "value": "0"}]}, ("0", True)),
        ("1", "0", {"sysctls": [{"name": ACCEPT, "value": "2"}]}, ("2", False)),
    ],
    ids=["off", "set already", "a router already", "the description says off", "the description says it"],
)
def test_what_is_decided_already_is_left_alone(
    accept: str, forwarding: str, more: dict[str, Any], expected: tuple[str, bool]
) -> None:
    host = _host()
    host.kernel.space("").sysctls.update(
        {ACCEPT: accept, ALL: forwarding, f"net.ipv6.conf.{UPLINK}.forwarding": forwarding}
    )
    done = apply(host, {**MASQUERADE, **more})
    assert _uplink(host)[1] == expected[0]
    assert any(UPLINK in text and "router advertisements" in text for text in done.warnings) == expected[1]


def test_links_that_no_advertisement_comes_to_are_left_alone() -> None:
    host = _host()
    host.kernel.link_up("", SPARE, False)
    lab = {
        "namespaces": [{"name": "red"}],
        "veths": [{"name": "v0", "peer": {"name": "v1", "netns": "red"}}],
        **MASQUERADE,
    }
    apply(host, lab)
    found = host.kernel.space("").sysctls
    assert {found[f"net.ipv6.conf.{dev}.accept_ra"] for dev in (SPARE, "v0", "lo")} == {"1"}
