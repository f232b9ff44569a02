# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reader of values: good forms become canonical, bad ones are refused with entry, finding and remedy."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from socket import AF_INET, AF_INET6, inet_ntop
from typing import Any

import pytest
from ansible_collections.netns.lab.plugins.module_utils._model import addressing, naming, values
from ansible_collections.netns.lab.plugins.module_utils._model.errors import InvalidArgument
from hypothesis import example, given
from hypothesis import strategies as st

MODULES = (naming, addressing, values)
#: reader -> {text: what it is read as}
GOOD: dict[str, dict[str, Any]] = {
    "link_name": dict.fromkeys(["v-net-0", "a", "veth.100", "x" * 15, "été", "_", "0"]),
    "netns_name": dict.fromkeys(["red", "red2", "r.e-d_", "x" * 255, "é" * 127]),
    "lab_name": dict.fromkeys(["lab", "0", "red-blue_2.x", "x" * 64]),
    "address": {
        "192.168.15.1/24": None,
        "10.0.0.1/024": "10.0.0.1/24",
        "10.0.0.1/32": None,
        "10.0.0.0/31": None,
        "10.0.0.1/31": None,
        "fd00::/127": None,
        "fd00::/128": None,
        "127.0.0.1/8": None,
        "FD00::0:1/64": "fd00::1/64",
        "fe80::1/10": None,
    },
    "host_address": {"192.168.15.5": None, "FE80::0:1": "fe80::1", "::1": None},
    "prefix": {
        "192.168.15.0/24": None,
        "10.0.0.0/255.0.0.0": "10.0.0.0/8",
        "10.1.2.3": "10.1.2.3/32",
        "fd00:0::/16": "fd00::/16",
        "0.0.0.0/0": None,
        "::1": "::1/128",
    },
    "mac": {"02:00:00:00:00:01": None, "02-AA-bb-00-00-01": "02:aa:bb:00:00:01"},
    "table": {
        "main": 254,
        "local": 255,
        "default": 253,
        "1": 1,
        "4294967295": 4294967295,
        "0100": 100,
        "up.link-2": None,
    },
    "fwmark": {"0x1": None, "1": "0x1", "0XFF/0xf": "0xff/0xf", "0": "0x0", "1/4294967295": "0x1", "1/0": "0x1/0x0"},
    "ports": {"80": range(80, 81), "8000-8010": range(8000, 8011), "1-65535": range(1, 65536), "5-5": range(5, 6)},
    "endpoint": {
        "192.168.15.2:80": ("192.168.15.2", 80),
        "192.168.15.2": ("192.168.15.2", None),
        "[fd00::2]:80": ("fd00::2", 80),
        "[fd00::2]": ("fd00::2", None),
        "fd00::2": ("fd00::2", None),
        "fd00::80": ("fd00::80", None),
        "[10.0.0.1]:8": ("10.0.0.1", 8),
    },
}

#: reader -> {bad text: words of the message}
BAD: dict[str, dict[str, str]] = {
    "link_name": {
        "": "found an empty name. Give it a name.",
        ".": "'.'",
        "..": "'.' and '..' are directories",
        "veth-red br": "' '. Use letters",
        "red/0": "'/'",
        "a:b": "':'",
        "a%d": "'%'",
        "x" * 16: "16 bytes. Shorten it to 15 bytes or less",
        "é" * 8: "16 bytes",
        "a\nb": r"'\n'",
        "a\0b": r"'\x00'",
        "a\ud800": r"'\ud800'",
        "-red": "A leading '-' looks like an option",
    },
    "netns_name": {"": "empty", "..": "directories", "a/b": "'/'", "red blue": "' '", "x" * 256: "256 bytes"},
    "lab_name": {"": "''", "+modules": "'+modules'", ".x": "starting with a letter or a digit", "x" * 65: "at most 64", "a/b": "a/b"},
    "address": {
        "192.168.15.1": "which has no prefix length. Add the prefix length of the subnet, e.g. 192.168.15.1/24",
        "fd00::1": "e.g. fd00::1/64",
        "192.168.15.1/33": "Correct the address",
        "192.168.15.256/24": "Correct the address",
        "192.168.15.1/": "Correct",
        "10.0.0.1/255.255.255.0": "Write the length in bits: 10.0.0.1/24",
        "10.0.0.1/²": "Correct",
        "224.0.0.1/4": "choose a unicast address",
        "0.0.0.0/0": "unicast",
        "fe80::1%eth0/64": "The link has an option of its own: write fe80::1/64",
        "": "Correct the address",
        "010.0.0.1/8": "Correct the address",
        "10.0.0.0/24": "the address of the subnet 10.0.0.0/24 itself. A link cannot have this address",
        "10.0.0.255/24": "the broadcast address of 10.0.0.0/24",
        "fd00::/64": "the address of the subnet",
        "255.255.255.255/32": "the limited broadcast address",
        "::ffff:10.0.0.1/120": "write 10.0.0.1",
    },
    "host_address": {
        "192.168.15.5/24": "Omit the prefix length",
        "x": "Correct the address",
        "": "Correct",
        "fe80::1%eth0": "write fe80::1",
        "0.0.0.0": "A host cannot have this address",
        "ff02::1": "A host cannot",
        "255.255.255.255": "the limited broadcast address",
        "::ffff:10.0.0.1": "write 10.0.0.1",
    },
    "prefix": {
        "192.168.15.1/24": "has host bits set. The subnet of this address is 192.168.15.0/24: use that",
        "fd00::1/64": "fd00::/64: use that",
        "x/8": "Correct the prefix",
        "10.0.0.0/33": "Correct",
        "fe80::%eth0/64": "omit '%'",
        "default": "Correct",
    },
    "mac": {
        "02:00:00:00:00": "Correct it",
        "02:00:00:00:00:0g": "Correct it",
        "01:00:5e:00:00:01": "multicast: use e.g. 02:00:5e:00:00:01",
        "ff:ff:ff:ff:ff:ff": "a unicast MAC address",
        "00:00:00:00:00:00": "a unicast MAC address",
        "0２:00:00:00:00:01": "Correct it",
    },
    "table": dict.fromkeys(["0", "-1", "4294967296", "a b", "#a", "0x64", "²", "٣", "", "1 ", "9" * 5000], "Use the table's number"),
    "fwmark": dict.fromkeys(["", "x", "-1", "1/", "/1", "0x100000000", "4294967296", "1_0", " 1", "٣", "1/2/3"], "Correct"),
    "ports": {
        "0": "in this range",
        "65536": "in this range",
        "90-80": "the lower one first",
        **dict.fromkeys(["", "-", "80-", "-80", "http", "80,81", " 80", "²", "8" * 5000, "1-2-3"], "Write the number"),
    },
    "endpoint": {
        ":80": "Correct the address",
        "10.0.0.1:": "Write the number of the port",
        "10.0.0.1:x": "Write the number of the port",
        "10.0.0.1:0": "in this range",
        "10.0.0.1:80-90": "Write the first port only",
        "[fd00::2": "Correct",
        "[fd00::2]80": "Correct",
        "[fd00::2]:": "Write the number",
        "10.0.0.0/24:80": "Omit the prefix length",
        "0.0.0.0:80": "A host cannot",
        "": "Correct",
    },
}  # fmt: skip


def _cases(table: dict[str, dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(reader, text, found) for reader, texts in table.items() for text, found in texts.items()]


def _read(reader: str, text: Any) -> Any:
    [read] = [vars(module)[reader] for module in MODULES if reader in vars(module) and callable(vars(module)[reader])]
    return read("veths[0].option", text)


@pytest.mark.parametrize(("reader", "text", "canonical"), _cases(GOOD))
def test_good_values_become_canonical(reader: str, text: str, canonical: Any) -> None:
    assert _read(reader, text) == (text if canonical is None else canonical)


@pytest.mark.parametrize(
    ("reader", "text", "words"), _cases(BAD), ids=[f"{r}-{i}" for i, (r, *_rest) in enumerate(_cases(BAD))]
)
def test_bad_values_are_refused(reader: str, text: str, words: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        _read(reader, text)
    error = caught.value
    assert str(error).startswith("veths[0].option: expected ")
    assert words in str(error)
    assert error.expected and error.found and error.remedy.endswith(".")
    assert error.as_dict() == {
        "kind": "InvalidArgument",
        "object": "veths[0].option",
        "expected": error.expected,
        "found": error.found,
        "remedy": error.remedy,
    }


def _near(reader: str) -> st.SearchStrategy[str]:
    """Texts near good and bad ones: pieces of them put together, and any text at all."""
    known = [*GOOD[reader], *BAD[reader]]
    letters = st.text(st.sampled_from(sorted({char for text in known for char in text[:40]})), max_size=24)
    pieces = st.lists(st.sampled_from(known).map(lambda text: text[:40]), min_size=1, max_size=3).map("".join)
    return st.one_of(letters, pieces, st.text(st.characters(codec=None), max_size=20))


@pytest.mark.parametrize("reader", GOOD)
@given(data=st.data())
def test_any_text_is_read_as_itself_or_refused(reader: str, data: st.DataObject) -> None:
    text = data.draw(_near(reader))
    try:
        found = _read(reader, text)
    except InvalidArgument as error:
        assert error.obj == "veths[0].option" and error.remedy
        return
    again = {
        "ports": lambda: f"{found[0]}-{found[-1]}",
        "table": lambda: str(found),
        "endpoint": lambda: f"[{found[0]}]:{found[1]}" if found[1] else found[0],
    }.get(reader, lambda: found)()
    assert _read(reader, again) == found


@given(st.ip_addresses(), st.integers(0, 128))
@example(ip_address("::ffff:1.2.3.4"), 96)
@example(ip_address("::1.2.3.4"), 96)
def test_every_address_and_prefix_is_read(address: Any, length: int) -> None:
    length = min(length, address.max_prefixlen)
    text = f"{address.exploded}/{length}"
    assert ip_network(_read("prefix", str(ip_network(text, strict=False)))) == ip_network(text, strict=False)
    nobody = address.is_multicast or address.is_unspecified or address == ip_address("255.255.255.255")
    nobody = nobody or (address.version == 6 and address.ipv4_mapped is not None)
    net = ip_network(text, strict=False)
    ends = {net.network_address} if address.version == 6 else {net.network_address, net.broadcast_address}
    if nobody or (length < address.max_prefixlen - 1 and address in ends):
        with pytest.raises(InvalidArgument, match="unicast"):
            _read("address", text)
    else:
        own = inet_ntop(AF_INET6 if address.version == 6 else AF_INET, address.packed)
        assert _read("address", text) == f"{own}/{length}"
        assert _read("host_address", address.exploded) == own
        host = f"[{address}]" if address.version == 6 else str(address)
        assert _read("endpoint", f"{host}:{length + 1}") == (own, length + 1)


@given(st.integers(0, 65536), st.integers(0, 65536))
def test_every_range_of_ports_is_read(first: int, last: int) -> None:
    if 1 <= first <= last <= 65535:
        assert _read("ports", f"{first}-{last}") == range(first, last + 1)
    else:
        with pytest.raises(InvalidArgument, match="in this range"):
            _read("ports", f"{first}-{last}")


@given(st.text(st.characters(codec="utf-8"), max_size=20))
@example("x" * 15)
def test_a_link_has_the_names_that_the_kernel_takes(text: str) -> None:
    """dev_valid_name(): 1 to 15 bytes, not . or .., without white space, '/' and ':'. We refuse some more."""
    try:
        _read("link_name", text)
    except InvalidArgument:
        return
    assert 1 <= len(text.encode()) <= 15 and text not in (".", "..")
    assert not any(char.isspace() or char in "/:%" for char in text)


@pytest.mark.parametrize(("text", "six", "found"), [("default", False, "0.0.0.0/0"), ("default", True, "::/0")])
def test_default_is_a_prefix(text: str, six: bool, found: str) -> None:
    assert addressing.destination("routes[0].dst", text, six) == found
    assert addressing.destination("routes[0].dst", "10.0.0.0/8", six) == "10.0.0.0/8"


@pytest.mark.parametrize("value", [0, 31, True, "7", 7.0, None, 10**30])
def test_numbers_have_bounds(value: Any) -> None:
    assert [values.integer("x", number, 1, 30, "a number") for number in (1, 30)] == [1, 30]
    with pytest.raises(InvalidArgument, match="x: expected a number from 1 to 30; found"):
        values.integer("x", value, 1, 30, "a number")


def test_the_content_of_a_file_is_text() -> None:
    assert values.content("x", "é\n") == "é\n"
    with pytest.raises(InvalidArgument, match="UTF-8"):
        values.content("x", "\ud800")


def test_prefixes_are_collapsed() -> None:
    assert addressing.collapsed(["10.0.1.0/24", "10.0.0.0/24", "10.0.0.0/25"]) == ["10.0.0.0/23"]
