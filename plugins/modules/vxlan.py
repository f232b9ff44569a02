#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: vxlan
short_description: Create or remove a VXLAN interface
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Makes a VXLAN link, one host's end of a tunnel that carries Ethernet frames to other hosts by UDP. On a bridge of
    each host it makes one switch of all of them.
  - The hosts on the far side are named one by one. Neither multicast nor a daemon is needed.
  - M(netns.lab.topology) lays the tunnels of a lab by itself where its namespaces are placed on several hosts.
  - A VXLAN frame is 50 bytes larger than what it carries, 70 with IPv6. Give what it joins an O(mtu) that is as much
    smaller than that of the link that carries it.
  - What is sent is not encrypted. Use a network between the hosts that you trust.
options:
  state:
    description:
      - V(present) lays the tunnel if it is not there, and brings it to what the options say.
      - V(absent) removes the tunnel O(name) in O(netns). No other option is looked at.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.vxlan
  - netns.lab.common.switches
seealso:
  - module: netns.lab.bridge
  - module: netns.lab.topology
  - name: ip-link(8)
    link: https://man7.org/linux/man-pages/man8/ip-link.8.html
    description: Links of the type vxlan.
  - name: RFC 7348
    link: https://www.rfc-editor.org/rfc/rfc7348
    description: VXLAN.
"""

EXAMPLES = r"""
- name: Make the switch that is to reach across the hosts
  netns.lab.bridge:
    name: v-net-0

- name: Join it with those of two other hosts
  netns.lab.vxlan:
    name: vxlan15
    id: 15
    local: 192.168.1.2
    remotes:
      - 192.168.1.3
      - 192.168.1.4
    bridge: v-net-0
    mtu: 1450

- name: Lay a tunnel to one host that has an address of its own, without a switch
  netns.lab.vxlan:
    name: vxlan16
    id: 16
    local: 192.168.1.2
    remotes: [192.168.1.3]
    addresses: [192.168.16.1/24]
    mtu: 1450

- name: Remove the tunnel vxlan17, if there is one
  netns.lab.vxlan:
    name: vxlan17
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
    - {kind: vxlan, object: vxlan15, action: create, reason: does not exist}
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
    run_resource("vxlans")


if __name__ == "__main__":
    main()
