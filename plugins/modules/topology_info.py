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
  - Returns the labs that M(netns.lab.topology) built, and their current state in the kernel.
  - The definition comes from the record of the lab, everything else from the kernel. A link that was removed by hand is
    missing here.
  - Objects of the single modules are returned as a lab named C(+modules).
  - Never changes anything.
requirements:
  - The program C(nft) on the managed host (package C(nftables)), only for RV(labs[].masquerades) and
    RV(labs[].port_forwards)
options:
  name:
    description:
      - Name of the lab. If it does not exist, the list is empty. That is no failure.
      - If omitted, all labs of the host.
    type: str
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.topology
  - module: netns.lab.reachability
"""

EXAMPLES = r"""
- name: Build a lab of two namespaces and one veth pair
  netns.lab.topology:
    name: red-blue
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

- name: Get all labs of the host
  netns.lab.topology_info:
  register: found

- name: Show their names
  ansible.builtin.debug:
    msg: "{{ found.labs | map(attribute='name') }}"

- name: Get one lab
  netns.lab.topology_info:
    name: red-blue
  register: lab

- name: Show its addresses
  ansible.builtin.debug:
    msg: "{{ lab.labs[0].addresses }}"
"""

RETURN = r"""
labs:
  description: The labs, sorted by name. In all entries C(netns) is empty for the host's own namespace.
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
      description: The definition that was applied last, as the lists of M(netns.lab.topology), with defaults.
      returned: always
      type: dict
    namespaces:
      description: The namespaces that the lab created.
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
          description: Inode number of the namespace.
          returned: always
          type: int
          sample: 4026532305
        lo_up:
          description: Whether C(lo) is up.
          returned: always
          type: bool
          sample: true
    links:
      description: The links that the lab created or that are in its namespaces. They have the options of their kind
        too, and bridge ports those of the port.
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
          description: MTU in bytes.
          returned: always
          type: int
          sample: 1500
        mac:
          description: MAC address.
          returned: always
          type: str
          sample: 5a:0c:8e:37:b1:f0
        addrgenmode:
          description: How the IPv6 link-local address is generated.
          returned: always
          type: str
          sample: none
        bridge:
          description: The bridge that the link is attached to, null without one.
          returned: always
          type: str
          sample: null
        peer:
          description: The other end of a veth pair, null for other links.
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
      description: The addresses that the lab added, and those found in its namespaces.
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
      description: The routes that the lab added, and those that others added to the main table of its namespaces.
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
          description: The next hop, null without one.
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
          description: Whether the gateway is taken to be on the link.
          returned: always
          type: bool
          sample: false
        protocol:
          description: The protocol number, 110 for this collection.
          returned: always
          type: int
          sample: 110
    rules:
      description: The policy routing rules that the lab added.
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
          description: Priority of the rule.
          returned: always
          type: int
          sample: 100
        from:
          description: Source prefix, null for any.
          returned: always
          type: str
          sample: 192.168.15.0/24
        to:
          description: Destination prefix, null for any.
          returned: always
          type: str
          sample: null
        iif:
          description: Incoming link, null for any.
          returned: always
          type: str
          sample: null
        fwmark:
          description: Firewall mark, null for any.
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
          description: Its MAC address, empty if it did not answer.
          returned: always
          type: str
          sample: c6:5d:20:91:3e:a4
        state:
          description: State as in ip-neighbour(8).
          returned: always
          type: str
          sample: reachable
    masquerades:
      description: The masquerades of the lab.
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
          description: Outgoing link, null for any.
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
          description: The port on the host, or the range, e.g. V(8000-8010).
          returned: always
          type: str
          sample: "80"
        listen:
          description: The address on the host, null for any of its own.
          returned: always
          type: str
          sample: null
        to:
          description:
            - Address and port of the destination.
            - For a range, that of its first port. The others follow one to one.
          returned: always
          type: str
          sample: "192.168.15.2:80"
        whole:
          description: Whether all ports of the range are forwarded there. False if somebody removed or changed some.
          returned: always
          type: bool
          sample: true
    sysctls:
      description: The sysctls that the lab has set.
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
          description: Name of the sysctl.
          returned: always
          type: str
          sample: net.ipv4.ip_forward
        value:
          description: Its current value.
          returned: always
          type: str
          sample: "1"
        prior:
          description: The value that is restored when the last lab releases it, null if none is.
          returned: always
          type: str
          sample: "0"
    firewall_exceptions:
      description: The rules of the lab in other firewalls. They are removed with the lab.
      returned: always
      type: list
      elements: dict
      contains:
        place:
          description:
            - C(ufw), C(firewalld), or a chain of iptables, with its variant and family.
          returned: always
          type: str
          sample: iptables-nft ip DOCKER-USER
        rule:
          description: The rule in the syntax of that firewall.
          returned: always
          type: str
          sample: -s 192.168.15.0/24 -i v-net-0 -o eth0 -m comment --comment netns-lab -j ACCEPT
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("topology_info")


if __name__ == "__main__":
    main()
