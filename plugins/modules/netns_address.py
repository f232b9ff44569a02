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
  - Adds an IPv4 or IPv6 address to a link, in the host's own namespace or in another one.
  - Other addresses of the link are left alone.
options:
  state:
    description:
      - V(present) adds the address.
      - V(absent) removes exactly O(address), with its prefix length, from O(dev).
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.routing.address
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
- name: Create the namespace red
  netns.lab.netns:
    name: red

- name: Connect the host and red
  netns.lab.veth:
    name: veth-red
    peer:
      name: eth0
      netns: red

- name: Add an IPv4 address with its broadcast address in red
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 192.168.15.1/24
    broadcast: 192.168.15.255

- name: Add an IPv6 address in red
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 2001:db8:15::1/64

- name: Add an address to the end on the host
  netns.lab.netns_address:
    dev: veth-red
    address: 192.168.15.5/24

- name: Remove an address
  netns.lab.netns_address:
    netns: red
    dev: eth0
    address: 192.168.15.9/24
    state: absent
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
    - {kind: address, object: 192.168.15.1/24 dev red/eth0, action: create, reason: does not exist}
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
    run_module("resource", "addresses")


if __name__ == "__main__":
    main()
