#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: topology
short_description: Create, change or remove a whole lab in one transaction
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Creates or changes a whole lab of namespaces, bridges, veth pairs, addresses, routes and NAT to match a definition.
  - All entries are validated, checked against each other and against the host, planned and applied together. If a step
    fails, the steps before it are rolled back. If the rollback fails too, the error lists what is left.
  - The entries of each list have the options of the module for the same object. The order of the lists and of their
    entries does not matter.
  - The definition is recorded on the host under O(name). When the lab is applied with a new definition, objects that
    are no longer in it are removed.
  - Objects that the lab did not create are not touched. If one of them has the name of an entry, it is a C(Conflict).
requirements:
  - The program C(nft) on the managed host (package C(nftables)), only for O(masquerades) and O(port_forwards)
  - pyroute2 0.7.2 or newer for the Python of the managed host (package C(python3-pyroute2)), only for those kinds of
    O(links) that say so
options:
  name:
    description:
      - Name of the lab on the host. Its record is stored under this name.
      - At most 64 letters, digits, C(_), C(.) and C(-), starting with a letter or a digit.
    type: str
    default: lab
  state:
    description:
      - V(present) creates the lab, or changes it to match the lists. An omitted list is empty.
      - V(absent) removes what the lab created, as its record says, and restores the settings from before. The lists are
        ignored. A lab without a record is absent.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - All lists of the lab as one dictionary, each list under its name, as a variable may hold it.
      - It, O(src) and the lists themselves exclude each other.
    type: dict
    version_added: 1.0.0
  src:
    description:
      - A file of the controller with what O(definition) would have, in YAML or JSON. It is taken as it is, without
        templates, and may be encrypted with Ansible Vault.
      - A relative path is searched for as M(ansible.builtin.copy) does, in C(files/) of the role or next to the
        playbook.
      - Use it for large labs. Ansible goes through each value of a O(definition), and a file is one value.
    type: path
    version_added: 1.0.0
  adopt:
    description:
      - Whether the lab takes ownership of existing objects that no lab has on record. They must match the definition.
        Options that the definition omits are not compared.
      - Use it if a record was lost or cannot be read, or to take over a network that was set up by hand.
      - An object that differs is a C(Conflict) that says how, and nothing is changed. Objects that another lab or a
        single module has on record are not adopted.
      - An adopted object is removed with the lab, like those it created, a namespace with everything in it. Adopted
        sysctls keep their value then, as the one from before is not known.
    type: bool
    default: false
    version_added: 1.0.0
  firewall_exceptions:
    description:
      - In which other firewalls of the host the lab adds exceptions, so that its packets pass. NAT is always done in
        the lab's own nftables table, but an accept there does not undo a drop elsewhere.
      - Exceptions are part of the plan, are added again if they were lost, and are removed with the lab. A warning
        names chains that would still drop packets.
      - V(auto) adds exceptions to each active firewall that drops forwarded packets, in the place that it has for them.
        These are Docker's chain C(DOCKER-USER), the route rules of ufw, and a firewalld policy of the lab's own.
      - V(none) adds none. The warnings remain.
      - V(iptables) is like V(auto) for Docker and ufw. If neither is there and the iptables chain C(FORWARD) drops,
        exceptions are added at its beginning. firewalld is left alone.
      - V(firewalld) requires a running firewalld, and leaves all others alone.
    type: str
    choices: [auto, none, iptables, firewalld]
    default: auto
  span:
    description:
      - How a lab spans several hosts. This, or C(host) in any entry, makes it a lab that spans hosts. Each host of the
        play then gets its own part. A host without one loses what an earlier definition gave it.
      - The controller computes the parts from the definition and the inventory alone. So they are the same with
        C(--limit), and while other hosts are down.
    type: dict
    suboptions:
      hosts:
        description:
          - Hosts and groups of the inventory. Namespaces without a C(host) are spread over them in turn.
        type: list
        elements: str
      mode:
        description:
          - V(vxlan) stretches a bridge of the host's own namespace over all hosts that have ports on it. VXLAN
            interfaces, as in M(netns.lab.vxlan), connect exactly these hosts.
          - V(routes) keeps each bridge on one host. Each host gets routes to the subnets of the others through their
            addresses, and does not masquerade packets to them. The hosts must be on one network, and forward packets.
        type: str
        choices: [vxlan, routes]
        default: vxlan
      addresses:
        description:
          - The address by which the other hosts reach a host, by inventory name.
          - For a host that is not listed it is the variable C(netns_lab_underlay), else C(ansible_host), else the
            inventory name, if that is an address.
        type: dict
      mtu:
        description:
          - MTU in bytes between the hosts. Links of the lab whose frames go through VXLAN get an MTU 50 bytes smaller,
            or 70 if the hosts use IPv6.
          - If omitted, it is the variable C(netns_lab_underlay_mtu) of each host, else V(1500). The smallest counts.
        type: int
      dstport:
        description: UDP port of VXLAN.
        type: int
        default: 4789
      vnis:
        description:
          - VXLAN network identifiers by name of the bridge.
          - For a bridge that is not listed it is derived from the names of the lab and the bridge.
        type: dict
  confirm_timeout:
    description:
      - How many seconds the host waits for a new connection that confirms the plan (commit-confirm). After that time it
        rolls the plan back, and the task fails as C(Unconfirmed).
      - The rollback is armed on the host before the first step. After the last step the task drops its connection,
        connects again and confirms. See C(docs/guides/rollback.md) in the collection.
      - If omitted, or V(-1), it is 60 seconds if the plan touches an interface, address, route, rule or NAT that the
        SSH session of this run uses. Otherwise, with a local connection, and in a task with C(async), nothing is armed.
      - V(0) arms nothing. Any other number arms it for every plan, and cannot be combined with C(async).
    type: int
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.topology.lists
  - netns.lab.common.switches
notes:
  - An accept in one nftables table does not undo a drop in another. So exceptions are added to other firewalls, see
    O(firewall_exceptions). A warning names rules that still drop packets of the lab.
  - The NAT rules are in the nftables table C(inet netns_lab) of the namespace and are lost at a reboot. Exceptions in
    ufw and firewalld are stored in their own files (C(/etc/ufw/user.rules) and C(/etc/ufw/user6.rules),
    C(/etc/firewalld/policies/netns-lab.xml)), until the lab is removed.
seealso:
  - module: netns.lab.topology_confirm
  - module: netns.lab.topology_info
  - module: netns.lab.reachability
  - module: netns.lab.netns
  - module: netns.lab.veth
  - module: netns.lab.bridge
  - module: netns.lab.vxlan
  - module: netns.lab.link
  - module: netns.lab.bridge_port
  - module: netns.lab.netns_address
  - module: netns.lab.netns_sysctl
  - module: netns.lab.netns_route
  - module: netns.lab.netns_rule
  - module: netns.lab.nat_masquerade
  - module: netns.lab.port_forward
"""

EXAMPLES = r"""
- name: Build two namespaces on one bridge, with NAT and a web server in blue
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

- name: Build the lab that the inventory has in one variable
  netns.lab.topology:
    name: small
    definition:
      namespaces: [yellow]
      veths:
        - name: veth-yellow
          addresses: [10.98.0.1/24]
          peer: {name: eth0, netns: yellow, addresses: [10.98.0.2/24]}

- name: Build the lab of a file of the controller, files/star.yml or files/star.json
  netns.lab.topology:
    name: star
    src: star.yml

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

- name: Build one network across three hosts
  netns.lab.topology:
    name: wide
    namespaces:
      - {name: red, host: host1}
      - {name: blue, host: host2}
      - {name: green, host: host3}
    bridges:
      - {name: v-net-0, host: host1, addresses: [192.168.15.5/24]}
    veths:
      - name: veth-red
        netns: red
        addresses: [192.168.15.1/24]
        peer: {name: veth-red-br, bridge: v-net-0}
      - name: veth-blue
        netns: blue
        addresses: [192.168.15.2/24]
        peer: {name: veth-blue-br, bridge: v-net-0}
      - name: veth-green
        netns: green
        addresses: [192.168.15.3/24]
        peer: {name: veth-green-br, bridge: v-net-0}
    span:
      addresses: {host1: 192.0.2.11, host2: 192.0.2.12, host3: 192.0.2.13}

- name: Attach the link of the SSH session to a bridge; the host rolls it back if the connection is lost
  netns.lab.topology:
    name: uplink
    bridges:
      - name: br0
    bridge_ports:
      - {dev: eth0, bridge: br0}
    allow_management: true
    confirm_timeout: 30

- name: Remove the lab old
  netns.lab.topology:
    name: old
    state: absent

- name: Take over a network that was set up by hand
  netns.lab.topology:
    name: by-hand
    adopt: true
    namespaces:
      - name: orange
    veths:
      - name: veth-orange
        netns: orange
        addresses: [10.99.0.1/24]
        peer: {name: veth-orange-out, addresses: [10.99.0.254/24]}
"""

RETURN = r"""
changed:
  description: Whether anything was changed, or would be in check mode.
  returned: success
  type: bool
  sample: true
plan:
  description: The steps taken, in order, or in check mode the steps that would be taken.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description:
        - Kind of object, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule in another firewall of the host.
        - A link of M(netns.lab.link) is told by its kind, such as C(dummy).
      returned: always
      type: str
    object:
      description: The object.
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
confirm:
  description: Whether and how the plan was confirmed, or in check mode would have to be.
  returned: when O(confirm_timeout) is in force and the plan has a step
  type: dict
  contains:
    timeout:
      description: How many seconds the host waits.
      returned: always
      type: int
    reason:
      description: How the plan touches the SSH session. Empty if it does not, or if there is none.
      returned: always
      type: str
    armed:
      description: Whether the host would still roll the plan back.
      returned: always
      type: bool
    confirmed:
      description: Whether a new connection confirmed the plan.
      returned: when it was confirmed
      type: bool
    id:
      description: ID of the plan, for M(netns.lab.topology_confirm).
      returned: unless in check mode
      type: str
  sample:
    {timeout: 60, reason: link eth0 carries your SSH session, armed: false, confirmed: true, id: 1c0f63d5a1b2}
span:
  description: What is on which host, for a lab that spans hosts.
  returned: when the lab spans hosts, unless the task is asynchronous
  type: dict
  contains:
    hosts:
      description: The namespaces of each host of the lab.
      returned: always
      type: dict
    bridges:
      description: The bridges that span hosts, each with RV(ignore:vni), RV(ignore:mtu) and RV(ignore:hosts).
      returned: always
      type: dict
  sample:
    hosts: {host1: [red], host2: [blue]}
    bridges: {v-net-0: {vni: 15374796, mtu: 1450, hosts: [host1, host2]}}
diff:
  description: What differs, one line for each object.
  returned: with C(--diff)
  type: dict
  contains:
    before:
      description: The objects concerned, before the run.
      returned: always
      type: str
    after:
      description: The same objects after the run.
      returned: always
      type: str
error:
  description: The failure in structured form. RV(ignore:msg) has the same in one sentence.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(InvalidArgument), an option is wrong.
        - V(Conflict), something that may not be changed is in the way.
        - V(Dependency), a program, a Python package or a kernel feature is missing.
        - V(Permission), a privilege is missing.
        - V(Kernel), the kernel returned an error.
        - V(Interrupted), a signal ended the run, and its changes were rolled back.
        - All but V(Kernel) and V(Interrupted) are reported before anything is changed.
      returned: always
      type: str
    object:
      description: The option or object at fault.
      returned: always
      type: str
    expected:
      description: What was asked for, or what would have been accepted.
      returned: always
      type: str
    found:
      description: What was found instead.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
  sample:
    kind: InvalidArgument
    object: addresses[0]
    expected: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Add the prefix length of the subnet, e.g. 192.168.15.1/24.
"""

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("topology")


if __name__ == "__main__":
    main()
