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
    - Not given, it is the host's own namespace.
  type: str
"""

NETNS = """
name:
  description:
    - Name of the namespace, as C(ip netns list) shows it.
    - 1 to 255 bytes, without white space, C(/), C(:) and C(%), no C(-) in front, and neither V(.) nor V(..).
    - Always compared whole. V(red) is never V(red2).
  type: str
  required: true
lo_up:
  description:
    - Whether the loopback device C(lo) of the namespace is up.
  type: bool
  default: true
sysctls:
  description:
    - Kernel parameters set inside the namespace, as dotted name and value, for example C(net.ipv4.ip_forward) and
      V(1).
    - Names and values are as in M(netns.lab.netns_sysctl).
    - Parameters that are not named here are not managed.
    - A parameter that is no longer named in a later run of the same lab gets back the value that it had #nested
      before, as long as the namespace lives. #nested
  type: dict
resolv_conf:
  description:
    - Content of C(/etc/netns/NAME/resolv.conf), which C(ip netns exec) shows its commands as C(/etc/resolv.conf).
      See ip-netns(8).
    - A file of another content that the collection did not write is a C(Conflict). #nested
    - Not given, the file is not managed.
  type: str
hosts:
  description:
    - Content of C(/etc/netns/NAME/hosts), which C(ip netns exec) shows its commands as C(/etc/hosts). See
      ip-netns(8).
    - A file of another content that the collection did not write is a C(Conflict). #nested
    - Not given, the file is not managed.
  type: str
"""

_LINK = """
mtu:
  description:
    - Largest packet in bytes, V(68) to V(65535). IPv6 needs at least V(1280).
    - Not given, it is not managed. The kernel gives a new link V(1500).
  type: int
up:
  description:
    - Whether the link is up.
  type: bool
  default: true
addrgenmode:
  description:
    - How the kernel makes the IPv6 link-local address, as in ip-link(8).
    - Not given, a new link that is given no IPv6 address gets V(none), so that many namespaces on one bridge do not
      flood each other with IPv6 multicast. A new link that is given an IPv6 address keeps the kernel's default, and
      an existing link is left as it is.
  type: str
  choices: [none, eui64, random]
"""

END = (
    """
name:
  description:
    - Name of this end in its namespace.
    - 1 to 15 bytes, without white space, C(/), C(:) and C(%), no C(-) in front, and neither V(.) nor V(..).
  type: str
  required: true
netns:
  description:
    - The namespace that holds this end.
    - Not given, it is the host's own namespace.
  type: str
bridge:
  description:
    - The bridge that this end is a port of. It is in the same namespace as the end.
    - Another bridge is a change in place. A bridge that does not exist is an C(InvalidArgument).
    - Not given, it is not managed. M(netns.lab.bridge_port) takes a link off its bridge. #single
    - Not given, it is not managed, but the end is taken off the bridge that an earlier definition of the same #nested
      lab put it on. #nested
  type: str
addresses:
  description:
    - Addresses of this end, each with its prefix length, such as V(192.168.15.1/24) or V(2001:db8:15::1/64).
    - A new IPv4 address gets the broadcast address that C(ip address add ... brd +) derives, where its prefix has
      one. A new IPv6 address is added C(nodad), that is, without duplicate address detection, and so can be used at
      once.
    - Other addresses found on the link are left alone. #single
    - Addresses that an earlier definition of the same lab gave and this one no longer names are removed. #nested
      Others found on the link are left alone. #nested
    - Not given, addresses are not managed.
  type: list
  elements: str
mac:
  description:
    - Hardware address of this end, such as V(02:00:00:00:15:01). It must be a unicast address.
    - Not given, it is not managed. The kernel gives a new end a random one.
  type: str
"""
    + _LINK
)

PEER = """
peer:
  description:
    - The other end of the cable.
    - It may be in the same namespace as the first end, or in another one.
    - Needed unless O(state=absent). #single
  type: dict
  required: true #nested
  suboptions:
"""

BRIDGE = (
    """
name:
  description:
    - Name of the bridge in its namespace.
    - 1 to 15 bytes, without white space, C(/), C(:) and C(%), no C(-) in front, and neither V(.) nor V(..).
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
    - Other addresses found on the bridge are left alone. #single
    - Addresses that an earlier definition of the same lab gave and this one no longer names are removed. #nested
      Others found on the bridge are left alone. #nested
    - Not given, addresses are not managed.
  type: list
  elements: str
mac:
  description:
    - Hardware address of the bridge, such as V(02:00:00:00:15:05), or V(auto).
    - Not given, a new bridge gets a fixed one made from the host's machine-id, the namespace and the name. It is
      the same whenever the bridge is made again, and does not change as ports come and go.
    - V(auto) leaves it to the kernel, which takes the lowest address among the ports and changes it with them.
  type: str
"""
    + _LINK
    + """
stp:
  description:
    - Whether the bridge takes part in the spanning tree protocol.
    - Not given, it is not managed. The kernel makes a new bridge without.
  type: bool
forward_delay:
  description:
    - Forward delay in seconds, V(0) to V(30), from V(2) on with O(@stp=true).
    - Not given, it is not managed. The kernel gives a new bridge V(15).
  type: int
vlan_filtering:
  description:
    - Whether the bridge filters by VLAN.
    - A kernel without bridge VLAN filtering is a C(Dependency) error if this is V(true).
    - Not given, it is not managed. The kernel makes a new bridge without.
  type: bool
"""
)

VXLAN = (
    END.replace("this end", "the tunnel")
    .replace("new end", "new tunnel")
    .replace("the end ", "the tunnel ")
    .replace("the end.", "the tunnel.")
    .replace("gives a new link V(1500)", "gives a new tunnel what fits into O(@dev)")
    + """
id:
  description:
    - The VXLAN network identifier (VNI), V(1) to V(16777215), the same on all hosts that the tunnel joins.
    - Another one lays the tunnel anew. One that another tunnel of the namespace has at the same O(@dstport) is a
      C(Conflict).
    - Needed unless O(state=absent). #single
  type: int
  required: true #nested
local:
  description:
    - The address by which the other hosts reach this one. A link of the same namespace has it, or it is an
      C(InvalidArgument).
    - Another one lays the tunnel anew.
    - Needed unless O(state=absent). #single
  type: str
  required: true #nested
remotes:
  description:
    - The addresses of the other hosts, of the same family as O(@local). A frame for all, or for one whose place is
      not known yet, goes to each of them (static head-end replication). Multicast is not used.
    - The list is complete. Another one is a change in place that leaves the rest of the traffic alone.
    - Not given, it is empty.
  type: list
  elements: str
fdb:
  description:
    - Which host a hardware address is on. A frame for it goes there only.
    - The list is complete, but for what the tunnel learns. Another one is a change in place.
    - With O(@learning=false) and O(@bridge), the bridge keeps these addresses too, and learns none from this port. It
      would hold what it learned for minutes after a namespace has moved to another host.
    - Not given, it is not managed.
  type: list
  elements: dict
  suboptions:
    mac:
      description: The hardware address.
      type: str
      required: true
    dst:
      description: The address of the host, one of O(@remotes).
      type: str
      required: true
learning:
  description:
    - Whether the tunnel learns from the frames that come in which host a hardware address is on.
    - Another value lays the tunnel anew.
    - Not given, it is not managed. The kernel makes a new tunnel that learns.
  type: bool
dev:
  description:
    - The link that carries the tunnel. Frames to O(@remotes) and to what O(@fdb) has leave by no other. Where a frame to
      a place that was learnt leaves is up to the routes.
    - Not given, it is the link that has O(@local). If that address stands alone, with the prefix length 32 or 128, as
      in routed networks, it is none, and the routes tell the link.
  type: str
dstport:
  description:
    - UDP port, the same on all hosts. The firewall of each host has to let it in.
  type: int
  default: 4789
"""
)

BRIDGE_PORT = (
    """
dev:
  description:
    - The link that is the port. It may be of any kind that the kernel takes on a bridge.
    - A link that does not exist is an C(InvalidArgument). #nested
    - A link that does not exist is an C(InvalidArgument), unless O(state=absent). #single
  type: str
  required: true
"""
    + _NETNS_OF
    + """
bridge:
  description:
    - The bridge, in the same namespace as the link. It must exist, and takes at most 1023 ports.
    - A link that is on another bridge is moved to this one.
    - Needed unless O(state=absent). #single
  type: str
  required: true #nested
hairpin:
  description:
    - Whether a frame may leave by the port that it came in by.
    - Not given, it is not managed. The kernel starts with V(false).
  type: bool
isolated:
  description:
    - Whether the port is kept apart from other isolated ports. Frames pass between it and ports that are not
      isolated, and the bridge itself.
    - Not given, it is not managed. The kernel starts with V(false).
  type: bool
learning:
  description:
    - Whether the bridge learns addresses from frames that come in by the port.
    - Not given, it is not managed. The kernel starts with V(true).
  type: bool
flood:
  description:
    - Whether unicast frames to an unknown address go out by the port.
    - Not given, it is not managed. The kernel starts with V(true).
  type: bool
cost:
  description:
    - Path cost of the port for the spanning tree, V(1) to V(65535).
    - Not given, it is not managed. The kernel derives it from the speed of the link.
  type: int
priority:
  description:
    - Priority of the port for the spanning tree, V(0) to V(63).
    - Not given, it is not managed. The kernel starts with V(32).
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
    - Where it stands on the link with another prefix length, that one is replaced if the collection made it, and is
      a C(Conflict) if it did not.
    - A new IPv6 address is added C(nodad), that is, without duplicate address detection, and so can be used at
      once.
  type: str
  required: true
broadcast:
  description:
    - Broadcast address of an IPv4 address, such as V(192.168.15.255).
    - Not given, it is not managed. A new address gets the one that C(ip address add ... brd +) derives from its
      prefix.
  type: str
"""
)

SYSCTL = (
    _NETNS_OF
    + """
name:
  description:
    - Dotted name of the kernel parameter, for example V(net.ipv4.ip_forward). Only those below C(net.) are taken.
    - A dot within the name of a link is written as a slash, as in sysctl(8), for example
      V(net.ipv4.conf.eth0/42.forwarding).
    - With slashes between the parts a dot stands for itself, V(net/ipv4/conf/eth0.42/forwarding).
    - A parameter that the kernel does not have is a C(Dependency) error.
    - One that belongs to the host alone, such as C(net.core.rmem_max), cannot be set in a namespace.
  type: str
  required: true
value:
  description:
    - The value, as C(sysctl) takes it. Quote it, so that YAML does not change it.
    - White space between the parts of a value does not matter. C(true) is 1, and C(false) is 0.
    - Where the kernel says the value in other words, as C(8080-8081) for C(8080,8081), it is not a change.
    - IPv6 forwarding set to 1 also sets C(accept_ra) of links that live by router advertisements from 1 to 2, or they
      would lose their default route.
    - Another value than a lab holds the parameter at is a C(Conflict).
    - Needed unless O(state=absent). #single
  type: str
  required: true #nested
"""
)

ROUTE = (
    _NETNS_OF
    + """
dst:
  description:
    - The destination, V(default) or a prefix such as V(192.168.1.0/24). A plain address is that one host.
    - V(default) is the IPv4 default route, unless O(@gateway) or O(@src) is an IPv6 address. V(::/0) is always the
      IPv6 default route, V(0.0.0.0/0) the IPv4 one.
    - A prefix with host bits set is an C(InvalidArgument).
  type: str
  required: true
type:
  description:
    - V(unicast) sends packets on. The others do not, and take none of O(@gateway), O(@dev), O(@src) and O(@onlink).
    - V(blackhole) drops without a word, V(unreachable) answers "host unreachable", V(prohibit) "administratively
      prohibited".
  type: str
  choices: [unicast, blackhole, unreachable, prohibit]
  default: unicast
gateway:
  description:
    - Address of the next router. It must be in the subnet of a link of the namespace, or on a route that has no
      gateway, unless O(@onlink=true). An IPv6 link-local address needs O(@dev).
    - A route of type V(unicast) needs this or O(@dev), or both. Without a gateway the destination is on the link
      itself.
  type: str
dev:
  description:
    - The link by which packets leave.
    - Not given, the kernel takes the link that reaches O(@gateway).
  type: str
src:
  description:
    - The address that the namespace prefers as source on this route. It must be one of its own.
    - Not given, it is not managed. The kernel chooses.
  type: str
metric:
  description:
    - Preference among routes to the same destination, the lowest wins. V(0) is for IPv4 only.
    - Not given, it is the kernel's default, V(0) for IPv4 and V(1024) for IPv6.
    - Routes of the same O(@netns), O(@table), O(@dst) and metric are one route, which is changed in place. The kernel's own
      route of a connected subnet, which has metric 0, for IPv6 256, is never changed, a C(Conflict) says so.
  type: int
table:
  description:
    - The routing table, as a number, as V(main), V(local) or V(default), or by a name that
      the managed host has for it (C(/etc/iproute2/rt_tables)).
  type: str
  default: main
onlink:
  description:
    - Whether O(@gateway) counts as on the link although no subnet of the link has it. Needs both O(@gateway) and
      O(@dev).
    - Not given, it is not.
  type: bool
"""
)

RULE = (
    _NETNS_OF
    + """
priority:
  description:
    - Place of the rule in the list, from V(1) on. The lowest number is asked first.
    - There is one rule for each O(@netns), O(@family) and priority. C(ip rule list) shows those that are taken.
    - It must be given. The error of an entry without one says how to choose it.
  type: int
family:
  description:
    - Address family of the rule.
    - Not given, it is that of O(@from) or O(@to), and V(ipv4) without either.
  type: str
  choices: [ipv4, ipv6]
from:
  description:
    - Prefix that the source must be in. Not given, or V(0.0.0.0/0) or V(::/0), any source.
  type: str
to:
  description:
    - Prefix that the destination must be in. Not given, or V(0.0.0.0/0) or V(::/0), any destination.
  type: str
iif:
  description:
    - Link that the packet must have come in by, V(lo) for packets of the namespace itself. Not given, any link.
  type: str
fwmark:
  description:
    - Mark that the packet must have, V(MARK) or V(MARK/MASK), decimal or hexadecimal. Quote it. Not given, any
      mark.
  type: str
table:
  description:
    - The routing table to look into, as a number, as V(main), V(local) or V(default), or by a name that
      the managed host has for it (C(/etc/iproute2/rt_tables)).
    - Needed unless O(state=absent). #single
  type: str
  required: true #nested
"""
)

MASQUERADE = (
    _NETNS_OF
    + r"""
source:
  description:
    - Packets from this prefix leave with the address of the link that they leave by, for example
      V(192.168.15.0/24).
    - A prefix with host bits set is an C(InvalidArgument), and so is one that no packet comes from, such as
      C(224.0.0.0/4).
    - V(0.0.0.0/0) is all that leaves by O(@out_interface), which must be given then, and V(::/0) the same for IPv6.
    - Not given, V(0.0.0.0/0).
    - IPv4 and IPv6, one entry each.
  type: str
out_interface:
  description:
    - Only packets that leave by this link are translated. The link need not exist yet.
    - A V(*) at the end stands for all links whose names begin so, as in nft. A name that itself ends in one is written
      C(\*) there. Names with C(") or C(\) are an C(InvalidArgument), as nft has no way to write them.
    - Not given, any link.
  type: str
exclude:
  description:
    - Prefixes that as destinations are not translated, of the same family as O(@source).
    - O(@source) itself is always excluded, unless it is everything, so traffic between its own addresses keeps them.
    - To exclude all there is, is an C(InvalidArgument).
  type: list
  elements: str
ip_forward:
  description:
    - V(true) sets C(net.ipv4.ip_forward) to C(1), for an IPv6 O(@source) C(net.ipv6.conf.all.forwarding), and
      remembers what was there. When the last holder goes, on removal of this entry or of the lab, the prior value
      returns.
    - V(false) and not given, the parameter is not managed. Without forwarding no packet gets as far as the
      translation.
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
    - The port to catch, V(1) to V(65535), or a range such as V(8000-8010).
    - A range is one forward, which is made and removed as a whole. Where its ports stay the same it costs no more than
      a single port. Where they change it has one element of nftables for each port.
    - A port that another forward of the same O(@protocol), O(@listen) address and family takes is a C(Conflict), or
      an C(InvalidArgument) within one definition. Of two forwards of one port, one at an address and one at any, the
      one at the address wins there.
  type: str
  required: true
to:
  description:
    - Where connections go, V(192.168.15.2:80), V([2001:db8:15::2]:80) or an address alone.
    - A range of O(@port) goes one to one to as many ports from this one on. Without a port here, ports stay the
      same.
    - An address that no connection through the host can have, such as one of loopback, is an C(InvalidArgument). The
      kernel drops what crosses between loopback and another link. Let the service listen on an address of the host.
    - An IPv6 address whose end may be a port, such as V(fd00::1:80), needs brackets, V([fd00::1:80]) or
      V([fd00::1]:80).
    - Needed unless O(state=absent). #single
  type: str
  required: true #nested
listen:
  description:
    - Addresses of this host to catch, of the same family as O(@to).
    - Not given, any address of the host itself. Traffic that only passes through the host is never caught.
    - The host's own connections to these addresses are caught too. Those to loopback, C(127.0.0.0/8) and C(::1), never
      are, so none of its addresses can be given.
  type: list
  elements: str
hairpin:
  description:
    - Whether a connection from inside the lab to the host's address and O(@port) works too, even from the target
      itself.
    - It then comes to the target with an address of the host as source, so that answers go back through the host.
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
    """The entry form of a cable: one end, and the other within it."""
    return (
        _form(END, path, depth, nested)
        + _form(PEER, path, depth, nested)
        + _form(END, f"{path}peer.", depth + 2, nested)
    )


#: list option of ``topology`` -> (description, entry form)
_LISTS = {
    "namespaces": (
        "Namespaces, as in M(netns.lab.netns). One that needs nothing but a name may be written as its name.",
        NETNS,
    ),
    "bridges": ("Switches, as in M(netns.lab.bridge). The name alone will do, as in O(namespaces).", BRIDGE),
    "veths": ("Cables, as in M(netns.lab.veth).", None),
    "vxlans": ("Tunnels from host to host, as in M(netns.lab.vxlan).", VXLAN),
    "bridge_ports": ("Other links as bridge ports, and port options, as in M(netns.lab.bridge_port).", BRIDGE_PORT),
    "addresses": ("Further addresses on any link, as in M(netns.lab.netns_address).", ADDRESS),
    "sysctls": ("Kernel parameters, as in M(netns.lab.netns_sysctl).", SYSCTL),
    "routes": ("Routes, as in M(netns.lab.netns_route).", ROUTE),
    "rules": ("Policy rules, as in M(netns.lab.netns_rule).", RULE),
    "masquerades": ("Source translation, as in M(netns.lab.nat_masquerade).", MASQUERADE),
    "port_forwards": ("Port forwards, as in M(netns.lab.port_forward).", PORT_FORWARD),
}


#: the option that only an entry of a list of ``topology`` has
_HOST = """
host:
  description:
    - The host of the inventory that this stands on, of a lab that spans hosts. See O(span).
    - A group is all of its hosts. Namespaces of a group are given to its hosts in turn, in the order of their names.
    - Not given, an entry stands where its namespace does. What has no namespace stands where what it belongs to does,
      a cable with its other end, a port with its link, translation and port forwards where an address of the subnet
      is. Parameters, routes and rules of no namespace are on every host of the lab.
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
