# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this kernel can do, tried where it leaves no trace: a network namespace that ends with a thread."""

from __future__ import annotations

import threading

from ..._engine.state import Change
from ..._model.errors import Dependency, LabError
from ..netlink import messages, netns
from ..netlink.socket import NetlinkError, Socket
from . import links


def require(changes: list[Change]) -> None:
    """See that the kernel has what changes need, before anything is touched.

    :raises Dependency: naming the option of the kernel's configuration.
    """
    for change in changes:
        wanted = (change.after or {}).get("vlan_filtering")
        if change.key[0] == "link" and wanted and not (change.before or {}).get("vlan_filtering"):
            _require_vlan_filtering(change.key[2])
            return


def _require_vlan_filtering(bridge: str) -> None:
    """A bridge tells of VLANs only where the kernel has them."""
    found: list[bool | LabError] = []

    def look() -> None:
        netns.unshare()
        route = Socket()
        try:
            route.request(*messages.new_bridge("br", {}))
            found.append(links.has_vlan_filtering(route))
        except NetlinkError as exc:
            remedy = "Load the kernel module bridge, or use a kernel that has it (CONFIG_BRIDGE)."
            found.append(Dependency(f"bridge {bridge}", "a kernel with bridges", f"{exc.strerror}", remedy))
        finally:
            route.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    if isinstance(found[0], LabError):
        raise found[0]
    if not found[0]:
        raise Dependency(
            f"bridge {bridge}",
            "vlan_filtering",
            "a kernel without it",
            "Use a kernel with CONFIG_BRIDGE_VLAN_FILTERING (Debian, Ubuntu and Fedora have it), or omit it.",
        )
