# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links on a kernel with bridge VLAN filtering."""

from __future__ import annotations

from ..support.cycles import converge
from ..support.dumps import assert_same
from ..support.sandbox import Sandbox


def test_vlan_filtering_is_set_changed_and_taken_away(sandbox: Sandbox) -> None:
    before = sandbox.dump()
    for wanted in (True, False):
        converge(sandbox, "bridge", {"name": "br0", "vlan_filtering": wanted})
        link = sandbox.link("br0")
        assert link is not None and link["linkinfo"]["info_data"]["vlan_filtering"] == int(wanted)
    converge(sandbox, "bridge", {"name": "br0", "state": "absent"})
    assert_same(before, sandbox.dump())
