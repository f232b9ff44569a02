#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 The netns.lab contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: netns_address
short_description: Add or remove an IP address of a link
version_added: 1.0.0
author:
  - The netns.lab contributors (!UNKNOWN)
description:
  - Gives a link an IPv4 or IPv6 address, in the host's own namespace or in another.
  - Other addresses of the link are left alone.
options:
  state:
    description:
      - V(present) adds the address. An address that is there with another prefix length is an address of its own.
      - V(absent) removes exactly O(address), with its prefix length, from O(dev).
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.entries.address
  - netns.lab.common.switches
seealso:
  - module: netns.lab.veth
  - module: netns.lab.bridge
  - module: netns.lab.netns_route
  - name: ip-address(8)
    link: https://man7.org/linux/man-pages/man8/ip-address.8.html
    description: Addresses of links.
"""

EXAMPLES = r"""
- name: Make the namespace red
  netns.lab.netns:
    name: red

- name: Lay a cable from the host into red
  netns.lab.veth:
    name: veth-red
    peer:
      name: eth0
      netns: red

- name: Give the end in red an IPv4 address with its broadcast address
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 192.168.15.1/24
    broadcast: 192.168.15.255

- name: Give the end in red an IPv6 address
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 2001:db8:15::1/64

- name: Give the end on the host an address
  netns.lab.netns_address:
    dev: veth-red
    address: 192.168.15.5/24

- name: Remove an address, if it is there
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 192.168.15.9/24
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
    - {kind: address, object: 192.168.15.1/24 dev red/eth0, action: create, reason: does not exist}
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
    run_resource("addresses")


if __name__ == "__main__":
    main()
