# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every firewall of the tables says all that a firewall has to say, and does it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import exceptions, parse, paths
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import provider as engine
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.ruleset import (
    Chain,
    Firewalls,
    Packet,
    Service,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.traffic import Traffic
from ansible_collections.netns.lab.plugins.module_utils._kernel.firewalls import provider as kernel
from ansible_collections.netns.lab.plugins.module_utils._model.spec import TOPOLOGY_SWITCHES

CHECKOUT = Path(__file__).parents[3]
ASKED = [provider for provider in engine.PROVIDERS if provider.CHOICES]


def named(providers: list[Any]) -> list[Any]:
    return [pytest.param(provider, id=getattr(provider, "__name__", "?").rpartition(".")[2]) for provider in providers]


def forgotten(provider: Any, protocol: type) -> Iterator[str]:
    """What a file does not have, or has in another form than the protocol says."""
    for name in protocol.__annotations__:
        if not hasattr(provider, name):
            yield name
    for name, function in vars(protocol).items():
        if inspect.isfunction(function) and not name.startswith("_"):
            wanted = [*inspect.signature(function).parameters][1:]
            has = inspect.signature(getattr(provider, name)).parameters if hasattr(provider, name) else {}
            optional = [each for each in [*has][len(wanted) :] if has[each].default is inspect.Parameter.empty]
            if [*has][: len(wanted)] != wanted or optional:
                yield f"{name}({', '.join(wanted)})"


@pytest.mark.parametrize("provider", named([*engine.PROVIDERS]))
def test_the_engine_knows_all_of_a_firewall(provider: Any) -> None:
    lacks = [*forgotten(provider, engine.Provider)]
    assert lacks == [], f"{provider.__file__} lacks {', '.join(lacks)}"


@pytest.mark.parametrize("provider", named([*kernel.PROVIDERS.values()]))
def test_the_kernel_side_knows_all_of_a_firewall(provider: Any) -> None:
    lacks = [*forgotten(provider, kernel.Provider)]
    assert lacks == [], f"{provider.__file__} lacks {', '.join(lacks)}"


def test_the_tables_have_the_same_firewalls() -> None:
    asked = {provider.NAME for provider in ASKED}
    assert kernel.PROVIDERS.keys() == asked, f"_kernel/firewalls/provider.py: {kernel.PROVIDERS.keys() ^ asked}"
    names = [provider.NAME for provider in engine.PROVIDERS]
    assert len(set(names)) == len(names)
    assert all(not provider.BUILD_AGAIN or provider.UNIT for provider in engine.PROVIDERS)


def test_the_option_has_the_choices_that_firewalls_know() -> None:
    known = {choice for provider in engine.PROVIDERS for choice in provider.CHOICES}
    assert {*TOPOLOGY_SWITCHES["firewall_exceptions"]["choices"]} == {"none", *known}


@pytest.mark.parametrize("provider", named([*engine.PROVIDERS]))
def test_the_guide_has_the_firewall(provider: Any) -> None:
    guide = (CHECKOUT / "docs/guides/firewalls.md").read_text(encoding="utf-8")
    assert provider.NAME in guide, f"docs/guides/firewalls.md does not name {provider.NAME}"


LAB = Traffic(
    [("v-net-0", "192.168.15.0/24", "192.168.15.5")],
    (("v-net-0", "192.168.15.0/24"),),
    [("masquerades[0]", "192.168.15.0/24", "")],
    [("port_forwards[0]", "192.168.15.2", "tcp", (80, 80))],
    {4: "eth0"},
)


def _iptables(*lines: str) -> Firewalls:
    text = "\n".join(["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD DROP [0:0]", *lines, "COMMIT"])
    return Firewalls(parse.from_save(text, "iptables-nft", "ip"), bridged=frozenset({4}))


def _ufw() -> Firewalls:
    answers = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    found = _iptables(":ufw-user-forward - [0:0]", f"-A FORWARD {answers}", "-A FORWARD -j ufw-user-forward")
    found.services["ufw"] = Service(runs=True, rules=[])
    return found


def _firewalld() -> Firewalls:
    shut = Chain("nft", "inet", "firewalld", "filter_FORWARD", "forward", 10)
    items: list[dict[str, Any]] = [
        {
            "chain": {
                "family": "inet",
                "table": "firewalld",
                "name": shut.name,
                "type": "filter",
                "hook": "forward",
                "prio": 10,
            }
        },
    ]
    for match, verdict in (({"ct": {"key": "state"}}, "accept"), ({"ct": {"key": "status"}}, "accept"), (None, "drop")):
        values = ["established", "related"] if match and match["ct"]["key"] == "state" else "dnat"
        when = [{"match": {"op": "in", "left": match, "right": values}}] if match else []
        rule = {
            "family": "inet",
            "table": "firewalld",
            "chain": shut.name,
            "handle": 1,
            "expr": [*when, {verdict: None}],
        }
        items.append({"rule": rule})
    service = Service(runs=True, rules=None)
    return Firewalls(parse.from_nft(items, "netns_lab"), services={"firewalld": service}, bridged=frozenset({4}))


#: a host that each firewall shuts, as it does by default: a new one has its row here
SHUT = {
    "Docker": lambda: _iptables(":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER"),
    "ufw": _ufw,
    "firewalld": _firewalld,
    "iptables": _iptables,
}


@pytest.mark.parametrize("provider", named(ASKED))
def test_a_firewall_that_shuts_a_host_is_asked_and_then_lets_the_lab_through(provider: Any) -> None:
    assert provider.NAME in SHUT, f"no host that {provider.NAME} shuts"
    shut = SHUT[provider.NAME]()
    told = [finding for finding in paths.findings(LAB, shut) if "outside" in finding.path]
    assert told and all(finding.severity == "error" for finding in told)
    (chain,) = [chain for chain in shut.chains if chain.hook == "forward"]
    assert engine.owner(shut, chain) == (provider, told[0].firewall)
    assert all("firewall_exceptions: " + provider.CHOICES[0] in finding.remedy for finding in told)
    for choice in provider.CHOICES:
        there = SHUT[provider.NAME]()
        wanted = exceptions.wanted(LAB, there, choice)
        assert wanted and {engine.of_place(place) for place, _rule in wanted} == {provider}
        assert paths.findings(LAB, there) == []
    assert exceptions.wanted(LAB, SHUT[provider.NAME](), "none") == {}


@pytest.mark.parametrize("provider", named([*engine.PROVIDERS]))
def test_a_firewall_has_a_remedy_for_each_way(provider: Any) -> None:
    for hook, iif, oif in (("input", "eth0", ""), ("output", "", "eth0")):
        tunnel = Packet(hook, False, iif, oif, "192.0.2.2", "192.0.2.1", "udp", "4789")
        assert all("4789" in provider.open_tunnel(tunnel, tool) for tool in ("nft", "iptables-nft"))
    assert provider.open_host("v-net-0") and provider.open_forward("v-net-0")
