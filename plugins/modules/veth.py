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
  - Creates a veth pair, a virtual cable with two ends. Each end can be in any namespace, and can be attached to a
    bridge there.
  - Both ends are up by default. Each has one transmit and one receive queue.
  - An existing pair is changed to match the options. Addresses, MTU, MAC address and bridge are changed in place. If an
    end has to move to another namespace or get another name, a pair that the collection created is removed and
    recreated with its addresses. Anything added to it by hand is lost.
  - A pair with another peer that the collection did not create is a C(Conflict), and so is a link of another kind with
    the name of an end. They are not replaced.
options:
  state:
    description:
      - V(present) creates the pair if it does not exist, or changes it to match the options.
      - V(absent) removes the pair with the end O(name) in O(netns), and with it the other end. Other options are
        ignored.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - netns.lab.common
  - netns.lab.common.changes
  - netns.lab.links.veth
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
- name: Create the namespaces red, blue and green
  netns.lab.netns:
    name: "{{ item }}"
  loop:
    - red
    - blue
    - green

- name: Connect red and blue directly
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

- name: Connect the host and green
  netns.lab.veth:
    name: veth-green
    addresses:
      - 192.0.2.1/24
    peer:
      name: vpeer-green
      netns: green
      addresses:
        - 192.0.2.2/24

- name: Create the bridge v-net-0
  netns.lab.bridge:
    name: v-net-0
    addresses:
      - 192.168.16.5/24

- name: Connect green to the bridge, with IPv6 and a fixed MAC address
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

- name: Remove the veth pair with the end veth-old in red
  netns.lab.veth:
    name: veth-old
    netns: red
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
    - {kind: veth, object: red/veth-red <-> blue/veth-blue, action: create, reason: does not exist}
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
    run_module("resource", "veths")


if __name__ == "__main__":
    main()
