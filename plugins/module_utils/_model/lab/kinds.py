# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the lists that a description has, in the order of creation. Pure.

A list that is added here is read, checked, placed on hosts and documented as the others are: whatever goes through
descriptions goes through this table, and tests hold against it what is text.
"""

from __future__ import annotations

from . import (
    address,
    bridge,
    bridge_port,
    link,
    masquerade,
    netns,
    port_forward,
    route,
    rule,
    sysctl,
    veth,
    vxlan,
)
from .kind import Kind

#: list option of ``topology`` -> what it has to say
KINDS: dict[str, Kind] = {
    module.KIND.option: module.KIND
    for module in (
        netns,
        bridge,
        veth,
        vxlan,
        link,
        bridge_port,
        address,
        sysctl,
        route,
        rule,
        masquerade,
        port_forward,
    )
}
