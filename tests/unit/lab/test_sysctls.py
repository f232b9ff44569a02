# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sysctls as users write them: names in both forms, values in the kernel's words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from ansible_collections.netns.lab.plugins.module_utils._model.lab import sysctl as sysctls
from hypothesis import given
from hypothesis import strategies as st

PORTS = "net.ipv4.ip_local_reserved_ports"


@pytest.mark.parametrize(
    ("text", "dotted"),
    [
        ("net.ipv4.ip_forward", "net.ipv4.ip_forward"),
        ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
        ("net.ipv4.conf.eth0/100.rp_filter", "net.ipv4.conf.eth0/100.rp_filter"),
        ("net/ipv4/conf/eth0.100/rp_filter", "net.ipv4.conf.eth0/100.rp_filter"),
        ("net.ipv4.conf.a+b.rp_filter", "net.ipv4.conf.a+b.rp_filter"),
        ("net/ipv4/conf/ü/rp_filter", "net.ipv4.conf.ü.rp_filter"),
        ("net.ipv4.conf.br#x~1.rp_filter", "net.ipv4.conf.br#x~1.rp_filter"),
    ],
)
def test_names(text: str, dotted: str) -> None:
    assert sysctls.name("sysctls[0].name", text) == dotted


@pytest.mark.parametrize(
    "text",
    ["", "kernel.hostname", "net", "net.", "net.ipv4.", "net..a", "net/../kernel/x", "net.//.kernel.x", "net.a/.b",
     "net.a b", "net.a\nb", "net.a\0b", "net./.a", None, 7, ["net.ipv4.ip_forward"]],
)  # fmt: skip
def test_bad_names(text: Any) -> None:
    with pytest.raises(InvalidArgument, match="Only sysctls below net"):
        sysctls.name("sysctls[0].name", text)


@pytest.mark.parametrize("text", ["net.ipv4.route.flush", "net/ipv6/route/flush"])
def test_an_act_is_no_setting(text: str) -> None:
    with pytest.raises(InvalidArgument, match="triggers an action"):
        sysctls.name("sysctls[0].name", text)


@given(st.text())
def test_any_text_is_a_name_or_an_error_and_stays_below_net(text: str) -> None:
    try:
        dotted = sysctls.name("sysctls[0].name", f"net.{text}")
    except InvalidArgument:
        return
    assert all(part.replace("/", ".") not in ("", ".", "..") for part in dotted.split("."))


@pytest.mark.parametrize(
    ("name", "given_", "value"),
    [
        ("net.ipv4.ip_forward", True, "1"),
        ("net.ipv4.ip_forward", "True", "1"),
        ("net.ipv4.ip_forward", "false", "0"),
        ("net.ipv4.ip_default_ttl", 64, "64"),
        ("net.ipv4.ip_default_ttl", "0x40", "64"),
        ("net.ipv4.ip_default_ttl", "0100", "64"),
        ("net.ipv4.ip_default_ttl", "08", "08"),
        ("net.ipv4.ip_local_port_range", "40000\t 50000\n", "40000 50000"),
        ("net.ipv4.tcp_congestion_control", "cubic", "cubic"),
        ("net.core.rps_default_mask", "00000010", "00000010"),
        (PORTS, "8080,8081,9000", "8080-8081,9000"),
        (PORTS, "9000, 8080-8081 ,9000", "8080-8081,9000"),
        (PORTS, "1-3,2-5,6", "1-6"),
        (PORTS, 80, "80"),
        (PORTS, "5-3", "5-3"),
    ],
)
def test_values_in_the_words_of_the_kernel(name: str, given_: Any, value: str) -> None:
    assert sysctls.value("sysctls[0].value", name, given_) == value
    assert sysctls.value("sysctls[0].value", name, value) == value


@given(st.sets(st.integers(0, 65535), min_size=1, max_size=40))
def test_ports_are_the_same_set_joined(ports: set[int]) -> None:
    found = sysctls.value("sysctls[0].value", PORTS, ",".join(map(str, ports)))
    parts = [[int(end) for end in part.split("-")] for part in found.split(",")]
    assert {port for part in parts for port in range(part[0], part[-1] + 1)} == ports
    assert all(parts[place - 1][-1] + 1 < parts[place][0] for place in range(1, len(parts)))
    assert sysctls.value("sysctls[0].value", PORTS, found) == found


@pytest.mark.parametrize("given_", ["", " ", "\n", None, 1.5, ["a"], {}, "é"])
def test_bad_values(given_: Any) -> None:
    with pytest.raises(InvalidArgument):
        sysctls.value("sysctls[0].value", "net.ipv4.ip_forward", given_)
