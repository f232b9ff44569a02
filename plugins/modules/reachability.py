#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: reachability
short_description: Test with packets who reaches whom
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Sends packets from inside namespaces and compares what comes back with what is expected. Fails with exactly the
    pairs that differ.
  - The expectations are a table, O(expectations), or the full mesh of a lab, O(mesh), or both. All pairs are probed at
    the same time by one process. It needs no C(ping) program and no server, see O(expectations[].listen).
  - Never changes anything. Entries that its packets put into the neighbour tables (ARP and IPv6) are removed, those
    that were there before stay. So a mesh of any size fits into the one table that the kernel has for all namespaces
    (C(net.ipv4.neigh.default.gc_thresh3), 1024 entries by default).
options:
  expectations:
    description:
      - The pairs to probe, each with what is expected of it.
      - The entries without O(expectations[].listen) are probed first, then the servers are started and the entries
        with it are probed.
    type: list
    elements: dict
    suboptions:
      from:
        description:
          - The namespace that packets start from.
          - Not given, or V(host) where no namespace has that name, it is the host's own namespace.
        type: str
      to:
        description:
          - An IPv4 or IPv6 address, the name of a namespace of this host, or V(host) for the host's own namespace.
          - A namespace stands for its global addresses, one for each address family that both ends have, or that the
            target has if they have none in common. Of several addresses of a family it is the one on a subnet of
            O(expectations[].from), else the first. Addresses of C(lo) come last. A lab with IPv4 and IPv6 so has two
            entries in RV(matrix) for one expectation, and both must be as expected.
          - A namespace without any global address is not reachable.
          - A link-local address needs the link of O(expectations[].from) that it is on, as in V(fe80::1%eth0).
        type: str
        required: true
      protocol:
        description:
          - V(icmp) sends echo requests. The target is reachable if a reply comes.
          - V(tcp) opens a connection, which is closed at once. The target is reachable if the connection is made.
          - V(udp) sends a datagram. The target is reachable if any datagram comes back. Many servers give no answer to
            a datagram that they do not understand. Use O(expectations[].listen) where the network is to be proved.
        type: str
        choices: [icmp, tcp, udp]
        default: icmp
      port:
        description: The port to probe, required for V(tcp) and V(udp), refused for V(icmp).
        type: int
      expect:
        description: What should come out.
        type: str
        choices: [reachable, unreachable]
        default: reachable
      listen:
        description:
          - Where the module itself is the server for the time of the probe, so that a path such as a port forward can
            be proved before anything listens behind it. Without it nothing listens on behalf of the module.
          - If something listens there already, it is used as it is.
          - Only for V(tcp) and V(udp).
        type: dict
        suboptions:
          netns:
            description:
              - The namespace of the server, V(host) for the host's own.
              - Not given, it is the namespace that O(expectations[].to) names. It is required if that is an address.
            type: str
          port:
            description: The port of the server. Not given, it is O(expectations[].port).
            type: int
      why:
        description: What the expectation is for. It is shown in RV(table) and in the message if it fails.
        type: str
  mesh:
    description:
      - Name of a lab that M(netns.lab.topology) built. Each of its namespaces is expected to reach each other one by
        ICMP, in both directions, by IPv4 and IPv6 as O(expectations[].to) says.
    type: str
  timeout:
    description:
      - Seconds that a probe may take, from V(0.01) to V(60), counted from when it is first sent. After a quarter and
        after half of this time it is sent again.
      - Each pair that does not answer takes this time, but up to some hundreds of them take it at the same time.
      - Before IPv6 is probed, the module waits up to ten seconds for addresses that the kernel has not yet found to
        be free (duplicate address detection), in any namespace of the host.
    type: float
    default: 1.0
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.reads
seealso:
  - module: netns.lab.topology
  - module: netns.lab.topology_info
  - module: netns.lab.port_forward
"""

EXAMPLES = r"""
- name: Make a lab of two namespaces on one bridge
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
        peer:
          name: veth-red-br
          bridge: v-net-0
      - name: veth-blue
        netns: blue
        addresses: [192.168.15.2/24]
        peer:
          name: veth-blue-br
          bridge: v-net-0

- name: Prove that all namespaces of the lab reach each other
  netns.lab.reachability:
    mesh: red-blue

- name: Prove what the lab promises, and what it must not do
  netns.lab.reachability:
    expectations:
      - {from: red, to: blue, why: one switch}
      - {from: red, to: 192.168.15.5, why: the bridge has an address on the host}
      - {from: host, to: red}
      - {from: red, to: 8.8.8.8, expect: unreachable, why: no default route}
      - {from: red, to: blue, protocol: tcp, port: 80, expect: unreachable, why: nothing listens}
  register: proof

- name: Show the table
  ansible.builtin.debug:
    var: proof.table

- name: Prove that TCP passes between the two, although no server runs
  netns.lab.reachability:
    expectations:
      - from: red
        to: blue
        protocol: tcp
        port: 80
        listen: {}

- name: Let the host pass packets on
  netns.lab.netns_sysctl:
    name: net.ipv4.ip_forward
    value: "1"

- name: Forward port 80 of the host to blue
  netns.lab.port_forward:
    protocol: tcp
    port: "80"
    to: 192.168.15.2:80

- name: Prove the forward, with a server in blue for the time of the probe
  netns.lab.reachability:
    timeout: 0.5
    expectations:
      - from: red
        to: 192.168.15.5
        protocol: tcp
        port: 80
        listen:
          netns: blue
"""

RETURN = r"""
changed:
  description: Always V(false).
  returned: always
  type: bool
  sample: false
matrix:
  description:
    - One entry for each address of each expectation, in the order of O(expectations).
    - After them one for each pair of O(mesh) that is not reachable. See RV(mesh) for all of them.
  returned: when packets were sent, also on failure
  type: list
  elements: dict
  contains:
    from:
      description: The namespace that packets started from, V(host) for the host's own.
      returned: always
      type: str
    to:
      description: The target as given.
      returned: always
      type: str
    address:
      description: The address that was probed, empty if the target has none.
      returned: always
      type: str
    protocol:
      description: V(icmp), V(tcp) or V(udp).
      returned: always
      type: str
    port:
      description: The port, null for V(icmp).
      returned: always
      type: int
    expect:
      description: What was expected, V(reachable) or V(unreachable).
      returned: always
      type: str
    result:
      description: What was found, V(reachable) or V(unreachable).
      returned: always
      type: str
    reason:
      description:
        - Why it is unreachable, empty if it is reachable.
        - V(no reply) within O(timeout). Routers limit how many errors they send, so where many pairs fail for another
          reason, some of them end here.
        - V(network unreachable), there is no route, here or on a router.
        - V(host unreachable), nobody at the end of the route answers for the address.
        - V(prohibited), by a route or a firewall that says so.
        - V(port unreachable), by a firewall, or because no UDP server is there.
        - V(refused), by the target, because no TCP server is there, or by a firewall in its place.
        - V(no address), the target is a namespace without a global address.
        - Or what else the kernel says, such as V(hop limit exceeded).
      returned: always
      type: str
    rtt_ms:
      description: Milliseconds until the answer by the clock of the kernel, null if there was none.
      returned: always
      type: float
  sample:
    - from: red
      to: blue
      address: 192.168.15.2
      protocol: icmp
      port: null
      expect: reachable
      result: reachable
      reason: ""
      rtt_ms: 0.047
mesh:
  description:
    - What was found of each ordered pair of the lab, by the name of the source and that of the target. It is
      V(reachable), or V(unreachable) with the reason in brackets, or V(unreachable by IPv6) or V(unreachable by IPv4)
      where the other family reaches it.
  returned: when packets were sent for O(mesh), also on failure
  type: dict
  sample:
    red:
      blue: reachable
    blue:
      red: unreachable (no reply)
passed:
  description: How many pairs are as expected, with each address family of a pair counted by itself.
  returned: when packets were sent, also on failure
  type: int
  sample: 5
differing:
  description: How many are not. (RV(ignore:failed) is whether the task failed, as with any module.)
  returned: when packets were sent, also on failure
  type: int
  sample: 0
differences:
  description: A line for each pair that is not as expected.
  returned: when packets were sent, also on failure
  type: list
  elements: str
  sample:
    - "red -> blue (192.168.15.2) icmp: expected reachable, found unreachable (no reply): one switch"
table:
  description:
    - The lines of a text table for a person. Each expectation has a row. A mesh is a matrix with a sign for each pair,
      in which the rows are sources and the columns targets. The last line says what the signs mean.
  returned: when packets were sent, also on failure
  type: list
  elements: str
  sample:
    - "    from  to                   protocol  found                              why"
    - "ok  red   blue (192.168.15.2)  icmp      reachable                          one switch"
    - "ok  red   8.8.8.8              icmp      unreachable (network unreachable)  no default route"
error:
  description: What is wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(Verification) if pairs are not as expected.
        - V(InvalidArgument), V(Permission) or V(Kernel) if no packet was sent or not all could be.
      returned: always
      type: str
    object:
      description: The option or the lab at fault.
      returned: always
      type: str
    expected:
      description: What was expected.
      returned: always
      type: str
    found:
      description: What was found, for V(Verification) the first pairs that differ.
      returned: always
      type: str
    remedy:
      description: What to do about it.
      returned: always
      type: str
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_module
from ansible_collections.netns.lab.plugins.module_utils._tasks import reachability


def main() -> None:
    """Entry point."""
    run_module(reachability.TASK)


if __name__ == "__main__":
    main()
