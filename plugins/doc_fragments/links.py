# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of links and of ports."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.plugin_utils.forms import NETNS_OF, form

_LINK = """
mtu:
  description:
    - Maximum packet size in bytes, V(68) to V(65535). IPv6 needs at least V(1280).
    - If omitted, it is not managed. The kernel's default is V(1500).
  type: int
up:
  description:
    - Whether the link is up.
  type: bool
  default: true
addrgenmode:
  description:
    - How the kernel generates the IPv6 link-local address, as in ip-link(8).
    - If omitted, a new link without an IPv6 address gets V(none), so that many namespaces on one bridge do not flood
      each other with IPv6 multicast. A new link with an IPv6 address keeps the kernel's default, and an existing link
      is left as it is.
  type: str
  choices: [none, eui64, random]
"""

END = (
    """
name:
  description:
    - Name of this end in its namespace.
    - 1 to 15 bytes, without white space, C(/), C(:) and C(%), not starting with C(-), and neither V(.) nor V(..).
  type: str
  required: true
netns:
  description:
    - The namespace that holds this end.
    - If omitted, it is the host's own namespace.
  type: str
bridge:
  description:
    - The bridge that this end is a port of. It is in the same namespace as the end.
    - It is changed in place. A bridge that does not exist is an C(InvalidArgument).
    - If omitted, it is not managed. M(netns.lab.bridge_port) detaches a link from its bridge. #single
    - If omitted, it is not managed, but the end is detached from the bridge that an earlier definition of the #nested
      same lab attached it to. #nested
  type: str
addresses:
  description:
    - Addresses of this end, each with its prefix length, such as V(192.168.15.1/24) or V(2001:db8:15::1/64).
    - A new IPv4 address gets the broadcast address that C(ip address add ... brd +) derives, where its prefix has one.
      A new IPv6 address is added C(nodad), that is, without duplicate address detection, so it can be used at once.
    - Other addresses on the link are left alone. #single
    - Addresses from an earlier definition of the same lab that are no longer listed are removed. #nested
      Other addresses on the link are left alone. #nested
    - If omitted, addresses are not managed.
  type: list
  elements: str
mac:
  description:
    - MAC address of this end, such as V(02:00:00:00:15:01). It must be a unicast address.
    - If omitted, it is not managed. The kernel assigns a random one to a new end.
  type: str
"""
    + _LINK
)

PEER = """
peer:
  description:
    - The other end of the pair.
    - It may be in the same namespace as the first end, or in another one.
    - Required unless O(state=absent). #single
  type: dict
  required: true #nested
  suboptions:
"""

BRIDGE = (
    """
name:
  description:
    - Name of the bridge in its namespace.
    - 1 to 15 bytes, without white space, C(/), C(:) and C(%), not starting with C(-), and neither V(.) nor V(..).
  type: str
  required: true
"""
    + NETNS_OF
    + """
addresses:
  description:
    - Addresses of the bridge itself, each with its prefix length, such as V(192.168.15.5/24).
    - A new IPv4 address gets the broadcast address that C(ip address add ... brd +) derives, where its prefix has
      one. A new IPv6 address is added C(nodad).
    - Other addresses on the bridge are left alone. #single
    - Addresses from an earlier definition of the same lab that are no longer listed are removed. #nested
      Other addresses on the bridge are left alone. #nested
    - If omitted, addresses are not managed.
  type: list
  elements: str
mac:
  description:
    - MAC address of the bridge, such as V(02:00:00:00:15:05), or V(auto).
    - If omitted, a new bridge gets a fixed one derived from the host's machine-id, the namespace and the name. It stays
      the same when the bridge is recreated and when ports come and go.
    - V(auto) leaves it to the kernel, which takes the lowest address among the ports and changes it with them.
  type: str
"""
    + _LINK
    + """
stp:
  description:
    - Whether the spanning tree protocol (STP) is enabled.
    - If omitted, it is not managed. The kernel's default is V(false).
  type: bool
forward_delay:
  description:
    - Forward delay in seconds, V(0) to V(30), at least V(2) with O(@stp=true).
    - If omitted, it is not managed. The kernel's default is V(15).
  type: int
vlan_filtering:
  description:
    - Whether the bridge filters by VLAN.
    - A kernel without bridge VLAN filtering is a C(Dependency) error if this is V(true).
    - If omitted, it is not managed. The kernel's default is V(false).
  type: bool
"""
)

VXLAN = (
    END.replace("this end", "the interface")
    .replace("new end", "new interface")
    .replace("the end ", "the interface ")
    .replace("the end.", "the interface.")
    .replace("default is V(1500)", "default is what fits into O(@dev)")
    + """
id:
  description:
    - The VXLAN network identifier (VNI), V(1) to V(16777215), the same on all hosts.
    - Changing it recreates the interface. A VNI that another VXLAN interface of the namespace uses with the same
      O(@dstport) is a C(Conflict).
    - Required unless O(state=absent). #single
  type: int
  required: true #nested
local:
  description:
    - Source address of the VXLAN packets, by which the other hosts reach this one. An address that no link of the
      namespace has is an C(InvalidArgument).
    - Changing it recreates the interface.
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
remotes:
  description:
    - The addresses of the other hosts, of the same family as O(@local). Broadcast, multicast and unknown unicast frames
      are sent to each of them (head-end replication). No multicast group is used.
    - The list is complete. It is changed in place, without disturbing other traffic.
    - If omitted, it is empty.
  type: list
  elements: str
fdb:
  description:
    - Which of the remotes a MAC address is behind. A frame for it goes there only.
    - The list is complete, except for learned entries. It is changed in place.
    - With O(@learning=false) and O(@bridge), the bridge gets these addresses as static entries too, and does not learn
      on this port. A learned entry would stay for minutes after a namespace has moved to another host.
    - If omitted, it is not managed.
  type: list
  elements: dict
  suboptions:
    mac:
      description: The MAC address.
      type: str
      required: true
    dst:
      description: The remote that it is behind, one of O(@remotes).
      type: str
      required: true
learning:
  description:
    - Whether the interface learns from incoming frames which remote a MAC address is behind.
    - Changing it recreates the interface.
    - If omitted, it is not managed. The kernel's default is V(true).
  type: bool
dev:
  description:
    - The underlying link. Packets to O(@remotes) and to the remotes in O(@fdb) leave by this link only. Packets to
      learned remotes follow the routes.
    - If omitted, it is the link that has O(@local). If that address has the prefix length 32 or 128, as in routed
      networks, there is none, and the routes decide.
  type: str
dstport:
  description:
    - UDP port, the same on all hosts. The firewall of each host must accept it.
  type: int
  default: 4789
"""
)

LINK = (
    END.replace("this end", "the link")
    .replace("new end", "new link")
    .replace("the end ", "the link ")
    .replace("the end.", "the link.")
    + """
kind:
  description:
    - The kind of the link, by its name in ip-link(8). An existing link of another kind is a C(Conflict).
    - V(dummy) drops what is sent through it. It holds addresses that belong to no wire.
    - V(macvlan) is a further MAC address on O(@link). It needs pyroute2.
    - Required unless O(state=absent). #single
  type: str
  choices: [dummy, macvlan]
  required: true #nested
link:
  description:
    - For V(macvlan), the link below, in the same namespace. It is neither a macvlan nor a bridge port.
    - If the link below is removed, this one goes with it.
    - Changing it recreates the link.
  type: str
mode:
  description:
    - For V(macvlan), which of the links on the same O(@link) it exchanges frames with, as in ip-link(8). V(passthru) is
      for a single one, which takes all frames of the link below.
    - It is changed in place. To or from V(passthru) recreates the link.
    - If omitted, it is not managed. The kernel's default is V(vepa).
  type: str
  choices: [private, vepa, bridge, passthru]
"""
)

BRIDGE_PORT = (
    """
dev:
  description:
    - The link to attach. It may be of any kind that the kernel accepts as a bridge port.
    - A link that does not exist is an C(InvalidArgument). #nested
    - A link that does not exist is an C(InvalidArgument), unless O(state=absent). #single
  type: str
  required: true
"""
    + NETNS_OF
    + """
bridge:
  description:
    - The bridge, in the same namespace as the link. It must exist, and has at most 1023 ports.
    - A link that is on another bridge is moved to this one.
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
hairpin:
  description:
    - Whether a frame may leave by the port that it arrived on.
    - If omitted, it is not managed. The kernel's default is V(false).
  type: bool
isolated:
  description:
    - Whether the port is isolated. It exchanges frames only with ports that are not isolated and with the bridge
      itself.
    - If omitted, it is not managed. The kernel's default is V(false).
  type: bool
learning:
  description:
    - Whether the bridge learns MAC addresses on the port.
    - If omitted, it is not managed. The kernel's default is V(true).
  type: bool
flood:
  description:
    - Whether unicast frames to unknown addresses are flooded to the port.
    - If omitted, it is not managed. The kernel's default is V(true).
  type: bool
cost:
  description:
    - STP path cost of the port, V(1) to V(65535).
    - If omitted, it is not managed. The kernel derives it from the link speed.
  type: int
priority:
  description:
    - STP priority of the port, V(0) to V(63).
    - If omitted, it is not managed. The kernel's default is V(32).
  type: int
"""
)


def veth(path: str = "", depth: int = 1, nested: bool = False) -> str:
    """The entry form of a veth pair: one end, and the other within it."""
    return (
        form(END, path, depth, nested) + form(PEER, path, depth, nested) + form(END, f"{path}peer.", depth + 2, nested)
    )


class ModuleDocFragment:
    """One attribute for each form of an entry.

    They are annotated because ansible-test reads plain assignments as texts, and these are computed.
    """

    VETH: str = "options:\n" + veth()
    BRIDGE: str = "options:\n" + form(BRIDGE)
    VXLAN: str = "options:\n" + form(VXLAN)
    LINK: str = "options:\n" + form(LINK)
    BRIDGE_PORT: str = "options:\n" + form(BRIDGE_PORT)
