# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which links systemd-networkd and NetworkManager would take, by their settings."""

from __future__ import annotations

import pytest
from ansible_collections.netns.lab.plugins.module_utils._engine.lab import unmanaged
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.host_state import Managers
from ansible_collections.netns.lab.plugins.module_utils._engine.lab.link_managers import (
    advice,
    findings,
    taken,
)
from hypothesis import given
from hypothesis import strategies as st

LINKS = {"br0": "bridge", "ve-red": "veth", "eth7": "veth", "vx0": "vxlan"}
#: what systemd itself brings along
CONTAINERS = "[Match]\nKind=veth\nName=ve-*\nDriver=veth\n[Network]\nAddress=0.0.0.0/28\n"

NETWORKD = {
    "nothing": ([], set()),
    "of systemd": ([CONTAINERS], {"ve-red"}),
    "every link": (["[Match]\nName=*\n[Network]\nDHCP=yes\n"], {*LINKS}),
    "every link, by two patterns": (["[Match]\nName=b* v*\nName=e*\n"], {*LINKS}),
    "no link any more": (["[Match]\nName=*\nName=\n"], set()),
    "nothing to match": (["[Network]\nDHCP=yes\n"], set()),
    "only its host": (["[Match]\nHost=far\nName=br*\n"], {"br0"}),
    "by type": (["[Match]\nType=ether\n"], {"ve-red", "eth7"}),
    "by kind": (["[Match]\nKind=vxlan bridge\n"], {"vx0", "br0"}),
    "by address": (["[Match]\nMACAddress=02:00:00:00:00:01\n"], set()),
    "all but some": (["[Match]\nName=!ve-* eth*\n"], {"br0", "vx0"}),
    "the first decides": (["[Match]\nName=br0\n[Link]\nUnmanaged=yes\n", "[Match]\nName=br* eth7\n"], {"eth7"}),
    "left alone by us": ([unmanaged.networkd([*LINKS]), "[Match]\nName=*\n"], set()),
    "a comment": (["# [Match]\n[Match]\n; Name=*\nName=eth7\n"], {"eth7"}),
}


@pytest.mark.parametrize(("texts", "wanted"), NETWORKD.values(), ids=[name.replace(" ", "-") for name in NETWORKD])
def test_networkd(texts: list[str], wanted: set[str]) -> None:
    files = tuple((f"/etc/systemd/network/{number}.network", text) for number, text in enumerate(texts))
    assert {each.link for each in taken(Managers(networkd=files), LINKS)} == wanted


NETWORK_MANAGER = {
    "of itself": ([], True, {"eth7"}),
    "without udev": ([], False, {"eth7", "ve-red"}),
    "told to leave all": (["[keyfile]\nunmanaged-devices=*\n"], False, set()),
    "told to leave one": (["[keyfile]\nunmanaged-devices=interface-name:=eth7\n"], False, {"ve-red"}),
    "told to leave veths": (["[keyfile]\nunmanaged-devices=type:veth;mac:02:00:00:00:00:01\n"], False, set()),
    "a later file says otherwise": (
        ["[keyfile]\nunmanaged-devices=*\n", "[keyfile]\nunmanaged-devices=interface-name:eth0\n"], True, {"eth7"}),
    "a later file adds": (
        ["[keyfile]\nunmanaged-devices=interface-name:ve-*\n", "[keyfile]\nunmanaged-devices+=interface-name:eth*\n"],
        False, set()),
    "all but one": (["[keyfile]\nunmanaged-devices=*,except:interface-name:eth7\n"], True, {"eth7"}),
    "no connection of itself": (["[main]\nno-auto-default=*\n"], False, set()),
    "told to take all": (["[device-all]\nmatch-device=*\nmanaged=1\n"], True, {*LINKS}),
    "the first section decides": (
        ["[device-a]\nmatch-device=interface-name:br*\nmanaged=0\n[device-b]\nmanaged=1\n"], True, {*LINKS} - {"br0"}),
    "left alone by us": (
        ["[device-all]\nmatch-device=*\nmanaged=1\n", unmanaged.network_manager([*LINKS])], False, set()),
}  # fmt: skip


@pytest.mark.parametrize("case", NETWORK_MANAGER.values(), ids=[name.replace(" ", "-") for name in NETWORK_MANAGER])
def test_network_manager(case: tuple[list[str], bool, set[str]]) -> None:
    texts, udev, wanted = case
    files = tuple((f"/etc/NetworkManager/conf.d/{number}.conf", text) for number, text in enumerate(texts))
    assert {each.link for each in taken(Managers(network_manager=files, udev=udev), LINKS)} == wanted


def test_both_are_named_with_what_to_do() -> None:
    managers = Managers((("/x/9-all.network", "[Match]\nName=*\n"),), (), udev=False)
    networkd, manager = advice(managers, LINKS)
    assert "systemd-networkd" in networkd and "/x/9-all.network" in networkd and "br0, ve-red" in networkd
    assert "NetworkManager" in manager and "interface-name:=ve-red" in manager and "br0" not in manager
    assert all("netns.lab.persistence" in each for each in (networkd, manager))
    found = list(findings(managers, LINKS))
    assert {each.object for each in found} == {*LINKS} and {each.severity for each in found} == {"warning"}
    assert advice(None, LINKS) == [] and advice(managers, {}) == []


@given(st.lists(st.text()), st.lists(st.text()), st.booleans())
def test_any_settings_are_read(networkd: list[str], manager: list[str], udev: bool) -> None:
    texts = [f"[Match]\nName={text}\n[Link]\n{text}" for text in networkd]
    more = [f"[keyfile]\nunmanaged-devices={text}\n[device]\nmatch-device={text}\n{text}" for text in manager]
    files, others = (tuple((text, text) for text in each) for each in (texts, more))
    for each in advice(Managers(files, others, udev), LINKS):
        assert "manages" in each
