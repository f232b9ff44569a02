#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology
short_description: Build a whole network of namespaces in one task
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Brings a whole lab of namespaces, switches, cables, addresses, routes, translation and port forwards to what a
    definition says.
  - All entries are read, checked against each other and against the host, planned and carried out together. If a
    step fails, the steps before it are undone, and the error says what is left if that fails too.
  - Each list takes entries of the same form as the module of the same thing, so what is learnt for one holds for
    all. The order of the lists and of their entries does not matter.
  - The definition is recorded on the host under O(name). Applied again with another definition, the lab loses what
    an earlier one made and this one no longer names.
  - What the lab did not make it does not touch. An object of a wanted name that it did not make is a C(Conflict).
requirements:
  - The program C(nft) on the managed host (package C(nftables)), only for O(masquerades) and O(port_forwards)
  - pyroute2 0.7.2 or newer for the Python of the managed host (package C(python3-pyroute2)), only for O(rules), for
    O(bridges[].stp), O(bridges[].forward_delay) and O(bridges[].vlan_filtering), and for the options of
    O(bridge_ports)
options:
  name:
    description:
      - Name of the lab on its host, under which its record is kept.
      - At most 64 letters, digits, C(_), C(.) and C(-), the first a letter or a digit.
    type: str
    default: lab
  state:
    description:
      - V(present) brings the lab to what the lists say. A list that is not given is empty.
      - V(absent) removes what the record says that the lab made, and puts back what the record says was there
        before. The lists are not looked at. A lab that has no record is absent.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.topology
  - netns.lab.common.switches
notes:
  - The host's firewall has its own say. A packet that another table drops stays dropped, whatever is accepted here.
    Where Docker, firewalld or ufw forbid forwarding, allow the subnets of the lab there.
  - Nothing is written to disk. What is made lives in the one nft table C(inet netns_lab) of the namespace.
seealso:
  - module: netns.lab.topology_info
  - module: netns.lab.reachability
  - module: netns.lab.netns
  - module: netns.lab.veth
  - module: netns.lab.bridge
  - module: netns.lab.bridge_port
  - module: netns.lab.netns_address
  - module: netns.lab.netns_sysctl
  - module: netns.lab.netns_route
  - module: netns.lab.netns_rule
  - module: netns.lab.nat_masquerade
  - module: netns.lab.port_forward
"""

EXAMPLES = r"""
- name: Build two namespaces on one switch, with a way out and a web server in blue
  netns.lab.topology:
    name: red-blue
    namespaces:
      - name: red
      - name: blue
    bridges:
      - name: v-net-0
        addresses: [192.168.15.5/24]
    veths:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24]
        peer: {name: veth-red-br, bridge: v-net-0}
      - name: veth-blue
        netns: blue
        addresses: [192.168.15.2/24]
        peer: {name: veth-blue-br, bridge: v-net-0}
    routes:
      - {netns: red, dst: default, gateway: 192.168.15.5}
      - {netns: blue, dst: default, gateway: 192.168.15.5}
    masquerades:
      - {source: 192.168.15.0/24, ip_forward: true}
    port_forwards:
      - {protocol: tcp, port: "80", to: "192.168.15.2:80"}

- name: Build a router between two namespaces, with policy routing and IPv6
  netns.lab.topology:
    name: routed
    namespaces:
      - name: left
      - name: middle
        sysctls:
          net.ipv4.ip_forward: "1"
          net.ipv6.conf.all.forwarding: "1"
      - name: right
    veths:
      - name: eth0
        netns: left
        addresses: [10.1.0.2/24, 2001:db8:1::2/64]
        peer:
          name: left
          netns: middle
          addresses: [10.1.0.1/24, 2001:db8:1::1/64]
      - name: eth0
        netns: right
        addresses: [10.2.0.2/24, 2001:db8:2::2/64]
        peer:
          name: right
          netns: middle
          addresses: [10.2.0.1/24, 2001:db8:2::1/64]
    routes:
      - {netns: left, dst: default, gateway: 10.1.0.1}
      - {netns: left, dst: default, gateway: "2001:db8:1::1"}
      - {netns: right, dst: default, gateway: 10.2.0.1}
      - {netns: right, dst: default, gateway: "2001:db8:2::1"}
      - {netns: middle, dst: 198.51.100.0/24, type: blackhole, table: "100"}
    rules:
      - {netns: middle, priority: 100, from: 10.1.0.0/24, table: "100"}

- name: Take away all that the lab old made
  netns.lab.topology:
    name: old
    state: absent
"""

RETURN = r"""
changed:
  description: Whether the plan has a step.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, or in check mode those that would be taken, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - What the step is about, V(netns), V(bridge), V(veth), V(link), V(bridge_port), V(address), V(sysctl),
          V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(file), V(directory) or V(netns_dir).
      returned: always
      type: str
    object:
      description: Which one.
      returned: always
      type: str
    action:
      description: V(create), V(change) or V(delete).
      returned: always
      type: str
    reason:
      description: Why the step is needed.
      returned: always
      type: str
  sample:
    - {kind: netns, object: red, action: create, reason: does not exist}
diff:
  description: What differs, as text of one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects that the plan touches, as found.
      returned: always
      type: str
    after:
      description: The same objects once the plan is carried out.
      returned: always
      type: str
error:
  description: The failure for programs. RV(ignore:msg) says the same in one text.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), the description is wrong.
        - V(Conflict), something that must stay as it is is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel refused.
        - All but V(Kernel) are found before anything is touched.
      returned: always
      type: str
    object:
      description: The option or object at fault.
      returned: always
      type: str
    wanted:
      description: What was asked for, or what would have been accepted.
      returned: always
      type: str
    found:
      description: What is there instead.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
  sample:
    kind: InvalidArgument
    object: addresses[0]
    wanted: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Without one it is a lone host that reaches no neighbour: write 192.168.15.1/24, or the length of your subnet.
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_topology


def main() -> None:
    """Entry point."""
    run_topology()


if __name__ == "__main__":
    main()
