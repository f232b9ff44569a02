# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of addresses, routes and rules."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.plugin_utils.forms import NETNS_OF, form

ADDRESS = (
    NETNS_OF
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

ROUTE = (
    NETNS_OF
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
    NETNS_OF
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


class ModuleDocFragment:
    """One attribute for each form of an entry.

    They are annotated because ansible-test reads plain assignments as texts, and these are computed.
    """

    ADDRESS: str = "options:\n" + form(ADDRESS)
    ROUTE: str = "options:\n" + form(ROUTE)
    RULE: str = "options:\n" + form(RULE)
