# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls against the kernel: their place among links and addresses, its own words, and what it does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from ..support.cycles import assert_nothing_to_do, converge, refused
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox

PAIR: dict[str, Any] = {
    "namespaces": [{"name": "red"}],
    "veths": [{"name": "v0", "addresses": ["2001:db8::1/64"], "peer": {"name": "v1", "netns": "red"}}],
}


def _link_local(sandbox: Sandbox, dev: str, netns: str = "") -> list[dict[str, Any]]:
    found = [info for item in sandbox.ip(f"-6 address show dev {dev}", netns) for info in item["addr_info"]]
    return [info for info in found if info["scope"] == "link"]


def test_those_of_a_link_come_before_its_addresses(sandbox: Sandbox) -> None:
    sandbox.sh("sysctl -q net.ipv6.conf.default.disable_ipv6=1")
    before = sandbox.dump()
    lab = {"name": "a", **PAIR, "sysctls": [{"name": "net.ipv6.conf.v0.disable_ipv6", "value": "0"}]}
    converge(sandbox, "topology", lab)
    assert sandbox.addresses("v0") == ["2001:db8::1/64"]
    sandbox.apply("topology", {"name": "a", "state": "absent"})
    assert_same(before, sandbox.dump())


def test_the_host_s_defaults_come_before_its_links(sandbox: Sandbox) -> None:
    sandbox.sh("sysctl -q net.ipv6.conf.default.disable_ipv6=1")
    lab = {"name": "a", **PAIR, "sysctls": [{"name": "net.ipv6.conf.default.disable_ipv6", "value": False}]}
    converge(sandbox, "topology", lab)
    assert sandbox.addresses("v0") == ["2001:db8::1/64"]


def test_a_link_is_raised_when_its_sysctls_are_written(sandbox: Sandbox) -> None:
    """Veths, a bridge with a new port, a VXLAN interface: none makes an address of its own before it is told not to."""
    lab = {
        "name": "a",
        "namespaces": [{"name": "red"}],
        "bridges": [{"name": "br1", "addresses": ["2001:db8:1::1/64"]}],
        "veths": [
            {"name": "v0", "addresses": ["2001:db8::1/64"],
             "peer": {"name": "v1", "netns": "red", "addresses": ["2001:db8::2/64"]}},
            {"name": "w0", "bridge": "br1", "peer": {"name": "w1", "netns": "red", "addresses": ["2001:db8:1::2/64"]}},
        ],
        "addresses": [{"dev": "v0", "address": "10.5.0.1/24"}],
        "vxlans": [{"name": "vx0", "id": 7, "local": "10.5.0.1", "dev": "v0", "addresses": ["2001:db8:2::1/64"]}],
        "sysctls": [
            {**({"netns": netns} if netns else {}), "name": f"net.ipv6.conf.{dev}.addr_gen_mode", "value": 1}
            for netns, dev in (("", "v0"), ("red", "v1"), ("", "br1"), ("red", "w1"), ("", "vx0"))
        ] + [
            {"name": "net.ipv6.conf.br1.accept_dad", "value": 1},
            {"name": "net.ipv6.conf.vx0.accept_dad", "value": 2},
            {"name": "net.ipv6.conf.v0.keep_addr_on_down", "value": 1},
        ],
    }  # fmt: skip
    converge(sandbox, "topology", lab)
    for netns, dev in (("", "v0"), ("red", "v1"), ("", "br1"), ("red", "w1"), ("", "vx0")):
        link = sandbox.link(dev, netns)
        assert link and "UP" in link["flags"] and _link_local(sandbox, dev, netns) == [], (netns, dev)
    assert sandbox.sysctl("net.ipv6.conf.br1.accept_dad") == "1"
    assert sandbox.sysctl("net.ipv6.conf.vx0.accept_dad") == "2"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("net.ipv4.ip_local_reserved_ports", "9000,8080,8081", "8080-8081,9000"),
        ("net.ipv4.ip_default_ttl", "0x41", "65"),
        ("net.ipv4.ip_default_ttl", "0101", "65"),
        ("net.ipv4.ip_forward", True, "1"),
        ("net.ipv4.ping_group_range", "0\t 0077", "0\t63"),
        ("net.ipv4.tcp_fastopen_key", "1-2-3-4", "00000001-00000002-00000003-00000004"),
        ("net.ipv4.neigh.lo.base_reachable_time_ms", "1239", None),
        ("net.ipv4.conf.a+b.rp_filter", "2", "2"),
        ("net/ipv4/conf/ü.1/rp_filter", "2", "2"),
        ("net.ipv6.conf.ü/1.mtu", "1400", "1400"),
    ],
)
def test_the_kernel_s_own_words_are_no_change(sandbox: Sandbox, name: str, value: Any, said: str | None) -> None:
    sandbox.sh("ip link add a+b type ifb; ip link add ü.1 type ifb")
    sandbox.sh("echo 5-6 >/proc/sys/net/ipv4/ip_local_reserved_ports")
    before = sandbox.dump()
    for module, args in (("netns_sysctl", {}), ("topology", {"name": "lab"})):
        entry = {"name": name, "value": value}
        whole = {**entry, **args} if module == "netns_sysctl" else {**args, "sysctls": [entry]}
        planned = sandbox.apply(module, whole, check=True)["plan"]
        assert sandbox.apply(module, whole)["plan"] == planned and len(planned) == 1
        path = "/proc/sys/" + (name if name.startswith("net/") else name.translate(str.maketrans("./", "/.")))
        assert said in (None, sandbox.sh(f"cat '{path}'").rstrip("\n"))
        assert_nothing_to_do(sandbox, module, whole)
        sandbox.apply(module, {**({"name": name} if module == "netns_sysctl" else args), "state": "absent"})
        assert_same(before, sandbox.dump())


def test_two_labs_that_ask_for_one_value_in_other_words_agree(sandbox: Sandbox) -> None:
    entry = {"name": "net.ipv4.tcp_fastopen_key", "value": "1-2-3-4"}
    before = sandbox.dump()
    for name in ("one", "other"):
        sandbox.apply("topology", {"name": name, "sysctls": [entry]})
    for name in ("one", "other"):
        assert_nothing_to_do(sandbox, "topology", {"name": name, "sysctls": [entry]})
    for name in ("one", "other"):
        sandbox.apply("topology", {"name": name, "state": "absent"})
    assert_same(before, sandbox.dump())


def test_what_a_namespace_may_not_set_is_told_before_anything_is_done(sandbox: Sandbox) -> None:
    sandbox.sh("ip netns add blue")
    empty = sandbox.dump()
    entry = {"net.core.rmem_max": 1000000}
    new = {"namespaces": [{"name": "red", "sysctls": entry}]}
    refused(sandbox, "topology", new, "InvalidArgument", "net.core.rmem_max", "red", "without netns")
    assert "as root" not in sandbox.module("topology", new)["msg"]
    there = {"netns": "blue", "name": "net.core.rmem_max", "value": "1000000"}
    refused(sandbox, "netns_sysctl", there, "InvalidArgument", "net.core.rmem_max", "blue")
    missing = {"namespaces": [{"name": "red", "sysctls": {"net.ipv4.no_such_thing": 1}}]}
    refused(sandbox, "topology", missing, "Dependency", "net.ipv4.no_such_thing")
    assert_same(empty, sandbox.dump())


def test_a_secret_that_is_not_set_can_be_set(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    secret = {"name": "net.ipv6.conf.v0.stable_secret", "value": "2001:db8::7"}
    lab = {"name": "a", **PAIR, "sysctls": [secret]}
    converge(sandbox, "topology", lab)
    sandbox.apply("topology", {"name": "a", "state": "absent"})
    assert_same(before, sandbox.dump())
    sandbox.sh("ip link add v0 type ifb")
    done = sandbox.apply("netns_sysctl", secret)
    assert "stays when the lab is removed" in str(done["warnings"])
    assert_nothing_to_do(sandbox, "netns_sysctl", secret)
    assert not sandbox.apply("netns_sysctl", {"name": secret["name"], "state": "absent"})["changed"]


def test_one_that_was_set_with_its_namespace_or_link_is_given_back(sandbox: Sandbox) -> None:
    """Their values as the kernel had them before are read before they are written, in new namespaces and links too."""
    sandbox.sh("sysctl -q net.ipv4.conf.default.rp_filter=2")
    plain = {"name": "a", **PAIR}
    named = {"net.ipv4.ip_forward": 1, "net.ipv4.conf.lo.rp_filter": 1, "net.ipv4.ip_default_ttl": "0x7"}
    entries = [
        {"name": "net.ipv4.conf.v0.rp_filter", "value": 1},
        {"netns": "red", "name": "net.ipv6.conf.v1.hop_limit", "value": 9},
        {"netns": "red", "name": "net.ipv6.conf.all.forwarding", "value": 1},
    ]

    def values() -> list[str]:
        found = [sandbox.sysctl(name, "red") for name in named]
        return found + [sandbox.sysctl(entry["name"], entry.get("netns", "")) for entry in entries]

    sandbox.apply("topology", plain)
    before = values()
    sandbox.apply("topology", {"name": "a", "state": "absent"})
    converge(sandbox, "topology", {**plain, "namespaces": [{"name": "red", "sysctls": named}], "sysctls": entries})
    assert values() == ["1", "1", "7", "1", "9", "1"]
    converge(sandbox, "topology", plain)
    assert values() == before and before[0] == "0" and before[3] == "2"


def test_an_ipv6_address_where_ipv6_is_off_has_the_remedy_that_helps(sandbox: Sandbox) -> None:
    sandbox.sh("sysctl -q -w net.ipv6.conf.default.disable_ipv6=1")
    lab = {"name": "lab", "veths": [{"name": "v0", "peer": "v1", "addresses": ["fd00:7::1/64"]}]}
    error = sandbox.module("topology", lab)["error"]
    assert error["kind"] == "Kernel" and "disable_ipv6 to 0" in error["remedy"] and error["rolled_back"] is True
    assert sandbox.link("v0") is None
