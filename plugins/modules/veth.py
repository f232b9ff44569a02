#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: veth
short_description: Create or remove a veth pair
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Makes a pair of virtual Ethernet devices, a cable, with each end where it belongs. It may go from one namespace
    straight to another, from the host into a namespace, or onto a bridge.
  - Both ends are up. Each has one transmit and one receive queue.
  - A cable that is there is brought to what the options say. Addresses, MTU, hardware address and bridge are
    changed in place. If an end is in another namespace or has another name than wanted, a cable that the collection
    made is removed and made again with its addresses; what else was put on it by hand is lost.
  - A cable to elsewhere that the collection did not make is a C(Conflict), and so is a link of another kind that
    has the name of an end. They are not replaced.
options:
  state:
    description:
      - V(present) makes the cable if it is not there, and brings it to what the options say.
      - V(absent) removes the cable that has an end O(name) in O(netns). The other end goes with it. No other option
        is looked at.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.veth
  - netns.lab.common.switches
seealso:
  - module: netns.lab.netns
  - module: netns.lab.bridge
  - module: netns.lab.netns_address
  - module: netns.lab.topology
  - name: ip-link(8)
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
    description: Links, veth and their options.
"""

EXAMPLES = r"""
- name: Make the namespaces red, blue and green
  netns.lab.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue
    - green

- name: Lay a cable straight from red to blue
  netns.lab.veth:
    name: veth-red
    netns: red
    addresses:
      - 192.168.15.1/24
    peer:
      name: veth-blue
      netns: blue
      addresses:
        - 192.168.15.2/24

- name: Lay a cable from the host into green
  netns.lab.veth:
    name: veth-green
    addresses:
      - 192.0.2.1/24
    peer:
      name: vpeer-green
      netns: green
      addresses:
        - 192.0.2.2/24

- name: Make the switch v-net-0
  netns.lab.bridge:
    name: v-net-0
    addresses:
      - 192.168.16.5/24

- name: Lay a cable from green onto the switch, with IPv6 and a fixed hardware address
  netns.lab.veth:
    name: eth0
    netns: green
    mac: 02:00:00:00:16:01
    mtu: 1400
    addresses:
      - 192.168.16.1/24
      - 2001:db8:16::1/64
    peer:
      name: veth-green-br
      bridge: v-net-0

- name: Remove the cable that has an end veth-old in red, if there is one
  netns.lab.veth:
    name: veth-old
    netns: red
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
        - What the step is about, V(netns), V(bridge), V(veth), V(vxlan), V(link), V(bridge_port), V(address),
          V(sysctl), V(route), V(rule), V(masquerade), V(port_forward), V(nat_table), V(firewall_exception), V(file),
          V(directory) or V(netns_dir). A V(firewall_exception) is a rule at the place that another firewall offers.
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
    - {kind: veth, object: red/veth-red <-> blue/veth-blue, action: create, reason: does not exist}
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
        - V(Interrupted), a signal asked the run to end, and what it had done was undone.
        - All but V(Kernel) and V(Interrupted) are found before anything is touched.
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
    expected: an address with its prefix length, e.g. 192.168.15.1/24 or fd00::1/64
    found: "'192.168.15.1', which has no prefix length"
    remedy: >-
      Without one it is a lone host that reaches no neighbour: write 192.168.15.1/24, or the length of your subnet.
"""

from ansible_collections.netns.lab.plugins.module_utils._runner import run_resource


def main() -> None:
    """Entry point."""
    run_resource("veths")


if __name__ == "__main__":
    main()
