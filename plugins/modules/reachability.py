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
  - Sends packets from inside namespaces and compares the result with what is expected. Fails with exactly the pairs
    that differ.
  - The expectations are a list, O(expectations), or the full mesh of a lab, O(mesh), or both. All pairs are probed in
    parallel by one process. Neither C(ping) nor a server is needed, see O(expectations[].listen).
  - Never changes anything. Entries that its packets add to the neighbour tables (ARP and NDP) are removed, those from
    before stay. So a mesh of any size fits into the one table that the kernel has for all namespaces
    (C(net.ipv4.neigh.default.gc_thresh3), 1024 entries by default).
options:
  expectations:
    description:
      - The pairs to probe, each with the expected result.
      - Entries without O(expectations[].listen) are probed first. Then the servers are started and the other entries
        are probed.
    type: list
    elements: dict
    suboptions:
      from:
        description:
          - The source namespace.
          - If omitted, or V(host) and no namespace has that name, it is the host's own namespace.
        type: str
      to:
        description:
          - An IPv4 or IPv6 address, the name of a namespace of this host, or V(host) for the host's own namespace.
          - A namespace stands for its global addresses, one for each address family that both ends have, or that the
            target has if they have none in common. Among several addresses of a family it is one in a subnet of
            O(expectations[].from), else the first. Addresses of C(lo) come last. So in a lab with IPv4 and IPv6 one
            expectation has two entries in RV(matrix), and both must be as expected.
          - A namespace without a global address is unreachable.
          - A link-local address needs the outgoing link, as in V(fe80::1%eth0).
        type: str
        required: true
      protocol:
        description:
          - V(icmp) sends echo requests. The target is reachable if a reply comes.
          - V(tcp) opens a connection and closes it at once. The target is reachable if the connection is established.
          - V(udp) sends a datagram. The target is reachable if any datagram comes back. Many servers do not answer a
            datagram that they do not understand. Use O(expectations[].listen) to test the network.
        type: str
        choices: [icmp, tcp, udp]
        default: icmp
      port:
        description: The port to probe, required for V(tcp) and V(udp), refused for V(icmp).
        type: int
      expect:
        description: The expected result.
        type: str
        choices: [reachable, unreachable]
        default: reachable
      listen:
        description:
          - Lets the module itself listen during the probe, so that a path such as a port forward can be tested before
            there is a server.
          - If something already listens there, that is used.
          - Only for V(tcp) and V(udp).
        type: dict
        suboptions:
          netns:
            description:
              - The namespace to listen in, V(host) for the host's own.
              - If omitted, it is the namespace in O(expectations[].to). It is required if that is an address.
            type: str
          port:
            description: The port to listen on. If omitted, it is O(expectations[].port).
            type: int
      why:
        description: A comment. It is shown in RV(table) and in the message if the expectation fails.
        type: str
  mesh:
    description:
      - Name of a lab that M(netns.lab.topology) built. Each of its namespaces is expected to reach every other one by
        ICMP, by IPv4 and IPv6 as described for O(expectations[].to).
    type: str
  timeout:
    description:
      - Timeout of a probe in seconds, from V(0.01) to V(60), counted from the first packet. After a quarter and after
        half of this time the packet is sent again.
      - Each pair that does not answer takes this time, but some hundreds of them are probed in parallel.
      - Before IPv6 is probed, the module waits up to ten seconds for duplicate address detection to finish in all
        namespaces of the host.
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
- name: Build a lab of two namespaces on one bridge
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

- name: Test that all namespaces of the lab reach each other
  netns.lab.reachability:
    mesh: red-blue

- name: Test what must be reachable and what must not
  netns.lab.reachability:
    expectations:
      - {from: red, to: blue, why: same bridge}
      - {from: red, to: 192.168.15.5, why: address of the bridge}
      - {from: host, to: red}
      - {from: red, to: 8.8.8.8, expect: unreachable, why: no default route}
      - {from: red, to: blue, protocol: tcp, port: 80, expect: unreachable, why: nothing listens}
  register: proof

- name: Show the table
  ansible.builtin.debug:
    var: proof.table

- name: Test TCP between the two without a server
  netns.lab.reachability:
    expectations:
      - from: red
        to: blue
        protocol: tcp
        port: 80
        listen: {}

- name: Enable forwarding on the host
  netns.lab.netns_sysctl:
    name: net.ipv4.ip_forward
    value: "1"

- name: Forward port 80 of the host to blue
  netns.lab.port_forward:
    protocol: tcp
    port: "80"
    to: 192.168.15.2:80

- name: Test the forward, while the module listens in blue
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
      description: The source namespace, V(host) for the host's own.
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
        - V(no reply) within O(timeout). Routers limit the rate of ICMP errors, so if many pairs fail for another
          reason, some of them have this one.
        - V(network unreachable), there is no route, here or on a router.
        - V(host unreachable), there is no answer to ARP or NDP on the last link.
        - V(prohibited), by a route or a firewall.
        - V(port unreachable), by a firewall, or because no UDP server listens.
        - V(refused), by the target, because no TCP server listens, or by a firewall.
        - V(no address), the target is a namespace without a global address.
        - Or another error of the kernel, such as V(hop limit exceeded).
      returned: always
      type: str
    rtt_ms:
      description: Round-trip time in milliseconds by the clock of the kernel, null if there was no answer.
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
    - The result for each ordered pair of the lab, by source and target. It is V(reachable), or V(unreachable) with the
      reason in brackets, or V(unreachable by IPv6) or V(unreachable by IPv4) if only one address family works.
  returned: when packets were sent for O(mesh), also on failure
  type: dict
  sample:
    red:
      blue: reachable
    blue:
      red: unreachable (no reply)
passed:
  description: How many pairs are as expected. Each address family of a pair is counted separately.
  returned: when packets were sent, also on failure
  type: int
  sample: 5
differing:
  description: How many pairs differ. (RV(ignore:failed) says whether the task failed, as in any module.)
  returned: when packets were sent, also on failure
  type: int
  sample: 0
differences:
  description: One line for each pair that differs.
  returned: when packets were sent, also on failure
  type: list
  elements: str
  sample:
    - "red -> blue (192.168.15.2) icmp: expected reachable, found unreachable (no reply): same bridge"
table:
  description:
    - The result as a text table. Each expectation has a row. A mesh is a matrix with a sign for each pair, rows are
      sources and columns are targets. The last line explains the signs.
  returned: when packets were sent, also on failure
  type: list
  elements: str
  sample:
    - "    from  to                   protocol  found                              why"
    - "ok  red   blue (192.168.15.2)  icmp      reachable                          same bridge"
    - "ok  red   8.8.8.8              icmp      unreachable (network unreachable)  no default route"
error:
  description: What is wrong.
  returned: failure
  type: dict
  contains:
    kind:
      description:
        - V(Verification) if pairs differ.
        - V(InvalidArgument), V(Permission) or V(Kernel) if packets could not be sent.
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

from ansible_collections.netns.lab.plugins.module_utils._start import run_module


def main() -> None:
    """Entry point."""
    run_module("reachability")


if __name__ == "__main__":
    main()
