# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of links that a shell, iptables-restore, ufw and nft read each in its own way: by packets."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.firewalls import DOCKER, rules_of_others, settings, start_ufw, warnings
from ..support.labs import absent
from ..support.network import Outside, ping
from ..support.sandbox import Sandbox

#: names that every tool can be told of
PLAIN = ["Br-0", "a+b", "a=b", "x@y", "x,y", "in_comment=1"]
ODD = [
    "br#x",
    "#x",
    "br~1",
    "é",
    "br'x",
    "br\\x",
    "br*",
    "!x",
    "[k]",
    "$(id)",
    "`id`",
    "a;b",
    "a|b",
    "a&b",
    "<a>",
    "日本",
]


def wide(names: list[str]) -> dict[str, Any]:
    """A lab with a bridge of each name, a namespace on each, and a masquerade for each."""
    numbered = list(enumerate(names, 1))
    return {
        "name": "wide",
        "namespaces": [{"name": f"n{number}"} for number, _name in numbered],
        "bridges": [{"name": name, "addresses": [f"10.9.{number}.1/24"]} for number, name in numbered],
        "veths": [
            {
                "name": "eth0",
                "netns": f"n{number}",
                "addresses": [f"10.9.{number}.2/24"],
                "peer": {"name": f"p{number}", "bridge": name},
            }
            for number, name in numbered
        ],
        "routes": [
            {"netns": f"n{number}", "dst": "default", "gateway": f"10.9.{number}.1"} for number, _name in numbered
        ],
        "masquerades": [{"source": f"10.9.{number}.0/24"} for number, _name in numbered],
        "sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}],
    }


def shut(sandbox: Sandbox, names: list[str]) -> list[str]:
    """The names of the bridges whose namespaces do not reach the outside."""
    return [name for number, name in enumerate(names, 1) if not ping(sandbox, f"n{number}", "8.8.8.8", 0.5).answered]


@pytest.mark.parametrize("tool", ["iptables-nft", "iptables-legacy"])
def test_docker_lets_links_of_any_name_through(sandbox: Sandbox, outside: Outside, tool: str) -> None:
    sandbox.run([f"{tool}-restore"], stdin=DOCKER)
    before, names = rules_of_others(sandbox), PLAIN + ODD
    lab = wide(names)
    assert warnings(sandbox.apply("topology", lab)) == ""
    assert shut(sandbox, names) == []
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.sh(f"{tool}-save | {tool}-restore")  # as a host does that keeps its rules
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.apply("topology", absent(lab))
    assert rules_of_others(sandbox) == before
    for name in ("br+", 'br"x'):
        found = sandbox.module("topology", wide([name]))
        assert found["error"]["kind"] == "InvalidArgument" and "firewall_exceptions: none" in found["msg"], found
    assert rules_of_others(sandbox) == before
    assert [link for link in sandbox.ip("link") if link.get("group") == "28268"] == []


@pytest.mark.root
@pytest.mark.soak
def test_ufw_lets_through_what_it_has_words_for(sandbox: Sandbox, outside: Outside) -> None:
    start_ufw(sandbox)
    before, files, lab = rules_of_others(sandbox), settings(sandbox, "/etc/ufw"), wide(PLAIN)
    sandbox.apply("topology", lab)
    assert shut(sandbox, PLAIN) == []
    assert sandbox.apply("topology", lab)["changed"] is False
    sandbox.apply("topology", absent(lab))
    for name in [*ODD, "log"]:
        found = sandbox.module("topology", wide([name]))
        assert found["error"]["kind"] == "InvalidArgument" and "which ufw re" in found["msg"], found
    assert (rules_of_others(sandbox), settings(sandbox, "/etc/ufw")) == (before, files)
