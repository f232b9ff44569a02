# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation by others that packets of a lab meet, from the words of iptables-save."""

from __future__ import annotations

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import parse as firewall_rules
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls import translations
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.ruleset import Firewalls
from ansible_collections.netns.lab.plugins.module_utils._engine.firewalls.traffic import Traffic

LAB = Traffic(
    [("v-net-0", "192.168.15.0/24", "192.168.15.5")],
    (),
    [("masquerades[0]", "192.168.15.0/24", "")],
    [],
    {4: "eth0"},
    listens=(("tcp", False, "", 80, 90, "192.168.15.2"),),
)


@pytest.mark.parametrize(
    ("rule", "about"),
    [
        ("POSTROUTING -s 192.168.15.0/24 -j MASQUERADE", "192.168.15.0/24"),
        ("POSTROUTING -s 192.168.0.0/16 -o eth0 -j SNAT --to-source 192.0.2.1", "192.168.15.0/24"),
        ("POSTROUTING -o eth0 -j MASQUERADE", "192.168.15.0/24"),
        ("POSTROUTING -o eth1 -j MASQUERADE", None),
        ("POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE", None),
        ("PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.0.0.1:80", "tcp/80"),
        ("PREROUTING -p tcp -m tcp --dport 90 -j REDIRECT --to-ports 3128", "tcp/90"),
        ("PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.15.2:80", "192.168.15.2"),
        ("PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.15.1", "192.168.15.1"),
        ("PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.15.1-192.168.15.9", "192.168.15.1"),
        ("PREROUTING -p udp -m udp --dport 80 -j DNAT --to-destination 10.0.0.1:80", None),
        ("PREROUTING -m addrtype --dst-type LOCAL -j DOCKER", None),
    ],
)
def test_what_a_lab_meets(rule: str, about: str | None) -> None:
    names = "\n".join(f":{name} ACCEPT [0:0]" for name in ("PREROUTING", "POSTROUTING"))
    chains = firewall_rules.from_save(f"*nat\n{names}\n-A {rule}\nCOMMIT\n", "iptables-nft", "ip", ("nat",))
    found = [*translations.findings(LAB, Firewalls(translations=[*translations.from_save(chains)]))]
    assert [each.object for each in found] == ([about] if about else [])
    assert all(each.remedy.endswith(f"iptables-nft -t nat -D {rule}.") for each in found)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[fd00::1]:80", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("fd00::1-fd00::9", "fd00::1"),
        ("[fd00::1-fd00::9]:80", "fd00::1"),
        ("10.0.0.1:80-90", "10.0.0.1"),
        (":80", ""),
        ("", ""),
    ],
)
def test_where_a_translation_leads(text: str, address: str) -> None:
    chains = firewall_rules.from_save(
        f"*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DNAT --to-destination {text}\n",
        "iptables-nft", "ip", ("nat",),
    )  # fmt: skip
    assert [each.to for each in translations.from_save(chains)] == [address]
