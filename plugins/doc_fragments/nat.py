# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of masquerades and of port forwards."""

from __future__ import annotations

from ansible_collections.netns.lab.plugins.plugin_utils.forms import NETNS_OF, form

MASQUERADE = (
    NETNS_OF
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
    NETNS_OF
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


class ModuleDocFragment:
    """One attribute for each form of an entry.

    They are annotated because ansible-test reads plain assignments as texts, and these are computed.
    """

    MASQUERADE: str = "options:\n" + form(MASQUERADE)
    PORT_FORWARD: str = "options:\n" + form(PORT_FORWARD)
