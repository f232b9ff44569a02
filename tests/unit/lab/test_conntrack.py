# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which entries of connection tracking a change of NAT concerns; how entries are told over netlink."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Optional

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.kinds.nat import (
    ForwardKey,
    HairpinKey,
    MasqueradeKey,
    NatTableKey,
)
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.nat.conntrack import Concerned, Flow, Here
from ansible_collections.netns.lab.plugins.module_utils._engine.state import Change, Key
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab import writer
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.kinds import nat
from ansible_collections.netns.lab.plugins.module_utils._kernel.lab.nat import conntrack
from ansible_collections.netns.lab.plugins.module_utils._kernel.netlink.socket import attr, attrs
from hypothesis import given
from hypothesis import strategies as st


def number(text: str) -> int:
    return int(ip_address(text))


HOST, OTHER, RED, BLUE, CLIENT = "192.168.1.2", "192.168.15.5", "192.168.15.1", "192.168.15.2", "192.168.1.3"
HERE = Here(
    frozenset({(False, number(HOST)), (False, number(OTHER))}),
    lambda _six, at: "v-net-0" if at >> 8 == number(RED) >> 8 else "eth0",
)


def flow(src: str, dst: str, dport: int, to: str = "", to_port: int = 0, **more: Any) -> Flow:
    """A flow of UDP; with ``to``, translated to it."""
    answerer, port = (number(to), to_port or dport) if to else (number(dst), dport)
    told = {"snat": False, "dnat": bool(to), "protocol": "udp", "six": False, **more}
    return Flow(src=number(src), sport=5000, dst=number(dst), dport=dport, answerer=answerer, answer_port=port, **told)


def forward(before: Optional[str], after: Optional[str], ports: tuple[int, int] = (53, 53), listen: str = "") -> Change:
    sides = [None if end is None else {"to": end, "to_port": ports[0]} for end in (before, after)]
    return Change(ForwardKey("", "udp", False, listen, *ports), *sides)


def masquerade(before: Optional[str], after: Optional[str], source: str = "192.168.15.0/24", out: str = "") -> Change:
    sides = [None if exclude is None else {"exclude": [exclude]} for exclude in (before, after)]
    return Change(MasqueradeKey("", source, out), *sides)


HAIRPIN: Key = HairpinKey("", "192.168.15.0/24", RED, "udp", 53, 53)
UNTOUCHED, LED = flow(CLIENT, HOST, 53), flow(CLIENT, HOST, 53, RED)
OUT, OUT_NAT = flow(RED, "8.8.8.8", 53), flow(RED, "8.8.8.8", 53, snat=True)


@pytest.mark.parametrize(
    ("change", "told", "wanted"),
    [
        (forward(None, RED), UNTOUCHED, True),
        (forward(None, RED), flow(CLIENT, HOST, 54), False),
        (forward(None, RED), flow(CLIENT, HOST, 53, protocol="tcp"), False),
        (forward(None, RED), LED, False),
        (forward(None, RED), flow(CLIENT, "8.8.8.8", 53), False),
        (forward(None, RED), flow(RED, OTHER, 53), True),
        (forward(None, RED, listen=OTHER), UNTOUCHED, False),
        (forward(None, RED, listen=HOST), UNTOUCHED, True),
        (forward(None, RED, listen=HOST), flow(CLIENT, HOST, 53, BLUE), True),
        (forward(None, RED), flow(CLIENT, HOST, 53, stands=True), False),
        (forward(RED, BLUE), LED, True),
        (forward(RED, BLUE), flow(CLIENT, HOST, 53, BLUE), False),
        (forward(RED, BLUE), UNTOUCHED, True),
        (forward(RED, None), LED, True),
        (forward(RED, None), flow(CLIENT, HOST, 53, RED, stands=True), True),
        (forward(RED, None), UNTOUCHED, False),
        (forward(RED, None), flow(CLIENT, HOST, 53, "172.17.0.2"), False),
        (forward(RED, None), flow(CLIENT, HOST, 54, RED, 53), False),
        (forward(None, RED, (1, 65535)), UNTOUCHED, True),
        (forward(None, RED, (1, 52)), UNTOUCHED, False),
        (forward(None, RED, (40, 60)), LED, False),
        (forward(None, RED, (40, 60)), flow(CLIENT, HOST, 53, RED, 40), True),
        (forward(RED, RED), LED, False),
        (masquerade(None, "192.168.15.0/24"), OUT, True),
        (masquerade(None, "192.168.15.0/24"), OUT_NAT, False),
        (masquerade(None, "192.168.15.0/24"), flow(RED, BLUE, 53), False),
        (masquerade(None, "192.168.15.0/24"), flow(RED, HOST, 53), False),
        (masquerade(None, "192.168.15.0/24"), flow(RED, "224.0.0.251", 5353), False),
        (masquerade(None, "192.168.15.0/24"), flow(RED, "255.255.255.255", 67), False),
        (masquerade(None, "192.168.15.0/24"), flow(CLIENT, "8.8.8.8", 53), False),
        (masquerade(None, "192.168.15.0/24"), flow(RED, "8.8.8.8", 53, protocol="1"), True),
        (masquerade(None, "192.168.15.0/24"), flow(RED, "8.8.8.8", 80, protocol="tcp", stands=True), False),
        (masquerade(None, "192.168.15.0/24", out="eth0"), OUT, True),
        (masquerade(None, "192.168.15.0/24", out="eth*"), OUT, True),
        (masquerade(None, "192.168.15.0/24", out="wan"), OUT, False),
        (masquerade(None, "10.0.0.0/8", source="0.0.0.0/0", out="eth0"), flow(HOST, "8.8.8.8", 53), False),
        (masquerade("192.168.15.0/24", None), OUT_NAT, True),
        (masquerade("192.168.15.0/24", None), OUT, False),
        (masquerade("192.168.15.0/24", None), flow(RED, HOST, 53, BLUE, snat=True), False),
        (masquerade("192.168.15.0/24", "8.0.0.0/8"), OUT_NAT, True),
        (masquerade("8.0.0.0/8", "192.168.15.0/24"), OUT, True),
        (masquerade("192.168.15.0/24", "192.168.0.0/16"), OUT_NAT, False),
        (Change(HAIRPIN, None, {}), flow(RED, HOST, 53, RED), True),
        (Change(HAIRPIN, None, {}), flow(RED, HOST, 53, RED, snat=True), False),
        (Change(HAIRPIN, {}, None), flow(RED, HOST, 53, RED, snat=True), True),
        (Change(HAIRPIN, {}, None), flow(RED, HOST, 53, BLUE, snat=True), False),
        (Change(HAIRPIN, None, {}), flow(CLIENT, HOST, 53, RED), False),
        (Change(NatTableKey(""), None, {}), UNTOUCHED, False),
    ],
)
def test_what_a_change_concerns(change: Change, told: Flow, wanted: bool) -> None:
    assert Concerned([change])(told, HERE) is wanted


ENDS = [None, RED, BLUE]


@given(st.sampled_from(ENDS), st.sampled_from(ENDS), st.sampled_from([(53, 53), (50, 60), (1, 65535), (54, 54)]))
def test_a_flow_goes_if_and_only_if_the_rules_of_now_decide_otherwise(
    before: Optional[str], after: Optional[str], ports: tuple[int, int]
) -> None:
    def decided(to: Optional[str]) -> Flow:
        return flow(CLIENT, HOST, 53, to or "") if ports[0] <= 53 <= ports[1] else UNTOUCHED

    concerned = Concerned([forward(before, after, ports)])
    assert concerned(decided(before), HERE) is (decided(before) != decided(after))
    undo = Concerned([forward(before, after, ports).inverse()])
    assert undo(decided(after), HERE) is (decided(before) != decided(after))


def test_what_has_to_be_asked_for() -> None:
    assert Concerned([]).families() == [] == Concerned([Change(NatTableKey(""), None, {})]).families()
    ports = Concerned([forward(None, RED), forward(None, BLUE, (1, 9999))])
    assert (ports.families(), ports.protocol(False)) == ([False], "udp")
    tcp = Change(ForwardKey("", "tcp", False, "", 80, 80), None, {"to": RED, "to_port": 80})
    assert Concerned([forward(None, RED), tcp]).protocol(False) == ""
    both = Concerned([forward(None, RED), masquerade(None, "fd00::/64", source="fd00::/64")])
    assert (both.families(), both.protocol(False), both.protocol(True)) == ([False, True], "udp", "")


def message(six: bool, protocol: int, ends: list[tuple[str, int]], status: int, more: bytes = b"") -> bytes:
    """An entry as the kernel tells it; ``ends`` are src, dst, the answer's src and its dst."""

    def side(kind: int, source: tuple[str, int], target: tuple[str, int]) -> bytes:
        kinds = (3, 4) if six else (1, 2)
        ips = b"".join(attr(at, ip_address(end[0]).packed) for at, end in zip(kinds, (source, target), strict=True))
        ports = attr(2, source[1].to_bytes(2, "big")) + attr(3, target[1].to_bytes(2, "big"))
        return attr(kind | 0x8000, attr(1 | 0x8000, ips) + attr(2 | 0x8000, attr(1, bytes([protocol])) + ports))

    told = side(1, ends[0], ends[1]) + side(2, ends[2], ends[3]) + attr(3, status.to_bytes(4, "big"))
    return bytes([10 if six else 2, 0, 0, 0]) + told + attr(12, b"\1\2\3\4") + more


def test_an_entry_is_read_and_named() -> None:
    ends = [(CLIENT, 5000), (HOST, 53), (RED, 54), (CLIENT, 5000)]
    entry = conntrack.decode(message(False, 17, ends, 0x1AA), False)
    assert entry is not None and entry.flow == flow(CLIENT, HOST, 53, RED, 54)
    named = attrs(entry.name, 0)
    assert set(named) == {1, 12} and named[12] == b"\1\2\3\4"  # what is named by a number alone would be all of them
    six = [("2001:db8::3", 5000), ("2001:db8::2", 80), ("fd00::1", 80), ("2001:db8::2", 1)]
    standing = attr(4, attr(1, attr(1, b"\3"))) + attr(18, b"\0\7")
    entry = conntrack.decode(message(True, 6, six, 0x3F), True)
    assert entry is not None and (entry.flow.protocol, entry.flow.stands) == ("tcp", False)
    assert (entry.flow.snat, entry.flow.dnat, entry.flow.answerer) == (True, True, number("fd00::1"))
    entry = conntrack.decode(message(True, 6, six, 0, standing), True)
    assert entry is not None and entry.flow.stands and 18 in attrs(entry.name, 0)


@given(st.binary(max_size=80))
def test_what_is_no_entry_is_passed_over(body: bytes) -> None:
    entry = conntrack.decode(bytes(4) + body, False)
    assert entry is None or 1 in attrs(entry.name, 0)


def test_a_kernel_that_does_not_tell_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_changes: list[Change]) -> int:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(conntrack, "forget", refuse)
    run = writer.Writer.__new__(writer.Writer)
    run.warnings = []
    nat._forget_flows(run, "", [forward(None, RED)])
    (told,) = run.warnings
    assert "flows of this host keep their translation" in told and "nf_conntrack_netlink" in told
