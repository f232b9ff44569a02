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
  definition:
    description:
      - All lists of the lab as one dictionary, each list under its name, as a variable may hold it.
      - It and the lists themselves exclude each other.
    type: dict
    version_added: 1.0.0
  adopt:
    description:
      - Whether to take objects that stand already, and that no lab has on record, under the lab's ownership. They must
        be as described; what the description leaves open is not looked at.
      - This is the way on where a record was lost or cannot be read, and for a network that was made by hand.
      - An object of another shape is a C(Conflict) that says what differs, and nothing is touched. What another lab, or
        a single module, has on record stays with that.
      - What is adopted is the lab's like what it made. It is removed with it, a namespace with all that is in it.
        Kernel parameters keep their value then, as nobody knows the one before.
    type: bool
    default: false
    version_added: 1.0.0
  firewall_exceptions:
    description:
      - Where the lab asks other firewalls of the host to let its packets through. Translation and forwards themselves
        always are rules of the lab's own table in nftables, but an accept there does not undo a drop elsewhere.
      - What is put there is part of the plan as all else, is put back if it was lost, and goes with the lab. What would
        drop packets all the same is told in a warning, with the chain to blame.
      - V(auto) takes the places that are made for others, in each firewall that is active and drops forwarded packets.
        These are Docker's chain C(DOCKER-USER), the route rules of ufw, and a policy of firewalld's of the lab's own.
      - V(none) puts nothing into firewalls of others. The warnings remain.
      - V(iptables) does as V(auto) for Docker and ufw. Where neither is there and the chain C(FORWARD) of iptables
        drops, it puts the rules at the beginning of that. It leaves firewalld alone.
      - V(firewalld) demands that firewalld runs, and leaves all others alone.
    type: str
    choices: [auto, none, iptables, firewalld]
    default: auto
  span:
    description:
      - How a lab is laid over several hosts. This, or C(host) in any entry, makes it a lab that spans hosts. Each host
        of the play is then given its own part, and one that has none loses what an earlier definition gave it.
      - The controller works the parts out from the definition and the inventory, and asks no host. So a part is the
        same whether other hosts are up or not, and with C(--limit).
    type: dict
    suboptions:
      hosts:
        description:
          - Hosts and groups of the inventory, over which namespaces without a C(host) are spread in turn.
        type: list
        elements: str
      mode:
        description:
          - V(vxlan) lets a bridge of the host's own namespace reach across all hosts that have ports on it. A tunnel,
            as of M(netns.lab.vxlan), joins exactly those.
          - V(routes) keeps each bridge on one host. Each host gets routes to the subnets of the others by their
            addresses, and its masquerades leave packets to them alone. The hosts have to be on one network, and forward
            packets.
        type: str
        choices: [vxlan, routes]
        default: vxlan
      addresses:
        description:
          - By which address the other hosts reach a host, by its name in the inventory.
          - A host that is not named has its variable C(netns_lab_underlay), else C(ansible_host), else its name, if
            that is an address.
        type: dict
      mtu:
        description:
          - Largest packet in bytes between the hosts. Links of the lab whose frames go through a tunnel are 50 bytes
            smaller, with IPv6 between the hosts 70.
          - Not given, each host has its variable C(netns_lab_underlay_mtu), else V(1500). The smallest counts.
        type: int
      dstport:
        description: UDP port of the tunnels.
        type: int
        default: 4789
      vnis:
        description:
          - VXLAN network identifiers by name of the bridge.
          - A bridge that is not named has one made of the names of the lab and of the bridge.
        type: dict
  confirm_timeout:
    description:
      - For how many seconds the host waits for a new connection that confirms what the plan did. After that time it
        undoes the plan by itself, and the task fails as C(Unconfirmed).
      - The way back is armed on the host before the first step. When the plan is carried out, the task drops its
        connection, connects anew and confirms. See the page C(docs/guides/rollback.md) of the collection.
      - Not given, or V(-1), it is 60 seconds where the plan touches an interface, address, route, rule or translation
        that the ssh session of this run uses, and else nothing is armed. With a local connection, and in a task with
        C(async), nothing is either.
      - V(0) arms nothing. Any other number arms it for any plan, and cannot be had together with C(async).
    type: int
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.topology
  - netns.lab.common.switches
notes:
  - The host's firewall has its own say. A packet that another table drops stays dropped, whatever is accepted here.
    Docker, ufw and firewalld are asked to let the packets pass, each at the place that it offers for this, as
    O(firewall_exceptions) says. A warning names what drops packets of the lab all the same.
  - Translation and forwards live in the one nft table C(inet netns_lab) of the namespace and are gone with a reboot.
    What ufw and firewalld are asked for, they keep in their own files (C(/etc/ufw/user.rules) and
    C(/etc/ufw/user6.rules), C(/etc/firewalld/policies/netns-lab.xml)), until the lab is taken away.
seealso:
  - module: netns.lab.topology_confirm
  - module: netns.lab.topology_info
  - module: netns.lab.reachability
  - module: netns.lab.netns
  - module: netns.lab.veth
  - module: netns.lab.bridge
  - module: netns.lab.vxlan
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

- name: Build the lab that the inventory has in one variable
  netns.lab.topology:
    name: small
    definition:
      namespaces: [red]
      veths:
        - name: veth-red
          addresses: [10.0.0.1/24]
          peer: {name: eth0, netns: red, addresses: [10.0.0.2/24]}

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

- name: Build one network over three hosts
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

- name: Put the link that ssh comes in by onto a switch; the host heals by itself if that was wrong
  netns.lab.topology:
    name: uplink
    bridges:
      - name: br0
    bridge_ports:
      - {dev: eth0, bridge: br0}
    allow_management: true
    confirm_timeout: 30

- name: Take away all that the lab old made
  netns.lab.topology:
    name: old
    state: absent

- name: Take over a network that was made by hand, as tutorials do
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
  description: How the plan was confirmed, or in check mode how it would have to be.
  returned: when O(confirm_timeout) is in force and the plan has a step
  type: dict
  contains:
    timeout:
      description: For how many seconds the host waits.
      returned: always
      type: int
    reason:
      description: How the plan touches the ssh session. Empty where it does not, or where there is none.
      returned: always
      type: str
    armed:
      description: Whether the host is still about to undo the plan.
      returned: always
      type: bool
    confirmed:
      description: Whether a new connection confirmed the plan.
      returned: when it did
      type: bool
    id:
      description: Which plan, for M(netns.lab.topology_confirm).
      returned: unless in check mode
      type: str
  sample:
    {timeout: 60, reason: link eth0 carries your ssh session, armed: false, confirmed: true, id: 1c0f63d5a1b2}
span:
  description: Of a lab that spans hosts, what is where.
  returned: when the lab spans hosts, unless the task is asynchronous
  type: dict
  contains:
    hosts:
      description: The namespaces of each host of the lab.
      returned: always
      type: dict
    bridges:
      description: The bridges that reach across, each with RV(ignore:vni), RV(ignore:mtu) and RV(ignore:hosts).
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
  description: The failure in structured form. RV(ignore:msg) has the same as one text.
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
      Without one it is a lone host that reaches no neighbour: write 192.168.15.1/24, or the length of your subnet.
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_module
from ansible_collections.netns.lab.plugins.module_utils._tasks import topology


def main() -> None:
    """Entry point."""
    run_module(topology.TASK)


if __name__ == "__main__":
    main()
