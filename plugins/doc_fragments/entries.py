# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entry forms, each written once: as the options of its module and as the suboptions of ``topology``.

Marks in the texts, resolved by :func:`_form`:

- ``O(@mtu)`` names an option of the same entry, wherever the entry stands;
- a line that ends with ``#single`` is for the single module only;
- a line that ends with ``#nested`` is for the nested form only.
"""

from __future__ import annotations

_NETNS_OF = """
netns:
  description:
    - The namespace that this is in.
    - If omitted, it is the host's own namespace.
  type: str
"""

NETNS = """
name:
  description:
    - Name of the namespace, as C(ip netns list) shows it.
    - 1 to 255 bytes, without white space, C(/), C(:) and C(%), not starting with C(-), and neither V(.) nor V(..).
    - Always compared as a whole. V(red) never matches V(red2).
  type: str
  required: true
lo_up:
  description:
    - Whether the loopback device C(lo) of the namespace is up.
  type: bool
  default: true
sysctls:
  description:
    - Sysctls set inside the namespace, as dotted name and value, for example C(net.ipv4.ip_forward) and V(1).
    - Names and values are as in M(netns.lab.netns_sysctl).
    - Sysctls that are not listed are not managed.
    - A sysctl that is no longer listed in a later run of the same lab is restored to the value it had before, #nested
      as long as the namespace exists. #nested
  type: dict
resolv_conf:
  description:
    - Content of C(/etc/netns/NAME/resolv.conf), which C(ip netns exec) mounts over C(/etc/resolv.conf). See
      ip-netns(8).
    - An existing file with other content that the collection did not write is a C(Conflict). #nested
    - If omitted, the file is not managed.
  type: str
hosts:
  description:
    - Content of C(/etc/netns/NAME/hosts), which C(ip netns exec) mounts over C(/etc/hosts). See ip-netns(8).
    - An existing file with other content that the collection did not write is a C(Conflict). #nested
    - If omitted, the file is not managed.
  type: str
"""

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
    + _NETNS_OF
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
    + _NETNS_OF
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

ADDRESS = (
    _NETNS_OF
    + """
dev:
  description:
    - The link that has the address. It must exist.
  type: str
  required: true
address:
  description:
    - The address with its prefix length, such as V(192.168.15.1/24) or V(2001:db8:15::1/64).
    - If the link has it with another prefix length, that one is replaced if the collection added it, and is a
      C(Conflict) otherwise.
    - A new IPv6 address is added C(nodad), that is, without duplicate address detection, so it can be used at once.
  type: str
  required: true
broadcast:
  description:
    - Broadcast address of an IPv4 address, such as V(192.168.15.255).
    - If omitted, it is not managed. A new address gets the one that C(ip address add ... brd +) derives from its
      prefix.
  type: str
"""
)

SYSCTL = (
    _NETNS_OF
    + """
name:
  description:
    - Dotted name of the sysctl, for example V(net.ipv4.ip_forward). Only names below C(net.) are accepted.
    - A dot within the name of a link is written as a slash, as in sysctl(8), for example
      V(net.ipv4.conf.eth0/42.forwarding).
    - With slashes as separators a dot is a plain dot, V(net/ipv4/conf/eth0.42/forwarding).
    - A sysctl that the kernel does not have is a C(Dependency) error.
    - One that exists only on the host, such as C(net.core.rmem_max), cannot be set in a namespace.
  type: str
  required: true
value:
  description:
    - The value, as for sysctl(8). Quote it, so that YAML does not change it.
    - White space between the parts of a value does not matter. C(true) is 1, and C(false) is 0.
    - A value that the kernel only writes differently, such as C(8080-8081) for C(8080,8081), is not a change.
    - Enabling IPv6 forwarding also sets C(accept_ra) from 1 to 2 on links that use router advertisements, which would
      lose their default route otherwise.
    - A value that differs from the one another lab has set is a C(Conflict).
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
"""
)

ROUTE = (
    _NETNS_OF
    + """
dst:
  description:
    - The destination, V(default) or a prefix such as V(192.168.1.0/24). A plain address is a host route.
    - V(default) is the IPv4 default route, unless O(@gateway) or O(@src) is an IPv6 address. V(::/0) is always the
      IPv6 default route, V(0.0.0.0/0) the IPv4 one.
    - A prefix with host bits set is an C(InvalidArgument).
  type: str
  required: true
type:
  description:
    - V(unicast) forwards packets. The other types discard them, and take none of O(@gateway), O(@dev), O(@src) and
      O(@onlink).
    - V(blackhole) drops silently, V(unreachable) answers with ICMP host unreachable, V(prohibit) with ICMP
      administratively prohibited.
  type: str
  choices: [unicast, blackhole, unreachable, prohibit]
  default: unicast
gateway:
  description:
    - Address of the next hop. It must be in the subnet of a link of the namespace, or covered by a route without a
      gateway, unless O(@onlink=true). An IPv6 link-local address needs O(@dev).
    - A route of type V(unicast) needs this or O(@dev), or both. Without a gateway the destination is directly on the
      link.
  type: str
dev:
  description:
    - The outgoing link.
    - If omitted, the kernel takes the link that reaches O(@gateway).
  type: str
src:
  description:
    - Preferred source address. It must be one of the namespace's own.
    - If omitted, it is not managed and the kernel chooses.
  type: str
metric:
  description:
    - Preference among routes to the same destination. The lowest wins. V(0) is for IPv4 only.
    - If omitted, it is the kernel's default, V(0) for IPv4 and V(1024) for IPv6.
    - Routes of the same O(@netns), O(@table), O(@dst) and metric are one route, which is changed in place. The kernel's
      own route of a connected subnet, which has metric 0, or 256 for IPv6, is never changed. That is a C(Conflict).
  type: int
table:
  description:
    - The routing table, as a number, V(main), V(local), V(default), or a name from C(/etc/iproute2/rt_tables) on the
      managed host.
  type: str
  default: main
onlink:
  description:
    - Whether O(@gateway) is taken to be on the link although no subnet of the link contains it. Needs O(@gateway) and
      O(@dev).
    - If omitted, it is V(false).
  type: bool
"""
)

RULE = (
    _NETNS_OF
    + """
priority:
  description:
    - Priority of the rule, V(1) or higher. The lowest number is evaluated first.
    - There is one rule for each O(@netns), O(@family) and priority. C(ip rule list) shows those in use.
    - It is required. The error for an entry without it says how to choose one.
  type: int
family:
  description:
    - Address family of the rule.
    - If omitted, it is that of O(@from) or O(@to), and V(ipv4) without either.
  type: str
  choices: [ipv4, ipv6]
from:
  description:
    - Source prefix to match. If omitted, or V(0.0.0.0/0) or V(::/0), any source.
  type: str
to:
  description:
    - Destination prefix to match. If omitted, or V(0.0.0.0/0) or V(::/0), any destination.
  type: str
iif:
  description:
    - Incoming link to match, V(lo) for packets of the namespace itself. If omitted, any link.
  type: str
fwmark:
  description:
    - Firewall mark to match, V(MARK) or V(MARK/MASK), decimal or hexadecimal. Quote it. If omitted, any mark.
  type: str
table:
  description:
    - The routing table to look up, as a number, V(main), V(local), V(default), or a name from
      C(/etc/iproute2/rt_tables) on the managed host.
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
"""
)

MASQUERADE = (
    _NETNS_OF
    + r"""
source:
  description:
    - Packets from this prefix, for example V(192.168.15.0/24), get the address of the outgoing link as their source.
    - A prefix with host bits set is an C(InvalidArgument), and so is one that is never a source, such as
      C(224.0.0.0/4).
    - V(0.0.0.0/0) is everything that leaves by O(@out_interface), which is required then. V(::/0) is the same for IPv6.
    - If omitted, V(0.0.0.0/0).
    - IPv4 and IPv6 need one entry each.
  type: str
out_interface:
  description:
    - Only packets that leave by this link are translated. The link need not exist yet.
    - A V(*) at the end matches all links with that prefix, as in nft. A name that itself ends in C(*) is written with
      C(\*). Names with C(") or C(\) are an C(InvalidArgument), as nft cannot write them.
    - If omitted, any link.
  type: str
exclude:
  description:
    - Destination prefixes that are not translated, of the same family as O(@source).
    - O(@source) itself is always excluded, unless it is everything, so traffic within the prefix is not translated.
    - Excluding everything is an C(InvalidArgument).
  type: list
  elements: str
ip_forward:
  description:
    - V(true) sets C(net.ipv4.ip_forward) to C(1), or C(net.ipv6.conf.all.forwarding) for an IPv6 O(@source), and
      records the value from before. That value is restored when the last entry that needs forwarding is removed.
    - If V(false) or omitted, the sysctl is not managed. Without forwarding no packet is translated.
  type: bool
"""
)

PORT_FORWARD = (
    _NETNS_OF
    + """
protocol:
  description:
    - The protocol.
  type: str
  choices: [tcp, udp]
  required: true
port:
  description:
    - The port on the host, V(1) to V(65535), or a range such as V(8000-8010).
    - A range is one forward, created and removed as a whole. If the ports stay the same, it costs no more than a single
      port. If they change, it takes one nftables element for each port.
    - A port that is already used by another forward of the same O(@protocol), O(@listen) address and family is a
      C(Conflict), or an C(InvalidArgument) within one definition. A forward with a O(@listen) address takes precedence
      over one for any address.
  type: str
  required: true
to:
  description:
    - The destination, such as V(192.168.15.2:80) or V([2001:db8:15::2]:80), or an address alone.
    - A range of O(@port) maps one to one to ports from this one on. Without a port here, the ports stay the same.
    - An address that no forwarded connection can have, such as a loopback address, is an C(InvalidArgument). The kernel
      drops packets between loopback and other links. Let the service listen on an address of the host.
    - An IPv6 address whose end could be read as a port, such as V(fd00::1:80), needs brackets, V([fd00::1:80]) or
      V([fd00::1]:80).
    - Required unless O(state=absent). #single
  type: str
  required: true #nested
listen:
  description:
    - Addresses of this host to forward from, of the same family as O(@to).
    - If omitted, any address of the host. Traffic that is routed through the host is not affected.
    - The host's own connections to these addresses are forwarded too, but never those to loopback, C(127.0.0.0/8) and
      C(::1), so no loopback address can be given.
  type: list
  elements: str
hairpin:
  description:
    - Whether connections from inside the lab to the host's address and O(@port) work too, even from the destination
      itself.
    - They then reach the destination with an address of the host as source, so that replies go back through the host.
  type: bool
  default: true
"""
)


def _form(text: str, path: str = "", depth: int = 1, nested: bool = False) -> str:
    """One entry form as YAML options.

    :param text: an entry form with marks.
    :param path: what stands before the entry's own options in an option's name, e.g. ``veths[].``.
    :param depth: levels of indentation.
    :param nested: whether the entry stands in a list of ``topology``.
    """
    dropped, kept = ("#single", "#nested") if nested else ("#nested", "#single")
    lines = (line.removesuffix(kept).rstrip() for line in text.splitlines() if not line.endswith(dropped))
    return "\n".join(line and "  " * depth + line for line in lines).replace("O(@", f"O({path}") + "\n"


def _veth(path: str = "", depth: int = 1, nested: bool = False) -> str:
    """The entry form of a veth pair: one end, and the other within it."""
    return (
        _form(END, path, depth, nested)
        + _form(PEER, path, depth, nested)
        + _form(END, f"{path}peer.", depth + 2, nested)
    )


#: list option of ``topology`` -> (description, entry form)
_LISTS = {
    "namespaces": (
        "Network namespaces, as in M(netns.lab.netns). One that needs only a name may be written as a plain name.",
        NETNS,
    ),
    "bridges": ("Bridges, as in M(netns.lab.bridge). A plain name will do, as in O(namespaces).", BRIDGE),
    "veths": ("Veth pairs, as in M(netns.lab.veth).", None),
    "vxlans": ("VXLAN interfaces, as in M(netns.lab.vxlan).", VXLAN),
    "bridge_ports": ("Other links as bridge ports, and options of ports, as in M(netns.lab.bridge_port).", BRIDGE_PORT),
    "addresses": ("Addresses on any link, as in M(netns.lab.netns_address).", ADDRESS),
    "sysctls": ("Network sysctls, as in M(netns.lab.netns_sysctl).", SYSCTL),
    "routes": ("Routes, as in M(netns.lab.netns_route).", ROUTE),
    "rules": ("Policy routing rules, as in M(netns.lab.netns_rule).", RULE),
    "masquerades": ("Masquerading (source NAT), as in M(netns.lab.nat_masquerade).", MASQUERADE),
    "port_forwards": ("Port forwards (DNAT), as in M(netns.lab.port_forward).", PORT_FORWARD),
}


#: the option that only an entry of a list of ``topology`` has
_HOST = """
host:
  description:
    - In a lab that spans hosts, the inventory host that this is on. See O(span).
    - A group means all of its hosts. Namespaces of a group are spread over its hosts in turn, in the order of their
      names.
    - If omitted, an entry is on the host of its namespace. An entry without a namespace is on the host of what it
      belongs to, a veth pair with its other end, a port with its link, NAT where an address of the subnet is. Sysctls,
      routes and rules without a namespace are on every host of the lab.
  type: str
"""


def _topology() -> str:
    """The lists of ``topology``, each with its entry form as suboptions."""
    parts = []
    for option, (description, text) in _LISTS.items():
        parts.append(f"  {option}:\n    description:\n      - {description}\n    type: list\n    elements: dict\n")
        parts.append("    suboptions:\n")
        path = f"{option}[]."
        parts.append(_form(_HOST, path, 3, nested=True))
        parts.append(_form(text, path, 3, nested=True) if text else _veth(path, 3, nested=True))
    return "".join(parts)


class ModuleDocFragment:
    """One attribute for each entry form, and one for all of them nested.

    They are annotated because ansible-test reads plain assignments as texts, and these are computed.
    """

    NETNS: str = "options:\n" + _form(NETNS)
    VETH: str = "options:\n" + _veth()
    BRIDGE: str = "options:\n" + _form(BRIDGE)
    VXLAN: str = "options:\n" + _form(VXLAN)
    BRIDGE_PORT: str = "options:\n" + _form(BRIDGE_PORT)
    ADDRESS: str = "options:\n" + _form(ADDRESS)
    SYSCTL: str = "options:\n" + _form(SYSCTL)
    ROUTE: str = "options:\n" + _form(ROUTE)
    RULE: str = "options:\n" + _form(RULE)
    MASQUERADE: str = "options:\n" + _form(MASQUERADE)
    PORT_FORWARD: str = "options:\n" + _form(PORT_FORWARD)
    TOPOLOGY: str = "options:\n" + _topology()
