#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology_info
short_description: Gather information about labs
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Returns the labs that M(netns.lab.topology) built, with what the kernel has of them now.
  - The definition comes from the record of the lab, all else from the kernel. A link that was removed by hand is
    missing here.
  - What the single modules made is told as a lab of the name C(+modules).
  - Never changes anything.
requirements:
  - The program C(nft) on the managed host (package C(nftables)), only for RV(labs[].masquerades) and
    RV(labs[].port_forwards)
options:
  name:
    description:
      - Name of the lab to tell of. One that is not there is an empty list, not a failure.
      - Not given, all labs of the host.
    type: str
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.topology
  - module: netns.lab.reachability
"""

EXAMPLES = r"""
- name: Make a lab of two namespaces and one cable
  netns.lab.topology:
    name: cable
    namespaces:
      - name: red
      - name: blue
    veths:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24]
        peer:
          name: veth-blue
          netns: blue
          addresses: [192.168.15.2/24]

- name: Ask for all labs of the host
  netns.lab.topology_info:
  register: found

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ found.labs | map(attribute='name') }}"

- name: Ask for one
  netns.lab.topology_info:
    name: cable
  register: cable

- name: Show what each end has
  ansible.builtin.debug:
    msg: "{{ cable.labs[0].addresses }}"
"""

RETURN = r"""
labs:
  description: The labs, in the order of their names. Everywhere in it, C(netns) is empty for the host's own namespace.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the lab.
      returned: always
      type: str
      sample: red-blue
    definition:
      description: The definition that was applied last, as the lists of M(netns.lab.topology), defaults filled in.
      returned: always
      type: dict
    namespaces:
      description: The namespaces that the lab made.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: Name of the namespace.
          returned: always
          type: str
          sample: red
        inode:
          description: The number by which the kernel knows the namespace.
          returned: always
          type: int
          sample: 4026532305
        lo_up:
          description: Whether C(lo) is up.
          returned: always
          type: bool
          sample: true
    links:
      description: The links that the lab made or that are in its namespaces. Bridges and ports have their options too.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: red
        name:
          description: Name of the link.
          returned: always
          type: str
          sample: veth-red
        kind:
          description: Kind of the link.
          returned: always
          type: str
          sample: veth
        up:
          description: Whether the link is up.
          returned: always
          type: bool
          sample: true
        mtu:
          description: Largest packet in bytes.
          returned: always
          type: int
          sample: 1500
        mac:
          description: Hardware address.
          returned: always
          type: str
          sample: 5a:0c:8e:37:b1:f0
        addrgenmode:
          description: How the IPv6 link-local address is made.
          returned: always
          type: str
          sample: none
        bridge:
          description: The bridge that the link is a port of, null without one.
          returned: always
          type: str
          sample: null
        peer:
          description: The other end of a cable, null for other links.
          returned: always
          type: dict
          contains:
            netns:
              description: The namespace of the other end.
              returned: always
              type: str
              sample: ""
            name:
              description: Name of the other end.
              returned: always
              type: str
              sample: veth-red-br
    addresses:
      description: The addresses that the lab gave, and those found in its namespaces.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: red
        dev:
          description: The link.
          returned: always
          type: str
          sample: veth-red
        address:
          description: The address with its prefix length.
          returned: always
          type: str
          sample: 192.168.15.1/24
        broadcast:
          description: The broadcast address, null without one.
          returned: always
          type: str
          sample: 192.168.15.255
    routes:
      description: The routes that the lab made, and those that others added to the main table of its namespaces.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: red
        dst:
          description: The destination, C(default) or a prefix.
          returned: always
          type: str
          sample: default
        family:
          description: C(ipv4) or C(ipv6).
          returned: always
          type: str
          sample: ipv4
        type:
          description: C(unicast), C(blackhole), C(unreachable) or C(prohibit).
          returned: always
          type: str
          sample: unicast
        gateway:
          description: The next router, null without one.
          returned: always
          type: str
          sample: 192.168.15.5
        dev:
          description: The link, null without one.
          returned: always
          type: str
          sample: veth-red
        src:
          description: The preferred source address, null without one.
          returned: always
          type: str
          sample: null
        metric:
          description: The metric.
          returned: always
          type: int
          sample: 0
        table:
          description: The number of the table, 254 for main.
          returned: always
          type: int
          sample: 254
        onlink:
          description: Whether the gateway counts as on the link.
          returned: always
          type: bool
          sample: false
        protocol:
          description: Who made it, 110 for this collection.
          returned: always
          type: int
          sample: 110
    rules:
      description: The policy rules that the lab made.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: red
        family:
          description: C(ipv4) or C(ipv6).
          returned: always
          type: str
          sample: ipv4
        priority:
          description: Place of the rule in the list.
          returned: always
          type: int
          sample: 100
        from:
          description: Prefix of the source, null for any.
          returned: always
          type: str
          sample: 192.168.15.0/24
        to:
          description: Prefix of the destination, null for any.
          returned: always
          type: str
          sample: null
        iif:
          description: Link that packets come in by, null for any.
          returned: always
          type: str
          sample: null
        fwmark:
          description: Mark of the packet, null for any.
          returned: always
          type: str
          sample: null
        table:
          description: The number of the table.
          returned: always
          type: int
          sample: 100
    neighbours:
      description: The neighbour tables (ARP and NDP) of the namespaces of the lab.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: red
        dev:
          description: The link.
          returned: always
          type: str
          sample: veth-red
        address:
          description: Address of the neighbour.
          returned: always
          type: str
          sample: 192.168.15.2
        mac:
          description: Its hardware address, empty if it did not answer.
          returned: always
          type: str
          sample: c6:5d:20:91:3e:a4
        state:
          description: State as ip-neighbour(8) names it.
          returned: always
          type: str
          sample: reachable
    masquerades:
      description: The source translations of the lab.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: ""
        source:
          description: The prefix.
          returned: always
          type: str
          sample: 192.168.15.0/24
        out_interface:
          description: The link that packets leave by, null for any.
          returned: always
          type: str
          sample: null
        exclude:
          description: Destinations that are not translated.
          returned: always
          type: list
          elements: str
          sample: ["192.168.15.0/24"]
    port_forwards:
      description: The port forwards of the lab, one for each address and port or range of ports.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: ""
        protocol:
          description: C(tcp) or C(udp).
          returned: always
          type: str
          sample: tcp
        port:
          description: The port that is caught, or the range, e.g. V(8000-8010).
          returned: always
          type: str
          sample: "80"
        listen:
          description: The address that is caught, null for any of the host's own.
          returned: always
          type: str
          sample: null
        to:
          description:
            - Address and port that connections go to.
            - Of a range, where its first port goes; the others go one to one from there on.
          returned: always
          type: str
          sample: "192.168.15.2:80"
        whole:
          description: Whether all ports of the range lead there; false where somebody removed or turned some.
          returned: always
          type: bool
          sample: true
    sysctls:
      description: The kernel parameters that the lab holds.
      returned: always
      type: list
      elements: dict
      contains:
        netns:
          description: The namespace.
          returned: always
          type: str
          sample: ""
        name:
          description: Name of the parameter.
          returned: always
          type: str
          sample: net.ipv4.ip_forward
        value:
          description: Its value now.
          returned: always
          type: str
          sample: "1"
        prior:
          description: The value that comes back when the last holder lets go, null if none does.
          returned: always
          type: str
          sample: "0"
    firewall_exceptions:
      description: The rules that stand for the lab at places of other firewalls, which it takes away when it goes.
      returned: always
      type: list
      elements: dict
      contains:
        place:
          description:
            - Whose place it is, C(ufw), C(firewalld), or a chain of iptables with which of its programs and the family.
          returned: always
          type: str
          sample: iptables-nft ip DOCKER-USER
        rule:
          description: The rule in the words of that firewall's own program.
          returned: always
          type: str
          sample: -s 192.168.15.0/24 -i v-net-0 -o eth0 -m comment --comment netns-lab -j ACCEPT
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_module
from ansible_collections.netns.lab.plugins.module_utils._tasks import topology_info


def main() -> None:
    """Entry point."""
    run_module(topology_info.TASK)


if __name__ == "__main__":
    main()
