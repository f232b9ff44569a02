# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses that cannot be used as a description says are found before anything is touched."""

from __future__ import annotations

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument

from ..support.engine import apply
from ..support.topologies import Lab, host_of

VETH = {"name": "e0", "addresses": ["10.1.0.1/24", "fd00:1::1/64"], "peer": {"name": "e1"}}
OFF = "net.ipv6.conf.e0.disable_ipv6"
WRONG: dict[str, tuple[Lab, str, str]] = {
    "a source that no link has": (
        {"routes": [{"dst": "10.9.0.0/16", "gateway": "10.1.0.9", "src": "10.1.0.7"}]}, "routes[0].src", "addresses there: 127.0.0.1"),
    "an IPv6 source": (
        {"routes": [{"dst": "fd09::/64", "gateway": "fd00:1::9", "src": "fd00:1::7"}]}, "routes[0].src", "fd00:1::7"),
    "a source of another namespace": (
        {"namespaces": [{"name": "red"}],
         "routes": [{"netns": "red", "dst": "10.9.0.0/16", "dev": "lo", "src": "10.1.0.1"}]}, "routes[0].src", "namespace red"),
    "a broadcast address": (
        {"port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.1.0.255"}]}, "port_forwards[0].to", "broadcast address of 10.1.0.0/24"),
    "a network address": (
        {"port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.1.0.0:80"}]}, "port_forwards[0].to", "network address of"),
    "a link without IPv6": (
        {"sysctls": [{"name": OFF, "value": True}]}, "veths[0].addresses[1]", "sysctls[0] turns IPv6 off"),
    "a host without IPv6": (
        {"sysctls": [{"name": "net.ipv6.conf.all.disable_ipv6", "value": 1}]}, "veths[0].addresses[1]", "turns IPv6 off"),
}  # fmt: skip


@pytest.mark.parametrize(("more", "where", "words"), WRONG.values(), ids=list(WRONG))
def test_it_is_named(more: Lab, where: str, words: str):
    at = host_of("0", (), alien=False)
    with pytest.raises(InvalidArgument) as caught:
        apply(at, {"veths": [VETH], **more})
    assert at.acts == 0
    assert caught.value.obj.startswith(where) and words in caught.value.text(), caught.value.text()


def test_what_can_be_is_taken():
    fine: Lab = {
        "veths": [VETH],
        "routes": [{"dst": "10.9.0.0/16", "gateway": "10.1.0.9", "src": "10.1.0.1"}],
        "port_forwards": [{"protocol": "tcp", "port": 80, "to": "10.1.0.254"}],
        "sysctls": [{"name": OFF, "value": 0}],
    }
    apply(host_of("0", (), alien=False), fine, check=True)
