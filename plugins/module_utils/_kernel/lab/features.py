# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this kernel can do, tried where it leaves no trace: a network namespace that ends with a thread."""

from __future__ import annotations

import threading

from ..._model.errors import Dependency, LabError
from ..netlink import messages, netns
from ..netlink.socket import NetlinkError, Socket, attrs

_IFLA_BR_VLAN_PROTOCOL = 8


def require_vlan_filtering(bridge: str) -> None:
    """See that the kernel filters by VLAN: a bridge tells of its VLAN protocol only there.

    :param bridge: the bridge that is to do so (str).
    :raises Dependency: naming the option of the kernel's configuration.
    """
    found: list[bool | LabError] = []

    def look() -> None:
        netns.unshare()
        route = Socket()
        try:
            route.request(*messages.new_bridge("br", {}))
            found.append(_tells_of_vlans(route))
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


def _tells_of_vlans(route: Socket) -> bool:
    for body in route.dump(messages.GETLINK, messages.get_links()):
        info = attrs(attrs(body, 16).get(messages.IFLA_LINKINFO, b""), 0)
        if info.get(messages.IFLA_INFO_KIND, b"").startswith(b"bridge"):
            return _IFLA_BR_VLAN_PROTOCOL in attrs(info[messages.IFLA_INFO_DATA], 0)
    return False
