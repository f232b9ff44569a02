# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rulesets for tests, from the words of iptables-save."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.parse import from_save
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.ruleset import Firewalls


def saved(*rules: str, policy: str = "DROP", chains: tuple[str, ...] = (), family: str = "ip") -> Firewalls:
    names = [*(f":{name} - [0:0]" for name in chains)]
    head = ["*filter", ":INPUT ACCEPT [1:2]", f":FORWARD {policy} [3:4]", ":OUTPUT ACCEPT [0:0]"]
    text = "\n".join([*head, *names, *rules, "COMMIT"])
    versions = {"ip": 4, "ip6": 6}
    return Firewalls(from_save(text, "iptables-nft", family), bridged=frozenset({versions[family]}))
